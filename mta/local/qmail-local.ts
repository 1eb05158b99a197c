// qmail-local: one message to one user (spec/qmail.md 6.1, 6.5, 6.6). Home checks, loop check, the .qmail file, its lines
// in order, forwards last; texts as qmail's. A failing line stops: what was done before it will be done again on the next
// try (qmail's rule). Who the user is has been found by delivery.ts.
// The parts do the work: dot-qmail.ts, maildir/deliver.ts, mbox.ts, program.ts, forward.ts, vdelivermail.ts.
import type { Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { DeliveryAccounts } from '../accounts/types.ts';
import type { ControllingUser } from '../accounts/users.ts';
import { type Delivered, type DeliveryRequest, type ExpectedLetter, withFate } from '../delivery.ts';
import type { Home } from '../home.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { createMaildirAnchors } from '../maildir/anchor.ts';
import { describeError, errorCode, lookAtDirectory, shareCalls, statName } from '../maildir/calls.ts';
import { createMaildirDelivery } from '../maildir/deliver.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import type { Programs } from '../programs.ts';
import { type AccountDeliverySettings, createAccountDelivery } from './account-delivery.ts';
import { type Instruction, makeSafeExtension, parseDotQmail } from './dot-qmail.ts';
import { createDotQmailReader } from './dot-qmail-files.ts';
import {
  chooseNewSender,
  type LocalDelivery,
  makeDeliveredToLine,
  makeEnvironment,
  makeFromLine,
  makeReturnPathLine,
} from './environment.ts';
import { forwardMessage } from './forward.ts';
import { forwardWishes } from './forward-wishes.ts';
import { createListDesk } from './list-line.ts';
import { hasLine, readDeliveredTo } from './loop.ts';
import { createMboxDelivery, type MboxOptions } from './mbox.ts';
import { type ProgramResult, runProgram } from './program.ts';
import { createRobotDesk } from './robot-line.ts';
import { parseVdelivermailLine } from './vdelivermail-line.ts';

/** Control files, as they are now. */
export interface LocalDeliverySettings extends AccountDeliverySettings {
  /** Lines as in .qmail. */
  readonly defaultdelivery: string;
  /** Seconds. */
  readonly timeoutprogram: number;
  /** Whose mail waits; missing: nobody's. */
  readonly disableddomains?: ReadonlySet<string> | undefined;
}

export interface QmailLocalOptions {
  readonly home: Home;
  readonly accounts: DeliveryAccounts;
  readonly injector: Injector;
  readonly settings: () => LocalDeliverySettings;
  readonly directorySync: DirectorySync;
  /** For file names in Maildirs. */
  readonly hostname: string;
  readonly programs: Programs;
  /** Variables of all programs. */
  readonly siteVariables: () => Readonly<Record<string, string>>;
  /** Mode bits that a home or .qmail file must not have: conf-patrn. 022 (security.md F3); qmail's own is 002. */
  readonly forbiddenMode?: number | undefined;
  readonly mbox?: MboxOptions | undefined;
  /** A look at vpasswd.cdb, a home or a .qmail file no older than so many milliseconds is good enough; 0 unless told. */
  readonly trustMs?: number | undefined;
  readonly log: Log;
}

export interface QmailLocal {
  /** `local` and `host` are the parts of the request's recipient. */
  deliver(request: DeliveryRequest, user: ControllingUser, local: string, host: string): Promise<Delivered>;
  /**
   * Looks at the files that `deliver` begins with, whose answers are kept for options.trustMs, and begins the copy that a
   * plain delivery to an account will want.
   */
  lookAhead(user: ControllingUser, host: string, letter: ExpectedLetter): Promise<void>;
  /** What a delivery would do, without a message (qmail-local -n). */
  plan(user: ControllingUser): Promise<DeliveryPlan | Outcome>;
  /** Lets go of kept descriptors. */
  close(): void;
}

/** The lines that rule, in their order. */
export interface DeliveryPlan {
  readonly lines: readonly Instruction[];
  /** $DEFAULT. */
  readonly default: string | undefined;
  /** The home's sticky bit: its user is editing, and a delivery would wait. */
  readonly isSticky: boolean;
}

export function createQmailLocal(options: QmailLocalOptions): QmailLocal {
  const { home, log, programs, siteVariables } = options;
  const forbiddenMode = options.forbiddenMode ?? 0o022;
  const anchors = createMaildirAnchors();
  const maildirs = createMaildirDelivery({ ...options, anchors });
  const mbox = createMboxDelivery(options.mbox);
  const dotQmail = createDotQmailReader({ forbiddenMode, trustMs: options.trustMs });
  const robots = createRobotDesk(options.injector, log);
  const lists = createListDesk(options.injector, log);
  const statHome = shareCalls(lookAtDirectory, options.trustMs);
  const vdelivermail = createAccountDelivery({
    ...options,
    maildirs,
    anchors,
    dotQmail,
    robots,
    vpopmail: home.vpopmail,
    statDirectory: statHome,
  });

  async function deliver(
    request: DeliveryRequest,
    user: ControllingUser,
    local: string,
    host: string,
  ): Promise<Delivered> {
    const homeStats = await checkHome(user);
    if ('code' in homeStats) return homeStats;
    if (isSticky(homeStats)) {
      return temporary('Home directory is sticky: user is editing his .qmail file. (#4.2.1)');
    }
    const deliveredToLine = makeDeliveredToLine(`${local}@${host}`);
    let deliveredTo: readonly string[];
    try {
      deliveredTo = await readDeliveredTo(request.message, request.path);
    } catch (error) {
      return temporary(`Unable to read message: ${describeError(error)}. (#4.3.0)`);
    }
    if (hasLine(deliveredTo, deliveredToLine)) {
      return permanent('This message is looping: it already has my Delivered-To line. (#5.4.6)');
    }
    const found = await findLines(user, homeStats);
    if ('code' in found) return found;
    const delivery: LocalDelivery = {
      user: user.user,
      home: user.home,
      local,
      host,
      ext: user.ext,
      sender: request.sender,
      default: found.default,
      newSender: request.sender,
      now: Math.floor(Date.now() / 1000),
    };
    return deliverLines(request, user, delivery, found.lines, deliveredTo);
  }

  async function checkHome({ home: directory }: ControllingUser): Promise<Stats | Outcome> {
    let stats: Stats;
    try {
      stats = await statHome(directory);
    } catch (error) {
      return temporary(`Unable to switch to ${directory}: ${describeError(error)}. (#4.3.0)`);
    }
    if (!stats.isDirectory()) return temporary(`Unable to switch to ${directory}: not a directory. (#4.3.0)`);
    return stats.mode & forbiddenMode ? temporary('Uh-oh: home directory is writable. (#4.7.0)') : stats;
  }

  async function findLines(
    user: ControllingUser,
    homeStats: Stats,
  ): Promise<Omit<DeliveryPlan, 'isSticky'> | Outcome> {
    const found = await dotQmail.find(user.home, homeStats, user, user.dash, user.ext);
    if (found && 'code' in found) return found;
    if (!found && user.dash !== '') return permanent('Sorry, no mailbox here by that name. (#5.1.1)');
    const lines =
      found && !found.file.isEmpty
        ? found.file.lines
        : parseDotQmail(options.settings().defaultdelivery, false);
    return { lines, default: found?.default };
  }

  async function plan(user: ControllingUser): Promise<DeliveryPlan | Outcome> {
    const homeStats = await checkHome(user);
    if ('code' in homeStats) return homeStats;
    const found = await findLines(user, homeStats);
    return 'code' in found ? found : { ...found, isSticky: isSticky(homeStats) };
  }

  async function deliverLines(
    request: DeliveryRequest,
    user: ControllingUser,
    plain: LocalDelivery,
    lines: readonly Instruction[],
    deliveredTo: readonly string[],
  ): Promise<Delivered> {
    let delivery = plain;
    let fate: Delivered['fate'];
    let ownerAsked = false;
    const count = { files: 0, forwards: 0, programs: 0 };
    const recipients: string[] = [];
    let output = '';
    const deliveredToLine = makeDeliveredToLine(`${plain.local}@${plain.host}`);

    /** NEWSENDER costs two stats, and only programs and forwards ask for it. */
    const withNewSender = async (): Promise<Outcome | undefined> => {
      if (ownerAsked) return undefined;
      ownerAsked = true;
      const newSender = await findNewSender(user, plain);
      if (typeof newSender !== 'string') return newSender;
      delivery = { ...plain, newSender };
      return undefined;
    };
    const stopped = (outcome: Outcome): Outcome => ({ code: outcome.code, text: output + outcome.text });

    let isDone = false;
    for (const line of lines) {
      if (isDone) break;
      switch (line.type) {
        case 'refuse':
          return stopped(temporary(line.text));
        case 'forward':
          count.forwards += 1;
          recipients.push(line.address);
          break;
        case 'maildir':
        case 'mbox': {
          count.files += 1;
          const outcome = await (line.type === 'maildir'
            ? deliverToMaildirLine(request, user, delivery, line.path)
            : deliverToMboxLine(request, user, delivery, line.path));
          if (outcome.code !== 'K') return stopped(outcome);
          break;
        }
        case 'program': {
          count.programs += 1;
          const instruction = parseVdelivermailLine(line.command, plain.ext, plain.host);
          let result: ProgramResult;
          if (instruction) {
            result = await vdelivermail.run({
              delivery,
              owner: user,
              instruction,
              deliveredTo,
              message: request.message,
              path: request.path,
              file: request.file,
              size: request.size,
              dsn: request.dsn,
              siteVariables: siteVariables(),
              timeout: options.settings().timeoutprogram,
            });
          } else {
            const trouble = await withNewSender();
            if (trouble) return stopped(trouble);
            const answered = await robots.answer(line.command, {
              sender: plain.sender,
              own: `${plain.ext}@${plain.host}`,
              home: user.home,
              owner: user,
              message: request.message,
              path: request.path,
            });
            const env = makeEnvironment(delivery, siteVariables());
            const path = async (): Promise<string> => (await request.file?.()) ?? request.path;
            result =
              answered ??
              (await lists.run(line.command, {
                home: user.home,
                owner: user,
                env,
                message: request.message,
                path,
              })) ??
              (await runProgram(programs, {
                command: line.command,
                directory: user.home,
                env,
                path: await path(),
                owner: user,
                timeout: options.settings().timeoutprogram,
              }));
          }
          output += result.output;
          if (lines.length === 1) fate = result.fate;
          if (result.effect === 'permanent') return permanent(trimEnd(output));
          if (result.effect === 'temporary') return temporary(trimEnd(output));
          // qmail-local: 99 ends the file; forwards that came before it are sent.
          if (result.effect === 'stop') isDone = true;
        }
      }
    }
    // qmail-local: what programs printed and our own words share one pipe, also when a line is not ended.
    const did = `did ${count.files}+${count.forwards}+${count.programs}`;
    if (recipients.length === 0) return withFate(success(output + did), fate);
    const trouble = await withNewSender();
    if (trouble) return stopped(trouble);
    const wishes = forwardWishes(request.dsn, {
      recipients,
      isOnly: count.files + count.programs === 0,
      hasNewSender: delivery.newSender !== request.sender,
    });
    const outcome = await forwardMessage({
      injector: options.injector,
      deliveredTo: deliveredToLine,
      message: request.message,
      path: request.path,
      size: request.size,
      sender: delivery.newSender,
      recipients,
      dsn: wishes.dsn,
    });
    // qmail-local count_print: what was done is said last, and only of a delivery that is done.
    if (outcome.code !== 'K') return stopped(outcome);
    return withFate(success(`${output}${did}\n${outcome.text}`), wishes.fate);
  }

  async function findNewSender(user: ControllingUser, delivery: LocalDelivery): Promise<string | Outcome> {
    if (delivery.sender === '' || delivery.sender === '#@[]') return delivery.sender;
    const name = `.qmail${user.dash}${makeSafeExtension(user.ext)}-owner`;
    try {
      const hasOwner = await exists(join(user.home, name));
      const hasDefault = hasOwner && (await exists(join(user.home, `${name}-default`)));
      return chooseNewSender(delivery, hasOwner, hasDefault);
    } catch (error) {
      return temporary(`Unable to open ${name}: ${describeError(error)}. (#4.3.0)`);
    }
  }

  async function deliverToMaildirLine(
    request: DeliveryRequest,
    user: ControllingUser,
    delivery: LocalDelivery,
    path: string,
  ): Promise<Outcome> {
    const prefix =
      makeReturnPathLine(delivery.sender) + makeDeliveredToLine(`${delivery.local}@${delivery.host}`);
    const result = await maildirs.deliver({
      home: user.home,
      maildir: path,
      owner: user,
      prefix: Buffer.from(prefix, 'utf8'),
      message: request.message,
      path: request.path,
      size: request.size,
      quota: 'file',
    });
    if (result.stored) return success('');
    if (result.reason !== 'quota') {
      log(
        `warning: cannot deliver to ${quoted(placeOf(user, path))}: ${quoted(describeWhole(result.error))}`,
      );
    }
    switch (result.reason) {
      case 'missing':
        // qmail-local: only of a Maildir that is not there itself.
        return (await exists(placeOf(user, path)).catch(() => false))
          ? temporary('Temporary error on maildir delivery. (#4.3.0)')
          : temporary('Unable to chdir to maildir. (#4.2.1)');
      case 'timeout':
        return temporary('Timeout on maildir delivery. (#4.3.0)');
      case 'unread':
        return temporary('Unable to read message. (#4.3.0)');
      case 'quota':
        return options.settings().overquotadefer === 1
          ? temporary('User over quota. (#4.2.2)')
          : permanent('User over quota. (#5.1.1)');
      case 'error':
        return temporary('Temporary error on maildir delivery. (#4.3.0)');
    }
  }

  function deliverToMboxLine(
    request: DeliveryRequest,
    user: ControllingUser,
    delivery: LocalDelivery,
    file: string,
  ): Promise<Outcome> {
    const prefix =
      makeFromLine(delivery.sender, delivery.now) +
      makeReturnPathLine(delivery.sender) +
      makeDeliveredToLine(`${delivery.local}@${delivery.host}`);
    return mbox.deliver({
      home: user.home,
      file,
      owner: user,
      prefix: Buffer.from(prefix, 'utf8'),
      message: request.message,
      path: request.path,
      size: request.size,
    });
  }

  async function lookAhead(user: ControllingUser, host: string, letter: ExpectedLetter): Promise<void> {
    const found = await dotQmail.find(user.home, await statHome(user.home), user, user.dash, user.ext);
    if (!found || 'code' in found) return;
    const [line] = found.file.lines;
    if (line?.type === 'program' && parseVdelivermailLine(line.command, user.ext, host))
      await vdelivermail.prepare(`${user.ext}@${host}`, letter, user.home);
  }

  return { deliver, plan, lookAhead, close: () => maildirs.close() };
}

const isSticky = (stats: Stats): boolean => (stats.mode & 0o1000) !== 0;

async function exists(path: string): Promise<boolean> {
  try {
    await statName(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error))) return false;
    throw error;
  }
}

const placeOf = (user: ControllingUser, path: string): string =>
  isAbsolute(path) ? path : join(user.home, path);

const trimEnd = (text: string): string => text.replace(/\n$/, '');

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
