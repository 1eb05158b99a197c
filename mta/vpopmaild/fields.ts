// The fields of accounts and limits as vpopmaild names them (spec/vpopmail.md 7.4): what user_info and get_limits print,
// and what mod_user and set_limits read. Pure. A clear password is never printed, and a hash only to administrators of
// the system (security.md A1).
import type { DomainLimits } from '../accounts/limits.ts';
import { PERMISSIONS, SWITCHES } from '../accounts/limits.ts';
import type { AccountRecord } from '../accounts/store.ts';
import { AccountFlag } from '../accounts/types.ts';

/** In vpopmail's order. */
const FLAGS: readonly (readonly [field: string, bit: number])[] = [
  ['no_password_change', AccountFlag.noPasswordChange],
  ['no_pop', AccountFlag.noPop],
  ['no_webmail', AccountFlag.noWebmail],
  ['no_imap', AccountFlag.noImap],
  ['bounce_mail', AccountFlag.bounceMail],
  ['no_relay', AccountFlag.noRelay],
  ['no_dialup', AccountFlag.noDialup],
  ['user_flag_0', AccountFlag.user0],
  ['user_flag_1', AccountFlag.user1],
  ['user_flag_2', AccountFlag.user2],
  ['user_flag_3', AccountFlag.user3],
  ['no_smtp', AccountFlag.noSmtp],
  ['domain_admin_privileges', AccountFlag.domainAdmin],
  ['override_domain_limits', AccountFlag.override],
  ['no_spamassassin', AccountFlag.noSpamAssassin],
  ['delete_spam', AccountFlag.deleteSpam],
  ['no_maildrop', AccountFlag.noMaildrop],
  ['system_admin_privileges', AccountFlag.systemAdmin],
];

/** mod_user also knows this one. */
const EXPERT = 'system_expert_privileges';

/** The lines of user_info. `isCompact`: the flags as one number (clogin). */
export function userLines(
  { name, gecos, quota, directory, password, flags }: AccountRecord,
  shows: { readonly isCompact: boolean; readonly hash: boolean },
): readonly string[] {
  return [
    `name ${name}`,
    `comment ${gecos}`,
    `quota ${quota}`,
    `user_dir ${directory}`,
    `encrypted_password ${shows.hash ? password : ''}`,
    'clear_text_password ',
    ...(shows.isCompact
      ? [`gidflags ${flags}`]
      : FLAGS.map(([field, bit]) => `${field} ${(flags & bit) !== 0 ? 1 : 0}`)),
  ];
}

/** What mod_user asks for; undefined fields stay. */
export interface UserChange {
  readonly gecos?: string | undefined;
  readonly quota?: string | undefined;
  readonly hash?: string | undefined;
  readonly password?: string | undefined;
  /** The flags after the change, out of those before. */
  readonly flags: (before: number) => number;
}

/** Reads the lines of mod_user: `key value`, `key=value` or `key: value`. Gives the line that it does not know. */
export function readUserChange(all: readonly string[]): UserChange | { readonly unknown: string } {
  let on = 0;
  let off = 0;
  const texts: { gecos?: string; quota?: string; hash?: string; password?: string } = {};
  for (const line of all) {
    const [, key = '', value = ''] = /^[ =:]*([^ =:]+)[ =:]*(.*)$/.exec(line) ?? [];
    if (key === '' || value === '') continue;
    const bit = key === EXPERT ? AccountFlag.systemExpert : FLAGS.find(([field]) => field === key)?.[1];
    if (bit !== undefined && (value === '0' || value === '1')) {
      on = value === '1' ? on | bit : on & ~bit;
      off = value === '0' ? off | bit : off & ~bit;
    } else if (key === 'clear_all_flags') {
      on = 0;
      off = -1;
    } else if (key === 'comment') texts.gecos = value;
    else if (key === 'quota') texts.quota = value;
    else if (key === 'encrypted_password') texts.hash = value;
    else if (key === 'clear_text_password') texts.password = value;
    else return { unknown: key };
  }
  return { ...texts, flags: (before) => ((before & ~off) | on) >>> 0 };
}

type CountField = Exclude<keyof DomainLimits, 'flags' | 'denied'>;

const COUNTS: readonly (readonly [string, CountField])[] = [
  ['max_popaccounts', 'maxAccounts'],
  ['max_aliases', 'maxAliases'],
  ['max_forwards', 'maxForwards'],
  ['max_autoresponders', 'maxRobots'],
  ['max_mailinglists', 'maxLists'],
  ['disk_quota', 'quotaMegabytes'],
  ['max_msgcount', 'maxMessages'],
  ['default_quota', 'defaultQuota'],
  ['default_maxmsgcount', 'defaultMessages'],
];
/** Only set_limits names them; get_limits has them in perm_maillist. */
const LIST_DENIALS: readonly (readonly [string, keyof DomainLimits['denied']])[] = [
  ['perm_maillist_users', 'listUsers'],
  ['perm_maillist_moderators', 'listModerators'],
];

/** The lines of get_limits. */
export function limitLines(limits: DomainLimits): readonly string[] {
  const { denied } = limits;
  return [
    ...COUNTS.map(([name, field]) => `${name} ${limits[field]}`),
    ...SWITCHES.map(([name, bit]) => `${name} ${(limits.flags & bit) !== 0 ? 1 : 0}`),
    ...PERMISSIONS.map(([name, field]) => {
      const lists = field === 'list' ? (denied.listUsers << 3) | (denied.listModerators << 6) : 0;
      return `${name} ${denied[field] | lists}`;
    }),
  ];
}

/** Reads the lines of set_limits over the limits as they are, and names what it does not know. */
export function readLimits(
  all: readonly string[],
  before: DomainLimits,
): { readonly limits: DomainLimits; readonly unknown: readonly string[] } {
  let limits = before;
  const unknown: string[] = [];
  for (const line of all) {
    const [, key = '', value = ''] = /^[ =:]*([^ =:]+)[ =:]*(-?[0-9]{1,15})[ ]*$/.exec(line) ?? [];
    const number = Number(value);
    const count = COUNTS.find(([name]) => name === key)?.[1];
    const bit = SWITCHES.find(([name]) => name === key)?.[1];
    const denial = [...PERMISSIONS, ...LIST_DENIALS].find(([name]) => name === key)?.[1];
    if (count !== undefined) limits = { ...limits, [count]: number };
    else if (bit !== undefined && (number === 0 || number === 1))
      limits = { ...limits, flags: number === 1 ? limits.flags | bit : limits.flags & ~bit };
    else if (denial !== undefined && number >= 0)
      limits = { ...limits, denied: { ...limits.denied, [denial]: number & 7 } };
    else if (line.trim() !== '') unknown.push(line);
  }
  return { limits, unknown };
}
