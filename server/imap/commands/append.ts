// Storing messages: APPEND (RFC 9051 6.3.12 with RFC 3502, 4315, 4469, 7889, 9755) and REPLACE (RFC 8508). A message goes
// from the wire into the mailbox as it comes; OK is said when it is durable.
import { AppendInput, AppendRefusal } from '../append-input.ts';
import { type Answer, bad, type Call, defineCommand, missingMailbox, no, ok } from '../command.ts';
import { type Cursor, SyntaxFault } from '../cursor.ts';
import { openImapUrl } from '../imap-url.ts';
import { ClientGone } from '../reader.ts';
import type { Session } from '../session.ts';
import { formatSet, type SequenceSet } from '../sets.ts';
import { appendLimit } from '../settings.ts';
import { noSuchNumber } from './fetch.ts';

interface AppendArguments {
  readonly folder: string | undefined;
  /** Behind the name. */
  readonly cursor: Cursor;
}

const append = defineCommand({
  name: 'APPEND',
  state: 'authenticated',
  takesMessage: true,
  parse: (cursor, _call, session): AppendArguments => {
    cursor.space();
    const folder = session.folderOf(cursor.astring());
    return { folder, cursor };
  },
  run: async (session, given, call) => {
    const stored = await storeMessages(session, given, call, true);
    return 'status' in stored ? stored : ok('Stored', stored.code);
  },
});

/** Reads the messages into the folder. Gives the APPENDUID, or the answer that says why not. */
async function storeMessages(
  session: Session,
  { folder, cursor }: AppendArguments,
  { message }: Call,
  mayBeMany: boolean,
): Promise<{ readonly code: string; readonly folder: string } | Answer> {
  const input = new AppendInput({
    reader: session.reader,
    cursor,
    message,
    limit: appendLimit(session.server.settings()),
    openUrl: (url) => openImapUrl(session, url),
  });
  try {
    if (folder === undefined) return await give(session, input, missingMailbox());
    const { uidValidity, uids } = await session.uids.append(folder, input.messages(mayBeMany));
    session.signedIn.changed(folder);
    return { code: `APPENDUID ${uidValidity} ${formatSet(uids)}`, folder };
  } catch (error) {
    if (error instanceof ClientGone) throw error;
    if (error instanceof AppendRefusal) return give(session, input, error.answer);
    if (error instanceof SyntaxFault) return give(session, input, bad(error.message));
    if (!(await input.drop())) session.bye('The message is too large to be skipped');
    throw error;
  }
}

async function give(session: Session, input: AppendInput, answer: Answer): Promise<Answer> {
  if (!(await input.drop())) session.bye('The message is too large to be skipped');
  return answer;
}

/** RFC 8508: a message is put in the place of another, which goes when the new one is stored. */
const replace = defineCommand({
  name: 'REPLACE',
  state: 'selected',
  uid: 'also',
  takesMessage: true,
  parse: (cursor, _call, session): AppendArguments & { readonly set: SequenceSet } => {
    cursor.space();
    const set = cursor.sequenceSet();
    cursor.space();
    const folder = session.folderOf(cursor.astring());
    return { set, folder, cursor };
  },
  run: async (session, given, call) => {
    const { folder: selected, uids, reader } = session;
    const drop = (answer: Answer): Answer => {
      if (!reader.dropRest(call.message)) session.bye('The message is too large to be skipped');
      return answer;
    };
    if (selected.isReadOnly) return drop(no('The mailbox is open for reading only', 'READ-ONLY'));
    const old = selected.resolve(given.set, call.isUid);
    if (old === undefined) return drop(noSuchNumber());
    if (old.length !== 1) return drop(no('One message is replaced', call.isUid ? 'NONEXISTENT' : undefined));
    const stored = await storeMessages(session, given, call, false);
    if ('status' in stored) return stored;
    // RFC 8508 3.2: told before the old one leaves.
    session.out.text(`* OK [${stored.code}] Replacement message stored\r\n`);
    const { folder } = selected.model;
    await uids.store(folder, Array.from(old), { mode: 'add', flags: 'T', keywords: [] });
    await uids.expunge(folder, Array.from(old));
    session.signedIn.changed(folder);
    return ok('Replaced');
  },
});

export const appendCommands = [append, replace];
