// Live sums: inputs with data-sum="x" add up in the element with data-sum-of="x".
"use strict";

(() => {
  const show = (name) => {
    let sum = 0;
    for (const input of document.querySelectorAll(`[data-sum="${name}"]`)) sum += Number(input.value) || 0;
    const target = document.querySelector(`[data-sum-of="${name}"]`);
    if (!target) return;
    target.textContent = String(Math.round(sum * 1e4) / 1e4);
    target.classList.toggle("zf-danger", Math.abs(sum - 100) > 1e-6);
  };
  for (const name of ["weights", "bands"]) show(name);
  document.addEventListener("input", (event) => {
    if (event.target.dataset.sum) show(event.target.dataset.sum);
  });
})();
