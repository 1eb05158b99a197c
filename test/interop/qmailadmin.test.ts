// Files as qmailadmin 1.2.27 leaves them for each choice of its forms (spec/qmailadmin.md 2.3, 2.6, 2.7, 2.9): ours writes
// the same bytes for the same choice, reads all of them, and the two can take turns on one domain. What its writers do
// wrong (error texts in a robot's header, a robot in a hash directory, words in no known charset) is read, not copied.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AliasDetails, CatchAllChoice, DeliveryChoice } from '../../mta/accounts/administration.ts';
import {
  type AdministeredSite,
  actorOf,
  goodPassword,
  startAdministration,
} from '../support/administration.ts';

const domain = 'example.com';
const postmaster = actorOf(`postmaster@${domain}`);

let site: AdministeredSite;
let dom: string;
let autorespond: string;
before(async () => {
  site = await startAdministration();
  dom = site.directory(domain);
  autorespond = `${site.home.vpopmail}/bin/autorespond`;
});
after(() => site.close());

type Choice = Omit<DeliveryChoice, 'otherLines'>;

async function choose(name: string, choice: Partial<Choice>): Promise<void> {
  const address = `${name}@${domain}`;
  const { version } = await site.administration.account(postmaster, address);
  const delivery = { kind: 'mailbox', forwards: [], keepsCopy: false, ...choice } as const;
  await site.administration.changeAccount(postmaster, address, { version, delivery });
}

const deliveryOf = async (name: string): Promise<DeliveryChoice> =>
  (await site.administration.account(postmaster, `${name}@${domain}`)).delivery;

/** Each file below a place of the domain, with its mode. */
async function filesOf(place: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(join(dom, place), { recursive: true })).sort()) {
    if (/^Maildir|^lastauth/.test(name)) continue;
    const path = join(dom, place, name);
    const stats = await stat(path);
    const mode = (stats.mode & 0o777).toString(8);
    found[name] = stats.isDirectory() ? mode : `${mode} ${await readFile(path, 'latin1')}`;
  }
  return found;
}

/** The lines of qmailadmin for an account. */
const linesFor = (name: string) => ({
  maildir: `${dom}/${name}/Maildir/\n`,
  vacation: `| ${autorespond} 86400 3 ${dom}/${name}/vacation/message ${dom}/${name}/vacation\n`,
});

const words = { subject: 'Away', message: 'I am away.\nBack on Monday.' };

/** A choice, and the .qmail that qmailadmin makes of it. */
function choicesOf(name: string): readonly (readonly [Partial<Choice>, string | undefined])[] {
  const { maildir, vacation } = linesFor(name);
  const two = { kind: 'forward', forwards: ['x@far.test', `bob@${domain}`] } as const;
  const twoLines = `&x@far.test\n&bob@${domain}\n`;
  return [
    [{}, undefined],
    [{ kind: 'discard' }, '# delete\n'],
    [two, twoLines],
    [{ ...two, keepsCopy: true }, `${twoLines}${maildir}`],
    [{ vacation: words }, `${maildir}${vacation}`],
    [{ ...two, vacation: words }, `${twoLines}${vacation}`],
    [{ ...two, keepsCopy: true, vacation: words }, `${twoLines}${maildir}${vacation}`],
    [{ kind: 'discard', vacation: words }, `# delete\n${vacation}`],
  ];
}

test('every choice of an account after every other is the file that qmailadmin makes of it', async () => {
  for (const [first] of choicesOf('alice'))
    for (const [choice, expected] of choicesOf('alice')) {
      await choose('alice', first);
      await choose('alice', choice);
      const files: Record<string, string> = {};
      if (expected !== undefined) files['.qmail'] = `600 ${expected}`;
      if (choice.vacation !== undefined) {
        files.vacation = '700';
        files['vacation/message'] = `600 From: alice@${domain}\nSubject: Away\n\nI am away.\nBack on Monday.`;
      }
      assert.deepEqual(await filesOf('alice'), files, JSON.stringify([first, choice]));
    }
});

test('what qmailadmin wrote for each choice of an account is read as that choice', async () => {
  await mkdir(join(dom, 'bob', 'vacation'), { mode: 0o700 });
  await site.write(
    domain,
    'bob/vacation/message',
    `From: bob@${domain}\nSubject: Away\n\nI am away.\nBack on Monday.`,
  );
  for (const [choice, text = ''] of choicesOf('bob')) {
    await site.write(domain, 'bob/.qmail', text);
    const expected = {
      ...{ kind: 'mailbox', forwards: [], keepsCopy: false, otherLines: [], ...choice },
      // Its line: three answers a day, and no day is the last.
      ...(choice.vacation && {
        vacation: { ...words, times: { days: 1, zone: 'UTC', contactsOnly: false } },
      }),
    };
    assert.deepEqual(await deliveryOf('bob'), expected, text);
  }
});

test('a program that qmailadmin kept beside "throw away" runs, and the choice stays what it says', async () => {
  const { maildir } = linesFor('carol');
  await site.write(domain, 'carol/.qmail', '| /usr/bin/tool a\n# delete\n');
  const { kind, otherLines } = await deliveryOf('carol');
  assert.deepEqual([kind, otherLines], ['discard', ['| /usr/bin/tool a']]);
  await choose('carol', { kind: 'forward', forwards: ['x@far.test'] });
  assert.equal(await site.read(domain, 'carol/.qmail'), '| /usr/bin/tool a\n&x@far.test\n');
  await choose('carol', {});
  assert.equal(await site.read(domain, 'carol/.qmail'), `| /usr/bin/tool a\n${maildir}`);
});

