// vpopmail's quota strings (spec/vpopmail.md 2.4): what people type (`10M`, `20M,100C`, `NOQUOTA`) and what is stored
// (`10485760S`, `20971520S,100C`), and how full a Maildir is for people's eyes. Pure; enforcing is the delivery's.

/** Largest sizes that make sense; keeps the text within vpopmail's 20 bytes. */
const MAX_QUOTA_TEXT = 20;

export interface Quota {
  /** Bytes; 0 for no limit. */
  readonly bytes: number;
  /** Messages; 0 for no limit. */
  readonly messages: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, b: 1, '': 1, k: 1024, m: 1_048_576 };

/** Reads a quota string; undefined when it is none. `NO...` and '' mean no limit. */
export function parseQuota(text: string): Quota | undefined {
  if (text === '' || /^no/i.test(text)) return { bytes: 0, messages: 0 };
  let bytes = 0;
  let messages = 0;
  for (const part of text.split(',')) {
    const match = /^([0-9]{1,15})([sbkmc]?)$/i.exec(part.trim());
    if (match === null) return undefined;
    const unit = match[2]!.toLowerCase();
    if (unit === 'c') messages = Number(match[1]);
    else bytes = Number(match[1]) * UNITS[unit]!;
  }
  return { bytes, messages };
}

/** The stored form; undefined when the text is no quota or its stored form is longer than vpopmail's 20 bytes. */
export function formatQuota(text: string): string | undefined {
  const quota = parseQuota(text);
  if (quota === undefined) return undefined;
  const parts = [];
  if (quota.bytes > 0) parts.push(`${quota.bytes}S`);
  if (quota.messages > 0) parts.push(`${quota.messages}C`);
  const stored = parts.join(',') || 'NOQUOTA';
  return stored.length > MAX_QUOTA_TEXT ? undefined : stored;
}

/** Sum of a maildirsize file (line 1 is the quota); undefined when it is not one. */
export function sumMaildirSize(text: string): Quota | undefined {
  let bytes = 0;
  let messages = 0;
  for (const line of text.split('\n').slice(1)) {
    if (line.trim() === '') continue;
    const match = /^\s*(-?[0-9]+)\s+(-?[0-9]+)\s*$/.exec(line);
    if (match === null) return undefined;
    bytes += Number(match[1]);
    messages += Number(match[2]);
  }
  return { bytes: Math.max(0, bytes), messages: Math.max(0, messages) };
}

/** How full, in whole percent: the larger of bytes and messages. */
export function percentUsed(used: Quota, quota: Quota): number {
  const share = (part: number, whole: number): number => (whole > 0 ? Math.floor((part * 100) / whole) : 0);
  return Math.max(share(used.bytes, quota.bytes), share(used.messages, quota.messages));
}
