// vlist: mailing lists of a domain and who is in them (spec/vpopmail.md 3.4, 8.3; mta/lists/domain-lists.ts does the work).
// When root calls it, all is done with the rights of the domain's user.
import {
  createDomainList,
  describeDomainList,
  dotOf,
  findDomainList,
  type ListDomain,
  listDomainLists,
  removeDomainList,
} from '../lists/domain-lists.ts';
import { ListError } from '../lists/errors.ts';
import { countSubscribers, makeSet, readSubscribers, subscribe, unsubscribe } from '../lists/subscribers.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readAddress, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { asOwnerOf, findListSite } from './list-programs.ts';

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

/** Whom the second command is about: the set of addresses. */
const PEOPLE: Readonly<Record<string, string>> = {
  subscriber: '.',
  moderator: 'mod',
  digest: 'digest',
  kill: 'deny',
};

/** vpopmail: one or two letters tell the command. */
const complete = (given: string | undefined, words: readonly string[]): string | undefined =>
  given === undefined || given === '' ? undefined : words.find((word) => word.startsWith(given));

interface ListPlace {
  readonly name: string;
  readonly place: ListDomain;
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
      const names = await listDomainLists(domain);
      context.stdout.write(
        command === 'count' ? `${names.length}\n` : names.map((name) => `${name}\n`).join(''),
      );
      return 0;
    }
    const parsed = await readAddress(target, context);
    if (parsed === undefined) return FAILED;
    const domain = await accounts.findDomain(parsed.domain);
    if (domain === undefined) return fail(`${safe(parsed.domain)} is no domain here`, context);
    const { uid, gid, realName, directory } = domain;
    const list: ListPlace = { name: parsed.name, place: { name: realName, directory, uid, gid } };
    return asOwnerOf(directory, () => obey(list, command, what, address, context)).catch((error: unknown) => {
      if (error instanceof ListError) return fail(safe(error.message), context);
      throw error;
    });
  });
});

async function obey(
  list: ListPlace,
  command: string,
  what: string | undefined,
  address: string | undefined,
  context: CommandContext,
): Promise<number> {
  const { name, place } = list;
  const found = await findDomainList(place, name);
  if (command === 'create') {
    if (found !== undefined) return fail('address already exists', context);
    await create(list, context);
    return 0;
  }
  if (found === undefined) return fail(`there is no list ${name}@${place.name}`, context);
  if (command === 'update') return fail('update: use ezmlm-make -e', context);
  if (command === 'delete') await removeDomainList(place, name);
  else if (command === 'show' || command === 'explain') await show(list, context);
  else return changePeople(found, PEOPLE[command] as string, what as string, address, context);
  return 0;
}

function fail(words: string, { stdout }: CommandContext): number {
  stdout.write(`Error: ${words}\n`);
  return FAILED;
}

async function create({ place, name }: ListPlace, context: CommandContext): Promise<void> {
  await createDomainList(place, name, { letters: new Map() }, await findListSite(context));
}

async function show({ name, place }: ListPlace, { stdout }: CommandContext): Promise<void> {
  const list = await describeDomainList(place, name);
  const flags = [...list.flags].filter(([, isSet]) => isSet).map(([letter]) => letter);
  stdout.write(`Mailing List:  ${name}@${place.name}\n`);
  stdout.write(`   OwnerEmail: ${safe(list.owner)}\n`);
  stdout.write(`   Prefix:     ${safe(list.prefix)}\n\n`);
  stdout.write(`   Flags:      ${safe(flags.sort().join(''))}\n\n`);
  stdout.write(
    `   Path:       ${place.directory}\n   Dot:        ${dotOf(place, name)}\n   Dir:        ${list.directory}\n\n`,
  );
}

/** @returns the exit status */
async function changePeople(
  directory: string,
  set: string,
  what: string,
  address: string | undefined,
  context: CommandContext,
): Promise<number> {
  if (what === 'count') {
    context.stdout.write(`${await countSubscribers(directory, set)}\n`);
    return 0;
  }
  if (what === 'list') {
    for await (const addresses of readSubscribers(directory, set))
      context.stdout.write(`${addresses.join('\n')}\n`);
    return 0;
  }
  if (address === undefined || !address.includes('@') || address.startsWith('-'))
    return fail('an address is needed', context);
  if (what === 'add') {
    await makeSet(directory, set);
    await subscribe(directory, set, address, { event: 'manual' });
  } else await unsubscribe(directory, set, address, { event: 'manual' });
  return 0;
}
