// Sieve for tests: a script on a letter, and what came of it in short words.
import assert from 'node:assert/strict';
import { compileScript } from '../../mta/sieve/compile.ts';
import { runScript } from '../../mta/sieve/run.ts';
import {
  SIEVE_CAPABILITIES,
  type SieveAction,
  type SieveEnvironment,
  type SieveResult,
} from '../../mta/sieve/types.ts';

/** A require of all that there is, on one line. */
export const everything = `require [${SIEVE_CAPABILITIES.map((name) => JSON.stringify(name)).join(', ')}];`;

/** RFC 5228 1: a letter of the roadrunner. */
export const coyote = `From: coyote@desert.example.org
To: roadrunner@acme.example.com
Subject: I have a present for you
Date: Tue, 1 Apr 1997 09:06:31 -0800
X-Priority: 007

Look, I'm sorry about the whole anvil thing.
`;

export interface Circumstances extends Partial<SieveEnvironment> {
  readonly letter?: string | Buffer;
  /** Of the whole letter, where it is larger than what is seen. */
  readonly size?: number;
  /** Other scripts by their names. */
  readonly scripts?: Readonly<Record<string, string>>;
}

export function environmentOf({
  letter: _,
  size: __,
  scripts = {},
  ...rest
}: Circumstances): SieveEnvironment {
  return {
    envelopeFrom: 'coyote@desert.example.org',
    envelopeTo: 'roadrunner@acme.example.com',
    items: { domain: 'example.com', name: 'Facteur', location: 'MDA', phase: 'during' },
    spam: { score: 0, percent: 0 },
    virus: 0,
    now: new Date('2026-11-23T09:15:30Z'),
    zone: 'UTC',
    mailbox: {
      exists: async () => false,
      findSpecialUse: async () => undefined,
      isDuplicate: async () => false,
    },
    findScript: async (name) => {
      const text = scripts[name];
      return text === undefined ? undefined : compileScript(Buffer.from(text), { name }).script;
    },
    ...rest,
  };
}

/** Runs a script that has no fault. */
export async function runSieve(text: string, circumstances: Circumstances = {}): Promise<SieveResult> {
  const { script, faults } = compileScript(Buffer.from(text), { name: 'main' });
  assert.ok(script, `the script has no fault: ${JSON.stringify(faults)}\n${text}`);
  const bytes = Buffer.from(circumstances.letter ?? coyote);
  const letter = { bytes, size: circumstances.size ?? bytes.length };
  return runScript(script, letter, environmentOf(circumstances));
}

const words = (flags: readonly string[]): string => (flags.length > 0 ? ` [${flags.join(' ')}]` : '');

function nameOf(action: SieveAction): string {
  switch (action.type) {
    case 'keep':
      return `${action.implicit ? 'implicit ' : ''}keep${words(action.flags)}`;
    case 'fileinto':
      return `fileinto ${action.mailbox}${words(action.flags)}${action.create ? ' create' : ''}${action.specialUse ? ` ${action.specialUse}` : ''}`;
    case 'redirect':
      return `redirect ${action.address}`;
    case 'reject':
      return `${action.early ? 'ereject' : 'reject'} ${action.reason}`;
    case 'vacation':
      return `vacation ${action.seconds} ${action.reason}`;
    case 'notify':
      return `notify ${action.method}`;
    default:
      return action.type;
  }
}

/** What a script does to a letter, in short words; an error of the run instead. */
export async function actionsOf(text: string, circumstances: Circumstances = {}): Promise<string[]> {
  const { actions, error } = await runSieve(text, circumstances);
  return error === undefined ? actions.map(nameOf) : [`error: ${error.message}`];
}

/** Whether a test holds. All capabilities are required; `before`: commands before it. */
export async function holds(test: string, circumstances: Circumstances = {}, before = ''): Promise<boolean> {
  const { actions, error } = await runSieve(`${everything}${before} if ${test} { discard; }`, circumstances);
  assert.equal(error, undefined, `${test}: ${error?.message}`);
  return actions[0]?.type === 'discard';
}

/** The value that a variable has at the end of a script. All capabilities are required. */
export async function variableAfter(
  variable: string,
  commands: string,
  circumstances: Circumstances = {},
): Promise<string | undefined> {
  const tell = `vacation :handle "x" "\${${variable}}";`;
  const { actions, error } = await runSieve(`${everything}${commands} ${tell}`, circumstances);
  assert.equal(error, undefined, `${commands}: ${error?.message}`);
  return actions.flatMap((action) => (action.type === 'vacation' ? [action.reason] : []))[0];
}

/** `line:column message` of each fault of a script. */
export function faultsOf(text: string | Buffer): string[] {
  const { faults } = compileScript(Buffer.from(text), { name: 'main' });
  return faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
}
