// Reading mail over HTTP (spec/webmail.md 1.5, 1.6, 3; security.md H2 to H6, W7): what the page says, the headers of
// every answer, flags on disk, pictures with their own right, broken mail.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client, FixtureMail } from '../support/site.ts';

const alice = 'alice@example.com';
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let site: MailSite;
let client: Client;
let pictures: Server;
let picturePort: number;
const fetched: string[] = [];
before(async () => {
  pictures = createServer((req, res) => {
    fetched.push(`${req.headers.cookie ?? ''} ${req.headers.referer ?? ''} ${req.url}`);
    res.setHeader('content-type', 'image/png');
    res.end(Buffer.from(png, 'base64'));
  });
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  picturePort = (pictures.address() as AddressInfo).port;
  site = await startMailSite({
    pictures: {
      resolve: async () => ['127.0.0.1'],
      permitAddress: () => true,
      allowPorts: new Set([picturePort]),
    },
  });
  client = await site.signIn(alice);
});
after(async () => {
  await site.close();
  pictures.close();
});

let minute = 0;
/** Delivers a mail that is the newest of its folder; gives its id and base name. */
async function deliver(mail: FixtureMail): Promise<{ id: string; base: string }> {
  minute++;
  const base = await site.deliver(alice, { received: new Date(Date.now() + minute * 60_000), ...mail });
  return { id: await firstMessage(client, mail.folder ?? 'INBOX'), base };
}
const html = (body: string, more: readonly string[] = []): FixtureMail => ({
  headers: ['MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8', ...more],
  body,
});
const fileOf = async (base: string, folder = '.'): Promise<string> => {
  const { maildir } = await site.account(alice);
  for (const part of ['new', 'cur']) {
    const found = (await readdir(join(maildir, folder, part))).find((name) => name.startsWith(base));
    if (found) return `${part}/${found}`;
  }
  return '';
};

