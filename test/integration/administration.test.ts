// What administrators do to accounts, aliases and robots, on files as vpopmail and qmailadmin write them.
import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Conflict, NoSuchObject, Refusal } from '../../mta/accounts/administration.ts';
import { programRoot } from '../../mta/root.ts';
import {
  type AdministeredSite,
  actorOf,
  goodPassword,
  machine,
  startAdministration,
} from '../support/administration.ts';

let site: AdministeredSite;
before(async () => {
  site = await startAdministration();
});
after(() => site.close());

const postmaster = actorOf('postmaster@example.com');
const refusal = (key: string, field?: string) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.key, key, error.message);
  if (field !== undefined) assert.equal(error.field, field);
  return true;
};

test('an alias is a .qmail file with &address lines, mode 600, dots as colons', async () => {
  const { administration } = site;
  await administration.setAlias(postmaster, 'example.com', 'Sales.Team', {
    addresses: ['alice', 'friend@elsewhere.example'],
  });
  assert.equal(
    await site.read('example.com', '.qmail-sales:team'),
    '&alice@example.com\n&friend@elsewhere.example\n',
  );
  const stats = await lstat(join(site.directory('example.com'), '.qmail-sales:team'));
  assert.equal(stats.mode & 0o777, 0o600);
  const alias = await administration.alias(postmaster, 'example.com', 'sales.team');
  assert.equal(alias.kind, 'alias');
  assert.deepEqual(alias.addresses, ['alice@example.com', 'friend@elsewhere.example']);
});

test('lines that the form does not know stay in place, byte for byte', async () => {
  const { administration } = site;
  const strange =
    '# caf\xe9 \xff\n&alice@example.com\n|/usr/local/bin/filter "$SENDER" # x\n./Kept/\n&bob@example.com  \n';
  await site.write('example.com', '.qmail-mixed', strange);
  const alias = await administration.alias(postmaster, 'example.com', 'mixed');
  assert.deepEqual(alias.addresses, ['alice@example.com', 'bob@example.com']);
  assert.equal(alias.otherLines.length, 3);
  await administration.setAlias(postmaster, 'example.com', 'mixed', {
    version: alias.version,
    addresses: ['bob@example.com', 'carol@example.com'],
  });
  assert.equal(
    await site.read('example.com', '.qmail-mixed'),
    '# caf\xe9 \xff\n|/usr/local/bin/filter "$SENDER" # x\n./Kept/\n&bob@example.com  \n&carol@example.com\n',
  );
});

test('of two administrators with one form the second has a conflict', async () => {
  const { administration } = site;
  await administration.setAlias(postmaster, 'example.com', 'shared', { addresses: ['alice'] });
  const { version } = await administration.alias(postmaster, 'example.com', 'shared');
  const results = await Promise.allSettled(
    ['bob', 'carol'].map((name) =>
      administration.setAlias(postmaster, 'example.com', 'shared', { version, addresses: [name] }),
    ),
  );
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const lost = results.find((result) => result.status === 'rejected');
  assert.ok(lost?.reason instanceof Conflict);
});

test('an alias never takes the name of a mailbox, and a mailbox never that of an alias', async () => {
  const { administration } = site;
  await assert.rejects(
    administration.setAlias(postmaster, 'example.com', 'alice', { addresses: ['bob'] }),
    refusal('mailbox', 'name'),
  );
  await assert.rejects(
    administration.setRobot(postmaster, 'example.com', 'alice', { subject: 'x', message: 'y' }),
    refusal('mailbox', 'name'),
  );
  await administration.setAlias(postmaster, 'example.com', 'office', { addresses: ['bob'] });
  await assert.rejects(
    administration.addAccount(postmaster, { address: 'office@example.com', password: goodPassword }),
    refusal('taken', 'address'),
  );
});

test('hostile names and addresses are refused, and no file appears', async () => {
  const { administration } = site;
  const before = await readdir(site.directory('example.com'));
  const names = [
    '../x',
    'a/b',
    'default',
    '.',
    '..',
    'x\0y',
    'a:b',
    '',
    '-x',
    '\u00e4\u202e',
    'x\ny',
    '$(id)',
    'a|b',
    "a'b",
  ];
  for (const name of names) {
    await assert.rejects(
      administration.setAlias(postmaster, 'example.com', name, { addresses: ['bob'] }),
      Refusal,
      JSON.stringify(name),
    );
    await assert.rejects(
      administration.setRobot(postmaster, 'example.com', name, { subject: 's', message: 'm' }),
      Refusal,
      JSON.stringify(name),
    );
    await assert.rejects(
      administration.addAccount(postmaster, { address: `${name}@example.com`, password: goodPassword }),
      Refusal,
      JSON.stringify(name),
    );
  }
  const addresses = [
    '|id',
    '/etc/x',
    'x\n|id',
    '&|id@x.example',
    '|id@x.example',
    'a b@x.example',
    '@x.example',
    'a@',
    '"a"@x.example',
    '#x@y.example',
  ];
  for (const address of addresses)
    await assert.rejects(
      administration.setAlias(postmaster, 'example.com', 'victim', { addresses: [address] }),
      refusal('address', 'addresses'),
      JSON.stringify(address),
    );
  const left = (await readdir(site.directory('example.com'))).filter((name) => name !== '.facteur.lock');
  assert.deepEqual(left.sort(), before.filter((name) => name !== '.facteur.lock').sort());
});

