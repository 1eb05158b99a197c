// The Received line that smtpd puts on top of a message (qmail received.c, RFC 5321 4.4), and the name of the
// protocol in it (RFC 3848, RFC 6531). No byte that a client chose can break the line or open a comment.
import { formatQmailDate } from '../formats/date.ts';

/** What is known of the client when its message arrives. */
export interface TraceFacts {
  readonly remoteIp: string;
  /** 'unknown' when no name was looked up. */
  readonly remoteHost: string;
  readonly helo: string;
  /** The authenticated user, else the one that ident names; '' when none. */
  readonly info: string;
  readonly localHost: string;
  readonly protocol: string;
}

/** received.c safeput: what is not plainly harmless becomes `?`; at most 255 bytes (spec/security.md R7). */
function cleanTrace(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1', 0, 255)
    .replace(/[^A-Za-z0-9.@%+/=:[\]-]/g, '?');
}

/** `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPA`, `ESMTPSA`, `UTF8SMTP`, `UTF8SMTPSA` ... */
export function nameProtocol(session: {
  readonly extended: boolean;
  readonly secure: boolean;
  readonly authenticated: boolean;
  readonly utf8: boolean;
}): string {
  const base = session.utf8 ? 'UTF8SMTP' : session.extended ? 'ESMTP' : 'SMTP';
  if (base === 'SMTP') return session.secure ? 'SMTPS' : base;
  return base + (session.secure ? 'S' : '') + (session.authenticated ? 'A' : '');
}

/** The whole field with its line feeds. `seconds` since 1970. */
export function renderReceived(facts: TraceFacts, seconds: number): string {
  const helo =
    facts.helo === '' || facts.helo.toLowerCase() === facts.remoteHost.toLowerCase()
      ? ''
      : ` (HELO ${cleanTrace(facts.helo)})`;
  const info = facts.info === '' ? '' : `${cleanTrace(facts.info)}@`;
  return (
    `Received: from ${cleanTrace(facts.remoteHost)}${helo} (${info}${cleanTrace(facts.remoteIp)})\n` +
    `  by ${cleanTrace(facts.localHost)} with ${facts.protocol}; ${formatQmailDate(seconds)}\n`
  );
}
