// ezmlm-tstdig: is it time for a digest (ezmlm-tstdig(1))? After so many hours, posts or kilobytes since the last one: DIR/digtime,
// digcount, digsize, or -t, -m, -k; 48 hours, 30 posts, 64 kB unless told, 0 for never. 0: yes, 99: no. In the list's own .qmail
// file DIR/tstdig keeps a second digest from being started while one is made.
import { join } from 'node:path';
import { openList } from '../list.ts';
import { withListLock } from '../lock.ts';
import { readNumbers, writeNumbers } from '../numbers.ts';
import type { ListAnswer, ListProgram } from '../program.ts';
import { readProgramWords } from '../program-options.ts';

export const usage = 'ezmlm-tstdig: usage: ezmlm-tstdig [-k kbytes] [-m messages] [-t hours] dir';

/** Seconds that a digest has to be made. */
const MAKING = 3600;

const yes: ListAnswer = { status: 0, output: '' };
const no: ListAnswer = { status: 99, output: '' };

/** What a digest waits for; 0: not for that. */
export interface DigestLimits {
  readonly hours: number;
  readonly posts: number;
  readonly kilobytes: number;
}

/** @param num, dignum numbers of these files @param now seconds */
export function isDigestDue(
  limits: DigestLimits,
  num: readonly [posts: number, size: number, ...unknown[]],
  dignum: readonly [posts: number, size: number, time: number],
  now: number,
): boolean {
  const { hours, posts, kilobytes } = limits;
  return (
    (hours > 0 && dignum[2] + hours * 3600 <= now) ||
    // Sizes are counted in units of 256 bytes.
    (kilobytes > 0 && dignum[1] + kilobytes * 4 <= num[1]) ||
    (posts > 0 && dignum[0] + posts <= num[0])
  );
}

export const ezmlmTstdig: ListProgram = async (call) => {
  const { options, directory } = readProgramWords(call, 'k:m:t:', usage);
  const list = await openList(directory, { etc: call.etc });
  const { LOCAL: local, DEFAULT: words = '' } = call.env;
  const num = await readNumbers(directory, 'num');
  if (num === undefined) return no;
  // In the manager's file: what is none of ours is not kept from the other lines.
  if (local && words !== '' && (!/^dig/i.test(words) || /^digest-/i.test(words))) return yes;
  const limit = async (letter: string, file: string, usual: number): Promise<number> => {
    const given = options.findLast((option) => option.letter === letter)?.value ?? (await list.line(file));
    const digits = /^\d{1,9}/.exec(given ?? '')?.[0];
    return digits === undefined ? usual : Number(digits);
  };
  const limits = {
    hours: await limit('t', 'digtime', 48),
    posts: await limit('m', 'digcount', 30),
    kilobytes: await limit('k', 'digsize', 64),
  };
  const dignum = (await readNumbers(directory, 'dignum')) ?? ([0, 0, 0] as const);
  if (!isDigestDue(limits, num, dignum, call.now)) return no;
  if (!local || words !== '') return yes;
  return withListLock(join(directory, 'lock'), async () => {
    const [begun = 0] = (await readNumbers(directory, 'tstdig')) ?? [];
    if (begun + MAKING >= call.now && begun > dignum[2]) return no;
    await writeNumbers(directory, 'tstdig', [call.now]);
    return yes;
  });
};
