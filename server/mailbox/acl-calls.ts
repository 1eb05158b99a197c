// Rights on the folders of an account (RFC 4314), in the file that Courier keeps in each (mta/maildir/acl.ts), inside the
// index worker. Who may look at or change a list is the asker's to know; that the owner of a mailbox keeps all rights in
// it is seen to here.
import {
  type AclEntry,
  computeRights,
  defaultAcl,
  formatAcl,
  parseAcl,
  refuseAcl,
} from '../../mta/maildir/acl.ts';
import { readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { type AccountContext, folderPath } from './context.ts';
import { requireFolder } from './folder-changes.ts';

const fileName = 'courierimapacl';
/** Bytes. */
const largest = 256 * 1024;

const owner = { login: '', isOwner: true, groups: [] };
const allRights = 'aceilrstwx';

export interface AclCalls {
  aclRead(folder: string): Promise<readonly AclEntry[]>;
  /** `rights` undefined: the entry goes. Gives why not, in plain words; undefined: it is done. */
  aclChange(folder: string, identifier: string, rights: string | undefined): Promise<string | undefined>;
}

export function createAclCalls(context: AccountContext): AclCalls {
  const read = async (path: string): Promise<readonly AclEntry[]> => {
    const file = await readPrivateFile(`${path}/${fileName}`, context, largest);
    return file === undefined ? defaultAcl : parseAcl(file.content);
  };
  return {
    aclRead: async (name) => read(folderPath(context, await requireFolder(context, name))),
    aclChange: (name, identifier, rights) =>
      context.exclusive(async () => {
        const path = folderPath(context, await requireFolder(context, name));
        const before = await read(path);
        const others = before.filter((entry) => entry.identifier !== identifier);
        const entries = rights === undefined || rights === '' ? others : [...others, { identifier, rights }];
        const refusal = refuseAcl(entries);
        if (refusal !== undefined) return refusal;
        if (computeRights(entries, owner) !== allRights) return 'The owner of a folder keeps all rights.';
        await replacePrivateFile(path, fileName, formatAcl(entries), context, context.names);
        return undefined;
      }),
  };
}
