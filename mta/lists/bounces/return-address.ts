// What a bounce says by the address to which it came, LIST-return-...@HOST (ezmlm-return(1)): which message could not be
// delivered to which member, or whose warning or last try came back. Pure.
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import { decodeTarget } from '../command-address.ts';
import { isSameCookie, makeCookie } from '../cookie.ts';

export type ReturnAddress =
  | { readonly kind: 'message'; readonly number: number; readonly member: string }
  /** The bounce is about a whole message: its text names the members. */
  | { readonly kind: 'unexpanded'; readonly number: number }
  | { readonly kind: 'warning'; readonly member: string }
  | { readonly kind: 'probe'; readonly member: string }
  /** A warning or a last try that is too old or not ours, or no address at all: thrown away. */
  | { readonly kind: 'trash' }
  | { readonly kind: 'unknown' };

/**
 * Addresses that the member of a bounced post may have in the list. qmail-send writes the recipient into the sender as it
 * delivers it: in a virtual domain with the domain's name before it (spec/qmail.md 7.6).
 */
export function possibleMembers(member: string): readonly string[] {
  const { local, domain } = splitAddress(member);
  const prefix = `${domain}-`;
  return domain !== '' && local.length > prefix.length && lowerAscii(local).startsWith(lowerAscii(prefix))
    ? [member, `${local.slice(prefix.length)}@${domain}`]
    : [member];
}

/** Seconds for which the bounce of a warning counts: five weeks. */
const WARNING_SECONDS = 3_000_000;

/**
 * @param text what stands behind `LIST-return-`
 * @param key of the list @param now seconds
 */
export function readReturnAddress(text: string, key: Uint8Array, now: number): ReturnAddress {
  if (text === '') return { kind: 'trash' };
  const [, word] = /^(warn|probe)-/.exec(text) ?? [];
  if (word !== undefined) {
    const [, time = '', cookie = '', target = ''] = /^\w+-(\d{1,15})\.([a-p]{20})-(.+)$/s.exec(text) ?? [];
    const member = decodeTarget(target);
    const isOurs =
      time !== '' &&
      now - Number(time) <= WARNING_SECONDS &&
      isSameCookie(makeCookie(key, time, member, word === 'warn' ? 'W' : 'P'), cookie);
    if (!isOurs) return { kind: 'trash' };
    return word === 'warn' ? { kind: 'warning', member } : { kind: 'probe', member };
  }
  const [, number, target = ''] = /^(\d{1,15})-(.*)$/s.exec(text) ?? [];
  if (number === undefined) return { kind: 'unknown' };
  if (target === '') return { kind: 'unexpanded', number: Number(number) };
  return { kind: 'message', number: Number(number), member: decodeTarget(target) };
}

/** Members that qmail's own bounce (QSBMF) names, each with what is said of him. @param text header and body, LF */
export function readQsbmf(text: string): readonly { readonly member: string; readonly bounce: string }[] {
  const [header = '', ...paragraphs] = text.split('\n\n');
  const start = paragraphs.findIndex((paragraph) => !paragraph.startsWith('--'));
  const intro = paragraphs[start] ?? '';
  if (!intro.startsWith('Hi. This is the')) return [];
  const found: { member: string; bounce: string }[] = [];
  for (const paragraph of paragraphs.slice(start + 1)) {
    if (paragraph.startsWith('-')) break;
    const member = /^<([^\n]+)>:(?:\n|$)/.exec(paragraph)?.[1];
    if (member !== undefined) found.push({ member, bounce: `${header}\n\n${intro}\n\n${paragraph}\n\n` });
  }
  return found;
}
