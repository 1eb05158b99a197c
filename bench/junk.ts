// What the learning filter alone finds in a labelled corpus: it learns one half in a random order, as an account would, and
// judges the other; again for each shuffle. `npm run bench:junk -- --corpus DIR --shuffles 10`. DIR holds folders of letters, a
// file each; a folder whose name begins with `spam` is junk, one with `ham` in its name is good mail (SpamAssassin's public
// corpus, https://spamassassin.apache.org/old/publiccorpus/, is packed so). The corpus is no part of the project.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Filter, junkFrom, type Kind, strictnesses } from '../mta/trust/bayes/filter.ts';

interface Letter {
  readonly folder: string;
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: Buffer;
}

interface Judged {
  readonly letter: Letter;
  readonly score: number;
}

const { values: options } = parseArgs({
  options: {
    corpus: { type: 'string' },
    shuffles: { type: 'string', default: '10' },
    // Names the good letters that were taken for junk, and in how many shuffles.
    wrong: { type: 'boolean', default: false },
  },
});
if (options.corpus === undefined) throw new Error('--corpus DIR is missing');

const kindOf = (folder: string): Kind | undefined =>
  folder.startsWith('spam') ? 'junk' : folder.includes('ham') ? 'good' : undefined;

function readCorpus(directory: string): Letter[] {
  const letters: Letter[] = [];
  for (const folder of readdirSync(directory).sort()) {
    const kind = kindOf(folder);
    if (kind === undefined) continue;
    for (const name of readdirSync(join(directory, folder)).sort())
      if (name !== 'cmds' && !name.endsWith('.json'))
        letters.push({ folder, name, kind, bytes: readFileSync(join(directory, folder, name)) });
  }
  return letters;
}

/** The same order for the same seed. */
function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
function describeSpread(values: readonly number[]): string {
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(2)} % (deviation ${deviation.toFixed(2)}, ${least.toFixed(2)} to ${most.toFixed(2)})`;
}

const letters = readCorpus(options.corpus);
const rounds: (readonly Judged[])[] = [];
const milliseconds = { learn: [] as number[], judge: [] as number[] };
for (let seed = 1; seed <= Number(options.shuffles); seed++) {
  const order = shuffle(letters, seed);
  const half = order.length >> 1;
  const filter = new Filter();
  const took = (since: NodeJS.CpuUsage, count: number): number => {
    const { user, system } = process.cpuUsage(since);
    return (user + system) / 1000 / count;
  };
  const begun = process.cpuUsage();
  for (const { bytes, kind } of order.slice(0, half)) filter.learn(bytes, kind, 20_000);
  milliseconds.learn.push(took(begun, half));
  const taught = process.cpuUsage();
  rounds.push(
    order.slice(half).map((letter) => ({ letter, score: filter.judge(letter.bytes)?.score ?? 0.5 })),
  );
  milliseconds.judge.push(took(taught, order.length - half));
}

const share = (judged: readonly Judged[], from: number): number =>
  judged.length === 0 ? 0 : (100 * judged.filter(({ score }) => score >= from).length) / judged.length;
const ofKind = (round: readonly Judged[], kind: Kind): Judged[] =>
  round.filter(({ letter }) => letter.kind === kind);

print(`${letters.length} letters, ${rounds.length} shuffles, half learned and half judged`);
for (const strictness of strictnesses) {
  const from = junkFrom[strictness];
  const found = rounds.map((round) => share(ofKind(round, 'junk'), from));
  const wrong = rounds.map((round) => share(ofKind(round, 'good'), from));
  const holds = rounds.filter((_, at) => found[at]! >= 97 && wrong[at]! <= 0.2).length;
  print(`${strictness}, from ${from}: found ${describeSpread(found)}`);
  print(`  false alarms ${describeSpread(wrong)}; 97 % and 0.2 % held in ${holds} of ${rounds.length}`);
}
for (const folder of new Set(letters.map((letter) => letter.folder))) {
  const shares = rounds.map((round) =>
    share(
      round.filter(({ letter }) => letter.folder === folder),
      junkFrom.normal,
    ),
  );
  print(`${folder}: taken for junk ${describeSpread(shares)}`);
}
print(
  `processor time a letter: learning ${mean(milliseconds.learn).toFixed(2)} ms, judging ${mean(milliseconds.judge).toFixed(2)} ms`,
);
if (options.wrong) {
  const times = new Map<string, number>();
  for (const round of rounds)
    for (const { letter, score } of ofKind(round, 'good'))
      if (score >= junkFrom.normal) {
        const name = `${letter.folder}/${letter.name}`;
        times.set(name, (times.get(name) ?? 0) + 1);
      }
  for (const [name, count] of [...times].sort(([, a], [, b]) => b - a)) print(`${count} times ${name}`);
}
