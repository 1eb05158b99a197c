// vdelivermail: delivery to an account of a virtual domain, in this process (spec/vpopmail.md 4).
// Order: loop, alias in the site's table, account, locked account, the account's own .qmail, its Maildir with quota; without an account the
// instruction of .qmail-default. What is junk goes to the account's folder for it (junk.ts). The exit code that qmail-local would have seen becomes a ProgramResult.
// Differences that are meant: every error of the system is temporary, also a full disk (EDQUOT); forwards of one
// .qmail go out last and together, so that a failing line does not repeat them; no symbolic link is followed.
import type { Stats } from 'node:fs';
import { type Account, AccountFlag, type DeliveryAccounts, type TableAlias } from '../accounts/types.ts';
import type { DeliveryDsn, ExpectedLetter } from '../delivery.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { describeError, errorCode } from '../maildir/calls.ts';
import type { MaildirLetter } from '../maildir/deliver.ts';
import type { Outcome } from '../outcome.ts';
import type { Programs } from '../programs.ts';
import { type Instruction, parseDotQmail } from './dot-qmail.ts';
import type { DotQmailReader } from './dot-qmail-files.ts';
import { type LocalDelivery, makeDeliveredToLine, makeEnvironment } from './environment.ts';
import { forwardMessage } from './forward.ts';
import { forwardWishes } from './forward-wishes.ts';
import { hasLineInAnyCase } from './loop.ts';
import type { MailFilters } from './mail-filters.ts';
import { isOwnMaildir, type Mailbox, type MailboxStore, type StoreResult } from './mailbox-store.ts';
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
  readonly store: MailboxStore;
  readonly filters: MailFilters;
  readonly dotQmail: DotQmailReader;
  readonly programs: Programs;
  readonly robots: RobotDesk;
  readonly quotaWarner: QuotaWarner;
  /** A stat that deliveries at the same time share. */
  readonly statDirectory: (path: string) => Promise<Stats>;
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

const looping = bounce('mail is looping');
const noMailbox = 'Sorry, no mailbox here by that name. (#5.1.1)';

export function createVdelivermail(parts: VdelivermailParts): Vdelivermail {
  const { accounts, log, statDirectory, store, trustMs } = parts;

  async function run(request: VdelivermailRequest): Promise<ProgramResult> {
    const { delivery, instruction } = request;
    const wanted = `${delivery.ext}@${delivery.host}`;
    const wasAt = (address: string): boolean =>
      hasLineInAnyCase(request.deliveredTo, makeDeliveredToLine(address));
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
    if (!account && wasAt(wanted)) return looping;
    if (alias) return deliverAlias(request, wanted, alias);
    if (!account) return deliverUnknown(request, wanted);
    const cameBack = wasAt(wanted) || wasAt(account.address);
    if (account.flags & AccountFlag.bounceMail) {
      if (cameBack) return looping;
      return bounce(`vdelivermail: account is locked email bounced ${wanted}`);
    }
    return deliverToMailbox(request, instruction, mailboxOf(account, delivery.home), cameBack);
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
        return bounce((await store.readText(delivery.home, '.no-user.msg')) ?? noMailbox);
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
    cameBack = false,
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
        return cameBack ? looping : await deliverLines(request, mailbox, found.file.lines);
      }
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) {
        return defer(`system error: ${describeError(error)}`);
      }
    }
    const result = await storeInMaildir(request, mailbox, 'Maildir', mailbox.quota, true, cameBack);
    if (result.effect === 'continue' && mailbox.quota !== 'none' && (result.percent ?? 0) >= 90) {
      const sent =
        instruction.type === 'directory' ? undefined : await store.readText(mailbox.from, '.quotawarn.msg');
      if (sent !== undefined) await parts.quotaWarner.warn(mailbox, sent);
    }
    return result;
  }

  /**
   * Mail filters rule what comes into an account's own Maildir; any other is named by a .qmail, which rules. A letter that
   * came back because a filter had sent it on stays here; any other loop is a bounce.
   */
  async function storeInMaildir(
    request: VdelivermailRequest,
    mailbox: Mailbox,
    maildir: string,
    quota: MaildirLetter['quota'],
    makes: boolean,
    cameBack = false,
  ): Promise<StoreResult> {
    const { sender } = request.delivery;
    const letter = { ...request, sender };
    const wishes = { maildir, quota, makes, sorts: true };
    if (mailbox.flags !== undefined && isOwnMaildir(mailbox, maildir)) {
      const wanted = `${request.delivery.ext}@${request.delivery.host}`;
      const filtered = await parts.filters.deliver({ ...letter, wanted, cameBack }, mailbox, wishes);
      if (filtered) return filtered;
    }
    if (cameBack) return looping;
    return store.store(letter, mailbox, wishes);
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
      let result: StoreResult;
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
            isOwnMaildir(mailbox, line.path),
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

  async function prepare(address: string, letter: ExpectedLetter, from: string): Promise<void> {
    if (await accounts.findAlias(address, trustMs)) return;
    const account = await accounts.findAccount(address, trustMs);
    if (!account) return;
    const stats = await statDirectory(account.directory);
    const found = await parts.dotQmail.find(account.directory, stats, account, '', '');
    const isPlain = found === undefined && (stats.mode & 0o1000) === 0;
    if (!isPlain || (account.flags & AccountFlag.bounceMail) !== 0) return;
    const { sender, message } = letter;
    const mailbox = mailboxOf(account, from);
    // What a filter makes of the letter, nobody knows yet.
    if (await parts.filters.rule(mailbox)) return;
    if (message === undefined) await store.foresee(mailbox);
    else store.begin({ sender, message, path: '', size: message.length }, mailbox);
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

/** The account's limit for its own Maildir; any other has the one of its file. */
const quotaOfLine = (mailbox: Mailbox, path: string): MaildirLetter['quota'] =>
  isOwnMaildir(mailbox, path) ? mailbox.quota : 'file';
