// The scheme editor: the sum of the weights below each dimension, live. The server checks the same when saving.
"use strict";
(() => {
  const table = document.querySelector("[data-weights]");
  if (!table) return;
  const rows = [...table.querySelectorAll("tr[data-code]")];

  function show(place, parent, total) {
    const inputs = rows
      .filter((row) => row.dataset.parent === parent && !row.querySelector("[name^=remove-]")?.checked)
      .map((row) => row.querySelector("[data-weight]"))
      .filter(Boolean);
    if (!place) return;
    if (!inputs.length) {
      place.textContent = "";
      return;
    }
    const sum = inputs.reduce((found, input) => found + (Number.parseFloat(input.value) || 0), 0);
    const right = Math.abs(sum / total - 1) < 0.0005;
    place.textContent = `Σ ${Number(sum.toFixed(4))} / ${total}`;
    place.className = right ? "zf-success zf-num" : "zf-danger zf-num";
  }

  function refresh() {
    show(table.querySelector("[data-sum-top]"), "", Number.parseFloat(table.dataset.total) || 1);
    for (const row of rows) {
      if (row.dataset.total) show(row.querySelector("[data-sum]"), row.dataset.code, Number.parseFloat(row.dataset.total) || 1);
    }
  }

  table.addEventListener("input", refresh);
  refresh();
})();