test('accounts are as qmailadmin adds them: name in small letters, the name as comment, quota in megabytes', async () => {
  await site.administration.addAccount(postmaster, {
    address: `Ann@${domain}`,
    password: goodPassword,
    quota: '10M',
  });
  await site.administration.addAccount(postmaster, {
    address: `v&w@${domain}`,
    password: goodPassword,
    gecos: 'G',
  });
  const vpasswd = await site.read(domain, 'vpasswd');
  assert.match(vpasswd, new RegExp(`^ann:[^:]+:1:0:ann:${dom}/ann:10485760S$`, 'm'));
  assert.match(vpasswd, new RegExp(`^v&w:[^:]+:1:0:G:${dom}/v&w:NOQUOTA$`, 'm'));
  // The forward that the form of a removed account offers.
  await site.administration.removeAccount(postmaster, `v&w@${domain}`, 'ann');
  assert.equal(await site.read(domain, '.qmail-v&w'), `&ann@${domain}\n`);
});

const aliasOf = (name: string): Promise<AliasDetails> => site.administration.alias(postmaster, domain, name);

test('aliases are lines in the order in which they were added, "all mail deleted" is #, a dot is a colon', async () => {
  const set = (name: string, addresses: readonly string[], version?: string, discards = false) =>
    site.administration.setAlias(postmaster, domain, name, { version, addresses, discards });
  await set('sales.desk', ['x@far.test']);
  assert.equal(await site.read(domain, '.qmail-sales:desk'), '&x@far.test\n');
  // qmailadmin adds a line, and ours takes the first away.
  await site.write(domain, '.qmail-sales:desk', `&x@far.test\n&bob@${domain}\n`);
  const { addresses, version } = await aliasOf('sales.desk');
  assert.deepEqual(addresses, ['x@far.test', `bob@${domain}`]);
  await set('sales.desk', [`bob@${domain}`], version);
  assert.equal(await site.read(domain, '.qmail-sales:desk'), `&bob@${domain}\n`);
  await set('trash', [], undefined, true);
  assert.equal(await site.read(domain, '.qmail-trash'), '#\n');
  assert.equal((await stat(join(dom, '.qmail-trash'))).mode & 0o777, 0o600);
});

const robotHeader = (name: string, more = ''): string =>
  `From: ${name}@${domain}\nSubject: Help\nContent-type: text/plain \nContent-transfer-encoding: 7bit\n${more}MIME-Version: 1.0\n\n`;

test('a robot is the directory, the header and the line of qmailadmin, without the error texts that 1.2.27 adds', async () => {
  const robot = { subject: 'Help', message: 'Dear friend,\n\nread it.' };
  await site.administration.setRobot(postmaster, domain, 'help', { ...robot, copyTo: 'bob' });
  const line = `|${autorespond} 10000 5 ${dom}/HELP/message ${dom}/HELP\n`;
  assert.equal(await site.read(domain, '.qmail-help'), `${line}&bob@${domain}\n`);
  assert.deepEqual(await filesOf('HELP'), { message: `600 ${robotHeader('help')}${robot.message}` });
  assert.equal((await stat(join(dom, 'HELP'))).mode & 0o777, 0o700);

  // As 1.2.27 saves it again: texts of its own messages between the fields.
  const errors = "You enabled the 'defaultdelivery' feature\nUnable to open auth log file.\nBad password\n";
  await site.write(domain, 'HELP/message', `${robotHeader('help', errors)}Read it!`);
  await site.write(domain, '.qmail-help', line);
  const found = await aliasOf('help');
  assert.deepEqual(found.robot, { subject: 'Help', message: 'Read it!', copyTo: '' });
  await site.administration.setRobot(postmaster, domain, 'help', {
    version: found.version,
    subject: 'Help',
    message: 'Please read it.',
  });
  assert.equal(await site.read(domain, 'HELP/message'), `${robotHeader('help')}Please read it.`);
  assert.equal(await site.read(domain, '.qmail-help'), line);
});

test('each catch-all is the line of qmailadmin', async () => {
  const lines: readonly (readonly [CatchAllChoice, string])[] = [
    [{ kind: 'forward', address: `bob@${domain}` }, `bob@${domain}`],
    [{ kind: 'delete' }, 'delete'],
    [{ kind: 'bounce' }, 'bounce-no-mailbox'],
    [{ kind: 'forward', address: 'x@far.test' }, 'x@far.test'],
    [{ kind: 'domain', domain: 'far.test' }, '$EXT@far.test'],
  ];
  for (const [choice, instruction] of lines) {
    const { version } = await site.administration.domain(postmaster, domain);
    await site.administration.setCatchAll(postmaster, domain, version, choice);
    const line = `| ${site.home.vpopmail}/bin/vdelivermail '' ${instruction}\n`;
    assert.equal(await site.read(domain, '.qmail-default'), line);
    assert.deepEqual((await site.administration.domain(postmaster, domain)).catchAll, choice);
  }
});
