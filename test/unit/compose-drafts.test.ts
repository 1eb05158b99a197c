// The draft spool on real files (security.md W7, W8, F6) and what the message page makes of texts, senders and quotes.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDraftSpool, type Draft, newDraftId, noFields } from '../../server/web/compose/drafts.ts';
import { createDraftSweeper, sweepEvery } from '../../server/web/compose/sweep.ts';
import { avatarOf, textPieces } from '../../server/web/message/model.ts';
import { isLookAlike, senderWarnings } from '../../server/web/message/warnings.ts';
import { english } from '../../server/web/words/words.ts';

let state: string;
before(async () => {
  state = await mkdtemp(join(tmpdir(), 'compose-drafts-'));
});
after(() => rm(state, { recursive: true, force: true }));

const alice = 'alice@ours.example';
const draft = (parts: Partial<Draft> = {}): Draft => ({
  id: newDraftId(),
  rev: 1,
  savedAt: Date.now(),
  state: 'open',
  fields: noFields,
  attachments: [],
  lastAttachment: 0,
  answering: undefined,
  messageId: '<x@ours.example>',
  stored: undefined,
  returnTo: '',
  ...parts,
});

describe('the draft spool', () => {
  test('gives back what was written, to its account only', async () => {
    const spool = createDraftSpool(state);
    const one = draft({ fields: { ...noFields, body: 'zwölf\n' } });
    await spool.write(alice, one);
    assert.deepEqual(await spool.read(alice, one.id), JSON.parse(JSON.stringify(one)));
    assert.equal(await spool.read('bob@ours.example', one.id), undefined);
    for (const id of ['', '..', '../x', 'a/b', 'x'.repeat(17)])
      assert.equal(await spool.read(alice, id), undefined);
    await assert.rejects(spool.write(alice, draft({ id: '../../escape' })));
    await assert.rejects(spool.openIncoming('../..'));
  });

  test('its files are private', async () => {
    const spool = createDraftSpool(state);
    const one = draft();
    await spool.write(alice, one);
    const folder = join(state, 'drafts', encodeURIComponent(alice), one.id);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'draft.json'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['draft.json']);
  });

  test('changes of one draft wait for each other, also after one failed', async () => {
    const spool = createDraftSpool(state);
    const order: string[] = [];
    const slow = spool.alone(alice, 'd', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first');
      throw new Error('fails');
    });
    const next = spool.alone(alice, 'd', async () => order.push('second'));
    await assert.rejects(slow, /fails/);
    await next;
    assert.deepEqual(order, ['first', 'second']);
  });

  test('sweeping takes what nobody comes back for and leaves the rest', async () => {
    const spool = createDraftSpool(state);
    const now = Date.now();
    const day = 24 * 3600 * 1000;
    const kept = [
      draft({ savedAt: now - 6 * day }),
      draft({ savedAt: now - day / 2, stored: { id: 'abcdefghijkl', rev: 1 } }),
      draft({ savedAt: now - 2 * day, stored: { id: 'abcdefghijkl', rev: 0 } }),
      draft({ savedAt: now - 6 * day, state: 'sent' }),
    ];
    const swept = [
      draft({ savedAt: now - 8 * day }),
      draft({ savedAt: now - 2 * day, stored: { id: 'abcdefghijkl', rev: 1 } }),
      draft({ savedAt: now - 8 * day, state: 'sent' }),
    ];
    for (const one of [...kept, ...swept]) await spool.write(alice, one);
    const old = await spool.openIncoming(alice);
    await old.handle.close();
    await utimes(old.path, new Date(now - 2 * day), new Date(now - 2 * day));
    await spool.sweep(alice, now);
    for (const one of kept) assert.ok(await spool.read(alice, one.id));
    for (const one of swept) assert.equal(await spool.read(alice, one.id), undefined);
    await assert.rejects(stat(old.path), { code: 'ENOENT' });
  });

  test('an account is swept behind the request, once an hour; a sweep that fails harms no other', async () => {
    const swept: string[] = [];
    const logged: string[] = [];
    const sweeper = createDraftSweeper(
      {
        async sweep(account, now) {
          swept.push(`${account} ${now}`);
          if (account.startsWith('bad')) throw new Error('no such disk');
        },
      },
      (line) => logged.push(line),
    );
    const bad = 'bad@example.com';
    sweeper.wake(bad, 0);
    sweeper.wake(alice, 1);
    assert.deepEqual(swept, []);
    sweeper.wake(alice.toUpperCase(), sweepEvery);
    await sweeper.settled();
    assert.deepEqual(swept, [`${bad} 0`, `${alice} 1`]);
    assert.match(logged.join(), /drafts of "?bad@example\.com"? not swept: .*no such disk/);
    sweeper.wake(alice, sweepEvery + 1);
    sweeper.wake(bad, sweepEvery + 1);
    await sweeper.settled();
    assert.deepEqual(swept.slice(2), [`${alice} ${sweepEvery + 1}`, `${bad} ${sweepEvery + 1}`]);
  });
});

