// The private keys of a site as they lie on disk, as the patched qmails have them: control/domainkeys/DOMAIN/SELECTOR, PEM,
// directories 0700 of the user of the role remote. Which of a domain's keys sign is said by control/dkimselectors, and
// where that is silent by rule. Reads only; dkim-keys.ts makes and removes them, dkim-keyring.ts keeps them for signing.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { isDomainName } from '../formats/address.ts';
import { dropFile, openFile, readWhole } from '../maildir/calls.ts';
import type { Algorithm } from './dkim-sign.ts';

/** Directory of all keys. */
export const keysDirectory = (qmail: string): string => join(qmail, 'control', 'domainkeys');

/** Keys of a domain that are looked at. */
const MOST_KEYS = 50;
/** Bytes of a key file: RSA of 4096 bits takes 3,300. */
const MOST_BYTES = 16_384;
/** RFC 8301 3.2: shorter ones are not believed. Longer ones take too long, and many receivers do not take them. */
const RSA_BITS = { least: 1024, most: 4096 } as const;

/** One key file. */
export interface KeyFile {
  readonly selector: string;
  readonly path: string;
  /** Milliseconds since 1970: when it was written. */
  readonly writtenAt: number;
  /** Undefined: it cannot be used, `problem` says why. */
  readonly use?:
    | { readonly key: KeyObject; readonly algorithm: Algorithm; readonly bits: number }
    | undefined;
  readonly problem?: string | undefined;
}

/** What keeps a key file apart from any other and from its own earlier states. */
export interface KeyStamp {
  readonly selector: string;
  readonly path: string;
  readonly writtenAt: number;
  readonly stamp: string;
}

/** RFC 6376 3.1: a selector is a domain name. Old sites keep public halves beside the keys, and editors their copies. */
export const isSelector = (name: string): boolean =>
  isDomainName(name) && name === name.toLowerCase() && !/\.(?:pub|public|txt|bak|old|tmp|lock)$/.test(name);

/** The key files of a domain, the oldest first; none when there is no such directory. */
export async function listKeyFiles(directory: string): Promise<readonly KeyStamp[]> {
  let names: readonly string[];
  try {
    names = (await readdir(directory)).filter(isSelector).slice(0, MOST_KEYS);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const found = await Promise.all(
    names.map(async (selector): Promise<KeyStamp | undefined> => {
      const path = join(directory, selector);
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
        return { selector, path, writtenAt: mtimeMs, stamp: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}` };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    }),
  );
  return found
    .filter((each) => each !== undefined)
    .sort((one, other) => one.writtenAt - other.writtenAt || (one.selector < other.selector ? -1 : 1));
}

/** Reads a key. Never rejects: what is wrong with it is its problem. */
export async function readKeyFile({ selector, path, writtenAt }: KeyStamp): Promise<KeyFile> {
  const plain = { selector, path, writtenAt };
  try {
    // O_NONBLOCK: a FIFO must not hold us.
    const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return { ...plain, ...parseKey(await readWhole(descriptor, MOST_BYTES)) };
    } finally {
      dropFile(descriptor);
    }
  } catch (error) {
    return {
      ...plain,
      problem: error instanceof Error ? error.message.replace(/, \w+ '.*$/, '') : String(error),
    };
  }
}

/** A private key in PEM (PKCS#8 or PKCS#1), without a passphrase. */
export function parseKey(pem: Buffer): Pick<KeyFile, 'use' | 'problem'> {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return { problem: 'expected a private key in PEM without a passphrase' };
  }
  if (key.asymmetricKeyType === 'ed25519') return { use: { key, algorithm: 'ed25519-sha256', bits: 256 } };
  if (key.asymmetricKeyType !== 'rsa')
    return { problem: `expected an RSA or Ed25519 key, found ${String(key.asymmetricKeyType)}` };
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < RSA_BITS.least || bits > RSA_BITS.most)
    return { problem: `expected an RSA key of ${RSA_BITS.least} to ${RSA_BITS.most} bits, found ${bits}` };
  return { use: { key, algorithm: 'rsa-sha256', bits } };
}

/** The selectors of a line of control/dkimselectors. */
export const selectorsOf = (value: string): readonly string[] =>
  value
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/**
 * The selectors that sign: those that control/dkimselectors names for the domain. Where it has no line, one key of each
 * kind: `default`, the name that the patched qmails give, else the oldest, which has been published longest. Pure.
 * @param keys the oldest first
 * @param line undefined: there is none
 */
export function chooseCurrent(
  keys: readonly Pick<KeyFile, 'selector' | 'use'>[],
  line: string | undefined,
): ReadonlySet<string> {
  if (line !== undefined) return new Set(selectorsOf(line));
  const chosen = new Set<string>();
  for (const algorithm of ['rsa-sha256', 'ed25519-sha256'] as const) {
    const fit = keys.filter(({ use }) => use?.algorithm === algorithm);
    const one = fit.find(({ selector }) => selector === 'default') ?? fit[0];
    if (one) chosen.add(one.selector);
  }
  return chosen;
}
