// Who gets a reply and what it is called (spec/webmail.md 4.6): Mail-Reply-To, Reply-To, Mail-Followup-To, List-Post,
// own addresses left out, prefixes not piled up, References of at most 20 ids (RFC 5322 3.6.4). Pure: which addresses
// are one's own is asked beforehand.
import type { Address } from '../../mailbox/types.ts';
import type { MessageView } from '../../message/types.ts';
import { parseAddress } from './recipients.ts';

export type ReplyKind = 'reply' | 'replyall' | 'replylist';

/** What the rules look at. */
export type Answered = Pick<
  MessageView,
  | 'from'
  | 'to'
  | 'cc'
  | 'replyTo'
  | 'mailReplyTo'
  | 'mailFollowupTo'
  | 'listPost'
  | 'messageId'
  | 'references'
  | 'inReplyTo'
  | 'subject'
>;

export interface ReplyTargets {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** The one person to write to instead, when this reply goes to a whole list. */
  readonly privately: Address | undefined;
}

/**
 * Chooses the recipients of a reply. `isOwn` tells the reader's own addresses (account, alias domains, plus-tags).
 * Never empty when the message names anybody: a message to oneself is answered to oneself.
 */
export function chooseRecipients(
  view: Answered,
  kind: ReplyKind,
  isOwn: (address: string) => boolean,
): ReplyTargets {
  const list = listAddress(view.listPost);
  const mine = view.from.length > 0 && view.from.every((sender) => isOwn(sender.address));
  if (kind === 'replylist') {
    const to = usable(view.mailFollowupTo);
    if (to.length > 0) return { to: distinct(to), cc: [], privately: undefined };
    if (list) return { to: [{ name: '', address: list }], cc: [], privately: undefined };
  }
  if (mine) {
    const others = distinct(usable(view.to).filter((one) => !isOwn(one.address)));
    const to = others.length > 0 ? others : distinct(usable(view.to.length > 0 ? view.to : view.from));
    const cc =
      kind === 'replyall'
        ? distinct(
            usable(view.cc).filter((one) => !isOwn(one.address)),
            to,
          )
        : [];
    return { to, cc, privately: undefined };
  }
  const target = firstUsable(view.mailReplyTo, view.replyTo, view.from);
  const toList = list !== undefined && target.some((one) => same(one.address, list));
  const privately = toList ? usable(view.from)[0] : undefined;
  if (kind !== 'replyall') return { to: distinct(target), cc: [], privately };
  const followup = usable(view.mailFollowupTo);
  if (followup.length > 0) return { to: distinct(followup), cc: [], privately: undefined };
  const to = distinct(target);
  const rest = [...(toList ? usable(view.from) : []), ...usable(view.to), ...usable(view.cc)];
  return {
    to,
    cc: distinct(
      rest.filter((one) => !isOwn(one.address)),
      to,
    ),
    privately: undefined,
  };
}

/** Would "reply all" reach anybody whom "reply" does not? Else its button is hidden. */
export function reachesMore(view: Answered, isOwn: (address: string) => boolean): boolean {
  const one = chooseRecipients(view, 'reply', isOwn);
  const all = chooseRecipients(view, 'replyall', isOwn);
  return all.to.length + all.cc.length > one.to.length;
}

/** The address of List-Post (RFC 2369: `<mailto:list@example.org>`, or NO, or the bare address); undefined when there
 * is none to write to. */
export function listAddress(listPost: string): string | undefined {
  const found = /^\s*<?\s*(?:mailto:)?([^<>?,\s]+)/i.exec(listPost);
  if (!found) return undefined;
  const decoded = decodePercent(found[1] as string);
  return parseAddress(decoded) ? decoded : undefined;
}

/** Percent-decoding that leaves a malformed text as it is. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// `Re` and its translations, with the counters some clients add: Re[2]:, Re^3:
const replyPrefix =
  /^\s*(?:re|aw|antw|sv|vs|vá|odp|ynt|rif|회신|回复|回覆|答复|תגובה|رد)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]\s*/iu;
const forwardPrefix =
  /^\s*(?:fwd?|wg|tr|rv|enc|doorst|vb|vl|továbbítás|转发|轉寄|הועבר|إعادة توجيه)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*/iu;

/** `Re: ` once; a list tag in front of old prefixes stays: `[dev] Re: x` becomes `Re: [dev] x`. */
export function replySubject(subject: string): string {
  return `Re: ${withoutPrefix(subject, replyPrefix)}`.trimEnd();
}

/** What a conversation is called: its subject without marks of answers; one that is nothing else stays. */
export function conversationSubject(subject: string): string {
  // once more for those behind a list's tag: `Re: [dev] Re: x`
  const rest = withoutPrefix(withoutPrefix(subject, replyPrefix), replyPrefix);
  return rest || subject;
}

/** `Re: AW: Re: x` is read as `Re: x`; a single mark stays as it was written. */
export function withOneReplyMark(subject: string): string {
  const rest = subject.replace(replyPrefix, '');
  return replyPrefix.test(rest) ? replySubject(rest) : subject;
}

/** `Fwd: ` once; a `Re:` below it stays. */
export function forwardSubject(subject: string): string {
  return `Fwd: ${withoutPrefix(subject, forwardPrefix)}`.trimEnd();
}

function withoutPrefix(subject: string, prefix: RegExp): string {
  const tag = /^\s*(\[[^\]]{1,60}\])\s*/.exec(subject);
  let rest = tag && prefix.test(subject.slice(tag[0].length)) ? subject.slice(tag[0].length) : subject;
  const tagged = rest !== subject && tag ? `${tag[1]} ` : '';
  // each turn takes at least two characters away, so this ends
  while (prefix.test(rest)) rest = rest.replace(prefix, '');
  rest = rest.trim();
  return tagged !== '' && rest.startsWith(tagged) ? rest : tagged + rest;
}

/** In-Reply-To and References of an answer: the first id and the last nineteen, well-formed ones only. */
export function threadHeaders(view: Answered): { inReplyTo: string; references: readonly string[] } {
  const own = messageId(view.messageId);
  if (own === '') return { inReplyTo: '', references: [] };
  // RFC 5322 3.6.4: without References, a single In-Reply-To of the parent stands in for it
  const before = view.references.length > 0 ? view.references : [view.inReplyTo];
  const ids = [...new Set([...before.map(messageId).filter((id) => id !== '' && id !== own), own])];
  const kept = ids.length <= 20 ? ids : [ids[0] as string, ...ids.slice(-19)];
  return { inReplyTo: own, references: kept };
}

/** `<id>` when the text is one id of printable ASCII that fits a header line (998 octets), else ''. */
export function messageId(text: string): string {
  const bare = text.trim().replace(/^<|>$/g, '');
  return /^[\x21-\x3b\x3d\x3f-\x7e]{3,900}$/.test(bare) && bare.includes('@') ? `<${bare}>` : '';
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Only what can be written to: a foreign header may name anything. */
const usable = (addresses: readonly Address[]): readonly Address[] =>
  addresses.filter((one) => parseAddress(one.address) !== undefined);

const firstUsable = (...lists: readonly (readonly Address[])[]): readonly Address[] =>
  lists.map(usable).find((list) => list.length > 0) ?? [];

function distinct(addresses: readonly Address[], but: readonly Address[] = []): readonly Address[] {
  const seen = new Set(but.map((one) => one.address.toLowerCase()));
  return addresses.filter((one) => {
    const key = one.address.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
