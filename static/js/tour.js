// The walk round the first page: lights up one place after another and says what it is. Arrow keys walk, Escape ends.
"use strict";
(() => {
  const dialog = document.getElementById("zf-tour");
  if (!dialog) return;
  const part = (name) => dialog.querySelector(`[data-tour-${name}]`);
  const spot = dialog.querySelector(".zf-tour-spot");
  const card = dialog.querySelector(".zf-tour-card");
  const title = dialog.querySelector("#zf-tour-title");
  const nextWord = part("next").textContent;
  let at = 0;

  const seen = (element) => element.offsetParent !== null || getComputedStyle(element).position === "fixed";

  function placeOf(step) {
    for (const selector of step.place.split(", ")) {
      const found = [...document.querySelectorAll(selector)].find((each) => seen(each) && each.getBoundingClientRect().width);
      if (found) return found;
    }
    return null;
  }

  // Only what this window shows is walked to: a phone has no side navigation.
  const places = JSON.parse(document.getElementById("zf-tour-steps").textContent);
  let steps = [];

  function lightUp(element) {
    element.scrollIntoView({ block: "center" });
    const box = element.getBoundingClientRect();
    const height = Math.min(box.height, window.innerHeight * 0.45);
    Object.assign(spot.style, {
      left: `${box.left - 4}px`, top: `${Math.max(box.top, 4) - 4}px`, width: `${box.width + 8}px`, height: `${height + 8}px`,
    });
    const below = Math.max(box.top, 4) + height + 16;
    const fits = below + card.offsetHeight < window.innerHeight;
    const above = box.top - card.offsetHeight - 16;
    card.style.top = `${fits ? below : Math.max(above, 12)}px`;
    card.style.left = `${Math.min(Math.max(box.left, 12), window.innerWidth - card.offsetWidth - 12)}px`;
  }

  function show(number) {
    at = Math.max(0, Math.min(number, steps.length - 1));
    const step = steps[at];
    title.textContent = step.title;
    part("text").textContent = step.text;
    part("count").textContent = `${at + 1} / ${steps.length}`;
    part("back").hidden = at === 0;
    part("next").textContent = at === steps.length - 1 ? part("next").dataset.last : nextWord;
    const place = placeOf(step);
    if (place) lightUp(place); // a part that has just been exchanged lights up with the next step
    title.focus({ preventScroll: true });
  }

  function start() {
    steps = places.filter(placeOf);
    if (!steps.length) return;
    if (!dialog.open) dialog.showModal();
    show(0);
  }

  function remember() {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    fetch(dialog.dataset.seen, { method: "POST", headers: { "X-CSRFToken": token } });
    document.querySelector("[data-tour-offer]")?.remove();
  }

  dialog.addEventListener("close", () => {
    remember();
    window.scrollTo(0, 0);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(at + 1);
    else if (event.key === "ArrowLeft") show(at - 1);
  });
  part("next").addEventListener("click", () => (at === steps.length - 1 ? dialog.close() : show(at + 1)));
  part("back").addEventListener("click", () => show(at - 1));
  part("end").addEventListener("click", () => dialog.close());
  window.addEventListener("resize", () => dialog.open && show(at));
  document.querySelector("[data-tour-start]")?.addEventListener("click", start);
  document.querySelector("[data-tour-skip]")?.addEventListener("click", remember);
  if ("now" in dialog.dataset) window.addEventListener("load", start);
})();
