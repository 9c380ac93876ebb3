// The shell of the page without a network: what has been loaded once is there. The API and the feed are never kept.
const CACHE = "skoraya-shell-1";

/** A dead line says nothing at all: after so long the page that is kept must do. */
const PATIENCE_MS = 3000;

const withinPatience = (answer) => Promise.race([answer, new Promise((_, giveUp) => setTimeout(giveUp, PATIENCE_MS))]);

const named = (text) => [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]);

async function keepShell(cache, page) {
  const wanted = named(await page.clone().text());
  const before = await cache.match("/");
  const earlier = before ? named(await before.text()) : wanted;
  await cache.put("/", page);
  const kept = new Map((await cache.keys()).map((request) => [new URL(request.url).pathname, request]));
  await Promise.all(wanted.filter((path) => !kept.has(path)).map((path) => cache.add(path).catch(() => undefined)));
  // Another build: what only the last one needed would fill the tablet over the years.
  if (wanted.every((path) => earlier.includes(path))) return;
  const gone = [...kept.keys()].filter((path) => path.startsWith("/assets/") && !wanted.includes(path));
  await Promise.all(gone.map((path) => cache.delete(kept.get(path))));
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await keepShell(cache, await fetch("/", { cache: "no-cache" }));
      await self.skipWaiting();
    }),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname !== "/") return;
    const answer = fetch(event.request).then(async (page) => {
      if (page.ok) await keepShell(await caches.open(CACHE), page.clone());
      return page;
    });
    event.respondWith(withinPatience(answer).catch(async () => (await caches.match("/")) ?? answer));
    return;
  }
  // The build names assets by their content: what is kept never grows old.
  if (!url.pathname.startsWith("/assets/") && !/^\/(?:icon[\w-]*\.(?:svg|png)|apple-touch-icon\.png|manifest\.webmanifest)$/.test(url.pathname)) return;
  event.respondWith(
    caches.match(event.request).then(
      (kept) =>
        kept ??
        fetch(event.request).then(async (loaded) => {
          if (loaded.ok) await (await caches.open(CACHE)).put(event.request, loaded.clone());
          return loaded;
        }),
    ),
  );
});
