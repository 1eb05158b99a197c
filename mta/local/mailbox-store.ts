// A letter into a Maildir of an account or a catch-all: Return-Path and Delivered-To on top, the quota obeyed, junk put
// aside, a missing Maildir made, and what went wrong as the ProgramResult that vdelivermail would have been
// (spec/vpopmail.md 4). Every error of the system is temporary, also a full disk.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { type Log, quoted } from '../log.ts';
import { describeError, dropFile, errorCode, openFile, readWhole, statFile } from '../maildir/calls.ts';
import { makeMaildir } from '../maildir/create.ts';
import type { MaildirDelivery, MaildirLetter, MaildirResult } from '../maildir/deliver.ts';
import { chooseLetters, type LetterFlags } from '../maildir/letter-flags.ts';
import type { NameSource } from '../maildir/name.ts';
import { makeDeliveredToLine, makeReturnPathLine } from './environment.ts';
import type { JunkDesk, JunkPlace } from './junk.ts';
import type { ProgramResult } from './program.ts';

/** A mailbox to deliver to: an account, or the directory of a catch-all. */
export interface Mailbox {
  readonly directory: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly quota: MaildirLetter['quota'];
  /** For Delivered-To. */
  readonly address: string;
  /** The domain's directory: missing Maildirs are made below it, and texts of the domain are in it. */
  readonly from: string;
  /** Of the account; undefined: it is none. */
  readonly flags: number | undefined;
}

/** The letter as the queue has it. */
export interface QueuedLetter {
  readonly sender: string;
  readonly message: Buffer | undefined;
  /** Read when there is no message in memory. */
  readonly path: string;
  readonly size: number;
}

/** How a letter is stored. */
export interface StoreWishes {
  /** Relative to the home, or absolute. */
  readonly maildir: string;
  readonly quota: MaildirLetter['quota'];
  /** A missing Maildir is made. */
  readonly makes?: boolean | undefined;
  /** What is taken for junk goes to the folder for it. */
  readonly sorts?: boolean | undefined;
  /** Without the lines that deliveries put on top: a message of our own making. */
  readonly isBare?: boolean | undefined;
  /** IMAP flags and keywords. */
  readonly flags?: readonly string[] | undefined;
  /** Stands for the first `skip` bytes of the letter. */
  readonly header?: { readonly bytes: Buffer; readonly skip: number } | undefined;
}

export interface StoreResult extends ProgramResult {
  /** Of the quota. */
  readonly percent?: number | undefined;
  readonly isJunk?: boolean | undefined;
  /** Why it is not stored: its owner has no room. */
  readonly isOverQuota?: boolean | undefined;
}

export interface MailboxStore {
  /** Never rejects. */
  store(letter: QueuedLetter, mailbox: Mailbox, wishes: StoreWishes): Promise<StoreResult>;
  /** Begins the copy of a plain delivery. */
  begin(letter: QueuedLetter, mailbox: Mailbox): void;
  /** A letter for a plain delivery is on its way: makes its file, looks at what will be asked for. Never rejects. */
  foresee(mailbox: Mailbox): Promise<void>;
  /** A text of the domain, or the one for all domains; undefined: there is none. */
  readText(domainDirectory: string, name: string): Promise<string | undefined>;
}

export interface MailboxStoreParts {
  readonly maildirs: MaildirDelivery;
  readonly junk: JunkDesk;
  /** vpopmail's directory, for texts of all domains. */
  readonly vpopmail: string;
  readonly settings: () => { readonly overquotadefer: number };
  readonly names: NameSource;
  readonly log: Log;
}

/** Texts that end up in bounces are short. */
const textLimit = 4096;

