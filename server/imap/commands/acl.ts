// Rights on folders (RFC 4314): GETACL, SETACL, DELETEACL, LISTRIGHTS, MYRIGHTS. They are kept in Courier's files. On a
// folder of another account all but MYRIGHTS need the right `a`, which the mailbox asks for.
import { isShared } from '../../mailbox/shared-mailbox.ts';
import { type Answer, defineCommand, missingMailbox, no, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { decodeUtf8, encodeUtf8, quote } from '../names.ts';
import {
  formatIdentifier,
  formatRights,
  fullRights,
  grantable,
  parseIdentifier,
  parseRights,
} from '../rights.ts';
import type { Session } from '../session.ts';

const noIdentifier = (): Answer => no('This names nobody', 'CANNOT');

/** Mailbox and identifier. */
function parseBoth(cursor: Cursor): { readonly name: string; readonly identifier: string } {
  return { name: cursor.argument(), identifier: cursor.argument() };
}

/** The owner of the folder is called by the name of the account. */
async function identifierOf(session: Session, folder: string, written: string): Promise<string | undefined> {
  const text = decodeUtf8(written);
  return text === undefined ? undefined : parseIdentifier(text, await session.uids.ownerOf(folder));
}

const getAcl = defineCommand({
  name: 'GETACL',
  state: 'authenticated',
  parse: (cursor) => cursor.onlyArgument(),
  run: async (session, name) => {
    const folder = session.folderOf(name);
    if (folder === undefined) return missingMailbox();
    const entries = await session.uids.readAcl(folder);
    const self = await session.uids.ownerOf(folder);
    const text = entries
      .map(
        ({ identifier, rights }) =>
          ` ${quote(encodeUtf8(formatIdentifier(identifier, self)))} ${formatRights(rights)}`,
      )
      .join('');
    session.out.text(`* ACL ${session.nameOf(folder)}${text}\r\n`);
    return ok('These are the rights');
  },
});

const setAcl = defineCommand({
  name: 'SETACL',
  state: 'authenticated',
  parse: (cursor) => {
    const both = parseBoth(cursor);
    const rights = cursor.argument();
    cursor.end();
    return { ...both, rights };
  },
  run: async (session, { name, identifier: written, rights }) => {
    const folder = session.folderOf(name);
    if (folder === undefined) return missingMailbox();
    const identifier = await identifierOf(session, folder, written);
    if (identifier === undefined) return noIdentifier();
    const sign = /^[+-]/.exec(rights)?.[0] ?? '';
    const letters = parseRights(rights.slice(sign.length));
    if (letters === undefined) return { status: 'BAD', text: 'There is no such right' };
    const known = sign === '' ? '' : await rightsOf(session, folder, identifier);
    const wanted =
      sign === '-' ? [...known].filter((letter) => !letters.includes(letter)).join('') : `${known}${letters}`;
    return change(session, folder, identifier, wanted);
  },
});

async function rightsOf(session: Session, folder: string, identifier: string): Promise<string> {
  const entries = await session.uids.readAcl(folder);
  return entries.find((entry) => entry.identifier === identifier)?.rights ?? '';
}

async function change(
  session: Session,
  folder: string,
  identifier: string,
  rights: string | undefined,
): Promise<Answer> {
  const refusal = await session.uids.changeAcl(folder, identifier, rights);
  return refusal === undefined ? ok('Done') : no(refusal, 'CANNOT');
}

const deleteAcl = defineCommand({
  name: 'DELETEACL',
  state: 'authenticated',
  parse: (cursor) => {
    const both = parseBoth(cursor);
    cursor.end();
    return both;
  },
  run: async (session, { name, identifier: written }) => {
    const folder = session.folderOf(name);
    if (folder === undefined) return missingMailbox();
    const identifier = await identifierOf(session, folder, written);
    return identifier === undefined ? noIdentifier() : change(session, folder, identifier, undefined);
  },
});

const listRights = defineCommand({
  name: 'LISTRIGHTS',
  state: 'authenticated',
  parse: (cursor) => {
    const both = parseBoth(cursor);
    cursor.end();
    return both;
  },
  run: async (session, { name, identifier: written }) => {
    const folder = session.folderOf(name);
    if (folder === undefined || (await session.uids.rightsOn(folder)) === undefined) return missingMailbox();
    // Only who may change the rights is told of them.
    await session.uids.readAcl(folder);
    const identifier = await identifierOf(session, folder, written);
    if (identifier === undefined) return noIdentifier();
    // The owner and the administrators have all, always.
    const isFixed = identifier === 'owner' || identifier === 'administrators';
    const rights = isFixed ? fullRights : `"" ${grantable}`;
    session.out.text(`* LISTRIGHTS ${session.nameOf(folder)} ${quote(written)} ${rights}\r\n`);
    return ok('These rights can be given');
  },
});

const myRights = defineCommand({
  name: 'MYRIGHTS',
  state: 'authenticated',
  parse: (cursor) => cursor.onlyArgument(),
  run: async (session, name) => {
    const folder = session.folderOf(name);
    const rights = folder === undefined ? undefined : await session.uids.rightsOn(folder);
    if (folder === undefined || rights === undefined) return missingMailbox();
    if (!isShared(folder) && !(await session.uids.status(folder))) return missingMailbox();
    session.out.text(`* MYRIGHTS ${session.nameOf(folder)} ${formatRights(rights)}\r\n`);
    return ok('These are your rights');
  },
});

export const aclCommands = [getAcl, setAcl, deleteAcl, listRights, myRights];
