// The outbox: letters between Send and the queue (spec/webmail.md 4.9). A letter is held as a draft that says so, with its
// attachments, in the draft spool; `hold` answers when it would survive a power cut. Its time comes by web.due, which is
// only a clock: at every start the marks (marks.ts) say what is held, and what the clock does not know is given to it.
// Guarantees: until it leaves it can be taken back whole; who takes it back and what sends it never meet (one draft,
// one at a time); a letter that cannot leave stays with its reason, and is never dropped in silence.
import type { Account } from '../../../mta/accounts/types.ts';
import { AccountFlag } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import type { Draft, DraftSpool, HeldLetter, Trouble } from '../compose/drafts.ts';
import type { Identities } from '../identities/own.ts';
import type { DueItem, DueItems } from '../state/due.ts';
import type { Live } from '../state/live.ts';
import type { Operations } from '../state/operations.ts';
import type { SentLetters } from '../state/sent.ts';
import type { WebOptions } from '../types.ts';
import type { Translate, WordKey } from '../words/words.ts';
import type { Fates } from './fates.ts';
import { createMarks, type Mark } from './marks.ts';
import { type Released, releaseDraft } from './release.ts';

/** Letters of one account that may wait at a time. */
export const mostHeld = 200;
/** The server takes Undo so much longer than pages offer it (4.9), milliseconds. */
export const grace = 3000;

export interface OutboxCount {
  readonly letters: number;
  /** Of them, those that wait for the person. */
  readonly stuck: number;
  /** Letters that the queue could not deliver yet. */
  readonly deferred: number;
}

export interface WaitingLetter {
  readonly draft: Draft;
  /** When it is tried, milliseconds since 1970; undefined: not by itself. */
  readonly next: number | undefined;
}

export interface Outbox {
  /** How many letters of an account wait; quick, for every page. */
  count(address: string): OutboxCount;
  /** Soonest first. */
  list(address: string): Promise<readonly WaitingLetter[]>;
  /**
   * Holds a draft until its time. The caller keeps the draft to itself (DraftSpool.alone), as for the next two.
   * @returns undefined: too many wait already
   */
  hold(account: Account, draft: Draft, held: HeldLetter): Promise<Draft | undefined>;
  /** Sends it now; what could not leave stays held. */
  release(account: Account, draft: Draft): Promise<Released>;
  /** Makes it an open draft again; undefined: it has left, or is not there. */
  takeBack(address: string, id: string): Promise<Draft | undefined>;
  /** Gives it another time; false: it has left. Keeps the draft to itself. */
  putOff(address: string, id: string, at: number): Promise<boolean>;
  /** Tries it now; the state it has afterwards. Keeps the draft to itself. */
  sendNow(account: Account, id: string): Promise<Released | undefined>;
  /** Drops the letters of an account that is gone. */
  forget(address: string): Promise<void>;
  /** Looks at what is held; once, before web.due starts. */
  start(): Promise<void>;
}

interface Entry extends Mark {
  /** Its item in web.due; undefined: it waits for the person. */
  due: string | undefined;
  isStuck: boolean;
}

const kind = 'send';

export interface OutboxParts extends Pick<WebOptions, 'injector' | 'mailboxes' | 'log' | 'home' | 'reader'> {
  readonly accounts: Pick<WebOptions['accounts'], 'findAccount' | 'submission'>;
  readonly administration: Pick<WebOptions['administration'], 'account'>;
  readonly identities: Identities;
  readonly drafts: DraftSpool;
  readonly sentLetters: SentLetters;
  readonly due: DueItems;
  readonly live: Live;
  readonly operations: Operations;
  readonly fates: Fates;
  readonly clock: () => number;
  /** The language of an account. */
  readonly wordsOf: (address: string) => Translate;
}

