// The service worker (webmail.md N8): keeps the files of the page's look and one page that says that there is no
// connection. Nothing of anybody's mail is ever kept. The server writes `prefix` in front: where the files of its build are.
declare const prefix: string;
interface WorkerScope {
  addEventListener(
    name: 'install' | 'activate',
    run: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    name: 'fetch',
    run: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
  skipWaiting(): Promise<void>;
}
const worker = globalThis as unknown as WorkerScope;
const files = ['app.css', 'icons.svg', 'favicon.svg'].map((name) => `${prefix}/${name}`);

worker.addEventListener('install', (event) => {
  const keep = async (): Promise<void> => {
    const cache = await caches.open(prefix);
    await cache.addAll([...files, '/offline']);
    await worker.skipWaiting();
  };
  event.waitUntil(keep());
});

worker.addEventListener('activate', (event) => {
  const forget = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name !== prefix) await caches.delete(name);
  };
  event.waitUntil(forget());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate') {
    const offline = async (): Promise<Response> => (await caches.match('/offline')) ?? Response.error();
    event.respondWith(fetch(request).catch(offline));
  } else if (files.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
