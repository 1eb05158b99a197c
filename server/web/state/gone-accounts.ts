// Accounts that are gone are forgotten: whoever gets the address later finds nothing of the former person. Removals through
// our own programs leave notes (mta/accounts/removal-notes.ts), which are taken up before any request is answered, at the
// start and once a minute; accounts that vanished otherwise are looked for once a day and forgotten when they have been
// absent for 30 days. While a back end cannot answer, everybody is there. An account that has the home which the note names
// was not removed.
import { statSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { syncDirectory } from '../../../mta/accounts/durable.ts';
import {
  identifyIfThere,
  isNoteName,
  parseNote,
  type RemovalNote,
  removalDirectory,
} from '../../../mta/accounts/removal-notes.ts';
import type { Accounts } from '../../../mta/accounts/types.ts';
import { isMissing } from '../../../mta/control/cached-file.ts';
import { type Log, quoted } from '../../../mta/log.ts';
import { mayBeIndexOf } from '../../mailbox/index-name.ts';
import type { StateDatabase } from './database.ts';
import { openForgetting } from './forgetting.ts';
import { addressOfSpool, namesIn } from './spools.ts';

export interface GoneAccounts {
  /** Says what else has to forget an address: what is held in memory. Before the rows and files go, and after. */
  whenForgotten(forget: (address: string) => void | Promise<void>): void;
  /** Hears last of each removal: of `name@domain`, or of `@domain` with all of it. Requests wait for it. */
  whenRemoved(hear: (removed: string) => void): void;
  /** Takes up the notes that are there. Who could not be forgotten is told in the log, and tried again each time. */
  takeUp(): Promise<void>;
  /** Is there still something of a former person under this address? Then nobody may come in under it. */
  isHaunted(address: string): boolean;
  /** Takes up notes; rejects when the address is haunted. */
  keepOut(address: string): Promise<void>;
  /** Looks who is absent, and forgets who has been for 30 days. */
  sweep(): Promise<void>;
  /** Takes up notes once a minute and sweeps once a day from now on. */
  start(): void;
  close(): Promise<void>;
}

export interface GoneAccountsParts {
  readonly state: string;
  readonly database: StateDatabase;
  readonly accounts: Pick<Accounts, 'findAccount' | 'findDomain'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Milliseconds after which somebody absent is forgotten. */
const absentFor = 30 * 24 * 3600_000;
const sweepEvery = 24 * 3600_000;
/** A removal is begun so soon after its note; the note of one that never happened goes then. */
const noteLife = 3600_000;
/** The time of a directory tells two changes apart when there is so much between them, milliseconds. */
const coarsest = 2000;

/** Directories of STATE with one directory an account, named as drafts.ts does. */
const spools = ['drafts', 'outbox'];

export function openGoneAccounts({ state, database, accounts, log, now }: GoneAccountsParts): GoneAccounts {
  // A row without an address says when everybody was looked for.
  database.exec(
    'create table if not exists web_gone (address text primary key, since integer not null) without rowid',
  );
  const insert = database.prepare('insert or ignore into web_gone values (?, ?)');
  const replace = database.prepare('insert or replace into web_gone values (?, ?)');
  const remove = database.prepare('delete from web_gone where address = ?');
  const select = database.prepare<[string], number>('select since from web_gone where address = ?').pluck();
  const { nextAddress, forget: forgetRows } = openForgetting(database);
  const forgetters: ((address: string) => void | Promise<void>)[] = [];
  const hearers: ((removed: string) => void)[] = [];
  const directory = removalDirectory(state);

  async function forget(address: string): Promise<void> {
    const forgetHeld = async (): Promise<void> => {
      for (const each of forgetters) await each(address);
    };
    await forgetHeld();
    for (const spool of spools)
      await rm(join(state, spool, encodeURIComponent(address.toLowerCase())), {
        recursive: true,
        force: true,
      });
    await forgetRows(address);
    // Something may have looked meanwhile.
    await forgetHeld();
    log(`web: forgot what was kept of ${quoted(address)}`);
  }

  /** Indexes are made anew from the Maildir: nobody misses one that somebody else had. */
  async function removeIndexes(address: string): Promise<void> {
    for (const name of await namesIn(join(state, 'index')))
      if (mayBeIndexOf(name, address)) await rm(join(state, 'index', name), { force: true });
  }

  /** Everybody of whom something is kept. */
  async function listAddresses(): Promise<readonly string[]> {
    const found = new Set<string>();
    for (let at = nextAddress(''); at !== undefined; at = nextAddress(at)) {
      found.add(at);
      if (found.size % 50 === 0) await breathe();
    }
    for (const spool of spools)
      for (const name of await namesIn(join(state, spool))) {
        const address = addressOfSpool(name);
        if (address !== undefined) found.add(address);
      }
    return [...found];
  }

  /** What is at the place of what was removed. Throws when nobody can tell. */
  async function look(note: RemovalNote): Promise<'nothing' | 'the same' | 'another'> {
    const { removed, place } = note;
    const domain = removed.startsWith('@') ? await accounts.findDomain(removed.slice(1)) : undefined;
    const account = removed.startsWith('@') ? undefined : await accounts.findAccount(removed);
    // An alias is no domain with accounts of its own.
    const there = domain?.realName === domain?.name ? (domain?.directory ?? account?.maildir) : undefined;
    if (there === undefined) return 'nothing';
    return (await identifyIfThere(there)) === place ? 'the same' : 'another';
  }

  const told = new Set<string>();
  const tellOnce = (path: string, words: string): void => {
    if (!told.has(path)) log(`web: ${quoted(path)}: ${words}`);
    told.add(path);
  };

  /** Of removals that could not be taken up: addresses, and `@domain`. */
  let haunted: ReadonlySet<string> = new Set();

  /** @returns whether it stays, and whom to keep out meanwhile */
  async function takeUpNote(path: string): Promise<boolean | string> {
    const text = await readIfThere(path);
    if (text === undefined) return false;
    let note: RemovalNote;
    try {
      note = parseNote(text);
    } catch (error) {
      tellOnce(path, `no note of a removal: ${quoted(String(error))}`);
      return false;
    }
    let found: Awaited<ReturnType<typeof look>>;
    try {
      found = await look(note);
    } catch (error) {
      tellOnce(path, `cannot tell yet whether ${quoted(note.removed)} is gone: ${quoted(String(error))}`);
      return note.removed;
    }
    if (found === 'the same') {
      const age = now() - (await stat(path).then(({ mtimeMs }) => mtimeMs, now));
      if (age < noteLife) return true;
    } else {
      try {
        await forgetRemoved(note.removed, found);
      } catch (error) {
        tellOnce(path, `cannot forget ${quoted(note.removed)} yet: ${quoted(String(error))}`);
        return note.removed;
      }
    }
    await rm(path, { force: true });
    // One that came back after a power cut would meet the next person.
    await syncDirectory(directory);
    return false;
  }

  async function forgetRemoved(removed: string, found: 'nothing' | 'another'): Promise<void> {
    const whose = removed.startsWith('@')
      ? (await listAddresses()).filter((address) => address.endsWith(removed))
      : [removed];
    for (const address of whose) await forget(address);
    for (const hear of hearers) hear(removed);
    // Somebody else's, made anew, may be in use.
    if (found === 'nothing') await removeIndexes(removed);
  }

  const isHaunted = (address: string): boolean =>
    haunted.has(address) || haunted.has(address.slice(address.lastIndexOf('@')));

  let seen = Number.NaN;
  let isPending = false;
  /** At once: the state lies on a disk of this machine (SQLite wants that too), and every request asks. */
  const changedAt = (): number | undefined => {
    try {
      return statSync(directory, { throwIfNoEntry: false })?.mtimeMs;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const isSame = (changed: number | undefined): boolean =>
    changed === undefined || (!isPending && changed === seen && Date.now() - changed > coarsest);

  async function lookThrough(): Promise<void> {
    const changed = changedAt();
    if (changed === undefined || isSame(changed)) return;
    // Until all of it has gone well.
    isPending = true;
    let isLeft = false;
    const out = new Set<string>();
    for (const name of await namesIn(directory)) {
      const stays = isNoteName(name) && (await takeUpNote(join(directory, name)));
      if (typeof stays === 'string') out.add(stays);
      isLeft ||= stays !== false;
    }
    haunted = out;
    seen = changed;
    isPending = isLeft;
  }

  const nothing = Promise.resolve();
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running = lookThrough().finally(() => {
      running = undefined;
    });
    return running;
  };
  /** A look that begins after the question: one that is under way may have passed what is asked about. */
  const takeUp = (): Promise<void> => {
    if (running === undefined) return isSame(changedAt()) ? nothing : run();
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return run();
      });
    return following;
  };

  let isClosed = false;
  async function sweep(): Promise<void> {
    for (const address of await listAddresses()) {
      if (isClosed) return;
      const isAbsent = await accounts.findAccount(address).then(
        (account) => account === undefined,
        () => false,
      );
      if (!isAbsent) {
        if (select.get(address) !== undefined) remove.run(address);
        continue;
      }
      insert.run(address, now());
      if (now() - (select.get(address) ?? now()) < absentFor) continue;
      await forget(address);
      for (const hear of hearers) hear(address);
      await removeIndexes(address);
    }
    replace.run('', now());
  }

  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const tick = async (): Promise<void> => {
    try {
      await takeUp();
      if (!(now() - (select.get('') ?? 0) < sweepEvery)) await sweep();
    } catch (error) {
      log(`web: not everybody who is gone is forgotten: ${quoted(String(error))}`);
    }
  };

  return {
    whenForgotten: (each) => void forgetters.push(each),
    whenRemoved: (each) => void hearers.push(each),
    takeUp,
    isHaunted,
    async keepOut(address) {
      await takeUp();
      if (isHaunted(address)) throw new Error('what a former person left is not forgotten yet');
    },
    sweep,
    start() {
      timer = setInterval(() => {
        work = work.then(tick);
      }, 60_000);
      timer.unref();
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await Promise.all([work, following, running].map((one) => one?.catch(() => undefined)));
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
