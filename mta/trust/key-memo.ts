// Public keys of DKIM and ARC that were read before: to parse a key record and its key costs more than to verify a signature
// with it. Which record a domain has is asked for each letter as ever; only what follows from its text alone is kept, so
// that nothing can be out of date. Stands in the place of mailauth's own key cache, which lives for one letter.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { getPublicKey, type KeyOptions, type PublicKey } from 'mailauth/lib/tools.js';
import type { Ask } from '../dns/stranger-lookup.ts';

/** Keys kept, and characters of a record that is. */
const MOST_KEYS = 1000;
const LONGEST = 2000;

type ReadKey = Omit<PublicKey, 'publicKey'> & { readonly publicKey: string | KeyObject };

/** What mailauth asks for keys. */
export interface KeyCache {
  get(type: string, name: string, minBitLength: number, options?: KeyOptions): Promise<ReadKey>;
}

export interface KeyMemo {
  /** The keys of one letter. A key is asked for once. */
  open(ask: Ask): KeyCache;
}

/** Ends mailauth's reading of a record that is known. */
const isKnown = Symbol('known');

export function createKeyMemo(): KeyMemo {
  const kept = new Map<string, ReadKey>();

  const keep = (record: string, key: PublicKey): ReadKey => {
    const read = { ...key, publicKey: createPublicKey(key.publicKey) };
    if (record.length > LONGEST) return read;
    kept.set(record, read);
    if (kept.size > MOST_KEYS) kept.delete(kept.keys().next().value!);
    return read;
  };

  const read = async (
    ask: Ask,
    ...[type, name, minBitLength, options = {}]: Parameters<KeyCache['get']>
  ): Promise<ReadKey> => {
    let record = '';
    const look = async (asked: string, kind: string): Promise<unknown[]> => {
      const texts = await ask(asked, kind);
      // All that the outcome comes from.
      record = JSON.stringify([type, minBitLength, options.strict, options.hashAlgo, texts[0]]);
      if (kept.has(record)) throw isKnown;
      return texts;
    };
    try {
      const key = await getPublicKey(type, name, minBitLength, look, options);
      return keep(record, key);
    } catch (error) {
      const known = kept.get(record);
      if (error !== isKnown || known === undefined) throw error;
      // The last used is the last to go.
      kept.delete(record);
      kept.set(record, known);
      return known;
    }
  };

  return {
    open(ask) {
      const asked = new Map<string, Promise<ReadKey>>();
      return {
        get(type, name, minBitLength, options) {
          const key = [type, name, minBitLength, options?.strict, options?.hashAlgo].join(' ');
          const known = asked.get(key);
          if (known) return known;
          const reading = read(ask, type, name, minBitLength, options);
          // It may fail before anybody waits for it.
          reading.catch(() => undefined);
          asked.set(key, reading);
          return reading;
        },
      };
    },
  };
}
