// The keys that sign, by domain, for the role remote: read from control/domainkeys when a letter of the domain leaves, kept
// until a file changes. A look at the disk is shared by all letters of a second. A key that cannot be read is told in one
// log line that names its file, once for each state of that file, and is left out.
import { join } from 'node:path';
import { CachedNames } from '../control/cached-file.ts';
import { isDomainName } from '../formats/address.ts';
import { type Log, quoted } from '../log.ts';
import { chooseCurrent, type KeyFile, listKeyFiles, readKeyFile } from './dkim-files.ts';
import type { SigningKey } from './dkim-sign.ts';

export interface KeyringOptions {
  /** control/domainkeys. */
  readonly directory: string;
  /** control/dkimselectors as it is now. */
  readonly selectors: () => ReadonlyMap<string, string>;
  readonly log: Log;
  /** Milliseconds for which a look at the disk is good enough; 1000 unless told. */
  readonly trustMs?: number | undefined;
}

export interface Keyring {
  /** The keys that sign for a domain, RSA first; none when it has none that can be used. Never rejects. */
  keysOf(domain: string): Promise<readonly SigningKey[]>;
}

interface Kept {
  checkedAt: number;
  readonly stamp: string;
  readonly files: Promise<readonly KeyFile[]>;
}

/** Domains whose keys are kept in memory. */
const MOST_DOMAINS = 5000;

export function openKeyring(options: KeyringOptions): Keyring {
  const { directory, selectors, log, trustMs = 1000 } = options;
  const domains = new CachedNames(directory, isDomainName);
  const kept = new Map<string, Kept>();
  /** What was told of a place lately: once is enough for each state of it. */
  const told = new Map<string, string>();

  const tell = (place: string, state: string, words: string): void => {
    if (told.get(place) === state) return;
    if (told.size >= MOST_DOMAINS) told.clear();
    told.set(place, state);
    log(`alert: DKIM: cannot use ${quoted(place)}, letters go out without its signature: ${quoted(words)}`);
  };

  async function filesOf(domain: string): Promise<readonly KeyFile[]> {
    const known = kept.get(domain);
    const now = performance.now();
    if (known && now - known.checkedAt < trustMs) return known.files;
    const stamps = await listKeyFiles(join(directory, domain));
    const stamp = stamps.map((each) => `${each.selector}=${each.stamp}`).join(' ');
    if (known && known.stamp === stamp) {
      known.checkedAt = now;
      return known.files;
    }
    const files = Promise.all(stamps.map(readKeyFile));
    kept.delete(domain);
    if (kept.size >= MOST_DOMAINS) kept.delete(kept.keys().next().value!);
    kept.set(domain, { checkedAt: now, stamp, files });
    return files;
  }

  return {
    async keysOf(domain) {
      try {
        // What strangers write as their domain leads to no path before it is known to be one of ours.
        if ((await domains.read(trustMs))?.has(domain) !== true) return [];
        const files = await filesOf(domain);
        const line = selectors().get(domain);
        const current = chooseCurrent(files, line);
        const keys: SigningKey[] = [];
        for (const selector of current) {
          const file = files.find((each) => each.selector === selector);
          const place = file?.path ?? join(directory, domain, selector);
          if (file?.use) keys.push({ domain, selector, algorithm: file.use.algorithm, key: file.use.key });
          else
            tell(
              place,
              `${file?.writtenAt ?? 'missing'}`,
              file?.problem ?? 'control/dkimselectors names it, and it is not there',
            );
        }
        // Without a line nobody asked for a certain key: what cannot be used is told if it leaves nothing to sign with.
        if (line === undefined && current.size === 0)
          for (const { path, writtenAt, problem } of files)
            if (problem !== undefined) tell(path, String(writtenAt), problem);
        return keys.sort((one, other) => (one.algorithm < other.algorithm ? 1 : -1));
      } catch (error) {
        // Its permissions, mostly: the letter itself has nothing wrong.
        const words = error instanceof Error ? error.message : String(error);
        tell(join(directory, domain), words, words);
        return [];
      }
    },
  };
}
