// One line of DOM/vpasswd changes with its cdb: whatever way it is done, the files are what a fresh compilation writes
// (spec/vpopmail.md 2.1, 2.2), and the short way is the one that is taken when the cdb is the text's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compileVpasswdBytes,
  findVpasswdLine,
  placeInSource,
  placeOf,
  setVpasswdLine,
} from '../../mta/accounts/vpasswd-lines.ts';
import { VpasswdPair } from '../../mta/accounts/vpasswd-pair.ts';
import type { ByteSource, Span } from '../../mta/formats/byte-source.ts';
import { sourceOfBytes } from '../../mta/formats/byte-source.ts';
import { Cdb, makeCdb } from '../../mta/formats/cdb.ts';
import { PlainCdb } from '../../mta/formats/cdb-splice.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** cdbmake of a text: each whole line, in its order. */
const cdbmake = (text: string): Buffer =>
  makeCdb(
    text
      .split('\n')
      .filter((line) => line.split(':').length > 6 && !line.startsWith(':'))
      .map((line) => [bytesOf(line.slice(0, line.indexOf(':'))), bytesOf(line.slice(line.indexOf(':') + 1))]),
  );

// Few names, so that they meet; with two bytes whose hashes share a table, and one beyond ASCII.
const name = fc.constantFrom('a', 'ab', 'b', 'joe', 'joe-x', 'm\xe9', 'u1', 'u10', 'u2', 'u3', 'zoe', 'zz');
const rest = fc.string({ maxLength: 9 }).map((gecos) => `h:1:0:${gecos.replace(/[:\n]/g, '_')}:/d:NOQUOTA`);
const line = fc.tuple(name, rest).map(([one, fields]) => `${one}:${fields}`);
const edit = fc.record({ name, rest: fc.option(rest) });

/** The two files of an account list, and what is asked of them. */
class Files {
  readonly text: Buffer;
  readonly cdb: Buffer | undefined;
  constructor(text: Buffer, cdb: Buffer | undefined) {
    this.text = text;
    this.cdb = cdb;
  }

  pair = (): Promise<VpasswdPair> =>
    VpasswdPair.of(sourceOfBytes(this.text), this.cdb && sourceOfBytes(this.cdb));

  async apply(one: string, fields: string | null): Promise<{ text: string; cdb: Buffer }> {
    const made = await (await this.pair()).set(one, fields === null ? undefined : `${one}:${fields}`);
    const join = (pieces: readonly (Buffer | Span)[], old: Buffer = Buffer.alloc(0)): Buffer =>
      Buffer.concat(
        pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : old.subarray(piece.start, piece.end))),
      );
    const text = join(made.text, this.text);
    if (made.splice !== undefined) {
      const { at, removed, added } = made.splice;
      assert.deepEqual(text.subarray(0, at), this.text.subarray(0, at));
      assert.deepEqual(text.subarray(at + added), this.text.subarray(at + removed));
    }
    return { text: text.toString('latin1'), cdb: join(made.cdb, this.cdb) };
  }
}

