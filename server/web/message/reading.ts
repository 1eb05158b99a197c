// How a message is to be read now: what its address says, else what is remembered of its sender, else what the person
// chose (spec/webmail.md V6, 3.3, 3.7, 3.8, 3.9). The page and the document in its frame ask the same question here, so
// they never differ. Pictures of the web need a sender that the checks of this host do not speak against.
import type { Request } from 'express';
import type { Folder } from '../../mailbox/types.ts';
import type { MessageView } from '../../message/types.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { Choices } from '../state/choices.ts';
import type { SenderWays } from '../state/senders.ts';
import type { Web } from '../types.ts';

/** Pictures of the web that the HTML wants, and what the bar offers. */
export interface PictureState {
  /** `junk`: never there. `off`: the site or the person wants none. */
  readonly state: 'none' | 'blocked' | 'shown' | 'junk' | 'off';
  readonly count: number;
  /** Whose pictures can be allowed for good; '' when the sender is nobody. */
  readonly sender: string;
  readonly domain: string;
}

export interface Reading {
  /** Address of the one sender, lower case; '' when there is none or more. */
  readonly sender: string;
  readonly pictures: PictureState;
  readonly body: 'html' | 'text';
  /** The sender's own, or without his colours. */
  readonly paper: 'light' | 'dark';
  /** Links are text: mail in Junk, until the reader wants them. */
  readonly plainLinks: boolean;
  /** What the reader says the characters are; '' leaves that to the sender. */
  readonly charset: string;
  /** The question "Wrong characters?" is asked. */
  readonly asksCharset: boolean;
  readonly wholeText: boolean;
  readonly fixedWidth: boolean;
  readonly large: boolean;
}

/** Fields of an address that say how one message is read: they do not go along to the next. */
export const readingFields = ['body', 'pictures', 'large', 'paper', 'links', 'cs', 'text', 'font'] as const;

/** Charsets that are offered for text that came out wrong; all are read by every Node. */
export const offeredCharsets: readonly string[] = [
  'utf-8',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'iso-8859-2',
  'iso-8859-7',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1258',
  'gb18030',
  'big5',
  'shift_jis',
  'euc-jp',
  'iso-2022-jp',
  'euc-kr',
  'utf-16le',
];

/** The topmost field of this host (RFC 8601 5): others may be the sender's words. */
function ownResults(headers: MessageView['headers'], me: string): string | undefined {
  return headers
    .find(
      ({ name, value }) =>
        name.toLowerCase() === 'authentication-results' &&
        value.trim().toLowerCase().startsWith(`${me.toLowerCase()};`),
    )
    ?.value.toLowerCase();
}

const isAligned = (one: string, other: string): boolean =>
  one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);

/**
 * May what the reader decided about this sender hold for this message (3.3)? DMARC passed here or at a forwarder that is
 * trusted, or SPF or DKIM for the sender's own domain. A message that this host has not checked at all is nobody's forgery that it knows of.
 */
export function isBelievable(headers: MessageView['headers'], me: string, sender: string): boolean {
  const results = ownResults(headers, me);
  if (results === undefined) return true;
  if (/\bdmarc\s*=\s*pass\b|\bpolicy\.override=trusted\b/.test(results)) return true;
  if (/\bdmarc\s*=\s*fail\b/.test(results)) return false;
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  return results.split(';').some((result) => {
    const method = /^\s*(spf|dkim)\s*=\s*pass\b/.exec(result)?.[1];
    const named =
      method === 'spf'
        ? /\bsmtp\.(?:mailfrom|helo)\s*=\s*"?(?:[^\s"@;]{0,256}@)?([a-z0-9.-]{1,255})/.exec(result)
        : /\bheader\.(?:d|i)\s*=\s*"?(?:[^\s"@;]{0,256})?@?([a-z0-9.-]{1,255})/.exec(result);
    return method !== undefined && named !== null && isAligned(named[1]!, domain);
  });
}

/** The one sender of a message as what is remembered names him; '' when there is none or more than one. */
export const senderOf = (view: Pick<MessageView, 'from'>): string => {
  const address = view.from.length === 1 ? cleanLine(view.from[0]?.address ?? '').toLowerCase() : '';
  return /^[^\s@]+@[^\s@]+$/.test(address) ? address : '';
};

/** What the person and the site want about pictures. */
export interface PictureWishes {
  readonly choice: Choices['pictures'];
  /** Remembered of this sender. */
  readonly remembered: SenderWays['pictures'] | undefined;
  readonly isContact: boolean;
  /** The address of the page says: this once. */
  readonly once: boolean;
  readonly isBelievable: boolean;
  /** control/webpictures */
  readonly siteAllows: boolean;
}

/** Junk never shows pictures of the web (spec/webmail.md 3.3). Pure. */
export function pictureState(
  view: Pick<MessageView, 'from' | 'remotePictures'>,
  html: boolean,
  role: Folder['role'] | undefined,
  wishes: PictureWishes,
): PictureState {
  const sender = senderOf(view);
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const allowed =
    wishes.once ||
    (wishes.isBelievable &&
      sender !== '' &&
      (wishes.remembered === 'always' ||
        wishes.choice === 'always' ||
        (wishes.choice === 'contacts' && wishes.isContact)));
  const state =
    !html || view.remotePictures === 0
      ? 'none'
      : role === 'junk'
        ? 'junk'
        : !wishes.siteAllows || (wishes.choice === 'never' && !wishes.once)
          ? 'off'
          : allowed
            ? 'shown'
            : 'blocked';
  return { state, count: view.remotePictures, sender, domain };
}

/** The right to see this message's pictures of the web once, for an hour; travels in the address. */
export const picturesTicket = (web: Web, account: string, id: string): string =>
  web.signTicket('pictures', `${account} ${id}`, 3600);

/** How this request wants the message read. */
export function readingOf(
  web: Web,
  req: Request,
  message: {
    readonly id: string;
    readonly view: Pick<MessageView, 'from' | 'headers' | 'hasHtml' | 'remotePictures'>;
    readonly role: Folder['role'] | undefined;
  },
): Reading {
  const { id, view, role } = message;
  const { account } = web.session(req);
  const choices = web.choices(req);
  const field = (name: (typeof readingFields)[number]): string => oneValue(req.query[name]);
  const sender = senderOf(view);
  const remembered: Partial<SenderWays> = sender === '' ? {} : web.senders.read(account.address, sender);
  const ticket = field('pictures');
  const body = field('body');
  const paper = field('paper');
  const charset = field('cs').toLowerCase();
  return {
    sender,
    pictures: pictureState(view, view.hasHtml, role, {
      choice: choices.pictures,
      remembered: remembered.pictures,
      isContact:
        choices.pictures === 'contacts' &&
        sender !== '' &&
        web.contacts.findByAddress(account.address, sender) !== undefined,
      once: ticket !== '' && web.readTicket('pictures', ticket) === `${account.address} ${id}`,
      isBelievable: sender !== '' && isBelievable(view.headers, web.me, sender),
      siteAllows: web.showsWebPictures !== false,
    }),
    body: body === 'text' || body === 'html' ? body : (remembered.body ?? choices.body),
    paper: paper === 'dark' || paper === 'light' ? paper : (remembered.paper ?? 'light'),
    plainLinks: role === 'junk' && field('links') !== 'show',
    charset: offeredCharsets.includes(charset) ? charset : '',
    asksCharset: charset !== '',
    wholeText: field('text') === 'all',
    fixedWidth: field('font') === 'fixed',
    large: field('large') === '1',
  };
}
