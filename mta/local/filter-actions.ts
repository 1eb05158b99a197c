// Carries out what mail filters came to: first all that is stored, then what is sent on, answered and told, last what is
// written down of it. A letter is never lost: a folder that is not there or cannot be written gives way to the inbox, and
// what may pass puts the delivery off; what was done by then is written down and not done again (filter-progress.ts).
// Answers and notices are courtesies: they never put a letter off.
import type { DsnRequest } from '../formats/dsn.ts';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import type { Outcome } from '../outcome.ts';
import type { SieveAction } from '../sieve/types.ts';
import { readMarks } from '../trust/junk-fields.ts';
import { makeDeliveredToLine } from './environment.ts';
import type { FilterAnswers } from './filter-answers.ts';
import type { FilterFolders, NamedFolder } from './filter-folders.ts';
import { type FilterProgress, letterKey, openProgress } from './filter-progress.ts';
import { forwardMessage } from './forward.ts';
import { forwardWishes } from './forward-wishes.ts';
import type { EditedHeader, FilteredLetter, FilterPlan, PlannedAction } from './mail-filters.ts';
import type { Mailbox, MailboxStore, StoreResult, StoreWishes } from './mailbox-store.ts';

export interface FilterActions {
  /** @param wishes how a letter without filters would be stored. Never rejects. */
  carryOut(
    plan: FilterPlan,
    letter: FilteredLetter,
    mailbox: Mailbox,
    wishes: StoreWishes,
  ): Promise<StoreResult>;
}

export interface FilterActionParts {
  readonly store: MailboxStore;
  readonly folders: FilterFolders;
  readonly answers: FilterAnswers;
  readonly injector: Injector;
  readonly log: Log;
}

type Action<T extends SieveAction['type']> = Extract<SieveAction, { type: T }>;
type Planned<T extends SieveAction['type']> = PlannedAction & { readonly action: Action<T> };
type Keep = NonNullable<FilterPlan['keep']>;

/** One letter on its way through its actions. */
interface Work {
  readonly plan: FilterPlan;
  readonly letter: FilteredLetter;
  readonly mailbox: Mailbox;
  readonly wishes: StoreWishes;
  readonly progress: FilterProgress;
  /** Set when a folder gave way to the inbox. */
  keep: Keep | undefined;
  stored: number;
  percent: number | undefined;
  isJunk: boolean;
}

/** Characters of a refusal. */
const longestReason = 2000;
const noProgress: FilterProgress = {
  isDone: () => false,
  note: () => undefined,
  save: async () => undefined,
  forget: async () => undefined,
};

const ofType = <T extends SieveAction['type']>(plan: FilterPlan, type: T): readonly Planned<T>[] =>
  plan.actions.filter((each): each is Planned<T> => each.action.type === type);

