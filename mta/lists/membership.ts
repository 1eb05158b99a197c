// ezmlm-issubn and ezmlm-checksub: is the sender in one of these sets of addresses? Conditions in .qmail lines of lists
// (ezmlm-issubn(1), ezmlm-checksub(1)). Nobody is told who is in a set: the answer is an exit status.
import { basename, dirname, join } from 'node:path';
import { isPresent } from './files.ts';
import { type MailingList, openList } from './list.ts';
import { readMessage } from './messages.ts';
import { type ListAnswer, type ListCall, type ListProgram, requireEnv } from './program.ts';
import { lastOf, type ProgramWords, readProgramWords } from './program-options.ts';
import { unwrapSender } from './sender.ts';
import { findSubscriber } from './subscribers.ts';

export const issubnUsage = 'ezmlm-issubn: usage: ezmlm-issubn [-nN] dir [subdir ...]';
export const checksubUsage = 'ezmlm-checksub: usage: ezmlm-checksub [-m message] [-nN] dir [subdir ...]';

interface Asked {
  readonly list: MailingList;
  readonly isMember: boolean;
  /** -n: the other way round. */
  readonly isTurned: boolean;
  readonly words: ProgramWords;
}

async function askSets(
  call: ListCall,
  {
    usage,
    spec,
    setsOf,
  }: { usage: string; spec: string; setsOf: (rest: readonly string[]) => readonly string[] },
): Promise<Asked> {
  const sender = unwrapSender(requireEnv(call, 'SENDER'));
  const words = readProgramWords(call, spec, usage);
  let { directory } = words;
  let sets = setsOf(words.rest);
  // Lines of ezmlm-idx 0.4x name a set where the list is to be: `ezmlm-issubn -n '/dir/deny'`.
  if (!(await isPresent(join(directory, 'key'))) && (await isPresent(join(directory, '..', 'key')))) {
    sets = [basename(directory), ...sets.filter((set) => set !== '.')];
    directory = dirname(directory);
  }
  const list = await openList(directory, { etc: call.etc });
  let isMember = false;
  for (const set of sets) isMember ||= (await findSubscriber(directory, set, sender)) !== undefined;
  return { list, isMember, isTurned: lastOf(words.options, 'nN') === 'n', words };
}

/** 0: a member, 99: none; with -n the other way round. */
export const issubn: ListProgram = async (call) => {
  const { isMember, isTurned } = await askSets(call, {
    usage: issubnUsage,
    spec: 'nN',
    // Where all are named by their paths, the list itself is the first of them.
    setsOf: (rest) => (rest.every((set) => set.startsWith('/')) ? ['.', ...rest] : rest),
  });
  return { status: isMember === isTurned ? 99 : 0, output: '' };
};

/** 0: go on. 100: only members may post; with -n: members of the set may not, and are told so. */
export const checksub: ListProgram = async (call): Promise<ListAnswer> => {
  const { list, isMember, isTurned, words } = await askSets(call, {
    usage: checksubUsage,
    spec: 'm:nN',
    setsOf: (rest) => (rest.length === 0 ? ['.'] : rest),
  });
  if (isMember !== isTurned) return { status: 0, output: '' };
  const own = words.options.findLast(({ letter }) => letter === 'm')?.value;
  const text = own ?? (await readMessage(list, isTurned ? 'TXT_REJECT_POSTS' : 'TXT_ONLY_SUBSCRIBERS'));
  return { status: 100, output: `${text}\n` };
};