describe('the page', () => {
  test('subject as h1, the sender with name and address, recipients, text', async () => {
    const { id } = await deliver({
      subject: 'Tom & <b>Jerry</b>',
      from: 'Zoë Ødegård <zoe@nordlys.example>',
      to: 'alice@example.com, Carla <carla@example.org>, d@x.example, e@x.example, f@x.example, g@x.example',
      body: 'Hello <script>alert(1)</script>\nhttps://example.org/a?b=1&c=2 bye',
    });
    const page = await client.get(`/m/${id}`);
    assert.equal(page.status, 200);
    assert.match(page.body, /<h1 id="message-subject" dir="auto">Tom &amp; &lt;b&gt;Jerry&lt;\/b&gt;<\/h1>/);
    assert.match(
      page.body,
      /<strong><bdi>Zoë Ødegård<\/bdi><\/strong> <bdi class="message-address">zoe@nordlys\.example<\/bdi>/,
    );
    assert.match(page.body, /\u2068me\u2069, \u2068Carla\u2069.* and 2 more/s);
    assert.match(page.body, /Hello &lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.match(
      page.body,
      /<a href="https:\/\/example\.org\/a\?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">/,
    );
    assert.equal(page.body.match(/<h1/g)?.length, 1);
  });

  test('reply all only when it reaches more people, reply to list only with List-Post', async () => {
    const one = await client.get(`/m/${(await deliver({})).id}`);
    assert.doesNotMatch(one.body, /replyall=|replylist=/);
    const many = await client.get(
      `/m/${(await deliver({ to: 'alice@example.com, carla@example.org', headers: ['List-Post: <mailto:dev@lists.example>'] })).id}`,
    );
    assert.match(many.body, /\/compose\?replyall=/);
    assert.match(many.body, /Reply to list/);
  });

  test('opening marks as read; HEAD and prefetch do not', async () => {
    const { id, base } = await deliver({ subject: 'Unread' });
    await client.request(`/m/${id}`, { method: 'HEAD' });
    await client.get(`/m/${id}`, { 'sec-purpose': 'prefetch;prerender' });
    assert.match(await fileOf(base), /^new\/|:2,$/);
    await client.get(`/m/${id}`);
    assert.match(await fileOf(base), /:2,S$/);
  });

  test('older and newer lead along the list, and acting leads to the next', async () => {
    const first = await deliver({ subject: 'First' });
    const second = await deliver({ subject: 'Second' });
    const page = await client.get(`/m/${second.id}?in=INBOX`);
    assert.match(page.body, new RegExp(`rel="next"[^>]*href="/c/${first.id}\\?in=INBOX#start"`));
    assert.match(page.body, new RegExp(`name="return" value="/c/${first.id}\\?in=INBOX#start"`));
    const single = await client.get(`/m/${second.id}?in=INBOX&view=messages`);
    assert.match(
      single.body,
      new RegExp(`rel="next"[^>]*href="/m/${first.id}\\?in=INBOX&amp;view=messages"`),
    );
  });

  test('a trailing quote of more than three lines is folded', async () => {
    const quote = Array.from({ length: 6 }, (_, n) => `> line ${n}`).join('\n');
    const folded = await client.get(`/m/${(await deliver({ body: `Yes.\n\n${quote}` })).id}`);
    assert.match(folded.body, /<details class="message-quote">/);
    const open = await client.get(`/m/${(await deliver({ body: `> one\n> two\n\nNo.` })).id}`);
    assert.doesNotMatch(open.body, /<details class="message-quote">/);
  });

  test('a message that went away is a 404 page in the frame with ways on', async () => {
    const { id, base } = await deliver({ subject: 'Soon gone' });
    const { maildir } = await site.account(alice);
    await rm(join(maildir, await fileOf(base)));
    const page = await client.get(`/m/${id}?in=INBOX`);
    assert.equal(page.status, 404);
    assert.match(page.body, /This message is no longer here/);
    assert.match(page.body, /href="\/f\/INBOX"/);
    assert.match(page.body, /id="folders"/);
  });

  test('a message of somebody else looks like none at all', async () => {
    const { id } = await deliver({ subject: 'Private' });
    const bob = await site.signIn('bob@example.com');
    const without = (body: string, what: string) =>
      body.replaceAll(what, 'ID').replace(/csrf" value="[^"]*|data-csrf="[^"]*/g, '');
    for (const path of ['', '/body', '/part/1/x', '/source', '/headers', '/eml', '/print']) {
      const theirs = await bob.get(`/m/${id}${path}`);
      const none = await bob.get(`/m/AAAAAAAAAAAA${path}`);
      assert.equal(theirs.status, 404);
      assert.equal(without(theirs.body, id), without(none.body, 'AAAAAAAAAAAA'), path);
    }
    assert.equal((await site.client().get(`/m/${id}`)).status, 303);
  });

  test('a name that pretends to be another address is called by it', async () => {
    const { id } = await deliver({ from: 'boss@ours.example <x@evil.example>' });
    const page = await client.get(`/m/${id}`);
    assert.match(
      page.body,
      /The name of the sender is the address boss@ours\.example, but this message comes from x@evil\.example\./,
    );
  });
});

describe('HTML mail', () => {
  test('is in a sandboxed frame whose document has its own policy', async () => {
    const { id } = await deliver(
      html('<p style="color:red">Hi <b>there</b><script>alert(1)</script><img src=x onerror=alert(1)></p>'),
    );
    const page = await client.get(`/m/${id}`);
    const frame = /<iframe [^>]*>/.exec(page.body)?.[0] ?? '';
    assert.match(frame, /sandbox="allow-popups allow-popups-to-escape-sandbox allow-scripts"/);
    assert.doesNotMatch(page.body + JSON.stringify([...page.headers]), /allow-same-origin/);
    const source = /src="([^"]+)"/.exec(frame)![1]!.replaceAll('&amp;', '&');
    const document = await client.get(source);
    assert.equal(document.status, 200);
    assert.equal(document.headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = document.headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /^sandbox allow-popups allow-popups-to-escape-sandbox allow-scripts; default-src 'none'; script-src 'sha256-[^']+'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'$/,
    );
    assert.equal(document.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(document.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(document.headers.get('cache-control'), 'private, no-store');
    assert.equal(document.headers.get('cross-origin-opener-policy'), null);
    assert.match(document.body, /<b>there<\/b>/);
    const packed = await client.get(source, { 'accept-encoding': 'br' });
    assert.deepEqual([packed.headers.get('content-encoding'), packed.body], ['br', document.body]);
    assert.doesNotMatch(document.body, /alert\(1\)|onerror/);
    const text = await client.get(`/m/${id}?body=text`);
    assert.doesNotMatch(text.body, /<iframe/);
    assert.match(text.body, /Hi there/);
  });

  test('an inline picture comes by its signed address without a cookie, and is not listed', async () => {
    const { id } = await deliver({
      raw: [
        'From: b@example.org',
        'To: alice@example.com',
        'Subject: Picture',
        'MIME-Version: 1.0',
        'Content-Type: multipart/related; boundary=r',
        '',
        '--r',
        'Content-Type: text/html',
        '',
        '<img src="cid:a@b" alt="chart">',
        '--r',
        'Content-Type: image/png; name=chart.png',
        'Content-ID: <a@b>',
        'Content-Transfer-Encoding: base64',
        '',
        png,
        '--r--',
        '',
      ].join('\n'),
    });
    const page = await client.get(`/m/${id}`);
    assert.doesNotMatch(page.body, /chart\.png/);
    assert.match((await client.get(`/m/${id}?body=text`)).body, /chart\.png/);
    const document = await client.get(`/m/${id}/body`);
    const address = /src="(\/i\/[^"]+)"/.exec(document.body)?.[1];
    assert.ok(address);
    const picture = await site.client().get(address);
    assert.equal(picture.status, 200);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    assert.equal(picture.headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.equal(picture.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(picture.headers.get('access-control-allow-origin'), null);
    const forged = address.slice(0, -2) + (address.endsWith('AA') ? 'BB' : 'AA');
    assert.equal((await site.client().get(forged)).status, 404);
    assert.equal((await site.client().get('/i/nonsense')).status, 404);
  });

  test('pictures of the web: blocked, once, always for a sender, taken back, never in Junk', async () => {
    const mail = html(`<p>Look</p><img src="http://pictures.example:${picturePort}/a.png">`);
    const { id } = await deliver({ ...mail, from: 'Shop <shop@example.org>' });
    const page = await client.get(`/m/${id}`);
    assert.match(page.body, /Pictures from the web are not loaded\./);
    assert.match(page.body, /Always for \u2068shop@example\.org\u2069/);
    assert.doesNotMatch((await client.get(`/m/${id}/body`)).body, /\/i\/|pictures\.example/);
    assert.deepEqual(fetched, []);

    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)![1]!;
    const choose = (allow: string) =>
      client.post(`/m/${id}/images`, { csrf, allow, return: `/m/${id}?in=INBOX` });
    const once = await choose('once');
    assert.equal(once.status, 303);
    const shown = await client.get(once.location);
    const body = await client.get(/iframe[^>]* src="([^"]+)"/.exec(shown.body)![1]!.replaceAll('&amp;', '&'));
    const proxied = /src="(\/i\/[^"]+)"/.exec(body.body)?.[1];
    assert.ok(proxied);
    const picture = await site.client().get(proxied);
    assert.equal(picture.status, 200);
    assert.equal(picture.headers.get('content-type'), 'image/png');
    assert.deepEqual(fetched, ['  /a.png'], 'no cookie and no Referer left');
    assert.match((await client.get(`/m/${id}`)).body, /are not loaded/, 'once is once');
    const other = await deliver({ ...mail, from: 'Shop <shop@example.org>' });
    assert.match(
      (await client.get(once.location.replace(id, other.id))).body,
      /are not loaded/,
      'and for one message',
    );

    const always = await choose('sender');
    const toast = await client.get(always.location);
    assert.match(toast.body, /Pictures from shop@example\.org are always shown\./);
    assert.doesNotMatch((await client.get(`/m/${other.id}`)).body, /are not loaded/);
    const op = /name="op" value="([^"]+)"/.exec(toast.body)![1]!;
    await client.post('/undo', { csrf, op, return: '/f/INBOX' });
    assert.match((await client.get(`/m/${other.id}`)).body, /are not loaded/);

    await choose('domain');
    const junk = await deliver({ ...mail, from: 'Shop <news@example.org>', folder: 'Junk' });
    assert.match((await client.get(`/m/${junk.id}?in=Junk`)).body, /never loaded in Junk/);
    assert.doesNotMatch((await client.get(`/m/${junk.id}/body?in=Junk`)).body, /\/i\//);
    assert.equal((await client.post(`/m/${id}/images`, { allow: 'domain' })).status, 403);
  });
});

