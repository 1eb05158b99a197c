// Greylisting: the first letter of a network, sender and recipient that are not known together is put off; a mail server
// tries again, most programs of spammers do not. A network whose letters came again so often (control/greylistpass) is not
// asked any more, nor is a sender whom one of our people wrote to. A domain that SPF vouches for is a network too (`spf:DOMAIN`):
// pools of big providers come again from other addresses. Where the memory fails, letters pass. What the client
// is told and who is exempt is the session's.
import { createHash } from 'node:crypto';
import { lowerAscii } from '../../formats/address.ts';
import type { JunkStore } from './store.ts';

const hour = 3600;
const day = 24 * hour;
/** Seconds in which the second try must come, and for which one that came counts. */
const secondTry = 2 * day;
const known = 36 * day;
/** Letters of one network within these seconds count once: one letter to many is one. */
const countedOnce = 60;

export interface GreylistQuestion {
  /** As clientNetwork gives it, or `spf:` and a domain. */
  readonly network: string;
  readonly sender: string;
  readonly recipient: string;
}

export interface GreylistRules {
  /** Seconds that the first try is put off. */
  readonly delay: number;
  /** Letters after which a network is known. */
  readonly pass: number;
}

/** `wait`: seconds that are left, 0 when it may pass. `why` for the log. */
export interface GreylistAnswer {
  readonly wait: number;
  readonly why: 'first seen' | 'too early' | 'came again' | 'known letter' | 'known network' | 'known sender';
}

/** Did it pass without being one that came again? Then nothing more is to be learned of it. */
export const isKnown = ({ wait, why }: GreylistAnswer): boolean => wait === 0 && why !== 'came again';

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, 16);

/** The key of an address that our people wrote to. */
export const correspondentKey = (address: string): Buffer => hashOf(lowerAscii(address));

/** May this letter pass now? @param now seconds since 1970. @throws what the store throws */
export function askGreylist(
  store: JunkStore,
  { network, sender, recipient }: GreylistQuestion,
  { delay, pass }: GreylistRules,
  now: number,
): GreylistAnswer {
  return store.atomically((): GreylistAnswer => {
    const found = store.findNetwork(network);
    const passes = found !== undefined && now - found.last < known ? found : undefined;
    if (passes !== undefined && passes.passed >= pass) {
      if (now - passes.last > day) store.putNetwork(network, passes.passed, now);
      return { wait: 0, why: 'known network' };
    }
    if (sender !== '' && store.isCorrespondent(correspondentKey(sender)))
      return { wait: 0, why: 'known sender' };
    const key = hashOf([network, lowerAscii(sender), lowerAscii(recipient)].join('\n'));
    const row = store.findWaiting(key);
    const isFresh = row !== undefined && now - row.last < (row.passed > 0 ? known : secondTry);
    if (!isFresh) {
      store.putWaiting(key, { first: now, last: now, passed: 0 });
      return { wait: delay, why: 'first seen' };
    }
    if (row.passed > 0) {
      if (now - row.last > hour) store.putWaiting(key, { ...row, last: now });
      return { wait: 0, why: 'known letter' };
    }
    // A clock that was set back makes nobody wait for ever.
    const waited = Math.max(0, now - row.first);
    if (waited < delay && now >= row.first) return { wait: delay - waited, why: 'too early' };
    store.putWaiting(key, { first: row.first, last: now, passed: 1 });
    if (passes === undefined) store.putNetwork(network, 1, now);
    else if (now - passes.last >= countedOnce) store.putNetwork(network, passes.passed + 1, now);
    return { wait: 0, why: 'came again' };
  });
}
