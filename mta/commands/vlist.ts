// vlist: mailing lists of a domain through the programs of ezmlm (spec/vpopmail.md 3.4, 8.3). What lists there are is read
// from the .qmail files; who is in a list, and making one, is asked of ezmlm-list, ezmlm-sub, ezmlm-unsub and ezmlm-make.
import { spawn } from 'node:child_process';
import { access, constants, lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUserName } from '../accounts/names.ts';
import type { Domain } from '../accounts/types.ts';
import { isMissing } from '../control/cached-file.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readAddress, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';

export const usage = `vlist:
   usage: vlist command1 list_name [command2 [address]]

Commands that affect the entire list
   vlist count   domain ${''}
   vlist list    domain ${''}
   vlist create  list_name ${''}
   vlist update  list_name ${''}
   vlist delete  list_name ${''}
   vlist show    list_name ${''}
   vlist explain list_name ${''}

      note: you can alter single options with update.

Commands that affect subscribers
   vlist subscriber list_name add address
   vlist subscriber list_name count
   vlist subscriber list_name delete address
   vlist subscriber list_name list

Commands that affect moderators
   vlist moderator list_name add address
   vlist moderator list_name count
   vlist moderator list_name delete address
   vlist moderator list_name list

Commands that affect digests
   vlist digest list_name add address
   vlist digest list_name count
   vlist digest list_name delete address
   vlist digest list_name list

Commands that affect kill file
   vlist kill list_name add address
   vlist kill list_name count
   vlist kill list_name delete address
   vlist kill list_name list

`;

/** Where ezmlm's programs are looked for. */
const PROGRAM_PLACES = ['/usr/local/bin/ezmlm', '/usr/local/bin', '/usr/bin'];

const FIRST = [
  'count',
  'list',
  'create',
  'delete',
  'update',
  'show',
  'explain',
  'subscriber',
  'moderator',
  'digest',
  'kill',
];
const SECOND = ['count', 'list', 'add', 'delete'];

/** Whom the second command is about: their directory below that of the list. */
const PEOPLE: Readonly<Record<string, string>> = {
  subscriber: '',
  moderator: 'mod',
  digest: 'digest',
  kill: 'deny',
};

/** vpopmail: one or two letters tell the command. */
const complete = (given: string | undefined, words: readonly string[]): string | undefined =>
  given === undefined || given === '' ? undefined : words.find((word) => word.startsWith(given));

/** A mailing list on disk. */
interface MailingList {
  readonly name: string;
  readonly domain: Domain;
  /** DOM/LIST */
  readonly directory: string;
  /** DOM/.qmail-LIST */
  readonly dot: string;
}

export const run = accountCommand(usage, async (args, context) => {
  const refuse = (status: number, words: string): number => {
    context.stdout.write(`${words}\n${usage}`);
    return status;
  };
  const [given, target = '', more, address] = args;
  if (args.length < 2) return refuse(101, 'At least two parameters are required\n');
  const command = complete(given, FIRST);
  if (command === undefined) return refuse(102, 'Unknown command 1');
  const what = complete(more, SECOND);
  if (command in PEOPLE && more === undefined) return refuse(101, 'At least four parameters are required\n');
  if (command in PEOPLE && what === undefined) return refuse(103, 'Unknown command 2');
  return withSite(context, async ({ accounts }) => {
    if (command === 'count' || command === 'list') {
      const domain = await accounts.findDomain(target);
      if (domain === undefined) return fail(`${safe(target)} is no domain here`, context);
      const names = await listLists(domain);
      context.stdout.write(
        command === 'count' ? `${names.length}\n` : names.map((name) => `${name}\n`).join(''),
      );
      return 0;
    }
    const parsed = await readAddress(target, context);
    if (parsed === undefined) return FAILED;
    const domain = await accounts.findDomain(parsed.domain);
    if (domain === undefined) return fail(`${safe(parsed.domain)} is no domain here`, context);
    const list: MailingList = {
      name: parsed.name,
      domain,
      directory: join(domain.directory, parsed.name),
      dot: join(domain.directory, `.qmail-${parsed.name.replaceAll('.', ':')}`),
    };
    const isThere = await isList(list.dot);
    if (command === 'create')
      return isThere ? fail('address already exists', context) : create(list, context);
    if (!isThere) return fail(`there is no list ${parsed.name}@${domain.name}`, context);
    if (command === 'delete') return remove(list);
    if (command === 'update') return fail('update: use ezmlm-make -e', context);
    if (command === 'show' || command === 'explain') return show(list, context);
    return changePeople(join(list.directory, PEOPLE[command]!), what!, address, context);
  });
});

