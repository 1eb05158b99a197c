// What a sender asks about notifications (RFC 3461), as values and as ESMTP parameters: RET and ENVID of a message, NOTIFY
// and ORCPT of a recipient. Pure. ENVID and ORCPT stay in their wire form (xtext) everywhere, which is printable ASCII
// without spaces, so that they can go on in a command; they are decoded only to be shown in a report.

import { lowerDomain } from './address.ts';

export type DsnEvent = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

/** The wishes for one recipient. */
export interface DsnRecipient {
  /** NEVER alone, or some of the others; undefined: FAILURE, and DELAY if the site likes (RFC 3461 4.1). */
  readonly notify?: readonly DsnEvent[] | undefined;
  /** The address that the sender wrote first: `rfc822;` or `utf-8;` and xtext. */
  readonly orcpt?: string | undefined;
}

/** The wishes for a message. */
export interface DsnRequest {
  /** How much of the message a report of failure returns. */
  readonly ret?: 'FULL' | 'HDRS' | undefined;
  /** The sender's own name for the transaction, in xtext. */
  readonly envid?: string | undefined;
  /** RFC 8689: only over TLS, to servers that prove who they are and do the same. No wish about notifications, but it goes with them. */
  readonly requireTls?: true | undefined;
  /** One for each recipient of the envelope, in its order; undefined: no wish. */
  readonly recipients: readonly (DsnRecipient | undefined)[];
}

/** One wish for all recipients of a message. */
export interface MessageWishes extends Pick<DsnRequest, 'ret' | 'envid'>, Pick<DsnRecipient, 'notify'> {}

/** RFC 3461 4.4 and 4.2: characters of the encoded values. */
const longestEnvid = 100;
const longestOrcpt = 500;

