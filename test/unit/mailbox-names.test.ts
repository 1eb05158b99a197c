// Names, ids, flags, folders' roles and cursors of the mailbox: the pure rules (spec/maildir-imap.md 1.2, 1.4, 2.1;
// spec/webmail.md 1.2, 2.1, 2.5).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { dropCr } from '../../server/mailbox/append.ts';
import { foldForSearch, foldForSort, stripReplyMarks } from '../../server/mailbox/fold.ts';
import { indexFileName } from '../../server/mailbox/index-name.ts';
import {
  changeFlags,
  cleanFlags,
  flagsOf,
  messageIdOf,
  replaceFlags,
  splitName,
  timeOfName,
} from '../../server/mailbox/names.ts';
import { assignRoles, describeFolder, sortFolders } from '../../server/mailbox/roles.ts';
import { decodeCursor, encodeCursor } from '../../server/mailbox/rows.ts';

test('a message id is the first 12 characters of base64url(SHA-256(base))', () => {
  const base = '1700000000.M1P2Q3R4.host,S=10,W=11';
  const whole = createHash('sha256').update(base).digest('base64url');
  assert.equal(messageIdOf(base), whole.slice(0, 12));
  assert.match(messageIdOf('ü'), /^[A-Za-z0-9_-]{12}$/);
});

test('a name is cut at its first colon; flags follow the last :2,', () => {
  assert.deepEqual(splitName('a.b.c,S=1:2,FS'), { base: 'a.b.c,S=1', info: ':2,FS' });
  assert.deepEqual(splitName('a.b.c'), { base: 'a.b.c', info: '' });
  assert.equal(flagsOf(':2,SF'), 'FS');
  assert.equal(flagsOf(':2,SSFF'), 'FS');
  assert.equal(flagsOf(':1,experimental'), '');
  assert.equal(flagsOf(''), '');
  assert.equal(flagsOf(':2,S,other'), 'S');
  assert.equal(timeOfName('1700000000.M1P2.host'), 1_700_000_000);
  assert.equal(timeOfName('notmaildir'), 0);
});

test('changing flags keeps letters of others in ASCII order, and text after a second comma', () => {
  assert.equal(changeFlags(':2,PXab', 'S', ''), ':2,PSXab');
  assert.equal(changeFlags(':2,RS', 'F', 'S'), ':2,FR');
  assert.equal(changeFlags('', 'S', ''), ':2,S');
  assert.equal(changeFlags(':1,x', 'S', ''), ':2,S');
  assert.equal(changeFlags(':2,S,zz', 'F', ''), ':2,FS,zz');
  assert.equal(replaceFlags(':2,FS,zz', 'R'), ':2,R,zz');
  assert.equal(cleanFlags('SF/../:,9Z'), 'FS');
});

test('adding and removing any flags leaves a sorted name of the same message', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'DFPRSTabz'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, letters, (now, add, remove) => {
      const info = changeFlags(`:2,${now}`, add, remove);
      const flags = flagsOf(info);
      assert.equal([...flags].sort().join(''), flags);
      for (const letter of remove) assert.ok(!flags.includes(letter));
      for (const letter of add) assert.ok(remove.includes(letter) || flags.includes(letter));
      assert.equal(changeFlags(info, '', ''), info);
    }),
  );
});

test('roles go to the usual names, to those of other programs when the usual one is missing', () => {
  const roles = assignRoles(['INBOX', 'Sent Items', 'Spam', 'Trash', 'Drafts', 'Archive', 'Work']);
  assert.equal(roles.get('INBOX'), 'inbox');
  assert.equal(roles.get('Sent Items'), 'sent');
  assert.equal(roles.get('Spam'), 'junk');
  assert.equal(roles.get('Work'), undefined);
  const both = assignRoles(['INBOX', 'Spam', 'Junk', 'sent']);
  assert.equal(both.get('Junk'), 'junk');
  assert.equal(both.get('Spam'), undefined);
  assert.equal(both.get('sent'), 'sent');
});

test('special folders come first, own folders from A to Z as a tree', () => {
  const names = ['zeta', 'Trash', 'Work.B', 'INBOX', 'work', 'Sent', 'Work.A.x', 'Drafts', 'Archive', 'Junk'];
  const roles = assignRoles(names);
  const sorted = sortFolders(names.map((name) => describeFolder(name, roles.get(name) ?? 'folder', 0, 0)));
  assert.deepEqual(
    sorted.map((folder) => folder.name),
    ['INBOX', 'Drafts', 'Sent', 'Archive', 'Junk', 'Trash', 'work', 'Work.A.x', 'Work.B', 'zeta'],
  );
  assert.deepEqual(describeFolder('Work.A.x', 'folder', 2, 1), {
    name: 'Work.A.x',
    label: 'x',
    depth: 2,
    role: 'folder',
    total: 2,
    unread: 1,
  });
});

test('a cursor comes back as it was, and nothing else is a cursor', () => {
  const position = { sort: 'from', key: 'ann "x"', received: 12, base: '1.a', row: 3 } as const;
  assert.deepEqual(decodeCursor(encodeCursor(position), 'from'), position);
  assert.equal(decodeCursor(encodeCursor(position), 'date'), undefined);
  assert.equal(decodeCursor(encodeCursor(position), 'size'), undefined);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
      const encoded = Buffer.from(text).toString('base64url');
      for (const sort of ['date', 'from', 'subject', 'size'] as const) {
        assert.doesNotThrow(() => decodeCursor(text, sort));
        assert.doesNotThrow(() => decodeCursor(encoded, sort));
      }
    }),
  );
});

test('text is folded: case, accents, letters without decomposition; Han and kana are cut into characters', () => {
  assert.equal(foldForSort('  Ødegård Straße', 40), 'odegard strasse');
  assert.equal(foldForSearch('Ødegaard'), 'Odegaard');
  assert.equal(foldForSearch('会議x').replace(/\s+/g, ' ').trim(), '会 議 x');
  assert.equal(foldForSearch('plain'), 'plain');
  assert.equal(stripReplyMarks('Re: AW: Fwd[2]: Re: Plan: B'), 'Plan: B');
});

test('an index file has a readable name of safe characters, another one for another Maildir', () => {
  const one = indexFileName('User@Example.org', '/a/Maildir');
  assert.match(one, /^user@example\.org-[0-9a-f]{16}\.sqlite$/);
  assert.notEqual(one, indexFileName('User@Example.org', '/b/Maildir'));
  assert.doesNotMatch(indexFileName('../../x\0y@z/', '/a'), /[/\0]|^\./);
});

test('every CR of a message that is stored is dropped, as Courier does', () => {
  for (const text of ['', 'a', '\r', 'a\r\nb\rc\n\r\n\r\r\nd\r', '\r\r\n\n']) {
    assert.equal(dropCr(Buffer.from(text)).toString(), text.replaceAll('\r', ''));
  }
});
