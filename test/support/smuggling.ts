// The end-of-data sequences with which a message may try to hide a second one (security.md R2 and S1).

/** Sequences by name, as bytes. */
export const SMUGGLING_SEQUENCES: readonly (readonly [string, Buffer])[] = (
  [
    ['LF.LF', '\n.\n'],
    ['LF.CRLF', '\n.\r\n'],
    ['CR.CR', '\r.\r'],
    ['CR.CRLF', '\r.\r\n'],
    ['CRLF.LF', '\r\n.\n'],
    ['CRLF.CR', '\r\n.\r'],
    ['LF.CR', '\n.\r'],
    ['CR.LF', '\r.\n'],
    ['CRLF.CRLF', '\r\n.\r\n'],
    ['CRLF.CRCRLF', '\r\n.\r\r\n'],
    ['CRCRLF.CRCRLF', '\r\r\n.\r\r\n'],
    ['CRCRLF.CRLF', '\r\r\n.\r\n'],
    ['CRLF NUL.CRLF', '\r\n\0.\r\n'],
    ['CRLF.NUL CRLF', '\r\n.\0\r\n'],
    ['CR NUL LF.CR NUL LF', '\r\0\n.\r\0\n'],
    ['LFCR.LFCR', '\n\r.\n\r'],
    ['CRLF. CRLF', '\r\n. \r\n'],
    ['CRLF.TAB CRLF', '\r\n.\t\r\n'],
    ['CRLF..CRLF', '\r\n..\r\n'],
    ['LF..LF', '\n..\n'],
    ['LF..CRLF', '\n..\r\n'],
    ['0x80 CRLF.CRLF', '\x80\r\n.\r\n'],
    ['VT.VT', '\v.\v'],
    ['FF.FF', '\f.\f'],
    ['NEL.NEL', '\x85.\x85'],
    ['U+2028.U+2028', '\xe2\x80\xa8.\xe2\x80\xa8'],
    ['0x8D0A.0x8D0A', '\x8d\n.\x8d\n'],
  ] as const
).map(([name, text]) => [name, Buffer.from(text, 'latin1')]);

const SMUGGLED =
  'MAIL FROM:<smug@x.test>\r\nRCPT TO:<u@our.test>\r\nDATA\r\nSubject: smuggled\r\n\r\ntwo\r\n.\r\n';

/** Stored messages that hide `sequence` and a second transaction: in the body, in a header, at the first line. */
export function hideMessage(sequence: Buffer): readonly (readonly [string, Buffer])[] {
  const text = (part: string) => Buffer.from(part, 'latin1');
  return [
    ['body', Buffer.concat([text('Subject: t\n\none'), sequence, text(SMUGGLED)])],
    ['header', Buffer.concat([text('Subject: t'), sequence, text(SMUGGLED), text('\n\none\n')])],
    ['first line', Buffer.concat([sequence.subarray(sequence.indexOf(46)), text(SMUGGLED)])],
  ];
}
