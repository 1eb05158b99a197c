// Mail out and in as files (webmail.md O7, N11, X6): what is exported and imported again is the same mail with its dates;
// what is there already is left out; files of strangers are bounded; nothing stays of an upload.
import assert from 'node:assert/strict';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openZip, ZipFault } from '../../server/zip/zip-reader.ts';
import { createZipWriter } from '../../server/zip/zip-writer.ts';
import { type Answer, type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ people: ['giver@example.com', 'taker@example.com', 'other@example.com'] });
});
after(() => site.close());

async function enter(name: string): Promise<{ client: Client; csrf: string; address: string }> {
  const address = `${name}@example.com`;
  const client = site.client();
  client.cookies.set('sid', site.web.sessions.begin(address, false, 'test'));
  return { client, csrf: await client.token(), address };
}

/** Posts the import form as a browser does. */
function upload(
  client: Client,
  fields: Readonly<Record<string, string>>,
  files: readonly (readonly [string, Buffer])[],
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, bytes] of files) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return client.request('/transfer/import', { method: 'POST', headers: { origin: client.base }, body: form });
}

/** The report of an import, when it has ended. */
async function reportOf(address: string, answer: Answer): Promise<string> {
  assert.equal(answer.status, 303, answer.body);
  const id = answer.location.replace('/jobs/', '');
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const job = site.web.jobs.find(address, id);
    if (job?.state === 'done') return job.outcome?.words ?? '';
    if (job?.state === 'failed') return `failed: ${job.failure}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the import did not end');
}

const bytesOf = async (client: Client, path: string): Promise<Buffer> => {
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(client.base + path, { headers: { cookie } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-disposition') ?? '', /^attachment/);
  return Buffer.from(await response.arrayBuffer());
};

/** Subject and time received of each message of a folder. */
async function mailOf(address: string, folder: string): Promise<string[]> {
  const mailbox = await site.mailboxes.open(await site.account(address));
  const { rows } = await mailbox.list({ folder, limit: 200 });
  return rows
    .map(({ subject, received, flags }) => `${subject} ${Math.floor(received / 1000)} ${flags}`)
    .sort();
}

const filesLeft = async (): Promise<string[]> => readdir(join(site.home.state, 'uploads'));

test('a form without files is answered at once', async () => {
  const { client, csrf } = await enter('other');
  assert.equal((await client.post('/transfer/import', { csrf, folder: 'INBOX' })).status, 400);
});

test('a folder exported as mbox or ZIP and imported again has the same messages, dates and flags, and none twice', async () => {
  const giver = await enter('giver');
  for (let n = 0; n < 5; n++)
    await site.deliver(giver.address, {
      folder: 'Reports',
      subject: `Übersicht ${n}`,
      body: n === 1 ? 'From here on\n>From quoted\nend' : 'text',
      flags: n % 2 === 0 ? 'S' : 'FS',
      received: new Date(Date.UTC(2019, n, 1, 10, 20, 31)),
    });
  const before = await mailOf(giver.address, 'Reports');
  assert.equal(before.length, 5);
  const mbox = await bytesOf(giver.client, '/transfer/folder?folder=Reports&form=mbox');
  assert.equal(mbox.toString('latin1').match(/^From \S/gm)?.length, 5);
  const zip = await bytesOf(giver.client, '/transfer/folder?folder=Reports&form=zip');

  const taker = await enter('taker');
  await taker.client.post('/folders', { csrf: taker.csrf, name: 'In', parent: '' });
  const form = { csrf: taker.csrf, folder: 'In' };
  const first = await upload(taker.client, form, [['Reports.mbox', mbox]]);
  assert.equal(await reportOf(taker.address, first), '5 messages added.');
  assert.deepEqual(await mailOf(taker.address, 'In'), before);
  const again = await upload(taker.client, form, [['Reports.zip', zip]]);
  assert.equal(await reportOf(taker.address, again), '0 messages added. 5 were already there.');

  await taker.client.post('/folders', { csrf: taker.csrf, name: 'Tree', parent: '' });
  const kept = await upload(taker.client, { ...form, folder: 'Tree', keep: '1' }, [['Reports.zip', zip]]);
  assert.equal(await reportOf(taker.address, kept), '5 messages added.');
  const times = (list: string[]): string[] => list.map((line) => line.replace(/ \w+$/, ''));
  assert.deepEqual(times(await mailOf(taker.address, 'Tree.Reports')), times(before));
  assert.deepEqual(await filesLeft(), []);
});

test('the report counts what is no message by its number, and single messages take the date of their own header', async () => {
  const { client, csrf, address } = await enter('taker');
  const letter = (subject: string) =>
    Buffer.from(
      `From: a@b.example\nDate: Fri, 01 Mar 2024 12:00:00 +0100\nMessage-ID: <${subject}@x>\nSubject: ${subject}\n\nx\n`,
    );
  const answer = await upload(client, { csrf, folder: 'INBOX' }, [
    ['one.eml', letter('one')],
    ['picture.eml', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])],
    ['two.eml', letter('two')],
    ['two again.eml', letter('two')],
  ]);
  const report = '2 messages added. 1 was already there. 1 is not readable: number 2.';
  assert.equal(await reportOf(address, answer), report);
  const at = Date.UTC(2024, 2, 1, 11) / 1000;
  assert.deepEqual(await mailOf(address, 'INBOX'), [`one ${at} S`, `two ${at} S`]);
});

test('a mailbox that gets full keeps what came until then and says so', async () => {
  const { client, csrf, address } = await enter('other');
  const { maildir } = await site.account(address);
  await writeFile(join(maildir, 'maildirsize'), '100000S\n99000 1\n');
  const big = Buffer.from(`Subject: big\n\n${'x'.repeat(50_000)}\n`);
  const answer = await upload(client, { csrf, folder: 'INBOX' }, [['big.eml', big]]);
  assert.match(await reportOf(address, answer), /^0 messages added\. Then the mailbox was full\./);
  assert.deepEqual(await filesLeft(), []);
});

test('an import without file, into no folder, or with a wrong token stores nothing and leaves nothing', async () => {
  const { client, csrf } = await enter('other');
  assert.match(
    (await upload(client, { csrf, folder: 'INBOX' }, [])).body,
    /id="fault-file">Choose a file first/,
  );
  const eml = Buffer.from('Subject: x\n\nx\n');
  assert.equal((await upload(client, { csrf, folder: 'Nope' }, [['x.eml', eml]])).status, 422);
  assert.equal((await upload(client, { csrf: 'wrong', folder: 'INBOX' }, [['x.eml', eml]])).status, 403);
  assert.deepEqual(await filesLeft(), []);
});

test('everything goes out only after the password, with contacts and what was chosen', async () => {
  const { client, csrf, address } = await enter('giver');
  site.web.contacts.add(address, {
    name: 'Zoë Ødegård',
    emails: [{ value: 'zoe@example.org', label: '' }],
    phones: [],
    organisation: '',
    note: '',
    birthday: '',
    extra: [],
  });
  assert.equal((await client.get('/transfer/everything')).location, '/settings/transfer');
  const wrong = await client.post('/transfer/everything', { csrf, password: 'guess' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /id="fault-password"/);
  const right = await client.post('/transfer/everything', { csrf, password });
  const bytes = await bytesOf(client, right.location);
  const path = join(tmpdir(), `facteur-everything-${process.pid}.zip`);
  await writeFile(path, bytes);
  const file = await open(path, 'r');
  try {
    const zip = await openZip(file, { entries: 100, entry: 1_000_000, total: 10_000_000 });
    const names = zip.entries.map(({ name }) => name);
    assert.equal(names.filter((name) => /^Reports\/\d{8}\.eml$/.test(name)).length, 5);
    const settings = zip.entries.find(({ name }) => name === 'settings.json');
    assert.equal(JSON.parse((await zip.read(settings!)).toString()).cleanTrash, 30);
    const cards = zip.entries.find(({ name }) => name === 'contacts.vcf');
    assert.match((await zip.read(cards!)).toString(), /^BEGIN:VCARD\r\n[\s\S]*FN:Zoë Ødegård\r\n/);
  } finally {
    await file.close();
  }
  const other = await enter('other');
  assert.equal((await other.client.get(right.location)).location, '/settings/transfer', address);
});

/** A ZIP file of these entries on disk, opened. */
async function zipOf(change: (bytes: Buffer) => Buffer = (bytes) => bytes) {
  const parts: Buffer[] = [];
  const writer = createZipWriter(async (bytes) => void parts.push(Buffer.from(bytes)));
  await writer.add('a.eml', Buffer.from('Subject: a\n\na\n'), 1_700_000_000_123);
  await writer.add('zeros.eml', Buffer.alloc(5_000_000), 1_700_000_000_000);
  await writer.finish();
  const path = join(tmpdir(), `facteur-zip-${process.pid}.zip`);
  await writeFile(path, change(Buffer.concat(parts)));
  return open(path, 'r');
}

test('an archive that swells, shares bytes or lies about itself is refused, and a whole one is read exactly', async () => {
  const limits = { entries: 10, entry: 10_000_000, total: 10_000_000 };
  const reading = async (
    change?: (bytes: Buffer) => Buffer,
    bounds: Partial<typeof limits> = {},
  ): Promise<string> => {
    const file = await zipOf(change);
    try {
      const zip = await openZip(file, { ...limits, ...bounds });
      const [first, second] = zip.entries;
      assert.equal(first?.received, 1_700_000_000_123);
      const sum = (await zip.read(first!)).length + (await zip.read(second!)).length;
      let streamed = 0;
      for await (const piece of zip.stream(second!)) streamed += piece.length;
      return `${sum} ${streamed}`;
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error;
      return error.message;
    } finally {
      await file.close();
    }
  };
  assert.equal(await reading(), '5000014 5000000');
  assert.match(await reading(undefined, { total: 4_000_000 }), /unpacks to more/);
  assert.match(await reading(undefined, { entry: 4_000_000 }), /too large/);
  assert.match(await reading(undefined, { entries: 1 }), /more than 1 files/);
  assert.match(await reading((bytes) => bytes.subarray(0, bytes.length - 30)), /has no directory/);
  const directory = (bytes: Buffer): number => bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  assert.match(
    await reading((bytes) => {
      // The second entry says it begins where the first does.
      const second = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]), directory(bytes) + 4);
      bytes.writeUInt32LE(0, second + 42);
      return bytes;
    }),
    /share bytes/,
  );
  assert.match(
    await reading((bytes) => {
      // It says to be smaller than what it unpacks to.
      const second = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]), directory(bytes) + 4);
      bytes.writeUInt32LE(1000, second + 24);
      return bytes;
    }),
    /cannot be unpacked|damaged/,
  );
});

test('what a crash left of an upload goes when the role starts', async () => {
  const { sweepUploads } = await import('../../server/web/transfer/upload.ts');
  const path = join(site.home.state, 'uploads', 'left');
  await writeFile(path, 'x');
  await sweepUploads(site.home.state);
  await assert.rejects(stat(path));
  assert.equal((await readFile(join(site.home.qmail, 'control', 'me'), 'utf8')).trim(), 'mail.example.com');
});
