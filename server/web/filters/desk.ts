// The filters of an account for its pages (webmail.md R1, R4): the rules in the script of ours, read and changed one step
// after the other. Rules and script are one thing: what is here is what mta/sieve/rules reads back from the active
// script. A script that is not ours is only named; nothing here writes over it. Files are mta/sieve/store.ts.
import type { Account } from '../../../mta/accounts/types.ts';
import { emptyBook, type RuleBook } from '../../../mta/sieve/rules/rule.ts';
import { readRules, rulesName, writeRules } from '../../../mta/sieve/rules/script.ts';
import {
  activateScript,
  listScripts,
  readScript,
  ScriptStoreError,
  type StoredScript,
  writeScript,
} from '../../../mta/sieve/store.ts';
import type {
  Compiled,
  SieveEnvironment,
  SieveLetter,
  SieveResult,
  SieveScript,
} from '../../../mta/sieve/types.ts';

/** What filters the mail of an account. */
export type FilterState =
  | {
      readonly kind: 'rules';
      /** Of their script, which may not be there yet. */
      readonly name: string;
      readonly isThere: boolean;
      /** They run on new mail. */
      readonly isActive: boolean;
      readonly book: RuleBook;
    }
  /** A script of another making is active. */
  | { readonly kind: 'foreign'; readonly name: string };

/** A script that is not ours is active: rules cannot be changed. */
export class ForeignScriptError extends Error {
  override readonly name = 'ForeignScriptError';
}

export interface FilterDesk extends FilterLanguage {
  /** Rejects with ScriptStoreError and system errors. */
  read(account: Account): Promise<FilterState>;
  /**
   * Changes the rules; the first ones begin to run. `work` gives the new ones, or undefined: nothing is written then.
   * Rejects with ForeignScriptError, ScriptStoreError, and what `work` threw.
   */
  change(account: Account, work: (book: RuleBook) => RuleBook | undefined): Promise<void>;
  /** Makes the rules the active script, whatever is active now; that one stays, inactive. */
  use(account: Account): Promise<void>;
  /** Runs work that changes scripts in the line of the account's other changes. */
  inTurn<T>(account: Account, work: () => Promise<T>): Promise<T>;
}

/** What scripts run by, here as in a delivery. */
export interface FilterLanguage {
  check(source: string, name: string): Compiled | Promise<Compiled>;
  run(script: SieveScript, letter: SieveLetter, environment: SieveEnvironment): Promise<SieveResult>;
  /** What a delivery tells a script of the letter. */
  spamOf(letter: Buffer): SieveEnvironment['spam'];
  virusOf(letter: Buffer): number;
  /** control/sieve: scripts run at all. */
  isEnabled(): Promise<boolean>;
  /** control/sievescripts. */
  mostScripts(): Promise<number>;
}

export function createFilterDesk(language: FilterLanguage): FilterDesk {
  const { check, mostScripts } = language;
  const turns = new Map<string, Promise<unknown>>();
  const inTurn: FilterDesk['inTurn'] = async (account, work) => {
    const before = turns.get(account.address) ?? Promise.resolve();
    const turn = before.then(work, work);
    turns.set(account.address, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(account.address) === turn) turns.delete(account.address);
    }
  };

  /** The rules that a script holds; undefined: it is another's. */
  const bookOf = async (account: Account, { name, size }: StoredScript): Promise<RuleBook | undefined> => {
    try {
      return size === 0 ? undefined : readRules(await readScript(account, name));
    } catch (error) {
      // Too large, or no plain file: not of our making.
      if (error instanceof ScriptStoreError) return undefined;
      throw error;
    }
  };

  /** Our script among those that do not run. */
  const findOurs = async (
    account: Account,
    scripts: readonly StoredScript[],
  ): Promise<Extract<FilterState, { kind: 'rules' }>> => {
    const named = scripts.filter(({ name }) => name === rulesName || name.startsWith(`${rulesName}-`));
    for (const script of named.slice(0, 10)) {
      const book = await bookOf(account, script);
      if (book) return { kind: 'rules', name: script.name, isThere: true, isActive: script.isActive, book };
    }
    let name: string = rulesName;
    for (let n = 2; scripts.some((script) => script.name === name); n++) name = `${rulesName}-${n}`;
    return { kind: 'rules', name, isThere: false, isActive: false, book: emptyBook };
  };

  const read: FilterDesk['read'] = async (account) => {
    const scripts = await listScripts(account);
    const active = scripts.find(({ isActive }) => isActive);
    if (!active) return findOurs(account, scripts);
    const book = await bookOf(account, active);
    return book
      ? { kind: 'rules', name: active.name, isThere: true, isActive: true, book }
      : { kind: 'foreign', name: active.name };
  };

  const write = async (account: Account, name: string, book: RuleBook): Promise<void> => {
    await writeScript(account, name, writeRules(book), { most: await mostScripts(), check });
  };

  return {
    ...language,
    read,
    inTurn,
    change: (account, work) =>
      inTurn(account, async () => {
        const state = await read(account);
        if (state.kind === 'foreign') throw new ForeignScriptError(state.name);
        const next = work(state.book);
        if (next === undefined) return;
        await write(account, state.name, next);
        if (!state.isThere) await activateScript(account, state.name);
      }),
    use: (account) =>
      inTurn(account, async () => {
        const scripts = await listScripts(account);
        const active = scripts.find(({ isActive }) => isActive);
        if (active && (await bookOf(account, active))) return;
        const ours = await findOurs(account, scripts);
        if (!ours.isThere) await write(account, ours.name, ours.book);
        await activateScript(account, ours.name);
      }),
  };
}
