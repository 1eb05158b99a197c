// The accounts of DOM/vpasswd by place and by name (spec/vpopmail.md 2.1, 2.2), read from where they are: in any text,
// sorted or not, torn or whole, the index says what a parse of all lines says, also when it only follows a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatVpasswdEntry, parseVpasswd, toText } from '../../mta/accounts/vpasswd.ts';
import { VpasswdIndex } from '../../mta/accounts/vpasswd-index.ts';
import { VpasswdReader } from '../../mta/accounts/vpasswd-reader.ts';
import type { ByteSource } from '../../mta/formats/byte-source.ts';
import { sourceOfBytes } from '../../mta/formats/byte-source.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

const read = async (source: ByteSource, index?: VpasswdIndex): Promise<VpasswdReader> =>
  new VpasswdReader(source, index ?? (await VpasswdIndex.of(source)));

async function listAll(reader: VpasswdReader): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const record of reader.all()) all.push(formatVpasswdEntry(record));
  return all;
}

/** The first of each name in byte order, and what a search of them gives. */
function expect(text: string): {
  readonly all: readonly string[];
  search(wanted: string): readonly number[];
} {
  const entries = parseVpasswd(text).entries;
  const first = entries.filter(({ name }, at) => entries.findIndex((other) => other.name === name) === at);
  const sorted = first.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(toText);
  return {
    all: sorted.map(formatVpasswdEntry),
    search: (wanted) =>
      sorted.flatMap(({ name, gecos }, at) =>
        `${name}\n${gecos}`.toLowerCase().includes(wanted) ? [at] : [],
      ),
  };
}

const name = fc.constantFrom('a', 'ab', 'b', 'joe', 'joe-x', 'm\xe9', 'u1', 'u10', 'u2', 'U3', 'zoe', 'zz');
const gecos = fc.constantFrom('', 'Joe Doe', 'J\xc3\xb6rg', 'JOE', 'x\xff', 'u1 a long one '.repeat(9));
const line = fc.tuple(name, gecos).map(([one, words]) => `${one}:Joe:1:0:${words}:/d/joe:NOQUOTA`);

test('any text is listed, searched and reported as a parse of all its lines says', async () => {
  const odd = fc.array(fc.oneof(line, line, fc.constantFrom('torn:line', 'joe:torn', '', ':h:1:0:g:/d:')));
  await fc.assert(
    fc.asyncProperty(odd, fc.boolean(), async (lines, endsWhole) => {
      const text = `${lines.join('\n')}${endsWhole ? '\n' : ''}`;
      const reader = await read(sourceOfBytes(bytesOf(text)));
      const wanted = expect(text);
      assert.deepEqual(await listAll(reader), wanted.all);
      for (const words of ['joe', 'j\xf6rg', 'zz', 'a'])
        assert.deepEqual([...(await reader.search(words))], wanted.search(words), words);
      assert.deepEqual(await reader.torn(), parseVpasswd(text).torn);
      for (const one of ['a', 'joe', 'm\xe9', 'zz', 'none'])
        assert.equal(
          (await reader.find(one))?.name,
          wanted.all.find((other) => other.startsWith(`${one}:`))?.split(':')[0],
        );
    }),
    { numRuns: 300 },
  );
});

/** A text of many pieces, in an order that is made from a number. */
function manyLines(count: number, step: number): string {
  const lines = Array.from({ length: count }, (_, at) => {
    const one = `user${String((at * step) % count).padStart(6, '0')}`;
    return `${one}:$6$${'h'.repeat(80)}:1:0:User ${at}:/d/${one}:NOQUOTA\n`;
  });
  return lines.join('');
}

test('a text of many pieces, in order or not, is whole at their borders', async () => {
  for (const step of [1, 7919]) {
    const text = manyLines(9001, step);
    const reader = await read(sourceOfBytes(bytesOf(text)));
    assert.equal(reader.length, 9001);
    const all = await listAll(reader);
    assert.deepEqual(all, text.trimEnd().split('\n').toSorted());
    const at = Number((await reader.search('USER 8123'))[0]);
    assert.equal((await reader.at(at)).gecos, 'User 8123');
    assert.equal(await reader.placeOf('user004711'), 4711);
  }
});

test('a line longer than a piece is one account', async () => {
  const text = `a:h:1:0:${'g'.repeat(1_300_000)}:/d/a:\nb:h:1:0:Bob:/d/b:\n`;
  const reader = await read(sourceOfBytes(bytesOf(text)));
  assert.equal((await reader.at(0)).gecos.length, 1_300_000);
  assert.equal((await reader.find('b'))?.gecos, 'Bob');
});

