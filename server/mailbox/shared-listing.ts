// Which folders of an account others may see, read from Courier's lists in the directories alone: a LIST over many
// accounts opens none of their indexes. Only for finding them; what is done with a folder goes through its mailbox.

import { readdir } from 'node:fs/promises';
import { type AclEntry, computeRights, parseAcl } from '../../mta/maildir/acl.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { decodeFolderName } from '../../mta/maildir/folder-name.ts';
import { readPrivateFile } from '../../mta/maildir/private-file.ts';
import { forEachWide, lstatExact } from './context.ts';

export const aclFileName = 'courierimapacl';
/** Bytes. */
export const largestAcl = 256 * 1024;
/** Lists that are read at once. */
const width = 16;

export interface SharedList {
  /** `INBOX`, `Projects.Alpha` */
  readonly folder: string;
  readonly entries: readonly AclEntry[];
}

/** Does a list let anybody but the owner and the administrators see the folder? */
const letsOthersSee = (entries: readonly AclEntry[]): boolean =>
  entries.some(({ identifier, rights }) => /^(anyone|user=|group=)/.test(identifier) && rights.includes('l'));

/**
 * The lists that let others in; a folder without a list lets nobody in. Undefined: there is no such Maildir.
 * Rejects with other system errors.
 */
export async function readSharedLists(maildir: string): Promise<readonly SharedList[] | undefined> {
  const stats = await lstatExact(maildir);
  if (!stats?.isDirectory()) return undefined;
  const owner = { uid: Number(stats.uid), gid: Number(stats.gid) };
  const names = await readdir(maildir, { encoding: 'buffer' }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const found: SharedList[] = [];
  const directories = names.filter((name) => name.length > 1 && name[0] === 0x2e && name[1] !== 0x2e);
  await forEachWide([Buffer.alloc(0), ...directories], width, async (name) => {
    const folder = name.length === 0 ? 'INBOX' : decodeFolderName(name);
    // Bytes that are no UTF-8 have no name to be addressed by.
    if (folder.includes('\ufffd')) return;
    const path = name.length === 0 ? maildir : `${maildir}/${name.toString('utf8')}`;
    const file = await readPrivateFile(`${path}/${aclFileName}`, owner, largestAcl);
    if (file === undefined) return;
    const entries = parseAcl(file.content);
    if (letsOthersSee(entries) && (await lstatExact(`${path}/cur`))?.isDirectory())
      found.push({ folder, entries });
  });
  return found;
}

/**
 * What an account may do in a folder of another. Names of users without a domain are of the owner's, as Courier's
 * default domain has it; their case counts as little as in a login.
 */
export function rightsOf(entries: readonly AclEntry[], login: string, ownerDomain: string): string {
  const complete = entries.map(({ identifier, rights }) => {
    if (!/^-?user=/.test(identifier)) return { identifier, rights };
    const lower = identifier.toLowerCase();
    return { identifier: lower.includes('@') ? lower : `${lower}@${ownerDomain}`, rights };
  });
  return computeRights(complete, { login, isOwner: false, groups: [] });
}
