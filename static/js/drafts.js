// Forms with data-draft="key" keep what is typed in this browser until it has reached the server.
// A draft belongs to one person and one form, is never put over a form that came back with errors, and is gone once
// the form was taken or the person logs out.
"use strict";
(() => {
  const PREFIX = "zf-draft:";
  const SENT = "zf-draft-sent";
  const PAUSE = 600; // ms after the last key
  const KEEP = 14 * 24 * 3600 * 1000; // ms
  const user = document.body.dataset.user;
  let leaving = false; // logging out: nothing more is kept
  const say = window.zoufang?.say ?? ((key, value) => value);

  const keyOf = (form) => `${PREFIX}${user}:${form.dataset.draft}`;
  const time = (stamp) => new Date(stamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

  function stored(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function store(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false; // full or forbidden: the form still works, it only keeps no draft
    }
  }

  function remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was stored then either
    }
  }

  function fields(form) {
    return [...form.elements].filter(
      (field) =>
        field.name &&
        field.name !== "csrfmiddlewaretoken" &&
        !["password", "file", "submit", "button"].includes(field.type) &&
        !field.closest("[data-no-draft]"),
    );
  }

  function read(form) {
    const values = {};
    for (const field of fields(form)) {
      values[field.name] ??= [];
      if (["checkbox", "radio"].includes(field.type)) {
        if (field.checked) values[field.name].push(field.value);
      } else if (field.multiple && field.options) {
        values[field.name].push(...[...field.selectedOptions].map((option) => option.value));
      } else {
        values[field.name].push(field.value);
      }
    }
    return values;
  }

  function write(form, values) {
    const used = {};
    for (const field of fields(form)) {
      const list = values[field.name];
      if (!list || field.type === "hidden") continue;
      if (["checkbox", "radio"].includes(field.type)) {
        field.checked = list.includes(field.value);
      } else if (field.multiple && field.options) {
        for (const option of field.options) option.selected = list.includes(option.value);
      } else {
        const index = used[field.name] ?? 0;
        used[field.name] = index + 1;
        if (index < list.length) field.value = list[index];
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function tell(form, text, undo) {
    const place = form.querySelector("[data-draft-state]");
    if (!place) return;
    place.textContent = text;
    if (!undo) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link btn-sm";
    button.textContent = say("discard");
    button.addEventListener("click", undo);
    place.append(" ", button);
  }

  function watch(form) {
    if (form.dataset.draftWatched) return;
    form.dataset.draftWatched = "yes";
    const key = keyOf(form);
    const blank = read(form);
    const draft = stored(key);
    const rejected = form.querySelector(".is-invalid, [data-form-errors]");
    let timer = 0;
    let restoring = false;

    const save = () => {
      window.clearTimeout(timer);
      timer = 0;
      const now = Date.now();
      if (form.isConnected && !leaving && store(key, { at: now, values: read(form) })) tell(form, say("saved", time(now)));
    };

    if (draft && Date.now() - draft.at > KEEP) remove(key);
    else if (draft && !rejected && JSON.stringify(draft.values) !== JSON.stringify(blank)) {
      restoring = true;
      write(form, draft.values);
      restoring = false;
      tell(form, say("restored", time(draft.at)), () => {
        remove(key);
        restoring = true;
        write(form, blank);
        restoring = false;
        tell(form, "");
      });
    }

    const changed = () => {
      if (restoring) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(save, PAUSE);
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", (event) => {
      save();
      if (!navigator.onLine && !("visitForm" in form.dataset)) { // visits have a queue of their own
        event.preventDefault();
        window.zoufang?.toast(say("offline"), "warning");
        return;
      }
      sessionStorage.setItem(SENT, key);
    });
    window.addEventListener("pagehide", () => timer && save());
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt !== form || !event.detail.successful) return;
      window.clearTimeout(timer);
      if (!/is-invalid|data-form-errors/.test(event.detail.xhr.responseText)) remove(key);
    });
  }

  // A sent form was taken when the server answered with a redirect to a page other than the login. A form with errors,
  // a failed request and an expired session all keep the draft.
  function settle() {
    const key = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    const [visit] = performance.getEntriesByType("navigation");
    // A browser may believe to be online where nothing gets through: the form was sent, and came back from the device.
    if (key && visit?.responseStatus === 503) window.zoufang?.toast(say("offline"), "warning");
    if (key && user && visit?.type === "navigate" && visit.redirectCount > 0) remove(key);
  }

  function clear() {
    leaving = true;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    } catch {
      // nothing stored
    }
  }

  settle();
  document.querySelectorAll("form[data-draft]").forEach(watch);
  document.addEventListener("htmx:load", (event) => {
    if (event.target.matches?.("form[data-draft]")) watch(event.target);
    event.target.querySelectorAll?.("form[data-draft]").forEach(watch);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-logout]")) clear();
  });
})();
