// Texts that came coded in a letter (RFC 2045 6.7, 6.8), as far as a list reads them: a moderator's comment, an edited text.
// Bytes as latin1; what is coded wrongly stays as it is. Pure.

export const decodeBase64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1');

export const decodeQuotedPrintable = (text: string): string =>
  text
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
