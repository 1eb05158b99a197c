// mailbox import: mail of a Maildir, an mbox or another IMAP server copied into an account, with folders, flags, keywords
// and dates. In batches that come whole or not at all; each is written down before and after (import-journal.ts), so
// that the same order, given again, goes on where it was. A message that cannot be read is told and left out.
import type { CommandContext } from '../../mta/commands/command.ts';
import { Fatal } from '../../mta/commands/fatal.ts';
import { quoted } from '../../mta/log.ts';
import { dropCr } from '../mailbox/append.ts';
import type { Mailbox } from '../mailbox/types.ts';
import type { AppendedMessage } from '../mailbox/uid-types.ts';
import type { Arguments } from './command.ts';
import { hashOf, type ImportJournal, openJournal, type Step } from './import-journal.ts';
import { type AccountPlace, createProgress, findAccount, withMailbox } from './open-account.ts';

/** A message at its source. */
export interface Incoming extends AppendedMessage {
  readonly message: Buffer;
  /** The same at each run. */
  readonly id: string;
}

/** A folder of the source, in our names. */
export interface IncomingFolder {
  readonly name: string;
  /** How many, for the progress; undefined: not known. */
  readonly count: number | undefined;
  /** Those that `isDone` knows are not fetched. */
  messages(isDone: (id: string) => boolean): AsyncIterable<Incoming>;
}

export interface ImportSource {
  /** What the journal calls it: without a password. */
  readonly name: string;
  folders(): Promise<readonly IncomingFolder[]>;
  /** Messages that were left out, as lines. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const batchMessages = 100;
const batchBytes = 8 * 1_048_576;

export async function importMail(args: Arguments, context: CommandContext): Promise<number> {
  const place = await findAccount(args.account, context);
  const source = await openSource(args, context);
  try {
    return await withMailbox(place, context, async (mailbox) => {
      const journal = await openJournal(
        context.home.state,
        placeName(place),
        `${source.name}\0${args.folder ?? ''}`,
        mailbox,
      );
      try {
        return await copyIn(mailbox, source, journal, args, context);
      } finally {
        await journal.close();
      }
    });
  } finally {
    await source.close();
  }
}

const placeName = (place: AccountPlace): string => `${place.address}\0${place.maildir}`;

async function openSource(args: Arguments, context: CommandContext): Promise<ImportSource> {
  const text = args.rest[0]!;
  const kind = /^([a-z]+):/.exec(text)?.[1];
  const rest = text.slice((kind?.length ?? 0) + 1);
  if (kind === 'maildir' && rest !== '') return (await import('./import-files.ts')).openMaildirSource(rest);
  if (kind === 'mbox' && rest !== '') return (await import('./import-files.ts')).openMboxSource(rest);
  if (kind === 'imap' || kind === 'imaps') {
    return (await import('./import-imap.ts')).openImapSource(text, args.isInsecure, context);
  }
  throw new Fatal(100, 'SOURCE is maildir:DIR, mbox:FILE, imap://USER@HOST or imaps://USER@HOST');
}

async function copyIn(
  mailbox: Mailbox,
  source: ImportSource,
  journal: ImportJournal,
  args: Arguments,
  context: CommandContext,
): Promise<number> {
  const progress = createProgress(context);
  let count = 0;
  for (const folder of await source.folders()) {
    const target = targetOf(folder.name, args.folder);
    await makeTarget(mailbox, target);
    const batch: Incoming[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      await storeBatch(mailbox, journal, target, batch);
      count += batch.length;
      batch.length = 0;
      bytes = 0;
      progress.show(`${target}: ${count} messages`);
    };
    for await (const message of folder.messages((id) => journal.isDone(id))) {
      if (journal.isDone(message.id)) continue;
      batch.push(message);
      bytes += message.message.length;
      if (batch.length >= batchMessages || bytes >= batchBytes) await flush();
    }
    await flush();
  }
  progress.done();
  for (const fault of source.faults) context.stderr.write(`mailbox: left out: ${quoted(fault)}\n`);
  context.stdout.write(
    `${count} messages imported${source.faults.length > 0 ? `, ${source.faults.length} left out` : ''}\n`,
  );
  return source.faults.length > 0 ? 1 : 0;
}

function targetOf(name: string, below: string | undefined): string {
  if (below === undefined) return name;
  return name === 'INBOX' ? below : `${below}.${name}`;
}

async function makeTarget(mailbox: Mailbox, target: string): Promise<void> {
  if (await mailbox.uids.status(target)) return;
  try {
    await mailbox.uids.createFolder(target);
    await mailbox.uids.setSubscribed(target, true);
  } catch (error) {
    throw new Fatal(100, `unable to make the folder ${JSON.stringify(target)}: ${(error as Error).message}`);
  }
}

async function storeBatch(
  mailbox: Mailbox,
  journal: ImportJournal,
  target: string,
  batch: readonly Incoming[],
): Promise<void> {
  const status = await mailbox.uids.status(target);
  const steps: Step[] = batch.map(({ id, message }) => ({ id, hash: hashOf(asStored(message)) }));
  await journal.begin(target, status?.uidNext ?? 1, steps);
  try {
    await mailbox.uids.append(target, batch);
  } catch (error) {
    if ((error as { refusal?: string }).refusal === 'over quota') {
      throw new Fatal(111, `the mailbox is full; make room and give the same order again`);
    }
    throw error;
  }
  await journal.end(steps);
}

/** The bytes that a message has in the Maildir. */
function asStored(message: Buffer): Buffer {
  const bytes = dropCr(message);
  return bytes.length === 0 || bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}
