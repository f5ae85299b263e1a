// Keys of the review desk: J/K next and previous, 1–5 mark, P praise, R return, Ctrl-Enter submit and next, Esc out of
// a text. Without this script the same page works by its buttons.
"use strict";
(() => {
  const desk = document.querySelector("[data-review-desk]");
  if (!desk) return;
  const form = desk.querySelector("[data-review-form]");
  const inText = (target) => target.closest?.("textarea, select, input:not([type=radio]):not([type=checkbox])");

  // The open journal is in sight in the inbox.
  desk.querySelector(".jn-inbox [aria-current]")?.scrollIntoView({ block: "nearest" });

  function returning(on) {
    form.toggleAttribute("data-returning", on);
    form.querySelector("[data-return-note]").hidden = !on;
    form.querySelector("[data-accept]").classList.toggle("btn-primary", !on);
    form.querySelector("[data-return]").classList.toggle("btn-danger", on);
  }

  function send() {
    const button = form.querySelector(form.hasAttribute("data-returning") ? "[data-return]" : "[data-accept]");
    if (!button.disabled) form.requestSubmit(button);
  }

  function mark(value) {
    const radio = form.querySelector(`input[name="mark"][value="${value}"]`);
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function act(key) {
    const link = desk.querySelector(`a[data-key="${key}"]`);
    if (link) return link.click() ?? true;
    if (!form) return false;
    if (/^[1-5]$/.test(key)) mark(key);
    else if (key === "p") form.querySelector('input[name="praise"]').click();
    else if (key === "r") {
      returning(true);
      form.querySelector('textarea[name="requirement"]').focus();
    } else return false;
    return true;
  }

  // A phrase goes where the text ends, on a line of its own.
  desk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    if (!button) return;
    const text = form.querySelector(`textarea[name="${button.dataset.phrase}"]`);
    text.value = text.value.trim() ? `${text.value.trimEnd()}\n${button.textContent}` : button.textContent;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method still puts characters together
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (!form) return;
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      if (inText(event.target)) event.target.blur();
      else if (form) returning(false);
    } else if (!inText(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (act(event.key.toLowerCase())) event.preventDefault();
    }
  });
})();
