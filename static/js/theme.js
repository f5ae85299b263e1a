// Runs before the first paint, so that a dark page never flashes white: light or dark as the person chose here,
// else as the device is set.
"use strict";
(() => {
  const KEY = "zf-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function kept(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function apply() {
    const theme = kept(KEY) ?? (dark.matches ? "dark" : "light");
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

  // Lines closer together, on this device.
  const DENSITY = "zf-density";

  function pack(density) {
    if (density) document.documentElement.dataset.density = density;
    else delete document.documentElement.dataset.density;
  }

  function switchDensity() {
    const next = document.documentElement.dataset.density ? "" : "compact";
    try {
      if (next) localStorage.setItem(DENSITY, next);
      else localStorage.removeItem(DENSITY);
    } catch {
      // it holds for this page
    }
    pack(next);
  }

  pack(kept(DENSITY));
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
    if (event.target.closest("[data-density-switch]")) switchDensity();
  });
})();
