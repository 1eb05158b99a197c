// What our own mail system wrote above a message when it took it in (webmail.md V1, V2): over which connection it came, what
// was checked then, and the envelope's sender. Everything below our own Received line is the sender's and proves nothing:
// an Authentication-Results field there is ignored, whatever name it carries. Pure.
import { domainToASCII } from 'node:url';
import type { MessageView } from '../../message/types.ts';
import { cleanLine } from '../shell/foreign.ts';

type Fields = MessageView['headers'];

export interface Trace {
  /** Who handed the message to our server; undefined: it did not come over a network door, or nobody can tell. */
  readonly hop: { readonly host: string; readonly isEncrypted: boolean } | undefined;
  /** Our own check of the sender; undefined: none was made, and nothing is said. */
  readonly check: SenderCheck | undefined;
  /** Address of the envelope's sender, '' when unknown or empty. */
  readonly returnPath: string;
}

export interface SenderCheck {
  /** A domain of the sender whose signature holds; '' when none does. */
  readonly signedBy: string;
  /** The sender's domain where it vouches in another way, by SPF or by DMARC's wider measure; '' when it does not. */
  readonly comesFrom: string;
  /** Fails the check, its domain asks for more than watching, and no forwarder that is trusted here excuses it. */
  readonly failsDmarc: boolean;
}

/** qmail-queue's line: `(qmail 4711 invoked from network); DATE`; a forward adds one with `by alias` on top. */
const ownQueueLine = /^\(qmail \d{1,20} invoked (from network|by alias)\);/;
/** qmail-smtpd's line: `from HOST (HELO NAME) (INFO@IP) by ME with ESMTPS; DATE`. */
const ownDoorLine =
  /^from (\S{1,255})(?: \(HELO \S{1,255}\))? \((?:[^\s()]{0,255}@)?([^\s()]{1,255})\)\s+by \S{1,255} with ([A-Z0-9]{1,20});/;

/** How many fields from the top our own mail system wrote, and its door's line among them. */
function ownFields(fields: Fields): { readonly own: Fields; readonly door: RegExpExecArray | undefined } {
  let isFromNetwork = false;
  for (const [at, { name, value }] of fields.entries()) {
    if (name.toLowerCase() !== 'received') continue;
    const queue = ownQueueLine.exec(value);
    if (queue && !isFromNetwork) {
      isFromNetwork = queue[1] === 'from network';
      continue;
    }
    const door = isFromNetwork ? ownDoorLine.exec(value) : null;
    return door ? { own: fields.slice(0, at), door } : { own: [], door: undefined };
  }
  return { own: [], door: undefined };
}

/** @param me control/me: the name our own Authentication-Results carry */
export function readTrace(fields: Fields, me: string, senderDomain: string): Trace {
  const { own, door } = ownFields(fields);
  const first = (name: string): string =>
    fields.find((field) => field.name.toLowerCase() === name)?.value ?? '';
  const results = own.find(
    ({ name, value }) =>
      name.toLowerCase() === 'authentication-results' &&
      (/^\s*([^\s;]+)/.exec(value)?.[1] ?? '').toLowerCase() === me.toLowerCase(),
  );
  return {
    hop: door
      ? {
          host: cleanLine(door[1] === 'unknown' ? (door[2] ?? '') : (door[1] ?? ''), 255),
          isEncrypted: /^(?:UTF8)?E?SMTPSA?$/.test(door[3] ?? ''),
        }
      : undefined,
    check: results && readResults(results.value, senderDomain),
    returnPath: cleanLine(first('return-path').replace(/^\s*<|>\s*$/g, ''), 320),
  };
}

/** RFC 8601 2.2: `me; dkim=pass header.d=example.org; dmarc=fail ...`, comments and quotes left out. */
export function readResults(value: string, senderDomain: string): SenderCheck {
  // The field has A-labels only.
  const sender = domainToASCII(senderDomain);
  let signedBy = '';
  let comesFrom = '';
  let failsDmarc = false;
  for (const part of withoutComments(value.slice(0, 10_000)).split(';').slice(1, 50)) {
    const words = part.trim().split(/\s+/);
    const [method = '', result = ''] = (words[0] ?? '').toLowerCase().split('=', 2);
    if (method === 'dmarc' && result === 'fail')
      failsDmarc = !words.includes('policy.override=trusted') && !words.includes('policy.dmarc=none');
    if (result !== 'pass') continue;
    const find = (property: RegExp): string | undefined =>
      words
        .map((word) => property.exec(word)?.[1]?.toLowerCase() ?? '')
        .find((found) => isHouse(sender, found));
    if (method === 'dkim' && signedBy === '')
      signedBy = find(/^header\.[di]=(?:[^@]*@)?([A-Za-z0-9.-]{1,255})$/) ?? '';
    else if (method === 'spf' && comesFrom === '')
      comesFrom = find(/^smtp\.mailfrom=(?:[^@]*@)?([A-Za-z0-9.-]{1,255})$/) ?? '';
    else if (method === 'dmarc' && words.includes(`header.from=${sender}`)) comesFrom = sender;
  }
  return { signedBy, comesFrom, failsDmarc };
}

/**
 * Are both names one above the other (DMARC's relaxed alignment, without a public list)? Who signs for names below the
 * sender's own is who the sender let in.
 */
const isHouse = (sender: string, other: string): boolean =>
  other.includes('.') && (sender === other || sender.endsWith(`.${other}`) || other.endsWith(`.${sender}`));

function withoutComments(text: string): string {
  let depth = 0;
  let kept = '';
  for (const char of text) {
    if (char === '(') depth++;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && char !== '"') kept += char;
  }
  return kept;
}
