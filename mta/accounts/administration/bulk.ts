// Bulk imports: up to 10,000 new accounts of one domain as a job in the background. All lines are judged first, then
// passwords are hashed, as many ahead as there are threads, while the accounts before them are written: who signs in
// meanwhile goes first. Each account is made like any other. A line that is refused is in the report with its number and words; a job can be stopped between two lines.
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { BulkJob, BulkLine, BulkReport } from '../administration.ts';
import { Busy, NoSuchObject, Refusal } from '../administration.ts';
import { isKnownHash } from '../new-hash.ts';
import { checkNewPassword } from '../password-policy.ts';
import type { Domain } from '../types.ts';
import { checkNewAccount, checkRoom, makeAccount } from './accounts.ts';
import { listAliasNames } from './alias-files.ts';
import type { Standing } from './authority.ts';
import { limitsOf, type Site, translateError } from './site.ts';

export const MOST_LINES = 10_000;
const MOST_PROBLEMS = 1000;
/** Jobs that run at once, in all domains. */
const MOST_RUNNING = 4;
/** Milliseconds that a job is known after its end. */
const KEPT_MS = 3_600_000;
/** Lines that are judged in one turn of the event loop. */
const LINES_A_TURN = 50;
/** Milliseconds before a full password queue, or a lock, is tried again. */
const BUSY_PAUSE_MS = 500;

type Problem = BulkReport['problems'][number];

class Job {
  readonly id = randomBytes(12).toString('base64url');
  readonly domain: string;
  readonly dryRun: boolean;
  readonly total: number;
  state: BulkJob['state'] = 'running';
  done = 0;
  added = 0;
  refused = 0;
  isCancelled = false;
  endedAt = 0;
  readonly problems: Problem[] = [];

  constructor(domain: string, dryRun: boolean, total: number) {
    this.domain = domain;
    this.dryRun = dryRun;
    this.total = total;
  }

  refuse(line: number, refusal: { readonly field: string; readonly message: string }): void {
    this.refused += 1;
    if (this.problems.length < MOST_PROBLEMS)
      this.problems.push({ line, field: refusal.field, words: refusal.message });
  }

  describe(): BulkJob {
    const { id, domain, dryRun, state, done, total, added, refused, problems } = this;
    return { id, domain, dryRun, state, done, total, report: { added, refused, problems: [...problems] } };
  }
}

export interface BulkOrder {
  readonly site: Site;
  readonly who: Standing;
  readonly domain: Domain;
  readonly lines: readonly BulkLine[];
  readonly dryRun: boolean;
  readonly all: boolean;
  /** Does a step of the job as the domain's user. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called after each account that was added. */
  readonly added: (name: string) => Promise<void>;
  /** Called once, at the end. */
  readonly ended: (job: BulkJob, error: unknown) => void;
}

