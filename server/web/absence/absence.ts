// Automatic answers beside their form (webmail.md R5): the bar that tells on every page that one is on, the look at what
// other programs did to it (once in half an hour of somebody's reading), and the list of contacts that an answer "only to
// my contacts" goes by, written anew a moment after contacts change. What goes wrong here is logged and stops nothing.
import { NoSuchObject, type VacationChoice } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import { phaseOf } from '../../../mta/reply/vacation-rules.ts';
import type { Contacts } from '../contacts/types.ts';
import type { Absences, KeptAbsence } from '../state/absences.ts';
import type { WebOptions } from '../types.ts';

/** Milliseconds between two looks at one account; what its pages do is known at once. */
const lookAfter = 1_800_000;
/** Milliseconds for which further changes of contacts are waited for. */
const gatherFor = 1000;
const mostAddresses = 20_000;
const mostKnown = 10_000;

export interface Absence {
  /** As it is known; looks at the account when that was long ago. */
  find(address: string): KeptAbsence | undefined;
  /** For the bar: the answer is on now. `until`: its last day, `2026-12-03`. */
  current(address: string): { readonly until: string | undefined } | undefined;
  /** A page has changed it, or has just read it. */
  note(address: string, vacation: VacationChoice | undefined): void;
  /** The contacts of an account, told of every change. */
  watch(contacts: Contacts): Contacts;
  /** Resolves when nothing is on its way; for tests and the end of the program. */
  settled(): Promise<void>;
}

export function createAbsence(
  { administration, log }: Pick<WebOptions, 'administration' | 'log'>,
  absences: Absences,
  addressesOf: Contacts['addresses'],
  now: () => number,
): Absence {
  /** When each account was looked at last; another object when a page has done something since. */
  const looked = new Map<string, { readonly at: number }>();
  const gathering = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const actorOf = (address: string) => ({ kind: 'account', address, ip: '' }) as const;

  const start = (what: string, address: string, work: () => Promise<void>): void => {
    const run = work()
      .catch((error: unknown) => {
        // Removed meanwhile.
        if (!(error instanceof NoSuchObject))
          log(`web: ${what} of ${quoted(address)}: ${quoted(String(error))}`);
      })
      .finally(() => running.delete(run));
    running.add(run);
  };
  const noteLook = (address: string): { readonly at: number } => {
    if (looked.size >= mostKnown) looked.clear();
    const look = { at: now() };
    looked.set(address, look);
    return look;
  };

  const find: Absence['find'] = (address) => {
    if (now() - (looked.get(address)?.at ?? Number.NEGATIVE_INFINITY) > lookAfter) {
      const look = noteLook(address);
      start('automatic answer', address, async () => {
        const { delivery } = await administration.account(actorOf(address), address);
        if (looked.get(address) === look) absences.keep(address, delivery.vacation);
      });
    }
    return absences.find(address);
  };

  const sendContacts = (address: string): void => {
    const known = absences.find(address);
    if (!known?.isOn || !known.vacation.times?.contactsOnly) return;
    start('contacts for the automatic answer', address, async () => {
      await administration.setVacationContacts(actorOf(address), addressesOf(address, mostAddresses));
    });
  };

  const gather = (address: string): void => {
    clearTimeout(gathering.get(address));
    gathering.set(
      address,
      setTimeout(() => {
        gathering.delete(address);
        sendContacts(address);
      }, gatherFor),
    );
  };
  return {
    find,
    current(address) {
      const known = find(address);
      if (!known?.isOn) return undefined;
      const { until, from, zone = 'UTC' } = known.vacation.times ?? {};
      return phaseOf({ from, until, zone }, now()) === 'on' ? { until } : undefined;
    },
    note(address, vacation) {
      noteLook(address);
      absences.keep(address, vacation);
      sendContacts(address);
    },
    watch(contacts) {
      const told =
        <Words extends [string, ...unknown[]], Result>(change: (...words: Words) => Result) =>
        (...words: Words): Result => {
          const result = change(...words);
          if (absences.find(words[0])?.isOn) gather(words[0]);
          return result;
        };
      return {
        ...contacts,
        add: told(contacts.add),
        save: told(contacts.save),
        remove: told(contacts.remove),
        restore: told(contacts.restore),
      };
    },
    async settled() {
      // What still waits for more is done at once.
      for (const [address, timer] of gathering) {
        clearTimeout(timer);
        sendContacts(address);
      }
      gathering.clear();
      while (running.size > 0) await Promise.all(running);
    },
  };
}
