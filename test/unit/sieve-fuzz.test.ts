// Scripts and letters made at random from a seed: whatever they are, the check gives a script or faults with places, the run
// gives actions or an error, nothing is thrown, and neither takes long. FACTEUR_SIEVE_FUZZ=SECONDS: longer than a moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileScript } from '../../mta/sieve/compile.ts';
import type { Signature, ValueType } from '../../mta/sieve/language/signature.ts';
import { runScript } from '../../mta/sieve/run.ts';
import { definitions } from '../../mta/sieve/table.ts';
import { SIEVE_CAPABILITIES } from '../../mta/sieve/types.ts';
import { environmentOf, everything } from '../support/sieve.ts';
import { makeChance, makeLetters } from '../support/sieve-letters.ts';

const seconds = Number(process.env.FACTEUR_SIEVE_FUZZ ?? 0.8);
const seed = Number(process.env.FACTEUR_SIEVE_SEED ?? Math.floor(Date.now() / 86_400_000));

const commands = [...definitions.commands.keys()];
const tests = [...definitions.tests.keys()];
const tags = [
  ...new Set(
    [...definitions.commands.values(), ...definitions.tests.values()].flatMap(({ signature }) =>
      (signature.tags ?? []).map(({ name }) => name),
    ),
  ),
];
const strings = [
  '',
  'subject',
  'from',
  'to',
  'content-type',
  '*',
  '*a*?',
  '(a|b)*c',
  'a@b.example',
  'i;octet',
  'i;ascii-numeric',
  'i;ascii-casemap',
  'gt',
  'eq',
  'INBOX',
  '\\\\Seen a',
  '\\\\Junk',
  'mailto:a@b.example',
  `\${1}\${v}`,
  `\${hex:40}\${unicode:ffffff}`,
  'v',
  'year',
  '+0100',
  'x\ny: z',
  'ü😀',
  'text/html',
  '1',
  'NEVER',
  ...SIEVE_CAPABILITIES,
];

/** A script that may be right, and mostly nearly is. */
function makeScript(chance: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const string = (): string => `"${pick(strings)}"`;
  const argument = (): string => {
    const roll = chance();
    if (roll < 0.35) return `:${pick(tags)}`;
    if (roll < 0.75) return string();
    if (roll < 0.9) return `[${string()}, ${string()}]`;
    if (roll < 0.97) return String(Math.floor(chance() * 100));
    return pick(['text:\nx\n.\n', ':', '[]', '9999999999999999999', '"', '5K', '#', '/*', '}', '(']);
  };
  const several = (): string => Array.from({ length: Math.floor(chance() * 5) }, argument).join(' ');
  const valueFor = (type: ValueType): string =>
    type === 'number'
      ? String(Math.floor(chance() * 5))
      : type === 'strings' && chance() < 0.4
        ? `[${string()}, ${string()}]`
        : string();
  /** Arguments as the signature has them, so that most of them get past the check. */
  const fitting = ({ tags: known = [], positional = [] }: Signature): string =>
    [
      ...known
        .filter(() => chance() < 1.5 / known.length)
        .map(({ name, value }) => `:${name}${value === undefined ? '' : ` ${valueFor(value)}`}`),
      ...positional
        .filter(({ isOptional, isOptionalEnd }) => !(isOptional || isOptionalEnd) || chance() < 0.5)
        .map(({ type }) => valueFor(type)),
    ].join(' ');
  const ask = (depth: number): string => {
    const roll = chance();
    if (depth > 3 || roll < 0.25) return `${pick(tests)} ${several()}`;
    if (roll < 0.5) {
      const { name, signature } = pick([...definitions.tests.values()]);
      if (signature.tests === undefined) return `${name} ${fitting(signature)}`;
    }
    if (roll < 0.6) return `not ${ask(depth + 1)}`;
    if (roll < 0.8) return `${pick(['anyof', 'allof'])} (${ask(depth + 1)}, ${ask(depth + 1)})`;
    return pick([
      'header :matches "subject" "*a*"',
      'body :contains "lunch"',
      'address :regex :domain ["from", "to"] "[a-z]+\\\\.(org|com)"',
      'date :zone "+0100" "date" "year" "2026"',
      'header :mime :anychild :subtype "content-type" "html"',
    ]);
  };
  const command = (depth: number): string => {
    const roll = chance();
    if (roll < 0.3 && depth < 4) return `if ${ask(0)} { ${block(depth + 1)} } else { ${block(depth + 1)} }`;
    if (roll < 0.4 && depth < 4) return `foreverypart { ${block(depth + 1)} }`;
    if (roll < 0.5) return `${pick(commands)} ${several()};`;
    if (roll < 0.7) {
      const { name, signature } = pick([...definitions.commands.values()]);
      if (signature.tests === undefined) return `${name} ${fitting(signature)};`;
    }
    return pick([
      'keep;',
      'fileinto :copy "A";',
      'addflag "\\\\Seen";',
      `set :upper "v" "\${1}x\${v}";`,
      `addheader "X-A" "\${v}";`,
      'deleteheader :matches "subject" "*";',
      'stop;',
      'extracttext "v";',
      'include :optional "other";',
      'redirect "a@b.example";',
      'vacation "x";',
    ]);
  };
  const block = (depth: number): string =>
    Array.from({ length: Math.floor(chance() * 4) }, () => command(depth)).join('\n');
  const script = `${everything}\n${Array.from({ length: 1 + Math.floor(chance() * 6) }, () => command(0)).join('\n')}`;
  if (chance() < 0.8) return script;
  // Something falls out, comes in twice, or is changed.
  const at = everything.length + Math.floor(chance() * (script.length - everything.length));
  const end = at + Math.floor(chance() * 10);
  return (
    script.slice(0, at) +
    pick(['', script.slice(at, end).repeat(2), '\0', '\ud83d', '"', '{', ')']) +
    script.slice(end)
  );
}

