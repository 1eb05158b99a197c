// SMTP replies as values, in qmail-smtpd's words (spec/qmail.md 4.2) with enhanced codes (RFC 2034, RFC 3463) before
// the words of refusals. A reply says what the connection does next and whether it counts as the client's error.

/** One reply. `text` is complete but for its final CRLF; printable ASCII, inner lines joined with CRLF. */
export interface Reply {
  readonly text: string;
  /** What follows when the reply is sent. */
  readonly next?: 'close' | 'data' | 'starttls' | undefined;
  /** What it counts as; undefined: an error when 4xx or 5xx. */
  readonly counts?: 'nothing' | 'unknown recipient' | undefined;
}

const reply = (text: string): Reply => ({ text });
const closing = (text: string): Reply => ({ text, next: 'close' });

/** The words that do not depend on anything. */
export const replies = {
  ok: reply('250 ok'),
  flushed: reply('250 flushed'),
  vrfy: reply("252 send some mail, i'll try my best"),
  help: reply("214 this is Facteur, an SMTP server in qmail's words: see RFC 5321"),
  goAhead: { text: '354 go ahead', next: 'data' } satisfies Reply,
  readyForTls: { text: '220 ready for tls', next: 'starttls' } satisfies Reply,
  unimplemented: reply('502 5.5.1 unimplemented (#5.5.1)'),
  pathSyntax: reply('555 5.5.4 syntax error (#5.5.4)'),
  unknownParameter: reply('555 5.5.4 parameter not implemented (#5.5.4)'),
  badParameter: reply('501 5.5.4 bad parameter value (#5.5.4)'),
  helloFirst: reply('503 5.5.1 HELO or EHLO first (#5.5.1)'),
  mailFirst: reply('503 5.5.1 MAIL first (#5.5.1)'),
  rcptFirst: reply('503 5.5.1 RCPT first (#5.5.1)'),
  chunkSyntax: closing('501 5.5.4 BDAT takes a size in decimal digits, and LAST or nothing (#5.5.4)'),
  chunkTooBig: closing('552 5.3.4 sorry, no chunk can have that size (#5.3.4)'),
  chunksBegun: reply('503 5.5.1 the message has begun with BDAT: go on with it, or RSET (#5.5.1)'),
  utf8First: reply('553 5.6.7 address needs SMTPUTF8 (#5.6.7)'),
  badMailFrom: reply('553 5.7.1 sorry, your envelope sender is in my badmailfrom list (#5.7.1)'),
  badRcptTo: reply('553 5.7.1 sorry, your envelope recipient has been denied (#5.7.1)'),
  badHelo: reply('553 5.7.1 sorry, your HELO host name has been denied (#5.7.1)'),
  notValid: {
    text: '553 5.7.1 sorry, this recipient is not in my validrcptto list (#5.7.1)',
    counts: 'unknown recipient',
  } satisfies Reply,
  nullSenders: closing('421 4.3.0 null senders temporarily denied (#4.3.0)'),
  noRelayTest: reply("553 5.7.1 we don't relay (#5.7.1)"),
  noControls: closing('421 4.3.0 unable to read controls (#4.3.0)'),
  noRelay: reply("553 5.7.1 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
  notYourAddress: reply('553 5.7.1 sorry, that envelope sender is not an address of yours (#5.7.1)'),
  badSrs: {
    text: '550 5.1.1 sorry, this is no sender that I have rewritten, or not any more (#5.1.1)',
    counts: 'unknown recipient',
  } satisfies Reply,
  unreadableFrom: reply(
    '553 5.7.1 sorry, the From field of your letter cannot be read as addresses (#5.7.1)',
  ),
  noMailbox: {
    text: '550 5.1.1 sorry, no mailbox here by that name (#5.1.1)',
    counts: 'unknown recipient',
  } satisfies Reply,
  domainDisabled: reply('450 4.2.1 sorry, mail for that domain is put off for now, try later (#4.2.1)'),
  lookupFailed: reply('451 4.3.0 unable to check that address, try later (#4.3.0)'),
  tooManyRecipients: {
    text: '452 4.5.3 sorry, too many recipients (#4.5.3)',
    counts: 'nothing',
  } satisfies Reply,
  tooBig: reply('552 5.3.4 sorry, that message size exceeds my databytes limit (#5.3.4)'),
  headerTooBig: reply('552 5.3.4 sorry, that message header is too large (#5.3.4)'),
  tooManyHops: reply('554 5.4.6 too many hops, this message is looping (#5.4.6)'),
  looping: reply('554 5.4.6 this message is looping: it already has my Delivered-To line (#5.4.6)'),
  noRoom: reply('452 4.3.1 sorry, my disk is nearly full (#4.3.1)'),
  queueFailed: reply('451 4.3.0 qqt failure (#4.3.0)'),
  strayByte: closing(
    '550 5.5.2 sorry, lines end with CR LF and nothing else: bare CR, bare LF and NUL are refused (#5.5.2)',
  ),
  bareLf: closing('500 5.5.2 commands end with CR LF: see https://cr.yp.to/docs/smtplf.html (#5.5.2)'),
  strayCommandByte: reply('500 5.5.2 stray CR or NUL in a command (#5.5.2)'),
  longLine: reply('500 5.5.2 command line too long (#5.5.2)'),
  tooManyLongLines: closing('421 4.7.0 too many long lines, goodbye (#4.7.0)'),
  protocolViolation: closing('554 5.5.0 SMTP protocol violation (#5.5.0)'),
  notHttp: closing('421 4.7.0 this is not a web server (#4.7.0)'),
  notTls: closing('554 5.5.0 no TLS on this port before STARTTLS (#5.5.0)'),
  pipelinedStartTls: closing('421 4.5.0 nothing may follow STARTTLS, goodbye (#4.5.0)'),
  tooManyErrors: closing('421 4.7.0 too many errors, goodbye (#4.7.0)'),
  tooManyUnknown: closing('421 4.7.0 too many invalid addresses, goodbye (#4.7.0)'),
  tooManyIdleCommands: closing('421 4.7.0 too many commands without mail, goodbye (#4.7.0)'),
  tooManyTransactions: closing('421 4.7.0 too many messages in one session, please reconnect (#4.7.0)'),
  tooManyConnections: closing('421 4.7.0 too many connections, try later (#4.7.0)'),
  tooManyFromYou: closing('421 4.7.0 too many connections from your address, try later (#4.7.0)'),
  timeout: closing('421 4.4.2 timeout (#4.4.2)'),
  tooSlow: closing('421 4.4.2 too slow, goodbye (#4.4.2)'),
  shuttingDown: closing('421 4.3.2 going down, try again in a minute (#4.3.2)'),
  tlsTaken: reply('503 5.5.1 TLS is active already (#5.5.1)'),
  startTlsSyntax: reply('501 5.5.4 STARTTLS takes no argument (#5.5.4)'),
  authRequired: reply('530 5.7.0 Authorization required (#5.7.0)'),
  authNeedsTls: reply('538 5.7.11 auth not available without TLS (#5.7.11)'),
  authTwice: reply("503 5.5.1 you're already authenticated (#5.5.1)"),
  authInMail: reply('503 5.5.1 no auth during mail transaction (#5.5.1)'),
  authType: reply('504 5.5.4 auth type unimplemented (#5.5.4)'),
  authCanceled: reply('501 5.0.0 auth exchange canceled (#5.0.0)'),
  authMalformed: reply('501 5.5.2 malformed auth input (#5.5.2)'),
  authFailed: reply('535 5.7.8 authentication failed (#5.7.8)'),
  authUnavailable: reply('454 4.7.0 unable to check passwords, try later (#4.7.0)'),
  authTries: closing('421 4.7.0 too many failed logins, goodbye (#4.7.0)'),
  authOk: reply('235 ok, go ahead (#2.0.0)'),
} as const;

/** Somebody else stands in From. */
export const notYourFrom = (address: string): Reply => ({
  text: `553 5.7.1 sorry, the From field has an address that is not yours: ${cleanWords(address).slice(0, 200)} (#5.7.1)`,
});

/** A challenge of an AUTH exchange; RFC 4954 wants the blank even when it is empty. */
export const challenge = (base64: string): Reply => ({ text: `334 ${base64}`, counts: 'nothing' });

/** A mailbox is full, in the site's words (vpopmail's .over-quota.msg). @param isDeferred the client may come again */
export function overQuotaReply(words: string, isDeferred: boolean): Reply {
  const clean = cleanWords(words);
  return {
    text: `${isDeferred ? '452 4.2.2' : '552 5.2.2'} ${clean}${/\(#/.test(clean) ? '' : isDeferred ? ' (#4.2.2)' : ' (#5.2.2)'}`,
  };
}

const cleanWords = (words: string): string =>
  words
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 400);

/**
 * A reply with the queue's own words: control bytes go, and the enhanced code that qmail writes at the end, `(#4.3.0)`,
 * is put in front too.
 */
export function queueReply(code: 451 | 554, words: string): Reply {
  const clean = cleanWords(words);
  const enhanced = /\(#([45]\.[0-9]{1,3}\.[0-9]{1,3})\)/.exec(clean)?.[1];
  const fits = enhanced?.startsWith(code === 451 ? '4' : '5') === true;
  return { text: `${code} ${fits ? enhanced : code === 451 ? '4.3.0' : '5.3.0'} ${clean}` };
}
