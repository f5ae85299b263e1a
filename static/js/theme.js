// Runs before the first paint, so that a dark page never flashes white: light or dark as the person chose here,
// else as the device is set.
"use strict";
(() => {
  const KEY = "zf-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function apply() {
    const theme = chosen() ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("zf:theme", { detail: theme }));
  }

  function switchTheme() {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      // Choosing what the device says means following the device again.
      if (next === (dark.matches ? "dark" : "light")) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      document.documentElement.dataset.bsTheme = next;
      return;
    }
    apply();
  }

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
  });
})();
