// What ezmlm-sub and ezmlm-unsub share: their command line, and lines of addresses from standard input, written by
// the thousand: each hash file is then replaced once.
import { lowerAscii } from '../formats/address.ts';
import { ListError } from '../lists/errors.ts';
import { readLines } from '../lists/lines.ts';
import { openList } from '../lists/list.ts';
import { readProgramWords } from '../lists/program-options.ts';
import { changeSubscribers, makeSet, type SubscriberChange } from '../lists/subscribers.ts';
import type { CommandContext } from './command.ts';
import { reportListErrors } from './list-command.ts';
import { asOwnerOf } from './list-programs.ts';
import { readMessage } from './outgoing.ts';

/** Changes that are written at once. */
const BATCH = 1000;

export function changeSet(
  name: string,
  usage: string,
  adds: boolean,
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  return reportListErrors(name, context, async () => {
    const call = { args, env: { PWD: process.cwd() } };
    const { options, directory, rest } = readProgramWords(
      call,
      'Hh:mMS:nNt:',
      usage.split('\n')[0] as string,
    );
    const wordOf = (letter: string): string | undefined =>
      options.findLast((one) => one.letter === letter)?.value;
    const list = await openList(directory, { etc: context.env.EZMLM_ETC });
    const own = lowerAscii(`${list.outlocal}@${list.outhost}`);
    // What has no @ behind the directory is a set.
    const set = rest[0] !== undefined && !rest[0].includes('@') ? rest[0] : '.';
    const words = set === '.' ? rest : rest.slice(1);
    const hash = options.some(({ letter }) => letter === 'H') ? undefined : wordOf('h');
    if (hash !== undefined && !/^\d{1,2}$/.test(hash))
      throw new ListError(100, `-h ${hash}: a hash is a number from 0 to 52`);
    const hasNames = options.findLast(({ letter }) => letter === 'n' || letter === 'N')?.letter === 'n';
    const change = async (changes: readonly SubscriberChange[]): Promise<void> => {
      for (const { address } of changes)
        if (adds && set === '.' && lowerAscii(address) === own)
          throw new ListError(100, `${address}: a list is no subscriber of itself`);
      if (changes.length === 0) return;
      const options = {
        event: wordOf('t') ?? 'manual',
        hashFile: hash === undefined || Number(hash) > 52 ? undefined : Number(hash),
      };
      await asOwnerOf(directory, async () => {
        if (adds) await makeSet(directory, set);
        await changeSubscribers(directory, set, changes, options);
      });
    };
    if (words.length > 0) {
      await change(pairWords(words, adds, hasNames));
      return 0;
    }
    let batch: SubscriberChange[] = [];
    for await (const line of readLines(readMessage(context.stdin))) {
      const one = readChange(line.toString('utf8').replace(/\n$/, ''), adds, hasNames);
      if (one) batch.push(one);
      if (batch.length < BATCH) continue;
      await change(batch);
      batch = [];
    }
    await change(batch);
    return 0;
  });
}

function pairWords(words: readonly string[], adds: boolean, hasNames: boolean): readonly SubscriberChange[] {
  if (!hasNames) return words.map((address) => ({ address, adds }));
  const changes: SubscriberChange[] = [];
  for (let at = 0; at < words.length; at += 2)
    changes.push({ address: words[at] as string, adds, comment: words[at + 1] });
  return changes;
}

/** A line of standard input; undefined: it is empty or a comment. A name follows a blank, tab or comma that no \ is before. */
export function readChange(line: string, adds: boolean, hasNames: boolean): SubscriberChange | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  if (!hasNames) return { address: line, adds };
  const [, address = line, comment] = /^((?:\\.|[^\\ \t,])*)[ \t,](.*)$/s.exec(line) ?? [];
  return { address, adds, comment };
}
