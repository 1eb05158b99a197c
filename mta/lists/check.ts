// ezmlm-check: what a list is, and what is wrong with its directory (ezmlm-check(1)). Reads only. Lines that begin with `???`
// are errors, with `!!!` warnings, as ezmlm's.
import { access, constants, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../maildir/calls.ts';
import { ListError } from './errors.ts';
import { isPresent, readListFile } from './files.ts';
import { flagLetters } from './flags.ts';
import { openList, usesDatabase } from './list.ts';
import { readLinkTarget, readOldOptions } from './make.ts';
import { countSubscribers, readSubscribers } from './subscribers.ts';

/** Links that ezmlm-make makes: what is behind DOT, and the file in DIR. */
const links: readonly (readonly [string, string])[] = [
  ['', 'editor'],
  ['-owner', 'owner'],
  ['-return-default', 'bouncer'],
  ['-default', 'manager'],
];

/** The report, line by line. @throws ListError 100: no such list */
export async function* checkList(
  directory: string,
  { etc, showsSubscribers }: { readonly etc?: string | undefined; readonly showsSubscribers: boolean },
): AsyncGenerator<string> {
  const list = await openList(directory, { etc });
  yield `Mailing list ${list.outlocal}@${list.outhost} in ${directory}`;
  const { uid } = await stat(directory);
  yield `... it belongs to the user with the id ${uid}`;
  if (uid === 0) yield '??? ERROR: it belongs to root, and nobody delivers as root';
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) yield `??? ERROR: ${path} leads nowhere`;
    else if (stats.uid !== uid) yield `??? ERROR: ${path} belongs to the user ${stats.uid}`;
  }
  for (const name of ['lock', 'lockbounce']) {
    const problem = await access(join(directory, name), constants.W_OK).then(
      () => undefined,
      (error: unknown) => errorCode(error),
    );
    if (problem === 'ENOENT')
      yield `!!! Warning: ${directory}/${name} is missing; it is made when it is needed`;
    else if (problem !== undefined) yield `??? ERROR: ${directory}/${name} cannot be written to`;
  }
  const options = await readOldOptions(directory);
  for (const { letter, file, meaning } of flagLetters)
    if (await list.isSet(file)) yield `... -${letter}: ${meaning}`;
  yield* checkLinks(directory, options.dot);
  for (const name of ['editor', 'manager', 'bouncer']) {
    const text = await readListFile(join(directory, name));
    if (text === undefined) yield `??? ERROR: ${directory}/${name} does not exist`;
    else
      yield* [
        `${directory}/${name}:`,
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => `    ${line}`),
      ];
  }
  yield* checkModerators(directory);
  if (await usesDatabase(directory)) {
    yield '!!! Warning: the subscribers are in a database; only ezmlm itself reads them';
    return;
  }
  for (const set of ['.', 'digest', 'allow', 'deny', 'mod']) {
    const count = await countSubscribers(directory, set);
    yield `... ${set === '.' ? 'subscribers' : set}: ${count}`;
    if (showsSubscribers)
      for await (const addresses of readSubscribers(directory, set))
        for (const address of addresses) yield `    ${address}`;
  }
}

async function* checkLinks(directory: string, dot: string): AsyncGenerator<string> {
  if (dot === '') {
    yield `!!! Warning: ${directory}/dot does not say which .qmail files lead here`;
    return;
  }
  for (const [suffix, file] of links) {
    const path = `${dot}${suffix}`;
    const target = await readLinkTarget(path);
    if (target === join(directory, file)) continue;
    if (target !== undefined) yield `??? ERROR: ${path} leads to ${target}, not to ${directory}/${file}`;
    else if (await isPresent(path)) yield `!!! Warning: ${path} is a file of its own`;
    else yield `??? ERROR: ${path} does not exist`;
  }
  if (!basename(dot).startsWith('.qmail-') && basename(dot) !== '.qmail')
    yield `!!! Warning: ${dot} is no .qmail file`;
  if (!(await isPresent(dirname(dot)))) yield `??? ERROR: ${dirname(dot)} does not exist`;
}

async function* checkModerators(directory: string): AsyncGenerator<string> {
  for (const file of ['modsub', 'remote', 'modpost']) {
    const text = await readListFile(join(directory, file));
    if (text === undefined) continue;
    const set = text.split('\n', 1)[0]?.trim() || 'mod';
    try {
      if ((await countSubscribers(directory, set)) === 0)
        yield `??? ERROR: ${file}: there are no moderators in ${set}`;
    } catch (error) {
      if (!(error instanceof ListError)) throw error;
      yield `??? ERROR: ${file}: ${error.message}`;
    }
  }
}
