// Rules of the webmail at delivery (webmail.md R1, R7): each does to a letter what it says. The script is the one that the
// pages write; the delivery is the real one.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Account } from '../../mta/accounts/types.ts';
import {
  type Actions,
  type Blocked,
  type Condition,
  noActions,
  type Rule,
} from '../../mta/sieve/rules/rule.ts';
import { writeRules } from '../../mta/sieve/rules/script.ts';
import { makeAccount, makeSite, type Site } from '../support/local.ts';

let site: Site;
before(async () => {
  const accounts: Account[] = [];
  site = await makeSite({ accounts, sieve: 1, junkfolder: 0 });
  accounts.push(makeAccount(site.home, 'bob'));
  await site.write('.qmail-default', "| /bin/vdelivermail '' bounce-no-mailbox\n");
  for (const folder of ['', '/.Family', '/.A.B', '/.Spam']) await site.makeMaildir(`bob/Maildir${folder}`);
});
after(() => site.close());

let count = 0;
const ruleOf = (
  conditions: readonly Condition[],
  actions: Partial<Actions> = {},
  more: Partial<Rule> = {},
): Rule => ({
  id: `r${count++}`,
  name: 'x\n*/ redirect "e@x.example";'.replace('\n', ' '),
  isOn: true,
  waitsFor: [],
  match: 'all',
  conditions,
  actions: { ...noActions, place: { kind: 'move', folder: 'Family' }, stops: true, ...actions },
  ...more,
});
const nobody: Blocked = { junk: [], discard: [] };
const text = (
  field: Extract<Condition, { value: string }>['field'],
  test: Extract<Condition, { value: string }>['test'],
  value: string,
  more: { readonly header?: string; readonly isNot?: boolean } = {},
): Condition => ({ field, header: '', test, value, isNot: false, ...more });

const letter =
  'Received: (qmail 1 invoked from network); 1 Jan 2026 00:00:00 -0000\n' +
  'From: =?utf-8?Q?Bob_J=C3=B6nes?= <Bob@Example.org>\nTo: "B" <joe-bob@example.org>\n' +
  'Cc: carla@example.net\nSubject: =?utf-8?Q?Rechnung_n=C2=B0_5?=\nList-Id: The list <x.lists.example>\n' +
  'X-Kind: a*b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n' +
  '--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZSBhdXMgQmVybGlu\n' +
  '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=x.pdf\n\nx\n--b--\n';

/** Delivers a letter by rules; gives how many letters came into each folder, with their flags. */
async function deliver(rules: readonly Rule[], blocked = nobody, message = letter) {
  await site.write('bob/.dovecot.sieve', writeRules({ rules, blocked }));
  const before = await look();
  const result = await site.deliver('joe-bob', { message });
  return { code: result.code, came: (await look()).filter((one) => !before.includes(one)).map(placeOf) };
}
const look = async (): Promise<string[]> =>
  (
    await Promise.all(
      ['', '.Family', '.A.B', '.Spam', '.Junk'].flatMap((folder) =>
        ['new', 'cur'].map(async (part) => {
          const path = join('bob/Maildir', folder, part);
          return (await readdir(join(site.home, path)).catch(() => [])).map((name) => `${path}/${name}`);
        }),
      ),
    )
  ).flat();
const placeOf = (path: string): string =>
  `${/Maildir\/(?:\.([^/]+)\/)?/.exec(path)?.[1] ?? 'INBOX'} ${/:2,(\w*)/.exec(path)?.[1] ?? ''}`.trim();

