// The commands of ManageSieve that are about scripts (RFC 5804 2.5 to 2.12): what each takes, and what it does with the files of
// the account. Errors of the store are its own, ScriptStoreError; undefined says that the arguments have another form.
import type { Account } from '../../mta/accounts/types.ts';
import {
  activateScript,
  checkRoom,
  checkScript,
  examineScript,
  listScripts,
  readScript,
  removeScript,
  renameScript,
  writeScript,
} from '../../mta/sieve/store.ts';
import type { ScriptFault } from '../../mta/sieve/types.ts';
import { formatString } from './answers.ts';
import type { Argument } from './command-input.ts';

/** What a command came to. */
export interface ScriptAnswer {
  /** Before the last line, each with its end. */
  readonly lines?: string | undefined;
  /** Of the last line. */
  readonly words: string;
  /** RFC 5804 1.3: it is saved, and some of it is doubtful. */
  readonly faults?: readonly ScriptFault[] | undefined;
  /** What was changed, for the log. */
  readonly change?: string | undefined;
}

type Perform = (
  account: Account,
  given: readonly Argument[],
  most: number,
) => Promise<ScriptAnswer> | undefined;

/** The arguments as strings; undefined: others, or another number of them. */
const strings = (given: readonly Argument[], count: number): readonly Buffer[] | undefined => {
  const found = given.flatMap((each) => (each.kind === 'string' ? [each.bytes] : []));
  return found.length === count && given.length === count ? found : undefined;
};

/** A command whose arguments are names. */
const ofNames =
  (count: number, act: (account: Account, names: readonly string[]) => Promise<ScriptAnswer>): Perform =>
  (account, given) => {
    const names = strings(given, count);
    return (
      names &&
      act(
        account,
        names.map((bytes) => bytes.toString('utf8')),
      )
    );
  };

/** Under this name a script is checked that has none yet. */
const nameless = 'script';

const commands: Readonly<Record<string, Perform>> = {
  HAVESPACE: (account, given, most) => {
    const [name, size] = given;
    if (given.length !== 2 || name?.kind !== 'string' || size?.kind !== 'number') return undefined;
    return checkRoom(account, name.bytes.toString('utf8'), most, size.value).then(() => ({
      words: 'there is room',
    }));
  },
  PUTSCRIPT: (account, given, most) => {
    const [name, source] = strings(given, 2) ?? [];
    if (name === undefined || source === undefined) return undefined;
    const as = name.toString('utf8');
    return writeScript(account, as, source, { most, check: checkScript }).then((faults) => ({
      words: 'the script is saved',
      faults,
      change: as,
    }));
  },
  CHECKSCRIPT: (_account, given) => {
    const [source] = strings(given, 1) ?? [];
    if (source === undefined) return undefined;
    return examineScript(nameless, source, { check: checkScript }).then(({ faults }) => ({
      words: 'the script is valid',
      faults,
    }));
  },
  LISTSCRIPTS: ofNames(0, async (account) => ({
    lines: (await listScripts(account))
      .map(({ name, isActive }) => `${formatString(name)}${isActive ? ' ACTIVE' : ''}\r\n`)
      .join(''),
    words: 'these are all',
  })),
  SETACTIVE: ofNames(1, async (account, [name = '']) => {
    // RFC 5804 2.8: a script that cannot run does not become the one that runs.
    if (name !== '') await examineScript(name, await readScript(account, name), { check: checkScript });
    await activateScript(account, name === '' ? undefined : name);
    return { words: name === '' ? 'no script is active' : 'the script is active', change: name || '(none)' };
  }),
  GETSCRIPT: ofNames(1, async (account, [name = '']) => {
    const text = await readScript(account, name);
    return { lines: `{${Buffer.byteLength(text)}}\r\n${text}\r\n`, words: 'this is it' };
  }),
  DELETESCRIPT: ofNames(1, async (account, [name = '']) => {
    await removeScript(account, name);
    return { words: 'the script is gone', change: name };
  }),
  RENAMESCRIPT: ofNames(2, async (account, [name = '', to = '']) => {
    await renameScript(account, name, to);
    return { words: 'the script has its new name', change: `${name} to ${to}` };
  }),
};

export const isScriptCommand = (verb: string): boolean => Object.hasOwn(commands, verb);

/** Does a command of these. Undefined: it takes other arguments. @throws ScriptStoreError, system errors */
export async function performScriptCommand(
  account: Account,
  verb: string,
  given: readonly Argument[],
  most: number,
): Promise<ScriptAnswer | undefined> {
  return commands[verb]?.(account, given, most);
}
