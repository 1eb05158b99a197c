// The judge (trust/judge.ts): what findings add up to, what is said of them, and checks that fail or hang; letters held at
// the door (trust/held.ts), in memory and in files without names.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HoldingRoom } from '../../mta/trust/held.ts';
import { createJudge, decide } from '../../mta/trust/judge.ts';
import type { ArrivingLetter, Finding, LetterCheck, LetterContent } from '../../mta/trust/types.ts';

const finding = (more: Partial<Finding>): Finding => ({
  check: 'spf',
  result: 'fail',
  score: 0,
  words: '',
  ...more,
});
const rules = { junkscore: 5, rejectscore: 15 };
const contentOf = (text: string): LetterContent => ({
  size: text.length,
  header: Buffer.from(text),
  async *read() {
    yield Buffer.from(text);
  },
});
const letter: ArrivingLetter = {
  ip: '192.0.2.1',
  clientName: '',
  helo: 'x',
  secure: false,
  sender: '',
  recipients: ['a@b.test'],
  utf8: false,
  time: 0,
  content: contentOf('Subject: a\n\nb\n'),
};

describe('what findings add up to', () => {
  const outcome = (...findings: Partial<Finding>[]) => decide(findings.map(finding), rules).outcome;
  it('points: junk from one figure, refused from the other, and neither without one', () => {
    assert.equal(outcome(), 'take');
    assert.equal(outcome({ score: 4.9 }), 'take');
    assert.equal(outcome({ score: 4.9 }, { score: 0.1 }), 'junk');
    assert.equal(outcome({ score: 20 }, { score: -5.1 }), 'junk');
    assert.equal(outcome({ score: 15 }), 'reject');
    assert.equal(decide([finding({ score: 99 })], { junkscore: 0, rejectscore: 0 }).outcome, 'take');
  });
  it('the most severe measure stands, whatever the points say', () => {
    assert.equal(outcome({ measure: 'junk' }, { score: -50 }), 'junk');
    assert.equal(outcome({ measure: 'junk' }, { measure: 'defer' }), 'defer');
    assert.equal(outcome({ measure: 'defer' }, { measure: 'reject' }, { measure: 'junk' }), 'reject');
    assert.equal(outcome({ measure: 'junk' }, { score: 15 }), 'reject');
  });
  it('the reply is that of the finding that decided, else one of the judge', () => {
    const reply = (...findings: Partial<Finding>[]) => decide(findings.map(finding), rules).reply;
    assert.equal(reply({ measure: 'junk' }), '');
    assert.equal(reply({ measure: 'reject', reply: '550 5.7.23 SPF' }, { score: 20 }), '550 5.7.23 SPF');
    assert.match(
      reply({ score: 20, measure: 'defer', reply: '451 4.7.1 later' }),
      /^550 5\.7\.1 .*\(#5\.7\.1\)$/,
    );
    assert.match(reply({ measure: 'defer' }), /^451 4\.7\.1 /);
  });
});

describe('a judgement', () => {
  const log: string[] = [];
  const judge = (...checks: LetterCheck[]) =>
    createJudge({ checks, rules: () => rules, log: (line) => log.push(line) });
  const check = (name: string, stage: 1 | 2, run: LetterCheck['check']): LetterCheck => ({
    name,
    stage,
    milliseconds: 200,
    check: run,
  });

  it('says what was decided and why in one folded field, above what the checks wrote', async () => {
    const verdict = await judge(
      check('spf', 1, async () => ({
        findings: [finding({ score: 2, words: 'example.org' })],
        headers: 'Received-SPF: fail\n',
      })),
      check('rspamd', 2, async (_letter, known) => ({
        findings: [
          finding({ check: 'rspamd', result: 'junk', score: 4.25, words: `saw ${known.length}\n; (x)é` }),
        ],
      })),
    )(letter, [finding({ check: 'helo', result: 'bad', score: 0 })]);
    assert.equal(
      verdict.headers,
      'X-Facteur-Verdict: junk; score=6.3;\n\thelo=bad;\n\tspf=fail (example.org) 2.0;\n\trspamd=junk (saw 2?? ?x??) 4.3\n' +
        'Received-SPF: fail\n',
    );
  });
  it('a check that fails or hangs has found nothing, and is told of', async () => {
    let aborted = false;
    const verdict = await judge(
      check('broken', 1, async () => {
        throw new Error('no\r\nway\u{1f600}');
      }),
      check('hanging', 1, (_letter, _known, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => undefined);
      }),
      check('good', 2, async () => ({ findings: [finding({ check: 'good', result: 'pass', score: -1 })] })),
    )(letter, []);
    assert.deepEqual(
      verdict.findings.map(({ check: name, result }) => `${name}=${result}`),
      ['broken=temperror', 'hanging=temperror', 'good=pass'],
    );
    assert.deepEqual([verdict.outcome, aborted], ['take', true]);
    assert.match(log[0]!, /^smtpd: check broken failed: no\\x0d\\x0away[\x20-\x7e]*$/);
    assert.match(log[1]!, /check hanging failed: no answer within 200 ms/);
  });
  it('what is refused by its sender is not shown to the scanners', async () => {
    const verdict = await judge(
      check('spf', 1, async () => ({ findings: [finding({ measure: 'reject', reply: '550 5.7.1 no' })] })),
      check('clamd', 2, async () => assert.fail('asked')),
    )(letter, []);
    assert.deepEqual([verdict.outcome, verdict.reply], ['reject', '550 5.7.1 no']);
  });
});

