// The parts of a message over HTTP (spec/webmail.md A1 to A5, 3.3, 3.7 to 3.12, V4, V6): the archive of all, the viewer,
// the question before harmful files, what containers hold, how a sender's mail is read and that it is remembered, and
// that nothing of it opens the mail of others.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { makeTnef, makeZip } from '../support/containers.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = Buffer.from('%PDF-1.4\nnothing');
let site: MailSite;
let client: Client;
let bob: Client;
let pictures: Server;
let port = 0;
const fetched: string[] = [];
before(async () => {
  pictures = createServer((req, res) => {
    fetched.push(req.url ?? '');
    res.setHeader('content-type', 'image/png');
    res.end(png);
  });
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  port = (pictures.address() as AddressInfo).port;
  site = await startMailSite({
    pictures: { resolve: async () => ['127.0.0.1'], permitAddress: () => true, allowPorts: new Set([port]) },
    async prepare(home) {
      await mkdir(join(home.state, 'preferences'), { recursive: true });
      const old = { pictures: { senders: ['old@friend.example'], domains: ['house.example'] } };
      await writeFile(
        join(home.state, 'preferences', `${encodeURIComponent(alice)}.json`),
        JSON.stringify(old),
      );
      await writeFile(join(home.state, 'preferences', 'broken.json'), '{');
    },
  });
  client = await site.signIn(alice);
  bob = await site.signIn('bob@example.com');
});
after(async () => {
  await site.close();
  pictures.close();
});

let minute = 0;
async function deliver(raw: string | Buffer, folder = 'INBOX'): Promise<string> {
  minute++;
  await site.deliver(alice, { received: new Date(Date.now() + minute * 60_000), raw, folder });
  return firstMessage(client, folder);
}

type File = readonly [type: string, name: string, body: Buffer | string];
/** A mail with text and files. */
const withFiles = (...files: readonly File[]): string =>
  [
    'From: Zoe <zoe@example.org>',
    'To: alice@example.com',
    'Subject: Papers',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: text/plain',
    '',
    'see files',
    ...files.flatMap(([type, name, body]) => [
      '--m',
      `Content-Type: ${type}`,
      `Content-Disposition: attachment${name === '' ? '' : `; filename="${name}"`}`,
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(body).toString('base64'),
    ]),
    '--m--',
    '',
  ].join('\n');
const html = (from: string, body: string): string =>
  `From: ${from}\nSubject: Look\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n${body}\n`;
const frameOf = (page: string): string =>
  /iframe[^>]* src="([^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&');
