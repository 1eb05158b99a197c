// The scripts that rule a delivery, found and compiled: the account's active one, its domain's (DOMAIN/.sieve) and the
// site's (control/sievebefore), and those that they include. Answers are kept by the identity of directory and file, as
// those about .qmail files are (local/dot-qmail-files.ts): an account without a script costs no call at all, one with a
// script one lstat. What cannot be read or is wrong is told as a fault; it never keeps a letter from its inbox.
import { constants, type Stats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountHome } from '../accounts/account-files.ts';
import {
  describeError,
  dropFile,
  errorCode,
  lookAtName,
  openFile,
  readWhole,
  shareCalls,
  statFile,
  statName,
} from '../maildir/calls.ts';
import { activeLink, fileOf, nameOfTarget, scriptPath, whyNoScriptName } from './script-names.ts';
import { mayOwnerRead } from './store.ts';
import { type Compiled, type ScriptFault, SIEVE_SCRIPT_BYTES, type SieveScript } from './types.ts';

/** A script that rules. */
export interface FoundScript {
  /** As people know it: the name, `.sieve` of the domain, `control/sievebefore`. */
  readonly name: string;
  /** Another text has another one. */
  readonly version: string;
  /** Undefined: it cannot run, see `fault`. */
  readonly script: SieveScript | undefined;
  readonly fault: ScriptFault | undefined;
}

export interface ScriptReader {
  /** The account's active script. `homeStats` is a stat of the home, taken for this delivery. Never rejects. */
  findActive(home: AccountHome, homeStats: Stats): Promise<FoundScript | undefined>;
  /** The script of a domain, in its directory. Never rejects. */
  findOfDomain(domain: AccountHome, domainStats: Stats): Promise<FoundScript | undefined>;
  /** The site's, by its text; undefined for ''. */
  compileText(name: string, text: string): FoundScript | undefined;
  /** RFC 6609 include of the account's own scripts. Undefined: none that is valid. Never rejects. */
  findNamed(home: AccountHome, name: string): Promise<SieveScript | undefined>;
  /** The same of the scripts that a domain has for all its accounts: include :global. Never rejects. */
  findShared(domain: AccountHome, name: string): Promise<SieveScript | undefined>;
}

export interface ScriptReaderOptions {
  readonly compile: (source: Buffer, options: { readonly name: string }) => Compiled;
  /** How old a look at a file may be, in milliseconds. */
  readonly trustMs?: number | undefined;
}

/** A directory or file that changed less than this ago may change again within the same tick of the clock. */
const settledAfter = 1000;
const maxKept = 4096;
/** Source bytes of compiled scripts that are kept. */
const maxKeptSource = 4_194_304;

