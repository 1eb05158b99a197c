// vmoddomlimits: shows and changes what a domain may have (spec/vpopmail.md 2.8, 3.2, 3.3), or with -d what all domains
// without limits of their own may have.
import {
  defaultLimitsPath,
  readDefaultLimits,
  readDomainLimits,
  writeDefaultLimits,
} from '../accounts/account-changes.ts';
import { makeEtcDirectory } from '../accounts/etc-directory.ts';
import { type Denials, Denied, type DomainLimits } from '../accounts/limits.ts';
import { storedQuota } from '../accounts/quota.ts';
import { AccountFlag } from '../accounts/types.ts';
import { parseQuota } from '../maildir/quota.ts';
import { accountCommand, FAILED, readOptions, readQuota, showUsage, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import type { ParsedOptions } from './getopt.ts';
import { ownerRights } from './owner-rights.ts';

export const usage = `vmoddomlimits: usage: [options] domain ${''}
options: -v ( display the vpopmail version number )
         -d ( use the vlimits.default file, instead of domain )
         -S ( show current settings )
         -D ( delete limits for this domain, i.e. switch to default limits)
         -Q quota-in-megabytes ( set domain disk quota, '100' = 100 MB )
         -q quota-in-bytes ( set default user quota, '10M' = 10 MB )
         -M count ( set domain max msg count )
         -m count ( set default user max msg count )
         -P count ( set max amount of pop accounts )
         -A count ( set max amount of aliases )
         -F count ( set max amount of forwards )
         -R count ( set max amount of autoresponders )
         -L count ( set max amount of mailing lists )
the following options are bit flags in the gid int field
         -g "flags"  (set flags, see below)
         gid flags:
            u ( set no dialup flag )
            d ( set no password changing flag )
            p ( set no pop access flag )
            s ( set no smtp access flag )
            w ( set no web mail access flag )
            i ( set no imap access flag )
            r ( set no external relay flag )
            c ( set no spamassasssin flag )
            x ( set delete spam flag )
            m ( set no maildrop flag )
the following options are bit flags for non postmaster admins
         -p "flags"  (set pop account flags)
         -a "flags"  (set alias flags)
         -f "flags"  (set forward flags)
         -r "flags"  (set autoresponder flags)
         -l "flags"  (set mailinglist flags)
         -u "flags"  (set mailinglist users flags)
         -o "flags"  (set mailinglist moderators flags)
         -x "flags"  (set quota flags)
         -z "flags"  (set default quota flags)
         perm flags:
            a ( set deny all flag )
            c ( set deny create flag )
            m ( set deny modify flag )
            d ( set deny delete flag )
`;

/** Switches in the order in which they are shown: bit, name, letter of -g. */
const SWITCHES: readonly (readonly [number, string, string])[] = [
  [AccountFlag.noImap, 'NO_IMAP', 'i'],
  [AccountFlag.noSmtp, 'NO_SMTP', 's'],
  [AccountFlag.noPop, 'NO_POP', 'p'],
  [AccountFlag.noWebmail, 'NO_WEBMAIL', 'w'],
  [AccountFlag.noPasswordChange, 'NO_PASSWD_CHNG', 'd'],
  [AccountFlag.noRelay, 'NO_RELAY', 'r'],
  [AccountFlag.noDialup, 'NO_DIALUP', 'u'],
  [AccountFlag.noSpamAssassin, 'NO_SPAMASSASSIN', 'c'],
  [AccountFlag.deleteSpam, 'DEL_SPAM', 'x'],
  [AccountFlag.noMaildrop, 'NO_MAILDROP', 'm'],
];

/** Permissions in the order in which they are shown: title, option, field. */
const PERMISSIONS: readonly (readonly [string, string, keyof Denials])[] = [
  ['pop account:', 'p', 'account'],
  ['alias:', 'a', 'alias'],
  ['forward:', 'f', 'forward'],
  ['autoresponder:', 'r', 'robot'],
  ['mailinglist:', 'l', 'list'],
  ['mailinglist users:', 'u', 'listUsers'],
  ['mailinglist moderators:', 'o', 'listModerators'],
  ['quota:', 'x', 'quota'],
  ['default quota:', 'z', 'defaultQuota'],
];

const COUNTS: readonly (readonly [string, Exclude<keyof DomainLimits, 'flags' | 'denied'>])[] = [
  ['Q', 'quotaMegabytes'],
  ['M', 'maxMessages'],
  ['m', 'defaultMessages'],
  ['P', 'maxAccounts'],
  ['A', 'maxAliases'],
  ['F', 'maxForwards'],
  ['R', 'maxRobots'],
  ['L', 'maxLists'],
];

export const run = accountCommand(usage, async (args, context) => {
  const parsed = readOptions('vmoddomlimits', args, 'vSDdQ:q:M:m:P:A:F:R:L:g:p:a:f:r:l:u:o:x:z:h', context);
  const has = (letter: string): boolean => parsed.options.some((one) => one.letter === letter);
  if (has('h')) return showUsage(usage, context, 0);
  const [name] = parsed.rest;
  if (parsed.bad !== undefined) return showUsage(usage, context);
  // What is none is told here, and stored as none below.
  for (const { letter, value } of parsed.options)
    if (letter === 'q') readQuota('vmoddomlimits', value, context);
  if (has('d')) return changeDefaults(parsed, context);
  return name === undefined ? showUsage(usage, context) : changeDomain(name, parsed, context);
});

async function changeDefaults(parsed: ParsedOptions, { home, stdout }: CommandContext): Promise<number> {
  const has = (letter: string): boolean => parsed.options.some((one) => one.letter === letter);
  const limits = await readDefaultLimits(home.vpopmail);
  if (has('D')) {
    stdout.write('Default limits must not be deleted. If you really want to do this,\n');
    stdout.write('remove the vlimits.default file.\n');
    stdout.write('But be warned: this might stop vpopmail from working!!\n');
    return FAILED;
  }
  if (has('S')) {
    stdout.write(`Default limits: ${defaultLimitsPath(home.vpopmail)}\n${formatShown(limits)}`);
    return 0;
  }
  await makeEtcDirectory(home.vpopmail);
  await writeDefaultLimits(home.vpopmail, applyOptions(limits, parsed));
  return 0;
}

async function changeDomain(name: string, parsed: ParsedOptions, context: CommandContext): Promise<number> {
  const { home, stdout, stderr } = context;
  const has = (letter: string): boolean => parsed.options.some((one) => one.letter === letter);
  return withSite(context, async ({ store, accounts }) => {
    const domain = await accounts.findDomain(name);
    if (domain === undefined) {
      // vpopmail says nothing of it, and scripts count on the exit status; people are told.
      stderr.write(`vmoddomlimits: ${JSON.stringify(name)} is no domain here\n`);
      return 0;
    }
    const as = await ownerRights(domain.directory);
    if (has('D')) {
      await as(domain, () => store.setLimits(domain, undefined));
      stdout.write('Limits deleted\n');
      return 0;
    }
    const limits = await readDomainLimits(store, domain, home.vpopmail);
    // vpopmail looks the name up and so has the real one from here on.
    if (has('S')) stdout.write(`Domain: ${domain.realName}\n${formatShown(limits)}`);
    else await as(domain, () => store.setLimits(domain, applyOptions(limits, parsed)));
    return 0;
  });
}

/** C's atoi and strtoll: the number at the beginning, 0 without one. */
const leadingNumber = (text: string): number => Number(/^\s*([+-]?\d{1,15})/.exec(text)?.[1] ?? 0);

/** The limits with what the options say (pure). Letters that are none are passed over, as by vpopmail. */
export function applyOptions(
  limits: DomainLimits,
  { options }: Pick<ParsedOptions, 'options'>,
): DomainLimits {
  const edited = { ...limits, denied: { ...limits.denied } };
  for (const { letter, value } of options) {
    const count = COUNTS.find(([option]) => option === letter)?.[1];
    if (count !== undefined && value !== '') edited[count] = leadingNumber(value);
    if (letter === 'q' && value !== '') edited.defaultQuota = parseQuota(storedQuota(value) ?? '').bytes;
    if (letter === 'g')
      edited.flags = SWITCHES.reduce((sum, [bit, , one]) => (value.includes(one) ? sum | bit : sum), 0);
    const permission = PERMISSIONS.find(([, option]) => option === letter)?.[2];
    if (permission !== undefined) edited.denied[permission] = readDenials(value);
  }
  return edited;
}

const readDenials = (letters: string): number =>
  letters.includes('a')
    ? Denied.create | Denied.modify | Denied.remove
    : (letters.includes('c') ? Denied.create : 0) |
      (letters.includes('m') ? Denied.modify : 0) |
      (letters.includes('d') ? Denied.remove : 0);

/** The block of -S after its first line (pure). */
export function formatShown(limits: DomainLimits): string {
  const set = SWITCHES.filter(([bit]) => (limits.flags & bit) !== 0);
  const word = (denied: number, bit: number, name: string): string =>
    ((denied & bit) !== 0 ? `DENY_${name}` : `ALLOW_${name}`).padEnd(13);
  const permissions = PERMISSIONS.map(([title, , field]) => {
    const denied = limits.denied[field];
    const words = [
      word(denied, Denied.create, 'CREATE'),
      word(denied, Denied.modify, 'MODIFY'),
      word(denied, Denied.remove, 'DELETE'),
    ];
    return `  ${title.padEnd(24)}${words.join('')}\n`;
  });
  return [
    '--\n',
    `Max Pop Accounts: ${limits.maxAccounts}\n`,
    `Max Aliases: ${limits.maxAliases}\n`,
    `Max Forwards: ${limits.maxForwards}\n`,
    `Max Autoresponders: ${limits.maxRobots}\n`,
    `Max Mailinglists: ${limits.maxLists}\n`,
    'GID Flags:\n',
    ...set.map(([, name]) => `  ${name}\n`),
    `Flags (for commandline): ${set.map(([, , letter]) => letter).join('')}\n`,
    'Flags for non postmaster accounts:\n',
    ...permissions,
    `Domain Quota: ${limits.quotaMegabytes} MB\n`,
    `Default User Quota: ${limits.defaultQuota} bytes\n`,
    `Max Domain Messages: ${limits.maxMessages}\n`,
    `Default Max Messages per User: ${limits.defaultMessages}\n`,
  ].join('');
}