export function createFilterActions(parts: FilterActionParts): FilterActions {
  const { store, folders, answers, injector, log } = parts;

  async function carryOut(
    plan: FilterPlan,
    letter: FilteredLetter,
    mailbox: Mailbox,
    wishes: StoreWishes,
  ): Promise<StoreResult> {
    const warn = (words: string, error: unknown): void =>
      log(`warning: mail filter of ${quoted(mailbox.address)}: ${words}: ${describeError(error)}`);
    const home = { directory: mailbox.directory, ...mailbox.owner };
    const key = (): string => letterKey(mailbox.address, letter.sender, plan.bytes);
    const progress = await openProgress(home, key, Math.floor(Date.now() / 1000)).catch((error: unknown) => {
      warn('cannot tell what was done before', error);
      return noProgress;
    });
    const { redirects, ownAddress } = splitRedirects(plan, letter, mailbox);
    const work: Work = {
      plan,
      letter,
      mailbox,
      wishes,
      progress,
      keep: plan.keep ?? ownAddress,
      stored: 0,
      percent: undefined,
      isJunk: false,
    };
    const refusal = refuse(work, redirects.length);
    if (refusal) return refusal;
    const stopped = (await storeAll(work)) ?? (await sendOn(work, redirects));
    if (stopped) {
      await progress.save().catch((error: unknown) => warn('cannot write down what was done', error));
      return stopped;
    }
    await answerAll(work);
    await plan.commit().catch((error: unknown) => warn('cannot write down which letters were seen', error));
    await progress.forget().catch((error: unknown) => warn('cannot forget what was done', error));
    const { fate } = forwardWishes(letter.dsn, {
      recipients: redirects.map(({ action }) => action.address),
      isOnly: work.stored === 0,
      hasNewSender: false,
    });
    return {
      effect: 'continue',
      output: work.stored + redirects.length === 0 ? 'discarded by a mail filter\n' : '',
      percent: work.percent,
      isJunk: work.isJunk,
      fate: redirects.length > 0 ? fate : undefined,
    };
  }

  /** RFC 5429: the whole letter is refused, and its sender gets it back. Undefined: it is not. */
  function refuse(work: Work, redirects: number): StoreResult | undefined {
    const { plan, letter, mailbox } = work;
    const [refusal] = ofType(plan, 'reject');
    if (!refusal || work.keep || redirects > 0 || ofType(plan, 'fileinto').length > 0) return undefined;
    // A bounce has nobody who could get it back, and junk or what failed the check of its sender has one who never wrote
    // it (security.md R9): the owner has it then.
    if (letter.sender === '' || letter.sender === '#@[]' || isForged(plan.bytes)) {
      log(
        `warning: mail filter of ${quoted(mailbox.address)}: what it refuses has no sender to tell; it is kept`,
      );
      work.keep = { flags: [], header: undefined, implicit: true };
      return undefined;
    }
    const reason = refusal.action.reason
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]/gu, '')
      .slice(0, longestReason)
      .toWellFormed();
    return {
      effect: 'permanent',
      output: `The recipient's mail filter refused this message. (#5.7.1)\n${reason}\n`,
    };
  }

  /** Undefined: all is stored. */
  async function storeAll(work: Work): Promise<StoreResult | undefined> {
    const places = new Set<string>();
    for (const { action, header } of ofType(work.plan, 'fileinto')) {
      const { flags } = action;
      const maildir = await findPlace(work.mailbox, action);
      // RFC 5228 2.10.3: filed into the inbox and kept is one.
      if (maildir === undefined || maildir === 'Maildir') {
        work.keep = { flags: [...new Set([...(work.keep?.flags ?? []), ...flags])], header, implicit: false };
        continue;
      }
      if (places.has(maildir)) continue;
      places.add(maildir);
      const { quota } = work.mailbox;
      const failed = await storeOnce(work, `fileinto ${maildir}`, () =>
        // A folder is there; what a crash has left of its making is made whole.
        store.store(work.letter, work.mailbox, { maildir, quota, flags, header, makes: true }),
      );
      if (failed?.isOverQuota && work.stored === 0) return failed;
      if (failed && !failed.isOverQuota) {
        warnOfFolder(work.mailbox, action, failed.output);
        work.keep ??= { flags, header, implicit: false };
      }
    }
    const { keep } = work;
    if (keep === undefined) return undefined;
    const failed = await storeOnce(work, 'keep', () =>
      store.store(work.letter, work.mailbox, {
        ...work.wishes,
        flags: keep.flags,
        header: keep.header,
        sorts: keep.implicit && work.wishes.sorts,
      }),
    );
    if (failed?.isOverQuota && work.stored > 0) return undefined;
    return failed;
  }

  /** Undefined: it is stored, now or in an earlier try. */
  async function storeOnce(
    work: Work,
    name: string,
    act: () => Promise<StoreResult>,
  ): Promise<StoreResult | undefined> {
    if (!work.progress.isDone(name)) {
      const result = await act();
      if (result.effect !== 'continue') return result;
      work.progress.note(name);
      work.percent = result.percent ?? work.percent;
      work.isJunk ||= result.isJunk === true;
    }
    work.stored += 1;
    return undefined;
  }

  /** Undefined: the inbox takes it. */
  async function findPlace(mailbox: Mailbox, folder: NamedFolder): Promise<string | undefined> {
    try {
      const maildir = await folders.findPlace(mailbox, folder);
      if (maildir === undefined) warnOfFolder(mailbox, folder, 'there is no such folder');
      return maildir;
    } catch (error) {
      warnOfFolder(mailbox, folder, describeError(error));
      return undefined;
    }
  }

  const warnOfFolder = (mailbox: Mailbox, folder: NamedFolder, reason: string): void =>
    log(
      `warning: mail filter of ${quoted(mailbox.address)}: the inbox takes what is for folder ${quoted(folder.mailbox)}: ${quoted(reason)}`,
    );

  /** Undefined: all was sent on, or the inbox has what could not be. */
  async function sendOn(
    work: Work,
    redirects: readonly Planned<'redirect'>[],
  ): Promise<StoreResult | undefined> {
    const { letter, mailbox } = work;
    for (const { action, header } of redirects) {
      const name = `redirect ${action.address}`;
      if (work.progress.isDone(name)) continue;
      const outcome = await redirect(work, action, header, redirects);
      if (outcome.code === 'K') {
        work.progress.note(name);
        continue;
      }
      if (outcome.code === 'Z') return { effect: 'temporary', output: outcome.text };
      log(
        `warning: mail filter of ${quoted(mailbox.address)}: the inbox takes what is for ${quoted(action.address)}: ${quoted(outcome.text)}`,
      );
      if (work.stored > 0) continue;
      const failed = await storeOnce(work, 'keep', () => store.store(letter, mailbox, work.wishes));
      if (failed) return failed;
    }
    return undefined;
  }

  function redirect(
    { letter, mailbox, stored }: Work,
    { address, dsn }: Action<'redirect'>,
    header: EditedHeader | undefined,
    all: readonly Planned<'redirect'>[],
  ): Promise<Outcome> {
    const line = Buffer.from(makeDeliveredToLine(mailbox.address), 'utf8');
    const wishes = forwardWishes(letter.dsn, {
      recipients: all.map(({ action }) => action.address),
      isOnly: stored === 0,
      hasNewSender: false,
    });
    return forwardMessage({
      injector,
      deliveredTo: header ? Buffer.concat([line, header.bytes]) : line,
      message: header ? letter.message?.subarray(header.skip) : letter.message,
      path: letter.path,
      size: letter.size,
      skip: header?.skip,
      // RFC 5228 4.2: the null sender stays it. Who is a stranger's is rewritten on its way out (SRS).
      sender: letter.sender,
      recipients: [address],
      dsn: wishesOfOne(wishes.dsn, dsn),
    });
  }

  async function answerAll({ plan, letter, mailbox, isJunk }: Work): Promise<void> {
    for (const { action } of ofType(plan, 'vacation'))
      await answers.answer(action, { letter, mailbox, bytes: plan.bytes, isJunk });
    for (const { action } of ofType(plan, 'notify'))
      await answers.notify(action, { letter, mailbox, bytes: plan.bytes, isJunk });
  }

  return { carryOut };
}