/** In the directory of a domain. No account can have these names: none begins with a dot. */
const domainScript = '.sieve';
const sharedScripts = '.sieve-scripts';

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
const stampOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string =>
  `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
const isSettled = ({ ctimeMs }: Stats): boolean => Math.abs(Date.now() - ctimeMs) > settledAfter;

export function createScriptReader({ compile, trustMs }: ScriptReaderOptions): ScriptReader {
  const statShared = shareCalls(lookAtName, trustMs);
  /** By directory: the path of its script, as long as the directory is the same; '' for none. */
  const choices = new Map<string, { stats: Stats; readonly stamp: string; readonly choice: Choice }>();
  const compiled = new Map<string, { readonly found: FoundScript; readonly bytes: number }>();
  let keptSource = 0;

  interface Choice {
    /** '' for none. */
    readonly path: string;
    readonly name: string;
    readonly fault?: string | undefined;
  }
  const none: Choice = { path: '', name: '' };

  async function chosen(directory: string, stats: Stats, look: () => Promise<Choice>): Promise<Choice> {
    const known = choices.get(directory);
    // The very same look at it.
    if (known?.stats === stats) return known.choice;
    const stamp = stampOf(stats);
    if (known?.stamp === stamp) {
      known.stats = stats;
      return known.choice;
    }
    const choice = await look();
    if (isSettled(stats)) {
      if (choices.size >= maxKept) choices.delete(choices.keys().next().value!);
      choices.set(directory, { stats, stamp, choice });
    } else choices.delete(directory);
    return choice;
  }

  async function lookForActive(home: AccountHome): Promise<Choice> {
    const path = join(home.directory, activeLink);
    try {
      const stats = await statName(path);
      if (!stats.isSymbolicLink()) return { path, name: activeLink };
      const name = nameOfTarget(home.directory, await readlink(path));
      if (name === undefined) {
        return { path, name: activeLink, fault: 'it is a link that leads out of the directory of scripts' };
      }
      return { path: join(home.directory, scriptPath(name)), name };
    } catch (error) {
      if (isAbsent(error)) return none;
      return { path, name: activeLink, fault: `it cannot be read: ${describeError(error)}` };
    }
  }

  async function lookForDomain({ directory }: AccountHome): Promise<Choice> {
    const path = join(directory, domainScript);
    try {
      await statName(path);
      return { path, name: domainScript };
    } catch (error) {
      if (isAbsent(error)) return none;
      return { path, name: domainScript, fault: `it cannot be read: ${describeError(error)}` };
    }
  }

  const broken = (name: string, version: string, message: string): FoundScript => ({
    name,
    version,
    script: undefined,
    fault: { line: 1, column: 1, message },
  });

  async function read(choice: Choice, owner: AccountHome): Promise<FoundScript | undefined> {
    const { path, name, fault } = choice;
    if (path === '') return undefined;
    if (fault !== undefined) return broken(name, fault, fault);
    let version = '';
    try {
      const named = await statShared(path);
      version = stampOf(named);
      const known = compiled.get(`${owner.uid}\0${path}`);
      if (known?.found.version === version) return known.found;
      if (!named.isFile()) return broken(name, version, 'it is no plain file');
      // O_NONBLOCK: a FIFO that took the place of the file must not hold us.
      const descriptor = await openFile(
        path,
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
      try {
        const stats = await statFile(descriptor);
        version = stampOf(stats);
        if (!stats.isFile() || !mayOwnerRead(stats, owner)) {
          return broken(name, version, 'it is no plain file that its owner may read');
        }
        if (stats.size > SIEVE_SCRIPT_BYTES) {
          return broken(name, version, `it has ${stats.size} bytes; a script may have ${SIEVE_SCRIPT_BYTES}`);
        }
        const source = await readWhole(descriptor, SIEVE_SCRIPT_BYTES);
        const found = compileNow(name, version, source);
        if (isSettled(stats)) keep(`${owner.uid}\0${path}`, found, source.length);
        return found;
      } finally {
        dropFile(descriptor);
      }
    } catch (error) {
      // The active one was removed by hand: its link leads nowhere.
      const words = isAbsent(error) ? 'there is no such script any more' : describeError(error);
      return broken(name, version || words, isAbsent(error) ? words : `it cannot be read: ${words}`);
    }
  }

  function compileNow(name: string, version: string, source: Buffer): FoundScript {
    const { script, faults } = compile(source, { name });
    return { name, version, script, fault: script === undefined ? faults[0] : undefined };
  }

  /** The one that was not used for longest goes first. */
  function keep(key: string, found: FoundScript, bytes: number): void {
    keptSource += bytes - (compiled.get(key)?.bytes ?? 0);
    compiled.delete(key);
    compiled.set(key, { found, bytes });
    for (const [oldest, { bytes: freed }] of compiled) {
      if (keptSource <= maxKeptSource || oldest === key) return;
      compiled.delete(oldest);
      keptSource -= freed;
    }
  }

  let siteText: { readonly text: string; readonly found: FoundScript } | undefined;

  return {
    findActive: async (home, stats) =>
      read(await chosen(home.directory, stats, () => lookForActive(home)), home),
    findOfDomain: async (domain, stats) =>
      read(await chosen(`${domain.directory}\0`, stats, () => lookForDomain(domain)), domain),
    compileText(name, text) {
      if (text === '') return undefined;
      if (siteText?.text !== text)
        siteText = { text, found: compileNow(name, text, Buffer.from(text, 'utf8')) };
      return siteText.found;
    },
    async findNamed(home, name) {
      if (whyNoScriptName(name) !== undefined) return undefined;
      const found = await read({ path: join(home.directory, scriptPath(name)), name }, home);
      return found?.script;
    },
    async findShared(domain, name) {
      if (whyNoScriptName(name) !== undefined) return undefined;
      const found = await read({ path: join(domain.directory, sharedScripts, fileOf(name)), name }, domain);
      return found?.script;
    },
  };
}
