// The visit form and the list of the day.
//   [data-visit-form]       one visit: its id, check-in time and place live on this device until it is saved
//   [data-phrases="field"]  chips that put their words into a field
//   [data-days="field"]     chips that put a date into a field
//   [data-day-route]        rows with data-place show how far they are
"use strict";
(() => {
  const KEEP = 12 * 3600 * 1000; // ms: a check-in of yesterday is no check-in
  const PREFIX = `zf-visit:${document.body.dataset.user}:`;
  const EARTH = 6371008.8; // mean radius in metres
  const FIX = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };

  const radians = (degrees) => (degrees * Math.PI) / 180;

  // Haversine formula, as on the server.
  function metres(lon1, lat1, lon2, lat2) {
    const h =
      Math.sin(radians(lat2 - lat1) / 2) ** 2 +
      Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
    return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(h)));
  }

  const say = (distance) => (distance < 1000 ? `${Math.round(distance)} m` : `${(distance / 1000).toFixed(1)} km`);
  const placeOf = (element) => element.dataset.place?.split(",").map(Number);

  function locate(found, failed) {
    if (!navigator.geolocation) failed("denied");
    else {
      navigator.geolocation.getCurrentPosition(
        (fix) => found(fix.coords),
        (error) => failed(error.code === error.PERMISSION_DENIED ? "denied" : "no_signal"),
        FIX,
      );
    }
  }

  // --- One visit ------------------------------------------------------------------------------------------------

  function load(key) {
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      return kept && Date.now() - kept.at < KEEP ? kept : null;
    } catch {
      return null;
    }
  }

  function keep(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // no room: a reload then starts a new check-in, nothing else is lost
    }
  }

  // Random (version 4) by RFC 9562; crypto.randomUUID exists on secure pages only.
  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  // The id is made here and not by the server: the same page, kept for offline use, may log several visits.
  function checkIn(form) {
    const field = (name) => form.elements[name];
    const key = `${PREFIX}${field("client").value}:${"withoutPlace" in form.dataset ? "contact" : "visit"}`;
    // Who comes back to a form that was sent is at the same visit still, and it is not saved a second time.
    const visit = load(key) ?? { at: Date.now(), uuid: history.state?.visit ?? newId(), place: null };
    history.replaceState({ ...history.state, visit: visit.uuid }, "");
    field("client_uuid").value = visit.uuid;
    field("checked_in_at").value = new Date(visit.at).toISOString();
    keep(key, visit);
    form.addEventListener("submit", (event) => {
      const now = new Date().toISOString();
      field("checked_out_at").value = now;
      field("sent_at").value = now;
      if (window.zoufangVisits) log(form, event, () => forget(key, form));
      else window.addEventListener("pagehide", () => forget(key, form), { once: true });
    });
    if (!("withoutPlace" in form.dataset)) findPlace(form, visit, () => keep(key, visit));
  }

  function forget(key, form) {
    window.zoufangVisits?.drafts.drop(form.elements.client_uuid.value).catch(() => {});
    try {
      localStorage.removeItem(key);
      if (form.dataset.draft) localStorage.removeItem(`zf-draft:${document.body.dataset.user}:${form.dataset.draft}`);
    } catch {
      // storage is forbidden: nothing was kept
    }
  }

  // On the device first, then to the server; without a signal the list of the day goes on from the device.
  async function log(form, event, done) {
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const data = new FormData(form, event.submitter);
    const button = event.submitter;
    if (button) {
      button.disabled = true; // pictures that are still being made small take a moment
      button.dataset.wasEnabled = ""; // for whoever comes back to the page
    }
    const fields = Object.fromEntries(data);
    for (const name of ["products", "later"]) if (data.has(name)) fields[name] = data.getAll(name).join(",");
    delete fields.csrfmiddlewaretoken;
    delete fields.sent_at; // the moment of sending, which may be days later
    const photos = (await window.zoufangPictures?.of(form)) ?? [];
    const item = { client_uuid: fields.client_uuid, name: form.dataset.name, fields, photos };
    try {
      const result = await window.zoufangVisits.log(item);
      if (result.state === "refused") {
        showErrors(form, result.reason);
      } else {
        done();
        const stop = "withoutPlace" in form.dataset ? undefined : stopAfter(fields.client);
        const next = fields.then === "next" ? stop : undefined;
        window.location.replace(next ?? result.url ?? form.dataset.then); // back leads to where one came from
        return;
      }
    } catch {
      form.submit(); // no room on the device: the ordinary way, straight to the server
      return;
    }
    delete form.dataset.sending;
    if (button) button.disabled = false;
  }

  // --- The way of the day, kept here so that "next client" needs no signal ------------------------------------------

  const WAY = `zf-kept:${document.body.dataset.user}:way`; // wiped at logout with the pages of the day

  function way() {
    try {
      const kept = JSON.parse(localStorage.getItem(WAY));
      return kept?.day === new Date().toDateString() ? kept : null;
    } catch {
      return null;
    }
  }

  function keepWay(stops, done) {
    try {
      localStorage.setItem(WAY, JSON.stringify({ day: new Date().toDateString(), stops, done }));
    } catch {
      // no room: the server names the next client, or the day's list does
    }
  }

  // The form of the next client on the way, the day's list after the last one; undefined when no way is known.
  function stopAfter(client) {
    const kept = way();
    if (!kept) return undefined;
    kept.done.push(client);
    keepWay(kept.stops, kept.done);
    const stop = kept.stops.find(([id]) => !kept.done.includes(id));
    return stop ? stop[1] : document.querySelector("[data-visit-form]").dataset.then;
  }

  if (document.querySelector("[data-day-route]")) {
    const rows = [...document.querySelectorAll("[data-day-route] [data-client]")];
    keepWay(
      rows.map((row) => [row.dataset.client, row.dataset.form]),
      way()?.done ?? [], // a page from the device may be older than what was logged since
    );
  }

  function showErrors(form, reason) {
    form.querySelector("[data-form-errors]")?.remove();
    const box = document.createElement("div");
    box.className = "zf-alert";
    box.dataset.tone = "danger";
    box.dataset.formErrors = "";
    box.setAttribute("role", "alert");
    box.tabIndex = -1;
    box.textContent = reason;
    form.prepend(box);
    box.focus();
    box.scrollIntoView({ block: "center" });
  }

  function findPlace(form, visit, changed) {
    const line = form.querySelector("[data-checkin]");
    const words = line.querySelector("[data-checkin-text]");
    const again = line.querySelector("[data-checkin-again]");
    const why = form.querySelector("[data-reason]");

    function show(state, text) {
      line.dataset.state = state;
      words.textContent = text;
      again.hidden = state === "here" || state === "waiting";
      why.hidden = state !== "failed";
    }

    function use(place) {
      form.elements.longitude.value = place.longitude;
      form.elements.latitude.value = place.latitude;
      form.elements.accuracy_m.value = Math.round(place.accuracy);
      const client = placeOf(form);
      const text = client ? line.dataset.here : line.dataset.unknown;
      const distance = client ? say(metres(place.longitude, place.latitude, ...client)) : "";
      show("here", text.replace("{distance}", distance).replace("{accuracy}", Math.round(place.accuracy)));
    }

    function ask() {
      show("waiting", line.dataset.waiting);
      locate(
        (coords) => {
          visit.place = { longitude: coords.longitude, latitude: coords.latitude, accuracy: coords.accuracy };
          changed();
          use(visit.place);
        },
        (reason) => {
          show("failed", line.dataset[reason]);
          const box = form.querySelector(`[name="no_place_reason"][value="${reason}"]`);
          if (box && !form.querySelector('[name="no_place_reason"]:checked')) box.checked = true;
        },
      );
    }

    again.addEventListener("click", ask);
    if (visit.place) use(visit.place);
    else ask();
  }

  // Check-ins that came to nothing, and those of somebody else on this device, go.
  function tidy() {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith("zf-visit:") && (!load(key) || !key.startsWith(PREFIX))) localStorage.removeItem(key);
      }
    } catch {
      // storage is forbidden: nothing was kept
    }
  }

  // --- Chips ------------------------------------------------------------------------------------------------------

  function put(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function addPhrase(field, phrase) {
    const comma = document.documentElement.lang.startsWith("zh") ? "；" : "; ";
    if (field.value.includes(phrase)) return;
    put(field, field.value.trim() ? `${field.value.trim()}${comma}${phrase}` : phrase);
  }

  function dayOf(chip) {
    const day = new Date();
    const ahead = "nextMonday" in chip.dataset ? ((8 - day.getDay()) % 7 || 7) : Number(chip.dataset.inDays);
    day.setDate(day.getDate() + ahead);
    const two = (number) => String(number).padStart(2, "0");
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  }

  // Choices of which at most one may stand, and which a second tap takes back.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-one]:checked")) return;
    for (const other of event.target.form.querySelectorAll(`[name="${event.target.name}"]`)) {
      if (other !== event.target) other.checked = false;
    }
  });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-phrases] button, [data-days] button");
    if (chip) {
      const box = chip.parentElement;
      const field = document.getElementById(box.dataset.phrases ?? box.dataset.days);
      if (box.dataset.days) put(field, dayOf(chip));
      else addPhrase(field, chip.textContent.trim());
    }
    const all = event.target.closest("[data-all]");
    if (all) {
      const list = all.closest("[data-checklist]");
      for (const item of list.querySelectorAll("[role=radiogroup]")) {
        if (!item.querySelector("input:checked")) item.querySelector(`[value="${all.dataset.all}"]`).checked = true;
      }
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  // --- Pages that open beside the visit: what the client said goes along; without a signal they are noted for later ---

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-follow-ups] a");
    if (!link) return;
    const form = link.closest("form");
    if (navigator.onLine) {
      const address = new URL(link.href);
      const said = form.elements.demand.value.trim();
      if (said) address.searchParams.set("text", said.slice(0, 500));
      link.href = address.href;
      return;
    }
    event.preventDefault();
    const box = form.querySelector(`[name="later"][value="${link.dataset.code}"]`);
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    window.zoufang?.toast(link.parentElement.dataset.noted, "info");
  });

  // --- The list of the day ----------------------------------------------------------------------------------------

  function showDistances(coords) {
    for (const row of document.querySelectorAll("[data-day-route] [data-place]")) {
      const text = row.querySelector("[data-distance]");
      text.textContent = say(metres(coords.longitude, coords.latitude, ...placeOf(row)));
      text.hidden = false;
    }
  }

  async function measure() {
    if (!document.querySelector("[data-day-route] [data-place]")) return;
    const order = document.querySelector("[data-order-by-place]");
    const allowed = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
    if (allowed?.state === "granted") locate(showDistances, () => {}); // never asks by itself
    if (!order) return;
    order.hidden = !navigator.geolocation;
    order.addEventListener("click", () => {
      order.disabled = true;
      locate(
        (coords) => {
          const address = new URL(window.location.href);
          address.searchParams.set("at", `${coords.longitude.toFixed(6)},${coords.latitude.toFixed(6)}`);
          window.location.assign(address);
        },
        () => {
          order.disabled = false;
          window.zoufang?.toast(order.dataset.failed, "warning");
        },
      );
    });
  }

  // --- Parts of the form that belong to one purpose; the navigation app of this phone ---------------------------------

  function showParts(form) {
    const chosen = form.querySelector('[name="purpose"]:checked')?.value;
    for (const part of form.querySelectorAll("[data-for-purpose]")) {
      part.hidden = (part.dataset.forPurpose === chosen) === "otherwise" in part.dataset;
    }
  }

  const APP = "zf-map-app";

  function useApp(app) {
    for (const link of document.querySelectorAll("[data-navigate]")) {
      const address = JSON.parse(link.dataset.navigate)[app];
      if (address) link.href = address;
    }
  }

  function chooseApp() {
    const choice = document.querySelector("[data-map-app]");
    let app = "";
    try {
      app = localStorage.getItem(APP) ?? "";
    } catch {
      // storage is forbidden: the first app it is
    }
    if (app) useApp(app);
    if (!choice) return;
    if (app) choice.value = app;
    choice.addEventListener("change", () => {
      useApp(choice.value);
      try {
        localStorage.setItem(APP, choice.value);
      } catch {
        // for this page only, then
      }
    });
  }

  tidy();
  chooseApp();
  for (const form of document.querySelectorAll("form")) {
    if (!form.querySelector("[data-for-purpose]")) continue;
    form.addEventListener("change", () => showParts(form));
    showParts(form);
  }
  document.querySelectorAll("[data-visit-form]").forEach(checkIn);
  measure();
})();