/** RFC 5228 4.2: what a script sends on to its own address is kept, or it would go round. */
function splitRedirects(
  plan: FilterPlan,
  { wanted }: FilteredLetter,
  { address }: Mailbox,
): { readonly redirects: readonly Planned<'redirect'>[]; readonly ownAddress: Keep | undefined } {
  const own = new Set([wanted.toLowerCase(), address.toLowerCase()]);
  const all = ofType(plan, 'redirect');
  const toSelf = all.find(({ action }) => own.has(action.address.toLowerCase()));
  return {
    redirects: all.filter(({ action }) => !own.has(action.address.toLowerCase())),
    ownAddress: toSelf && { flags: [], header: toSelf.header, implicit: true },
  };
}

/** Did the door say that its sender is probably not who sent it? */
function isForged(letter: Buffer): boolean {
  const { verdict } = readMarks(letter);
  return (
    verdict?.outcome === 'junk' ||
    verdict?.findings.some(({ check, result }) => ['spf', 'dmarc'].includes(check) && result === 'fail') ===
      true
  );
}

const events = ['SUCCESS', 'FAILURE', 'DELAY', 'NEVER'] as const;

/** What the sender wishes, for one recipient; RFC 6009: a script may wish otherwise. */
function wishesOfOne(
  wishes: DsnRequest | undefined,
  { notify, ret }: Action<'redirect'>['dsn'],
): DsnRequest | undefined {
  const [first] = wishes?.recipients ?? [];
  if (notify === undefined && ret === undefined) return wishes && { ...wishes, recipients: [first] };
  const wanted = events.filter((event) => notify?.toUpperCase().split(/[ ,]+/).includes(event));
  return {
    ...wishes,
    ...(ret === undefined ? {} : { ret: /^full$/i.test(ret) ? 'FULL' : 'HDRS' }),
    recipients: [wanted.length === 0 ? first : { ...first, notify: wanted }],
  };
}
