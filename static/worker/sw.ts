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
    run: (event: {
      readonly request: Request;
      readonly clientId: string;
      readonly resultingClientId: string;
      readonly preloadResponse: Promise<Response | undefined>;
      respondWith(answer: Promise<Response>): void;
    }) => void,
  ): void;
  readonly registration: { readonly navigationPreload?: { enable(): Promise<void> } };
  skipWaiting(): Promise<void>;
}
const worker = globalThis as unknown as WorkerScope;
const files = ['app.css', 'first.svg', 'favicon.svg'].map((name) => `${prefix}/${name}`);

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
    // Pages are asked for while this worker starts: it must not make them late.
    await worker.registration.navigationPreload?.enable();
  };
  event.waitUntil(forget());
});

/** Windows that show the offline page: only their files come from what is kept. */
const offline = new Set<string>();

worker.addEventListener('fetch', (event) => {
  const { request, clientId } = event;
  // The way back to what a form answered is the browser's: it has the answer, and asking again would send the form again.
  if (request.method !== 'GET') return;
  const kept = async (what: RequestInfo): Promise<Response> => (await caches.match(what)) ?? Response.error();
  if (request.mode === 'navigate') {
    const load = async (): Promise<Response> => (await event.preloadResponse) ?? fetch(request);
    event.respondWith(
      load().catch(() => {
        offline.add(event.resultingClientId);
        return kept('/offline');
      }),
    );
  } else if (offline.has(clientId) && files.includes(new URL(request.url).pathname)) {
    event.respondWith(kept(request));
  }
});
