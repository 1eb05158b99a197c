// MTA-STS policies of other domains on disk (RFC 8461 3.3: kept for max_age, whatever happens meanwhile): one file a domain in
// STATE/remote/mta-sts, written whole and durably. A start after a week knows what it knew. A file that cannot be read is no
// policy and is fetched again; what is over is removed.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../accounts/durable.ts';
import { parseStsPolicy, type StsPolicy, writeStsPolicy } from './sts-policy.ts';

/** A policy as it was fetched. */
export interface KeptPolicy {
  /** Of the TXT record that told of it. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly fetched: number;
  readonly policy: StsPolicy;
}

/** Files at the most; then the oldest go. */
const MOST_POLICIES = 10_000;
/** Bytes of a file. */
const LONGEST = 96 * 1024;

/** Milliseconds since 1970 at which it ends. */
export const endOf = ({ fetched, policy }: KeptPolicy): number => fetched + policy.maxAge * 1000;

/** Where a domain's policy lies; names come from envelopes, so only plain ones are part of a path. */
const fileName = (domain: string): string | undefined =>
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?$/.test(domain) ? `${domain}.txt` : undefined;

function parseKept(text: string): KeptPolicy | undefined {
  const [, id, fetched, body = ''] =
    /^id: ([A-Za-z0-9]{1,32})\nfetched: (\d{1,15})\n\n(.*)$/s.exec(text) ?? [];
  if (id === undefined) return undefined;
  const policy = parseStsPolicy(body);
  return typeof policy === 'string' ? undefined : { id, fetched: Number(fetched), policy };
}

export interface StsCache {
  /** The policy of a domain that still holds. */
  read(domain: string): Promise<KeptPolicy | undefined>;
  /** Resolves when it is durable. */
  write(domain: string, kept: KeptPolicy): Promise<void>;
}

/** @param directory is made when it is missing; @param now milliseconds since 1970 */
export function openStsCache(directory: string, now: () => number = Date.now): StsCache {
  let written = 0;

  const prune = async (): Promise<void> => {
    const names = await readdir(directory);
    const kept: { readonly path: string; readonly at: number }[] = [];
    for (const name of names) {
      const path = join(directory, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined) continue;
      const known = await readKept(path);
      if (known === undefined || endOf(known) < now()) await rm(path, { force: true });
      else kept.push({ path, at: stats.mtimeMs });
    }
    kept.sort((a, b) => a.at - b.at);
    for (const { path } of kept.slice(0, Math.max(0, kept.length - MOST_POLICIES)))
      await rm(path, { force: true });
  };

  return {
    async read(domain) {
      const name = fileName(domain);
      const kept = name === undefined ? undefined : await readKept(join(directory, name));
      return kept && endOf(kept) > now() ? kept : undefined;
    },

    async write(domain, kept) {
      const name = fileName(domain);
      if (name === undefined) return;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const text = `id: ${kept.id}\nfetched: ${kept.fetched}\n\n${writeStsPolicy(kept.policy)}`;
      await replaceFile(join(directory, name), text, 0o600);
      written++;
      if (written % 100 === 1) await prune();
    },
  };
}

async function readKept(path: string): Promise<KeptPolicy | undefined> {
  try {
    const bytes = await readFile(path);
    return bytes.length > LONGEST ? undefined : parseKept(bytes.toString('utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
