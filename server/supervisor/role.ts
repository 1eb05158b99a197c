// facteur role: one role as a process of its own, started by facteur serve under the role's user. It gets its plan and
// its sockets from the parent, says once how it went, and then serves until it is told to stop or the parent is gone.

import { createInterface } from 'node:readline';
import { type CertificateFiles, parseCertificateFiles } from '../../mta/certificates/files.ts';
import type { CommandContext } from '../../mta/commands/command.ts';
import type { Log } from '../../mta/log.ts';
import { collectGarbage, easeHeapsWithMail, keepHeapsSmall } from '../heap.ts';
import { surviveBugs } from './bugs.ts';
import { openLineLog } from './line-log.ts';
import {
  certificateMark,
  exitStatus,
  logMark,
  type RoleOrder,
  type RolePlan,
  type RoleReport,
  roleOrders,
} from './role-plan.ts';
import { StartError } from './start-error.ts';

export const usage = `usage: facteur role

One role of the mail system; facteur serve starts it. It reads what it is to do from its standard input.
`;

/** A role that serves. */
export interface RunningRole {
  /** Names of the listeners that are served. */
  readonly served: readonly string[];
  readonly problems: readonly string[];
  reload(): Promise<void>;
  retryNow?(): void;
  /** Takes a line of the log. */
  observe?(line: string): void;
  /** Takes the certificate files as they are now. */
  renew?(certificates: CertificateFiles): void;
  /** Begins nothing new any more. */
  rest?(): Promise<void>;
  /** @param isOrphan the parent was killed: its successor waits for what this role has locked */
  close(isOrphan: boolean): Promise<void>;
  /** Resolves with a reason when the role must end by itself. */
  readonly broken?: Promise<string>;
}

/** Milliseconds after which an ended role is gone, whatever still runs in it. */
const lingerMilliseconds = 1000;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stderr.write(usage);
    return exitStatus.away;
  }
  const lines = await openLineLog(undefined);
  const forgetBugs = surviveBugs(lines.log);
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
  let isOrphan = false;
  // Only who has the right to signal us ends us; the terminal's Ctrl-C is the parent's business.
  process.on('SIGTERM', () => stop('stop'));
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGALRM'] as const) process.on(signal, () => undefined);
  let role: RunningRole | undefined;
  const parentGone = (): void => {
    isOrphan = true;
    stop('stop');
  };
  const plan = await readPlan(context.stdin, parentGone, {
    order: (order) => obey(order, role, stop, lines.log),
    observe: (line) => role?.observe?.(line),
    renew: (certificates) => role?.renew?.(certificates),
  });
  const report = (said: RoleReport): void => void context.stdout.write(`${JSON.stringify(said)}\n`);
  try {
    if (!plan) return exitStatus.stopped;
    const { startRole } = await import('./role-start.ts');
    keepHeapsSmall();
    const easeHeaps = easeHeapsWithMail();
    role = await startRole(plan, (line) => {
      lines.log(line);
      easeHeaps(line);
    });
    report({ state: 'ready', served: role.served, problems: role.problems });
    collectGarbage();
    const reason = await Promise.race([stopped, ...(role.broken ? [role.broken] : [])]);
    if (reason !== 'stop') lines.log(`alert: ${plan.role}: ${reason}`);
    return reason === 'stop' ? exitStatus.stopped : exitStatus.failed;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (error instanceof StartError) {
      report({ state: 'failed', problem });
      return exitStatus.failed;
    }
    report({ state: 'away', problem: `${plan?.role} is not started: ${problem}` });
    return exitStatus.away;
  } finally {
    await role?.close(isOrphan);
    await lines.close();
    forgetBugs();
    setTimeout(() => process.exit(), lingerMilliseconds).unref();
    context.stdin.pause();
    (context.stdin as Partial<NodeJS.ReadStream>).unref?.();
  }
}

function obey(order: RoleOrder, role: RunningRole | undefined, stop: (why: string) => void, log: Log): void {
  const told = (error: unknown): void =>
    log(`alert: bug: ${error instanceof Error ? error.message : String(error)}`);
  if (order === 'stop') stop('stop');
  else if (order === 'reload') role?.reload().catch(told);
  else if (order === 'retry') role?.retryNow?.();
  else role?.rest?.().catch(told);
}

/** The first line; undefined when the parent ended before it. Later lines are orders, or lines of the log. */
function readPlan(
  stdin: NodeJS.ReadableStream,
  gone: () => void,
  take: {
    readonly order: (order: RoleOrder) => void;
    readonly observe: (line: string) => void;
    readonly renew: (certificates: CertificateFiles) => void;
  },
): Promise<RolePlan | undefined> {
  return new Promise((resolve) => {
    let isPlanned = false;
    const reader = createInterface({ input: stdin });
    reader.on('line', (line) => {
      if (!isPlanned) {
        isPlanned = true;
        resolve(JSON.parse(line) as RolePlan);
        return;
      }
      if (line.startsWith(logMark)) {
        take.observe(line.slice(logMark.length));
        return;
      }
      if (line.startsWith(certificateMark)) {
        take.renew(parseCertificateFiles(line.slice(certificateMark.length)));
        return;
      }
      const known = roleOrders.find((each) => each === line);
      if (known) take.order(known);
    });
    reader.on('close', () => {
      resolve(undefined);
      gone();
    });
    stdin.on('error', gone);
  });
}