const csrfOf = (page: string): string => /name="csrf" value="([^"]+)"/.exec(page)![1]!;
const bytesOf = async (path: string, who: Client = client, headers: Record<string, string> = {}) => {
  const response = await fetch(site.base + path, {
    headers: { cookie: `sid=${who.cookies.get('sid')}`, ...headers },
    redirect: 'manual',
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

/** Entries of a ZIP by its local headers. */
function readZip(bytes: Buffer): Map<string, string> {
  const entries = new Map<string, string>();
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const size = bytes.readUInt32LE(at + 18);
    const nameLength = bytes.readUInt16LE(at + 26);
    const start = at + 30 + nameLength + bytes.readUInt16LE(at + 28);
    entries.set(
      bytes.toString('utf8', at + 30, at + 30 + nameLength),
      inflateRawSync(bytes.subarray(start, start + size)).toString(),
    );
    at = start + size;
  }
  return entries;
}

describe('all files as one archive (A3)', () => {
  test('opens, with every file under a name of its own', async () => {
    const id = await deliver(
      withFiles(['text/plain', 'a.txt', 'one'], ['text/plain', 'a.txt', 'two'], ['application/pdf', '', pdf]),
    );
    const page = await client.get(`/m/${id}`);
    assert.match(page.body, /part-4\.pdf/, 'a part without a name is named by its type');
    const href = /href="(\/m\/[^"]+all\.zip[^"]*)"/.exec(page.body)![1]!.replaceAll('&amp;', '&');
    const { response, bytes } = await bytesOf(href);
    assert.equal(response.headers.get('content-type'), 'application/zip');
    assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename="Papers\.zip"/);
    assert.match(response.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
    assert.deepEqual(
      [...readZip(bytes)],
      [
        ['a.txt', 'one'],
        ['a (2).txt', 'two'],
        ['part-4.pdf', pdf.toString()],
      ],
    );
  });
  test('asks first when there is something harmful in it', async () => {
    const id = await deliver(withFiles(['text/plain', 'a.txt', 'one'], ['text/plain', 'run.js', 'alert(1)']));
    const asked = await client.get(`/m/${id}/all.zip`);
    assert.match(asked.body, /Be careful with these files[\s\S]*run\.js[\s\S]*Files of the kind \.js/);
    const { bytes } = await bytesOf(`/m/${id}/all.zip?anyway=1`);
    assert.deepEqual([...readZip(bytes).keys()], ['a.txt', 'run.js']);
  });
});

describe('the viewer (A4)', () => {
  test('shows pictures, text and cards as what they are, and nothing as a page of ours', async () => {
    const id = await deliver(
      withFiles(
        ['image/png', 'harbour.png', png],
        ['text/csv', 'n.csv', 'a,<script>alert(1)</script>'],
        [
          'text/vcard',
          'z.vcf',
          'BEGIN:VCARD\nFN:Zoe <img src=x onerror=alert(1)>\nEMAIL:z@example.org\nEND:VCARD\n',
        ],
        ['image/svg+xml', 'x.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'],
      ),
    );
    const picture = await client.get(`/m/${id}/view/2`);
    assert.match(
      picture.body,
      /<img class="view-picture" src="\/m\/[^"]+\/part\/2\/harbour\.png\?in=INBOX&amp;anyway=1" alt="harbour\.png" width="1" height="1">/,
    );
    assert.match(picture.body, /rel="next" data-view href="\/m\/[^"]+\/view\/3\?in=INBOX"/);
    assert.match(picture.body, /1 of 3/);
    const csv = await client.get(`/m/${id}/view/3`);
    assert.match(csv.body, /<pre class="raw"[^>]*>a,&lt;script&gt;alert\(1\)&lt;\/script&gt;<\/pre>/);
    const card = await client.get(`/m/${id}/view/4`);
    assert.match(card.body, /Zoe &lt;img src=x onerror=alert\(1\)&gt;/);
    assert.match(card.body, /href="\/contacts\/new\?name=Zoe[^"]*&amp;address=z%40example\.org"/);
    assert.match((await client.get(`/m/${id}/view/5`)).body, /cannot be shown here/);
    const part = await client.get(`/m/${id}/view/3`, { 'x-fragment': 'dialog' });
    assert.match(part.body, /^<div class="view" data-title="n\.csv">/);
    for (const path of [`/m/${id}/view/9`, `/m/${id}/view/x`, `/m/${id}/view/2~1`])
      assert.equal((await client.get(path)).status, 404, path);
    for (const path of [
      `/m/${id}/view/2`,
      `/m/${id}/all.zip`,
      `/m/${id}/open/2`,
      `/m/${id}/part/2/x`,
      `/m/${id}/body?part=3`,
    ])
      assert.equal((await bob.get(path)).status, 404, `not ours: ${path}`);
  });
  test('gives a PDF an address of its own that needs no cookie, and only a PDF', async () => {
    const id = await deliver(
      withFiles(['application/octet-stream', 'a.pdf', pdf], ['application/pdf', 'b.pdf', '<html>']),
    );
    assert.match(
      (await client.get(`/m/${id}/view/2`)).body,
      /href="\/m\/[^"]+\/open\/2\?in=INBOX" target="_blank" rel="noopener"/,
    );
    const opened = await client.get(`/m/${id}/open/2`);
    assert.equal(opened.status, 302);
    const answer = await site.client().get(opened.location);
    assert.equal(answer.headers.get('content-type'), 'application/pdf');
    assert.match(answer.headers.get('content-disposition') ?? '', /^inline; filename="a\.pdf"/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    assert.equal((await client.get(`/m/${id}/open/3`)).status, 404);
  });
  test('gives sound in ranges', async () => {
    const sound = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(97, 7)]);
    const id = await deliver(withFiles(['audio/mpeg', 'a.mp3', sound]));
    const page = await client.get(`/m/${id}/view/2`);
    const source = /<audio[^>]* src="([^"]+)"/.exec(page.body)![1]!.replaceAll('&amp;', '&');
    const { response, bytes } = await bytesOf(source, client, { range: 'bytes=90-' });
    assert.deepEqual(
      [response.status, response.headers.get('content-range'), bytes.length],
      [206, 'bytes 90-99/100', 10],
    );
    assert.equal((await bytesOf(source, client, { range: 'bytes=200-' })).response.status, 416);
  });
  test('opens messages in messages, with their own files, text and pictures', async () => {
    const inner = `From: Carla <c@example.net>\nSubject: The plan\nContent-Type: multipart/mixed; boundary=n\n\n--n\nContent-Type: text/html\n\n<p>Words<script>1</script></p><img src="http://pictures.example/a.png">\n--n\nContent-Type: text/plain; name=t.txt\nContent-Disposition: attachment\n\ninner file\n--n--\n`;
    const id = await deliver(withFiles(['application/octet-stream', 'fwd.eml', inner]));
    const page = await client.get(`/m/${id}/view/2`);
    assert.match(page.body, /The plan[\s\S]*c@example\.net[\s\S]*view\/2~2\?in=INBOX/);
    const body = await client.get(frameOf(page.body));
    assert.match(body.headers.get('content-security-policy') ?? '', /^sandbox /);
    assert.match(body.body, /<p>Words<\/p>/);
    assert.doesNotMatch(body.body, /pictures\.example|alert|\/i\//);
    assert.match((await client.get(`/m/${id}/view/2~2`)).body, /inner file/);
    assert.equal((await bytesOf(`/m/${id}/part/2~2/t.txt?dl=1`)).bytes.toString(), 'inner file');
    assert.match((await client.get(`/m/${id}/view/2?body=text`)).body, /class="text-block" dir="auto">Words/);
  });
});

