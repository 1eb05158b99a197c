// Who is at the other end of run/inject, proved and not claimed. Node cannot ask the kernel for the uid behind a Unix
// socket, so the client leaves a file in run/who and names it: the file's owner is the client's uid. Nobody can list that
// directory, rename or remove what others left there, or make a file that belongs to somebody else; a file of another
// user moved there from elsewhere does not hold its own name. Each proof counts once, for one connection.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  changeMode,
  closeFile,
  dropFile,
  errorCode,
  openFile,
  readNames,
  readWhole,
  statFile,
  statName,
  unlinkFile,
  writeBytes,
} from '../maildir/calls.ts';
import type { Origin } from './types.ts';

/** Mode of the directory: everybody may leave a file, nobody but its owner may look around or clear up. */
export const whoMode = 0o1733;
/** Seconds that a file may lie there before it is read; then nobody will ask for it. */
const freshSeconds = 60;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const namePattern = /^[0-9a-f]{48}$/;
/** `I`, the netstring of a name. */
const prefixLength = 'I48:'.length + 48 + 1;

const whoDirectory = (socket: string): string => join(dirname(socket), 'who');

/**
 * Leaves a proof for the server behind `socket`.
 * @returns what to write first on the connection; nothing where the server does not ask who it is (no run/who)
 */
export async function makeProof(socket: string): Promise<Buffer> {
  const name = randomBytes(24).toString('hex');
  let descriptor: number;
  try {
    descriptor = await openFile(
      join(whoDirectory(socket), name),
      O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW,
      0o644,
    );
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return Buffer.alloc(0);
    throw error;
  }
  try {
    await writeBytes(descriptor, Buffer.from(name));
    // Whatever the umask: the server reads it as another user.
    await changeMode(descriptor, 0o644);
  } finally {
    await closeFile(descriptor);
  }
  return Buffer.from(`I48:${name},`);
}

/** The name of a proof at the start of a connection. */
export type ProofPrefix =
  | { readonly state: 'more' }
  | { readonly state: 'none' }
  | { readonly state: 'named'; readonly name: string; readonly rest: Buffer };

/** Looks at the first bytes of a connection. */
export function readProofPrefix(bytes: Buffer): ProofPrefix {
  if (bytes.length > 0 && bytes[0] !== 0x49) return { state: 'none' };
  if (bytes.length < prefixLength) return { state: 'more' };
  const match = /^I48:([0-9a-f]{48}),$/.exec(bytes.toString('latin1', 0, prefixLength));
  if (!match) return { state: 'none' };
  return { state: 'named', name: match[1] as string, rest: bytes.subarray(prefixLength) };
}

/** The uid that left the proof; undefined when it is none. The proof is used up. */
export async function checkProof(socket: string, name: string): Promise<number | undefined> {
  if (!namePattern.test(name)) return undefined;
  const path = join(whoDirectory(socket), name);
  try {
    // O_NONBLOCK: a FIFO of that name must not hold us.
    const descriptor = await openFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await statFile(descriptor);
      const isFresh = Math.abs(Date.now() - stats.ctimeMs) < freshSeconds * 1000;
      if (!stats.isFile() || stats.nlink !== 1 || !isFresh || stats.size !== name.length) return undefined;
      if ((await readWhole(descriptor, name.length)).toString('latin1') !== name) return undefined;
      return stats.uid;
    } finally {
      dropFile(descriptor);
    }
  } catch {
    return undefined;
  } finally {
    await unlinkFile(path).catch(() => undefined);
  }
}

/** Removes what nobody asked for. */
export async function sweepProofs(socket: string): Promise<void> {
  const directory = whoDirectory(socket);
  for (const name of await readNames(directory)) {
    const path = join(directory, name);
    const stats = await statName(path).catch(() => undefined);
    if (!stats || Date.now() - stats.ctimeMs < freshSeconds * 1000) continue;
    // What a stranger put into a directory of theirs stays theirs: nothing is walked into.
    await (stats.isDirectory() ? rmdir(path) : unlinkFile(path)).catch(() => undefined);
  }
}

/** Which uids may speak for more than themselves. */
export interface InjectRights {
  /** Roles that speak for clients in the network. */
  readonly network: readonly number[];
  /** The role that sends bounces. */
  readonly bounce?: number | undefined;
  /** The uid of the user alias: its letters are `by alias`. */
  readonly alias: number | undefined;
}

/**
 * What a connection of this uid may say of itself. Undefined: it may not.
 * @param claimed what it says; undefined: nothing. `uid N for ORIGIN` is qmail-queue at the end of a filter: that filter may
 *   have changed its user (simscan is setuid), and then the message is its user's, as in qmail, and is not refused
 */
export function allowedOrigin(
  uid: number,
  claimed: string | undefined,
  rights: InjectRights,
): Origin | undefined {
  // qmail-queue: its caller's uid chooses the words.
  const own: Origin =
    uid === rights.alias ? 'alias' : rights.network.includes(uid) ? 'network' : `uid ${uid}`;
  // Who speaks for the network says which of its clients are the site's own.
  if (claimed === 'relay' && own === 'network') return claimed;
  const [, before] = /^uid \d+ for (network|relay|bounce)$/.exec(claimed ?? '') ?? [];
  if (before === 'relay' && own === 'network') return before;
  if (before === 'bounce' && uid === rights.bounce) return before;
  if (before !== undefined) return own;
  return claimed === undefined || claimed === `uid ${uid}` || claimed === own ? own : undefined;
}
