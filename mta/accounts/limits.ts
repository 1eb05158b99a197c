// DOM/.qmailadmin-limits: what a domain's accounts may do and what new ones get (spec/vpopmail.md 2.8).
// Only what logins and new accounts need is read here.
import { AccountFlag } from './types.ts';

export interface DomainLimits {
  /** AccountFlag bits that are on for every account of the domain. */
  readonly flags: number;
  /** Bytes; 0 for none. */
  readonly defaultQuota: number;
  readonly defaultMessages: number;
}

const SWITCHES: Readonly<Record<string, number>> = {
  disable_pop: AccountFlag.noPop,
  disable_imap: AccountFlag.noImap,
  disable_webmail: AccountFlag.noWebmail,
  disable_smtp: AccountFlag.noSmtp,
  disable_password_changing: AccountFlag.noPasswordChange,
  disable_external_relay: AccountFlag.noRelay,
  disable_dialup: 0x40,
  disable_spamassassin: 0x4000,
  delete_spam: 0x8000,
  disable_maildrop: 0x40000,
};

/** pw_gid bit V_OVERRIDE: domain limits do not apply to this account. */
const OVERRIDE = 0x2000;

/** Parses a limits file; a missing one (undefined) limits nothing. */
export function parseLimits(text: string | undefined): DomainLimits {
  let flags = 0;
  let defaultQuota = 0;
  let defaultMessages = 0;
  for (const line of (text ?? '').split('\n')) {
    const [key = '', value = ''] = line
      .replace(/#.*/, '')
      .split(/[ \t:]+/)
      .filter((word) => word !== '');
    flags |= SWITCHES[key] ?? 0;
    const amount = /^[0-9]{1,15}$/.test(value) ? Number(value) : 0;
    if (key === 'default_quota') defaultQuota = amount;
    if (key === 'default_maxmsgcount') defaultMessages = amount;
  }
  return { flags, defaultQuota, defaultMessages };
}

/** vpopmail's pw_flags: the account's own bits and those of its domain. */
export function effectiveFlags(own: number, limits: DomainLimits): number {
  return (own & OVERRIDE) !== 0 ? own : own | limits.flags;
}
