// Notes of removed accounts and domains: one small file each in STATE/removed/, from which the web role knows what it has
// to forget (server/web/state/gone-accounts.ts), whichever program removed them. A note is durable before the removal
// begins and names the home, so a removal that was cut short is told from one that never happened, and an account that was
// made anew under the address from the removed one. A site without a state directory has nothing to forget.
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { Home } from '../home.ts';
import { quoted } from '../log.ts';
import { makeMissingDirectory, type Owner, type RunAsOwner, replaceFile, syncDirectory } from './durable.ts';
import { holderOf } from './holder.ts';

/** What a note says. */
export interface RemovalNote {
  /** name@real-domain, or @real-domain for all of them. */
  readonly removed: string;
  /** `identifyDirectory` of the account's Maildir or of the domain's directory; '' when there was none. */
  readonly place: string;
}

/** Who removes, and how what cannot be noted is told. */
export interface RemovalNotes {
  readonly home: Home;
  /** Does work with the rights of a user. */
  readonly as: RunAsOwner;
  readonly warn: (line: string) => void;
}

export const removalDirectory = (state: string): string => join(state, 'removed');

/** Names of notes; others in the directory are files that are being written. */
export const isNoteName = (name: string): boolean => /^[0-9a-f]{32}$/.test(name);

/** Tells one directory from another of the same name. */
export async function identifyDirectory(path: string): Promise<string> {
  const { ino, birthtimeMs } = await stat(path);
  return `${ino} ${Math.round(birthtimeMs)}`;
}

/** The same; '' when there is none. */
export const identifyIfThere = (path: string): Promise<string> =>
  identifyDirectory(path).catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });

/** Reads a note. @throws SyntaxError when it is none */
export function parseNote(text: string): RemovalNote {
  const { removed, place } = JSON.parse(text) as Record<string, unknown>;
  if (typeof removed !== 'string' || !/^[^@]*@[^@]+$/.test(removed) || typeof place !== 'string')
    throw new SyntaxError('expected the removed address and the place it had');
  return { removed, place };
}

/**
 * Notes that an account or a domain is about to be removed. What cannot be noted is told and stops no removal: the web role
 * then forgets it after 30 days. `owner`: with whose rights its place is looked at.
 * @returns takes the note back; for a removal that did not happen
 */
export async function noteRemoval(
  { home, as, warn }: RemovalNotes,
  removed: string,
  directory: string,
  owner: Owner,
): Promise<() => Promise<void>> {
  try {
    const holder = await holderOf(home.state);
    if (holder === undefined) return async () => undefined;
    const note: RemovalNote = { removed, place: await as(owner, () => identifyIfThere(directory)) };
    const text = `${JSON.stringify(note)}\n`;
    const notes = removalDirectory(home.state);
    // Of its own for each home: an account that was made and removed again since is another one.
    const path = join(notes, createHash('sha256').update(text).digest('hex').slice(0, 32));
    await as(holder, async () => {
      await makeMissingDirectory(notes, 0o700, holder);
      await replaceFile(path, text, 0o600);
    });
    return () =>
      as(holder, async () => {
        await rm(path, { force: true });
        await syncDirectory(notes);
      });
  } catch (error) {
    warn(
      `warning: what the webmail keeps of ${quoted(removed)} stays until it is gone for 30 days: ${quoted(String(error))}`,
    );
    return async () => undefined;
  }
}

/** Notes the removal of an account and does it. `isThere`: is the account still there, after a removal that failed? */
export async function removeNoted<T>(
  notes: RemovalNotes,
  address: string,
  account: { readonly directory: string; readonly owner: Owner; readonly isThere: () => Promise<boolean> },
  remove: () => Promise<T>,
): Promise<T> {
  const maildir = join(account.directory, 'Maildir');
  const takeBack = await noteRemoval(notes, address, maildir, account.owner);
  try {
    return await remove();
  } catch (error) {
    // Nobody knows: the note stays, and a home that is the same then says that nothing was removed.
    const isThere = await account.isThere().catch(() => false);
    if (isThere) await takeBack();
    throw error;
  }
}