test('an alias that is a symbolic link is shown and neither read nor changed', async () => {
  const { administration } = site;
  await symlink('/etc/passwd', join(site.directory('example.com'), '.qmail-linked'));
  const alias = await administration.alias(postmaster, 'example.com', 'linked');
  assert.equal(alias.kind, 'other');
  assert.deepEqual(alias.addresses, []);
  const { version } = alias;
  await assert.rejects(
    administration.setAlias(postmaster, 'example.com', 'linked', { version, addresses: ['bob'] }),
    refusal('kind'),
  );
  await assert.rejects(
    administration.removeAlias(postmaster, 'example.com', 'linked', version),
    refusal('kind'),
  );
});

test('a forward to an address of the domain that is not there, or to itself, is refused', async () => {
  const { administration } = site;
  await assert.rejects(
    administration.setAlias(postmaster, 'example.com', 'lost', { addresses: ['nobody-here'] }),
    refusal('unknown'),
  );
  await assert.rejects(
    administration.setAlias(postmaster, 'example.com', 'circle', { addresses: ['circle@EXAMPLE.com'] }),
    refusal('loop'),
  );
});

test('a robot has its text in DOM/NAME in capitals, and its line calls autorespond', async () => {
  const { administration, home } = site;
  const dom = site.directory('example.com');
  await administration.setRobot(postmaster, 'example.com', 'info', {
    subject: 'Grüße',
    message: 'Danke.\r\nWir melden uns.\r\n',
    copyTo: 'bob',
  });
  assert.equal(
    await site.read('example.com', '.qmail-info'),
    `|${home.vpopmail}/bin/autorespond 10000 5 ${dom}/INFO/message ${dom}/INFO\n&bob@example.com\n`,
  );
  // The program is there: ours, as the site had none.
  assert.equal(
    await readlink(join(home.vpopmail, 'bin', 'autorespond')),
    join(programRoot(), 'bin', 'facteur'),
  );
  const robot = await administration.alias(postmaster, 'example.com', 'info');
  assert.deepEqual(robot.robot, {
    subject: 'Grüße',
    message: 'Danke.\nWir melden uns.',
    copyTo: 'bob@example.com',
  });
  await writeFile(join(dom, 'INFO', 'A123.456'), 'x@y.example\n');
  await administration.removeAlias(postmaster, 'example.com', 'info', robot.version);
  assert.ok(!(await readdir(dom)).some((name) => name === 'INFO' || name === '.qmail-info'));
});

test('removing the old robot of one letter leaves the mailboxes in the hash directory of that letter', async () => {
  const { administration, home } = site;
  const dom = site.directory('example.com');
  await mkdir(join(dom, 'A', 'zoe', 'Maildir', 'new'), { recursive: true });
  await writeFile(join(dom, 'A', 'zoe', 'Maildir', 'new', 'letter'), 'x');
  await writeFile(join(dom, 'A', 'message'), 'From: a@example.com\nSubject: Away\n\nGone.\n');
  await site.write(
    'example.com',
    '.qmail-a',
    `|${home.vpopmail}/bin/autorespond 10000 5 ${dom}/A/message ${dom}/A\n`,
  );
  const { version, robot } = await administration.alias(postmaster, 'example.com', 'a');
  assert.equal(robot?.message, 'Gone.');
  await administration.removeAlias(postmaster, 'example.com', 'a', version);
  assert.deepEqual(await readdir(join(dom, 'A', 'zoe', 'Maildir', 'new')), ['letter']);
  assert.deepEqual(await readdir(join(dom, 'A')), ['zoe']);
  // A new one keeps away from there.
  await administration.setRobot(postmaster, 'example.com', 'a', { subject: 's', message: 'm' });
  assert.match(await site.read('example.com', '.qmail-a'), /\/\.robot-a\/message /);
});

