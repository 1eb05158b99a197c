// vdelivermail: delivery to an account of a virtual domain, in this process (spec/vpopmail.md 4).
// Order: loop, alias in the site's table, account, locked account, the account's own .qmail, its Maildir with quota; without an account the
// instruction of .qmail-default. What is junk goes to the account's folder for it (junk.ts). The exit code that qmail-local would have seen becomes a ProgramResult.
// Differences that are meant: every error of the system is temporary, also a full disk (EDQUOT); forwards of one
// .qmail go out last and together, so that a failing line does not repeat them; no symbolic link is followed.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { type Account, AccountFlag, type DeliveryAccounts, type TableAlias } from '../accounts/types.ts';
import type { DeliveryDsn, ExpectedLetter } from '../delivery.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import {
  describeError,
  dropFile,
  errorCode,
  openFile,
  readWhole,
  shareCalls,
  statFile,
  statPath,
} from '../maildir/calls.ts';
import { makeMaildir } from '../maildir/create.ts';
import type { MaildirDelivery, MaildirLetter, MaildirResult } from '../maildir/deliver.ts';
import type { Outcome } from '../outcome.ts';
import type { Programs } from '../programs.ts';
import { type Instruction, parseDotQmail } from './dot-qmail.ts';
import type { DotQmailReader } from './dot-qmail-files.ts';
import {
  type LocalDelivery,
  makeDeliveredToLine,
  makeEnvironment,
  makeReturnPathLine,
} from './environment.ts';
import { forwardMessage } from './forward.ts';
import { forwardWishes } from './forward-wishes.ts';
import type { JunkDesk, JunkPlace } from './junk.ts';
import { hasLineInAnyCase } from './loop.ts';
import { type ProgramResult, runProgram } from './program.ts';
import type { QuotaWarner } from './quota-warning.ts';
import type { RobotDesk } from './robot-line.ts';
import type { CatchAll } from './vdelivermail-line.ts';

/** One call of vdelivermail by qmail-local. */
export interface VdelivermailRequest {
  /** The delivery as qmail-local made it: home is the domain's directory, ext the local part. */
  readonly delivery: LocalDelivery;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly instruction: CatchAll;
  /** Delivered-To lines of the message. */
  readonly deliveredTo: readonly string[];
  readonly message: Buffer | undefined;
  readonly path: string;
  /** Makes that file when the message has none yet. */
  readonly file?: (() => Promise<string>) | undefined;
  readonly size: number;
  readonly dsn?: DeliveryDsn | undefined;
  /** Variables of all programs. */
  readonly siteVariables: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
}

export interface VdelivermailParts {
  readonly accounts: DeliveryAccounts;
  readonly injector: Injector;
  readonly maildirs: MaildirDelivery;
  readonly dotQmail: DotQmailReader;
  readonly programs: Programs;
  readonly robots: RobotDesk;
  readonly quotaWarner: QuotaWarner;
  readonly junk: JunkDesk;
  /** vpopmail's directory, for texts of all domains. */
  readonly vpopmail: string;
  readonly settings: () => { readonly overquotadefer: number };
  /** How old a look at the account files may be, in milliseconds. */
  readonly trustMs?: number | undefined;
  readonly log: Log;
}

export interface Vdelivermail {
  run(request: VdelivermailRequest): Promise<ProgramResult>;
  /** Looks up what a delivery to this address is about to ask for, and begins the copy for the account's Maildir. */
  prepare(address: string, letter: ExpectedLetter, from: string): Promise<void>;
}

const done = (output = ''): ProgramResult => ({ effect: 'continue', output });
const bounce = (output: string): ProgramResult => ({ effect: 'permanent', output });
const defer = (output: string): ProgramResult => ({ effect: 'temporary', output });

const noMailbox = 'Sorry, no mailbox here by that name. (#5.1.1)';
/** Texts that end up in bounces are short. */
const textLimit = 4096;

/** A mailbox to deliver to: an account, or the directory of a catch-all. */
interface Mailbox {
  readonly directory: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly quota: MaildirLetter['quota'];
  /** For Delivered-To. */
  readonly address: string;
  /** Missing Maildirs are made below this. */
  readonly from: string;
  /** Of the account; undefined: it is none. */
  readonly flags: number | undefined;
}

