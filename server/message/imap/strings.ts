// IMAP's strings (RFC 9051 4.3) as FETCH answers hold them: quoted, literal or NIL. Text is one character a byte.
// NIL says that there is nothing; "" says that it is there and empty; callers decide which.

/** A quoted string, or a literal where the text has what no quoted string may hold (line ends, 8-bit). */
export function formatString(text: string): string {
  if (!/[\r\n\0"\\\u0080-\u00ff]/.test(text)) return `"${text}"`;
  // RFC 9051 4.3: TEXT-CHAR is 7-bit without CR and LF; 8-bit in quotes needs IMAP4rev2 or UTF8=ACCEPT.
  if (/[\r\n\0\u0080-\u00ff]/.test(text)) return `{${text.length}}\r\n${text}`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** NIL when there is nothing. */
export const formatNString = (text: string | undefined): string =>
  text === undefined ? 'NIL' : formatString(text);
