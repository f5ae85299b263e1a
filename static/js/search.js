// The list under the search box: opened by typing or focus, walked by arrows, closed by Escape or a click elsewhere.
(() => {
  const box = document.querySelector("[data-search]");
  const list = document.getElementById("zf-hits");
  if (!box || !list) return;
  const stays = "stays" in list.dataset;
  const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];

  function show(shown) {
    if (!stays) list.hidden = !shown;
    box.setAttribute("aria-expanded", String(shown && options().length > 0));
    if (!shown) choose(null);
  }

  function choose(option) {
    options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  list.addEventListener("htmx:afterSwap", () => show(true));
  box.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(all[(at + step + all.length) % all.length] ?? null);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      window.location.assign(all[at].href);
    } else if (event.key === "Escape") {
      show(false);
      box.blur();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".zf-search")) show(false);
  });
})();

// The star of a page keeps it under the heading that the reader sees.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-favourite]");
  if (form) form.elements.title.value = document.querySelector(".zf-page-title")?.textContent.trim() ?? document.title;
}, true);