export function createMailboxStore(parts: MailboxStoreParts): MailboxStore {
  const { maildirs, names, log } = parts;

  async function store(letter: QueuedLetter, mailbox: Mailbox, wishes: StoreWishes): Promise<StoreResult> {
    const junk = await placeForJunk(letter, mailbox, wishes);
    if (junk) {
      // A folder is there; what a crash has left of its making is made whole.
      const there = { ...wishes, maildir: junk.maildir, makes: true };
      const stored = await deliverMaking(letter, mailbox, there, junk.line);
      if (stored.stored) return { effect: 'continue', output: '', percent: stored.percent, isJunk: true };
      if (stored.reason === 'quota') return explain(mailbox, junk.maildir, stored);
      log(
        `warning: junk goes to the inbox of ${quoted(mailbox.address)}: ${quoted(describeWhole(stored.error))}`,
      );
    }
    const result = await deliverMaking(letter, mailbox, wishes);
    if (result.stored) return { effect: 'continue', output: '', percent: result.percent };
    return explain(mailbox, wishes.maildir, result);
  }

  /** Makes the Maildir or folder where the wishes allow it: not there yet, or half made by somebody who was killed. */
  async function deliverMaking(
    letter: QueuedLetter,
    mailbox: Mailbox,
    wishes: StoreWishes,
    line = '',
  ): Promise<MaildirResult> {
    const result = await deliver(letter, mailbox, wishes, line);
    if (result.stored || !wishes.makes || !['ENOENT', 'EPERM'].includes(errorCode(result.error)))
      return result;
    try {
      const path = join(mailbox.directory, wishes.maildir);
      const folder = wishes.maildir.includes('/.');
      await makeMaildir(path, { owner: mailbox.owner, from: mailbox.from, folder });
    } catch (error) {
      return { stored: false, reason: result.reason, error };
    }
    return deliver(letter, mailbox, wishes, line);
  }

  async function deliver(
    letter: QueuedLetter,
    mailbox: Mailbox,
    wishes: StoreWishes,
    line = '',
  ): Promise<MaildirResult> {
    const chosen = await chooseFlags(mailbox, wishes);
    const result = await maildirs.deliver({
      ...letterOf(letter, mailbox, wishes, line),
      flags: chosen?.letters,
    });
    if (result.stored) await chosen?.note(result.name).catch((error: unknown) => warnOfFlags(mailbox, error));
    return result;
  }

  /** A nicety: a letter is stored without its flags rather than not at all. */
  async function chooseFlags(
    mailbox: Mailbox,
    { maildir, flags = [] }: StoreWishes,
  ): Promise<LetterFlags | undefined> {
    if (flags.length === 0) return undefined;
    try {
      const directory = join(mailbox.directory, maildir);
      return await chooseLetters({ directory, owner: mailbox.owner, names }, flags);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') warnOfFlags(mailbox, error);
      return undefined;
    }
  }

  const warnOfFlags = (mailbox: Mailbox, error: unknown): void =>
    log(`warning: a letter to ${quoted(mailbox.address)} lacks its flags: ${describeError(error)}`);

  /** Where it goes instead; a line of a .qmail that names another Maildir rules. */
  async function placeForJunk(
    { message, path }: QueuedLetter,
    mailbox: Mailbox,
    { maildir, sorts }: StoreWishes,
  ): Promise<JunkPlace | undefined> {
    const { directory, owner, flags } = mailbox;
    if (!sorts || flags === undefined || !isOwnMaildir(mailbox, maildir)) return undefined;
    return parts.junk.choosePlace({ directory, owner, flags, message, path });
  }

  async function explain(
    mailbox: Mailbox,
    maildir: string,
    result: MaildirResult & { readonly stored: false },
  ): Promise<StoreResult> {
    if (result.reason === 'quota') {
      const output = (await readText(mailbox.from, '.over-quota.msg')) ?? 'user is over quota\n\n';
      const effect = parts.settings().overquotadefer === 1 ? 'temporary' : 'permanent';
      return { effect, output, isOverQuota: true };
    }
    log(
      `warning: cannot deliver to ${quoted(join(mailbox.directory, maildir))}: ${quoted(describeWhole(result.error))}`,
    );
    return { effect: 'temporary', output: `system error: ${describeError(result.error)}` };
  }

  async function readText(domainDirectory: string, name: string): Promise<string | undefined> {
    for (const directory of [domainDirectory, join(parts.vpopmail, 'domains')]) {
      try {
        const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
        const descriptor = await openFile(join(directory, name), flags);
        try {
          if (!(await statFile(descriptor)).isFile()) continue;
          return (await readWhole(descriptor, textLimit)).toString('utf8').replace(/\0.*/s, '');
        } finally {
          dropFile(descriptor);
        }
      } catch (error) {
        // The text is not worth a delay; the words we have say the same.
        if (errorCode(error) !== 'ENOENT') {
          log(`warning: cannot read ${quoted(join(directory, name))}: ${describeError(error)}`);
        }
      }
    }
    return undefined;
  }

  return {
    store,
    readText,
    begin(letter, mailbox) {
      maildirs.begin(letterOf(letter, mailbox, { maildir: 'Maildir', quota: mailbox.quota }));
    },
    foresee({ directory, owner }) {
      maildirs.foresee({ home: directory, maildir: 'Maildir', owner });
      return parts.junk.prepare(directory, owner);
    },
  };
}

function letterOf(
  letter: QueuedLetter,
  mailbox: Mailbox,
  { maildir, quota, header, isBare }: StoreWishes,
  line = '',
): MaildirLetter {
  const { message, path, size } = letter;
  const lines = isBare ? '' : makeReturnPathLine(letter.sender) + makeDeliveredToLine(mailbox.address) + line;
  const top = Buffer.from(lines, 'utf8');
  return {
    home: mailbox.directory,
    maildir,
    owner: mailbox.owner,
    prefix: header ? Buffer.concat([top, header.bytes]) : top,
    message: header ? message?.subarray(header.skip) : message,
    path,
    size,
    skip: header?.skip,
    quota,
  };
}

/** Is this the mailbox's own Maildir? */
export const isOwnMaildir = (mailbox: Mailbox, path: string): boolean =>
  path === 'Maildir' ||
  join(mailbox.directory, path.startsWith('/') ? '' : path).replace(/\/$/, '') ===
    join(mailbox.directory, 'Maildir') ||
  path.replace(/\/+$/, '') === join(mailbox.directory, 'Maildir');

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