// RFC 3461 4: any printable ASCII but `+` and `=`, or `+` and two upper-case hex digits.
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;
const ATOM = /^[A-Za-z0-9!#$%&'*/?^_`{|}~-]+$/;

/** The text of an xtext; undefined when it is none, or what it says is not printable ASCII. */
export function decodeXtext(value: string): string | undefined {
  if (!XTEXT.test(value)) return undefined;
  const text = value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /^[\x20-\x7e]*$/.test(text) ? text : undefined;
}

/** Printable ASCII as xtext. */
export function encodeXtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/g, (character) => {
    return `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

export function parseRet(value: string): 'FULL' | 'HDRS' | undefined {
  const upper = value.toUpperCase();
  return upper === 'FULL' || upper === 'HDRS' ? upper : undefined;
}

/** An ENVID that may be passed on. RFC 3461 4.4: at most 100 characters, printable ASCII when decoded. */
export function parseEnvid(value: string): string | undefined {
  return value !== '' && value.length <= longestEnvid && decodeXtext(value) !== undefined ? value : undefined;
}

/** RFC 3461 4.1: `NEVER` alone, or a list of the others. */
export function parseNotify(value: string): readonly DsnEvent[] | undefined {
  const words = new Set(value.toUpperCase().split(','));
  if (words.has('NEVER')) return words.size === 1 && !value.includes(',') ? ['NEVER'] : undefined;
  const events = (['SUCCESS', 'FAILURE', 'DELAY'] as const).filter((event) => words.delete(event));
  return words.size === 0 ? events : undefined;
}

/**
 * An ORCPT in the form in which it is passed on (RFC 3461 4.2; RFC 6533 3 for `utf-8`): type, `;`, xtext of printable
 * ASCII. Letters outside ASCII (the client said SMTPUTF8) are written as `\x{...}`.
 */
export function parseOrcpt(value: string): string | undefined {
  const semicolon = value.indexOf(';');
  const type = value.slice(0, Math.max(0, semicolon));
  let address = value.slice(semicolon + 1);
  if (!ATOM.test(type)) return undefined;
  if (type.toLowerCase() === 'utf-8')
    address = address.replace(/[^\x00-\x7f]/gu, (character) => {
      return `\\x{${(character.codePointAt(0) as number).toString(16).toUpperCase()}}`;
    });
  const orcpt = `${type};${address}`;
  return address !== '' && orcpt.length <= longestOrcpt && decodeXtext(address) !== undefined
    ? orcpt
    : undefined;
}

/** The value of Original-Recipient: type and decoded address. */
export function showOrcpt(orcpt: string): string {
  const { type, address } = splitOrcpt(orcpt);
  return `${type}; ${decodeXtext(address) ?? ''}`;
}

/** Does this ORCPT say no more than the recipient itself? Nothing is lost without it (RFC 3461 5.2.1 d lets us add it). */
export function isPlainOrcpt(orcpt: string, recipient: string): boolean {
  const { type, address } = splitOrcpt(orcpt);
  return type === 'rfc822' && lowerDomain(decodeXtext(address) ?? '') === lowerDomain(recipient);
}

function splitOrcpt(orcpt: string): { type: string; address: string } {
  const semicolon = orcpt.indexOf(';');
  return { type: orcpt.slice(0, semicolon).toLowerCase(), address: orcpt.slice(semicolon + 1) };
}

/** The parameters of MAIL, in the order of RFC 3461, REQUIRETLS last; '' for none. */
export function writeMailWishes({
  ret,
  envid,
  requireTls,
}: Pick<DsnRequest, 'ret' | 'envid' | 'requireTls'>): string {
  return [
    ...(ret === undefined ? [] : [`RET=${ret}`]),
    ...(envid === undefined ? [] : [`ENVID=${envid}`]),
    ...(requireTls ? ['REQUIRETLS'] : []),
  ].join(' ');
}

/** The parameters of RCPT; '' for none. */
export function writeRcptWishes(recipient: DsnRecipient | undefined): string {
  const { notify, orcpt } = recipient ?? {};
  return [
    ...(notify === undefined ? [] : [`NOTIFY=${notify.join(',')}`]),
    ...(orcpt === undefined ? [] : [`ORCPT=${orcpt}`]),
  ].join(' ');
}

/**
 * Reads what writeMailWishes and writeRcptWishes wrote.
 * @returns undefined when something in it is none of these parameters, or is malformed
 */
export function readWishes(
  text: string,
): (DsnRecipient & Pick<DsnRequest, 'ret' | 'envid' | 'requireTls'>) | undefined {
  const wishes: {
    ret?: 'FULL' | 'HDRS' | undefined;
    envid?: string | undefined;
    requireTls?: true;
    notify?: readonly DsnEvent[] | undefined;
    orcpt?: string | undefined;
  } = {};
  for (const word of text === '' ? [] : text.split(' ')) {
    const equals = word.indexOf('=');
    const value = word.slice(equals + 1);
    const name = word.slice(0, Math.max(0, equals));
    if (word === 'REQUIRETLS') wishes.requireTls = true;
    else if (name === 'RET') wishes.ret = parseRet(value);
    else if (name === 'ENVID') wishes.envid = parseEnvid(value);
    else if (name === 'NOTIFY') wishes.notify = parseNotify(value);
    else if (name === 'ORCPT') wishes.orcpt = parseOrcpt(value);
    else return undefined;
  }
  return Object.values(wishes).includes(undefined) ? undefined : wishes;
}

/** Is there any wish in it? A request without one is as good as none. */
export function hasWishes(request: DsnRequest): boolean {
  const { ret, envid, requireTls, recipients } = request;
  return (
    requireTls === true ||
    ret === 'HDRS' ||
    envid !== undefined ||
    recipients.some((one) => one?.notify !== undefined || one?.orcpt !== undefined)
  );
}

/** Is the sender to be told of this event? Without NOTIFY of failures only; delays are told to those who asked. */
export function wants(recipient: DsnRecipient | undefined, event: 'SUCCESS' | 'FAILURE' | 'DELAY'): boolean {
  return recipient?.notify === undefined ? event === 'FAILURE' : recipient.notify.includes(event);
}
