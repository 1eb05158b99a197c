// Backscatter (spec/security.md R9): what is known to fail is refused while the client waits, so nobody whose address was
// forged hears of it. Accounts of vpopmail's files, real sockets; at the end the whole program and a thousand forgeries.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { updateVpasswd } from '../../mta/accounts/vpasswd.ts';
import { answerAccounts, createAccountCalls } from '../../mta/calls/account-calls.ts';
import { answerCalls } from '../../mta/calls/answering.ts';
import { makeBareSite } from '../support/accounts.ts';
import { startServer } from '../support/facteur.ts';
import { makeHome, queued, sendLetter, subjectsOf, until, domain as wholeDomain } from '../support/serve.ts';
import { RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';

const owner = { uid: process.getuid!(), gid: process.getgid!() };
const place = 'ours.test';
const settings = {
  virtualdomains: new Map([[place, place]]),
  rcpthosts: new Set([place]),
  locals: new Set<string>(),
};

let site: Awaited<ReturnType<typeof makeBareSite>>;
let accounts: ReturnType<typeof openAccounts>;
const fileOf = (...names: string[]) => join(site.home.vpopmail, 'domains', place, ...names);

/** An account whose Maildir holds so many bytes. `isListed`: maildirsize says so. */
async function addAccount(name: string, quota: string, bytes: number, isListed = true): Promise<void> {
  const domain = await accounts.findDomain(place);
  assert.ok(domain);
  await createAccount(openCdbStore(), domain, site.home.vpopmail, { name, passwordHash: 'x', quota });
  for (const part of ['new', 'cur', 'tmp']) await mkdir(fileOf(name, 'Maildir', part), { recursive: true });
  if (bytes > 0) await writeFile(fileOf(name, 'Maildir', 'cur', `1.a.host,S=${bytes}:2,S`), '');
  const listed = fileOf(name, 'Maildir', 'maildirsize');
  if (isListed) await writeFile(listed, `${quota}\n${bytes} 1\n`);
  else await rm(listed, { force: true });
  // A look at the account files may be 20 ms old.
  await until(name, async () => (await accounts.examineRecipient(`${name}@${place}`, 0)).exists);
}

before(async () => {
  site = await makeBareSite();
  await addDomain(site.home, { name: place, owner, postmaster: { passwordHash: 'x' } });
  accounts = openAccounts({ home: site.home });
});
after(async () => {
  await accounts.close();
  await site.remove();
});

const start = (more: Parameters<typeof startTestSmtpd>[0] = {}) =>
  startTestSmtpd({ ...settings, ...more }, { accounts });

test('RCPT of a full mailbox is 552 5.2.2, in the words of the site when it has some, and the others are served', async () => {
  await addAccount('full', '5000S', 5000);
  await addAccount('roomy', '5000S', 1000);
  const smtpd = await start();
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<forged@victim.test>');
  assert.equal(
    (await client.command(`RCPT TO:<full@${place}>`)).text,
    '552 5.2.2 user is over quota (#5.2.2)',
  );
  await writeFile(fileOf('.over-quota.msg'), 'This mailbox is full.\r\n550 Write a letter\0.\n');
  assert.equal(
    (await client.command(`RCPT TO:<FULL@${place}>`)).text,
    '552 5.2.2 This mailbox is full. 550 Write a letter . (#5.2.2)',
  );
  await rm(fileOf('.over-quota.msg'));
  assert.equal((await client.command(`RCPT TO:<roomy@${place}>`)).code, 250);
  assert.equal((await client.command('DATA')).code, 354);
  await client.send('Subject: a\r\n\r\nb\r\n.\r\n');
  assert.equal((await client.read()).code, 250);
  assert.deepEqual(
    smtpd.injector.messages.map((message) => message.recipients),
    [[`roomy@${place}`]],
  );
  client.close();
});

test('SIZE= counts at RCPT; a larger message than was said is refused at its end, but not of several recipients', async () => {
  await addAccount('sized', '10000S', 1000);
  await addAccount('second', 'NOQUOTA', 0, false);
  const smtpd = await start();
  const client = await smtpd.connect();
  await client.hello();
  for (const [size, code] of [
    [8000, 250],
    [9001, 552],
  ] as const) {
    await client.command(`MAIL FROM:<forged@victim.test> SIZE=${size}`);
    assert.equal((await client.command(`RCPT TO:<sized@${place}>`)).code, code, String(size));
    await client.command('RSET');
  }
  const big = `Subject: big\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(100)}`;
  assert.match(
    (await client.sendMessage('forged@victim.test', [`sized@${place}`], big)).text,
    /^552 5\.2\.2 /,
  );
  assert.equal(smtpd.injector.messages.length, 0);
  // In chunks too.
  await client.command('MAIL FROM:<forged@victim.test>');
  await client.command(`RCPT TO:<sized@${place}>`);
  await client.send(`BDAT ${big.length} LAST\r\n${big}`);
  assert.match((await client.read()).text, /^552 5\.2\.2 /);
  assert.equal(smtpd.injector.messages.length, 0);
  const both = [`sized@${place}`, `second@${place}`];
  assert.equal((await client.sendMessage('ann@x.test', both, big)).code, 250);
  client.close();
});

test('a mailbox is counted when maildirsize cannot be believed: missing, old, of another quota, or with more lines', async () => {
  await addAccount('uncounted', '4000S', 5000, false);
  await addAccount('cleared', '4000S', 100);
  await addAccount('aged', '4000S', 5000);
  await addAccount('counted', '100C', 10);
  const past = new Date(Date.now() - 20 * 60_000);
  const size = (name: string) => fileOf(name, 'Maildir', 'maildirsize');
  await utimes(size('aged'), past, past);
  // It says full, and nobody wrote down that the user has cleared it.
  await writeFile(size('cleared'), '4000S\n5000 1\n3000 1\n');
  await writeFile(size('counted'), '100C\n10 100\n');
  for (const [name, exists, isFull] of [
    ['uncounted', true, true],
    ['cleared', true, false],
    ['aged', true, true],
    ['counted', true, true],
    ['nobody', false, false],
  ] as const) {
    const state = await accounts.examineRecipient(`${name}@${place}`, 1);
    assert.deepEqual([state.exists, state.full !== undefined], [exists, isFull], name);
  }
  assert.equal(await readFile(size('cleared'), 'utf8'), '4000S\n5000 1\n3000 1\n', 'looking writes nothing');
});

test('what delivery may still place is taken: an account with a .qmail of its own', async () => {
  await addAccount('sorted', '4000S', 5000);
  await writeFile(fileOf('sorted', '.qmail'), '&elsewhere@x.test\n');
  assert.equal((await accounts.examineRecipient(`sorted@${place}`, 1)).full, undefined);
  await writeFile(fileOf('sorted', '.qmail'), '');
  await until('an empty .qmail is none', async () => {
    const { full } = await accounts.examineRecipient(`sorted@${place}`, 1);
    return full !== undefined;
  });
});

test('overquotadefer makes it 452 4.2.2', async () => {
  await addAccount('later', '10S', 5000);
  const smtpd = await start({ overquotadefer: 1 });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<ann@x.test>');
  assert.equal(
    (await client.command(`RCPT TO:<later@${place}>`)).text,
    '452 4.2.2 user is over quota (#4.2.2)',
  );
  client.close();
});

test('a message with our own Delivered-To is 554 5.4.6, as qmail-local or vdelivermail would find it; others pass', async () => {
  await addAccount('loop', 'NOQUOTA', 0, false);
  const smtpd = await start();
  const client = await smtpd.connect();
  await client.hello();
  const send = async (line: string, to = [`loop@${place}`]) =>
    (await client.sendMessage('forged@victim.test', to, `${line}\r\nSubject: a\r\n\r\nb`)).code;
  assert.equal(await send(`Delivered-To: ${place}-loop@${place}`), 554);
  assert.equal(await send(`delivered-to: LOOP@${place}`), 554);
  assert.equal(await send(`X: y\r\nDelivered-To: a@x.test\r\nDelivered-To: loop@${place}`), 554);
  assert.equal(smtpd.injector.messages.length, 0);
  assert.equal(await send(`delivered-to: ${place}-loop@${place}`), 250, 'qmail-local compares bytes');
  assert.equal(await send(`Delivered-To: loop@${place} `), 250, 'another line');
  assert.equal(await send(`Delivered-To : loop@${place}`), 250, 'not the name and a colon');
  assert.equal(await send(`Subject: x\r\n Delivered-To: loop@${place}`), 250, 'a folded line');
  assert.equal(await send(`X: y\r\n\r\nDelivered-To: loop@${place}`), 250, 'in the body');
  assert.equal(await send(`Delivered-To: loop@${place}`, [`loop@${place}`, `postmaster@${place}`]), 250);
  client.close();
});

test('under root the same is asked of the accounts role: its calls carry the answer', async () => {
  await addAccount('called', '100S', 5000);
  const directory = await mkdtemp(join(tmpdir(), 'facteur-calls-'));
  const path = join(directory, 'accounts');
  const server = createServer((socket) =>
    answerCalls(
      socket,
      socket,
      answerAccounts(accounts),
      () => undefined,
      () => socket.end(),
    ),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const calls = createAccountCalls(path);
  try {
    for (const name of ['called', 'loop', 'nobody'])
      assert.deepEqual(
        await calls.examineRecipient(`${name}@${place}`, 7),
        JSON.parse(JSON.stringify(await accounts.examineRecipient(`${name}@${place}`, 7))),
      );
  } finally {
    calls.close();
    server.close();
    await rm(directory, { recursive: true });
  }
});

test('1,000 messages with forged senders to unknown, full, looping and locked mailboxes: no bounce, no queue entry', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-forged-'));
  try {
    const home = join(directory, 'home');
    await makeHome(home, ['full', 'loop', 'locked', 'ann']);
    const domainHome = join(home, 'vpopmail', 'domains', wholeDomain);
    await updateVpasswd(domainHome, owner, (text) =>
      text
        .replace(/^(full:.*:)NOQUOTA/m, '$13000S')
        .replace(/^(locked:[^:]*:1:)\d+/m, `$1${AccountFlag.bounceMail}`),
    );
    await mkdir(join(domainHome, 'full', 'Maildir', 'cur'), { recursive: true });
    await writeFile(join(domainHome, 'full', 'Maildir', 'cur', '1.a.host,S=4000:2,S'), '');
    const server = await startServer(home, 'smtp=127.0.0.1:0');
    try {
      const port = server.ports.smtp!;
      const codes = new Map<string, number>();
      const forge = async (client: RawSmtpClient, number: number): Promise<void> => {
        const name = ['nobody', 'full', 'loop', 'locked'][number % 4]!;
        const { code } = await client.sendMessage(
          `forged-${number}@victim.example`,
          [`${name}@${wholeDomain}`],
          `Delivered-To: loop@${wholeDomain}\r\nSubject: forged\r\n\r\n${number}`,
        );
        const key = `${name} ${code}`;
        codes.set(key, (codes.get(key) ?? 0) + 1);
        await client.command('RSET');
      };
      // Eight in a session and fifty sessions from each address: nobody is slowed down as one who guesses.
      const sessions = Array.from({ length: 125 }, (_, index) => index);
      const work = async (): Promise<void> => {
        for (let session = sessions.pop(); session !== undefined; session = sessions.pop()) {
          const client = await RawSmtpClient.connect(port, '127.0.0.1', `127.0.2.${1 + session}`);
          await client.hello();
          for (let each = 0; each < 8; each++) await forge(client, session * 8 + each);
          client.close();
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
      assert.deepEqual(Object.fromEntries([...codes].sort()), {
        'full 552': 250,
        'locked 550': 250,
        'loop 554': 250,
        'nobody 550': 250,
      });
      assert.equal((await sendLetter(port, `ann@${wholeDomain}`, 'a real one')).code, 250);
      await until('the real letter', async () => (await subjectsOf(home, 'ann')).length === 1);
      const log = server.stderr();
      assert.equal((log.match(/\bnew msg /g) ?? []).length, 1, log);
      assert.doesNotMatch(log, /bounce msg|victim\.example: |remote forged/);
      await until('an empty queue', async () => (await queued(home)).length === 0);
    } finally {
      await server.kill();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
