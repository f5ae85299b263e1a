// Drags a planned visit to another day of the month; the form behind the dots does the same without a mouse.
"use strict";
(() => {
  const plan = document.querySelector("[data-plan][data-move]");
  if (!plan) return;
  let dragged = null;

  const cellOf = (element) => element.closest?.(".vs-cell[data-day]:not([data-over])");

  async function move(line, cell) {
    const from = line.parentElement;
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
      for (const each of [from, cell.querySelector("ul")]) count(each.closest(".vs-cell"));
    } else {
      from.append(line);
      window.zoufang.toast(said?.error || plan.dataset.failed, "danger");
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

  plan.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[draggable=true]") ?? null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  plan.addEventListener("dragend", () => {
    dragged = null;
    plan.querySelectorAll("[data-over-me]").forEach((cell) => cell.removeAttribute("data-over-me"));
  });
  plan.addEventListener("dragover", (event) => {
    const cell = cellOf(event.target);
    if (!dragged || !cell) return;
    event.preventDefault();
    plan.querySelectorAll("[data-over-me]").forEach((other) => other.removeAttribute("data-over-me"));
    cell.setAttribute("data-over-me", "");
  });
  plan.addEventListener("drop", (event) => {
    const cell = cellOf(event.target);
    if (!dragged || !cell) return;
    event.preventDefault();
    if (cell !== cellOf(dragged)) move(dragged, cell);
  });
})();