export function createOutbox(parts: OutboxParts): Outbox {
  const { drafts, due, live, operations, fates, sentLetters, clock, log } = parts;
  const marks = createMarks(parts.home.state);
  const entries = new Map<string, Map<string, Entry>>();
  const of = (address: string): Map<string, Entry> => entries.get(address.toLowerCase()) ?? new Map();
  const tell = (address: string): void => live.tell(address, { kind: 'outbox' });

  const keep = (entry: Entry): void => {
    const key = entry.address.toLowerCase();
    const all = entries.get(key) ?? new Map<string, Entry>();
    entries.set(key, all.set(entry.draft, entry));
    tell(entry.address);
  };
  const forget = async (mark: Mark): Promise<void> => {
    await marks.remove(mark);
    const all = of(mark.address);
    const entry = all.get(mark.draft);
    if (entry?.due !== undefined) due.cancel(mark.address, entry.due);
    all.delete(mark.draft);
    if (all.size === 0) entries.delete(mark.address.toLowerCase());
    tell(mark.address);
  };
  /** Puts its time on the clock. */
  const schedule = (mark: Mark, at: number): void => {
    const before = of(mark.address).get(mark.draft)?.due;
    const isMoved = before !== undefined && due.change(mark.address, before, { at });
    const item = isMoved ? before : due.add(mark.address, kind, at, { draft: mark.draft });
    keep({ ...mark, due: item, isStuck: false });
  };

  /** Tells the toast of the letter how it ended. */
  const settle = (address: string, op: string, key: WordKey, href: string): void => {
    if (op !== '') operations.settle(address, op, parts.wordsOf(address)(key), href);
  };

  const stay = async (address: string, draft: Draft, trouble: Trouble): Promise<Released> => {
    const kept: Draft = {
      ...draft,
      state: 'held',
      held: { ...(draft.held as HeldLetter), date: undefined, trouble },
    };
    await drafts.write(address, kept);
    return { state: 'kept', draft: kept, trouble };
  };

  /** May they use the webmail, also by the switches of their domain? What nobody can say is asked of the account alone. */
  const isShut = async (account: Account): Promise<boolean> => {
    if (account.isDisabled || (account.flags & AccountFlag.noWebmail) !== 0) return true;
    try {
      const actor = { kind: 'account', address: account.address, ip: '' } as const;
      const { effectiveFlags } = await parts.administration.account(actor, account.address);
      return (effectiveFlags & AccountFlag.noWebmail) !== 0;
    } catch (error) {
      log(`web: switches of the domain of ${quoted(account.address)}: ${quoted(String(error))}`);
      return false;
    }
  };
  /** Why the account may not send now, or its copy would have no room. */
  const findObstacle = async (account: Account, draft: Draft): Promise<Trouble | undefined> => {
    const at = clock();
    if (await isShut(account)) return { reason: 'disabled', words: '', isLasting: true, at };
    if (draft.options?.copy === '-' || !(await isFull(account))) return undefined;
    return { reason: 'full', words: '', isLasting: false, at };
  };
  /** What cannot be known counts as room: the letter itself needs none. */
  const isFull = async (account: Account): Promise<boolean> => {
    try {
      const { bytes, messages } = await (await parts.mailboxes.open(account)).uids.quota();
      return [bytes, messages].some(({ used, limit }) => limit !== undefined && used >= limit);
    } catch (error) {
      log(`web: quota of ${quoted(account.address)}: ${quoted(String(error))}`);
      return false;
    }
  };

  const release = async (account: Account, draft: Draft): Promise<Released> => {
    const { address } = account;
    const op = draft.held?.op ?? '';
    const obstacle = draft.state === 'held' ? await findObstacle(account, draft) : undefined;
    const released = obstacle
      ? await stay(address, draft, obstacle)
      : await releaseDraft(parts, account, draft);
    if (released.state === 'sent') {
      const { messageId } = draft;
      const queued = sentLetters.find(address, messageId);
      if (queued) fates.follow(address, { messageId, ...queued, copy: released.copy });
      settle(address, op, 'outbox.sent', released.copy === undefined ? '' : `/m/${released.copy.id}`);
      await forget({ address, draft: draft.id });
    } else {
      settle(address, op, 'outbox.notSent', '/v/outbox');
    }
    return released;
  };

  const takeBack = async (address: string, id: string): Promise<Draft | undefined> => {
    const draft = await drafts.read(address, id);
    if (draft?.state !== 'held') return undefined;
    const open: Draft = { ...draft, state: 'open', held: undefined, savedAt: clock() };
    await drafts.write(address, open);
    await forget({ address, draft: id });
    if (draft.held) {
      const key = draft.resending ? 'outbox.stopped' : 'outbox.takenBack';
      settle(address, draft.held.op, key, `/compose?draft=${id}`);
    }
    return open;
  };

  /** The time of a letter has come. Throws when it is to be tried again. */
  const happen = async ({ address, id: item, payload }: DueItem): Promise<void> => {
    const id = (payload as { draft: string }).draft;
    await drafts.alone(address, id, async () => {
      const draft = await drafts.read(address, id);
      const entry = of(address).get(id);
      // taken back, or sent by hand meanwhile
      if (!draft?.held || draft.state === 'open' || entry?.due !== item) return;
      const account = await parts.accounts.findAccount(address);
      if (!account) {
        log(`web: a letter of ${quoted(address)} is not sent: there is no such account any more`);
        await drafts.remove(address, id);
        await forget({ address, draft: id });
        return;
      }
      const released = await release(account, draft);
      if (released.state === 'sent') return;
      const { trouble } = released;
      keep({ address, draft: id, due: trouble.isLasting ? undefined : item, isStuck: true });
      if (!trouble.isLasting) throw new Error(`${trouble.reason} ${trouble.words}`);
    });
  };

  due.whenDue(kind, happen);

  return {
    count(address) {
      const all = of(address);
      let stuck = 0;
      for (const { isStuck } of all.values()) if (isStuck) stuck++;
      return { letters: all.size, stuck, deferred: fates.countDeferred(address) };
    },

    async list(address) {
      const found: WaitingLetter[] = [];
      for (const { draft: id, due: item } of of(address).values()) {
        const draft = await drafts.read(address, id);
        const next = item === undefined ? undefined : due.find(address, item)?.at;
        if (draft?.held && draft.state !== 'open') found.push({ draft, next });
      }
      return found.toSorted((a, b) => (a.draft.held?.at ?? 0) - (b.draft.held?.at ?? 0));
    },

    async hold({ address }, draft, held) {
      if (of(address).size >= mostHeld) return undefined;
      const mark: Mark = { address, draft: draft.id };
      const waiting: Draft = { ...draft, state: 'held', held };
      await marks.add(mark);
      await drafts.write(address, waiting);
      await drafts.makeDurable(address, waiting);
      schedule(mark, held.at);
      return waiting;
    },

    release,
    takeBack: (address, id) => takeBack(address, id),

    putOff: (address, id, at) =>
      drafts.alone(address, id, async () => {
        const draft = await drafts.read(address, id);
        if (draft?.state !== 'held' || !draft.held) return false;
        const held: HeldLetter = { ...draft.held, at, shownUntil: at, kind: 'later', trouble: undefined };
        await drafts.write(address, { ...draft, held });
        schedule({ address, draft: id }, at);
        return true;
      }),

    sendNow: (account, id) =>
      drafts.alone(account.address, id, async () => {
        const { address } = account;
        const draft = await drafts.read(address, id);
        if (draft?.state !== 'held' || !draft.held) return undefined;
        const released = await release(account, draft);
        if (released.state === 'kept') {
          if (released.trouble.isLasting) {
            const entry = of(address).get(id);
            if (entry?.due !== undefined) due.cancel(address, entry.due);
            keep({ address, draft: id, due: undefined, isStuck: true });
          } else {
            schedule({ address, draft: id }, clock() + 60_000);
            keep({ ...(of(address).get(id) as Entry), isStuck: true });
          }
        }
        return released;
      }),

    async forget(address) {
      for (const id of [...of(address).keys()])
        await drafts.alone(address, id, async () => {
          await drafts.remove(address, id);
          await forget({ address, draft: id });
        });
    },

    async start() {
      for (const mark of await marks.list()) {
        const draft = await drafts.read(mark.address, mark.draft);
        if (!draft?.held || draft.state === 'open') {
          await marks.remove(mark);
          continue;
        }
        const trouble = draft.held.trouble;
        const known = due
          .list(mark.address, kind)
          .find(({ payload }) => (payload as { draft?: string }).draft === mark.draft);
        const isWaiting = draft.state === 'held' && trouble?.isLasting === true;
        const item = isWaiting
          ? undefined
          : (known?.id ?? due.add(mark.address, kind, draft.held.at, { draft: mark.draft }));
        keep({ ...mark, due: item, isStuck: trouble !== undefined });
      }
    },
  };
}
