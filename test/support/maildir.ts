// Fixture Maildirs for tests and benches: made fast, with the names and flags a test asks for, and a small summariser
// that reads headers and body as plain text, so that mailbox tests do not depend on the message parser.
import { mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Address, ListQuery, Mailbox, Mailboxes, MessageRow } from '../../server/mailbox/types.ts';
import { matchMessage } from '../../server/message/imap/match-text.ts';
import { TextPacker } from '../../server/message/imap/some-texts.ts';
import type { MessageReader, Summary } from '../../server/message/types.ts';
import { readWire, summarise } from '../../server/message/view.ts';

/** A message to be put into a Maildir. */
export interface FixtureMessage {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

export interface Fixture {
  /** A directory of this test alone. */
  readonly root: string;
  readonly maildir: string;
  readonly state: string;
  remove(): Promise<void>;
}

/** An empty Maildir and a state directory in a directory of their own. */
export async function createFixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), 'facteur-mailbox-'));
  const maildir = join(root, 'Maildir');
  await makeFixtureFolder(maildir, '');
  return {
    root,
    maildir,
    state: join(root, 'state'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Makes cur, new and tmp of the Maildir ('') or of a folder directory such as `.Sent`. */
export async function makeFixtureFolder(maildir: string, directory: string): Promise<string> {
  const path = directory === '' ? maildir : join(maildir, directory);
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(path, name), { recursive: true, mode: 0o700 });
  if (directory !== '') await writeFile(join(path, 'maildirfolder'), '');
  return path;
}

/** The bytes of a small message. */
export function composeFixture(message: FixtureMessage): string {
  return [
    `From: ${message.from ?? 'Sender <sender@example.org>'}`,
    `To: ${message.to ?? 'user@example.net'}`,
    `Subject: ${message.subject ?? 'Subject'}`,
    ...(message.headers ?? []),
    '',
    message.body ?? 'Body.',
    '',
  ].join('\n');
}

let counter = 0;

/** A base nobody else of this process makes; `time` is seconds. */
export const fixtureBase = (time: number): string => `${time}.M${++counter}P${process.pid}.test`;

export interface PutOptions extends FixtureMessage {
  readonly folder?: string;
  readonly half?: 'new' | 'cur';
  readonly base?: string;
  readonly flags?: string;
  /** mtime in seconds. */
  readonly time?: number;
}

/** Writes a message file as another program would; gives its base. */
export async function putMessage(maildir: string, options: PutOptions = {}): Promise<string> {
  const time = options.time ?? 1_700_000_000 + counter;
  const base = options.base ?? fixtureBase(time);
  const half = options.half ?? 'cur';
  const name = half === 'new' ? base : `${base}:2,${options.flags ?? ''}`;
  const folder = options.folder ? join(maildir, options.folder) : maildir;
  const temporary = join(folder, 'tmp', base);
  await writeFile(temporary, composeFixture(options), { mode: 0o600 });
  await utimes(temporary, time, time);
  await rename(temporary, join(folder, half, name));
  return base;
}

const words =
  'order invoice meeting report garden bridge letter postman river winter train ticket coffee window paper'.split(
    ' ',
  );

/** Many messages at once, `make` says what each is. Writes in parallel, straight into place. */
export async function fillFolder(
  maildir: string,
  count: number,
  make: (index: number) => PutOptions = defaultMessage,
): Promise<string[]> {
  const bases: string[] = new Array(count);
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const options = make(index);
      const time = options.time ?? 1_700_000_000 + index;
      const base = options.base ?? fixtureBase(time);
      const folder = options.folder ? join(maildir, options.folder) : maildir;
      const half = options.half ?? 'cur';
      const path = join(folder, half, half === 'new' ? base : `${base}:2,${options.flags ?? ''}`);
      await writeFile(path, composeFixture(options), { mode: 0o600 });
      await utimes(path, time, time);
      bases[index] = base;
    }
  };
  await Promise.all(Array.from({ length: 16 }, writer));
  return bases;
}

/** A message that differs by its index in sender, subject, size, flags and words. */
export function defaultMessage(index: number): PutOptions {
  const pick = (n: number): string => words[(index * 7 + n * 3) % words.length]!;
  return {
    from: `Person ${index % 37} <person${index % 37}@example.org>`,
    subject: `${pick(0)} ${pick(1)} ${index}`,
    body: Array.from({ length: 20 + (index % 50) }, (_, n) => pick(n)).join(' '),
    flags: `${index % 5 === 0 ? 'F' : ''}${index % 3 === 0 ? '' : 'S'}`,
    ...(index % 11 === 0 ? { headers: ['X-Attachment: yes'] } : {}),
  };
}

function parseAddresses(text: string): Address[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(.*?)<([^>]*)>$/.exec(part);
      return match ? { name: match[1]!.trim(), address: match[2]! } : { name: '', address: part };
    });
}

