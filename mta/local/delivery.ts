// Local delivery of one message to one recipient: qmail-lspawn and qmail-local (spec/qmail.md 1.4, 5.2, 6.1).
// Who controls the address, home checks, loop check, the .qmail file, its lines in order, forwards last; texts and
// report as qmail's. A failing line stops: what was done before it will be done again on the next try (qmail's rule).
// The parts do the work: dot-qmail.ts, maildir/deliver.ts, mbox.ts, program.ts, forward.ts, vdelivermail.ts.
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { Accounts } from '../accounts/types.ts';
import type { ControllingUser } from '../accounts/users.ts';
import type { DeliveryAgent, DeliveryRequest } from '../delivery.ts';
import { splitAddress } from '../formats/address.ts';
import type { Home } from '../home.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { createMaildirAnchors } from '../maildir/anchor.ts';
import { describeError, errorCode, shareCalls, statName, statPath } from '../maildir/calls.ts';
import { createMaildirDelivery } from '../maildir/deliver.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
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
import { hasLine, readDeliveredTo } from './loop.ts';
import { createMboxDelivery, type MboxOptions } from './mbox.ts';
import { type ProgramResult, runProgram } from './program.ts';
import { createQuotaWarner } from './quota-warning.ts';
import { createVdelivermail } from './vdelivermail.ts';
import { parseVdelivermailLine } from './vdelivermail-line.ts';

export interface LocalAgentOptions {
  readonly home: Home;
  /** qmail-lspawn's lookup; rejects when it cannot be answered now. */
  readonly users: { find(local: string, trustMs?: number): Promise<ControllingUser | undefined> };
  readonly accounts: Accounts;
  readonly injector: Injector;
  /** control/defaultdelivery (lines as in .qmail) and control/timeoutprogram (seconds), as they are now. */
  readonly settings: () => { readonly defaultdelivery: string; readonly timeoutprogram: number };
  readonly directorySync: DirectorySync;
  /** For file names in Maildirs. */
  readonly hostname: string;
  readonly log: Log;
  /** Mode bits that a home or .qmail file must not have: conf-patrn. 022 (security.md F3); qmail's own is 002. */
  readonly forbiddenMode?: number | undefined;
  readonly mbox?: MboxOptions | undefined;
  /** A look at users/cdb, vpasswd.cdb, a home or a .qmail file no older than so many milliseconds is good enough; 0 unless told. */
  readonly trustMs?: number | undefined;
}

/** The local agent; `close` lets go of kept descriptors. */
export interface LocalAgent extends DeliveryAgent {
  close(): void;
}

/** lspawn keeps so much of a report. */
const reportLimit = 3000;