test('a robot of qmailadmin with error texts in its header is read, and changed in place', async () => {
  const { administration } = site;
  const dom = site.directory('example.com');
  await mkdir(join(dom, 'HELP'));
  const line = `|/usr/local/bin/autorespond 10000 5 ${dom}/HELP/message ${dom}/HELP`;
  await site.write(
    'example.com',
    '.qmail-help',
    `${line}\n# by hand\n&bob@example.com\n&alice@example.com\n`,
  );
  await site.write(
    'example.com',
    'HELP/message',
    'From: help@example.com\nSubject: We got it\nContent-type: text/plain; charset=iso-8859-1\nContent-transfer-encoding: 7bit\nDefault delivery file missing\nCould not open the log\nX-Site: kept\nMIME-Version: 1.0\n\nGr\xfc\xdfe\n',
  );
  const robot = await administration.alias(postmaster, 'example.com', 'help');
  assert.deepEqual(robot.robot, { subject: 'We got it', message: 'Grüße', copyTo: 'bob@example.com' });
  await administration.setRobot(postmaster, 'example.com', 'help', {
    version: robot.version,
    subject: 'We got it',
    message: 'Grüße!',
    copyTo: '',
  });
  assert.equal(await site.read('example.com', '.qmail-help'), `${line}\n# by hand\n&alice@example.com\n`);
  const message = Buffer.from(await site.read('example.com', 'HELP/message'), 'latin1').toString('utf8');
  assert.equal(
    message,
    'From: help@example.com\nSubject: We got it\nX-Site: kept\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße!',
  );
});

test("a user's choice is written as qmailadmin writes it, and standard delivery needs no file", async () => {
  const { administration, home } = site;
  const alice = actorOf('alice@example.com');
  const dom = site.directory('example.com');
  const change = async (
    delivery: NonNullable<Parameters<typeof administration.changeAccount>[2]['delivery']>,
  ) => {
    const { version } = await administration.account(alice, 'alice@example.com');
    await administration.changeAccount(alice, 'alice@example.com', { version, delivery });
  };
  await change({ kind: 'forward', forwards: ['x@elsewhere.example', 'bob'], keepsCopy: true });
  const forward = `&x@elsewhere.example\n&bob@example.com\n${dom}/alice/Maildir/\n`;
  assert.equal(await site.read('example.com', 'alice/.qmail'), forward);
  await change({ kind: 'discard', forwards: [], keepsCopy: false });
  assert.equal(await site.read('example.com', 'alice/.qmail'), '# delete\n');
  const vacation = { subject: 'Away', message: 'Back on Monday.' };
  await change({ kind: 'mailbox', forwards: [], keepsCopy: false, vacation });
  assert.equal(
    await site.read('example.com', 'alice/.qmail'),
    `${dom}/alice/Maildir/\n| ${home.vpopmail}/bin/autorespond 86400 3 ${dom}/alice/vacation/message ${dom}/alice/vacation\n`,
  );
  assert.equal(
    await site.read('example.com', 'alice/vacation/message'),
    'From: alice@example.com\nSubject: Away\n\nBack on Monday.',
  );
  const details = await administration.account(alice, 'alice@example.com');
  assert.deepEqual(details.delivery, {
    kind: 'mailbox',
    forwards: [],
    keepsCopy: false,
    vacation: { ...vacation, times: { days: 1, zone: 'UTC', contactsOnly: false } },
    otherLines: [],
  });

  // Days and people are beside it; how often is in the line, for every autorespond.
  const times = {
    days: 7,
    from: '2026-11-24',
    until: '2026-12-03',
    zone: 'Europe/Paris',
    contactsOnly: true,
  };
  assert.equal(await administration.setVacationContacts(alice, ['x@y.org']), false);
  await change({ kind: 'mailbox', forwards: [], keepsCopy: false, vacation: { ...vacation, times } });
  const line = `autorespond 604800 1 ${dom}/alice/vacation/message ${dom}/alice/vacation\n`;
  assert.ok((await site.read('example.com', 'alice/.qmail')).endsWith(line));
  assert.equal(
    await site.read('example.com', 'alice/vacation/facteur-rules'),
    'from 2026-11-24\nuntil 2026-12-03\nzone Europe/Paris\ncontacts-only\n' +
      ['alice', 'help', 'sales.team'].map((name) => `address ${name}@example.com\n`).join(''),
  );
  assert.equal(await administration.setVacationContacts(alice, ['X@y.org', 'a b', 'c@d.org']), true);
  assert.equal(await site.read('example.com', 'alice/vacation/facteur-contacts'), 'c@d.org\nx@y.org\n');
  // Who knows nothing of them leaves them.
  await change({ kind: 'mailbox', forwards: [], keepsCopy: false, vacation: { ...vacation, message: 'x' } });
  const { delivery } = await administration.account(alice, 'alice@example.com');
  assert.deepEqual(delivery.vacation, { subject: 'Away', message: 'x', times });
  for (const [wrong, field] of [
    [{ days: 31 }, 'vacation-days'],
    [{ from: '2026-02-30' }, 'vacation-from'],
    [{ until: '2026-11-23' }, 'vacation-until'],
    [{ zone: 'Nowhere/At\nall' }, 'vacation-until'],
  ] as const)
    await assert.rejects(
      change({
        kind: 'mailbox',
        forwards: [],
        keepsCopy: false,
        vacation: { ...vacation, times: { ...times, ...wrong } },
      }),
      { field },
    );

  await change({ kind: 'mailbox', forwards: [], keepsCopy: false });
  const names = await readdir(join(dom, 'alice'));
  assert.ok(!names.includes('.qmail') && !names.includes('vacation'), String(names));
});