describe('files that can do harm (A5)', () => {
  test('a script in a ZIP is warned about before the download', async () => {
    const id = await deliver(
      withFiles(['application/zip', 'tools.zip', await makeZip([{ name: 'in/run.js', body: '1' }])]),
    );
    const asked = await client.get(`/m/${id}/part/2/tools.zip?dl=1`);
    assert.match(
      asked.body,
      /The archive holds a file that can do harm: in\/run\.js[\s\S]*tools\.zip[\s\S]*Zoe &lt;zoe@example\.org&gt;[\s\S]*Download anyway/,
    );
    const { response } = await bytesOf(`/m/${id}/part/2/tools.zip?dl=1&anyway=1`);
    assert.equal(response.headers.get('content-disposition')?.startsWith('attachment'), true);
  });
  test('an administrator can hold them back', async () => {
    const strict = await startMailSite({ blocksHarmful: true });
    try {
      const reader = await strict.signIn(alice);
      await strict.deliver(alice, {
        raw: withFiles(['text/plain', 'a.txt', 'one'], ['text/plain', 'run.js', '1']),
      });
      const id = await firstMessage(reader);
      const refused = await reader.get(`/m/${id}/part/3/run.js?dl=1&anyway=1`);
      assert.equal(refused.status, 403);
      assert.match(refused.body, /held back on this server/);
      assert.doesNotMatch(refused.body, /Download anyway/);
      assert.match(
        (await reader.get(`/m/${id}/all.zip`)).body,
        /left out of the archive[\s\S]*Download the others/,
      );
      const response = await fetch(`${strict.base}/m/${id}/all.zip?anyway=1`, {
        headers: { cookie: `sid=${reader.cookies.get('sid')}` },
      });
      assert.deepEqual([...readZip(Buffer.from(await response.arrayBuffer())).keys()], ['a.txt']);
    } finally {
      await strict.close();
    }
  });
});

describe('winmail.dat (3.12)', () => {
  test('its files are listed and given, its text is shown', async () => {
    const tnef = makeTnef({
      files: [{ name: 'Plan.pdf', type: 'application/pdf', body: pdf }],
      text: 'Written in Outlook.',
    });
    const id = await deliver(
      withFiles(['application/ms-tnef', 'winmail.dat', tnef]).replace('see files', ''),
    );
    const page = await client.get(`/m/${id}`);
    assert.match(page.body, /Written in Outlook\.[\s\S]*Plan\.pdf/);
    assert.doesNotMatch(page.body, /winmail\.dat/);
    assert.deepEqual((await bytesOf(`/m/${id}/part/2~1/Plan.pdf?dl=1`)).bytes, pdf);
  });
});