export function createLocalAgent(options: LocalAgentOptions): LocalAgent {
  const { home, log } = options;
  const forbiddenMode = options.forbiddenMode ?? 0o022;
  const anchors = createMaildirAnchors();
  const maildirs = createMaildirDelivery({ ...options, anchors });
  const mbox = createMboxDelivery(options.mbox);
  const dotQmail = createDotQmailReader({ forbiddenMode, trustMs: options.trustMs });
  const vdelivermail = createVdelivermail({
    accounts: options.accounts,
    injector: options.injector,
    maildirs,
    dotQmail,
    quotaWarner: createQuotaWarner(maildirs, anchors, log),
    vpopmail: home.vpopmail,
    trustMs: options.trustMs,
    log,
  });
  const statHome = shareCalls(statPath, options.trustMs);
  // forward, condredirect and the like are links to this program: they must find this site, not another.
  const siteVariables = {
    FACTEUR_HOME: home.home,
    FACTEUR_QMAIL: home.qmail,
    FACTEUR_VPOPMAIL: home.vpopmail,
    FACTEUR_STATE: home.state,
  };
  const programPath = `${join(home.qmail, 'bin')}:${process.env.PATH || '/usr/local/bin:/usr/bin:/bin'}`;

  async function deliver(request: DeliveryRequest): Promise<Outcome> {
    try {
      return cutReport(await spawnDelivery(request));
    } catch (error) {
      log(
        `warning: delivery of ${quoted(request.id)} to ${quoted(request.recipient)}: ${quoted(describeWhole(error))}`,
      );
      return temporary('Internal error in local delivery. (#4.3.0)');
    }
  }

  /** qmail-lspawn. */
  async function spawnDelivery(request: DeliveryRequest): Promise<Outcome> {
    if (!request.recipient.includes('@')) {
      return permanent('Sorry, address must include host name. (#5.1.3)');
    }
    const { local, domain } = splitAddress(request.recipient);
    // spec/qmail.md 1.4: an empty local part is a trash address.
    if (local === '') return success('');
    let user: ControllingUser | undefined;
    try {
      user = await options.users.find(local, options.trustMs);
    } catch (error) {
      log(`warning: ${quoted(describeWhole(error))}`);
      return temporary('Trouble reading users/cdb in qmail-lspawn.');
    }
    if (!user) return permanent('Sorry, no mailbox here by that name. (#5.1.1)');
    if (user.uid === 0) return temporary('Not allowed to perform deliveries as root.');
    const self = process.geteuid?.();
    if (self !== undefined && self !== 0 && self !== user.uid) {
      return temporary(`Unable to deliver as uid ${user.uid}: not started as root. (#4.3.0)`);
    }
    return deliverLocally(request, user, local, domain);
  }

  /** qmail-local. */
  async function deliverLocally(
    request: DeliveryRequest,
    user: ControllingUser,
    local: string,
    host: string,
  ): Promise<Outcome> {
    let homeStats: Stats;
    try {
      homeStats = await statHome(user.home);
    } catch (error) {
      return temporary(`Unable to switch to ${user.home}: ${describeError(error)}. (#4.3.0)`);
    }
    if (!homeStats.isDirectory()) {
      return temporary(`Unable to switch to ${user.home}: not a directory. (#4.3.0)`);
    }
    if (homeStats.mode & forbiddenMode) {
      return temporary('Uh-oh: home directory is writable. (#4.7.0)');
    }
    if (homeStats.mode & 0o1000) {
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
    const found = await dotQmail.find(user.home, homeStats, user, user.dash, user.ext);
    if (found && 'code' in found) return found;
    if (!found && user.dash !== '') return permanent('Sorry, no mailbox here by that name. (#5.1.1)');
    const lines =
      found && !found.file.isEmpty
        ? found.file.lines
        : parseDotQmail(options.settings().defaultdelivery, false);
    const delivery: LocalDelivery = {
      user: user.user,
      home: user.home,
      local,
      host,
      ext: user.ext,
      sender: request.sender,
      default: found?.default,
      newSender: request.sender,
      now: Math.floor(Date.now() / 1000),
    };
    return deliverLines(request, user, delivery, lines, deliveredTo);
  }

  async function deliverLines(
    request: DeliveryRequest,
    user: ControllingUser,
    plain: LocalDelivery,
    lines: readonly Instruction[],
    deliveredTo: readonly string[],
  ): Promise<Outcome> {
    let delivery = plain;
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
              programPath,
              timeout: options.settings().timeoutprogram,
            });
          } else {
            const trouble = await withNewSender();
            if (trouble) return stopped(trouble);
            result = await runProgram({
              command: line.command,
              directory: user.home,
              env: { ...makeEnvironment(delivery, programPath), ...siteVariables },
              path: (await request.file?.()) ?? request.path,
              owner: user,
              timeout: options.settings().timeoutprogram,
            });
          }
          output += result.output;
          if (result.effect === 'permanent') return permanent(trimEnd(output));
          if (result.effect === 'temporary') return temporary(trimEnd(output));
          // qmail-local: 99 ends the file; forwards that came before it are sent.
          if (result.effect === 'stop') isDone = true;
        }
      }
    }
    if (output !== '' && !output.endsWith('\n')) output += '\n';
    output += `did ${count.files}+${count.forwards}+${count.programs}`;
    if (recipients.length === 0) return success(output);
    output += '\n';
    const trouble = await withNewSender();
    if (trouble) return stopped(trouble);
    const outcome = await forwardMessage({
      injector: options.injector,
      deliveredTo: deliveredToLine,
      message: request.message,
      path: request.path,
      size: request.size,
      sender: delivery.newSender,
      recipients,
    });
    return stopped(outcome);
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
        `warning: cannot deliver to ${quoted(join(user.home, path))}: ${quoted(describeWhole(result.error))}`,
      );
    }
    switch (result.reason) {
      case 'missing':
        return temporary('Unable to chdir to maildir. (#4.2.1)');
      case 'timeout':
        return temporary('Timeout on maildir delivery. (#4.3.0)');
      case 'unread':
        return temporary('Unable to read message. (#4.3.0)');
      case 'quota':
        return permanent('User over quota. (#5.1.1)');
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

  return { deliver, close: () => maildirs.close() };
}

async function exists(path: string): Promise<boolean> {
  try {
    await statName(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error))) return false;
    throw error;
  }
}

const trimEnd = (text: string): string => text.replace(/\n$/, '');

/** spec/qmail.md 1.4. The part that says what was done is at the end; lspawn cuts there all the same. */
function cutReport(outcome: Outcome): Outcome {
  const text = outcome.text.replace(/\0.*/s, '');
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= reportLimit) return text === outcome.text ? outcome : { code: outcome.code, text };
  const cut = bytes.subarray(0, reportLimit).toString('utf8');
  return { code: outcome.code, text: `${cut}\nError report too long, sorry.` };
}

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
