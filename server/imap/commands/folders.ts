// Making, removing and naming folders, and subscribing to them: CREATE (with RFC 6154 USE), DELETE, RENAME, SUBSCRIBE,
// UNSUBSCRIBE (RFC 9051 6.3.4 to 6.3.8). Names are checked here as a client's, and by the mailbox as a Maildir's.
import { isShared } from '../../mailbox/shared-mailbox.ts';
import { type Answer, defineCommand, missingMailbox, no, ok } from '../command.ts';
import { refuseName, separator } from '../names.ts';

const cannot = (words: string): Answer => no(words, 'CANNOT');
const impossible = (): Answer => cannot('This cannot be the name of a mailbox');

/** RFC 6154 2 and RFC 8457. */
const specialUses = ['\\Archive', '\\Drafts', '\\Flagged', '\\Important', '\\Junk', '\\Sent', '\\Trash'];

const create = defineCommand({
  name: 'CREATE',
  state: 'authenticated',
  parse: (cursor) => {
    const name = cursor.argument();
    let uses: string[] = [];
    if (cursor.take(' ')) {
      cursor.open();
      cursor.expect('USE');
      cursor.space();
      uses = cursor.flags();
      cursor.close();
    }
    cursor.end();
    return { name, uses };
  },
  run: async (session, { name, uses }) => {
    // RFC 9051 6.3.4: a separator at the end says that folders will be made below.
    const folder = session.folderOf(name.endsWith(separator) ? name.slice(0, -1) : name);
    if (folder === undefined) return impossible();
    if (folder === 'INBOX') return no('There is an INBOX always', 'ALREADYEXISTS');
    const refusal = refuseName(folder);
    if (refusal !== undefined) return cannot(asciiOnly(refusal));
    const known = uses.map((use) => specialUses.find((one) => one.toLowerCase() === use.toLowerCase()));
    // RFC 6154 3
    if (known.length > 1 || known.includes(undefined))
      return no('A folder has one use of the known', 'USEATTR');
    if (known.length > 0 && isShared(folder)) return no('A use is a matter of your own mailboxes', 'USEATTR');
    await session.uids.createFolder(folder, known[0]);
    session.foldersChanged();
    const made = await session.uids.status(folder);
    return ok('Created', made && `MAILBOXID (${made.mailboxId})`);
  },
});

const remove = defineCommand({
  name: 'DELETE',
  state: 'authenticated',
  parse: (cursor) => cursor.onlyArgument(),
  run: async (session, name) => {
    const folder = session.folderOf(name);
    if (folder === undefined) return missingMailbox();
    if (folder === 'INBOX') return cannot('INBOX cannot be deleted');
    if (session.selected?.model.folder === folder) {
      session.unselect();
      session.out.text('* OK [CLOSED] The mailbox is closed\r\n');
    }
    await session.uids.removeFolder(folder);
    session.signedIn.changed(folder);
    session.foldersChanged();
    return ok('Deleted');
  },
});

const rename = defineCommand({
  name: 'RENAME',
  state: 'authenticated',
  parse: (cursor) => {
    const from = cursor.argument();
    const to = cursor.argument();
    cursor.end();
    return { from, to };
  },
  run: async (session, names) => {
    const from = session.folderOf(names.from);
    const to = session.folderOf(names.to);
    if (from === undefined) return missingMailbox();
    if (to === undefined) return impossible();
    if (to === 'INBOX') return no('There is an INBOX always', 'ALREADYEXISTS');
    const refusal = refuseName(to);
    if (refusal !== undefined) return cannot(asciiOnly(refusal));
    if (to.startsWith(`${from}${separator}`)) return cannot('A mailbox cannot move below itself');
    await session.uids.renameFolder(from, to);
    // RFC 9051 6.3.6: the messages of INBOX move, INBOX stays.
    if (from === 'INBOX') session.signedIn.changed(from);
    else session.signedIn.renamed(from, to);
    session.foldersChanged();
    return ok('Renamed');
  },
});

const subscribing = (name: 'SUBSCRIBE' | 'UNSUBSCRIBE', isSubscribed: boolean) =>
  defineCommand({
    name,
    state: 'authenticated',
    parse: (cursor) => cursor.onlyArgument(),
    run: async (session, mailbox) => {
      const folder = session.folderOf(mailbox);
      if (folder === undefined) return impossible();
      const refusal = folder === 'INBOX' ? undefined : refuseName(folder);
      if (refusal !== undefined && isSubscribed) return cannot(asciiOnly(refusal));
      await session.uids.setSubscribed(folder, isSubscribed);
      session.foldersChanged();
      return ok(isSubscribed ? 'Subscribed' : 'Unsubscribed');
    },
  });

const asciiOnly = (words: string): string => words.replace(/[^\x20-\x7e]/g, '?');

export const folderCommands = [
  create,
  remove,
  rename,
  subscribing('SUBSCRIBE', true),
  subscribing('UNSUBSCRIBE', false),
];
