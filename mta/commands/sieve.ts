// facteur sieve: the mail filters (Sieve scripts) of accounts on the command line, and trying one out. What it changes, a
// running server follows with the next letter. Scripts are the files of the account (sieve/store.ts).
import { open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type OpenedAccounts, openAccounts } from '../accounts/accounts.ts';
import { ControlError, readSettings } from '../control/settings.ts';
import { errorCode } from '../maildir/calls.ts';
import { compileScript } from '../sieve/compile.ts';
import { runScript } from '../sieve/run.ts';
import {
  activateScript,
  checkScript,
  listScripts,
  readScript,
  removeScript,
  ScriptStoreError,
  writeScript,
} from '../sieve/store.ts';
import { tellResult } from '../sieve/telling.ts';
import {
  type ScriptFault,
  SIEVE_LETTER_BYTES,
  SIEVE_SCRIPT_BYTES,
  type SieveEnvironment,
  type SieveScript,
} from '../sieve/types.ts';
import type { CommandContext } from './command.ts';
import { type ParsedOptions, parseOptionsAnywhere } from './getopt.ts';
import { ownerRights } from './owner-rights.ts';

export const usage = `usage: facteur sieve check FILE
       facteur sieve test [-f SENDER] [-t RECIPIENT] FILE LETTER
       facteur sieve list ADDRESS
       facteur sieve get ADDRESS NAME
       facteur sieve put ADDRESS NAME [FILE]
       facteur sieve activate ADDRESS NAME
       facteur sieve deactivate ADDRESS
       facteur sieve remove ADDRESS NAME

Mail filters (Sieve scripts) of accounts.
check       says what is wrong in a script; exit status 1 when it cannot run
test        says what a script would do with a letter; nothing is done
list        shows the scripts of an account; * is the one that runs
get         prints a script
put         saves a script, from FILE or standard input, when it can run
activate    makes it the one that runs on every letter
deactivate  no script runs
remove      removes a script that is not the one that runs
`;

/** A mistake of the caller; exit status 100. Everything that may pass is 111. */
class Misuse extends Error {}

interface Call {
  readonly context: CommandContext;
  readonly words: readonly string[];
  readonly options: ParsedOptions;
}

type Verb = (call: Call) => Promise<number>;

const print = ({ context }: Pick<Call, 'context'>, text: string): void => void context.stdout.write(text);

const optionOf = ({ options }: Call, wanted: string): string =>
  options.options.findLast(({ letter }) => letter === wanted)?.value ?? '';

/** Bytes of a file, or of standard input for `-`. */
async function readSource(context: CommandContext, path: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of path === '-' ? context.stdin : (await open(path)).createReadStream()) {
    chunks.push(Buffer.from(chunk));
    total += chunk.length;
    if (total > limit) throw new Misuse(`${path}: expected at most ${limit} bytes`);
  }
  return Buffer.concat(chunks);
}

const tellFaults = (name: string, faults: readonly ScriptFault[]): string =>
  faults.map(({ line, column, message }) => `${name}:${line}:${column}: ${message}\n`).join('');

const check: Verb = async (call) => {
  const [path = ''] = call.words;
  const { script, faults } = compileScript(await readSource(call.context, path, SIEVE_SCRIPT_BYTES), {
    name: path,
  });
  print(
    call,
    script ? `${tellFaults(path, faults)}${path}: this script can run\n` : tellFaults(path, faults),
  );
  return script ? 0 : 1;
};

