// Moves a planned visit to another day: dragged with a mouse, dragged by a finger after a long press, or from the
// keyboard (Space takes it up, arrows choose the day, Enter puts it down, Escape lets it be). The form behind the dots
// does the same without any of these.
"use strict";
(() => {
  const plan = document.querySelector("[data-plan][data-move]");
  if (!plan) return;
  const PRESS = 350; // ms of a finger's rest before it drags instead of scrolls
  const SLACK = 6; // pixels of a mouse's tremble
  const EDGE = 60; // pixels from the window's edge in which the page scrolls along
  const voice = document.querySelector("[data-plan-voice]");

  const cells = () => [...plan.querySelectorAll(".vs-cell[data-day]:not([data-over])")];
  const cellOf = (element) => element?.closest?.(".vs-cell[data-day]:not([data-over])");
  const say = (text) => {
    if (voice) voice.textContent = text;
  };

  function mark(cell) {
    plan.querySelectorAll("[data-over-me]").forEach((other) => other.removeAttribute("data-over-me"));
    cell?.setAttribute("data-over-me", "");
  }

  async function move(line, cell) {
    const from = line.parentElement;
    if (from.closest(".vs-cell") === cell) return;
    cell.querySelector("ul").append(line); // at once; back again when the server says no
    const answer = await fetch(plan.dataset.move.replace("/0/", `/${line.dataset.line}/`), {
      method: "POST",
      headers: {
        Accept: "application/json",
        "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
      },
      body: new URLSearchParams({ day: cell.dataset.day }),
    }).catch(() => null);
    const said = answer?.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    if (answer?.ok && said) {
      line.dataset.state = said.state;
      const day = line.querySelector("[name=day]");
      if (day) day.value = cell.dataset.day;
      for (const each of [from, cell.querySelector("ul")]) count(each.closest(".vs-cell"));
      say(plan.dataset.moved.replace("{day}", cell.dataset.name));
    } else {
      from.append(line);
      window.zoufang.toast(said?.error || plan.dataset.failed, "danger");
      say(said?.error || plan.dataset.failed);
    }
  }

  function count(cell) {
    const lines = cell.querySelectorAll("[data-line]").length;
    let badge = cell.querySelector(".zf-count");
    if (!badge) {
      badge = document.createElement("span");
      badge.className = "zf-count";
      cell.querySelector(".vs-cell-day").append(badge);
    }
    badge.textContent = String(lines);
    badge.hidden = lines === 0;
    cell.toggleAttribute("data-empty", lines === 0);
  }

  // --- Mouse and finger -------------------------------------------------------------------------------------------

  let held = null; // {line, x, y, timer, ghost, cell, id}

  function lift() {
    const { line, x, y } = held;
    const frame = line.getBoundingClientRect();
    held.ghost = line.cloneNode(true);
    held.ghost.className += " vs-ghost";
    held.ghost.removeAttribute("data-line");
    held.ghost.querySelector("details")?.remove();
    document.body.append(held.ghost);
    held.ghost.style.width = `${frame.width}px`;
    held.dx = x - frame.left;
    held.dy = y - frame.top;
    line.setAttribute("data-lifted", "");
    plan.setAttribute("data-dragging", ""); // empty days show, too
    navigator.vibrate?.(15);
    follow(x, y);
  }

  function follow(x, y) {
    held.ghost.style.transform = `translate(${x - held.dx}px, ${y - held.dy}px)`;
    held.cell = cellOf(document.elementFromPoint(x, y));
    mark(held.cell);
    if (y < EDGE) window.scrollBy(0, -12);
    else if (y > window.innerHeight - EDGE) window.scrollBy(0, 12);
  }

  function drop(isMeant) {
    if (!held) return;
    const { line, ghost, cell, timer } = held;
    window.clearTimeout(timer);
    held = null;
    mark(null);
    if (!ghost) return;
    ghost.remove();
    line.removeAttribute("data-lifted");
    plan.removeAttribute("data-dragging");
    if (isMeant && cell) move(line, cell);
  }

  plan.addEventListener("pointerdown", (event) => {
    const line = event.target.closest("[data-movable]");
    if (!line || event.button !== 0 || event.target.closest("details, a, button, input")) return;
    held = { line, x: event.clientX, y: event.clientY, id: event.pointerId };
    if (event.pointerType !== "mouse") held.timer = window.setTimeout(lift, PRESS);
  });
  document.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLACK;
    if (held.ghost) follow(event.clientX, event.clientY);
    else if (far && event.pointerType === "mouse") lift();
    else if (far) drop(false); // the finger scrolls
  });
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  plan.addEventListener("touchmove", (event) => held?.ghost && event.preventDefault(), { passive: false });
  plan.addEventListener("contextmenu", (event) => held && event.preventDefault());
  plan.addEventListener("dragstart", (event) => event.preventDefault());

  // --- Keyboard ---------------------------------------------------------------------------------------------------

  let taken = null; // {line, at}
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

  function letBe() {
    taken?.line.removeAttribute("data-lifted");
    plan.removeAttribute("data-dragging");
    mark(null);
    taken = null;
  }

  plan.addEventListener("keydown", (event) => {
    const line = event.target.closest("[data-movable]");
    if (!line || event.target !== line) return;
    const days = cells();
    if (!taken && event.key === " ") {
      taken = { line, at: days.indexOf(cellOf(line)) };
      line.setAttribute("data-lifted", "");
      plan.setAttribute("data-dragging", "");
      mark(days[taken.at]);
      say(plan.dataset.taken);
    } else if (taken && event.key in STEPS) {
      taken.at = Math.min(days.length - 1, Math.max(0, taken.at + STEPS[event.key]));
      mark(days[taken.at]);
      say(days[taken.at].dataset.name);
    } else if (taken && (event.key === "Enter" || event.key === " ")) {
      const cell = days[taken.at];
      letBe();
      move(line, cell).then(() => line.focus());
    } else if (taken && event.key === "Escape") {
      letBe();
      say("");
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  plan.addEventListener("focusout", () => taken && letBe());
})();
