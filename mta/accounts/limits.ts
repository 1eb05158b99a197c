// DOM/.qmailadmin-limits: what a domain may have, what its accounts may do, and what new ones get (spec/vpopmail.md
// 2.8). Pure: text to limits, and limits into a text, where lines that are not ours to know stay as they are.
import { AccountFlag } from './types.ts';

/** What a domain's administrator (QA_ADMIN, not postmaster) may not do, as vpopmail's bits. */
export const Denied = { create: 1, modify: 2, remove: 4 } as const;

/** Things that perm_* lines speak of, each a sum of {@link Denied} bits. */
export interface Denials {
  readonly account: number;
  readonly alias: number;
  readonly forward: number;
  readonly robot: number;
  readonly list: number;
  readonly listUsers: number;
  readonly listModerators: number;
  readonly quota: number;
  readonly defaultQuota: number;
}

export interface DomainLimits {
  /** Counts; -1 for as many as one likes. */
  readonly maxAccounts: number;
  readonly maxAliases: number;
  readonly maxForwards: number;
  readonly maxRobots: number;
  readonly maxLists: number;
  /** The whole domain's quota in megabytes (of 1048576 bytes); 0 for none. */
  readonly quotaMegabytes: number;
  /** Messages in the whole domain; 0 for no limit. */
  readonly maxMessages: number;
  /** Quota of new accounts in bytes; 0 for none. */
  readonly defaultQuota: number;
  /** Messages of new accounts; 0 for no limit. */
  readonly defaultMessages: number;
  /** AccountFlag bits that are on for every account of the domain. */
  readonly flags: number;
  readonly denied: Denials;
}

/** Limits nothing. */
export const noLimits: DomainLimits = {
  maxAccounts: -1,
  maxAliases: -1,
  maxForwards: -1,
  maxRobots: -1,
  maxLists: -1,
  quotaMegabytes: 0,
  maxMessages: 0,
  defaultQuota: 0,
  defaultMessages: 0,
  flags: 0,
  denied: {
    account: 0,
    alias: 0,
    forward: 0,
    robot: 0,
    list: 0,
    listUsers: 0,
    listModerators: 0,
    quota: 0,
    defaultQuota: 0,
  },
};

export type CountKey = Exclude<keyof DomainLimits, 'flags' | 'denied'>;

/** Lines of the file, and columns of the table limits where those have another name. */
export const COUNTS: readonly (readonly [key: string, field: CountKey, column?: string])[] = [
  ['maxpopaccounts', 'maxAccounts'],
  ['maxaliases', 'maxAliases'],
  ['maxforwards', 'maxForwards'],
  ['maxautoresponders', 'maxRobots'],
  ['maxmailinglists', 'maxLists'],
  ['quota', 'quotaMegabytes', 'diskquota'],
  ['maxmsgcount', 'maxMessages'],
  ['default_quota', 'defaultQuota', 'defaultquota'],
  ['default_maxmsgcount', 'defaultMessages', 'defaultmaxmsgcount'],
];

export const SWITCHES: readonly (readonly [key: string, flag: number, column?: string])[] = [
  ['disable_pop', AccountFlag.noPop],
  ['disable_imap', AccountFlag.noImap],
  ['disable_dialup', AccountFlag.noDialup],
  ['disable_password_changing', AccountFlag.noPasswordChange, 'disable_passwordchanging'],
  ['disable_webmail', AccountFlag.noWebmail],
  ['disable_external_relay', AccountFlag.noRelay, 'disable_relay'],
  ['disable_smtp', AccountFlag.noSmtp],
  ['disable_spamassassin', AccountFlag.noSpamAssassin],
  ['delete_spam', AccountFlag.deleteSpam],
  ['disable_maildrop', AccountFlag.noMaildrop],
];

export const PERMISSIONS: readonly (readonly [key: string, field: keyof Denials])[] = [
  ['perm_account', 'account'],
  ['perm_alias', 'alias'],
  ['perm_forward', 'forward'],
  ['perm_autoresponder', 'robot'],
  ['perm_maillist', 'list'],
  ['perm_quota', 'quota'],
  ['perm_defaultquota', 'defaultQuota'],
];

/** The key of a line; '' for a comment or an empty one. vpopmail splits at blanks and colons. */
function splitLine(line: string): readonly [key: string, value: string] {
  const words = line
    .replace(/#.*/, '')
    .split(/[ \t:\r]+/)
    .filter((word) => word !== '');
  return [words[0] ?? '', words[1] ?? ''];
}

/** Parses a limits file; a missing one (undefined) limits nothing. What is no number counts as not said. */
export function parseLimits(text: string | undefined): DomainLimits {
  const counts = new Map<string, number>();
  const denied = { ...noLimits.denied };
  let flags = 0;
  for (const line of (text ?? '').split('\n')) {
    const [key, value] = splitLine(line);
    const amount = /^-?[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
    flags |= SWITCHES.find(([name]) => name === key)?.[1] ?? 0;
    const count = COUNTS.find(([name]) => name === key);
    if (count !== undefined && amount !== undefined) counts.set(count[1], amount);
    const permission = PERMISSIONS.find(([name]) => name === key)?.[1];
    if (permission === undefined || amount === undefined || amount < 0) continue;
    denied[permission] = amount & 7;
    // vpopmail's writer puts the bits of list users and moderators into the line of quotas; its reader wants them here.
    if (permission === 'list') {
      denied.listUsers = (amount >> 3) & 7;
      denied.listModerators = (amount >> 6) & 7;
    }
  }
  return { ...noLimits, ...Object.fromEntries(counts), flags, denied };
}

/** The text with these limits in it: known keys in vpopmail's order, then every line that we do not know. */
export function formatLimits(limits: DomainLimits, text = ''): string {
  const { denied } = limits;
  const known = new Set([...COUNTS, ...SWITCHES, ...PERMISSIONS].map(([key]) => key));
  const others = text.split('\n').filter((line) => line !== '' && !known.has(splitLine(line)[0]));
  const permission = (field: keyof Denials): number =>
    field === 'list' ? denied.list | (denied.listUsers << 3) | (denied.listModerators << 6) : denied[field];
  const lines = [
    ...COUNTS.map(([key, field]) => `${key}: ${limits[field]}`),
    ...SWITCHES.filter(([, flag]) => (limits.flags & flag) !== 0).map(([key]) => key),
    ...PERMISSIONS.map(([key, field]) => `${key}: ${permission(field)}`),
    ...others,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** vpopmail's pw_flags: the account's own bits and those of its domain. */
export function effectiveFlags(own: number, limits: DomainLimits): number {
  return (own & AccountFlag.override) !== 0 ? own : own | limits.flags;
}
