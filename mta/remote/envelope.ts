// The envelope of one remote delivery, checked and in wire form (security.md S2, RFC 5321 4.1.2, RFC 6531). Pure.
// A command is only built from what passed here: no control character, and no byte that could end the path early.
import { domainToASCII } from 'node:url';
import { quoteAddress, splitAddress } from '../formats/address.ts';
import { type Outcome, permanent } from '../outcome.ts';

/** What goes into MAIL and RCPT, without angle brackets. */
export interface WireEnvelope {
  readonly sender: string;
  readonly recipient: string;
  /** More recipients in the same transaction. */
  readonly others?: readonly string[] | undefined;
  /** The recipient's domain in ASCII: where to go. */
  readonly host: string;
  /** One of the addresses needs SMTPUTF8: its local part is not ASCII. */
  readonly needsUtf8: boolean;
}

const CONTROLS = /[\x00-\x1f\x7f]/;
// In a domain these would end the path, start a parameter or a second address.
const UNFIT_FOR_DOMAIN = /[\s<>()"\\,;]/;
// RFC 6531 3.3: atoms may hold all letters; quoted, some servers take them for another address.
const WIDE_DOT_STRING =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u{a1}-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u{a1}-\u{10ffff}]+)*$/u;
const isAsciiText = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

export const hasControls = (text: string): boolean => CONTROLS.test(text);

/** Quotes an address and gives its domain as A-labels (RFC 5891); undefined when it cannot go into a command. */
function toWireForm(address: string): { wire: string; host: string; utf8: boolean } | undefined {
  if (hasControls(address) || !address.isWellFormed()) return undefined;
  const { local, domain } = splitAddress(address);
  if (UNFIT_FOR_DOMAIN.test(domain)) return undefined;
  const host = isAsciiText(domain) ? domain : domainToASCII(domain);
  if (host === '' && domain !== '') return undefined;
  const whole = address.includes('@') ? `${local}@${host}` : address;
  const wire = WIDE_DOT_STRING.test(local) ? whole : quoteAddress(whole);
  return { wire, host, utf8: !isAsciiText(local) };
}

/** Checks both addresses; a permanent outcome when one cannot be sent anywhere. '' is the null sender. */
export function prepareEnvelope(sender: string, recipient: string): WireEnvelope | Outcome {
  const from = toWireForm(sender);
  if (!from) return permanent('The sender address has characters that cannot be sent by SMTP. (#5.1.7)');
  const to = toWireForm(recipient);
  if (!to) return permanent('The recipient address has characters that cannot be sent by SMTP. (#5.1.3)');
  // qmail-rspawn.
  if (to.host === '') return permanent('Sorry, address must include host name. (#5.1.3)');
  return { sender: from.wire, recipient: to.wire, host: to.host, needsUtf8: from.utf8 || to.utf8 };
}
