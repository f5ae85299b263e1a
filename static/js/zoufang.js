// Behaviour of every page, bound by data attributes. No page needs a script of its own for any of these:
//   data-confirm="…"      ask before a form is sent or a button acts
//   data-href="…"         a table row that opens on click or Enter; J and K walk the rows
//   data-autosubmit       a filter form that is sent when a field changes
//   data-bulk             a form whose checked rows (name="ids") bring up its .zf-bulkbar
//   data-dismiss          closes its alert or toast
//   data-print            prints the page
"use strict";
(() => {
  const texts = document.getElementById("zf-texts")?.dataset ?? {};
  const say = (key, value) => (texts[key] ?? "").replace(/\{\w+\}/, value ?? "");

  // --- Bars that scroll sideways: what is open is in sight ------------------------------------------------------

  for (const current of document.querySelectorAll(".zf-tabs [aria-current], .kp-steps [aria-current]")) {
    const bar = current.closest(".zf-tabs, .kp-steps");
    bar.scrollLeft = current.offsetLeft - bar.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
  }

  // --- Toasts -------------------------------------------------------------------------------------------------

  const TOAST_SECONDS = 6;

  function fade(toast) {
    window.setTimeout(() => toast.remove(), TOAST_SECONDS * 1000);
  }

  function toast(text, tone = "info") {
    const box = document.getElementById("zf-toasts");
    if (!box || !text) return;
    const element = document.createElement("div");
    element.className = "zf-toast";
    element.dataset.tone = tone;
    const words = document.createElement("div");
    words.textContent = text;
    element.append(words);
    box.append(element);
    fade(element);
  }

  document.querySelectorAll(".zf-toast").forEach(fade);
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));

  // --- htmx ---------------------------------------------------------------------------------------------------

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) event.detail.headers["X-CSRFToken"] = token;
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const silent = event.detail.elt?.closest?.("[data-quiet]");
      if (!silent) toast(say("failed"), "danger");
    });
  }

  // --- Confirmation -------------------------------------------------------------------------------------------

  const dialog = document.getElementById("zf-confirm");

  function ask(question, source) {
    return new Promise((resolve) => {
      const yes = dialog.querySelector("[data-confirm-yes]");
      dialog.querySelector("[data-confirm-text]").textContent = question;
      yes.textContent = source.dataset.confirmLabel || say("confirm");
      yes.classList.toggle("btn-danger", source.dataset.confirmTone === "danger");
      yes.classList.toggle("btn-primary", source.dataset.confirmTone !== "danger");
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });
  }

  if (dialog) {
    document.addEventListener("submit", async (event) => {
      const form = event.target;
      const button = event.submitter;
      const source = button?.dataset.confirm ? button : form;
      if (!source.dataset.confirm || form.dataset.confirmed) {
        delete form.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await ask(source.dataset.confirm, source)) {
        form.dataset.confirmed = "yes";
        form.requestSubmit(button ?? undefined);
      }
    }, true);
    document.addEventListener("htmx:confirm", async (event) => {
      const source = event.detail.elt;
      if (!source.dataset.confirm || source.tagName === "FORM") return;
      event.preventDefault();
      if (await ask(source.dataset.confirm, source)) event.detail.issueRequest(true);
    });
  }

  // --- What was begun last: named again on the page that goes on with it after a confirmation ----------------------

  const ACT = "zf-act";
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "noAct" in form.dataset) return;
    const names = [document.querySelector("h1"), event.submitter].map((part) => part?.textContent.trim());
    sessionStorage.setItem(ACT, names.filter(Boolean).join(" · "));
  });
  document.querySelectorAll("[data-last-act]").forEach((place) => {
    place.textContent = sessionStorage.getItem(ACT) ?? "";
  });

  // --- A form is sent once ------------------------------------------------------------------------------------

  function release(form) {
    delete form.dataset.sending;
    form.querySelectorAll("[data-was-enabled]").forEach((button) => {
      button.disabled = false;
      button.removeAttribute("data-was-enabled");
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "repeatable" in form.dataset) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    // Later, so that the pressed button's own name and value are still sent.
    window.setTimeout(() => {
      form.querySelectorAll('button:not([type="button"]):not(:disabled)').forEach((button) => {
        button.disabled = true;
        button.dataset.wasEnabled = "";
      });
    });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sending]").forEach(release);
  });

  // --- Rows ---------------------------------------------------------------------------------------------------

  const OWN_ACTION = "a, button, input, select, textarea, label, summary";
  const rows = () => [...document.querySelectorAll("[data-href]")].filter((row) => row.offsetParent);

  function typing(event) {
    return event.target.closest("input, select, textarea, [contenteditable]") || event.altKey || event.metaKey;
  }

  function open(row, elsewhere) {
    if (elsewhere) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.assign(row.dataset.href);
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-href]");
    if (!row || event.target.closest(OWN_ACTION) || window.getSelection()?.toString()) return;
    open(row, event.ctrlKey || event.metaKey);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-href]")) open(event.target, event.ctrlKey);
    if (typing(event) || event.ctrlKey || !["j", "k"].includes(event.key)) return;
    if (document.querySelector("[data-own-keys]")) return; // a page that walks its rows itself
    const all = rows();
    const at = all.indexOf(document.activeElement.closest("[data-href]"));
    const next = all[at + (event.key === "j" ? 1 : -1)] ?? (at < 0 ? all[0] : null);
    next?.focus();
  });

  // --- Search, menu -------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    const slash = event.key === "/" && !typing(event) && !event.ctrlKey;
    if (search && (slash || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k"))) {
      event.preventDefault();
      if (search.offsetParent === null) window.location.assign(search.form.action);
      search.focus();
      search.select();
    }
    if (event.key === "Escape") showMenu(false);
  });

  // A folded-out form closes when another thing is touched.
  function closeFolds(except) {
    document.querySelectorAll(".zf-fold[open]").forEach((fold) => {
      if (fold !== except) fold.open = false;
    });
  }

  document.addEventListener("click", (event) => closeFolds(event.target.closest(".zf-fold")));
  document.addEventListener("keydown", (event) => {
    const fold = event.key === "Escape" && document.querySelector(".zf-fold[open]");
    if (!fold) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });

  function showMenu(shown) {
    const button = document.querySelector("[data-menu-open]");
    if (!button) return;
    const narrow = button.offsetParent !== null;
    document.body.toggleAttribute("data-menu-shown", shown && narrow);
    button.setAttribute("aria-expanded", String(shown && narrow));
    if (shown && narrow) document.querySelector("[data-menu] a")?.focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-menu-open]")) showMenu(!document.body.hasAttribute("data-menu-shown"));
    else if (event.target.closest("[data-menu-close]")) showMenu(false);
    event.target.closest("[data-dismiss]")?.closest(".zf-alert, .zf-toast")?.remove();
    if (event.target.closest("[data-print]")) window.print();
  });

  // --- Filters and bulk actions -------------------------------------------------------------------------------

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && "autosubmit" in form.dataset && !event.target.matches("[data-no-autosubmit]")) form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!("autosubmit" in event.target.dataset)) return;
    // Empty filters only make the address long.
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
  });

  // A row with forms of its own cannot stand inside the bulk form: its checkbox names that form by form="…".
  const rowsOf = (form) => [...form.elements].filter((field) => field.type === "checkbox" && field.name === "ids");

  function count(form) {
    const boxes = rowsOf(form);
    const checked = boxes.filter((box) => box.checked).length;
    const bar = form.querySelector(".zf-bulkbar");
    const all = form.querySelector("[data-check-all]");
    if (bar) {
      bar.hidden = checked === 0;
      const words = bar.querySelector("[data-count]");
      if (words) words.textContent = say("selected", String(checked));
    }
    if (all) {
      all.checked = checked > 0 && checked === boxes.length;
      all.indeterminate = checked > 0 && checked < boxes.length;
    }
  }

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("bulk" in form.dataset)) return;
    if (event.target.matches("[data-check-all]")) {
      rowsOf(form).forEach((box) => (box.checked = event.target.checked));
    }
    count(form);
  });
  document.querySelectorAll("form[data-bulk]").forEach(count);

  // --- Offline strip ------------------------------------------------------------------------------------------

  // A page that keeps visits on the device says so: document.dispatchEvent(new CustomEvent("zf:pending",
  // {detail: {count, url}})). The strip then names and links them.
  let pending = { count: 0, url: "" };

  function showOffline() {
    const strip = document.getElementById("zf-offline");
    if (!strip) return;
    const offline = !navigator.onLine;
    strip.hidden = !offline && !pending.count;
    strip.dataset.tone = offline ? "warning" : "info";
    const text = pending.count ? say(offline ? "pending" : "waiting", String(pending.count)) : say("offline");
    if (pending.count && pending.url) {
      const link = document.createElement("a");
      link.href = pending.url;
      link.textContent = text;
      strip.replaceChildren(link);
    } else {
      strip.textContent = text;
    }
  }

  window.addEventListener("online", showOffline);
  window.addEventListener("offline", showOffline);
  document.addEventListener("zf:pending", (event) => {
    pending = event.detail;
    showOffline();
  });
  showOffline();

  window.zoufang = { toast, say };
})();