function fail(words: string, { stdout }: CommandContext): number {
  stdout.write(`Error: ${words}\n`);
  return FAILED;
}

/** Every tool's test: the first line of .qmail-LIST speaks of ezmlm-reject. */
async function isList(dot: string): Promise<boolean> {
  try {
    return (await readFile(dot, 'latin1')).split('\n')[0]!.includes('ezmlm-reject');
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EISDIR') return false;
    throw error;
  }
}

async function listLists({ directory }: Domain): Promise<readonly string[]> {
  const names: string[] = [];
  for (const file of (await readdir(directory)).sort()) {
    if (!file.startsWith('.qmail-') || !(await isList(join(directory, file)))) continue;
    names.push(file.slice('.qmail-'.length).replaceAll(':', '.'));
  }
  return names;
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const place of PROGRAM_PLACES) {
    const path = join(place, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** Runs a program of ezmlm as the domain's user. @returns its exit status, and what it printed */
async function runEzmlm(
  name: string,
  args: readonly string[],
  { uid, gid }: { readonly uid: number; readonly gid: number },
  context: CommandContext,
): Promise<{ readonly status: number; readonly output: string }> {
  const program = await findProgram(name);
  if (program === undefined) {
    const status = fail(`${name} is not installed; looked in ${PROGRAM_PLACES.join(', ')}`, context);
    return { status, output: '' };
  }
  const asUser = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: context.env.PATH },
    ...asUser,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? FAILED));
  });
  return { status, output };
}

async function create(
  { name, domain, directory, dot }: MailingList,
  context: CommandContext,
): Promise<number> {
  if (!isUserName(name)) return fail(`${safe(name)} cannot be the name of a list`, context);
  for (const path of [directory, dot])
    if (await isThere(path)) return fail(`address already exists: ${path}`, context);
  const { status } = await runEzmlm('ezmlm-make', [directory, dot, name, domain.realName], domain, context);
  return status;
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** The links that lead into the list's directory go first: nobody delivers into what is being removed. */
async function remove({ domain, directory }: MailingList): Promise<number> {
  for (const file of await readdir(domain.directory)) {
    const path = join(domain.directory, file);
    if (!file.startsWith('.qmail-') || !(await lstat(path)).isSymbolicLink()) continue;
    const target = await readlink(path);
    if (target.startsWith(`${directory}/`)) await rm(path, { force: true });
  }
  await rm(directory, { recursive: true, force: true });
  return 0;
}

async function show(
  { name, domain, directory, dot }: MailingList,
  { stdout }: CommandContext,
): Promise<number> {
  const read = (file: string): Promise<string> => readFile(join(directory, file), 'utf8').catch(() => '');
  // ezmlm-idx config: `F:-aBCD`, `5:owner`; files of the same meaning beside it.
  const config = await read('config');
  const setting = (letter: string): string => new RegExp(`^${letter}:(.*)$`, 'm').exec(config)?.[1] ?? '';
  const prefix = (await read('prefix')).trim();
  stdout.write(`Mailing List:  ${name}@${domain.realName}\n`);
  stdout.write(`   OwnerEmail: ${safe(setting('5'))}\n`);
  stdout.write(`   Prefix:     ${safe(prefix)}\n\n`);
  stdout.write(`   Flags:      ${safe(setting('F').replace(/^-/, ''))}\n\n`);
  stdout.write(`   Path:       ${domain.directory}\n   Dot:        ${dot}\n   Dir:        ${directory}\n\n`);
  return 0;
}

async function changePeople(
  directory: string,
  what: string,
  address: string | undefined,
  context: CommandContext,
): Promise<number> {
  const owner = await lstat(directory).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (owner === undefined) return fail(`${directory} is not there`, context);
  if (what === 'count' || what === 'list') {
    const { status, output } = await runEzmlm(
      'ezmlm-list',
      what === 'count' ? ['-n', directory] : [directory],
      owner,
      context,
    );
    context.stdout.write(output);
    return status;
  }
  if (address === undefined || !address.includes('@') || address.startsWith('-'))
    return fail('an address is needed', context);
  const program = what === 'add' ? 'ezmlm-sub' : 'ezmlm-unsub';
  return (await runEzmlm(program, [directory, address], owner, context)).status;
}
