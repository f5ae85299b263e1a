// Visits on their way: each is written to this device first, sent to the server, and taken off the device only when
// the server has answered for it. Loaded on every page, so that whatever waits goes out as soon as there is a signal.
//   window.zoufangVisits: add(item), send(), list(), remove(id), count(), drafts.load/save/drop(id)
//   [data-visit-queue]   the page that lists what waits and what was refused
"use strict";
(() => {
  const meta = document.querySelector('meta[name="zf-visits"]');
  if (!meta || !window.indexedDB) return;
  const user = document.body.dataset.user;
  const STORE = "visits";
  const DRAFTS = "drafts"; // pictures of visits that are still being typed
  const DRAFT_FOR = 14 * 24 * 3600 * 1000; // ms, as for what is typed
  const BATCH = 25;
  const PATIENCE = 20000; // ms for one request
  const FIRST_PAUSE = 3000; // ms until what was not heard is sent again, and twice as long each time
  const LONGEST_PAUSE = 60000;
  const KEPT_FOR = 2 * 3600 * 1000; // ms until the pages of the day are fetched anew

  // --- The store -------------------------------------------------------------------------------------------------

  let opened = null;

  function database() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open("zoufang", 2);
      asked.onupgradeneeded = () => {
        for (const name of [STORE, DRAFTS]) {
          if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, { keyPath: "client_uuid" });
        }
      };
      asked.onsuccess = () => {
        asked.result.onversionchange = () => asked.result.close(); // another page wipes it at logout
        resolve(asked.result);
      };
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  }

  async function act(mode, work, name = STORE) {
    const transaction = (await database()).transaction(name, mode, { durability: "strict" });
    return new Promise((resolve, reject) => {
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the storage was closed"));
    });
  }

  const all = () => act("readonly", (store) => store.getAll());
  const put = (item) => act("readwrite", (store) => store.put(item));
  const remove = async (id) => {
    await act("readwrite", (store) => store.delete(id));
    await tell();
  };

  // Oldest first; another person's visits on this device are neither shown nor sent.
  async function list() {
    const items = (await all()).filter((item) => item.user === user);
    return items.sort((one, other) => one.at - other.at);
  }

  async function add(item) {
    await put({ photos: [], ...item, user, at: Date.now(), state: "waiting", reason: "" });
    await tell();
  }

  async function count() {
    return (await list()).length;
  }

  async function tell() {
    const items = await list();
    document.dispatchEvent(
      new CustomEvent("zf:pending", { detail: { count: items.length, url: meta.dataset.queue, items } }),
    );
    return items;
  }

  const drafts = {
    async load(id) {
      const kept = await act("readonly", (store) => store.get(id), DRAFTS);
      return kept?.user === user ? kept.pictures : [];
    },
    save: (id, pictures) =>
      act("readwrite", (store) => store.put({ client_uuid: id, user, at: Date.now(), pictures }), DRAFTS),
    drop: (id) => act("readwrite", (store) => store.delete(id), DRAFTS),
    async tidy() {
      for (const kept of await act("readonly", (store) => store.getAll(), DRAFTS)) {
        if (kept.user !== user || Date.now() - kept.at > DRAFT_FOR) await drafts.drop(kept.client_uuid);
      }
    },
  };

  // --- Sending ---------------------------------------------------------------------------------------------------

  const cookie = (name) =>
    document.cookie
      .split("; ")
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  class Later extends Error {} // no signal, no session, or a server that cannot just now: everything stays

  async function post(items, announce) {
    let answer;
    try {
      answer = await fetch(meta.content, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("__Host-csrf") ?? cookie("csrftoken") ?? "", Accept: "application/json" },
        body: JSON.stringify({
          user,
          announce,
          sent_at: new Date().toISOString(),
          items: items.map(({ client_uuid, fields }) => ({ ...fields, client_uuid })),
        }),
        signal: AbortSignal.timeout?.(PATIENCE),
      });
    } catch {
      throw new Later("offline");
    }
    if (answer.redirected || answer.status === 403 || answer.status === 409) throw new Later("session");
    if (!answer.ok) throw new Later("server");
    return (await answer.json()).results;
  }

  // Photos follow their visit, one by one; each leaves the device when the server has it. One that the server will never
  // take stays, with the reason, until its owner discards it.
  async function sendPhotos(item) {
    let photos = [...(item.photos ?? [])];
    let reason = "";
    for (const photo of item.photos ?? []) {
      const { blob, ...about } = photo;
      const body = new FormData();
      body.append("client_uuid", item.client_uuid);
      for (const [name, value] of Object.entries(about)) body.append(name, value);
      body.append("photo", blob, "photo.jpg");
      let answer;
      try {
        answer = await fetch(meta.dataset.photos, {
          method: "POST",
          headers: { "X-CSRFToken": cookie("__Host-csrf") ?? cookie("csrftoken") ?? "", Accept: "application/json" },
          body,
          signal: AbortSignal.timeout?.(3 * PATIENCE),
        });
      } catch {
        throw new Later("offline");
      }
      if (answer.redirected || answer.status === 403) throw new Later("session");
      if (answer.status === 422) {
        reason = (await answer.json()).error;
        continue;
      }
      if (!answer.ok) throw new Later("server");
      photos = photos.filter((other) => other !== photo);
      await put({ ...item, photos, state: "waiting" });
    }
    if (reason) await put({ ...item, photos, state: "refused", reason });
    return !reason;
  }

  async function settle(result, item) {
    if (result.state === "refused") await put({ ...item, state: "refused", reason: result.reason });
    else if (await sendPhotos(item)) await act("readwrite", (store) => store.delete(item.client_uuid));
  }

  // One visit that the server cannot take must not hold up the others: a failed batch is sent one by one.
  async function deliver(items) {
    try {
      return await post(items);
    } catch (problem) {
      if (problem.message !== "server" || items.length === 1) throw problem;
    }
    const results = [];
    for (const item of items) {
      try {
        results.push(...(await post([item])));
      } catch (problem) {
        if (problem.message !== "server") throw problem;
      }
    }
    return results;
  }

  // Sends what waits; refused ones only when asked to. Why it stopped, or "" when all was answered.
  async function send({ refused = false } = {}) {
    if (!navigator.onLine) return "offline";
    const work = async () => {
      const items = (await list()).filter((item) => refused || item.state === "waiting");
      try {
        for (let start = 0; start < items.length; start += BATCH) {
          const batch = items.slice(start, start + BATCH);
          const results = new Map((await deliver(batch)).map((result) => [result.client_uuid, result]));
          for (const item of batch) if (results.has(item.client_uuid)) await settle(results.get(item.client_uuid), item);
          await tell();
        }
        return "";
      } catch (problem) {
        if (!(problem instanceof Later)) throw problem;
        return problem.message;
      } finally {
        await tell();
      }
    };
    // Two open pages must not send the same visit at once; the server would take it once anyway.
    if (!navigator.locks) return work();
    return navigator.locks.request("zf-visits", { ifAvailable: true }, (lock) => (lock ? work() : "busy"));
  }

  // A visit just typed: on the device first, then to the server. {state: saved | refused | kept, …}
  async function log(item) {
    await add(item);
    if (!navigator.onLine) return { state: "kept", why: "offline" };
    try {
      const [result] = await post([item], true);
      item = { photos: [], ...item, user, at: Date.now(), reason: "" };
      if (result.state === "refused") await remove(item.client_uuid); // the form is still open and says what is wrong
      else await settle(result, item);
      await tell();
      return result;
    } catch (problem) {
      if (!(problem instanceof Later)) throw problem;
      return { state: "kept", why: problem.message };
    }
  }

  window.zoufangVisits = { add, log, send, list, remove, count, drafts };

  // --- Offline pages ---------------------------------------------------------------------------------------------

  async function keepPages() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(meta.dataset.worker, { scope: "/" });
    const rows = [...document.querySelectorAll("[data-day-route] [data-client]")];
    if (!rows.length || !navigator.onLine) return;
    const stamp = `zf-kept:${user}`;
    const wanted = rows.flatMap((row) => [row.dataset.form, row.dataset.page]).filter(Boolean);
    const key = wanted.join(" ");
    const before = JSON.parse(localStorage.getItem(stamp) ?? "{}");
    const there = await caches.has("zf-pages"); // gone once a login was asked for
    if (there && before.key === key && Date.now() - before.at < KEPT_FOR) return;
    const worker = (await navigator.serviceWorker.ready).active;
    worker.postMessage({ keep: wanted });
    localStorage.setItem(stamp, JSON.stringify({ key, at: Date.now() }));
  }

  // --- Logout: nothing leaves unseen, nothing stays behind --------------------------------------------------------

  // The worker deletes them itself, since it may just be putting one in.
  async function forgetPages() {
    const worker = navigator.serviceWorker?.controller;
    if (!worker) return;
    const channel = new MessageChannel();
    const done = new Promise((resolve) => (channel.port1.onmessage = resolve));
    worker.postMessage({ forget: true }, [channel.port2]);
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 3000))]);
  }

  async function wipe() {
    (await database()).close();
    opened = null;
    await new Promise((resolve) => {
      const asked = indexedDB.deleteDatabase("zoufang");
      asked.onsuccess = asked.onerror = asked.onblocked = resolve;
    });
    await forgetPages();
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("zf-visit:") || key.startsWith("zf-kept:")) localStorage.removeItem(key);
    }
  }

  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (!form.matches("[data-logout]") || form.dataset.wiped) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      await send();
      const left = await count();
      // eslint-disable-next-line no-alert -- the page's own dialog would let the form go on
      if (left && !window.confirm(meta.dataset.leave.replace("%s", String(left)))) return;
      await wipe();
      form.dataset.wiped = "yes";
      form.requestSubmit();
    },
    true,
  );

  // --- The page of what waits -------------------------------------------------------------------------------------

  function fill(page, items) {
    const box = page.querySelector("[data-items]");
    const pattern = page.querySelector("template");
    box.replaceChildren(
      ...items.map((item) => {
        const row = pattern.content.cloneNode(true);
        const part = (name) => row.querySelector(`[data-part="${name}"]`);
        part("name").textContent = item.name;
        part("time").textContent = new Date(item.fields.checked_in_at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
        part("text").textContent = [item.fields.demand, item.fields.note, item.fields.next_step].filter(Boolean).join(" · ");
        part("waiting").hidden = item.state !== "waiting";
        part("refused").hidden = item.state !== "refused";
        part("reason").textContent = item.reason;
        part("discard").hidden = item.state !== "refused";
        part("discard").addEventListener("click", () => {
          if (window.confirm(page.dataset.discard)) remove(item.client_uuid);
        });
        return row;
      }),
    );
    page.querySelector("[data-none]").hidden = items.length > 0;
    page.querySelector("[data-some]").hidden = items.length === 0;
  }

  const page = document.querySelector("[data-visit-queue]");
  if (page) {
    document.addEventListener("zf:pending", (event) => fill(page, event.detail.items));
    page.querySelector("[data-send]").addEventListener("click", async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      const why = await send({ refused: true });
      button.disabled = false;
      if (why) window.zoufang?.toast(page.dataset[why] ?? "", "warning");
    });
  }

  // Rows of the day's list that are logged on this device and not at the server yet.
  document.addEventListener("zf:pending", (event) => {
    const waiting = new Set((event.detail.items || []).map((item) => item.fields.client));
    for (const row of document.querySelectorAll("[data-day-route] [data-client]")) {
      const mark = row.querySelector("[data-kept]");
      if (mark) mark.hidden = !waiting.has(row.dataset.client);
    }
  });

  // Nobody waits for these; where they fail, since the page or its storage is just being closed, all stays as it was.
  // A browser may believe to be online where nothing gets through, and then nothing tells when it does: try again.
  let pause = FIRST_PAUSE;
  let again = 0;
  async function sendQuietly() {
    window.clearTimeout(again);
    const why = await send().catch(() => "");
    const unheard = why === "server" || (why === "offline" && navigator.onLine);
    if (unheard) again = window.setTimeout(sendQuietly, pause);
    pause = unheard ? Math.min(2 * pause, LONGEST_PAUSE) : FIRST_PAUSE;
  }
  window.addEventListener("online", sendQuietly);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendQuietly());
  drafts.tidy().catch(() => {}); // no room, no drafts
  tell().then((items) => items.length && sendQuietly(), () => {});
  keepPages().catch(() => {}); // without a worker the site works online as before
})();
