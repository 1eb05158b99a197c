// What a site may put around qmail-local (qmail-lspawn; spec/qmail.md 1.1, 1.4, 12.3): a program in its place ($QMAILLOCAL
// or control/qmaillocal), called with qmail-local's arguments, or filters by domain (control/filterargs) before the
// built-in one. Both run as the user who controls the address. With a program the filters are its business.
import { constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ControllingUser } from '../accounts/users.ts';
import { type FilterRule, findFilterRule } from '../control/filter-rules.ts';
import type { DeliveryRequest } from '../delivery.ts';
import { splitAddress } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { type Log, quoted } from '../log.ts';
import { describeError, dropFile, openFile } from '../maildir/calls.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import type { Programs } from '../programs.ts';
import { createFilters } from './filter.ts';
import { reportOfLocal } from './reports.ts';

/** Control files, as they are now. */
export interface LocalHookSettings {
  readonly defaultdelivery: string;
  readonly filterargs?: readonly FilterRule[] | undefined;
  /** Path of a program; '' for none. */
  readonly qmaillocal?: string | undefined;
  /** Seconds. */
  readonly timeoutprogram: number;
}

/** One delivery to a user who has been found. */
export type DeliverToUser = (
  request: DeliveryRequest,
  user: ControllingUser,
  local: string,
  host: string,
) => Promise<Outcome>;

export interface LocalHookOptions {
  /** The built-in qmail-local. */
  readonly deliver: DeliverToUser;
  readonly home: Home;
  readonly settings: () => LocalHookSettings;
  /** What the server was started with: QMAILLOCAL, MATCH_SENDER_DOMAIN. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly programs: Programs;
  /** Variables of all programs. */
  readonly siteVariables: () => Readonly<Record<string, string>>;
  readonly log: Log;
}

const outputLimit = 4096;

/** Gives the delivery with the site's hooks around it. */
export function hookQmailLocal(options: LocalHookOptions): DeliverToUser {
  const { home, settings, env, programs, siteVariables, log } = options;
  const filters = createFilters(programs, log);

  async function runProgram(
    program: string,
    request: DeliveryRequest,
    user: ControllingUser,
    local: string,
    host: string,
  ): Promise<Outcome> {
    const { defaultdelivery, timeoutprogram } = settings();
    const path = isAbsolute(program) ? program : join(home.qmail, program);
    const words = [user.user, user.home, local, user.dash, user.ext, host, request.sender, defaultdelivery];
    // Arguments are C strings.
    if (words.some((word) => word.includes('\0')))
      return permanent('Sorry, no mailbox here by that name. (#5.1.1)');
    let message: number;
    try {
      const file = (await request.file?.()) ?? request.path;
      message = await openFile(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      return temporary(`Unable to read message: ${describeError(error)}. (#4.3.0)`);
    }
    const ending = programs.run({
      words: [path, '--', ...words],
      name: 'qmail-local',
      directory: home.qmail,
      env: { ...siteVariables(), QMAILLOCAL: path },
      input: message,
      owner: user,
      timeout: timeoutprogram,
      outputLimit,
    });
    // The program has its own copy.
    dropFile(message);
    const end = await ending;
    if (end.kind === 'not run') log(`warning: cannot run ${quoted(path)}: ${describeError(end.error)}`);
    return reportOfLocal(end);
  }

  return async (request, user, local, host) => {
    const { filterargs = [], qmaillocal = '', timeoutprogram } = settings();
    const program = env.QMAILLOCAL || qmaillocal;
    if (program !== '') return runProgram(program, request, user, local, host);
    if (filterargs.length === 0) return options.deliver(request, user, local, host);
    // spawn-filter: for local mail the rule is the recipient's domain's, unless the start said otherwise.
    const domain = env.MATCH_SENDER_DOMAIN === undefined ? host : splitAddress(request.sender).domain || host;
    const rule = findFilterRule(filterargs, domain, 'local');
    if (!rule) return options.deliver(request, user, local, host);
    const filtered = await filters.run({
      rule,
      channel: 'local',
      domain,
      sender: request.sender,
      recipient: request.recipient,
      ext: user.ext,
      message: (await request.file?.()) ?? request.path,
      directory: home.qmail,
      variables: siteVariables(),
      owner: user,
      timeout: timeoutprogram,
    });
    if (filtered.kind === 'outcome') return filtered.outcome;
    const { path, size } = filtered;
    try {
      const changed = { ...request, path, size, message: undefined, file: undefined };
      return await options.deliver(changed, user, local, host);
    } finally {
      await filtered.discard();
    }
  };
}
