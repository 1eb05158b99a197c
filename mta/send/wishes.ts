// The sender's wishes about notifications in a pass over a channel file: which recipient of the file has which, and what
// of them goes with its delivery. A channel file holds addresses as they were rewritten at preprocessing; the wishes are
// kept by the address as it came in.
import { type RewriteSettings, rewriteRecipient } from '../control/match.ts';
import type { DeliveryDsn } from '../delivery.ts';
import type { DsnRecipient } from '../formats/dsn.ts';
import type { StoredDsn } from '../queue/dsn-file.ts';

export interface Wishes {
  /** Wishes for an address of a channel file; undefined: none. */
  of(address: string): DsnRecipient | undefined;
  /** What goes with its delivery. */
  forDelivery(address: string): DeliveryDsn;
}

/** @param settings those of preprocessing, or as they are now: then prepends that changed are seen through */
export function createWishes(stored: StoredDsn, settings: RewriteSettings): Wishes {
  const byAddress = new Map<string, DsnRecipient>();
  for (const [recipient, wish] of stored.recipients) {
    const { address } = rewriteRecipient(recipient, settings);
    if (!byAddress.has(address)) byAddress.set(address, wish);
  }
  const of = (address: string): DsnRecipient | undefined => {
    const found = byAddress.get(address) ?? stored.recipients.get(address);
    if (found) return found;
    for (let dash = address.indexOf('-'); dash >= 0; dash = address.indexOf('-', dash + 1)) {
      const behind = stored.recipients.get(address.slice(dash + 1));
      if (behind) return behind;
    }
    return undefined;
  };
  const { ret, envid, requireTls } = stored;
  const ofMessage = { ret, envid, ...(requireTls ? { requireTls } : {}) };
  return { of, forDelivery: (address) => ({ ...ofMessage, ...of(address) }) };
}