describe('what is odd about a sender', () => {
  const from = (name: string, address: string, more = {}) =>
    senderWarnings({ from: [{ name, address }], replyTo: [], listPost: '', ...more }, english.t);
  test('a name that is another address', () => {
    assert.match(from('boss@ours.example', 'x@evil.example')[0] ?? '', /boss@ours\.example.*x@evil\.example/);
    assert.deepEqual(from('x@evil.example', 'X@evil.example'), []);
    assert.deepEqual(from('Bob Jones', 'bob@example.org'), []);
  });
  test('letters of two alphabets in one name of a domain', () => {
    assert.match(from('', 'x@pаypal.example')[0] ?? '', /more than one alphabet.*xn--/);
    assert.ok(isLookAlike('xn--pypal-4ve.example'));
    assert.ok(!isLookAlike('почта.example'));
    assert.ok(!isLookAlike('bücher.example'));
  });
  test('answers that go to another house, save for lists', () => {
    const replyTo = [{ name: '', address: 'z@other.example' }];
    assert.match(from('', 'a@b.example', { replyTo })[0] ?? '', /another domain: z@other\.example/);
    assert.deepEqual(from('', 'a@b.example', { replyTo, listPost: 'l@other.example' }), []);
    assert.deepEqual(from('', 'a@mail.b.example', { replyTo: [{ name: '', address: 'c@b.example' }] }), []);
  });
  test('bidi marks and controls of an address do not reach the sentence', () => {
    assert.doesNotMatch(from('a@b.example', 'x@\u202eevil.example\u0007').join(''), /[\u0000-\u001f\u202e]/);
  });
});

describe('the text of a message', () => {
  const block = (depth: number, text: string, signature = false) => ({ depth, signature, runs: [{ text }] });
  const folds = (...blocks: ReturnType<typeof block>[]) => textPieces(blocks).map((piece) => piece.folded);
  test('a long quote at the end is folded, also before a signature', () => {
    assert.deepEqual(folds(block(0, 'Yes.'), block(1, 'a\nb\nc\nd')), [false, true]);
    assert.deepEqual(
      folds(block(0, 'Yes.'), block(1, 'a\nb'), block(2, 'c\nd'), block(0, '-- \nBob', true)),
      [false, true, false],
    );
  });
  test('a short one, one in the middle, and a message that is all quote are not', () => {
    assert.deepEqual(folds(block(0, 'Yes.'), block(1, 'a\nb\nc')), [false, false]);
    assert.deepEqual(folds(block(1, 'a\nb\nc\nd'), block(0, 'No.')), [false, false]);
    assert.deepEqual(folds(block(1, 'a\nb\nc\nd')), [false]);
  });
  test('the line that says who wrote the quote is folded with it, however short it is', () => {
    const read = (text: string) =>
      textPieces([block(0, text), block(1, 'a')]).map((piece) =>
        piece.blocks
          .map((one) =>
            one.runs
              .map((run) => run.text)
              .join('')
              .trim(),
          )
          .join('|'),
      );
    assert.deepEqual(read('Yes.\nBob\n\nOn 3 May 2026 at 10:12, Eve wrote:\n'), [
      'Yes.\nBob',
      'On 3 May 2026 at 10:12, Eve wrote:|a',
    ]);
    assert.deepEqual(read('Yes.\nAm 3.5.2026 um 10:12 schrieb Eve\n<eve@b.example>:'), [
      'Yes.',
      'Am 3.5.2026 um 10:12 schrieb Eve\n<eve@b.example>:|a',
    ]);
    assert.deepEqual(folds(block(0, 'Yes.\n\nOn 3 May Eve wrote:'), block(1, 'a')), [false, true]);
    assert.deepEqual(folds(block(0, 'On 3 May Eve wrote:'), block(1, 'a')), [false, false]);
    assert.deepEqual(folds(block(0, 'Thanks.\n\nI do not agree with this:'), block(1, 'a')), [false, false]);
  });
  test('a sender always has the same mark', () => {
    assert.deepEqual(
      avatarOf({ name: 'Zoë van Ødegård', address: 'z@x.example' }),
      avatarOf({ name: 'Zoë van Ødegård', address: 'Z@X.example' }),
    );
    assert.equal(avatarOf({ name: 'Zoë van Ødegård', address: '' }).letters, 'ZØ');
    assert.equal(avatarOf({ name: '田中', address: '' }).letters, '田');
    assert.equal(avatarOf(undefined).letters, '?');
  });
});
