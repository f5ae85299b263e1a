// Service worker: the site's files from the device, its pages from the network, and the pages of the day from the
// device when there is no network. CONFIG comes with the script that imports this one:
// {version, assets: [address], offline: address, base: [address], kept: [pattern], login: address}
"use strict";

const FILES = `zf-files-${CONFIG.version}`;
const PAGES = "zf-pages";
const PATIENCE = 8000; // ms: a page on the device is better than a long wait
let forgotten = false; // after a logout nothing is kept until somebody is at work again
const patterns = CONFIG.kept.map((pattern) => new RegExp(pattern));

const keeps = (url) => patterns.some((pattern) => pattern.test(url.pathname + url.search));

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(FILES)
      .then((cache) => cache.addAll(CONFIG.assets))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("zf-files-") && name !== FILES).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// A page is kept only as the person saw it: no login page under another address, no error. One that led elsewhere is
// kept under both addresses, since a reload asks for the second.
async function keep(request, response) {
  const url = new URL(typeof request === "string" ? request : request.url, self.location.origin);
  if (!response.ok || !keeps(url) || new URL(response.url).pathname.startsWith(CONFIG.login)) return;
  const body = await response.clone().blob();
  if (forgotten) return;
  const cache = await caches.open(PAGES);
  for (const address of new Set([url, new URL(response.url)].filter(keeps).map(({ href }) => href))) {
    // Rebuilt, since a browser refuses a stored answer that came by a redirect.
    await cache.put(address, new Response(body, { headers: response.headers }));
  }
}

async function stored(url) {
  const cache = await caches.open(PAGES);
  return cache.match(url, { ignoreVary: true });
}

async function page(event) {
  const { request } = event;
  const kept = request.method === "GET" ? await stored(request.url) : undefined;
  try {
    const response = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    if (request.method === "GET") event.waitUntil(keep(request, response.clone()));
    // The server asks for a login: what the last person had on this device is nobody's any more. Unsent visits stay.
    if (response.ok && new URL(request.url).pathname === CONFIG.login) event.waitUntil(caches.delete(PAGES));
    if (response.status < 500 || !kept) return response;
  } catch (problem) {
    if (!kept) {
      // What could not be sent stays in its form: the form's own page again, which sees by the status what happened.
      const form = request.method === "POST" ? await stored(request.url) : undefined;
      if (form) return new Response(await form.blob(), { status: 503, headers: form.headers });
      const other = await stored(new URL(CONFIG.offline, self.location.origin).href);
      if (other) return other;
      throw problem;
    }
  }
  return kept;
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && CONFIG.assets.includes(url.pathname)) event.respondWith(file(request));
});

// The pages of the day: fetched one after the other, so that they do not crowd out what the person is doing.
async function keepOnly(addresses) {
  forgotten = false;
  const wanted = [...CONFIG.base, ...addresses].map((address) => new URL(address, self.location.origin).href);
  const cache = await caches.open(PAGES);
  for (const old of await cache.keys()) if (!wanted.includes(old.url)) await cache.delete(old);
  for (const address of wanted) {
    try {
      await keep(address, await fetch(address, { credentials: "same-origin" }));
      if (forgotten) return;
    } catch {
      return; // the signal is gone; what is there stays
    }
  }
}

self.addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keepOnly(event.data.keep));
  if (event.data?.forget) {
    forgotten = true;
    event.waitUntil(caches.delete(PAGES).then(() => event.ports[0].postMessage("forgotten")));
  }
});
