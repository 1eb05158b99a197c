// An open session of IMAP, POP3 or ManageSieve ends at its next command when its administrator shut that service meanwhile,
// for the domain: real doors over real accounts, whose limits are changed as vpopmail keeps them.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStillWelcome } from '../../server/door/still-welcome.ts';
import { startImapd } from '../../server/imap/imapd.ts';
import { startPop3d } from '../../server/pop3/pop3d.ts';
import { openRooms } from '../support/door-site.ts';
import { ImapClient, testSettings } from '../support/imap.ts';
import { sievePassword, sieveUser, startSieveSite } from '../support/managesieve.ts';
import { Pop3Client } from '../support/pop3.ts';

const words = ['disable_imap', 'disable_pop'] as const;

test('a session that is open does nothing more once its service is shut for the domain', async (t) => {
  const site = await startSieveSite();
  t.after(() => site.close());
  const rooms = await openRooms();
  t.after(() => rooms.close());
  const { accounts, account } = site;
  const shared = { tls: () => undefined, accounts, mailboxes: rooms.mailboxes, log: rooms.note };
  const place = { host: '127.0.0.1', port: 0 };
  const imapd = await startImapd({
    ...shared,
    settings: () => testSettings,
    listeners: [{ name: 'imap', ...place }],
  });
  t.after(() => imapd.close());
  const pop3Settings = { ...testSettings, me: 'mail.example.test', dovecotuidl: '', pop3marksread: 1 };
  const pop3d = await startPop3d({
    ...shared,
    settings: () => ({ ...pop3Settings, maxpop3connections: 100, maxpop3connectionsperip: 50 }),
    listeners: [{ name: 'pop3', ...place }],
  });
  t.after(() => pop3d.close());
  const imap = await ImapClient.connect(imapd.addresses[0]!.port!);
  t.after(() => imap.destroy());
  await imap.ok(`LOGIN ${sieveUser} "${sievePassword}"`);
  const pop3 = await Pop3Client.connect(pop3d.addresses[0]!.port!);
  await pop3.ok(`USER ${sieveUser}`);
  await pop3.ok(`PASS ${sievePassword}`);
  const sieve = await site.signIn();

  const domain = (await accounts.findDomain('example.test'))!;
  const limits = join(domain.directory, '.qmailadmin-limits');
  const isWelcome = () =>
    Promise.all((['imap', 'pop3', 'sieve'] as const).map((each) => isStillWelcome(accounts, account, each)));
  assert.deepEqual(await isWelcome(), [true, true, true]);
  await writeFile(limits, `${words[1]}\n`);
  assert.deepEqual(await isWelcome(), [true, false, true], 'POP3 alone is shut');
  await rm(limits);
  assert.deepEqual(await isWelcome(), [true, true, true]);
  await writeFile(limits, `${words.join('\n')}\n`);

  // Asked every ten seconds at most: the clock is moved, not waited for.
  const { now } = performance;
  performance.now = () => now.call(performance) + 11_000;
  try {
    pop3.write('STAT\r\n');
    assert.equal(await pop3.end(), '-ERR [SYS/PERM] this account is closed\r\n');
    assert.match(await sieve.last('LISTSCRIPTS'), /^BYE .*"this account is closed"/);
    imap.begin('NOOP');
    assert.equal(await imap.line(), '* BYE [UNAVAILABLE] This account is shut');
  } finally {
    performance.now = now;
  }
});
