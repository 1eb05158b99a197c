// What changed between two pictures of an account's folders, and which mailboxes a client means (RFC 5465 5.4, 6).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cursor } from '../../server/imap/cursor.ts';
import { compareFolders, type FolderPicture } from '../../server/imap/folder-news.ts';
import { matchesFilter, parseMailboxFilter } from '../../server/imap/mailbox-filters.ts';

const none: ReadonlySet<string> = new Set();

/** `A=1 B=2*`: names, MAILBOXIDs, a star for what is subscribed; no `=` for a name without a folder. */
function picture(text: string): FolderPicture {
  const ids = new Map<string, string>();
  const subscribed = new Set<string>();
  for (const word of text.split(' ').filter((one) => one !== '')) {
    const [name = '', id] = word.replace('*', '').split('=');
    if (id !== undefined) ids.set(name, id);
    if (word.endsWith('*')) subscribed.add(name);
  }
  return { ids, subscribed };
}

/** `name`, `old>new`, `~name` for a subscription. */
const compare = (before: string, after: string, own = none): string =>
  compareFolders(picture(before), picture(after), own)
    .map(({ kind, folder, oldName }) =>
      kind === 'subscription' ? `~${folder}` : oldName === undefined ? folder : `${oldName}>${folder}`,
    )
    .sort()
    .join(' ');

describe('pictures of folders', () => {
  test('what came and went is told with its parent, whether that is a folder or not', () => {
    assert.equal(compare('A=1', 'A=1'), '');
    assert.equal(compare('A=1', 'A=1 B=2'), 'B');
    assert.equal(compare('A=1', 'A=1 A.B=2 C.D=3'), 'A A.B C C.D');
    assert.equal(compare('A=1 A.B.C=2', 'A=1'), 'A.B A.B.C');
    assert.equal(compare('A=1', ''), 'A');
    assert.equal(compare('A=1', 'A=2'), 'A', 'another folder of that name');
  });

  test('a folder that is not indexed yet is not another one when it gets its id', () => {
    assert.equal(compare('A= B=', 'A=1 B=2'), '');
    assert.equal(compare('A=', 'B='), 'A B');
  });

  test('a rename is told once, with the old name, and not of what goes along', () => {
    assert.equal(compare('A=1 A.B=2 A.B.C=3', 'X=1 X.B=2 X.B.C=3'), 'A>X');
    assert.equal(compare('A=1 A.B=2', 'A=1 B=2'), 'A.B>B');
    assert.equal(compare('A=1 A.B=2', 'X=1 Y=2'), 'A.B>Y A>X');
    assert.equal(compare('A.B=2 A.C=3', 'X.B=2 X.C=3'), 'A.B>X.B A.C>X.C', 'their parent is no folder');
    assert.equal(compare('A=1 B=2', 'B=1 A=2'), 'A>B B>A');
    // INBOX stays, and what was in it is a new folder.
    assert.equal(compare('INBOX=1', 'INBOX=1 Old=2'), 'Old');
  });

  test('subscriptions are told, but not of a folder that takes its own along', () => {
    assert.equal(compare('A=1', 'A=1*'), '~A');
    assert.equal(compare('A=1* Gone*', 'A=1'), '~A ~Gone');
    assert.equal(compare('A=1*', 'B=1*'), 'A>B');
  });

  test('what the client did itself is left out', () => {
    const own = new Set(['A', 'A.B', 'X']);
    assert.equal(compare('A=1', 'X=1 A.B=2 C=3 A*', own), 'C');
  });
});

describe('mailboxes that a client means', () => {
  const matches = (text: string, name: string): boolean =>
    matchesFilter(
      parseMailboxFilter(new Cursor(text), (wire) => (wire === 'bad' ? undefined : wire), ['subtree-one']),
      {
        name,
        isSubscribed: name.startsWith('S'),
        isPersonal: !name.startsWith('#'),
      },
    );

  test('by kind and name', () => {
    for (const [filter, yes, no] of [
      ['personal', ['A', 'INBOX'], ['#shared.A']],
      ['inboxes', ['A', 'INBOX'], []],
      ['Subscribed', ['S', 'S.T'], ['A']],
      ['selected', [], ['A', 'selected']],
      ['mailboxes A', ['A'], ['A.B', 'AB', 'a']],
      ['mailboxes (A "B C" bad)', ['A', 'B C'], ['bad', 'B']],
      ['subtree A.B', ['A.B', 'A.B.C', 'A.B.C.D'], ['A', 'A.BC', 'A.C']],
      ['subtree-one A', ['A', 'A.B'], ['A.B.C', 'AB', 'B']],
    ] as const) {
      for (const name of yes) assert.ok(matches(filter, name), `${filter}: ${name}`);
      for (const name of no) assert.ok(!matches(filter, name), `${filter}: ${name}`);
    }
  });
});
