// vadddomain: adds a virtual domain with its postmaster account (spec/vpopmail.md 1.2, 3.2).
// Prints nothing when all went well. Nothing is left of a domain that could not be added.

import { readFile } from 'node:fs/promises';
import { addDomain, defaultOwner } from '../accounts/domains.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { checkDomainName } from '../accounts/names.ts';
import { hashNewPassword, makeRandomPassword } from '../accounts/new-account.ts';
import { changeWords } from '../accounts/onchange.ts';
import { parsePasswd, type SystemUser } from '../accounts/passwd-file.ts';
import { openUsers } from '../accounts/users.ts';
import { keysDirectory } from '../trust/dkim-files.ts';
import { findKeyOwner, openKeyDesk, signsMail } from '../trust/dkim-keys.ts';
import { accountCommand, FAILED, randomLength, readOptions, readQuota } from './account-command.ts';
import { askPassword } from './ask-password.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vadddomain: usage: vadddomain [options] virtual_domain [postmaster password]
options: -v prints the version
         -q quota_in_bytes (sets the quota for postmaster account)
         -b (bounces all mail that doesn't match a user, default)
         -e email_address (forwards all non matching user to this address [*])
         -u user (sets the uid/gid based on a user in /etc/passwd)
         -d dir (sets the dir to use for this domain)
         -i uid (sets the uid to use for this domain)
         -g gid (sets the gid to use for this domain)
         -O optimize adding, for bulk adds set this for all
            except the last one
         -r[len] (generate a len (default 12) char random postmaster password)

 [*] omit @-sign to deliver directly into user's Maildir: '-e postmaster'

Without a password it is asked for; from a script, it is the first line of standard input.
`;

/** The arguments, as they are found. */
interface Wanted {
  domain: string;
  password: string | undefined;
  random: boolean;
  owner: { uid: number; gid: number };
  quota?: string;
  base?: string;
  instruction?: string;
  bulk?: boolean;
}

export const run = accountCommand(usage, async (args, context) => {
  const wanted = await readArguments(args, context);
  return typeof wanted === 'number' ? wanted : add(wanted, context);
});

async function add(wanted: Wanted, context: CommandContext): Promise<number> {
  const name = checkDomainName(wanted.domain);
  // If it is there, nobody needs to type a password.
  if ((await openUsers(context.home.qmail).findWildcard(`${name}-`)) !== undefined)
    throw new VpopmailError(-13);
  const password = wanted.password ?? (await askPassword('postmaster', context));
  if (password === '') {
    context.stdout.write('Error: No password entered\n');
    return FAILED;
  }
  const { quota, owner, base, instruction, bulk } = wanted;
  const passwordHash = await hashNewPassword(context.home, 'postmaster', password);
  const { qmail, vpopmail } = context.home;
  const as = await ownerRights(base ?? vpopmail, keysDirectory(qmail));
  await addDomain(context.home, {
    name,
    owner,
    base,
    instruction,
    bulk,
    as,
    postmaster: { passwordHash, gecos: 'Postmaster', quota },
  });
  // A site that signs, signs for its new domains too. The domain is there, whatever becomes of its keys.
  if (await signsMail(qmail))
    await openKeyDesk({ qmail, owner: await findKeyOwner(qmail), as })
      .add(name)
      .catch((error: Error) => context.stderr.write(`vadddomain: no signing keys: ${error.message}\n`));
  await tellChanges(context, owner, changeWords.domainAdded(name));
  if (wanted.random) context.stdout.write(`Random password: ${password}\n`);
  return 0;
}

/** A number is the exit status of a command that ends here. */
async function readArguments(args: readonly string[], context: CommandContext): Promise<Wanted | number> {
  const { options, rest, bad } = readOptions('vadddomain', args, 'q:be:u:vi:g:d:Or::', context);
  const [domain, given, ...more] = rest;
  if (bad !== undefined || domain === undefined || more.length > 0) {
    context.stdout.write(usage);
    return 0;
  }
  const owner = { ...(await defaultOwner()) };
  const wanted: Wanted = { domain, password: given, random: false, owner };
  for (const { letter, value } of options) {
    if (letter === 'q') wanted.quota = readQuota('vadddomain', value, context);
    else if (letter === 'b') wanted.instruction = 'bounce-no-mailbox';
    else if (letter === 'e') wanted.instruction = value;
    else if (letter === 'd') wanted.base = value;
    else if (letter === 'O') wanted.bulk = true;
    else if (letter === 'i' || letter === 'g') {
      if (!/^[0-9]{1,10}$/.test(value)) {
        context.stdout.write(`Error: -${letter} needs a number\n`);
        return FAILED;
      }
      owner[letter === 'i' ? 'uid' : 'gid'] = Number(value);
    } else if (letter === 'u') {
      const user = await findSystemUser(value);
      if (user === undefined) {
        context.stdout.write(`Error: user ${value} not found in /etc/passwd\n`);
        return FAILED;
      }
      Object.assign(owner, { uid: user.uid, gid: user.gid });
      wanted.base ??= user.home;
    } else if (letter === 'r') {
      wanted.random = true;
      wanted.password = makeRandomPassword(randomLength(value, 12));
    }
  }
  if (wanted.random && given !== undefined) {
    context.stdout.write("Error: don't use -r option when giving password on command line\n");
    return FAILED;
  }
  if (wanted.base !== undefined && !wanted.base.startsWith('/')) {
    context.stdout.write('Error: -d needs an absolute directory\n');
    return FAILED;
  }
  return wanted;
}

async function findSystemUser(name: string): Promise<SystemUser | undefined> {
  return parsePasswd(await readFile('/etc/passwd', 'utf8')).get(name);
}
