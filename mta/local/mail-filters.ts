// Mail filters at delivery: which Sieve scripts rule a letter to an account, run one after the other (the site's, the
// domain's, the account's), and what they come to as one plan, which filter-actions.ts carries out. A script that keeps
// the letter, or is wrong, hands it on; one that files or discards it ends the row. Nothing here loses a letter: what goes
// wrong leaves it to the inbox (RFC 5228 2.10.6).
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import type { DeliveryDsn } from '../delivery.ts';
import { type Log, quoted } from '../log.ts';
import { dropFile, openFile, readWhole } from '../maildir/calls.ts';
import type { FoundScript, ScriptReader } from '../sieve/script-reader.ts';
import { openSeenLetters } from '../sieve/seen-letters.ts';
import {
  SIEVE_LETTER_BYTES,
  type SieveAction,
  type SieveEnvironment,
  type SieveLetter,
  type SieveResult,
  type SieveScript,
} from '../sieve/types.ts';
import { readMarks } from '../trust/junk-fields.ts';
import type { FilterActions } from './filter-actions.ts';
import type { FilterFaults } from './filter-faults.ts';
import type { FilterFolders } from './filter-folders.ts';
import type { Mailbox, QueuedLetter, StoreResult, StoreWishes } from './mailbox-store.ts';

/** A letter to an account. */
export interface FilteredLetter extends QueuedLetter {
  /** The address that it was sent to, as the domain has it. */
  readonly wanted: string;
  readonly dsn?: DeliveryDsn | undefined;
  /** It was here before, as its Delivered-To lines say. */
  readonly cameBack?: boolean | undefined;
}

/** The header as a script changed it (RFC 5293). */
export interface EditedHeader {
  readonly bytes: Buffer;
  /** Bytes of the letter's own, which it stands for. */
  readonly skip: number;
}

/** What is to be done besides keeping the letter. */
export interface PlannedAction {
  readonly action: Exclude<SieveAction, { type: 'keep' | 'discard' }>;
  readonly header: EditedHeader | undefined;
}

/** What all scripts together came to. */
export interface FilterPlan {
  /** Undefined: nothing goes to the inbox. */
  readonly keep:
    | {
        readonly flags: readonly string[];
        readonly header: EditedHeader | undefined;
        readonly implicit: boolean;
      }
    | undefined;
  readonly actions: readonly PlannedAction[];
  /** The letter as the scripts saw it first. */
  readonly bytes: Buffer;
  /** Writes down which ids were seen, once the letter is delivered. */
  readonly commit: () => Promise<void>;
}

export interface MailFilters {
  /** Does any script rule letters to this mailbox? Never rejects. */
  rule(mailbox: Mailbox): Promise<boolean>;
  /**
   * Delivers by the scripts. Undefined: there are none, or they cannot be asked; or the letter came back, and not because a
   * script had sent it on. Never rejects.
   */
  deliver(letter: FilteredLetter, mailbox: Mailbox, wishes: StoreWishes): Promise<StoreResult | undefined>;
}

/** Control files, as they are now. */
export interface FilterSettings {
  /** 0: no scripts. */
  readonly sieve: number;
  /** The site's script; '' for none. */
  readonly sievebefore: string;
}

export interface MailFilterParts {
  readonly settings: () => FilterSettings;
  readonly scripts: ScriptReader;
  readonly runScript: (
    script: SieveScript,
    letter: SieveLetter,
    environment: SieveEnvironment,
  ) => Promise<SieveResult>;
  readonly folders: FilterFolders;
  readonly actions: FilterActions;
  readonly faults: FilterFaults;
  /** A stat of a directory that others of the same delivery asked for, too. */
  readonly statDirectory: (path: string) => Promise<Stats>;
  /** For the scripts: the name of this machine. */
  readonly hostname: string;
  readonly log: Log;
}

interface RulingScript {
  readonly found: FoundScript;
  readonly isOwners: boolean;
}

/** With whose each redirect is. */
interface WholePlan extends FilterPlan {
  readonly sentOnBy: Map<Extract<SieveAction, { type: 'redirect' }>, RulingScript>;
}

/** What a score of the doors is at which letters are junk, in the scale of RFC 5235. */
const JUNK_AT = 5;