describe('how a message is read', () => {
  const remember = async (id: string, fields: Record<string, string>) =>
    client.post(`/m/${id}/reading`, {
      csrf: csrfOf((await client.get(`/m/${id}`)).body),
      return: `/m/${id}`,
      ...fields,
    });
  test('text instead of formatting is remembered of the sender, undone and forgotten (V6)', async () => {
    const from = 'News <news@paper.example>';
    const id = await deliver(html(from, '<p>Formatted</p>'));
    const chosen = await remember(id, { body: 'text' });
    assert.equal(chosen.status, 303);
    assert.match(chosen.location, new RegExp(`^/m/${id}\\?body=text&u=`));
    const other = await deliver(html(from, '<p>Formatted too</p>'));
    assert.doesNotMatch((await client.get(`/m/${other}`)).body, /<iframe/);
    assert.match(
      (await client.get(`/m/${other}?body=html`)).body,
      /<iframe/,
      'the address has the last word',
    );
    const settings = await client.get('/settings/reading');
    assert.match(settings.body, /news@paper\.example[\s\S]*as plain text/);
    const csrf = csrfOf(settings.body);
    await client.post('/settings/reading/forget', { csrf, way: 'body', sender: 'news@paper.example' });
    assert.match((await client.get(`/m/${other}`)).body, /<iframe/);
    assert.equal((await client.post(`/m/${id}/reading`, { body: 'text' })).status, 403);
    assert.equal((await remember(id, { body: 'x' })).status, 422);
  });
  test('dark paper takes the colours of the sender away, and is remembered (3.8)', async () => {
    const from = 'Colours <c@paint.example>';
    const mail = html(
      from,
      '<body bgcolor="#ffeecc"><style>p{color:red;margin:1px}</style><p style="background:#fff;padding:2px">Words</p></body>',
    );
    const id = await deliver(mail);
    assert.match((await client.get(`/m/${id}/body`)).body, /background-color:#ffeecc[\s\S]*color:red/);
    await remember(id, { paper: 'dark' });
    const next = await deliver(mail);
    const body = (await client.get(`/m/${next}/body`)).body;
    assert.match(body, /padding:2px/);
    assert.doesNotMatch(/<body>[\s\S]*/.exec(body)![0], /ffeecc|color:red|background/);
  });
  test('a text of wrong characters is read as the reader says (3.9)', async () => {
    const id = await deliver(
      Buffer.from(
        'From: r@example.org\nSubject: x\nContent-Type: text/plain; charset=x-unknown\n\n\xcf\xf0\xe8\xe2\xe5\xf2\n',
        'latin1',
      ),
    );
    const page = await client.get(`/m/${id}`);
    assert.match(page.body, /Wrong characters\?[\s\S]*<option>windows-1251<\/option>/);
    const read = await client.get(`/m/${id}?cs=windows-1251`);
    assert.match(read.body, />Привет/);
    assert.match(read.body, /<option selected>windows-1251<\/option>/);
    assert.equal((await client.get(`/m/${id}?cs=../../x`)).status, 200);
  });
  test('a long text stops at 200,000 characters until all of it is wanted', async () => {
    const id = await deliver(`From: l@example.org\nSubject: long\n\n${'word '.repeat(60_000)}END\n`);
    const page = await client.get(`/m/${id}`);
    assert.doesNotMatch(page.body, /END/);
    const all = /href="([^"]*text=all[^"]*)">Show all \(/.exec(page.body)![1]!.replaceAll('&amp;', '&');
    assert.match((await client.get(all)).body, /END/);
  });
  test('links in Junk are text until they are wanted (3.7)', async () => {
    const id = await deliver(html('j@evil.example', '<a href="https://evil.example/x">here</a>'), 'Junk');
    const page = await client.get(`/m/${id}?in=Junk`);
    assert.match(page.body, /Links in Junk are shown as text\./);
    assert.doesNotMatch((await client.get(frameOf(page.body))).body, /<a /);
    const shown = await client.get(`/m/${id}?in=Junk&links=show`);
    assert.match((await client.get(frameOf(shown.body))).body, /<a href="https:\/\/evil\.example\/x"/);
    assert.match(shown.body, /data-links="\[&quot;evil\.example&quot;\]"/);
  });
  test('marks as read at once, after five seconds or never, as chosen (V4)', async () => {
    const isRead = async (id: string) =>
      !new RegExp(`class="row unread[^"]*"[^>]*data-id="${id}"`).test(
        (await client.get('/f/INBOX?view=messages')).body,
      );
    const address = alice;
    try {
      for (const [choice, expected] of [
        [5, /name="action" value="read" data-read-after="5"/],
        [-1, /name="action" value="read" title=/],
      ] as const) {
        site.web.choiceStore.change(address, { markRead: choice });
        const id = await deliver(`From: m@example.org\nSubject: mark ${choice}\n\nx\n`);
        const page = await client.get(`/m/${id}`);
        assert.match(page.body, expected);
        assert.equal(await isRead(id), false);
        await client.post('/act', {
          csrf: csrfOf(page.body),
          id,
          folder: 'INBOX',
          action: 'read',
          return: `/m/${id}`,
        });
        assert.equal(await isRead(id), true);
      }
    } finally {
      site.web.choiceStore.change(address, { markRead: 0 });
    }
  });
});

describe('pictures of the web (3.3)', () => {
  const mail = (from: string, name: string) =>
    html(
      from,
      `<img src="http://p.example:${port}/${name}.png"><img src="http://p.example:${port}/pixel.gif" width=1 height=1>`,
    );
  const picturesOf = async (id: string, folder = 'INBOX') =>
    [...(await client.get(`/m/${id}/body?in=${folder}`)).body.matchAll(/src="(\/i\/[^"]+)"/g)].map(
      (found) => found[1]!,
    );
  test('choices of before are taken over from their files', async () => {
    assert.equal((await picturesOf(await deliver(mail('old@friend.example', 'a')))).length, 1);
    assert.equal((await picturesOf(await deliver(mail('any@house.example', 'a')))).length, 1);
    assert.equal((await picturesOf(await deliver(mail('x@else.example', 'a')))).length, 0);
    assert.ok(
      site.logged.some((line) => line.includes('broken.json')),
      'what cannot be read is named',
    );
    const settings = await client.get('/settings/reading');
    assert.match(settings.body, /old@friend\.example[\s\S]*Ask again/);
    assert.match(settings.body, /Everybody at \u2068house\.example\u2069/);
    await client.post('/settings/reading/forget', {
      csrf: csrfOf(settings.body),
      way: 'pictures',
      sender: '@house.example',
    });
    assert.equal((await picturesOf(await deliver(mail('any@house.example', 'b')))).length, 0);
  });
  test('are fetched once a week, and one of a single point never', async () => {
    const id = await deliver(mail('old@friend.example', 'week'));
    const found = await picturesOf(id);
    assert.equal(found.length, 1);
    for (let times = 0; times < 3; times++) assert.equal((await site.client().get(found[0]!)).status, 200);
    assert.deepEqual(
      fetched.filter((path) => path !== '/a.png'),
      ['/week.png'],
    );
  });
  test('by the choice of the person, for contacts, and never where our own check failed', async () => {
    const choose = (pictures: 'ask' | 'never' | 'contacts' | 'always') =>
      site.web.choiceStore.change(alice, { pictures });
    try {
      choose('never');
      const known = await deliver(mail('old@friend.example', 'c'));
      assert.match(
        (await client.get(`/m/${known}`)).body,
        /never loaded, as you chose[\s\S]*\/settings\/reading/,
      );
      assert.equal((await picturesOf(known)).length, 0);
      choose('always');
      const stranger = await deliver(mail('s@any.example', 'c'));
      assert.equal((await picturesOf(stranger)).length, 1);
      const failed = `Authentication-Results: mail.example.com; dmarc=fail header.from=any.example\n${mail('s@any.example', 'c')}`;
      assert.equal((await picturesOf(await deliver(failed))).length, 0);
      const nothing = `Authentication-Results: mail.example.com; spf=pass smtp.mailfrom=other.example; dmarc=none\n${mail('s@any.example', 'c')}`;
      assert.equal((await picturesOf(await deliver(nothing))).length, 0);
      const aligned = `Authentication-Results: mail.example.com; spf=pass smtp.mailfrom=x@mail.any.example; dmarc=none\n${mail('s@any.example', 'c')}`;
      assert.equal((await picturesOf(await deliver(aligned))).length, 1);
      choose('contacts');
      assert.equal((await picturesOf(stranger)).length, 0);
    } finally {
      choose('ask');
    }
  });
});