/** A summary by plain rules: no MIME, no encodings; `X-Attachment` says that there is one. */
export function summariseText(text: string): Summary {
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const body = end < 0 ? '' : text.slice(end + 2);
  const header = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  const date = Date.parse(header('Date'));
  return {
    subject: header('Subject'),
    from: parseAddresses(header('From')),
    to: parseAddresses(header('To')),
    cc: parseAddresses(header('Cc')),
    replyTo: [],
    sent: Number.isNaN(date) ? undefined : date,
    messageId: header('Message-ID').replace(/[<>]/g, ''),
    inReplyTo: header('In-Reply-To').replace(/[<>]/g, ''),
    references: [],
    preview: body.slice(0, 120).replace(/\s+/g, ' ').trim(),
    hasAttachment: header('X-Attachment') !== '',
    text: body.slice(0, 262_144),
  };
}

/** The summariser of the tests, with what it was asked for. */
export function createTextSummariser(
  readOne: (message: Buffer) => Summary = (message) => summariseText(message.toString('utf8')),
): Pick<MessageReader, 'summarise' | 'wires' | 'texts' | 'matches'> & { readonly asked: string[] } {
  const asked: string[] = [];
  const each = <Result>(
    paths: readonly string[],
    work: (message: Buffer) => Result,
  ): Promise<(Result | undefined)[]> =>
    Promise.all(
      paths.map(async (path) => {
        try {
          return work(await readFile(path));
        } catch {
          return undefined;
        }
      }),
    );
  return {
    asked,
    summarise(paths) {
      asked.push(...paths);
      return each(paths, readOne);
    },
    wires: (paths) => each(paths, (message) => readOne(message).wire ?? readWire(message)),
    async texts(paths, names) {
      const found = await each(paths, (message) => {
        const { sort, ...texts } = readOne(message).wire ?? readWire(message);
        return { size: texts.size, texts: { ...texts, sort: JSON.stringify(sort) } };
      });
      const packer = new TextPacker(names);
      for (const [n, one] of found.entries()) {
        const stats = await stat(paths[n]!, { bigint: true }).catch(() => undefined);
        packer.add(one, { mtime: Number(stats?.mtimeMs ?? 0), ctime: Number(stats?.ctimeMs ?? 0) });
      }
      return packer.pack();
    },
    matches: (paths, keys) => each(paths, (message) => matchMessage(message, keys)),
  };
}

/** What the reader's workers do, in this thread: for tests of what IMAP sends and searches. */
export const createPlainReader = (): ReturnType<typeof createTextSummariser> =>
  createTextSummariser((message) => summarise(message));

/** A fixture with an open mailbox on it; the log lines are kept. */
export async function openFixture(
  options: {
    readonly workers?: number;
    readonly open?: number;
    readonly qmail?: string;
    readonly reader?: ReturnType<typeof createTextSummariser>;
  } = {},
): Promise<{
  readonly fixture: Fixture;
  readonly maildir: string;
  readonly mailboxes: Mailboxes;
  readonly mailbox: Mailbox;
  readonly summariser: ReturnType<typeof createTextSummariser>;
  readonly log: string[];
  /** Closes and opens again, as a restart of the program does; `index` false: the index is deleted in between. */
  restart(keep: { readonly index: boolean }): Promise<{ mailboxes: Mailboxes; mailbox: Mailbox }>;
  close(): Promise<void>;
}> {
  const fixture = await createFixture();
  const summariser = options.reader ?? createTextSummariser();
  const log: string[] = [];
  const start = async (): Promise<{ mailboxes: Mailboxes; mailbox: Mailbox }> => {
    const mailboxes = createMailboxes({
      state: fixture.state,
      reader: summariser,
      log: (line) => log.push(line),
      hostname: 'test.example',
      workers: 1,
      learnAfter: 5,
      ...options,
    });
    const mailbox = await mailboxes.open({ address: 'user@example.net', maildir: fixture.maildir });
    return { mailboxes, mailbox };
  };
  let running = await start();
  return {
    fixture,
    maildir: fixture.maildir,
    ...running,
    summariser,
    log,
    async restart({ index }) {
      await running.mailboxes.close();
      if (!index) await rm(join(fixture.state, 'index'), { recursive: true });
      running = await start();
      return running;
    },
    async close() {
      await running.mailboxes.close();
      await fixture.remove();
    },
  };
}

/** Waits until the index is complete: every message parsed. */
export async function waitForIndex(mailbox: Mailbox, folder: string): Promise<void> {
  for (;;) {
    const page = await mailbox.list({ folder, limit: 1 });
    if (page.progress === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until all folders are as their directories are, and every message is parsed. */
export async function waitForReading(mailbox: Mailbox): Promise<void> {
  for (const until = performance.now() + 60_000; performance.now() < until; ) {
    await mailbox.refresh();
    if ((await mailbox.folders()).every((folder) => folder.pending === undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the index did not become complete');
}

/** All rows of a list, page by page. */
export async function listAll(
  mailbox: Mailbox,
  query: Omit<ListQuery, 'limit'>,
  limit = 50,
): Promise<MessageRow[]> {
  const rows: MessageRow[] = [];
  let after: string | undefined;
  do {
    const page = await mailbox.list({ ...query, limit, after });
    rows.push(...page.rows);
    after = page.older;
  } while (after !== undefined);
  return rows;
}