export function createMailFilters(parts: MailFilterParts): MailFilters {
  const { scripts, settings, faults, log, statDirectory } = parts;
  /** One letter at a time where scripts ask what was seen: two copies that come at once are one and a duplicate. */
  const turns = new Map<string, Promise<unknown>>();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  async function find(mailbox: Mailbox): Promise<readonly RulingScript[]> {
    const { sieve, sievebefore } = settings();
    if (sieve === 0) return [];
    const found: RulingScript[] = [];
    const take = (script: FoundScript | undefined, isOwners: boolean): void => {
      if (script) found.push({ found: script, isOwners });
    };
    take(scripts.compileText('control/sievebefore', sievebefore), false);
    const { directory, from, owner } = mailbox;
    // A home that is not there has no script; the delivery makes it.
    const [domainStats, homeStats] = await Promise.all(
      [from, directory].map((path) => statDirectory(path).catch(() => undefined)),
    );
    if (domainStats) take(await scripts.findOfDomain({ directory: from, ...owner }, domainStats), false);
    if (homeStats) take(await scripts.findActive({ directory, ...owner }, homeStats), true);
    return found;
  }

  async function plan(
    ruling: readonly RulingScript[],
    letter: FilteredLetter,
    mailbox: Mailbox,
  ): Promise<WholePlan> {
    const bytes = letter.message?.subarray(0, SIEVE_LETTER_BYTES) ?? (await readBeginning(letter.path));
    const now = new Date();
    const home = { directory: mailbox.directory, ...mailbox.owner };
    const seen = openSeenLetters(home, Math.floor(now.getTime() / 1000));
    const environment = environmentOf(letter, mailbox, bytes, now, seen.isDuplicate);
    const actions: PlannedAction[] = [];
    const known = new Set<string>();
    const sentOnBy: WholePlan['sentOnBy'] = new Map();
    let keep: NonNullable<FilterPlan['keep']> = { flags: [], header: undefined, implicit: true };
    let seenBytes = bytes;
    for (const ruler of ruling) {
      const { found, isOwners } = ruler;
      if (found.script === undefined) {
        if (found.fault) await faults.tell(mailbox, found, found.fault, isOwners);
        continue;
      }
      const { header } = keep;
      const size = letter.size + seenBytes.length - bytes.length;
      const result = await run(found.script, { bytes: seenBytes, size }, environment, mailbox);
      if (result.error) {
        await faults.tell(mailbox, found, result.error, isOwners);
        continue;
      }
      const skip = header?.skip ?? result.headers[0]?.length ?? 0;
      const headerAfter = (edits: number): EditedHeader | undefined =>
        edits === 0 ? header : { bytes: result.headers[edits]!, skip };
      let own: FilterPlan['keep'];
      for (const action of result.actions) {
        if (action.type === 'keep') {
          const flags = [...new Set([...keep.flags, ...action.flags])];
          own = { flags, header: headerAfter(action.edits), implicit: action.implicit };
          continue;
        }
        if (action.type === 'discard') continue;
        const key = keyOf(action);
        if (known.has(key)) continue;
        known.add(key);
        if (action.type === 'redirect') sentOnBy.set(action, ruler);
        actions.push({ action, header: headerAfter('edits' in action ? action.edits : 0) });
      }
      if (result.isDone) return { keep: undefined, actions, sentOnBy, bytes, commit: seen.commit };
      if (own) keep = own;
      if (own?.header && own.header !== header)
        seenBytes = Buffer.concat([own.header.bytes, bytes.subarray(own.header.skip)]);
    }
    return { keep, actions, sentOnBy, bytes, commit: seen.commit };
  }

  /**
   * security.md R10: a letter that a script sent on and that came back goes no further: it is kept, filed where the scripts
   * want it, and who sends it round is told. Undefined: no script would send it on.
   */
  async function endLoop(planned: WholePlan, mailbox: Mailbox): Promise<FilterPlan | undefined> {
    const [first] = planned.sentOnBy;
    if (first === undefined) return undefined;
    const [{ address, line }, { found, isOwners }] = first;
    const message = `it sends letters on to ${address}, and they come back here; expected another address`;
    await faults.tell(mailbox, found, { line, column: 1, message }, isOwners);
    return {
      ...planned,
      keep: planned.keep ?? { flags: [], header: undefined, implicit: true },
      actions: planned.actions.filter(({ action }) => action.type === 'fileinto'),
    };
  }

  /** A fault of ours is one of the script: its letter goes to the inbox. */
  async function run(
    script: SieveScript,
    letter: SieveLetter,
    environment: SieveEnvironment,
    mailbox: Mailbox,
  ): Promise<SieveResult> {
    try {
      return await parts.runScript(script, letter, environment);
    } catch (error) {
      log(`alert: bug: mail filter of ${quoted(mailbox.address)}: ${quoted(describeWhole(error))}`);
      const fault = { line: 1, column: 1, message: 'the server could not run it, and its log says why' };
      return { actions: [], headers: [], error: fault, isDone: false };
    }
  }

  function environmentOf(
    letter: FilteredLetter,
    mailbox: Mailbox,
    bytes: Buffer,
    now: Date,
    isDuplicate: SieveEnvironment['mailbox']['isDuplicate'],
  ): SieveEnvironment {
    const home = { directory: mailbox.directory, ...mailbox.owner };
    return {
      envelopeFrom: letter.sender,
      envelopeTo: letter.wanted,
      items: {
        domain: mailbox.address.slice(mailbox.address.lastIndexOf('@') + 1),
        host: parts.hostname,
        location: 'MDA',
        name: 'Facteur',
        phase: 'during',
      },
      spam: spamOf(bytes),
      virus: virusOf(bytes),
      now,
      zone,
      mailbox: {
        exists: (name) => parts.folders.exists(mailbox, name),
        findSpecialUse: (use) => parts.folders.findSpecialUse(mailbox, use),
        isDuplicate,
      },
      findScript: (name, location) =>
        location === 'personal'
          ? scripts.findNamed(home, name)
          : scripts.findShared({ directory: mailbox.from, ...mailbox.owner }, name),
    };
  }

  async function deliverBy(
    ruling: readonly RulingScript[],
    letter: FilteredLetter,
    mailbox: Mailbox,
    wishes: StoreWishes,
  ): Promise<StoreResult | undefined> {
    let planned: FilterPlan | undefined;
    try {
      const whole = await plan(ruling, letter, mailbox);
      planned = letter.cameBack ? await endLoop(whole, mailbox) : whole;
    } catch (error) {
      // The letter is where it would be without filters.
      log(`warning: mail filters of ${quoted(mailbox.address)} cannot run: ${quoted(describeWhole(error))}`);
      return undefined;
    }
    return planned && parts.actions.carryOut(planned, letter, mailbox, wishes);
  }

  return {
    rule: async (mailbox) => (await find(mailbox)).length > 0,
    async deliver(letter, mailbox, wishes) {
      const ruling = await find(mailbox);
      if (ruling.length === 0) return undefined;
      // What is included may ask, too.
      const asksWhatWasSeen = ruling.some(({ found }) =>
        ['duplicate', 'include'].some((name) => found.script?.capabilities.has(name)),
      );
      if (!asksWhatWasSeen) return deliverBy(ruling, letter, mailbox, wishes);
      const key = mailbox.directory;
      const turn = (turns.get(key) ?? Promise.resolve()).then(() =>
        deliverBy(ruling, letter, mailbox, wishes),
      );
      const quiet = turn.catch(() => undefined);
      turns.set(key, quiet);
      try {
        return await turn;
      } finally {
        if (turns.get(key) === quiet) turns.delete(key);
      }
    },
  };
}

