// Courier-IMAP, Dovecot and we in turn on one Maildir: each tells the UIDVALIDITY and the UIDs that the others told, also
// of what came meanwhile, and keywords stay. The programs themselves are asked where they are installed.
import assert from 'node:assert/strict';
import { chown, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { UidMailbox } from '../../server/mailbox/uid-types.ts';
import { askForeign, type ForeignServer, isMissing, withForeignMaildir } from '../support/foreign-imap.ts';
import { createTextSummariser, putMessage } from '../support/maildir.ts';

type Ours = Pick<
  UidMailbox,
  | 'open'
  | 'store'
  | 'expunge'
  | 'list'
  | 'createFolder'
  | 'renameFolder'
  | 'removeFolder'
  | 'setSubscribed'
  | 'subscriptions'
>;

/** Our server for a moment; the index lies beside the Maildir and stays. */
async function withOurs<Result>(maildir: string, work: (uids: Ours) => Promise<Result>): Promise<Result> {
  const mailboxes = createMailboxes({
    state: join(maildir, '..', 'state'),
    reader: createTextSummariser(),
    log: () => {},
    hostname: 'test.example',
    workers: 1,
  });
  try {
    return await work((await mailboxes.open({ address: 'user@example.net', maildir })).uids);
  } finally {
    await mailboxes.close();
  }
}

/** New mail of the Maildir's owner, who is another after each server. */
async function deliver(maildir: string, base: string): Promise<void> {
  await putMessage(maildir, { base, half: 'new' });
  const { uid, gid } = await stat(maildir);
  await chown(join(maildir, 'new', base), uid, gid);
}

/** `UIDVALIDITY`, then UID and keywords of each message. */
type Told = readonly [number, readonly (readonly [number, string])[]];

const readOurs = (maildir: string): Promise<Told> =>
  withOurs(maildir, async (uids) => {
    const { uidValidity, uids: all, keywords, keywordSets } = (await uids.open('INBOX', false))!;
    return [uidValidity, [...all].map((uid, i) => [uid, keywordSets[keywords[i]!]!.join(' ')])];
  });

async function readForeign(
  server: ForeignServer,
  maildir: string,
  commands: readonly string[] = [],
): Promise<Told> {
  const lines = await askForeign(server, maildir, [
    'a SELECT INBOX',
    ...commands,
    'y UID FETCH 1:* (FLAGS)',
    'z LOGOUT',
  ]);
  const text = lines.join('\n');
  const validity = Number(/UIDVALIDITY (\d+)/.exec(text)?.[1]);
  const after = commands.length === 0 ? text : text.slice(text.lastIndexOf(`\n${commands.length} OK`));
  const told = [...after.matchAll(/FETCH \((?:UID (\d+) )?FLAGS \(([^)]*)\)(?: UID (\d+))?/g)];
  return [
    validity,
    told.map(([, before, flags = '', behind]) => [
      Number(before ?? behind),
      flags
        .split(' ')
        .filter((flag) => flag !== '' && !flag.startsWith('\\'))
        .sort()
        .join(' '),
    ]),
  ];
}

for (const [name, server] of [
  ['Courier', 'courierImap'],
  ['Dovecot', 'dovecotImap'],
] as const) {
  describe(`${name} and we in turn`, async () => {
    const skip = await isMissing(server);

    it('tell the same UIDVALIDITY, UIDs and keywords', { skip }, () =>
      withForeignMaildir(async (maildir) => {
        for (const base of ['1700000001.a', '1700000002.b']) await putMessage(maildir, { base });
        const first = await readForeign(server, maildir, ['1 UID STORE 2 +FLAGS (work)']);
        assert.deepEqual(first[1], [
          [1, ''],
          [2, 'work'],
        ]);
        assert.deepEqual(await readOurs(maildir), first);
        // New mail that we number, and keywords that we give.
        await deliver(maildir, '1700000003.c');
        await withOurs(maildir, async (uids) => {
          await uids.open('INBOX', false);
          await uids.store('INBOX', [1, 3], { mode: 'add', flags: 'S', keywords: ['later'] });
        });
        const second: Told = [
          first[0],
          [
            [1, 'later'],
            [2, 'work'],
            [3, 'later'],
          ],
        ];
        assert.deepEqual(await readForeign(server, maildir), second);
        assert.deepEqual(await readOurs(maildir), second);
        // New mail that the other numbers, and what it expunges.
        await deliver(maildir, '1700000004.d');
        const third = await readForeign(server, maildir, [
          '1 UID STORE 1 +FLAGS (\\Deleted)',
          '2 EXPUNGE',
          '3 UID STORE 4 +FLAGS (work)',
        ]);
        assert.deepEqual(
          third[1].map(([uid]) => uid),
          [2, 3, 4],
        );
        assert.deepEqual(await readOurs(maildir), third);
        // What we expunge, and mail again.
        await withOurs(maildir, async (uids) => {
          await uids.store('INBOX', [4], { mode: 'add', flags: 'T', keywords: [] });
          await uids.expunge('INBOX');
        });
        await deliver(maildir, '1700000005.e');
        const last = await readOurs(maildir);
        assert.deepEqual(
          last[1].map(([uid]) => uid),
          [2, 3, 5],
        );
        assert.deepEqual(await readForeign(server, maildir), last);
      }),
    );
  });
}

/** Folders and subscriptions as a server tells them, by their bare names in modified UTF-7. */
async function foldersOfForeign(
  server: ForeignServer,
  maildir: string,
  commands: readonly string[] = [],
): Promise<{ readonly listed: readonly string[]; readonly subscribed: readonly string[] }> {
  const lines = await askForeign(server, maildir, [
    ...commands,
    'x LIST "" "*"',
    'y LSUB "" "*"',
    'z LOGOUT',
  ]);
  const names = (answer: string): string[] =>
    lines
      .flatMap((line) => new RegExp(`^\\* ${answer} \\([^)]*\\) "\\." "?([^"]*)"?$`).exec(line)?.[1] ?? [])
      .map((name) => name.replace(/^INBOX\./, ''))
      .filter((name) => name !== 'INBOX')
      .sort();
  return { listed: names('LIST'), subscribed: names('LSUB') };
}

for (const [name, server, prefix] of [
  ['Courier', 'courierImap', 'INBOX.'],
  ['Dovecot', 'dovecotImap', ''],
] as const)
  describe(`folders of ours and of ${name}`, async () => {
    const skip = await isMissing(server);

    it('are there for both, with the same subscriptions, also when they were renamed', { skip }, () =>
      withForeignMaildir(async (maildir) => {
        // A Maildir that the other used first says how its folders are spelled.
        await foldersOfForeign(server, maildir, [
          `1 CREATE "${prefix}Caf&AOk-"`,
          `2 SUBSCRIBE "${prefix}Caf&AOk-"`,
        ]);
        await withOurs(maildir, async (uids) => {
          for (const folder of ['Work', 'Work.Bücher', 'Gone', 'Plain']) await uids.createFolder(folder);
          for (const folder of ['Work', 'Work.Bücher', 'Gone']) await uids.setSubscribed(folder, true);
          await uids.renameFolder('Work', 'Office');
          await uids.setSubscribed('Gone', false);
          await uids.removeFolder('Gone');
        });
        const theirs = await foldersOfForeign(server, maildir, [
          `1 CREATE "${prefix}Garten"`,
          `2 SUBSCRIBE "${prefix}Garten"`,
        ]);
        const subscribed = ['Caf&AOk-', 'Garten', 'Office', 'Office.B&APw-cher'];
        assert.deepEqual(theirs.subscribed, subscribed);
        assert.deepEqual(theirs.listed, [...subscribed, 'Plain']);
        const ours = await withOurs(maildir, async (uids) => ({
          listed: (await uids.list()).map(({ folder }) => folder).filter((folder) => folder !== 'INBOX'),
          subscribed: (await uids.subscriptions()).filter((folder) => folder !== 'INBOX'),
        }));
        assert.deepEqual(ours.subscribed.toSorted(), ['Café', 'Garten', 'Office', 'Office.Bücher']);
        assert.deepEqual(ours.listed.toSorted(), ['Café', 'Garten', 'Office', 'Office.Bücher', 'Plain']);
      }),
    );
  });

describe('a Maildir that Dovecot left', () => {
  const list = `3 V1795401890 N4 G18191a28a2a8036b0222000083ecc375\n1 W34 PUID7-9 :1.a\n2 W34 :2.b\n`;

  it('keeps its UIDs, and its own list goes on in step, with what it said of POP3', async () => {
    await withForeignMaildir(async (maildir) => {
      for (const base of ['1.a', '2.b', '3.c']) await putMessage(maildir, { base });
      await writeFile(join(maildir, 'dovecot-uidlist'), list);
      const told: Told = [
        1_795_401_890,
        [
          [1, ''],
          [2, ''],
          [4, ''],
        ],
      ];
      assert.deepEqual(await readOurs(maildir), told);
      const read = (name: string): Promise<string> => readFile(join(maildir, name), 'utf8');
      assert.equal(await read('dovecot-uidlist'), `${list}4 P3.c :3.c\n`);
      assert.equal(await read('courierimapuiddb'), '1 1795401890 5\n1 1.a\n2 2.b\n4 3.c\n');
      // Dovecot numbered one meanwhile.
      await putMessage(maildir, { base: '4.d' });
      await writeFile(join(maildir, 'tmp', 'list'), `${list}4 P3.c :3.c\n9 :4.d\n`);
      await rename(join(maildir, 'tmp', 'list'), join(maildir, 'dovecot-uidlist'));
      await putMessage(maildir, { base: '5.e' });
      assert.deepEqual(
        (await readOurs(maildir))[1].map(([uid]) => uid),
        [1, 2, 4, 9, 10],
      );
      assert.match(await read('dovecot-uidlist'), /\n9 :4\.d\n10 P5\.e :5\.e\n$/);
      assert.deepEqual(
        (await readdir(maildir)).filter((name) => name.endsWith('.lock')),
        [],
      );
    });
  });
});
