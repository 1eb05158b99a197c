// One role as the parent sees it: a child process that is started, told what to do, started again when it dies, and
// ended. A death is in the log at once; the next start comes at once too, and later and later when deaths follow each
// other. A role that stays away for its settings waits for HUP.
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Log } from '../../mta/log.ts';
import { quoted } from '../../mta/log.ts';
import { splitLines } from './child-lines.ts';
import { spawnSelf } from './drop.ts';
import {
  certificateMark,
  exitStatus,
  logMark,
  parseReport,
  type RoleOrder,
  type RolePlan,
  type RoleReport,
  reportLimit,
} from './role-plan.ts';

export interface ChildRoleOptions {
  readonly role: RolePlan['role'];
  /** What the role is told at each start, with the descriptors that the plan names by their place in `descriptors`. */
  readonly plan: () => Promise<RolePlan>;
  /** Descriptors of the parent that the child gets as 3, 4, ... */
  readonly descriptors: readonly number[];
  /** Undefined: stays root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly log: Log;
}

/** Seconds between a death and the next start, for deaths soon after each other; the last one stays. */
const pauses = [0, 1, 2, 4, 8, 15, 30, 60];
/** A role that lived so many milliseconds has not died of its start. */
const healthyMilliseconds = 60_000;
/** Milliseconds that a role gets to end by itself. */
const endPatience = 20_000;

/** Bytes of log lines that may wait for a role. */
const observedLimit = 4 * 1024 * 1024;

/** qmail-send's lines, which log tools count and believe. */
const sendLine =
  /^(new msg|info msg|end msg|bounce msg|starting delivery|delivery \d|status:|double bounce|triple bounce)/;

/** A line of a role as the log gets it: only the queue says what becomes of mail, and nobody sends control characters. */
export function attributeLine(role: RolePlan['role'], line: string): string {
  const plain = line.replace(/\p{Cc}/gu, '?');
  return role !== 'queue' && sendLine.test(plain) ? `${role}: ${plain}` : plain;
}

export class ChildRole {
  readonly role: RolePlan['role'];
  readonly #options: ChildRoleOptions;
  #child: ChildProcess | undefined;
  #deaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #isAway = false;
  #observed = '';
  #exited: Promise<void> = Promise.resolve();

  constructor(options: ChildRoleOptions) {
    this.#options = options;
    this.role = options.role;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it; resolves with what it says, or with `failed` when it ends without a word. */
  async start(): Promise<RoleReport> {
    const { user, descriptors, log } = this.#options;
    const plan = await this.#options.plan();
    const startedAt = performance.now();
    const child = spawnSelf('role', { user, stdio: ['pipe', 'pipe', 'pipe', ...descriptors] });
    this.#child = child;
    this.#isAway = false;
    splitLines(child.stderr as Readable, (line) => log(attributeLine(this.role, line)));
    const stdin = child.stdin as Writable;
    stdin.on('error', () => undefined);
    stdin.write(`${JSON.stringify(plan)}\n`);
    return new Promise((resolve) => {
      let said: RoleReport | undefined;
      splitLines(
        child.stdout as Readable,
        (line) => {
          said ??= parseReport(line);
          if (said) resolve(said);
        },
        reportLimit,
      );
      let isGone = false;
      const { promise, resolve: gone } = Promise.withResolvers<void>();
      this.#exited = promise;
      const end = (how: string, status: number | null): void => {
        if (isGone) return;
        isGone = true;
        gone();
        if (this.#child === child) this.#child = undefined;
        resolve({ state: 'failed', problem: `the role ${this.role} ended as it started (${how})` });
        this.#ended(how, status, performance.now() - startedAt, said);
      };
      child.once('error', (error) => end(`cannot run setpriv or node: ${error.message}`, null));
      // After its last lines have been read.
      child.once('close', (code, signal) => end(signal ?? `status ${code}`, code));
    });
  }

  #ended(how: string, status: number | null, lived: number, said: RoleReport | undefined): void {
    const { log } = this.#options;
    if (this.#isStopping) return;
    if (status === exitStatus.away && said?.state === 'away') {
      this.#isAway = true;
      return;
    }
    // The first start is judged by whoever asked for it.
    if (said?.state !== 'ready' && this.#deaths === 0) return;
    this.#deaths = lived > healthyMilliseconds ? 1 : this.#deaths + 1;
    const pause = pauses[Math.min(this.#deaths, pauses.length) - 1] as number;
    log(
      `alert: oh no! lost ${this.role} (${quoted(how)}); ${pause === 0 ? 'starting it again' : `starting it again in ${pause} s`}`,
    );
    this.#timer = setTimeout(() => void this.#restart(), pause * 1000);
  }

  async #restart(): Promise<void> {
    const { log } = this.#options;
    if (this.#isStopping) return;
    try {
      const said = await this.start();
      if (said.state === 'ready') {
        log(`status: ${this.role} runs again`);
        for (const problem of said.problems) log(`alert: ${quoted(problem)}`);
      } else log(`alert: ${quoted(said.problem)}`);
    } catch (error) {
      // Its plan could not be made: a file that cannot be read now.
      log(
        `alert: cannot start ${this.role}: ${quoted(error instanceof Error ? error.message : String(error))}`,
      );
      this.#deaths += 1;
      this.#timer = setTimeout(() => void this.#restart(), 60_000);
    }
  }

  /** HUP also starts a role that stayed away. */
  tell(order: RoleOrder): void {
    if (order === 'reload' && this.#isAway && !this.#isStopping) {
      void this.#restart();
      return;
    }
    this.#child?.stdin?.write(`${order}\n`);
  }

  /** Hands it the certificate files that are there now. */
  renew(certificates: string): void {
    this.#child?.stdin?.write(`${certificateMark}${certificates}\n`);
  }

  /** Hands it a line of the log. A role that does not read is not waited for: the line is left out. */
  observe(line: string): void {
    const stdin = this.#child?.stdin;
    if (!stdin || stdin.destroyed || stdin.writableLength > observedLimit) return;
    if (this.#observed === '') setImmediate(() => this.#passOn());
    this.#observed += `${logMark}${line}\n`;
  }

  /** What one turn of the event loop logged, with one call. */
  #passOn(): void {
    const text = this.#observed;
    this.#observed = '';
    this.#child?.stdin?.write(text);
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return this.#exited;
    child.stdin?.write('stop\n');
    const killer = setTimeout(() => child.kill('SIGKILL'), endPatience);
    await this.#exited;
    clearTimeout(killer);
  }
}
