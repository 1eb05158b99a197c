// SEARCH of text over real threads: many files at once, files that are gone, a message that kills its thread.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createMessageReader } from '../../server/message/reader.ts';
import { messagePaths, noCorpus } from '../support/messages.ts';

describe('the search of texts', () => {
  const lines: string[] = [];
  const reader = createMessageReader({ log: (line) => lines.push(line) });
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'search-'));
  });
  after(async () => {
    await reader.close();
    await rm(directory, { recursive: true });
  });

  it('answers for each file and each key, in their order, and nothing for files that are gone', async () => {
    const paths = await Promise.all(
      Array.from({ length: 250 }, async (_, i) => {
        const path = join(directory, `m${i}`);
        await writeFile(path, `Subject: number ${i}\n\n${i % 3 === 0 ? 'third' : 'other'}\n`);
        return path;
      }),
    );
    paths.splice(120, 0, join(directory, 'gone'));
    const found = await reader.matches(paths, [
      { key: 'body', text: 'THIRD' },
      { key: 'header', field: 'Subject', text: 'number 7' },
    ]);
    assert.equal(found[120], undefined);
    const numbers = [...Array(250).keys()];
    assert.deepEqual(
      found.filter((_, i) => i !== 120),
      numbers.map((i) => [i % 3 === 0, String(i).startsWith('7')]),
    );
  });
  it('goes on after a message that its thread did not survive, which matches nothing', async () => {
    const bomb = join(directory, 'bomb');
    const plain = join(directory, 'plain');
    await writeFile(plain, 'Subject: s\n\nneedle\n');
    // Lines that look like boundaries and are none cost a look each: more of them than fit into two seconds.
    await writeFile(bomb, `Content-Type: multipart/mixed; boundary="--a"\n\n${'----b\n'.repeat(20_000_000)}`);
    const found = await reader.matches([plain, bomb, plain], [{ key: 'body', text: 'needle' }]);
    assert.deepEqual(found, [[true], [false], [true]]);
  });
  it('of header fields alone answers as the search of whole messages', { skip: noCorpus }, async () => {
    const long = join(directory, 'long');
    await writeFile(long, `X-Filler: ${'a b '.repeat(4000)}\nSubject: behind it\n\ntext\n`);
    const raw = join(directory, 'raw');
    await writeFile(
      raw,
      Buffer.from('Subject: caf\xe9\nContent-Type: text/plain; charset=iso-8859-2\n\n\xe9\n', 'latin1'),
    );
    const paths = [...messagePaths(), long, raw, join(directory, 'gone')];
    const keys = [
      ['Subject', 'e'],
      ['Subject', 'behind'],
      ['Subject', 'caf\u00e9'],
      ['From', '@'],
      ['Received', ''],
      ['Cc', ''],
    ].map(([field = '', text = '']) => ({ key: 'header', field, text }) as const);
    const whole = await reader.matches(paths, [...keys, { key: 'body', text: 'x' }]);
    const heads = await reader.matches(paths, keys);
    assert.deepEqual(
      heads,
      whole.map((one) => one?.slice(0, keys.length)),
    );
    assert.deepEqual(heads.at(-3), [true, true, false, false, false, false]);
    assert.deepEqual(heads.at(-2), [true, false, true, false, false, false]);
    assert.equal(heads.at(-1), undefined);
  });
  it('after close finds nothing', async () => {
    const other = createMessageReader({ log: () => {} });
    await other.close();
    assert.deepEqual(await other.matches([join(directory, 'plain')], [{ key: 'body', text: 'x' }]), [
      undefined,
    ]);
  });
  it('of the corpus finds the same with another case', { skip: noCorpus }, async () => {
    const paths = messagePaths();
    const lower = await reader.matches(paths, [{ key: 'text', text: 'subject: re' }]);
    assert.deepEqual(await reader.matches(paths, [{ key: 'text', text: 'SUBJECT: RE' }]), lower);
    assert.ok(lower.filter((one) => one?.[0]).length > 5);
  });
});
