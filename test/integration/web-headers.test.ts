// The headers of every class of answer (security.md H3), for every route that the router itself lists, also for
// redirects, refusals and HEAD; limits of the HTTP server (W11); templates that escape (H4).
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { createWebApp } from '../../server/web/web.ts';
import { type Answer, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite();
});
after(() => site.close());

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

/** Every route with its methods, from the router itself. */
function routesOf(stack: readonly Layer[]): { method: string; path: string }[] {
  return stack.flatMap((layer) =>
    layer.route
      ? Object.keys(layer.route.methods).map((method) => ({
          // What takes any method is asked by the commonest.
          method: method === '_all' ? 'GET' : method.toUpperCase(),
          path: layer.route!.path,
        }))
      : routesOf(layer.handle?.stack ?? []),
  );
}

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; connect-src 'self'; " +
  "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

function assertPage(answer: Answer, what: string): void {
  const header = (name: string) => answer.headers.get(name);
  const policy = header('content-security-policy') ?? '';
  assert.ok(policy.startsWith(pagePolicy), `${what}: ${policy}`);
  assert.ok(!/unsafe|nonce|\*/.test(policy), what);
  assert.equal(header('x-content-type-options'), 'nosniff', what);
  assert.equal(header('referrer-policy'), 'no-referrer', what);
  assert.equal(header('cross-origin-opener-policy'), 'same-origin', what);
  assert.equal(header('cross-origin-resource-policy'), 'same-origin', what);
  assert.equal(header('x-frame-options'), 'DENY', what);
  assert.equal(header('cache-control'), 'no-store', what);
  assert.match(header('permissions-policy') ?? '', /camera=\(\).*geolocation=\(\)/, what);
  assert.equal(header('x-powered-by'), null, what);
  assert.equal(header('server'), null, what);
}

/** Routes whose answers are no application pages; their own rooms test them. */
const otherClass =
  /^\/(?:static|i)\/|^\/sw\.js$|^\/contacts\/export$|^\/m\/:id\/(?:body|part|source|headers|eml|all\.zip)/;

test('every route answers with the headers of an application page, signed in or not, also for HEAD and errors', async () => {
  const { app, close } = await createWebApp(site.web);
  const routes = routesOf((app as unknown as { router: { stack: readonly Layer[] } }).router.stack);
  close();
  assert.ok(routes.length >= 15, `the router lists ${routes.length} routes`);
  const clients = [site.client(), await site.signIn('alice@example.com')];
  for (const { method, path } of routes) {
    if (otherClass.test(path)) continue;
    const filled = path
      .replace(':folder', 'INBOX')
      .replace(':id', 'AAAAAAAAAAAA')
      .replace(/[:*]\w+/g, '1');
    for (const client of clients) {
      const answers = [
        await (method === 'POST' ? client.post(filled, {}) : client.request(filled, { method })),
        await client.request(filled, { method: 'HEAD' }),
      ];
      for (const answer of answers) assertPage(answer, `${method} ${filled} -> ${answer.status}`);
    }
  }
  // The browser asks whether there is a newer one, and takes it as a script of ours.
  const worker = await site.client().get('/sw.js');
  assert.equal(worker.headers.get('cache-control'), 'no-cache');
  assert.match(worker.headers.get('content-type') ?? '', /^text\/javascript/);
  assert.equal(worker.headers.get('x-content-type-options'), 'nosniff');
  for (const path of ['/no/such/page', '/%ff', '/f/%00', `/f/${'a'.repeat(4000)}`])
    for (const client of clients) assertPage(await client.get(path), path);
});

test('static files are immutable, compressed as asked, and an old hash is not found', async () => {
  const client = site.client();
  const login = await client.get('/login');
  const href = /href="(\/static\/[^"]+\/app\.css)"/.exec(login.body)![1]!;
  for (const encoding of ['br', 'gzip', 'identity']) {
    const answer = await client.get(href, { 'accept-encoding': encoding });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-encoding'), encoding === 'identity' ? null : encoding);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.match(answer.body, /--accent/);
  }
  assert.equal((await client.get(href.replace(/static\/[^/]+/, 'static/aaaaaaaaaaaa'))).status, 404);
  assert.equal((await client.get('/static/x/..%2f..%2fpackage.json')).status, 404);
});