export function createVdelivermail(parts: VdelivermailParts): Vdelivermail {
  const { accounts, log, maildirs, trustMs } = parts;
  const statDirectory = shareCalls(statPath, trustMs);

  async function run(request: VdelivermailRequest): Promise<ProgramResult> {
    const { delivery, instruction } = request;
    const wanted = `${delivery.ext}@${delivery.host}`;
    if (hasLineInAnyCase(request.deliveredTo, makeDeliveredToLine(wanted))) return bounce('mail is looping');
    let alias: TableAlias | undefined;
    let account: Account | undefined;
    try {
      alias = await accounts.findAlias(wanted, trustMs);
      // vpopmail: the alias beats the account.
      account = alias === undefined ? await accounts.findAccount(wanted, trustMs) : undefined;
    } catch (error) {
      log(`warning: cannot look up account ${quoted(wanted)}: ${quoted((error as Error).message)}`);
      return defer('Unable to look up the account. (#4.3.0)');
    }
    if (alias) return deliverAlias(request, wanted, alias);
    if (!account) return deliverUnknown(request, wanted);
    if (account.flags & AccountFlag.bounceMail) {
      return bounce(`vdelivermail: account is locked email bounced ${wanted}`);
    }
    if (
      account.address !== wanted &&
      hasLineInAnyCase(request.deliveredTo, makeDeliveredToLine(account.address))
    ) {
      return bounce('mail is looping');
    }
    return deliverToMailbox(request, instruction, mailboxOf(account, delivery.home));
  }

  /** Each row is a line of its own; what an empty one would mean in a file is no business of the table's. */
  function deliverAlias(
    request: VdelivermailRequest,
    wanted: string,
    alias: TableAlias,
  ): Promise<ProgramResult> {
    const { delivery, owner } = request;
    const rows = alias.lines.map((line) => line.trim()).filter((line) => line !== '');
    return deliverLines(
      { ...request, delivery: { ...delivery, default: alias.default } },
      {
        directory: delivery.home,
        owner,
        quota: 'file',
        address: wanted,
        from: delivery.home,
        flags: undefined,
      },
      rows.flatMap((line) => parseDotQmail(line, false)),
    );
  }

  async function deliverUnknown(request: VdelivermailRequest, wanted: string): Promise<ProgramResult> {
    const { delivery, instruction } = request;
    switch (instruction.type) {
      case 'delete':
        return done();
      case 'bounce':
        return bounce((await readText(request, '.no-user.msg')) ?? noMailbox);
      case 'forward':
        return forward(request, wanted, [instruction.address], true);
      case 'directory': {
        const result = await deliverToMailbox(request, instruction, {
          directory: instruction.path,
          owner: request.owner,
          quota: 'file',
          address: wanted,
          from: delivery.home,
          flags: undefined,
        });
        const words = `user does not exist, but will deliver to ${instruction.path}/\n`;
        return { effect: result.effect, output: words + result.output };
      }
    }
  }

  async function deliverToMailbox(
    request: VdelivermailRequest,
    instruction: CatchAll,
    mailbox: Mailbox,
  ): Promise<ProgramResult> {
    try {
      const stats = await statDirectory(mailbox.directory);
      // maildir-imap 1.1: a sticky home is being edited.
      if (stats.mode & 0o1000) {
        return defer('Home directory is sticky: user is editing his .qmail file. (#4.2.1)');
      }
      const found = await parts.dotQmail.find(mailbox.directory, stats, mailbox.owner, '', '');
      if (found && 'code' in found) return defer(found.text);
      // Any line rules, also a comment; only an empty file leaves the mail to the Maildir.
      if (found?.default === undefined && found && !found.file.isEmpty) {
        return await deliverLines(request, mailbox, found.file.lines);
      }
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) {
        return defer(`system error: ${describeError(error)}`);
      }
    }
    const result = await storeInMaildir(request, mailbox, 'Maildir', mailbox.quota, true);
    if (result.effect === 'continue' && mailbox.quota !== 'none' && (result.percent ?? 0) >= 90) {
      const sent = instruction.type === 'directory' ? undefined : await readText(request, '.quotawarn.msg');
      if (sent !== undefined) await parts.quotaWarner.warn(mailbox, sent);
    }
    return result;
  }

  async function storeInMaildir(
    request: VdelivermailRequest,
    mailbox: Mailbox,
    maildir: string,
    quota: MaildirLetter['quota'],
    make: boolean,
  ): Promise<ProgramResult & { readonly percent?: number | undefined; readonly isJunk?: boolean }> {
    const junk = await placeForJunk(request, mailbox, maildir);
    if (junk) {
      const marked = letterOf(request, mailbox, junk.maildir, quota, junk.line);
      const stored = await maildirs.deliver(marked);
      if (stored.stored) return { ...done(), percent: stored.percent, isJunk: true };
      if (stored.reason === 'quota') return explain(request, mailbox, junk.maildir, stored);
      log(
        `warning: junk goes to the inbox of ${quoted(mailbox.address)}: ${quoted(describeWhole(stored.error))}`,
      );
    }
    const letter = letterOf(request, mailbox, maildir, quota);
    let result = await maildirs.deliver(letter);
    if (!result.stored && result.reason === 'missing' && make && errorCode(result.error) === 'ENOENT') {
      try {
        await makeMaildir(join(mailbox.directory, maildir), { owner: mailbox.owner, from: mailbox.from });
        result = await maildirs.deliver(letter);
      } catch (error) {
        result = { stored: false, reason: 'missing', error };
      }
    }
    if (result.stored) return { effect: 'continue', output: '', percent: result.percent };
    return explain(request, mailbox, maildir, result);
  }

  /** Where it goes instead; a line of a .qmail that names another Maildir rules. */
  async function placeForJunk(
    request: VdelivermailRequest,
    mailbox: Mailbox,
    maildir: string,
  ): Promise<JunkPlace | undefined> {
    const { directory, owner, flags } = mailbox;
    if (flags === undefined || !isOwn(mailbox, maildir)) return undefined;
    return parts.junk.choosePlace({ directory, owner, flags, message: request.message, path: request.path });
  }

  async function explain(
    request: VdelivermailRequest,
    mailbox: Mailbox,
    maildir: string,
    result: MaildirResult & { readonly stored: false },
  ): Promise<ProgramResult> {
    if (result.reason === 'quota') {
      const words = (await readText(request, '.over-quota.msg')) ?? 'user is over quota\n\n';
      return parts.settings().overquotadefer === 1 ? defer(words) : bounce(words);
    }
    const reason = describeError(result.error);
    log(
      `warning: cannot deliver to ${quoted(join(mailbox.directory, maildir))}: ${quoted(describeWhole(result.error))}`,
    );
    return defer(`system error: ${reason}`);
  }

  /** The account's .qmail (spec/vpopmail.md 4.3). */
  async function deliverLines(
    request: VdelivermailRequest,
    mailbox: Mailbox,
    lines: readonly Instruction[],
  ): Promise<ProgramResult> {
    const { delivery } = request;
    const recipients: string[] = [];
    let output = '';
    let isJunk = false;
    for (const line of lines) {
      let result: ProgramResult & { readonly isJunk?: boolean };
      switch (line.type) {
        case 'refuse':
          return defer(output + line.text);
        case 'forward':
          if (line.address !== '') recipients.push(line.address);
          continue;
        case 'mbox':
          return defer(`${output}can't handle mbox delivery for ${line.path}`);
        case 'maildir':
          // Its own Maildir is made when it lacks; a quota there is obeyed.
          result = await storeInMaildir(
            request,
            mailbox,
            line.path,
            quotaOfLine(mailbox, line.path),
            isOwn(mailbox, line.path),
          );
          break;
        case 'program':
          result =
            (await parts.robots.answer(line.command, {
              sender: delivery.sender,
              own: `${delivery.ext}@${delivery.host}`,
              aliases: [mailbox.address],
              home: mailbox.directory,
              owner: mailbox.owner,
              message: request.message,
              path: request.path,
              isJunk,
            })) ??
            (await runProgram(parts.programs, {
              command: line.command,
              directory: mailbox.directory,
              env: { ...makeEnvironment(delivery, request.siteVariables), SHELL: '/bin/sh' },
              path: (await request.file?.()) ?? request.path,
              owner: mailbox.owner,
              timeout: request.timeout,
            }));
      }
      isJunk ||= result.isJunk === true;
      output += result.output;
      if (result.effect === 'stop') break;
      if (result.effect !== 'continue') return { effect: result.effect, output };
    }
    if (recipients.length === 0) return done(output);
    const isOnly = lines.every(({ type }) => type === 'forward');
    const result = await forward(request, mailbox.address, recipients, isOnly);
    return { ...result, output: output + result.output };
  }

  async function forward(
    request: VdelivermailRequest,
    address: string,
    recipients: readonly string[],
    isOnly: boolean,
  ): Promise<ProgramResult> {
    const { dsn, fate } = forwardWishes(request.dsn, { recipients, isOnly, hasNewSender: false });
    const outcome: Outcome = await forwardMessage({
      injector: parts.injector,
      deliveredTo: makeDeliveredToLine(address),
      message: request.message,
      path: request.path,
      size: request.size,
      // The envelope sender survives: vdelivermail hands its Return-Path to qmail-inject.
      sender: request.delivery.sender,
      recipients,
      dsn,
    });
    if (outcome.code === 'K') return { ...done(outcome.text === '' ? '' : `${outcome.text}\n`), fate };
    return outcome.code === 'D' ? bounce(outcome.text) : defer(outcome.text);
  }

  /** A text of the domain, or the one for all domains. */
  async function readText(request: VdelivermailRequest, name: string): Promise<string | undefined> {
    for (const directory of [request.delivery.home, join(parts.vpopmail, 'domains')]) {
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

  async function prepare(address: string, letter: ExpectedLetter, from: string): Promise<void> {
    if (await accounts.findAlias(address, trustMs)) return;
    const account = await accounts.findAccount(address, trustMs);
    if (!account) return;
    const stats = await statDirectory(account.directory);
    const found = await parts.dotQmail.find(account.directory, stats, account, '', '');
    const isPlain = found === undefined && (stats.mode & 0o1000) === 0;
    if (!isPlain || (account.flags & AccountFlag.bounceMail) !== 0) return;
    const { sender, message } = letter;
    if (message === undefined) return;
    const request = { delivery: { sender }, message, path: '', size: message.length };
    const mailbox = mailboxOf(account, from);
    maildirs.begin(letterOf(request, mailbox, 'Maildir', mailbox.quota));
  }

  return { run, prepare };
}

function mailboxOf(account: Account, from: string): Mailbox {
  const { directory, uid, gid, quota, address, flags } = account;
  const isLimited = quota !== '' && !quota.startsWith('NO');
  return {
    directory,
    owner: { uid, gid },
    quota: isLimited ? { limit: quota } : 'none',
    address,
    from,
    flags,
  };
}

function letterOf(
  request: Pick<VdelivermailRequest, 'message' | 'path' | 'size'> & {
    readonly delivery: Pick<VdelivermailRequest['delivery'], 'sender'>;
  },
  mailbox: Mailbox,
  maildir: string,
  quota: MaildirLetter['quota'],
  line = '',
): MaildirLetter {
  const lines = makeReturnPathLine(request.delivery.sender) + makeDeliveredToLine(mailbox.address) + line;
  return {
    home: mailbox.directory,
    maildir,
    owner: mailbox.owner,
    prefix: Buffer.from(lines, 'utf8'),
    message: request.message,
    path: request.path,
    size: request.size,
    quota,
  };
}

const isOwn = (mailbox: Mailbox, path: string): boolean =>
  join(mailbox.directory, path.startsWith('/') ? '' : path).replace(/\/$/, '') ===
    join(mailbox.directory, 'Maildir') || path.replace(/\/+$/, '') === join(mailbox.directory, 'Maildir');

/** The account's limit for its own Maildir; any other has the one of its file. */
const quotaOfLine = (mailbox: Mailbox, path: string): MaildirLetter['quota'] =>
  isOwn(mailbox, path) ? mailbox.quota : 'file';

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
