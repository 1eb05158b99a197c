// What a reader should know about a sender before believing the name (security.md H6): a display name that is another
// address, look-alike domains, answers that go elsewhere. Sentences for the bar above the message; pure.
import { domainToASCII, domainToUnicode } from 'node:url';
import { foldForSort } from '../../mailbox/fold.ts';
import type { Address } from '../../mailbox/types.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';

/** Warnings about the sender of a message; empty when nothing is odd. */
export function senderWarnings(
  message: {
    readonly from: readonly Address[];
    readonly replyTo: readonly Address[];
    readonly listPost: string;
  },
  t: Translate,
  reader: {
    /** The reader knows the sender's address: a contact, or somebody the reader wrote to. */
    readonly isKnown: boolean;
    /** The reader's own name, '' when none. */
    readonly ownName: string;
    readonly isOwnAddress: boolean;
  } = { isKnown: false, ownName: '', isOwnAddress: false },
): readonly string[] {
  const sender = message.from[0];
  if (!sender) return [];
  const warnings: string[] = [];
  const pretended = pretendedAddress(sender);
  if (pretended) {
    warnings.push(t('warning.otherName', { name: pretended, address: cleanLine(sender.address) }));
  }
  const domain = domainOf(sender.address);
  if (isLookAlike(domain)) {
    warnings.push(
      t('warning.lookAlike', {
        domain: cleanLine(domainToUnicode(domain) || domain),
        real: cleanLine(domainToASCII(domain) || domain),
      }),
    );
  }
  if (isOwnName(sender.name, reader.ownName) && !reader.isOwnAddress && !reader.isKnown) {
    warnings.push(t('warning.ownName', { address: cleanLine(sender.address) }));
  }
  const answer = message.replyTo[0];
  if (answer && message.listPost === '' && domain !== '' && !isSameSite(domainOf(answer.address), domain)) {
    const address = cleanLine(answer.address);
    warnings.push(
      reader.isKnown
        ? t('warning.replyElsewhere', { address })
        : t('warning.newReplyElsewhere', { sender: cleanLine(sender.address), address }),
    );
  }
  return warnings;
}

/** An address inside the display name that is not the sender's own. */
function pretendedAddress(sender: Address): string | undefined {
  const found = /[^\s"'<>()[\],;:@]+@[^\s"'<>()[\],;:@]+\.[^\s"'<>()[\],;:@]+/u.exec(
    sender.name.slice(0, 1000),
  )?.[0];
  return found && found.toLowerCase() !== sender.address.toLowerCase() ? cleanLine(found) : undefined;
}

/** The same words as the reader's full name; a name of one word is many people's. */
function isOwnName(name: string, own: string): boolean {
  const words = (text: string): string =>
    foldForSort(cleanLine(text), 200)
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
      .toSorted()
      .join(' ');
  const mine = words(own);
  return mine.includes(' ') && words(name) === mine;
}

export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/** The last two labels: enough to tell `mail.example.org` from another house. */
const siteOf = (domain: string): string => domain.split('.').slice(-2).join('.');

/** Do two domains look like the same house? */
export const isSameSite = (one: string, other: string): boolean => siteOf(one) === siteOf(other);

const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/** A label that mixes alphabets with look-alike letters (UTS 39 5.1, the short form of it). */
export function isLookAlike(domain: string): boolean {
  return (domainToUnicode(domain) || domain)
    .split('.')
    .some((label) => alphabets.filter((alphabet) => alphabet.test(label)).length > 1);
}
