// The files of a robot or a vacation: a directory with autorespond's message and its log of whom it answered, A<pid>.<time>
// (spec/qmailadmin.md 2.3, 2.7, 4.1). Only files that are a robot's are ever removed, one by one, and the directory when
// nothing else is in it: qmailadmin keeps the robot `a` in DOM/A, where a hundred mailboxes may live as well. A directory
// outside of the domain's is not touched and not read.
import { rmdir, unlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { isMissing } from '../../control/cached-file.ts';
import { errorCode } from '../../maildir/calls.ts';
import { Refusal } from '../administration.ts';
import type { Owner } from '../durable.ts';
import { makeDirectory, syncDirectory } from '../durable.ts';
import { isThere, listNames, readKeptFile, storeKeptFile } from '../kept-files.ts';
import type { Domain } from '../types.ts';
import type { StoredAlias } from './alias-files.ts';
import { decodeLine, type RobotLine } from './dot-qmail-lines.ts';
import { MAX_MESSAGE, type ReplyText, readReplyText } from './reply-text.ts';
import { versionOf } from './site.ts';

/** Bytes of a message file that is read: the words, and a header. */
const MAX_FILE = MAX_MESSAGE + 16_384;

export const robotLineOf = (alias: Pick<StoredAlias, 'lines'>): RobotLine | undefined => {
  for (const line of alias.lines) if (line.kind === 'robot') return line.robot;
  return undefined;
};

/** A path of a line, when it lies below `base`. Undefined: elsewhere. */
export function pathBelow(base: string, latin1: string): string | undefined {
  const path = decodeLine(latin1);
  return path?.startsWith(`${base}/`) && normalize(path) === path ? path.replace(/\/$/, '') : undefined;
}

/** The message file as it is, as latin1; undefined: missing, elsewhere, or no file. */
export async function readMessageFile(base: string, latin1: string): Promise<string | undefined> {
  const path = pathBelow(base, latin1);
  const found = path === undefined ? undefined : await readKeptFile(path, MAX_FILE);
  return found?.kind === 'file' ? found.text : undefined;
}

/** The words of a robot, and the version of robot and words together. */
export async function readRobotText(
  domain: Domain,
  alias: StoredAlias,
): Promise<{ readonly text: ReplyText; readonly version: string; readonly file: string | undefined }> {
  const line = robotLineOf(alias);
  const file = line && (await readMessageFile(domain.directory, line.message));
  return {
    text: file === undefined ? { subject: '', message: '' } : readReplyText(file),
    version: versionOf(alias.version, file),
    file,
  };
}

/** Writes the message file, making its directory when it is missing. `path` lies below the domain's directory. */
export async function storeMessageFile(path: string, text: string, owner: Owner): Promise<void> {
  await makeReplyDirectory(dirname(path), owner);
  await storeKeptFile(path, text, owner);
}

/** qmailadmin: 0700. One that is there stays as it is. */
export async function makeReplyDirectory(path: string, owner: Owner): Promise<void> {
  try {
    await makeDirectory(path, 0o700, owner);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * The directory for a new robot: qmailadmin's DOM/NAME in capitals, where no mailbox can be, or DOM/.robot-NAME when that
 * is taken, one letter long (a hash directory), or without any letter (perhaps a mailbox one day).
 */
export async function chooseRobotDirectory(domain: Domain, name: string): Promise<string> {
  const upper = name.toUpperCase();
  const classic = join(domain.directory, upper);
  if (upper.length > 1 && /[A-Z]/.test(upper) && !(await isThere(classic))) return classic;
  const other = join(domain.directory, `.robot-${name}`);
  // What a removed robot has left behind is its own again.
  const names = await listNames(other);
  if (names.every(isReplyFile)) return other;
  throw new Refusal('name', 'directory', `${other} is there and holds something else`);
}

const isReplyFile = (name: string): boolean =>
  /^(?:message|facteur-rules|facteur-contacts)(?:\.tmp)?$|^message\.txt$|^A\d+\.\d+$/.test(name);

/** Removes what a robot has in a directory below `base`, and the directory when it is empty then. */
export async function removeReplyFiles(base: string, latin1: string): Promise<void> {
  const directory = pathBelow(base, latin1);
  if (directory === undefined) return;
  for (const name of await listNames(directory)) {
    if (!isReplyFile(name)) continue;
    await unlink(join(directory, name)).catch((error: unknown) => {
      if (!isMissing(error) && !['EISDIR', 'EPERM'].includes(errorCode(error))) throw error;
    });
  }
  await rmdir(directory).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(errorCode(error))) throw error;
  });
}

export async function removeRobotFiles(domain: Domain, alias: StoredAlias): Promise<void> {
  const line = robotLineOf(alias);
  if (line !== undefined) await removeReplyFiles(domain.directory, line.directory);
}
