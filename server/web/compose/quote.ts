// The text that a reply or a forward starts with: the attribution line and the quoted or carried text, in the language of
// who writes. The original's signature is dropped from quotes (spec/webmail.md 4.6). Quotes with formatting are made in
// quote-html.ts. Pure.
import type { Address } from '../../mailbox/types.ts';
import type { Translate } from '../words/words.ts';
import { cleanBody, wrapQuotes } from './flowed.ts';
import { cleanHeaderText } from './recipients.ts';

/** Longer originals are quoted up to here; the rest is in the original. */
const longestQuote = 256 * 1024;

/** What is quoted or carried, as the rules look at it. */
export interface Quoted {
  readonly from: readonly Address[];
  readonly sent: number | undefined;
  readonly received: number;
  readonly plainText: string;
  /** IANA zone of the reader; the machine's when undefined. */
  readonly zone?: string | undefined;
}

/** The line above a quote: who wrote when. `t` and `tag` are of the language that the letter is written in. */
export function attributionLine(original: Omit<Quoted, 'plainText'>, t: Translate, tag: string): string {
  const who = original.from[0];
  const name = who ? cleanHeaderText(who.name) || cleanHeaderText(who.address) : '';
  const date = attributionDate(original.sent ?? original.received, original.zone, tag);
  if (date === '') return t('compose.wroteOnce', { name: name || t('compose.somebody') });
  return t('compose.wrote', { ...date, name: name || t('compose.somebody') });
}

/** The quoted text under its attribution line; no line at its end. */
export function quoteText(original: Pick<Quoted, 'plainText'>, head: string): string {
  const body = withoutSignature(cleanBody(original.plainText.slice(0, longestQuote))).trimEnd();
  return body === '' ? head : `${head}\n${wrapQuotes(body.split('\n').map(quoteLine).join('\n'))}`;
}

const quoteLine = (line: string): string => (line.startsWith('>') ? `>${line}` : `> ${line}`);

/** What stands above a forwarded letter: who wrote when to whom. */
export function forwardHead(
  original: Omit<Quoted, 'plainText'> & {
    readonly to: readonly Address[];
    readonly cc: readonly Address[];
    readonly subject: string;
  },
  t: Translate,
  tag: string,
): readonly string[] {
  const date = attributionDate(original.sent ?? original.received, original.zone, tag);
  return [
    `---------- ${t('compose.forwarded')} ----------`,
    t('compose.forwardedFrom', { names: addressText(original.from) }),
    ...(date === '' ? [] : [t('compose.forwardedDate', date)]),
    t('compose.forwardedSubject', { subject: cleanHeaderText(original.subject) }),
    t('compose.forwardedTo', { names: addressText(original.to) }),
    ...(original.cc.length > 0 ? [t('compose.forwardedCc', { names: addressText(original.cc) })] : []),
  ];
}

/** The forwarded letter as text, its head above it; no line at its end. */
export function forwardText(original: Pick<Quoted, 'plainText'>, head: readonly string[]): string {
  return `${head.join('\n')}\n\n${cleanBody(original.plainText.slice(0, longestQuote)).trimEnd()}`;
}

/** Day and time in an IANA zone (the machine's when undefined) and a language; '' for no date at all. */
export function attributionDate(
  milliseconds: number,
  zone: string | undefined,
  tag: string,
): { readonly date: string; readonly time: string } | '' {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return '';
  const locale = tag === 'en' ? 'en-GB' : tag;
  const day = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone,
  }).format(date);
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(date);
  return { date: day.replace('Sept', 'Sep'), time };
}

/** Cuts at the last `-- ` line; quoted ones are not signatures of this text. */
export function withoutSignature(text: string): string {
  const lines = text.split('\n');
  const at = lines.lastIndexOf('-- ');
  return at < 0 ? text : lines.slice(0, at).join('\n');
}

const addressText = (addresses: readonly Address[]): string =>
  addresses
    .slice(0, 50)
    .map((one) => {
      const name = cleanHeaderText(one.name);
      const address = cleanHeaderText(one.address);
      return name === '' ? address : `${name} <${address}>`;
    })
    .join(', ');
