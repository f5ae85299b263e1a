// Scheme editor: live sums (data-sum="x" adds up in data-sum-of="x"), and of each criterion only the fields of its way.
"use strict";

(() => {
  const show = (name) => {
    let sum = 0;
    for (const input of document.querySelectorAll(`[data-sum="${name}"]`)) sum += Number(input.value) || 0;
    const target = document.querySelector(`[data-sum-of="${name}"]`);
    if (!target) return;
    target.textContent = String(Math.round(sum * 1e4) / 1e4);
    const wrong = Math.abs(sum - 100) > 1e-6 && !(name === "bands" && byScore());
    target.classList.toggle("zf-danger", wrong);
  };
  const byScore = () => document.querySelector("[name=bands_by]")?.value === "score";

  const parts = { percentile: ["direction"], linear: ["low", "high"], table: ["table"] };
  const fit = (criterion) => {
    const chosen = criterion.querySelector("[name$='-normalise']").value;
    for (const [way, names] of Object.entries(parts))
      for (const name of names) criterion.querySelector(`[data-field="${name}"]`).hidden = way !== chosen;
  };

  const all = () => ["weights", "bands"].forEach(show);
  all();
  document.querySelectorAll("[data-criterion]").forEach(fit);
  document.addEventListener("input", (event) => {
    if (event.target.dataset.sum) show(event.target.dataset.sum);
  });
  document.addEventListener("change", (event) => {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion) fit(criterion);
    all();
  });

  // What acts on the saved draft waits until the form is saved. At the window, to come before the question.
  const isChanged = (field) => {
    if (!field.options) return field.type !== "submit" && field.value !== field.defaultValue;
    const options = [...field.options];
    return !(options.find((option) => option.defaultSelected) ?? options[0]).selected;
  };
  window.addEventListener("submit", (event) => {
    const editor = document.getElementById("scheme-form");
    if (!event.target.dataset.needsSaved || !editor) return;
    const fields = [...editor.elements].filter((field) => field.name && field.type !== "hidden" && !field.closest("[data-no-draft]"));
    if (!fields.some(isChanged)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.zoufang?.toast(event.target.dataset.needsSaved, "warning");
  }, true);
})();
