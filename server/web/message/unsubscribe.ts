// How a mailing is left, as the message itself offers it (webmail.md V8): by one POST of ours (RFC 8058), by a letter, or on
// a page of the sender's (RFC 2369). Pure; what is done with it is in leave.ts.

import type { MessageView } from '../../message/types.ts';
import { parseAddress } from '../compose/recipients.ts';

export type Unsubscribe =
  /** One POST to an https address; `host` is named in the question. */
  | { readonly kind: 'post'; readonly url: string; readonly host: string }
  | { readonly kind: 'letter'; readonly to: string; readonly subject: string; readonly body: string }
  | { readonly kind: 'page'; readonly url: string; readonly host: string };

const most = 10_000;

/** The best way that is offered; undefined: none that can be used. */
export function readUnsubscribe(headers: MessageView['headers']): Unsubscribe | undefined {
  const field = (name: string): string =>
    headers.find((header) => header.name.toLowerCase() === name)?.value.slice(0, most) ?? '';
  const ways = [...field('list-unsubscribe').matchAll(/<([^<>]{1,4000})>/g)]
    .slice(0, 10)
    .map(([, way = '']) => way.replace(/\s+/g, ''));
  const pages = ways.flatMap((way) => {
    if (!/^https?:/i.test(way) || !URL.canParse(way)) return [];
    const url = new URL(way);
    return url.username === '' && url.password === '' && url.hostname !== '' ? [url] : [];
  });
  // RFC 8058 3.1: the field says exactly this, and the address is https.
  const isOneClick = /^\s*List-Unsubscribe=One-Click\s*$/i.test(field('list-unsubscribe-post'));
  const secure = pages.find(({ protocol }) => protocol === 'https:');
  if (isOneClick && secure) return { kind: 'post', url: secure.href, host: secure.host };
  for (const way of ways) {
    const letter = readMailto(way);
    if (letter) return letter;
  }
  const [page] = pages;
  return page && { kind: 'page', url: page.href, host: page.host };
}

/** RFC 6068, one recipient; only subject and body count. */
function readMailto(way: string): Unsubscribe | undefined {
  if (!/^mailto:/i.test(way) || !URL.canParse(way)) return undefined;
  const url = new URL(way);
  let to: string;
  try {
    to = decodeURIComponent(url.pathname);
  } catch {
    return undefined;
  }
  if (!parseAddress(to)) return undefined;
  const value = (name: string): string => {
    for (const [key, text] of new URLSearchParams(url.search.replaceAll('+', '%2B')))
      if (key.toLowerCase() === name) return text.slice(0, 1000);
    return '';
  };
  return {
    kind: 'letter',
    to,
    subject: value('subject') || 'unsubscribe',
    body: value('body') || 'unsubscribe',
  };
}

/** What is remembered once a mailing was left. */
export const leftKey = (view: Pick<MessageView, 'messageId'>, way: Unsubscribe): string =>
  `unsubscribe ${view.messageId} ${way.kind === 'letter' ? way.to : way.url}`;
