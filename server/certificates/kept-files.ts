// What STATE/acme holds: the account at an authority, and a file for each certificate that is wanted. A file that does not
// hold what it should (cut off, overwritten, edited by hand) is set aside as `*.damaged` and told of once, and what it was of
// is begun anew; a key that is still sound in it is kept, since others may have published its TLSA record (RFC 7672).
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../mta/accounts/durable.ts';
import { isMissing } from '../../mta/control/cached-file.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { readSmallFile } from '../../mta/queue/files.ts';
import type { KnownAccount } from './account.ts';
import type { Renewal } from './schedule.ts';

export interface KeptFiles {
  /** What is kept of the certificate of this name; undefined: nothing. Rejects with system errors, as all here. */
  loadRenewal(name: string): Promise<Renewal | undefined>;
  storeRenewal(name: string, renewal: Renewal): Promise<void>;
  loadAccount(): Promise<KnownAccount | undefined>;
  storeAccount(account: KnownAccount): Promise<void>;
}

const accountFile = 'account.json';

/** No name of a host has the sign `_`, so that none meets another, nor the account. */
const fileOf = (name: string): string =>
  name === 'account' ? 'account_.json' : `${name.replace('*', '_')}.json`;

type Check = (value: unknown) => boolean;
type Fields<T> = Readonly<Record<keyof T & string, Check>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isMaybe =
  (is: Check): Check =>
  (value) =>
    value === undefined || is(value);
const canBe =
  (read: (text: string) => unknown): Check =>
  (value) => {
    if (!isText(value)) return false;
    try {
      read(value);
      return true;
    } catch {
      return false;
    }
  };
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isKey = canBe((text) => createPrivateKey(text));
const isCertificate = canBe((text) => new X509Certificate(text));
/** A chain, and behind it its key. */
const isIssued = canBe((text) => {
  createPrivateKey(text.slice(text.lastIndexOf('-----BEGIN ')));
  return new X509Certificate(text);
});

const renewalFields: Fields<Renewal> = {
  names: (value) => isTexts(value) && value.length > 0,
  directory: isText,
  key: isMaybe(isKey),
  order: isMaybe(isText),
  issued: isMaybe(isIssued),
  certificate: isMaybe(isCertificate),
  from: isMaybe(Number.isFinite),
  askAt: isMaybe(Number.isFinite),
  file: isMaybe(isText),
  until: isMaybe(Number.isFinite),
  renewAt: isMaybe(Number.isFinite),
  triedAt: isMaybe(Number.isFinite),
  nextAt: isMaybe(Number.isFinite),
  failures: Number.isFinite,
  problem: isMaybe((value) => isRecord(value) && isText(value.kind) && isText(value.words)),
};

const accountFields: Fields<KnownAccount> = {
  directory: isText,
  key: isKey,
  url: isMaybe(isText),
  contact: isMaybe(isTexts),
};

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param directory STATE/acme, which need not be there yet */
export function openKeptFiles(directory: string, log: Log): KeptFiles {
  /** Its record, where it is sound in all fields; else what can still be read of it, and that it is set aside. */
  async function load<T>(
    file: string,
    fields: Fields<T>,
  ): Promise<{ readonly sound?: T; readonly rest?: Record<string, unknown> | undefined }> {
    const bytes = await readSmallFile(join(directory, file));
    if (bytes === undefined) return {};
    const value = parseRecord(bytes.toString('utf8'));
    if (value !== undefined && Object.entries<Check>(fields).every(([name, isSound]) => isSound(value[name])))
      return { sound: value as T };
    await setAside(file);
    return { rest: value };
  }

  async function setAside(file: string): Promise<void> {
    const path = join(directory, file);
    try {
      await rename(path, `${path}.damaged`);
    } catch (error) {
      // Who looked at the same moment did it.
      if (isMissing(error)) return;
      throw error;
    }
    log(`alert: ${quoted(path)} is damaged: it is set aside as ${quoted(`${file}.damaged`)} and begun anew`);
  }

  async function store(file: string, value: unknown): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await replaceFile(join(directory, file), `${JSON.stringify(value, undefined, 1)}\n`, 0o600);
  }

  return {
    async loadRenewal(name) {
      const file = fileOf(name);
      const { sound, rest } = await load<Renewal>(file, renewalFields);
      if (sound !== undefined || !isKey(rest?.key)) return sound;
      const kept: Renewal = { names: [name], directory: '', failures: 0, key: rest?.key as string };
      await store(file, kept);
      return kept;
    },
    storeRenewal: (name, renewal) => store(fileOf(name), renewal),
    loadAccount: async () => (await load<KnownAccount>(accountFile, accountFields)).sound,
    storeAccount: (account) => store(accountFile, account),
  };
}