test('an index that follows changes is the one of the changed text', async () => {
  const edit = fc.record({ name, gecos: fc.option(gecos) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit), async (edits) => {
      const lines = new Map<string, string>();
      const textOf = (): string =>
        [...lines.keys()]
          .sort()
          .map((one) => lines.get(one))
          .join('');
      let index = await VpasswdIndex.of(sourceOfBytes(Buffer.alloc(0)));
      for (const { name: one, gecos: words } of edits) {
        const removed = lines.get(one)?.length ?? 0;
        const added = words === null ? '' : `${one}:h:1:0:${words}:/d:\n`;
        const before = [...lines.keys()].filter((other) => other < one).map((other) => lines.get(other));
        if (added === '') lines.delete(one);
        else lines.set(one, added);
        const at = before.join('').length;
        const next = index.splice({ at, removed, added: added.length });
        assert.ok(next);
        index = next;
        const source = sourceOfBytes(bytesOf(textOf()));
        assert.deepEqual(index.starts, (await VpasswdIndex.of(source)).starts);
        assert.deepEqual(await listAll(await read(source, index)), expect(textOf()).all);
      }
    }),
    { numRuns: 100 },
  );
});

/** Changes of a text of many pieces as other programs make them, with what they do to it. */
function foreignChange(text: string, kind: number, place: number): string {
  const lines = text.split('\n').slice(0, -1);
  const at = place % (lines.length + 1);
  const added = `${(lines[at - 1] ?? 'a').split(':')[0]}0:$6$new:1:0:New:/d/new:NOQUOTA`;
  switch (kind) {
    case 0: // added in order
      return [...lines.slice(0, at), added, ...lines.slice(at), ''].join('\n');
    case 1: // removed, also several
      return [...lines.slice(0, at), ...lines.slice(at + 1 + (place % 3000)), ''].join('\n');
    case 2: // changed in place, as long as before
      return [...lines.slice(0, at), ...lines.slice(at).map((one) => one.replace('$6$h', '$6$k')), ''].join(
        '\n',
      );
    case 3: // out of order
      return [...lines.slice(0, at), 'aaa:$6$new:1:0:New:/d/new:NOQUOTA', ...lines.slice(at), ''].join('\n');
    case 4: // torn
      return [...lines.slice(0, at), 'torn:line', ...lines.slice(at), ''].join('\n');
    case 5: // cut short within a line
      return text.slice(0, Math.max(0, text.length - 1 - (place % 90)));
    case 6: // a name twice
      return [...lines.slice(0, at), lines[at] ?? added, ...lines.slice(at), ''].join('\n');
    default: // the end goes on without a line feed before it
      return `${text}zzz:$6$new:1:0:New:/d/new:NOQUOTA`;
  }
}

test('after changes by others the index is the one of the new text, whatever was known of the old', async () => {
  const before = manyLines(9001, 1);
  const first = await VpasswdIndex.of(sourceOfBytes(bytesOf(before)));
  const changes = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 20_000 })), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(changes, async (kinds) => {
      let [text, index] = [before, first];
      for (const [kind, place] of kinds) {
        text = foreignChange(text, kind, place);
        const source = sourceOfBytes(bytesOf(text));
        index = await VpasswdIndex.of(source, index);
        const fresh = await VpasswdIndex.of(source);
        assert.deepEqual(index.starts, fresh.starts, `${kind} ${place}`);
        assert.equal(index.isWhole, fresh.isWhole);
      }
    }),
    { numRuns: 30 },
  );
});

test('after a change by another program most lines are not looked at again', async () => {
  const text = manyLines(60_000, 1);
  const source = sourceOfBytes(bytesOf(text.replace('User 31000:', 'Changed:')));
  const old = await VpasswdIndex.of(sourceOfBytes(bytesOf(text)));
  const cost = async (known?: VpasswdIndex): Promise<number> => {
    const { user, system } = process.cpuUsage();
    await VpasswdIndex.of(source, known);
    const after = process.cpuUsage();
    return after.user + after.system - user - system;
  };
  let [known, fresh] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 40 && known > fresh * 0.7; round++) {
    fresh = Math.min(fresh, await cost());
    known = Math.min(known, await cost(old));
  }
  assert.ok(known <= fresh * 0.7, `${known} of ${fresh} microseconds`);
});

test('an index of a text out of order, or with torn lines, does not guess after a change', async () => {
  for (const text of ['b:h:1:0:g:/d:\na:h:1:0:g:/d:\n', 'a:h:1:0:g:/d:\ntorn\n']) {
    const index = await VpasswdIndex.of(sourceOfBytes(bytesOf(text)));
    assert.equal(index.splice({ at: 0, removed: 0, added: 5 }), undefined);
  }
});