const tryOut: Verb = async (call) => {
  const [path = '', letter = ''] = call.words;
  const source = await readSource(call.context, path, SIEVE_SCRIPT_BYTES);
  const { script, faults } = compileScript(source, { name: path });
  if (!script) {
    print(call, tellFaults(path, faults));
    return 1;
  }
  const given = await readFile(letter);
  // As the queue has it: LF line ends.
  const bytes = Buffer.from(given.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  const result = await runScript(
    script,
    { bytes: bytes.subarray(0, SIEVE_LETTER_BYTES), size: bytes.length },
    environmentOf(script, optionOf(call, 'f'), optionOf(call, 't')),
  );
  print(
    call,
    tellResult(result)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return result.error ? 1 : 0;
};

/** A delivery that has no mailbox: every folder is there, nothing was seen before. */
const environmentOf = (script: SieveScript, envelopeFrom: string, envelopeTo: string): SieveEnvironment => ({
  envelopeFrom,
  envelopeTo,
  items: { name: 'Facteur', location: 'MDA', phase: 'during', host: hostname() },
  spam: { score: 0, percent: 0 },
  virus: 0,
  now: new Date(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  mailbox: {
    exists: async () => true,
    findSpecialUse: async () => undefined,
    isDuplicate: async () => false,
  },
  findScript: async (name) => (name === script.name ? script : undefined),
});

/** A verb about an account's scripts, with the rights of their owner. */
const ofAccount =
  (work: (call: Call, account: Account, name: string) => Promise<string>): Verb =>
  async (call) => {
    const [address = '', name = ''] = call.words;
    const { home } = call.context;
    const accounts: OpenedAccounts = openAccounts({ home });
    try {
      const account = await accounts.findAccount(address);
      if (account === undefined) throw new Misuse(`there is no account ${address}`);
      const as = await ownerRights(account.directory);
      const { uid, gid } = account;
      print(call, await as({ uid, gid }, () => work(call, account, name)));
      return 0;
    } finally {
      await accounts.close();
    }
  };
type Account = NonNullable<Awaited<ReturnType<OpenedAccounts['findAccount']>>>;

const list = ofAccount(async (_call, account) =>
  (await listScripts(account))
    .map(({ name, size, isActive }) => `${isActive ? '*' : ' '} ${String(size).padStart(6)} ${name}\n`)
    .join(''),
);
const get = ofAccount((_call, account, name) => readScript(account, name));
const activate = ofAccount(async (_call, account, name) => {
  const { script, faults } = checkScript(await readScript(account, name), name);
  if (!script) throw new ScriptStoreError('faults', `${name} cannot run`, faults);
  await activateScript(account, name);
  return '';
});
const deactivate = ofAccount(async (_call, account) => {
  await activateScript(account, undefined);
  return '';
});
const remove = ofAccount(async (_call, account, name) => {
  await removeScript(account, name);
  return '';
});

/** The file is read with the caller's rights, before those of the account's owner are taken. */
const put: Verb = async (call) => {
  const { context, words } = call;
  const source = await readSource(context, words[2] ?? '-', SIEVE_SCRIPT_BYTES);
  const { sievescripts: most } = await readSettings(context.home.qmail, ['sievescripts']);
  return ofAccount(async (_call, account, name) =>
    tellFaults(name, await writeScript(account, name, source, { most, check: checkScript })),
  )(call);
};

/** How many words follow each. */
const verbs: Readonly<
  Record<string, { readonly verb: Verb; readonly least: number; readonly most: number }>
> = {
  check: { verb: check, least: 1, most: 1 },
  test: { verb: tryOut, least: 2, most: 2 },
  list: { verb: list, least: 1, most: 1 },
  get: { verb: get, least: 2, most: 2 },
  put: { verb: put, least: 2, most: 3 },
  activate: { verb: activate, least: 2, most: 2 },
  deactivate: { verb: deactivate, least: 1, most: 1 },
  remove: { verb: remove, least: 2, most: 2 },
};

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args[0] === '--help') {
    context.stdout.write(usage);
    return 0;
  }
  const [name = '', ...rest] = args;
  const known = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const options = known && parseOptionsAnywhere(rest, name === 'test' ? 'f:t:' : '');
  if (
    !known ||
    !options ||
    options.bad !== undefined ||
    options.rest.length < known.least ||
    options.rest.length > known.most
  ) {
    context.stderr.write(usage);
    return 100;
  }
  try {
    return await known.verb({ context, words: options.rest, options });
  } catch (error) {
    if (error instanceof ScriptStoreError || error instanceof Misuse) {
      const faults = error instanceof ScriptStoreError ? error.faults : [];
      context.stderr.write(
        faults.length > 0 ? tellFaults(options.rest[1] ?? '', faults) : `sieve: ${error.message}\n`,
      );
      return 100;
    }
    if (error instanceof ControlError || errorCode(error) !== '') {
      context.stderr.write(`sieve: ${(error as Error).message}\n`);
      return 111;
    }
    throw error;
  }
}
