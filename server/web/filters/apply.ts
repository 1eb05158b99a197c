// A rule on mail that is there already (webmail.md R3): which of the last letters it would have meant, and doing to those of
// a folder what it does to new ones. Both run the rule as it is compiled for the delivery, over the letters themselves; the
// interpreter gives the event loop its turns. Only what stays in the mailbox is done: nothing is forwarded, refused or
// deleted, and what was done can be undone.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Request } from 'express';
import { emptyBook, noActions, type Rule } from '../../../mta/sieve/rules/rule.ts';
import { writeRules } from '../../../mta/sieve/rules/script.ts';
import {
  SIEVE_LETTER_BYTES,
  type SieveEnvironment,
  type SieveLetter,
  type SieveScript,
} from '../../../mta/sieve/types.ts';
import type { Mailbox, MessageRow } from '../../mailbox/types.ts';
import { restoreEntries } from '../actions/run.ts';
import { takeBack } from '../actions/undo.ts';
import type { Job, JobOutcome } from '../state/jobs.ts';
import { countOf, type UndoRef } from '../state/undo-lists.ts';
import type { WebParts } from '../web.ts';

/** Letters that a rule is tried on, and those of them that are shown. */
export const mostTried = 1000;
const mostShown = 20;
/** Letters that are read at once. */
const width = 4;
/** Letters whose changes are one call of the mailbox. */
const batchSize = 100;
const mostMessages = 1_000_000;

export interface Tried {
  /** Letters that match, of those looked at. */
  readonly matching: number;
  readonly of: number;
  /** The newest of them. */
  readonly rows: readonly MessageRow[];
  readonly shown: number;
}

type Entry = Parameters<Mailbox['restore']>[0][number];
interface Made {
  readonly id: string;
  readonly folder: string;
}

/** The letter as it came to the delivery: without what that put on top, lines ended by LF. */
function asDelivered(bytes: Buffer): { readonly bytes: Buffer; readonly sender: string } {
  const text = bytes.includes('\r\n')
    ? Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
    : bytes;
  const top = text.subarray(0, 4096).toString('latin1');
  const [lines = '', sender = ''] = /^Return-Path: <([^\n]*)>\n(?:Delivered-To: [^\n]*\n)?/i.exec(top) ?? [];
  return { bytes: text.subarray(lines.length), sender };
}

/** Does the rule mean a letter? Made once, asked for many. @throws Error when our own rule does not compile */
async function createMatcher(
  web: WebParts,
  req: Request,
  mailbox: Mailbox,
  rule: Rule,
): Promise<(id: string, folder: string) => Promise<boolean>> {
  const { account } = web.session(req);
  const { formats } = web.shell.localsOf(req);
  // What it does is not asked here: a rule of the same conditions that throws the letter away says which are meant.
  const probe: Rule = {
    ...rule,
    isOn: true,
    waitsFor: [],
    actions: { ...noActions, place: { kind: 'discard' } },
  };
  const { script, faults } = await web.filters.check(writeRules({ ...emptyBook, rules: [probe] }), 'rule');
  if (script === undefined) throw new Error(`a rule does not compile: ${faults[0]?.message}`);
  const folders = new Set((await mailbox.folders()).map(({ name }) => name));
  const environment = (sender: string, bytes: Buffer): SieveEnvironment => ({
    envelopeFrom: sender,
    envelopeTo: account.address,
    items: {},
    spam: web.filters.spamOf(bytes),
    virus: web.filters.virusOf(bytes),
    now: new Date(web.clock()),
    zone: formats.zone,
    mailbox: {
      exists: async (name) => folders.has(name),
      findSpecialUse: async () => undefined,
      isDuplicate: async () => false,
    },
    findScript: async () => undefined,
  });
  return async (id, folder) => {
    const letter = await readLetter(mailbox, id, folder);
    return letter !== undefined && matches(web, script, letter, environment(letter.sender, letter.bytes));
  };
}

async function matches(
  web: WebParts,
  script: SieveScript,
  letter: SieveLetter,
  environment: SieveEnvironment,
): Promise<boolean> {
  const { actions, error } = await web.filters.run(script, letter, environment);
  return error === undefined && actions.some(({ type }) => type === 'discard');
}

async function readLetter(
  mailbox: Mailbox,
  id: string,
  folder: string,
): Promise<(SieveLetter & { readonly sender: string }) | undefined> {
  const opened = await mailbox.openMessage(id, folder);
  if (!opened) return undefined;
  const { handle, size } = opened;
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, SIEVE_LETTER_BYTES));
    let read = 0;
    while (read < buffer.length) {
      const { bytesRead } = await handle.read(buffer, read, buffer.length - read, read);
      if (bytesRead === 0) break;
      read += bytesRead;
    }
    return { ...asDelivered(buffer.subarray(0, read)), size };
  } finally {
    await handle.close();
  }
}

