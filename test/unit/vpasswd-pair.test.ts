// One line of DOM/vpasswd changes with its cdb: whatever way it is done, the files are what a fresh compilation writes
// (spec/vpopmail.md 2.1, 2.2), and the short way is the one that is taken when the cdb is the text's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileVpasswdBytes, findVpasswdLine, setVpasswdLine } from '../../mta/accounts/vpasswd-lines.ts';
import { VpasswdPair } from '../../mta/accounts/vpasswd-pair.ts';
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

const apply = (pair: VpasswdPair, one: string, fields: string | null): { text: string; cdb: Buffer } => {
  const { text, cdb } = pair.set(one, fields === null ? undefined : `${one}:${fields}`);
  return { text: Buffer.concat(text).toString('latin1'), cdb: Buffer.concat(cdb) };
};

test('after any edits of sorted accounts both files are what a fresh compilation writes', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(line, { selector: (one) => one.split(':')[0] }),
      fc.array(edit),
      (lines, edits) => {
        const byName = (one: string, other: string): number =>
          bytesOf(one.split(':')[0]!).compare(bytesOf(other.split(':')[0]!));
        let text = lines
          .toSorted(byName)
          .map((one) => `${one}\n`)
          .join('');
        let cdb: Buffer = compileVpasswdBytes(bytesOf(text));
        for (const { name: one, rest: fields } of edits) {
          const pair = new VpasswdPair(bytesOf(text), cdb);
          assert.equal(
            pair.find(one),
            text.split('\n').find((other) => other.startsWith(`${one}:`)),
          );
          const wanted = setVpasswdLine(bytesOf(text), one, fields === null ? undefined : `${one}:${fields}`);
          ({ text, cdb } = apply(pair, one, fields));
          assert.equal(text, wanted.toString('latin1'));
          assert.deepEqual(cdb, cdbmake(text));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a text out of order, with torn lines, names twice or no last line feed comes out as by the long way', () => {
  const odd = fc.array(fc.oneof(line, line, fc.constantFrom('torn:line', 'joe:torn', '', ':h:1:0:g:/d:')));
  fc.assert(
    fc.property(odd, fc.boolean(), edit, (lines, endsWhole, { name: one, rest: fields }) => {
      const text = `${lines.join('\n')}${endsWhole ? '\n' : ''}`;
      const found = findVpasswdLine(bytesOf(text), one);
      const pair = new VpasswdPair(bytesOf(text), compileVpasswdBytes(bytesOf(text)));
      const old = found && bytesOf(text).toString('latin1', found.start, found.end);
      assert.equal(pair.find(one), old);
      const wanted = setVpasswdLine(bytesOf(text), one, fields === null ? undefined : `${one}:${fields}`);
      const made = apply(pair, one, fields);
      assert.equal(made.text, wanted.toString('latin1'));
      assert.deepEqual(made.cdb, compileVpasswdBytes(wanted));
    }),
    { numRuns: 300 },
  );
});

test('a cdb of another length than its text, or cut, is compiled anew', () => {
  const text = ['a', 'b', 'c'].map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join('');
  const whole = compileVpasswdBytes(bytesOf(text));
  const other = compileVpasswdBytes(bytesOf(text.replace('/d/c', '/d/elsewhere')));
  for (const cdb of [undefined, other, whole.subarray(0, -8), whole.subarray(0, 100), Buffer.alloc(3000)]) {
    const pair = new VpasswdPair(bytesOf(text), cdb);
    assert.equal(pair.find('b'), 'b:h:1:0:g:/d/b:NOQUOTA');
    const made = apply(pair, 'bb', 'h:1:0:g:/d/bb:');
    assert.deepEqual(made.cdb, cdbmake(made.text));
  }
});

test('a text whose line is not what the cdb says is believed, and the cdb compiled anew', () => {
  const text = ['a', 'b', 'c'].map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join('');
  // As long as before: only a look at the line tells.
  const edited = text.replace('b:h:1', 'b:k:1');
  const cdb = compileVpasswdBytes(bytesOf(text));
  assert.equal(new VpasswdPair(bytesOf(edited), cdb).find('b'), 'b:k:1:0:g:/d/b:NOQUOTA');
  const made = apply(new VpasswdPair(bytesOf(edited), cdb), 'b', 'n:1:0:g:/d/b:NOQUOTA');
  assert.deepEqual(made.cdb, cdbmake(made.text));
});

test('of a thousand accounts only the change is compiled: the rest is written from the old file', () => {
  const all = Array.from({ length: 1000 }, (_, at) => `user${String(at).padStart(4, '0')}`);
  const text = bytesOf(all.map((one) => `${one}:h:1:0:g:/d/${one}:NOQUOTA\n`).join(''));
  const old = compileVpasswdBytes(text);
  const { cdb } = new VpasswdPair(text, old).set('user0500x', 'user0500x:h:1:0:g:/d/x:NOQUOTA');
  const kept = cdb
    .filter((piece) => piece.buffer === old.buffer)
    .reduce((sum, piece) => sum + piece.length, 0);
  assert.equal(kept, old.readUInt32LE(0) - 2048, 'all old records are views of the old file');
  assert.equal(
    Cdb.from(Buffer.concat(cdb)).find(bytesOf('user0999'))?.toString(),
    'h:1:0:g:/d/user0999:NOQUOTA',
  );
});

test('a cdb that others lay out otherwise is no plain one', () => {
  const cdb = makeCdb([[bytesOf('a'), bytesOf('b')]]);
  assert.equal(PlainCdb.from(cdb)?.count, 1);
  assert.equal(PlainCdb.from(Buffer.concat([cdb, Buffer.alloc(8)])), undefined);
});
