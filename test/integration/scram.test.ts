// SCRAM-SHA-256 where the site wants it: verifiers appear with the first password that was said in full, hold for that
// password only, and open what the password would open; at the three doors, and to a real client.
import assert from 'node:assert/strict';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAccount, setPasswordHash } from '../../mta/accounts/account-changes.ts';
import { type OpenedAccounts, openAccounts } from '../../mta/accounts/accounts.ts';
import { addAppPassword, removeAppPassword } from '../../mta/accounts/app-passwords.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import { makeSecret, openSecondFactor } from '../../mta/accounts/second-factor.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import type { Account, LoginService } from '../../mta/accounts/types.ts';
import { makeBareSite } from '../support/accounts.ts';
import { startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { isInstalled, run } from '../support/mail-clients.ts';
import { Pop3Client } from '../support/pop3.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { ScramClient } from '../support/scram.ts';
import { domain, makeHome, setControl, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const owner = { uid: process.getuid!() || 89, gid: process.getgid!() || 89 };
const password = 'correct horse';
const address = 'ann@example.test';

describe('verifiers', () => {
  let site: Awaited<ReturnType<typeof makeBareSite>>;
  let ann: Account;
  before(async () => {
    site = await makeBareSite();
    const passwordHash = hashPassword(password, 'sha512-crypt');
    await addDomain(site.home, { name: 'example.test', owner, postmaster: { passwordHash } });
    await mkdir(site.home.state, { recursive: true });
    await mkdir(join(site.home.qmail, 'control'), { recursive: true });
    const accounts = openAccounts({ home: site.home });
    const found = (await accounts.findDomain('example.test'))!;
    await createAccount(openCdbStore(), found, site.home.vpopmail, { name: 'ann', passwordHash });
    ann = (await accounts.findAccount(address))!;
    await accounts.close();
  });
  after(() => site.remove());

  /** What follows from the logins in `work` is on disk when this resolves. */
  async function withAccounts<T>(work: (accounts: OpenedAccounts) => Promise<T>): Promise<T> {
    const accounts = openAccounts({ home: site.home, writesLogins: true });
    try {
      return await work(accounts);
    } finally {
      await accounts.close();
    }
  }

  async function prove(said: string, service: LoginService = 'imap', who = address): Promise<boolean> {
    return withAccounts(async ({ scram }) => {
      const client = new ScramClient(who, said);
      const { salt, iterations } = await scram!.challenge(who);
      const serverFirst = `r=rOprNGfwEbeRWgbNEkqOabc,s=${salt},i=${iterations}`;
      const [, proof = ''] = /,p=(.*)$/.exec(client.answer(serverFirst)) ?? [];
      const authMessage = `${client.first.slice(3)},${serverFirst},c=biws,r=rOprNGfwEbeRWgbNEkqOabc`;
      const proven = await scram!.check(who, { authMessage, proof }, service);
      if (proven) assert.ok(client.believes(`v=${proven.signature}`));
      return proven !== undefined;
    });
  }
  const say = (said: string, service: LoginService = 'imap') =>
    withAccounts((accounts) => accounts.authenticate(address, said, service));

  test('none is kept unless the site wants them; then the first password said in full leaves one, private', async () => {
    await say(password);
    await assert.rejects(stat(join(ann.directory, '.facteur', 'scram')), { code: 'ENOENT' });
    assert.equal(await prove(password), false);
    await writeFile(join(site.home.qmail, 'control', 'scram'), '1\n');
    await say('wrong');
    assert.equal(await prove(password), false);
    await say(password);
    const path = join(ann.directory, '.facteur', 'scram');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.doesNotMatch(await readFile(path, 'utf8'), /correct horse/);
    assert.equal(await prove(password), true);
    assert.equal(await prove('wrong'), false);
  });

  test('a challenge for nobody looks like one, and is the same again', async () => {
    const ask = (who: string) => withAccounts(({ scram }) => scram!.challenge(who));
    const nobody = await ask('nobody@example.test');
    assert.deepEqual(nobody, await ask('Nobody@example.test'));
    assert.equal(nobody.salt.length, (await ask(address)).salt.length);
    assert.equal(nobody.iterations, (await ask(address)).iterations);
    assert.notDeepEqual(nobody, await ask('other@example.test'));
    assert.equal(await prove('anything', 'imap', 'nobody@example.test'), false);
  });

  test('an app password opens what it was made for, with and without hyphens, until it is taken back', async () => {
    const { id, password: app } = await addAppPassword(ann, { label: 'phone', services: ['imap'] });
    await say(app);
    assert.equal(await prove(app), true);
    assert.equal(await prove(app.replaceAll('-', '')), true);
    assert.equal(await prove(app, 'smtp'), false);
    await removeAppPassword(ann, id);
    assert.equal(await prove(app), false);
  });

  test('with a second factor the password is not enough', async () => {
    const factors = openSecondFactor();
    const secret = makeSecret();
    await factors.turnOn(ann, secret, totpCode(secret, totpStep(Date.now() / 1000)));
    assert.equal(await prove(password), false);
    await factors.turnOff(ann);
    assert.equal(await prove(password), true);
  });

  test('after a change of the password neither the old nor the new one until it was said', async () => {
    await withAccounts(async (accounts) => {
      const found = (await accounts.findDomain('example.test'))!;
      await setPasswordHash(openCdbStore(), found, 'ann', hashPassword('another horse', 'sha512-crypt'));
    });
    assert.deepEqual([await prove(password), await prove('another horse')], [false, false]);
    await say('another horse', 'web');
    assert.deepEqual([await prove(password), await prove('another horse')], [false, true]);
  });
});

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string): string => Buffer.from(text, 'base64').toString();

test('submission, IMAP and POP3 sign in by it; mbsync does', () =>
  withTemporaryDirectory(async (home) => {
    await makeHome(home, ['ann']);
    await setControl(home, 'scram', '1\n');
    const who = `ann@${domain}`;
    const word = 'whole-password';
    const server = await startServer(
      home,
      ['submission', 'imap', 'pop3'].map((name) => `${name}=127.0.0.1:0`).join(),
    );
    try {
      const { submission = 0, imap = 0, pop3 = 0 } = server.ports;
      const first = await ImapClient.connect(imap);
      assert.match(first.greeting, / AUTH=SCRAM-SHA-256 AUTH=PLAIN /);
      await first.ok(`LOGIN ${who} "${word}"`);
      const scramFile = join(home, 'vpopmail', 'domains', domain, 'ann', '.facteur', 'scram');
      await until('there is a verifier', () =>
        stat(scramFile).then(
          () => true,
          () => false,
        ),
      );

      const imapClient = await ImapClient.connect(imap);
      const inImap = new ScramClient(who, word);
      imapClient.write(`a AUTHENTICATE SCRAM-SHA-256 ${encode(inImap.first)}\r\n`);
      imapClient.write(`${encode(inImap.answer(decode((await imapClient.line()).slice(2))))}\r\n`);
      assert.ok(inImap.believes(decode((await imapClient.line()).slice(2))));
      imapClient.write('\r\n');
      assert.match(await imapClient.line(), /^a OK \[CAPABILITY /);

      const wrong = new ScramClient(who, 'wrong');
      const refused = await ImapClient.connect(imap);
      refused.write(`a AUTHENTICATE SCRAM-SHA-256\r\n`);
      assert.equal(await refused.line(), '+ ');
      refused.write(`${encode(wrong.first)}\r\n`);
      refused.write(`${encode(wrong.answer(decode((await refused.line()).slice(2))))}\r\n`);
      assert.match(await refused.line(), /^a NO \[AUTHENTICATIONFAILED\]/);
      refused.write('b AUTHENTICATE SCRAM-SHA-256 bmV2ZXI=\r\n');
      assert.match(await refused.line(), /^b BAD /);

      const pop3Client = await Pop3Client.connect(pop3);
      const inPop3 = new ScramClient(who, word);
      pop3Client.write(`AUTH SCRAM-SHA-256 ${encode(inPop3.first)}\r\n`);
      pop3Client.write(`${encode(inPop3.answer(decode((await pop3Client.line()).slice(2))))}\r\n`);
      assert.ok(inPop3.believes(decode((await pop3Client.line()).slice(2))));
      pop3Client.write('\r\n');
      assert.match(await pop3Client.line(), /^\+OK 0 messages/);

      const smtpClient = await RawSmtpClient.connect(submission);
      await smtpClient.read();
      assert.match((await smtpClient.command('EHLO c.example')).text, /AUTH SCRAM-SHA-256 PLAIN LOGIN/);
      const inSmtp = new ScramClient(who, word);
      const question = await smtpClient.command(`AUTH SCRAM-SHA-256 ${encode(inSmtp.first)}`);
      const proof = await smtpClient.command(encode(inSmtp.answer(decode(question.text.slice(4)))));
      assert.ok(inSmtp.believes(decode(proof.text.slice(4))));
      assert.equal((await smtpClient.command('')).code, 235);
      assert.equal((await smtpClient.command(`MAIL FROM:<${who}>`)).code, 250);
      for (const client of [first, imapClient, refused, pop3Client]) client.socket.destroy();
      smtpClient.close();

      if (await isInstalled('mbsync'))
        await withTemporaryDirectory((place) => syncByScram(place, imap, who, word));
    } finally {
      await server.stop();
    }
  }));

/** Mail programs run as nobody when the test is root's. Without Cyrus SASL's plug-in mbsync says that it has no mechanism. */
async function syncByScram(home: string, port: number, user: string, word: string): Promise<void> {
  const local = join(home, 'near');
  const rc = join(home, 'rc');
  await mkdir(local);
  await writeFile(
    rc,
    `IMAPAccount a\nHost 127.0.0.1\nPort ${port}\nUser ${user}\nPass "${word}"\nSSLType None\nAuthMechs SCRAM-SHA-256\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath ${local}/\nInbox ${local}/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n`,
    { mode: 0o600 },
  );
  if (process.getuid?.() === 0) for (const path of [home, local, rc]) await chown(path, 65_534, 65_534);
  const { status, output } = await run('mbsync', ['-c', rc, '-a'], home);
  if (!/No worthy mechs found|not available/i.test(output)) assert.equal(status, 0, output);
}
