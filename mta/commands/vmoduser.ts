// vmoduser: changes the fields and flags of an account, or of all of a domain (spec/vpopmail.md 2.3, 3.4). Flags are only
// added; -x clears them first.

import { checkGecos, storeMaildirQuota } from '../accounts/account-changes.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { MAX_DIRECTORY } from '../accounts/names.ts';
import { hashPasswordAsIs } from '../accounts/new-account.ts';
import { changeWords } from '../accounts/onchange.ts';
import type { AccountRecord } from '../accounts/store.ts';
import { AccountFlag } from '../accounts/types.ts';
import {
  accountCommand,
  FAILED,
  readAddress,
  readOptions,
  readQuota,
  showUsage,
  withRecords,
} from './account-command.ts';
import type { CommandContext } from './command.ts';
import type { ParsedOptions } from './getopt.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vmoduser: usage: [options] email_addr or domain (for each user in domain)
options: -v ( display the vpopmail version number )
         -n ( don't rebuild the vpasswd.cdb file )
         -q quota ( set quota )
         -c comment (set the comment/gecos field )
         -e encrypted_passwd (set the password field )
         -C clear_text_passwd (set the password field )
the following options are bit flags in the gid int field
         -x ( clear all flags )
         -d ( don't allow user to change password )
         -p ( disable POP access )
         -s ( disable SMTP AUTH access )
         -w ( disable webmail [IMAP from localhost*] access )
            ( * full list of webmail server IPs in vchkpw.c )
         -i ( disable non-webmail IMAP access )
         -b ( bounce all mail )
         -o ( user is not subject to domain limits )
         -r ( disable roaming user/pop-before-smtp )
         -a ( grant qmailadmin administrator privileges )
         -S ( grant system administrator privileges - access all domains )
         -E ( grant expert privileges - edit .qmail files )
         -f ( disable spamassassin)
         -F ( delete spam)
         -m ( disable maildrop)
  [The following flags aren't used directly by vpopmail but are]
  [included for other programs that share the user database.]
         -u ( set no dialup flag )
         -0 ( set V_USER0 flag )
         -1 ( set V_USER1 flag )
         -2 ( set V_USER2 flag )
         -3 ( set V_USER3 flag )
`;

const FLAGS: Readonly<Record<string, number>> = {
  d: AccountFlag.noPasswordChange,
  p: AccountFlag.noPop,
  s: AccountFlag.noSmtp,
  w: AccountFlag.noWebmail,
  i: AccountFlag.noImap,
  b: AccountFlag.bounceMail,
  o: AccountFlag.override,
  r: AccountFlag.noRelay,
  u: AccountFlag.noDialup,
  '0': AccountFlag.user0,
  '1': AccountFlag.user1,
  '2': AccountFlag.user2,
  '3': AccountFlag.user3,
  a: AccountFlag.domainAdmin,
  S: AccountFlag.systemAdmin,
  E: AccountFlag.systemExpert,
  f: AccountFlag.noSpamAssassin,
  F: AccountFlag.deleteSpam,
  m: AccountFlag.noMaildrop,
};

/** What is said of each account; what is missing stays. */
interface Change {
  readonly gecos: string | undefined;
  readonly directory: string | undefined;
  readonly password: string | undefined;
  readonly quota: string | undefined;
  readonly isCleared: boolean;
  readonly flags: number;
}

export const run = accountCommand(usage, async (args, context) => {
  const parsed = readOptions('vmoduser', args, 'D:avunxc:q:dpswibro0123he:C:fFSEm', context);
  if (parsed.options.some(({ letter }) => letter === 'h')) return showUsage(usage, context, 0);
  const [whom = ''] = parsed.rest;
  if (parsed.bad !== undefined || whom === '') return showUsage(usage, context);
  const change = await readChange(parsed, context);
  return whom.includes('@') ? changeOne(whom, change, context) : changeAll(whom, change, context);
});

async function readChange({ options }: ParsedOptions, context: CommandContext): Promise<Change> {
  // An empty value is none, as with vpopmail.
  const value = (letter: string): string | undefined =>
    options.findLast((one) => one.letter === letter)?.value || undefined;
  const [gecos, directory, crypted, clear] = [value('c'), value('D'), value('e'), value('C')];
  if (directory !== undefined) checkDirectory(directory);
  if (crypted !== undefined && /[:\n\0]/.test(crypted)) throw new VpopmailError(-20, 'a hash holds no colon');
  const quota = options.findLast(({ letter }) => letter === 'q')?.value;
  const isRoot = process.getuid?.() === 0;
  const letters = options.filter(({ letter }) => isRoot || (letter !== 'S' && letter !== 'E'));
  return {
    gecos: gecos === undefined ? undefined : checkGecos(gecos),
    directory,
    password: clear === undefined ? crypted : await hashPasswordAsIs(context.home, clear),
    quota: quota === undefined ? undefined : readQuota('vmoduser', quota, context),
    isCleared: options.some(({ letter }) => letter === 'x'),
    flags: letters.reduce((sum, { letter }) => sum | (FLAGS[letter] ?? 0), 0),
  };
}

/** The home is read by every program that delivers: an absolute path that fits the field and the line. */
function checkDirectory(directory: string): void {
  if (Buffer.byteLength(directory) > MAX_DIRECTORY) throw new VpopmailError(-30, directory);
  if (!directory.startsWith('/') || /[:\x00-\x1f\x7f]|\/\.\.?(?:\/|$)/.test(directory))
    throw new VpopmailError(-20, `${JSON.stringify(directory)} is no absolute directory without colons`);
}

function changed(old: AccountRecord, change: Change): AccountRecord {
  const password = change.password ?? old.password;
  // A clear password of an old site would no longer fit.
  const clear = old.clear === undefined || change.password === undefined ? {} : { clear: '' };
  return {
    ...old,
    ...clear,
    password,
    gecos: change.gecos ?? old.gecos,
    directory: change.directory ?? old.directory,
    quota: change.quota ?? old.quota,
    flags: (change.isCleared ? 0 : old.flags) | change.flags,
  };
}

async function changeOne(email: string, change: Change, context: CommandContext): Promise<number> {
  const address = await readAddress(email, context);
  if (address === undefined) return FAILED;
  return withRecords(context, async ({ store, findDomain }) => {
    const domain = await findDomain(address.domain);
    const found = domain && (await store.find(domain, address.name));
    if (domain === undefined || found === undefined) {
      context.stdout.write(`no such user ${address.name}@${address.domain}\n`);
      return FAILED;
    }
    const as = await ownerRights(domain.directory);
    await as(domain, async () => {
      const record = await store.change(domain, address.name, (old) => changed(old, change));
      if (change.quota !== undefined) await storeMaildirQuota(domain, record);
    });
    await tellChanges(context, domain, changeWords.accountChanged(`${found.name}@${domain.realName}`));
    return 0;
  });
}

async function changeAll(name: string, change: Change, context: CommandContext): Promise<number> {
  return withRecords(context, async ({ store, findDomain }) => {
    const domain = await findDomain(name);
    if (domain === undefined) {
      // vpopmail says nothing of it, and scripts count on the exit status; people are told.
      context.stderr.write(`vmoduser: ${JSON.stringify(name)} is no domain here\n`);
      return 0;
    }
    const names: string[] = [];
    const as = await ownerRights(domain.directory);
    await as(domain, async () => {
      await store.changeAll(domain, (old) => {
        names.push(old.name);
        return changed(old, change);
      });
      if (change.quota !== undefined)
        for await (const record of store.each(domain)) await storeMaildirQuota(domain, record);
    });
    const words = names.map((one) => changeWords.accountChanged(`${one}@${domain.realName}`));
    await tellChanges(context, domain, ...words);
    return 0;
  });
}
