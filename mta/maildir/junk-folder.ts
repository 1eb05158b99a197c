// The folder for junk of a Maildir: the one that a client named so (RFC 6154, our file `facteur-special-use`), else one
// of the names that programs use, else `Junk`, made and subscribed to at first need. Deliveries ask here; the mailbox
// of webmail and IMAP has the same names and the same file (server/mailbox/roles.ts, special-use.ts).
import { join } from 'node:path';
import { readNames, statName } from './calls.ts';
import { makeMaildir } from './create.ts';
import { decodeFolderName } from './folder-name.ts';
import type { NameSource } from './name.ts';
import { type FileOwner, readPrivateFile, replacePrivateFile } from './private-file.ts';
import { formatCourierSubscriptions, parseCourierSubscriptions } from './subscriptions.ts';

/** Names that play the role, the one we make first. */
export const junkNames: readonly string[] = ['Junk', 'Spam', 'Junk E-mail', 'Junk Email', 'Bulk Mail'];

/** Uses of folders that clients gave: one line a folder, use and directory parted by a TAB. */
export const specialUseFile = 'facteur-special-use';

const largest = 4 * 1_048_576;

/**
 * The name of the directory in a Maildir that junk goes to; made when there is none. Rejects with system errors.
 * @param maildir an absolute path
 */
export async function findJunkFolder(
  maildir: string,
  owner: FileOwner | undefined,
  names: NameSource,
): Promise<string> {
  const entries = (await readNames(maildir)).filter((name) => /^\.[^.]/.test(name));
  const told = await readPrivateFile(join(maildir, specialUseFile), owner, largest);
  const named = told && /^\\Junk\t(\.[^\n/]{1,254})$/im.exec(told.content.toString('utf8'))?.[1];
  if (named !== undefined && entries.includes(named) && (await isFolder(maildir, named))) return named;
  const byName = new Map(entries.map((entry) => [decodeFolderName(entry).normalize('NFC'), entry]));
  const lower = new Map([...byName].map(([name, entry]) => [name.toLowerCase(), entry]));
  for (const table of [byName, lower])
    for (const name of junkNames) {
      const entry = table.get(table === lower ? name.toLowerCase() : name);
      if (entry !== undefined && (await isFolder(maildir, entry))) return entry;
    }
  const made = `.${junkNames[0]}`;
  await makeMaildir(join(maildir, made), { folder: true, owner });
  await subscribe(maildir, owner, names);
  return made;
}

/** No symbolic link: it could lead elsewhere. */
const isFolder = async (maildir: string, entry: string): Promise<boolean> =>
  (await statName(join(maildir, entry)).catch(() => undefined))?.isDirectory() ?? false;

/** Who subscribed to nothing sees all folders; another's list of names gets one more. */
async function subscribe(maildir: string, owner: FileOwner | undefined, names: NameSource): Promise<void> {
  const file = await readPrivateFile(join(maildir, 'courierimapsubscribed'), owner, largest);
  const before = file && parseCourierSubscriptions(file.content);
  const junk = junkNames[0]!;
  if (!before || before.folders.length === 0 || before.folders.includes(junk)) return;
  const after = { ...before, folders: [...before.folders, junk] };
  await replacePrivateFile(
    maildir,
    'courierimapsubscribed',
    formatCourierSubscriptions(after, 'utf-8'),
    owner,
    names,
  );
}
