// The designer of surveys: own questions are added, removed and moved; the server numbers them by their place.
(() => {
  const list = document.querySelector("[data-questions]");
  if (!list) return;
  const prefix = list.dataset.questions;
  const total = document.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const template = document.querySelector("[data-question-template]");

  const rows = () => [...list.querySelectorAll("[data-question]")];
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);

  function arrange() {
    rows().forEach((row, place) => {
      field(row, "ORDER").value = place + 1;
      row.querySelector("[data-options]").hidden = field(row, "kind").value === "text";
    });
  }

  document.querySelector("[data-add-question]").addEventListener("click", () => {
    const box = document.createElement("div");
    box.append(template.content.cloneNode(true));
    box.innerHTML = box.innerHTML.replaceAll("__prefix__", total.value);
    const row = box.firstElementChild;
    list.append(row);
    total.value = Number(total.value) + 1;
    arrange();
    field(row, "label").focus();
  });

  list.addEventListener("change", arrange);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("[data-question]");
    if (!row) return;
    if ("remove" in button.dataset) {
      field(row, "DELETE").checked = true;
      row.hidden = true;
    }
    if (button.dataset.move) {
      const shown = rows().filter((each) => !each.hidden); // removed ones stand between unseen
      const other = shown[shown.indexOf(row) + Number(button.dataset.move)];
      if (other) button.dataset.move === "-1" ? other.before(row) : other.after(row);
      button.focus();
    }
    arrange();
  });
  arrange();
})();
