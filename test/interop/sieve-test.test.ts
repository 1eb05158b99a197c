// The same scripts on the same letters say the same in Pigeonhole (Debian's dovecot-sieve) and here: which tests hold, what
// variables become, which actions follow. Where the two differ on purpose is said in support/sieve-differences.ts, by classes.
// FACTEUR_SIEVE=long: over 300 letters; FACTEUR_CORPUS=DIR: over the letters (*.eml) of that directory too.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compileScript } from '../../mta/sieve/compile.ts';
import { runScript } from '../../mta/sieve/run.ts';
import {
  SIEVE_LETTER_BYTES,
  type SieveAction,
  type SieveEnvironment,
  type SieveResult,
} from '../../mta/sieve/types.ts';
import { Pigeonhole, whyNoPigeonhole } from '../support/pigeonhole.ts';
import { unexplained } from '../support/sieve-differences.ts';
import { makeLetters } from '../support/sieve-letters.ts';
import { scriptOf, type Theme, themes } from '../support/sieve-questions.ts';

const isLong = process.env.FACTEUR_SIEVE === 'long';
const corpus = process.env.FACTEUR_CORPUS;

const environment: SieveEnvironment = {
  envelopeFrom: 'alice@example.org',
  envelopeTo: 'bob+lists@example.com',
  items: {},
  spam: { score: 0, percent: 0 },
  virus: 0,
  now: new Date(),
  zone: 'UTC',
  mailbox: {
    exists: async () => false,
    findSpecialUse: async () => undefined,
    isDuplicate: async () => false,
  },
  findScript: async () => undefined,
};

/** What sieve-test says it would do, one line an action; how it stores comes last in each. */
function readOutcome(output: string): string[] {
  const lines: string[] = [];
  let message: string[] | undefined;
  for (const line of output.replaceAll('\r\n', '\n').split('\n')) {
    if (message !== undefined) {
      if (line === 'END MESSAGE') {
        lines.push(`text ${message.join('\n').trim()}`);
        message = undefined;
      } else message.push(line);
    } else if (line === 'START MESSAGE') message = [];
    else if (line.startsWith(' * ')) lines.push(readAction(line.slice(3)));
    else if (line.includes('+ add IMAP flags:')) {
      const flags = line
        .replace(/.*flags:/, '')
        .trim()
        .toLowerCase()
        .split(/\s+/);
      lines[lines.length - 1] += ` ${flags.sort().join(' ')}`;
    }
  }
  return lines.sort();
}

function readAction(line: string): string {
  const [, folder] = /^store message in folder: (.*)$/.exec(line) ?? [];
  if (folder !== undefined) return `store ${folder}`;
  const [, address] = /^redirect message to: <(.*)>$/.exec(line) ?? [];
  if (address !== undefined) return `redirect ${address}`;
  if (line.startsWith('send vacation message')) return 'vacation';
  if (line.startsWith('reject')) return 'reject';
  return line.startsWith('discard') ? 'discard' : line;
}

/** The same lines of what we say. */
function writeOutcome({ actions, error }: SieveResult): string[] {
  if (error !== undefined) return [`error ${error.message}`];
  return actions.flatMap(writeAction).sort();
}

function writeAction(action: SieveAction): string[] {
  const flags = 'flags' in action ? [...action.flags].map((flag) => flag.toLowerCase()).sort() : [];
  const suffix = flags.length > 0 ? ` ${flags.join(' ')}` : '';
  switch (action.type) {
    case 'keep':
      return [`store INBOX${suffix}`];
    case 'fileinto':
      return [`store ${action.mailbox}${suffix}`];
    case 'redirect':
      return [`redirect ${action.address}`];
    case 'vacation':
      return ['vacation', `text ${action.reason.replaceAll('\r\n', '\n').trim()}`];
    case 'reject':
      return ['reject'];
    default:
      return [action.type];
  }
}

/** Their letters, named. */
interface Named {
  readonly name: string;
  readonly bytes: Buffer;
}

async function readLetters(): Promise<Named[]> {
  const letters = makeLetters(5228, isLong ? 300 : 40).map((bytes, i) => ({ name: `letter ${i}`, bytes }));
  if (corpus === undefined) return letters;
  for (const name of (await readdir(corpus)).filter((name) => name.endsWith('.eml')).sort()) {
    const text = (await readFile(join(corpus, name))).toString('latin1').replaceAll('\r\n', '\n');
    // Of longer ones we look at the first bytes only.
    if (text.length <= SIEVE_LETTER_BYTES) letters.push({ name, bytes: Buffer.from(text, 'latin1') });
  }
  return letters;
}

async function askThem(
  pigeonhole: Pigeonhole,
  theme: Theme,
  letters: readonly Named[],
): Promise<readonly (string | undefined)[]> {
  if (theme.isOfEnvelope !== true) return pigeonhole.askAll(scriptOf(theme));
  const answers: string[] = [];
  for (const { bytes } of letters.slice(0, 3))
    answers.push(
      await pigeonhole.askOne(scriptOf(theme), bytes, environment.envelopeFrom, environment.envelopeTo),
    );
  return answers;
}

test('Pigeonhole and we say the same of the same letters', {
  skip: whyNoPigeonhole,
  timeout: 600_000,
}, async (t) => {
  const letters = await readLetters();
  const pigeonhole = await Pigeonhole.open(letters.map(({ bytes }) => bytes));
  after(() => pigeonhole.close());
  const used = new Map<string, number>();
  for (const theme of themes.filter(({ name }) => name.includes(process.env.FACTEUR_SIEVE_THEME ?? '')))
    await t.test(theme.name, async () => {
      const source = scriptOf(theme);
      const { script, faults } = compileScript(Buffer.from(source), { name: theme.name });
      assert.ok(script, JSON.stringify(faults));
      const differences: string[] = [];
      for (const [i, answer] of (await askThem(pigeonhole, theme, letters)).entries()) {
        const { name, bytes } = letters[i]!;
        if (answer === undefined) continue;
        const theirs = readOutcome(answer);
        assert.notEqual(theirs.length, 0, `Pigeonhole said nothing of ${name}`);
        const ours = writeOutcome(await runScript(script, { bytes, size: bytes.length }, environment));
        const questions = theme.questions ?? [];
        const left = unexplained({ letter: bytes, script: source, theirs, ours, questions }, used);
        if (left !== undefined) differences.push(`${name}:\n    ${left}`);
      }
      const shown = differences.slice(0, 12).join('\n  ').slice(0, 10_000);
      assert.equal(differences.length, 0, `${differences.length} of ${letters.length}\n  ${shown}`);
    });
  for (const [name, count] of used) t.diagnostic(`${count} times: ${name}`);
});
