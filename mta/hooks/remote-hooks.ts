// What a site may put around remote delivery (qmail-rspawn; spec/qmail.md 1.1, 1.4, 12.3): a program in place of
// qmail-remote ($QMAILREMOTE or control/qmailremote), or filters by domain (control/filterargs) before the built-in one.
// A program gets `host sender recipient`, the message as its input, and reports as qmail-remote does.
// As root it runs as qmailr, never as root. With a program the filters are its business (spawn-filter reads the file).
import { constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type FilterRule, findFilterRule } from '../control/filter-rules.ts';
import { type Delivered, type DeliveryRequest, withFate } from '../delivery.ts';
import { splitAddress } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { type Log, quoted } from '../log.ts';
import { describeError, dropFile, openFile } from '../maildir/calls.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import { createPrograms, type ProgramsOptions } from '../programs.ts';
import type { RemoteAgent } from '../remote/delivery.ts';
import { createFilters } from './filter.ts';
import { reportOfRemote } from './reports.ts';
import { chooseSiteVariables, type NamedVariables } from './variables.ts';

/** Control files, as they are now. */
export interface RemoteHookSettings {
  readonly defaultdomain: string;
  readonly filterargs: readonly FilterRule[];
  readonly programenv: NamedVariables;
  /** Path of a program; '' for none. */
  readonly qmailremote: string;
  /** Seconds for a filter. */
  readonly timeoutprogram: number;
  /** Seconds for a program in place of qmail-remote. */
  readonly timeoutremote: number;
}

export interface RemoteHookOptions {
  /** The built-in delivery. */
  readonly agent: RemoteAgent;
  readonly home: Home;
  readonly settings: () => RemoteHookSettings;
  /** What the server was started with: QMAILREMOTE, MATCH_RECIPIENT_DOMAIN, and for control/programenv. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The user qmailr; asked for only when we are root. */
  readonly findOwner: () => Promise<{ readonly uid: number; readonly gid: number } | undefined>;
  readonly log: Log;
  readonly programs?: ProgramsOptions | undefined;
  /** Milliseconds that `close` waits before it ends programs; 5000. */
  readonly patience?: number | undefined;
}

/** qmail-send keeps so much of a report. */
const reportLimit = 10_000;
const closePatience = 5000;

type Owner = { readonly uid: number; readonly gid: number } | undefined;

export function createRemoteHooks(options: RemoteHookOptions): RemoteAgent {
  const { agent, home, settings, env, log } = options;
  const programs = createPrograms(options.programs);
  const filters = createFilters(programs, log);
  const running = new Set<Promise<Delivered>>();
  let closed: Promise<void> | undefined;

  /** As whom programs run; an outcome when there is nobody. */
  async function chooseOwner(): Promise<{ readonly owner: Owner } | Outcome> {
    if (process.geteuid?.() !== 0) return { owner: undefined };
    const owner = await options.findOwner();
    if (owner === undefined || owner.uid === 0)
      return temporary('Unable to run a program for remote mail: there is no user qmailr. (#4.3.0)');
    return { owner };
  }

  async function runProgram(program: string, request: DeliveryRequest): Promise<Outcome> {
    if (request.dsn?.requireTls)
      return permanent('The sender requires TLS, which a program for remote mail cannot be told. (#5.7.30)');
    const chosen = await chooseOwner();
    if ('code' in chosen) return chosen;
    const { domain } = splitAddress(request.recipient);
    if (domain === '') return permanent('Sorry, address must include host name. (#5.1.3)');
    // Arguments are C strings.
    if (`${request.sender}${request.recipient}`.includes('\0'))
      return permanent('The envelope has characters that cannot be sent by SMTP. (#5.1.3)');
    const path = isAbsolute(program) ? program : join(home.qmail, program);
    let message: number;
    try {
      message = await openFile(
        (await request.file?.()) ?? request.path,
        constants.O_RDONLY | constants.O_NOFOLLOW,
      );
    } catch (error) {
      return temporary(`Unable to read message: ${describeError(error)}. (#4.3.0)`);
    }
    const current = settings();
    const ending = programs.run({
      words: [path, domain, request.sender, request.recipient],
      name: 'qmail-remote',
      directory: home.qmail,
      env: { ...chooseSiteVariables(home, env, current.programenv), QMAILREMOTE: path },
      input: message,
      owner: chosen.owner,
      timeout: current.timeoutremote,
      outputLimit: reportLimit,
    });
    // The program has its own copy.
    dropFile(message);
    const end = await ending;
    if (end.kind === 'not run') log(`warning: cannot run ${quoted(path)}: ${describeError(end.error)}`);
    return reportOfRemote(end);
  }

  async function filter(rule: FilterRule, domain: string, request: DeliveryRequest): Promise<Delivered> {
    const chosen = await chooseOwner();
    if ('code' in chosen) return chosen;
    const current = settings();
    const filtered = await filters.run({
      rule,
      channel: 'remote',
      domain,
      sender: request.sender,
      recipient: request.recipient,
      ext: request.recipient,
      message: (await request.file?.()) ?? request.path,
      directory: home.qmail,
      variables: chooseSiteVariables(home, env, current.programenv),
      owner: chosen.owner,
      timeout: current.timeoutprogram,
    });
    if (filtered.kind === 'outcome') return filtered.outcome;
    const { path, size } = filtered;
    try {
      return await agent.deliver({ ...request, path, size, message: undefined, file: undefined });
    } finally {
      await filtered.discard();
    }
  }

  async function deliver(request: DeliveryRequest): Promise<Delivered> {
    const { qmailremote, filterargs, defaultdomain } = settings();
    const program = env.QMAILREMOTE || qmailremote;
    if (program !== '') {
      const outcome = await runProgram(program, request);
      // It has no place for wishes about notifications.
      return outcome.code === 'K' ? withFate(outcome, 'relayed') : outcome;
    }
    if (filterargs.length === 0) return agent.deliver(request);
    // spawn-filter: for remote mail the rule is the sender's domain's, unless the start said otherwise.
    const address = env.MATCH_RECIPIENT_DOMAIN === undefined ? request.sender : request.recipient;
    const domain = splitAddress(address).domain || defaultdomain;
    const rule = findFilterRule(filterargs, domain, 'remote');
    return rule ? filter(rule, domain, request) : agent.deliver(request);
  }

  async function close(): Promise<void> {
    const agentOver = agent.close();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, options.patience ?? closePatience);
    });
    await Promise.race([Promise.all(running), enough]);
    clearTimeout(timer);
    await programs.stop();
    await Promise.all([agentOver, ...running]);
  }

  return {
    destinationOf: (recipient) => agent.destinationOf?.(recipient),
    deliver(request) {
      if (closed) return agent.deliver(request);
      const delivery = deliver(request).catch((error: unknown) => {
        // The queue could not make a file of a message that had none.
        log(`warning: remote: ${quoted(error instanceof Error ? error.message : String(error))}`);
        return temporary('Unable to read message. (#4.3.0)');
      });
      running.add(delivery);
      void delivery.then(() => running.delete(delivery));
      return delivery;
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}
