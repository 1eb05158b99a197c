// What programs in .qmail files see (qmail-command(8); spec/qmail.md 6.4), the lines that deliveries put in front of
// a message, and the sender of forwards (6.6). Pure.
// Nothing here is ever part of a shell command: strangers' bytes travel in variables only (security.md F4).

import { quoteAddress } from '../formats/address.ts';
import { formatMailboxDate } from '../formats/date.ts';

/** One delivery as qmail-local is called for it. */
export interface LocalDelivery {
  readonly user: string;
  readonly home: string;
  readonly local: string;
  readonly host: string;
  readonly ext: string;
  /** Envelope sender. */
  readonly sender: string;
  /** What `default` in the file name stood for; undefined when the file is no default file. */
  readonly default: string | undefined;
  /** Sender of forwards. */
  readonly newSender: string;
  /** Seconds since 1970. */
  readonly now: number;
}

const oneLine = (text: string): string => text.replaceAll('\n', '_');

/** `Return-Path: <sender>` with LF. */
export const makeReturnPathLine = (sender: string): string =>
  `${oneLine(`Return-Path: <${quoteAddress(sender)}>`)}\n`;

/** `Delivered-To: address` with LF; the address as it is, not quoted, as qmail-local writes it. */
export const makeDeliveredToLine = (address: string): string => `${oneLine(`Delivered-To: ${address}`)}\n`;

/** The mbox From_ line with LF. qmail gfrom.c: blanks in the sender become dashes. `now` in seconds. */
export const makeFromLine = (sender: string, now: number): string =>
  `From ${sender.replace(/[ \t\n]/g, '-') || 'MAILER-DAEMON'} ${formatMailboxDate(now)}\n`;

/**
 * The sender of forwards. `hasOwner` and `hasOwnerDefault` say whether `.qmail…-owner` and `.qmail…-owner-default`
 * exist; they do not matter for the null and the double-bounce sender.
 */
export function chooseNewSender(
  delivery: Pick<LocalDelivery, 'local' | 'host' | 'sender'>,
  hasOwner: boolean,
  hasOwnerDefault: boolean,
): string {
  const { local, host, sender } = delivery;
  if (sender === '' || sender === '#@[]' || !hasOwner) return sender;
  // A VERP template: qmail-send writes each recipient into it.
  return hasOwnerDefault ? `${local}-owner-@${host}-@[]` : `${local}-owner@${host}`;
}

/**
 * All variables of a program, and no others: the documented ones over what the site gives to all (PATH and what
 * control/programenv names). Qmail hands on everything that qmail-start had; security.md F4 says no more than is told.
 */
export function makeEnvironment(
  delivery: LocalDelivery,
  site: Readonly<Record<string, string>>,
): Record<string, string> {
  const { local, host, ext, sender } = delivery;
  const afterDash = (text: string): string => {
    const dash = text.indexOf('-');
    return dash < 0 ? '' : text.slice(dash + 1);
  };
  const withoutLastLabel = (text: string): string => {
    const dot = text.lastIndexOf('.');
    return dot < 0 ? text : text.slice(0, dot);
  };
  const ext2 = afterDash(ext);
  const ext3 = afterDash(ext2);
  const host2 = withoutLastLabel(host);
  const host3 = withoutLastLabel(host2);
  const variables: Record<string, string> = {
    ...site,
    USER: delivery.user,
    HOME: delivery.home,
    LOCAL: local,
    HOST: host,
    HOST2: host2,
    HOST3: host3,
    HOST4: withoutLastLabel(host3),
    RECIPIENT: `${local}@${host}`,
    EXT: ext,
    EXT2: ext2,
    EXT3: ext3,
    EXT4: afterDash(ext3),
    SENDER: sender,
    NEWSENDER: delivery.newSender,
    RPLINE: makeReturnPathLine(sender),
    DTLINE: makeDeliveredToLine(`${local}@${host}`),
    UFLINE: makeFromLine(sender, delivery.now),
  };
  if (delivery.default !== undefined) variables.DEFAULT = delivery.default;
  // An environment is C strings.
  for (const [name, value] of Object.entries(variables)) variables[name] = value.replace(/\0.*/s, '');
  return variables;
}