const meant: readonly Condition[] = [
  { field: 'any' },
  text('from', 'contains', 'jöNES'),
  text('from', 'contains', 'bob@example'),
  text('from', 'is', 'bob@example.org'),
  text('from', 'begins', 'bob@'),
  text('from', 'ends', '@example.org'),
  text('from', 'matches', '*@exam?le.org'),
  text('to', 'is', 'carla@example.net'),
  text('subject', 'is', 'rechnung n° 5'),
  text('subject', 'begins', 'Rech'),
  text('subject', 'matches', 'R*5'),
  text('subject', 'contains', 'storno', { isNot: true }),
  text('list', 'is', 'x.lists.example'),
  text('list', 'ends', 'lists.example'),
  text('list', 'begins', 'x.'),
  text('header', 'is', 'a*b', { header: 'X-Kind' }),
  text('header', 'begins', 'a*', { header: 'x-kind' }),
  text('header', 'exists', '', { header: 'X-Other', isNot: true }),
  text('body', 'contains', 'aus Berlin'),
  text('body', 'matches', 'grüße*lin'),
  { field: 'size', test: 'over', bytes: 300 },
  { field: 'attachment', isNot: false },
  { field: 'spam', test: 'under', score: 5 },
];
const notMeant: readonly Condition[] = [
  text('from', 'is', 'ob@example.org'),
  text('subject', 'begins', '*5'),
  text('header', 'begins', 'a?', { header: 'X-Kind' }),
  text('list', 'is', 'lists.example'),
  text('to', 'contains', 'dora'),
  text('body', 'contains', 'application'),
  { field: 'size', test: 'under', bytes: 300 },
  { field: 'attachment', isNot: true },
  { field: 'spam', test: 'over', score: 0 },
];

test('a letter that a condition means goes to the folder', async () => {
  for (const condition of meant)
    assert.deepEqual(
      await deliver([ruleOf([condition])]),
      { code: 'K', came: ['Family'] },
      JSON.stringify(condition),
    );
});

test('another stays in the inbox', async () => {
  for (const condition of notMeant)
    assert.deepEqual(
      await deliver([ruleOf([condition])]),
      { code: 'K', came: ['INBOX'] },
      JSON.stringify(condition),
    );
});

test('all conditions must apply, or one', async () => {
  const both = [meant[0]!, notMeant[0]!];
  assert.deepEqual((await deliver([ruleOf(both)])).came, ['INBOX']);
  assert.deepEqual((await deliver([ruleOf(both, {}, { match: 'any' })])).came, ['Family']);
});

test('what is done: marks, copies, a rule after another, and where it goes', async () => {
  const any: readonly Condition[] = [{ field: 'any' }];
  const marked = await deliver([ruleOf(any, { isRead: true, isStarred: true })]);
  assert.deepEqual(marked.came, ['Family FS']);
  const copied = await deliver([ruleOf(any, { place: { kind: 'keep' }, copyTo: 'A.B' })]);
  assert.deepEqual(copied.came.sort(), ['A.B', 'INBOX']);
  const twice = await deliver([
    ruleOf(any, { place: { kind: 'keep' }, isStarred: true, stops: false }),
    ruleOf(any, { place: { kind: 'move', folder: 'A.B' } }),
    ruleOf(any),
  ]);
  assert.deepEqual(twice.came, ['A.B F']);
  assert.deepEqual((await deliver([ruleOf(any, {}, { isOn: false })])).came, ['INBOX']);
  assert.deepEqual((await deliver([ruleOf(any, { place: { kind: 'move', folder: 'Gone' } })])).came, [
    'INBOX',
  ]);
  assert.deepEqual(await deliver([ruleOf(any, { place: { kind: 'discard' } })]), { code: 'K', came: [] });
  site.injected.length = 0;
  const forward = ruleOf(any, { place: { kind: 'keep' }, forwardTo: ['dora@example.net'] });
  assert.deepEqual((await deliver([{ ...forward, waitsFor: ['dora@example.net'] }])).came, ['INBOX']);
  assert.equal(site.injected.length, 0);
  assert.deepEqual((await deliver([forward])).came, ['INBOX']);
  assert.deepEqual(
    site.injected.flatMap(({ recipients }) => recipients),
    ['dora@example.net'],
  );
  site.injected.length = 0;
  const refused = ruleOf(any, { place: { kind: 'reject', reason: 'No "thanks"\n*/ keep;' } });
  assert.deepEqual((await deliver([refused])).came, []);
});

test('who is blocked is in Junk, or nowhere, whatever rules say', async () => {
  const any = [ruleOf([{ field: 'any' }])];
  assert.deepEqual((await deliver(any, { junk: ['bob@example.org'], discard: [] })).came, ['Spam']);
  assert.deepEqual((await deliver(any, { junk: [], discard: ['@org', '@xample.org'] })).came, []);
  assert.deepEqual((await deliver(any, { junk: [], discard: ['@xample.org', 'x@example.org'] })).came, [
    'Family',
  ]);
});
