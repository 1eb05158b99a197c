// spawn-filter: qmail-local or qmail-remote with a filter before it (spec/qmail.md 12.3). Named by QMAILREMOTE or QMAILLOCAL
// it gets their arguments; the filter is that of $FILTERARGS or of the first line of control/filterargs that fits, and
// what it writes is the message that goes on. Without a filter it is just the program behind it.
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type FilterRule, findFilterRule } from '../control/filter-rules.ts';
import { ControlError, readSettings } from '../control/settings.ts';
import { splitAddress } from '../formats/address.ts';
import { createFilters } from '../hooks/filter.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { createPrograms } from '../programs.ts';
import { becomeProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { renderReport } from './qmail-remote.ts';

export const usage = `usage: spawn-filter HOST SENDER RECIPIENT ...
       spawn-filter -- USER HOMEDIR LOCAL DASH EXT DOMAIN SENDER ALIASEMPTY

Named by QMAILREMOTE or QMAILLOCAL: runs the filter of control/filterargs, or of $FILTERARGS, on the message, then
qmail-remote or qmail-local ($QREMOTE, $QLOCAL) on what it wrote. Exit 2 of a filter drops the message, 100 bounces it,
others put it off.
`;

/** One call, whichever program it stands for. */
interface Call {
  readonly channel: 'local' | 'remote';
  readonly sender: string;
  readonly recipient: string;
  readonly ext: string;
  /** Domains to look for: the usual one, and that of MATCH_SENDER_DOMAIN or MATCH_RECIPIENT_DOMAIN. */
  readonly domain: string;
  readonly otherDomain: string;
}

/** Reads the arguments; undefined when they are of neither form. */
export function parseCall(args: readonly string[]): Call | undefined {
  if (args[0] === '--') {
    const [user = '', home = '', local = '', , ext = '', host = '', sender = ''] = args.slice(1);
    if (args.length !== 9 || user === '' || !home.startsWith('/')) return undefined;
    const otherDomain = splitAddress(sender).domain;
    return { channel: 'local', sender, recipient: `${local}@${host}`, ext, domain: host, otherDomain };
  }
  const [host, sender, recipient] = args;
  if (host === undefined || sender === undefined || recipient === undefined) return undefined;
  const { domain } = splitAddress(sender);
  return { channel: 'remote', sender, recipient, ext: recipient, domain, otherDomain: host };
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const call = parseCall(args);
  if (call === undefined) {
    context.stderr.write(usage);
    return 111;
  }
  let filtered: number | undefined;
  try {
    const done = await filterMessage(call, context);
    if (typeof done === 'object') return tell(done, call, context);
    filtered = done;
    return await goOn(call, args, filtered, context);
  } catch (error) {
    if (!(error instanceof Fatal || error instanceof ControlError)) throw error;
    return tell(temporary(`spawn-filter: ${error.message}. (#4.3.0)`), call, context);
  } finally {
    if (filtered !== undefined) closeSync(filtered);
  }
}

/** The filtered message as an open descriptor, undefined without a filter, or what became of the message. */
async function filterMessage(
  call: Call,
  { home, env }: CommandContext,
): Promise<number | Outcome | undefined> {
  const settings = await readSettings(home.qmail, ['filterargs', 'defaultdomain', 'timeoutprogram']);
  const isTurned = env[call.channel === 'local' ? 'MATCH_SENDER_DOMAIN' : 'MATCH_RECIPIENT_DOMAIN'];
  const domain =
    (isTurned === undefined ? call.domain : call.otherDomain) ||
    (env.DEFAULT_DOMAIN ?? settings.defaultdomain);
  const rule: FilterRule | undefined = env.FILTERARGS
    ? { pattern: '*', channel: undefined, command: env.FILTERARGS, variables: [] }
    : findFilterRule(settings.filterargs, domain, call.channel);
  if (rule === undefined) return undefined;
  const programs = createPrograms();
  const stop = (): void => void programs.stop();
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, stop);
  const log: string[] = [];
  try {
    const result = await createFilters(programs, (line) => log.push(line)).run({
      rule,
      channel: call.channel,
      domain,
      sender: call.sender,
      recipient: call.recipient,
      ext: call.ext,
      message: 0,
      directory: home.qmail,
      variables: withoutLoops(env),
      timeout: settings.timeoutprogram,
    });
    if (result.kind === 'outcome') return result.outcome;
    const message = openSync(result.path, 'r');
    // It lives as long as it is open.
    await result.discard();
    return message;
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, stop);
  }
}

/** The program behind, with its own arguments, on the filtered message if there is one. */
function goOn(
  { channel }: Call,
  args: readonly string[],
  message: number | undefined,
  { home, env }: CommandContext,
): Promise<number> {
  const program = channel === 'local' ? env.QLOCAL || 'qmail-local' : env.QREMOTE || 'qmail-remote';
  const path = `${join(home.qmail, 'bin')}:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`;
  return becomeProgram([program, ...args], {
    env: { ...withoutLoops(env), PATH: path },
    stdio: [message ?? 'inherit', 'inherit', 'inherit'],
  });
}

/** What a filter or program calls must not be filtered again. */
function withoutLoops(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const names = new Set(['FILTERARGS', 'SPAMFILTER', 'QMAILREMOTE', 'QMAILLOCAL']);
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !names.has(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Says it as the program behind would: a report, or a text and an exit status. */
function tell(outcome: Outcome, { channel }: Call, { stdout }: CommandContext): number {
  if (channel === 'remote') {
    stdout.write(renderReport({ recipients: [], message: outcome }));
    return 0;
  }
  stdout.write(`${outcome.text}\n`);
  return { K: 0, D: 100, Z: 111 }[outcome.code];
}
