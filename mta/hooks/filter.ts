// Filters of outgoing and local mail (spawn-filter(8), control/filterargs): a command of the administrator reads the
// message and writes the one that is delivered in its place. Exit 0 delivers what it wrote, 2 drops the message, 100
// bounces it, everything else puts it off. Addresses reach the command in variables only.
// What it writes lies in a private file until its delivery is over; the queue's own file is never changed.
import { constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FilterRule } from '../control/filter-rules.ts';
import { type Log, quoted } from '../log.ts';
import { describeError, dropFile, openFile, statFile } from '../maildir/calls.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import type { ProgramEnd, Programs } from '../programs.ts';

/** One message for one filter. */
export interface FilterRequest {
  readonly rule: FilterRule;
  readonly channel: 'local' | 'remote';
  /** The domain by which the rule was found: $DOMAIN. */
  readonly domain: string;
  readonly sender: string;
  readonly recipient: string;
  /** $_EXT. */
  readonly ext: string;
  /** The message: its file, or an open descriptor. */
  readonly message: string | number;
  readonly directory: string;
  /** Variables of all programs. */
  readonly variables: Readonly<Record<string, string>>;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Seconds. */
  readonly timeout: number;
}

/** The filtered message, to be given back after its delivery; or what became of the message. */
export type Filtered =
  | { readonly kind: 'message'; readonly path: string; readonly size: number; discard(): Promise<void> }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

export interface Filters {
  /** Never rejects. */
  run(request: FilterRequest): Promise<Filtered>;
}

const errorLimit = 1024;

/** The variables that a filter sees: those of the site, what spawn-filter tells, and those of its line. */
export function makeFilterEnvironment(request: Omit<FilterRequest, 'message'>): Record<string, string> {
  const { rule, channel, variables } = request;
  const env: Record<string, string> = {
    ...variables,
    DOMAIN: request.domain,
    _EXT: request.ext,
    _SENDER: request.sender,
    _RECIPIENT: request.recipient,
    [channel === 'local' ? 'QMAILLOCAL' : 'QMAILREMOTE']: 'spawn-filter',
  };
  for (const [name, value] of rule.variables) {
    if (value === '') delete env[name];
    else env[name] = value;
  }
  // An environment is C strings.
  for (const [name, value] of Object.entries(env)) env[name] = value.replace(/\0.*/s, '');
  return env;
}

/** What the end of a filter that wrote no message to deliver means; undefined: deliver what it wrote. */
export function judgeFilter(end: ProgramEnd, rule: FilterRule): Outcome | undefined {
  // The words of a command may hold a secret; its name does not.
  const name = rule.command.trim().split(/\s/, 1)[0] ?? '';
  switch (end.kind) {
    case 'not run':
      return temporary(`spawn-filter: could not exec /bin/sh: ${describeError(end.error)}. (#4.3.0)`);
    case 'crashed':
      return temporary('spawn-filter: filter crashed. (#4.3.0)');
    case 'timed out':
      return temporary(`spawn-filter: filter was ended after ${end.seconds} seconds. (#4.3.0)`);
    case 'stopped':
      return temporary('The mail system is stopping. (#4.3.2)');
    case 'exited': {
      if (end.code === 0) return undefined;
      if (end.code === 2) return success(`blackholed ${name}`);
      if (end.code === 100) return permanent(`Mail Rejected by ${name} (#5.7.1)`);
      const said = end.output.toString('utf8').replace(/\0.*/s, '').trim();
      return temporary(
        `${name}: (spawn-filter) exit code: ${end.code}${said === '' ? '' : `: ${said}`}. (#4.3.0)`,
      );
    }
  }
}

export function createFilters(programs: Programs, log: Log): Filters {
  async function run(request: FilterRequest): Promise<Filtered> {
    const { rule } = request;
    let directory: string | undefined;
    const opened: number[] = [];
    let isKept = false;
    const give = (outcome: Outcome): Filtered => ({ kind: 'outcome', outcome });
    try {
      const { message } = request;
      const input =
        typeof message === 'number'
          ? message
          : await openFile(message, constants.O_RDONLY | constants.O_NOFOLLOW);
      if (input !== message) opened.push(input);
      // 0700: what others could read would be the message.
      directory = await mkdtemp(join(tmpdir(), 'facteur-filter-'));
      const path = join(directory, 'message');
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const written = await openFile(path, flags, 0o600);
      opened.push(written);
      const end = await programs.run({
        words: ['/bin/sh', '-c', rule.command],
        directory: request.directory,
        env: makeFilterEnvironment(request),
        input,
        stdout: written,
        owner: request.owner,
        timeout: request.timeout,
        outputLimit: errorLimit,
      });
      const outcome = judgeFilter(end, rule);
      if (outcome?.code === 'K')
        log(`filter: dropped the message to ${quoted(request.recipient)} from <${quoted(request.sender)}>`);
      if (outcome) return give(outcome);
      const { size } = await statFile(written);
      // A filter that forgot to write would cost the message.
      if (size === 0) return give(temporary('spawn-filter: the filter wrote no message. (#4.3.0)'));
      isKept = true;
      const place = directory;
      return { kind: 'message', path, size, discard: () => rm(place, { recursive: true, force: true }) };
    } catch (error) {
      log(`warning: cannot filter the message to ${quoted(request.recipient)}: ${describeError(error)}`);
      return give(temporary(`spawn-filter: ${describeError(error)}. (#4.3.0)`));
    } finally {
      for (const descriptor of opened) dropFile(descriptor);
      if (directory !== undefined && !isKept) await rm(directory, { recursive: true, force: true });
    }
  }
  return { run };
}
