// A quota as a form asks for it: a number with a unit, and a number of messages (spec/vpopmail.md 2.4). Megabytes are of
// 1048576 bytes, as in every tool of vpopmail. Pure.
import { parseQuota } from '../../../mta/maildir/quota.ts';
import type { Fault } from '../shell/form.ts';
import type { Formats } from '../shell/formats.ts';
import type { Translate } from '../words/words.ts';

export const quotaUnits = ['none', 'kB', 'MB', 'GB'] as const;
const bytesOf: Readonly<Record<string, number>> = { kB: 1024, MB: 1_048_576, GB: 1_073_741_824 };

/** The inputs: quota, quotaUnit, quotaMessages. */
export interface QuotaValues {
  readonly quota: string;
  readonly quotaUnit: string;
  readonly quotaMessages: string;
}

/** The form of a stored quota: the largest unit that shows it to two digits behind the point, exactly. */
export function quotaValues(stored: string): QuotaValues {
  const { bytes, count } = parseQuota(stored);
  const quotaMessages = count > 0 ? String(count) : '';
  if (bytes === 0) return { quota: '', quotaUnit: 'none', quotaMessages };
  for (const unit of ['GB', 'MB', 'kB']) {
    const value = bytes / bytesOf[unit]!;
    if (value >= 1 && Number.isInteger(value * 100))
      return { quota: String(value), quotaUnit: unit, quotaMessages };
  }
  return { quota: String(Math.round((bytes / 1024) * 1000) / 1000), quotaUnit: 'kB', quotaMessages };
}

/** The quota that was typed, as the account store takes it. */
export function readQuota(
  values: QuotaValues,
  t: Translate,
): { readonly quota: string; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const size = values.quota.trim().replace(',', '.');
  const messages = values.quotaMessages.trim();
  const parts: string[] = [];
  const unit = bytesOf[values.quotaUnit];
  if (unit !== undefined) {
    if (!/^\d{1,9}(\.\d{1,3})?$/.test(size) || Number(size) === 0)
      faults.push({ field: 'quota', words: t('admin.quotaNumber') });
    else parts.push(`${Math.round(Number(size) * unit)}S`);
  } else if (size !== '') faults.push({ field: 'quota', words: t('admin.quotaUnitMissing') });
  if (messages !== '') {
    if (!/^\d{1,9}$/.test(messages) || Number(messages) === 0)
      faults.push({ field: 'quotaMessages', words: t('admin.wholeNumber') });
    else parts.push(`${Number(messages)}C`);
  }
  return { quota: parts.length === 0 ? 'NOQUOTA' : parts.join(','), faults };
}

/** Bytes for people, in the units of quotas. */
export function mailSize(bytes: number, formats: Formats): string {
  const unit = bytes >= bytesOf.GB! ? 'GB' : bytes >= 1_000_000 ? 'MB' : 'kB';
  const value = bytes / bytesOf[unit]!;
  return `${formats.number(value >= 100 || unit === 'kB' ? Math.round(value) : Math.round(value * 10) / 10)}\u00a0${unit}`;
}

/** How full a mailbox is, 0 to 100; undefined without a quota or a count. */
export function fullness(
  stored: string,
  used: { readonly bytes: number; readonly messages: number } | undefined,
): number | undefined {
  const { bytes, count } = parseQuota(stored);
  if (!used || (bytes === 0 && count === 0)) return undefined;
  const share = Math.max(bytes > 0 ? used.bytes / bytes : 0, count > 0 ? used.messages / count : 0);
  return Math.min(100, Math.max(0, Math.round(share * 100)));
}