test('after any edits of sorted accounts both files are what a fresh compilation writes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(line, { selector: (one) => one.split(':')[0] }),
      fc.array(edit),
      async (lines, edits) => {
        const byName = (one: string, other: string): number =>
          bytesOf(one.split(':')[0]!).compare(bytesOf(other.split(':')[0]!));
        let text = lines
          .toSorted(byName)
          .map((one) => `${one}\n`)
          .join('');
        let cdb: Buffer = compileVpasswdBytes(bytesOf(text));
        for (const { name: one, rest: fields } of edits) {
          const files = new Files(bytesOf(text), cdb);
          assert.equal(
            await (await files.pair()).find(one),
            text.split('\n').find((other) => other.startsWith(`${one}:`)),
          );
          const wanted = setVpasswdLine(bytesOf(text), one, fields === null ? undefined : `${one}:${fields}`);
          ({ text, cdb } = await files.apply(one, fields));
          assert.equal(text, wanted.toString('latin1'));
          assert.deepEqual(cdb, cdbmake(text));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a text out of order, with torn lines, names twice or no last line feed comes out as by the long way', async () => {
  const odd = fc.array(fc.oneof(line, line, fc.constantFrom('torn:line', 'joe:torn', '', ':h:1:0:g:/d:')));
  await fc.assert(
    fc.asyncProperty(odd, fc.boolean(), edit, async (lines, endsWhole, { name: one, rest: fields }) => {
      const text = `${lines.join('\n')}${endsWhole ? '\n' : ''}`;
      const found = findVpasswdLine(bytesOf(text), one);
      const files = new Files(bytesOf(text), compileVpasswdBytes(bytesOf(text)));
      const old = found && bytesOf(text).toString('latin1', found.start, found.end);
      assert.equal(await (await files.pair()).find(one), old);
      const wanted = setVpasswdLine(bytesOf(text), one, fields === null ? undefined : `${one}:${fields}`);
      const made = await files.apply(one, fields);
      assert.equal(made.text, wanted.toString('latin1'));
      assert.deepEqual(made.cdb, compileVpasswdBytes(wanted));
    }),
    { numRuns: 300 },
  );
});

test('a cdb of another length than its text, or cut, is compiled anew', async () => {
  const text = ['a', 'b', 'c'].map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join('');
  const whole = compileVpasswdBytes(bytesOf(text));
  const other = compileVpasswdBytes(bytesOf(text.replace('/d/c', '/d/elsewhere')));
  for (const cdb of [undefined, other, whole.subarray(0, -8), whole.subarray(0, 100), Buffer.alloc(3000)]) {
    const files = new Files(bytesOf(text), cdb);
    assert.equal(await (await files.pair()).find('b'), 'b:h:1:0:g:/d/b:NOQUOTA');
    const made = await files.apply('bb', 'h:1:0:g:/d/bb:');
    assert.deepEqual(made.cdb, cdbmake(made.text));
  }
});

test('a text whose line is not what the cdb says is believed, and the cdb compiled anew', async () => {
  const text = ['a', 'b', 'c'].map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join('');
  // As long as before: only a look at the line tells.
  const edited = text.replace('b:h:1', 'b:k:1');
  const files = new Files(bytesOf(edited), compileVpasswdBytes(bytesOf(text)));
  assert.equal(await (await files.pair()).find('b'), 'b:k:1:0:g:/d/b:NOQUOTA');
  const made = await files.apply('b', 'n:1:0:g:/d/b:NOQUOTA');
  assert.deepEqual(made.cdb, cdbmake(made.text));
});

test('of a thousand accounts little is read, and the rest is told as spans of the old files', async () => {
  const all = Array.from({ length: 1000 }, (_, at) => `user${String(at).padStart(4, '0')}`);
  const text = bytesOf(all.map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join(''));
  const cdb = compileVpasswdBytes(text);
  let read = 0;
  const counted = (bytes: Buffer): ByteSource => {
    const source = sourceOfBytes(bytes);
    return { ...source, read: async (...args) => count(await source.read(...args)) };
  };
  const count = (bytes: Buffer): Buffer => {
    read += bytes.length;
    return bytes;
  };
  const pair = await VpasswdPair.of(counted(text), counted(cdb));
  assert.equal(await pair.find('user0500x'), undefined);
  const made = await pair.set('user0500x', 'user0500x:h:1:0:g:/d/x:NOQUOTA');
  const kept = made.cdb.reduce(
    (sum, piece) => sum + (Buffer.isBuffer(piece) ? 0 : piece.end - piece.start),
    0,
  );
  const records = cdb.readUInt32LE(0) - 2048;
  assert.equal(kept, records, 'all old records are of the old file');
  // Header and tables, a place among the lines, and the line that is there.
  const tables = cdb.length - records;
  assert.ok(read < tables + 40_000 + 2 * 65_536, `${read} bytes read of ${text.length + cdb.length}`);
  assert.deepEqual(
    made.splice,
    { at: text.indexOf('user0501'), removed: 0, added: 31 },
    'the text differs by this line',
  );
  const { cdb: whole } = await new Files(text, cdb).apply('user0500x', 'h:1:0:g:/d/x:NOQUOTA');
  assert.equal(Cdb.from(whole).find(bytesOf('user0999'))?.toString(), 'h:1:0:g:/d/user0999:NOQUOTA');
});

test('the place of a name in a text on disk is that in memory, between long lines and short ones', async () => {
  const all = Array.from({ length: 3000 }, (_, at) => `u${String(at).padStart(4, '0')}`);
  const lengths = [3, 40, 5000, 9000];
  const text = bytesOf(
    all.map((one, at) => `${one}:h:1:0:${'g'.repeat(at % 97 === 0 ? lengths[at % 4]! : 9)}:/d:\n`).join(''),
  );
  for (const one of ['', 'a', 'u0000', 'u0000x', 'u0097', 'u0193x', 'u1500', 'u15000', 'u2910', 'u2999', 'v'])
    assert.equal(await placeInSource(sourceOfBytes(text), one), placeOf(text, one), one);
});

test('a cdb that others lay out otherwise is no plain one', async () => {
  const cdb = makeCdb([[bytesOf('a'), bytesOf('b')]]);
  assert.equal((await PlainCdb.from(sourceOfBytes(cdb)))?.count, 1);
  assert.equal(await PlainCdb.from(sourceOfBytes(Buffer.concat([cdb, Buffer.alloc(8)]))), undefined);
});
