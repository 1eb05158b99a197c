// The index of accounts that share folders, as Courier's programs write it, and what a list of rights gives to whom.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatSharedAccount,
  mungeName,
  ownIndexMark,
  parseSharedIndex,
} from '../../mta/maildir/shared-index.ts';
import { readSharedLine, writeSharedLine } from '../../mta/maildir/subscriptions.ts';
import { toFolder, toName } from '../../server/imap/names.ts';
import { rightsOf } from '../../server/mailbox/shared-listing.ts';

const parse = (...lines: string[]) => parseSharedIndex(Buffer.from(lines.join('\n')));

describe('the index of accounts that share folders', () => {
  it('names accounts with their Maildir, and groups with their file', () => {
    const { entries, faults } = parse(
      '# made by a script',
      '',
      'ann\t89\t89\t/srv/mail/ann',
      'bob\t89\t89\t/srv/mail/bob\t./Mail/boxes\textra',
      'sales\t*\tindexsales',
      'eve\t89\t89\t/srv/mail/eve\t/srv/eve/Maildir # with a comment'.replace(' #', '#'),
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(entries, [
      { kind: 'account', name: 'ann', maildir: '/srv/mail/ann/Maildir', home: '/srv/mail/ann' },
      { kind: 'account', name: 'bob', maildir: '/srv/mail/bob/Mail/boxes', home: '/srv/mail/bob' },
      { kind: 'group', name: 'sales', file: 'indexsales' },
      { kind: 'account', name: 'eve', maildir: '/srv/eve/Maildir', home: '/srv/mail/eve' },
    ]);
  });

  it('leaves out lines that are wrong, and says which', () => {
    const bad = [
      'ann 89 89 /srv/mail/ann',
      '\t89\t89\t/srv/mail/x',
      'root\t0\t0\t/root',
      'bob\t89\t-1\t/srv/mail/bob',
      'rel\t89\t89\tmail/rel',
      'gone\t89\t89',
      'group\t*',
      'ctl\x01\t89\t89\t/srv/mail/ctl',
      'b\xffd\t89\t89\t/srv/mail/bytes',
    ];
    for (const line of bad) {
      const { entries, faults } = parseSharedIndex(Buffer.from(`${line}\ngood\t1\t1\t/g\n`, 'latin1'));
      assert.deepEqual(
        entries.map(({ name }) => name),
        ['good'],
        JSON.stringify(line),
      );
      assert.equal(faults.length, 1, JSON.stringify(line));
      assert.match(faults[0] ?? '', /^line 1: expected/);
    }
  });

  it('gives a name to the first that has it', () => {
    const { entries, faults } = parse('a.b\t1\t1\t/one', 'a b\t1\t1\t/two');
    assert.equal(entries.length, 1);
    assert.match(faults[0] ?? '', /line 2: its name is taken/);
  });

  it('finds an account by its level with spaces, or as IMAP_SHAREDMUNGENAMES spells it', () => {
    const { byLevel } = parse('ann@example.net\t1\t1\t/srv/mail/ann');
    assert.equal(mungeName('ann@example.net'), 'ann@example net');
    assert.equal(byLevel.get('ann@example net')?.name, 'ann@example.net');
    assert.equal(byLevel.get('ann@example\\:net')?.name, 'ann@example.net');
    assert.equal(byLevel.get('ann@example.net'), undefined);
  });

  it('takes its own lines, and writes none that reads otherwise', () => {
    const line = formatSharedAccount({ name: 'ann', uid: 89, gid: 90, home: '/srv/mail/ann' });
    assert.equal(line, 'ann\t89\t90\t/srv/mail/ann\n');
    assert.equal(parseSharedIndex(Buffer.from(`${ownIndexMark}\n${line}`)).entries.length, 1);
    for (const home of ['/srv/mail/a#b', '/srv/mail/a\tb', '/srv/mail/a\nb', 'home'])
      assert.equal(formatSharedAccount({ name: 'ann', uid: 89, gid: 90, home }), undefined);
  });
});

describe('names of folders of other accounts', () => {
  it('are understood in both spellings, where folders are shared', () => {
    for (const name of ['#shared.ann.Work', 'Shared.ann.Work'])
      assert.equal(toFolder(name, false, true), '/ann.Work');
    assert.equal(toFolder('Shared.ann.Work', false, false), 'Shared.ann.Work');
    assert.equal(toFolder('Shared.', false, true), undefined);
    assert.equal(toFolder('Shared.a/b', false, true), undefined);
    assert.equal(toFolder('Shared', false, true), 'Shared');
  });

  it('are told in the spelling of the layout, and never taken for one’s own', () => {
    assert.equal(toName('/ann.Work', '', true), 'Shared.ann.Work');
    assert.equal(toName('/ann.Work', 'INBOX.', true), '#shared.ann.Work');
    const own = toName('Shared.ann', '', true);
    assert.equal(own, 'INBOX.Shared.ann');
    assert.equal(toFolder(own, false, true), 'Shared.ann');
    assert.equal(toName('Shared.ann', '', false), 'Shared.ann');
  });

  it('are subscribed to by Courier’s lines', () => {
    assert.equal(readSharedLine('#shared.ann.Résumé'), '/ann.Résumé');
    assert.equal(readSharedLine('#shared.ann.R&AOk-sum&AOk-'), '/ann.Résumé');
    assert.equal(readSharedLine('#shared.'), undefined);
    assert.equal(readSharedLine('INBOX.x'), undefined);
    assert.equal(writeSharedLine('/ann.Résumé', 'utf-8'), '#shared.ann.Résumé');
    assert.equal(writeSharedLine('/ann.Résumé', 'utf-7'), '#shared.ann.R&AOk-sum&AOk-');
  });
});

describe('what a list gives to another account', () => {
  const rights = (...entries: [string, string][]) =>
    rightsOf(
      entries.map(([identifier, given]) => ({ identifier, rights: given })),
      'bob@example.net',
      'example.net',
    );

  it('is the union of what names it, less what is taken', () => {
    assert.equal(rights(['owner', 'aceilrstwx'], ['administrators', 'aceilrstwx']), '');
    assert.equal(rights(['anyone', 'lr'], ['user=bob@example.net', 'i']), 'ilr');
    assert.equal(rights(['anyone', 'lr'], ['-user=bob@example.net', 'r']), 'l');
    assert.equal(rights(['user=eve@example.net', 'lr']), '');
    assert.equal(rights(['group=staff', 'lr']), '');
  });

  it('knows users of the owner’s domain without it, and in any case', () => {
    assert.equal(rights(['user=bob', 'lr']), 'lr');
    assert.equal(rights(['user=Bob@Example.NET', 'lr']), 'lr');
    assert.equal(rights(['-user=BOB', 'r'], ['anyone', 'lr']), 'l');
  });
});