describe('a letter that is held', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'facteur-held-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  const hold = async (room: HoldingRoom, ...chunks: (string | Buffer)[]) => {
    const held = room.open();
    for (const chunk of chunks) if (!held.write(Buffer.from(chunk))) await held.drained();
    return { held, content: await held.end() };
  };
  const bytesOf = async (content: LetterContent): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for await (const part of content.read()) parts.push(part);
    return Buffer.concat(parts);
  };

  it('in memory and in a file it is the same bytes, as often as they are read', async () => {
    const room = new HoldingRoom(join(directory, 'same'), { letterBytes: 1000, allBytes: 100_000 });
    for (const size of [0, 10, 1000, 1001, 70_000, 1_000_000]) {
      const body = Buffer.alloc(size, 'abc\n');
      const { held, content } = await hold(room, 'A: b\n', '\n', ...pieces(body, 999));
      assert.equal(content.header.toString(), 'A: b\n\n');
      assert.equal(content.size, size + 6);
      for (const _again of [1, 2])
        assert.ok((await bytesOf(content)).equals(Buffer.concat([content.header, body])));
      await held.close();
      assert.equal(room.used, 0);
    }
    assert.deepEqual(await readdir(join(directory, 'same')), [], 'files have no names');
  });
  it('all letters together take no more memory than they may', async () => {
    const room = new HoldingRoom(join(directory, 'all'), { letterBytes: 10_000, allBytes: 25_000 });
    const letters = await Promise.all(
      Array.from({ length: 20 }, (_, index) => hold(room, `Subject: ${index}\n\n`, Buffer.alloc(9000, 'x'))),
    );
    assert.ok(room.used <= 25_000, String(room.used));
    for (const [index, { content }] of letters.entries())
      assert.match((await bytesOf(content)).toString('latin1', 0, 20), new RegExp(`^Subject: ${index}\\n`));
    for (const { held } of letters) await held.close();
    assert.equal(room.used, 0);
  });
  it('a header ends at the empty line wherever chunks are cut; there may be none, or nothing before it', async () => {
    const room = new HoldingRoom(join(directory, 'cut'));
    for (const [text, header] of [
      ['A: b\n\nbody\n\n', 'A: b\n\n'],
      ['\nbody\n', '\n'],
      ['A: b\n', 'A: b\n'],
      ['', ''],
    ] as const)
      for (const size of [1, 2, 3, 100]) {
        const { held, content } = await hold(room, ...pieces(Buffer.from(text), size));
        assert.equal(content.header.toString(), header);
        await held.close();
      }
  });
  it('a disk that takes nothing is told, and nothing stays', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const room = new HoldingRoom(join(file, 'room'), { letterBytes: 10, allBytes: 100 });
    const held = room.open();
    held.write(Buffer.alloc(1000));
    await assert.rejects(held.drained(), /ENOTDIR/);
    await assert.rejects(held.end(), /ENOTDIR/);
    await held.close();
    assert.equal(room.used, 0);
  });
});

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
