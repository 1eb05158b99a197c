// Names of folders as people type them (webmail.md O1): a slash parts levels, a dot cannot be in a name because Maildir++
// parts levels with it. Gives the name that the mailbox knows, or what is wrong with it, as a key of words. Pure.
import { encodeFolderName, isValidFolderName } from '../../../mta/maildir/folder-name.ts';
import type { WordKey } from '../words/words.ts';

export type ReadName = { readonly name: string } | { readonly fault: WordKey };

/** Bytes of a directory name, in either spelling. */
const mostBytes = 255;

/** Reads a name typed for a folder in `parent`, a Maildir++ name or '' for none. */
export function readFolderName(typed: string, parent: string): ReadName {
  const levels = typed
    .normalize('NFC')
    .split('/')
    .map((level) => level.trim());
  if (levels.some((level) => level === '')) return { fault: 'folders.nameEmpty' };
  if (levels.some((level) => level.includes('.'))) return { fault: 'folders.nameDot' };
  const name = [...(parent === '' ? [] : [parent]), ...levels].join('.');
  if (/[\0-\x1f\x7f\u0080-\u009f\u2028\u2029]/.test(name)) return { fault: 'folders.nameControl' };
  if (/[%*]/.test(name)) return { fault: 'folders.nameWild' };
  if (/^inbox(?:\.|$)/i.test(name)) return { fault: 'folders.nameInbox' };
  if (/^(?:cur|new|tmp)$/.test(name)) return { fault: 'folders.nameReserved' };
  const spellings = [encodeFolderName(name), encodeFolderName(name, 'utf-7')];
  if (spellings.some((spelling) => Buffer.byteLength(spelling) > mostBytes))
    return { fault: 'folders.nameLong' };
  return isValidFolderName(name) === undefined ? { name } : { fault: 'folders.nameBad' };
}

/** The part of a name that is its own, and the folder it lies in ('' for none). */
export function splitFolderName(name: string): { readonly last: string; readonly parent: string } {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? { last: name, parent: '' } : { last: name.slice(dot + 1), parent: name.slice(0, dot) };
}

/** A folder and the folders it lies in, outermost first: `A`, `A.B`, `A.B.C`. */
export const lineOf = (name: string): readonly string[] =>
  name.split('.').map((_level, index, levels) => levels.slice(0, index + 1).join('.'));