/** A letter, or one with bytes changed. */
function spoil(letter: Buffer, chance: () => number): Buffer {
  const bytes = Buffer.from(letter);
  if (chance() < 0.5) return bytes;
  for (let i = 0; i < 1 + chance() * 20; i++) {
    const at = Math.floor(chance() * bytes.length);
    bytes[at] = Math.floor(chance() * 256);
  }
  return bytes.subarray(0, Math.floor(chance() * 1.2 * bytes.length));
}

test(`scripts and letters at random (seed ${seed})`, async () => {
  const letters = makeLetters(seed, 100);
  const until = performance.now() + seconds * 1000;
  let [round, runs] = [0, 0];
  while (performance.now() < until) {
    const number = seed * 1_000_003 + round++;
    const chance = makeChance(number);
    const text = makeScript(chance);
    const about = `script ${number}:\n${text}`;
    const { script, faults } = compileScript(Buffer.from(text), { name: 'main' });
    assert.ok(script !== undefined || faults.length > 0, about);
    for (const { line, column, message } of faults)
      assert.ok(line >= 1 && column >= 1 && message.length > 0 && message.length < 1200, about);
    if (script === undefined) continue;
    runs++;
    const bytes = spoil(letters[round % letters.length]!, chance);
    const { actions, error, headers } = await runScript(
      script,
      { bytes, size: bytes.length + Math.floor(chance() * 2) * 1000 },
      environmentOf({ scripts: { other: `${everything} set "v" "other"; return;` } }),
    ).catch((thrown: unknown) => assert.fail(`${String(thrown)}\n${about}`));
    if (error === undefined) assert.ok(actions.length > 0, about);
    else assert.ok(error.line >= 1 && error.message !== '' && actions.length === 0, about);
    for (const action of actions)
      if ('edits' in action && action.edits > 0) assert.ok(headers[action.edits], about);
  }
  assert.ok(round > 20 && runs > 2, `${round} scripts, ${runs} of them run`);
});

test('bytes at random are no script, and say why', () => {
  const chance = makeChance(seed);
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(
      Array.from({ length: 1 + Math.floor(chance() * 200) }, () => Math.floor(chance() * 256)),
    );
    const { script, faults } = compileScript(bytes, { name: '' });
    assert.ok(script !== undefined || faults.length > 0);
  }
});