describe('attachments and raw forms', () => {
  const withFile = (name: string, type: string, content: string): FixtureMail => ({
    raw: [
      'From: Bob <b@example.org>',
      'To: alice@example.com',
      'Subject: File',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      'Content-Type: text/plain',
      '',
      'see file',
      '--m',
      `Content-Type: ${type}`,
      `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
      '',
      content,
      '--m--',
      '',
    ].join('\n'),
  });
  const partHref = (body: string) =>
    /class="icon-button" href="(\/m\/[^"]+\/part\/[^"]+)"/.exec(body)![1]!.replaceAll('&amp;', '&');

  test('a download keeps its name, with the headers of an attachment and a type that is never the sender’s', async () => {
    const { id } = await deliver(withFile('Übersicht 2026.pdf', 'text/html', '%PDF-1.4'));
    const page = await client.get(`/m/${id}`);
    assert.match(page.body, /Übersicht 2026\.pdf/);
    const file = await client.get(partHref(page.body));
    assert.equal(file.status, 200);
    assert.equal(file.body, '%PDF-1.4');
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    assert.match(
      file.headers.get('content-disposition') ?? '',
      /^attachment; filename="[ -~]+"; filename\*=UTF-8''%C3%9Cbersicht%202026\.pdf$/,
    );
    assert.equal(
      file.headers.get('content-security-policy'),
      "sandbox; default-src 'none'; frame-ancestors 'self'",
    );
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(file.headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(file.headers.get('cache-control'), 'private, no-store');
  });

  test('a file that can do harm is asked about first, with every foreign text escaped', async () => {
    const { id } = await deliver(withFile('<img src=x onerror=1>.html', 'text/html', '<script>1</script>'));
    const href = partHref((await client.get(`/m/${id}`)).body);
    const warning = await client.get(href);
    assert.equal(warning.headers.get('content-disposition'), null);
    assert.match(warning.body, /Be careful with this file/);
    assert.doesNotMatch(warning.body, /<img|<script>1/);
    const anyway = /href="([^"]+anyway=1)"/.exec(warning.body)![1]!.replaceAll('&amp;', '&');
    const file = await client.get(anyway);
    assert.equal(file.headers.get('content-type'), 'application/octet-stream');
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment/);
  });

  test('source is text, eml is the file itself, headers are shown decoded and raw', async () => {
    const { id, base } = await deliver({ subject: 'Grüße', body: '<script>alert(1)</script>' });
    const source = await client.get(`/m/${id}/source`);
    assert.equal(source.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(source.headers.get('x-content-type-options'), 'nosniff');
    assert.match(source.body, /<script>alert\(1\)<\/script>/);
    const { maildir } = await site.account(alice);
    const eml = await client.get(`/m/${id}/eml`);
    assert.equal(eml.body, await readFile(join(maildir, await fileOf(base)), 'utf8'));
    assert.match(eml.headers.get('content-disposition') ?? '', /^attachment; filename="Gr/);
    const headers = await client.get(`/m/${id}/headers`);
    assert.match(headers.body, /<td dir="auto">Grüße<\/td>/);
    assert.match(headers.body, /=\?utf-8\?B\?/);
    const print = await client.get(`/m/${id}/print`);
    assert.match(print.body, /Grüße/);
    assert.doesNotMatch(print.body, /id="folders"|message-bar/);
  });
});

describe('the right pane of the list', () => {
  test('holds the same message, and its links stay in the list', async () => {
    const older = await deliver({ subject: 'Pane older' });
    const { id, base } = await deliver({ subject: 'In the pane' });
    const page = await client.get(`/f/INBOX?open=${id}`);
    assert.equal(page.status, 200);
    assert.match(page.body, /<h1 id="message-subject" dir="auto">In the pane/);
    assert.match(page.body, new RegExp(`rel="next"[^>]*href="/f/INBOX\\?open=${older.id}"`));
    assert.match(await fileOf(base), /:2,S$/);
    const gone = await client.get('/f/INBOX?open=AAAAAAAAAAAA');
    assert.equal(gone.status, 200);
  });
});

const corpus = join(programRoot(), '..', 'shared', 'corpus', 'messages');
describe('broken mail', () => {
  for (const [name, raw] of Object.entries({
    'an empty file': '',
    'one byte': 'x',
    'only line ends': '\r\n\r\n',
    'no header': '\nbody only',
    'a boundary that never comes': 'Content-Type: multipart/mixed; boundary=never\n\ntext before\n',
    'an unknown charset': 'Subject: x\nContent-Type: text/plain; charset=x-nonsense\n\n\xff\xfe bytes',
    'broken base64': 'Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!====AA',
    'raw bytes in headers': Buffer.from('Subject: \xff\xfe\x00\x01\nFrom: \xc3\x28 <\x80>\n\nx', 'latin1'),
  })) {
    test(`${name} is a page, and can be replied to and forwarded`, async () => {
      const { id } = await deliver({ raw });
      for (const path of ['', '/source', '/headers', '/eml', '/print', '/body']) {
        assert.equal((await client.get(`/m/${id}${path}`)).status, 200, path);
      }
      for (const kind of ['reply', 'replyall', 'forward']) {
        assert.equal((await client.get(`/compose?${kind}=${id}`)).status, 200, kind);
      }
    });
  }

  test('every message of the corpus is a page', {
    skip: existsSync(corpus) ? false : 'no corpus beside the repository',
  }, async () => {
    const people = await readdir(corpus, { recursive: true });
    const files = people
      .filter((name) => /\.(eml|txt|msg)$/.test(name))
      .filter((_name, index) => index % 4 === 0);
    assert.ok(files.length > 20);
    for (const file of files) {
      await site.deliver('bob@example.com', { raw: await readFile(join(corpus, file)), folder: 'Corpus' });
    }
    const bob = await site.signIn('bob@example.com');
    const list = await bob.get('/f/Corpus?n=200');
    const ids = [...list.body.matchAll(/data-id="([\w-]{12})"/g)].map((found) => found[1]!);
    assert.equal(ids.length, Math.min(files.length, 200));
    for (const id of ids) {
      const page = await bob.get(`/m/${id}`);
      assert.equal(page.status, 200, `${id}`);
      assert.match(page.body, /<h1 id="message-subject"/);
    }
  });
});