test('pages are compressed when asked, but not for a visit that another site caused', async () => {
  const alice = await site.signIn('alice@example.com');
  for (const [accepted, used] of [
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
  ] as const) {
    const page = await alice.get('/f/INBOX', { 'accept-encoding': accepted });
    assert.equal(page.headers.get('content-encoding'), used);
    assert.match(page.body, /<h1/);
  }
  for (const headers of [
    { 'accept-encoding': 'identity' },
    { 'accept-encoding': 'gzip', 'sec-fetch-site': 'cross-site' },
  ])
    assert.equal((await alice.get('/f/INBOX', headers)).headers.get('content-encoding'), null);
});

test('an error shows an id and no stack, path or version; the log has the stack under that id (L3, N12)', async () => {
  const broken = {
    ...site.web,
    mailboxes: { open: () => Promise.reject(new Error('forced fault <b>')), close: () => Promise.resolve() },
  };
  const { app, close } = await createWebApp(broken);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const client = site.client();
    Object.assign(client, { base: `http://127.0.0.1:${(server.address() as { port: number }).port}` });
    await client.signIn('alice');
    const answer = await client.get('/f/INBOX');
    assert.equal(answer.status, 500);
    assertPage(answer, 'error page');
    const id = /Error number ([0-9a-f]{12})/.exec(answer.body)?.[1];
    assert.ok(id);
    assert.ok(!/forced fault|\.ts|node_modules|at Object/.test(answer.body));
    assert.ok(site.logged.some((line) => line.includes(id) && line.includes('forced fault <b>')));
    assert.equal((await client.get('/f/INBOX', { 'x-fragment': '1' })).status, 500);
  } finally {
    server.closeAllConnections();
    server.close();
    close();
  }
});

test('requests that are too large, or that cannot be read, get a page and harm nobody', async () => {
  const alice = await site.signIn('alice@example.com');
  const csrf = await alice.token();
  const large = await alice.post('/settings/general', { csrf, x: 'a'.repeat(600_000) });
  assert.equal(large.status, 413);
  assert.match(large.body, /too large/);
  const polluted = await alice.post('/settings/general', {
    csrf,
    '__proto__[x]': '1',
    'constructor.prototype.y': '1',
  });
  assert.equal(polluted.status, 303);
  assert.equal(({} as Record<string, unknown>).x, undefined);
  const nested = await alice.get('/f/INBOX?filter[a]=unread&sort=size&sort=date&dir[]=asc');
  assert.equal(nested.status, 200);
});

test('a request with two lengths or an oversized header is refused', async () => {
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(site.base).port), '127.0.0.1', () => socket.write(text));
      let seen = '';
      socket.on('data', (chunk) => {
        seen += chunk;
      });
      socket.on('close', () => resolve(seen));
      socket.on('error', () => resolve(seen));
    });
  const both =
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  assert.match(await raw(both), /^HTTP\/1\.1 400/);
  const huge = `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`;
  assert.match(await raw(huge), /^HTTP\/1\.1 431/);
});

test('a site that names its hosts answers for no other (W11)', async () => {
  const { app, close } = await createWebApp({ ...site.web, hosts: ['mail.example.com'] });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/login`);
  assert.equal(answer.status, 421);
  server.closeAllConnections();
  server.close();
  close();
});

test('templates write raw text only for includes and for the pane, which is rendered by a template itself', async () => {
  const views = join(programRoot(), 'views');
  for (const name of await readdir(views, { recursive: true })) {
    if (!name.endsWith('.ejs')) continue;
    const source = await readFile(join(views, name), 'utf8');
    for (const [raw] of source.matchAll(/<%-[\s\S]*?%>/g))
      assert.match(raw, /^<%- (?:include\([\s\S]*\)|pane) %>$/, `views/${name}: ${raw}`);
    assert.ok(!/\son\w+\s*=|style\s*=|javascript:/i.test(source), `views/${name}: nothing inline`);
  }
});