/** Equal actions of several scripts are one, as within one script (RFC 5228 2.10.3). */
function keyOf(action: PlannedAction['action']): string {
  switch (action.type) {
    case 'fileinto':
      return `fileinto ${action.specialUse ?? ''} ${action.mailbox}`;
    case 'redirect':
      return `redirect ${action.address.toLowerCase()}`;
    case 'notify':
      return `notify ${action.method} ${action.message ?? ''}`;
    default:
      return action.type;
  }
}

/** RFC 5235: what the doors found, where they looked. */
export function spamOf(bytes: Buffer): SieveEnvironment['spam'] {
  const { verdict, isFlagged } = readMarks(bytes);
  if (verdict === undefined) return isFlagged ? { score: 10, percent: 100 } : { score: 0, percent: 0 };
  const isJunk = verdict.outcome === 'junk' || isFlagged;
  // A point of ours is a point of the scale; what is junk is in its upper half, what is not in the lower.
  const score = Math.round(Math.min(10, Math.max(isJunk ? JUNK_AT : 1, 1 + verdict.score)));
  const bounded = isJunk ? score : Math.min(score, JUNK_AT - 1);
  return { score: bounded, percent: Math.round(((bounded - 1) * 100) / 9) };
}

/** RFC 5235 3.2: 0 was not tested, 1 is clean, 5 has a virus for certain. */
export function virusOf(bytes: Buffer): number {
  const found = readMarks(bytes).verdict?.findings.find(({ check }) => check === 'clamd');
  return found?.result === 'virus' ? 5 : found?.result === 'clean' ? 1 : 0;
}

async function readBeginning(path: string): Promise<Buffer> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await readWhole(descriptor, SIEVE_LETTER_BYTES);
  } finally {
    dropFile(descriptor);
  }
}

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