test('a change of an account is made as a whole or not at all', async () => {
  const { administration } = site;
  const before = await site.record('bob@example.com');
  await assert.rejects(
    administration.changeAccount(postmaster, 'bob@example.com', {
      gecos: 'New Name',
      password: 'another good one',
      quota: 'a lot',
      delivery: { kind: 'discard', forwards: [], keepsCopy: false },
    }),
    refusal('quota', 'quota'),
  );
  assert.deepEqual(await site.record('bob@example.com'), before);
  assert.ok(!(await readdir(join(site.directory('example.com'), 'bob'))).includes('.qmail'));
  await administration.changeAccount(postmaster, 'bob@example.com', {
    gecos: 'New Name',
    password: 'another good one',
    quota: '10M',
  });
  const after = await site.record('bob@example.com');
  assert.equal(after?.gecos, 'New Name');
  assert.equal(after?.quota, '10485760S');
  assert.equal(after?.password, '$test$another good one');
});

test('who changes the own password gives the old one', async () => {
  const { administration } = site;
  const carol = actorOf('carol@example.com');
  const change = (oldPassword: string | undefined) =>
    administration.changeAccount(carol, 'carol@example.com', {
      password: 'a new long password',
      oldPassword,
    });
  await assert.rejects(change(undefined), refusal('wrong', 'oldPassword'));
  await assert.rejects(change('wrong'), refusal('wrong', 'oldPassword'));
  await change(goodPassword);
});

test('a torn line of vpasswd is reported, and the accounts around it are there', async () => {
  const { administration } = site;
  const text = await site.read('example.org', 'vpasswd');
  await site.write('example.org', 'vpasswd', `${text}zz-torn:line\n`);
  const details = await administration.domain(machine, 'example.org');
  assert.equal(details.problems.length, 1);
  assert.match(details.problems[0]?.where ?? '', /vpasswd:3$/);
  assert.equal(details.accounts, 2);
});

test('postmaster, the own account, and the account of the catch-all are not removed', async () => {
  const { administration } = site;
  await assert.rejects(
    administration.removeAccount(machine, 'postmaster@example.com'),
    refusal('postmaster'),
  );
  await assert.rejects(
    administration.removeAccount(actorOf('carol@example.com'), 'carol@example.com'),
    refusal('yourself'),
  );
  const { version } = await administration.domain(postmaster, 'example.com');
  await administration.setCatchAll(postmaster, 'example.com', version, { kind: 'forward', address: 'bob' });
  assert.match(await site.read('example.com', '.qmail-default'), /vdelivermail '' bob@example\.com\n$/);
  await assert.rejects(administration.removeAccount(postmaster, 'bob@example.com'), refusal('catch-all'));
});

test('a removed account leaves a forward when that is wanted', async () => {
  const { administration } = site;
  await administration.addAccount(postmaster, { address: 'temp@example.com', password: goodPassword });
  await administration.removeAccount(postmaster, 'temp@example.com', 'alice');
  assert.equal(await site.read('example.com', '.qmail-temp'), '&alice@example.com\n');
  await assert.rejects(administration.account(postmaster, 'temp@example.com'), NoSuchObject);
});

test('the audit log has changes and refused attempts, and no password', async () => {
  const { administration } = site;
  const entries = await administration.audit(machine, { limit: 500 });
  assert.ok(
    entries.some(({ action, object }) => action === 'account.remove' && object === 'temp@example.com'),
  );
  assert.ok(entries.some(({ details }) => details.startsWith('refused: ')));
  assert.ok(
    !JSON.stringify(entries).includes(goodPassword) && !JSON.stringify(entries).includes('another good one'),
  );
});
