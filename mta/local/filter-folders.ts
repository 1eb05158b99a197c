// The folders that mail filters name: looked up in the account's Maildir, and made where a script says `:create`.
import { join } from 'node:path';
import { errorCode } from '../maildir/calls.ts';
import { makeMaildir } from '../maildir/create.ts';
import { decodeFolderName } from '../maildir/folder-name.ts';
import {
  type FolderPlace,
  findFolder,
  findFolderOfUse,
  makeFolder,
  normalizeFolderName,
} from '../maildir/folders.ts';
import type { NameSource } from '../maildir/name.ts';
import { cleanSpecialUse } from '../maildir/special-folders.ts';
import type { Mailbox } from './mailbox-store.ts';

/** A folder as a script names it. */
export interface NamedFolder {
  readonly mailbox: string;
  readonly create: boolean;
  readonly specialUse: string | undefined;
}

export interface FilterFolders {
  /** RFC 5490. Never rejects. */
  exists(mailbox: Mailbox, name: string): Promise<boolean>;
  /** RFC 8579: the name of the folder with that use. Never rejects. */
  findSpecialUse(mailbox: Mailbox, use: string): Promise<string | undefined>;
  /** Its Maildir, relative to the home. Undefined: there is none, and it may not be made. Rejects with system errors. */
  findPlace(mailbox: Mailbox, folder: NamedFolder): Promise<string | undefined>;
}

export function createFilterFolders(names: NameSource): FilterFolders {
  const placeOf = ({ directory, owner }: Mailbox): FolderPlace => ({
    maildir: join(directory, 'Maildir'),
    owner,
    names,
  });

  async function ofUse(mailbox: Mailbox, use: string): Promise<string | undefined> {
    const known = cleanSpecialUse(use);
    return known === undefined ? undefined : findFolderOfUse(placeOf(mailbox), known).catch(ignoreMissing);
  }

  return {
    async exists(mailbox, name) {
      const plain = normalizeFolderName(name);
      if (plain === undefined) return false;
      if (plain === '') return true;
      return (await findFolder(placeOf(mailbox), plain).catch(() => undefined)) !== undefined;
    },
    async findSpecialUse(mailbox, use) {
      const entry = await ofUse(mailbox, use).catch(() => undefined);
      return entry === undefined ? undefined : decodeFolderName(entry).replaceAll('.', '/');
    },
    async findPlace(mailbox, { mailbox: name, create, specialUse }) {
      // RFC 8579 4: the name counts only where no folder has the use.
      const special = specialUse === undefined ? undefined : await ofUse(mailbox, specialUse);
      if (special !== undefined) return `Maildir/${special}`;
      const plain = normalizeFolderName(name);
      if (plain === undefined) return undefined;
      if (plain === '') return 'Maildir';
      const place = placeOf(mailbox);
      const entry = await findFolder(place, plain).catch(ignoreMissing);
      if (entry !== undefined) return `Maildir/${entry}`;
      if (!create) return undefined;
      // The first letter of a new account.
      await makeMaildir(place.maildir, { owner: mailbox.owner, from: mailbox.from });
      return `Maildir/${await makeFolder(place, plain)}`;
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