/** Those of some letters that match, in their order. */
async function findMatching<T extends { readonly id: string; readonly folder: string }>(
  letters: readonly T[],
  match: (id: string, folder: string) => Promise<boolean>,
): Promise<readonly T[]> {
  const found = new Set<T>();
  const rest = letters.values();
  const work = async (): Promise<void> => {
    for (const letter of rest) {
      if (await match(letter.id, letter.folder)) found.add(letter);
      // Letters are small and many: others have their turn after each.
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return letters.filter((letter) => found.has(letter));
}

/** The newest letters that came in: not what the person wrote, nor Junk and Trash. */
async function newestLetters(mailbox: Mailbox): Promise<readonly MessageRow[]> {
  const own = new Set(
    (await mailbox.folders())
      .filter(({ role }) => role === 'sent' || role === 'drafts')
      .map(({ name }) => name),
  );
  const rows: MessageRow[] = [];
  let after: string | undefined;
  do {
    const page = await mailbox.list({ limit: 200, after });
    rows.push(...page.rows.filter(({ folder }) => !own.has(folder)));
    after = page.older;
  } while (after !== undefined && rows.length < mostTried);
  return rows.slice(0, mostTried);
}

export async function tryRule(web: WebParts, req: Request, rule: Rule): Promise<Tried> {
  const mailbox = await web.mailbox(req);
  const letters = await newestLetters(mailbox);
  const found = await findMatching(letters, await createMatcher(web, req, mailbox, rule));
  return { matching: found.length, of: letters.length, rows: found.slice(0, mostShown), shown: mostShown };
}

/** What the rule does to letters that stay in the mailbox. */
async function carryOut(
  mailbox: Mailbox,
  { actions }: Rule,
  ids: readonly string[],
  folder: string,
): Promise<{ readonly undo: readonly Entry[]; readonly made: readonly Made[] }> {
  const { place, copyTo, labels, isRead, isStarred } = actions;
  const before = new Map<string, Entry>();
  const note = (entries: readonly Entry[]): void => {
    // As it was first; keywords where they were touched.
    for (const entry of entries) before.set(entry.id, { ...entry, ...before.get(entry.id) });
  };
  if (labels.length > 0) note((await mailbox.setKeywords(ids, labels, [], folder)).undo);
  const flags = (isRead ? 'S' : '') + (isStarred ? 'F' : '');
  if (flags !== '') note((await mailbox.setFlags(ids, flags, '', folder)).undo);
  const made = copyTo === '' || copyTo === folder ? [] : (await mailbox.copy(ids, copyTo, folder)).made;
  if (place.kind === 'move' && place.folder !== folder)
    note((await mailbox.move(ids, place.folder, folder)).undo);
  return { undo: [...before.values()], made };
}

/** Applies a rule to the letters of a folder, as a job; gives its id, undefined when too many run. */
export async function applyRule(
  web: WebParts,
  req: Request,
  rule: Rule,
  folder: string,
  title: string,
): Promise<string | undefined> {
  const { t } = web.shell.localsOf(req);
  const mailbox = await web.mailbox(req);
  const match = await createMatcher(web, req, mailbox, rule);
  const upTo = web.clock();
  const work = async (job: Job): Promise<JobOutcome> => {
    const ids = await mailbox.idsMatching({ folder }, upTo, mostMessages);
    const entries = web.undoLists.collect<Entry>();
    const copies = web.undoLists.collect<Made>();
    let done = 0;
    for (let at = 0; at < ids.length && !job.signal.aborted; at += batchSize) {
      job.step(at, ids.length);
      const letters = ids.slice(at, at + batchSize).map((id) => ({ id, folder }));
      const found = (await findMatching(letters, match)).map(({ id }) => id);
      if (found.length === 0) continue;
      const { undo, made } = await carryOut(mailbox, rule, found, folder);
      entries.add(undo);
      copies.add(made);
      done += found.length;
    }
    job.step(ids.length, ids.length);
    const undo = { kind: 'filter-applied', entries: entries.end(), copies: copies.end() };
    return { words: t('rules.applied', { n: done }), undo: done === 0 ? undefined : undo };
  };
  return web.jobs.start(web.session(req).account.address, title, work);
}

/** Tells the web how an applied rule is taken back: copies go, letters get their folder, flags and labels again. */
export function undoApplied(web: WebParts): void {
  web.undoWith('filter-applied', async (req, payload, op) => {
    const { entries, copies } = payload as {
      readonly entries: UndoRef<Entry>;
      readonly copies: UndoRef<Made>;
    };
    const mailbox = await web.mailbox(req);
    await takeBack(web, req, op, countOf(entries) + countOf(copies), async (job) => {
      let done = 0;
      for (const part of web.undoLists.parts(copies))
        for (const [folder, made] of Map.groupBy(part, (one) => one.folder)) {
          const ids = made.map(({ id }) => id);
          done += (await mailbox.remove(ids, folder)).done;
        }
      return done + (await restoreEntries(web, mailbox, entries, job));
    });
  });
}
