// The header of a message over HTTP: contacts of its people (K7), what our system knows of its way (V1, V2), leaving its
// mailing (V8) against a server on loopback.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
let csrf: string;
let server: Server;
let port: number;
const asked: { url: string; method: string; body: string; headers: NodeJS.Dict<string | string[]> }[] = [];
let permits: (address: string) => boolean = () => true;

before(async () => {
  const certificate = createCertificate('lists.test');
  server = createServer(certificate, (req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    req.on('end', () => {
      asked.push({ url: req.url ?? '', method: req.method ?? '', body, headers: req.headers });
      if (req.url === '/away') res.writeHead(302, { location: 'https://lists.test/elsewhere' }).end();
      else res.writeHead(req.url === '/no' ? 500 : 200).end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  site = await startMailSite({
    pictures: {
      resolve: async () => ['127.0.0.1'],
      permitAddress: (address) => permits(address),
      allowPorts: new Set([port]),
      ca: certificate.cert,
    },
  });
  client = await site.signIn(alice);
  csrf = await client.token();
});
after(async () => {
  await site.close();
  server.close();
});

let count = 0;
/** Delivers a message into a folder of its own; gives its id and path. */
async function deliver(headers: readonly string[], from = 'Bob Jones <bob@example.org>') {
  const folder = `Header${++count}`;
  await site.deliver(alice, { folder, from, headers, subject: 'News' });
  const id = await firstMessage(client, folder);
  return { id, folder, path: `/m/${id}?in=${folder}` };
}
const unsubscribe = (id: string, folder: string) =>
  client.post(`/m/${id}/unsubscribe`, { csrf, in: folder, return: `/m/${id}?in=${folder}` });
const oneClick = (path: string) => [
  `List-Unsubscribe: <https://lists.test:${port}${path}>`,
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
];

describe('leaving a mailing', () => {
  test('one question that names the host, then one POST, and the message says so (RFC 8058)', async () => {
    const { id, folder, path } = await deliver(oneClick('/leave?x=1'));
    const page = await client.get(path);
    assert.match(page.body, /class="message-leave"/);
    const question = await client.get(`/m/${id}/unsubscribe?in=${folder}`);
    assert.equal(question.status, 200);
    assert.ok(question.body.includes(`lists.test:${port}`));
    assert.match(question.body, /That was not checked/);
    assert.equal(asked.length, 0, 'the question asks nobody');
    const answer = await unsubscribe(id, folder);
    assert.equal(answer.status, 303);
    assert.match((await client.get(answer.location)).body, /Unsubscribed\./);
    assert.equal(asked.length, 1);
    const [{ url, method, body, headers } = asked[0]!] = asked;
    assert.deepEqual([method, url, body], ['POST', '/leave?x=1', 'List-Unsubscribe=One-Click']);
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(headers.cookie ?? headers.referer, undefined);
    const shown = (await client.get(path)).body;
    assert.match(shown, /Unsubscribed on/);
    assert.doesNotMatch(shown, /class="message-leave"/);
    const bob = await site.signIn('bob@example.com');
    assert.equal((await bob.get(`/m/${id}/unsubscribe`)).status, 404);
  });

  test('a refusal and a redirect are told, and nothing is remembered', async () => {
    for (const path of ['/no', '/away']) {
      const { id, folder, path: message } = await deliver(oneClick(path));
      asked.length = 0;
      const answer = await unsubscribe(id, folder);
      assert.equal(answer.status, 503);
      assert.match(answer.body, /did not take the request/);
      assert.equal(asked.length, 1, 'a redirect is not followed');
      assert.match((await client.get(message)).body, /class="message-leave"/);
    }
  });

  test('an address that is not public is never connected to', async () => {
    permits = (address) => !address.startsWith('127.');
    asked.length = 0;
    const { id, folder } = await deliver(oneClick('/leave'));
    assert.equal((await unsubscribe(id, folder)).status, 503);
    assert.equal(asked.length, 0);
    permits = () => true;
  });

  test('without the token or by another site nothing is sent', async () => {
    const { id, folder } = await deliver(oneClick('/leave'));
    asked.length = 0;
    assert.equal((await client.post(`/m/${id}/unsubscribe`, { in: folder })).status, 403);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    assert.equal((await client.post(`/m/${id}/unsubscribe`, { csrf, in: folder }, foreign)).status, 403);
    assert.equal(asked.length, 0);
  });

  test('a letter goes where the message says, from one’s own address, with a copy in Sent', async () => {
    const { id, folder } = await deliver([
      'List-Unsubscribe: <mailto:leave@lists.example?subject=leave%20123>',
    ]);
    site.injected.length = 0;
    assert.equal((await unsubscribe(id, folder)).status, 303);
    const [sent] = site.injected;
    assert.deepEqual([sent?.sender, sent?.recipients], [alice, ['leave@lists.example']]);
    assert.match(sent?.message ?? '', /^From: Alice Example <alice@example\.com>$/m);
    assert.match(sent?.message ?? '', /^Subject: leave 123$/m);
    assert.match((await client.get('/f/Sent')).body, /leave 123/);
  });

  test('a letter that the queue does not take is told', async () => {
    const { id, folder } = await deliver(['List-Unsubscribe: <mailto:leave@lists.example>']);
    site.answer = { code: 'Z', text: 'no room' };
    const answer = await unsubscribe(id, folder);
    assert.equal(answer.status, 503);
    assert.match(answer.body, /could not be sent: no room/);
    site.answer = { code: 'K', text: 'ok 1 qp 4711' };
  });

  test('a page of the sender’s is only linked, without referrer', async () => {
    const { id, folder } = await deliver([`List-Unsubscribe: <http://lists.example/leave?a=1&b="x>`]);
    const question = await client.get(`/m/${id}/unsubscribe?in=${folder}`);
    assert.match(
      question.body,
      /href="http:\/\/lists\.example\/leave\?a=1&amp;b=%22x"[^>]*rel="noopener noreferrer nofollow"/,
    );
    assert.equal((await unsubscribe(id, folder)).status, 422);
  });

  test('a message that names no way has no button', async () => {
    const { id, folder, path } = await deliver([]);
    assert.doesNotMatch((await client.get(path)).body, /message-leave/);
    assert.equal((await client.get(`/m/${id}/unsubscribe?in=${folder}`)).status, 404);
  });
});

describe('people of a message', () => {
  test('each address leads to its contact, or to a form that is filled and confirmed (K7)', async () => {
    const { path } = await deliver(['Cc: Carla <carla@example.net>'], 'Bob Jones <bob@example.org>');
    let page = (await client.get(path)).body;
    const link = /href="(\/contacts\/new\?name=Bob\+Jones&amp;address=bob%40example\.org[^"]*)"/.exec(page);
    assert.ok(link, 'a link for the sender');
    assert.match(page, /Add Carla to contacts/);
    assert.doesNotMatch(page, /Add [^<>"]*alice/, 'none for oneself');
    const form = (await client.get((link[1] ?? '').replaceAll('&amp;', '&'))).body;
    assert.match(form, /id="field-name"[^>]*value="Bob Jones"/);
    assert.match(form, /id="field-email-0"[^>]*value="bob@example\.org"/);
    assert.equal(site.web.contacts.findByAddress(alice, 'bob@example.org'), undefined, 'a GET adds nobody');
    site.web.contacts.add(alice, {
      name: 'Robert',
      emails: [{ value: 'bob@example.org', label: '' }],
      phones: [],
      organisation: '',
      note: '',
      birthday: '',
      extra: [],
    });
    page = (await client.get(path)).body;
    assert.match(page, /Show contact Bob Jones/);
  });

  test('markup in a name is text in the message, in the form and in the contact', async () => {
    const evil = '"><img src=x onerror=alert(1)>é';
    const { path } = await deliver([], `${evil} <x@example.org>`);
    const page = (await client.get(path)).body;
    const [, href = ''] = /href="(\/contacts\/new\?[^"]*x%40example\.org[^"]*)"/.exec(page) ?? [];
    const form = (await client.get(href.replaceAll('&amp;', '&'))).body;
    for (const body of [page, form]) assert.doesNotMatch(body, /<img src=x/);
    assert.match(
      form,
      /id="field-name"[^>]*value="(?:&#34;|&quot;)&gt;&lt;img src=x onerror=alert\(1\)&gt;é"/,
    );
  });
});

describe('what our own system knows', () => {
  const received = [
    'Received: (qmail 4711 invoked from network); 1 Jan 2026 00:00:00 -0000',
    'Received: from mx.example.org (192.0.2.1)\n  by mail.example.com with ESMTPS; 1 Jan 2026 00:00:00 -0000',
  ];
  const results = 'Authentication-Results: mail.example.com; dkim=pass header.d=example.org; dmarc=';

  test('the connection and the signature are told; what the sender wrote about itself is not (V1, V2)', async () => {
    const good = await deliver([received[0]!, `${results}pass`, received[1]!]);
    const page = (await client.get(good.path)).body;
    assert.match(page, /signed by \u2068?example\.org/);
    assert.match(page, /Encrypted, from \u2068?mx\.example\.org/);
    const bySpf = results.replace('dkim=pass header.d', 'dkim=none; spf=pass smtp.mailfrom');
    const unsigned = await deliver([received[0]!, `${bySpf}none`, received[1]!]);
    assert.match((await client.get(unsigned.path)).body, /comes from \u2068?example\.org/);
    const forged = await deliver([...received, `${results}pass`]);
    assert.doesNotMatch((await client.get(forged.path)).body, /signed by|could not be verified/);
  });

  test('a failed DMARC check is a warning above the text', async () => {
    const bad = await deliver([
      received[0]!,
      `${results}fail`.replace('dkim=pass', 'dkim=fail'),
      received[1]!,
    ]);
    const page = (await client.get(bad.path)).body;
    assert.match(page, /fails the check of its sender/);
    assert.match(page, /could not be verified/);
  });
});