/** The jobs of one administration. */
export class BulkJobs {
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<Job, Promise<void>>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins a job. Throws Refusal, Busy. */
  start(order: BulkOrder): string {
    const { domain, lines, dryRun } = order;
    if (lines.length === 0) throw new Refusal('lines', 'missing', 'there are no lines to import');
    if (lines.length > MOST_LINES)
      throw new Refusal('lines', 'too-many', `at most ${MOST_LINES} lines can be imported at once`);
    this.#forgetOld();
    for (const { domain: other } of this.#running.keys())
      if (other === domain.realName) throw new Busy('another import into this domain is under way');
    if (this.#running.size >= MOST_RUNNING) throw new Busy('too many imports are under way');
    const job = new Job(domain.realName, dryRun, lines.length);
    this.#jobs.set(job.id, job);
    const ended = this.#do(job, order).finally(() => this.#running.delete(job));
    this.#running.set(job, ended);
    return job.id;
  }

  /** Waits for the end of a job, but not for long: a page can be shown with what there is. */
  async wait(id: string, milliseconds: number): Promise<void> {
    const job = this.#jobs.get(id);
    const ended = job && this.#running.get(job);
    if (ended !== undefined) await Promise.race([ended, sleep(milliseconds, undefined, { ref: false })]);
  }

  /** Throws NoSuchObject. */
  find(domain: string, id: string): BulkJob {
    return this.#find(domain, id).describe();
  }

  /** Stops it before its next line. Throws NoSuchObject. */
  cancel(domain: string, id: string): void {
    this.#find(domain, id).isCancelled = true;
  }

  /** Stops all. */
  async close(): Promise<void> {
    for (const job of this.#running.keys()) job.isCancelled = true;
    await Promise.all(this.#running.values());
  }

  #find(domain: string, id: string): Job {
    const job = this.#jobs.get(id);
    if (job?.domain !== domain) throw new NoSuchObject('no such import');
    return job;
  }

  #forgetOld(): void {
    for (const [id, { endedAt }] of this.#jobs)
      if (endedAt > 0 && this.#now() - endedAt > KEPT_MS) this.#jobs.delete(id);
  }

  async #do(job: Job, order: BulkOrder): Promise<void> {
    let failure: unknown;
    try {
      const good = await judgeLines(job, order);
      const stops = job.isCancelled || (order.all && job.refused > 0);
      if (order.dryRun) job.added = order.all && job.refused > 0 ? 0 : good.length;
      else if (!stops) await addLines(job, order, good);
      job.state = job.isCancelled ? 'cancelled' : 'done';
    } catch (error) {
      failure = error;
      job.state = 'failed';
    }
    job.endedAt = this.#now();
    order.ended(job.describe(), failure);
  }
}

/** Runs a step that may be refused. Gives whether it was done; a refusal goes into the report, anything else is thrown. */
async function attempt(job: Job, line: number, step: () => Promise<void>): Promise<boolean> {
  for (;;) {
    try {
      await step();
      return true;
    } catch (error) {
      const known = translateError(error);
      if (known instanceof Busy && !job.isCancelled) {
        await sleep(BUSY_PAUSE_MS);
        continue;
      }
      if (!(known instanceof Refusal)) throw known;
      job.refuse(line, known);
      return false;
    }
  }
}

/** The lines that can be added, as far as can be known beforehand. */
async function judgeLines(
  job: Job,
  { site, who, domain, lines, dryRun, run }: BulkOrder,
): Promise<readonly BulkLine[]> {
  const good: BulkLine[] = [];
  const names = new Map<string, number>();
  const { limits, taken, count } = await run(() => readState(site, domain));
  for (const [index, line] of lines.entries()) {
    if (job.isCancelled) break;
    if (index % LINES_A_TURN === LINES_A_TURN - 1) await nextTurn();
    const isGood = await attempt(job, line.line, async () => {
      const host = line.address.slice(line.address.lastIndexOf('@') + 1).toLowerCase();
      if (!line.address.includes('@') || host !== domain.realName)
        throw new Refusal('address', 'domain', `expected an address of ${domain.realName}`);
      const { name, quota } = checkNewAccount(who, line);
      if (line.passwordHash !== undefined) checkForeignHash(who, line.passwordHash);
      const first = names.get(name);
      if (first !== undefined) throw new Refusal('address', 'taken', `the same name as in line ${first}`);
      if (line.passwordHash === undefined) await checkNewPassword(site.home, name, line.password);
      const accounts = count + good.length;
      checkRoom(who, domain, name, quota !== undefined, { limits, accounts, isTaken: taken.has(name) });
      names.set(name, line.line);
    });
    if (isGood) good.push(line);
    if (dryRun || !isGood) job.done += 1;
  }
  return good;
}

/** What is there at the beginning. */
async function readState(site: Site, domain: Domain) {
  const taken = new Set(await listAliasNames(site, domain));
  let count = 0;
  for await (const { name } of site.store.each(domain)) {
    taken.add(name);
    count += 1;
    if (count % 1000 === 0) await nextTurn();
  }
  return { limits: await limitsOf(site, domain), taken, count };
}

async function addLines(
  job: Job,
  { site, who, domain, run, added }: BulkOrder,
  lines: readonly BulkLine[],
): Promise<void> {
  const hash = async (line: BulkLine): Promise<string> =>
    line.passwordHash ?? site.hashPassword(checkNewAccount(who, line).name, line.password, true);
  // The next passwords are hashed while the accounts before them are written.
  const ahead: Promise<string>[] = [];
  let next = 0;
  const hashAhead = (): void => {
    while (ahead.length < site.hashingThreads && next < lines.length && !job.isCancelled) {
      const hashing = hash(lines[next++] as BulkLine);
      hashing.catch(() => undefined);
      ahead.push(hashing);
    }
  };
  try {
    for (const line of lines) {
      if (job.isCancelled) return;
      hashAhead();
      const hashed = ahead.shift();
      let tries = 0;
      const isAdded = await attempt(job, line.line, async () => {
        const checked = checkNewAccount(who, line);
        // A second try: its disk or lock was busy, or its hash has failed.
        const passwordHash = await (tries++ === 0 && hashed !== undefined ? hashed : hash(line));
        hashAhead();
        await run(() => makeAccount(site, who, domain, checked, passwordHash));
        await added(checked.name);
      });
      if (isAdded) job.added += 1;
      job.done += 1;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** A hash of another system. Throws Refusal. */
function checkForeignHash(who: Standing, hash: string): void {
  if (who.level !== 'system')
    throw new Refusal('hash', 'forbidden', 'only administrators of the system bring password hashes');
  if (!isKnownHash(hash))
    throw new Refusal(
      'hash',
      'unknown',
      'expected a crypt string: $6$, $5$, $1$, $2y$, $scrypt$ or 13 characters of DES, perhaps with {SCHEME} in front',
    );
}
