// The dialogue of qmail-remote with one server (spec/qmail.md 8.2, RFC 5321): greeting, EHLO or HELO, STARTTLS when it
// is offered, MAIL, RCPT, DATA, body, dot. One recipient. It decides from each reply whether the message is taken, put
// off, refused, or whether the next server should be asked, in qmail-remote's words.
// After the final dot without an answer the message counts as not delivered: a duplicate is allowed, a loss is not.
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import { type Connection, openConnection, type Trouble } from './connection.ts';
import type { Target } from './dns.ts';
import { createBodyEncoder } from './encode.ts';
import type { WireEnvelope } from './envelope.ts';
import type { MessageFacts, StoredMessage } from './message.ts';
import { parseExtensions, type Reply } from './replies.ts';

// RFC 5321 4.5.3.2: at least 5 minutes for commands, 10 for the final dot.
const COMMAND_SECONDS = 300;
const DOT_SECONDS = 600;

/** What is to be sent. */
export interface Transaction {
  readonly helohost: string;
  readonly envelope: WireEnvelope;
  readonly message: StoredMessage;
  readonly facts: MessageFacts;
  /** Seconds. */
  readonly timeoutconnect: number;
  /** Seconds for each read and write; waits for replies are at most RFC 5321's. */
  readonly timeoutremote: number;
  readonly signal: AbortSignal;
}

/** How it went with one server. */
export type Attempt =
  /** Decided: delivered, refused, or not to be tried elsewhere now. */
  | { readonly kind: 'done'; readonly outcome: Outcome }
  /** Another server may do better; `outcome` if there is none. */
  | { readonly kind: 'next'; readonly outcome: Outcome }
  | { readonly kind: 'unreachable'; readonly timedOut: boolean }
  /** STARTTLS was agreed on and did not work: try again in clear text. */
  | { readonly kind: 'tls failed' };

const done = (outcome: Outcome): Attempt => ({ kind: 'done', outcome });
const next = (outcome: Outcome): Attempt => ({ kind: 'next', outcome });

/** qmail-remote's quit(): what happened, then what the server said. */
const withWords = (words: string, said: string): string =>
  `${words}.${said === '' ? '' : `\nRemote host said: ${said}`}`;

const invalidReply = (ip: string, duplicate: string, said: string): string =>
  `Connected to ${ip} but it sent an invalid reply.${duplicate} (#4.5.0)${said === '' ? '' : `\nRemote host said: ${said}`}`;

const outcomeOf = (code: number, text: string): Outcome => (code >= 500 ? permanent(text) : temporary(text));

const classOf = (reply: Reply): number => Math.floor(reply.code / 100);

/**
 * Tries one server. `place` is where to connect to reach it (the target itself, unless addresses are translated).
 * `useTls` false: STARTTLS is left alone even when offered.
 */
export async function attemptTransaction(
  transaction: Transaction,
  target: Target,
  place: { readonly address: string; readonly port: number },
  useTls: boolean,
): Promise<Attempt> {
  const { timeoutconnect, signal } = transaction;
  const connection = await openConnection(place.address, place.port, timeoutconnect, signal);
  if (connection === 'timeout' || connection === 'refused')
    return { kind: 'unreachable', timedOut: connection === 'timeout' };
  try {
    return await converse(transaction, target, connection, useTls);
  } finally {
    connection.quit();
  }
}

async function converse(
  transaction: Transaction,
  target: Target,
  connection: Connection,
  useTls: boolean,
): Promise<Attempt> {
  const ip = target.address;
  const { envelope, facts } = transaction;
  const patience = Math.min(transaction.timeoutremote, COMMAND_SECONDS);

  /** Ends the connection and says why, before anything was accepted. */
  const giveUp = (trouble: Trouble): Attempt => {
    connection.close();
    return next(
      trouble.trouble === 'lost'
        ? temporary(`Connected to ${ip} but connection died. (#4.4.2)`)
        : temporary(invalidReply(ip, '', trouble.said)),
    );
  };
  const isTrouble = (result: Reply | Trouble): result is Trouble => 'trouble' in result;
  const invalid = (reply: Reply): Trouble => ({ trouble: 'invalid', said: reply.text });

  const command = async (line: string): Promise<Reply | Trouble> => {
    // A reply before the command: from here on every reply would belong to another command (S3).
    if (connection.hasUnaskedInput) {
      const early = await connection.readReply(0);
      return isTrouble(early) ? early : invalid(early);
    }
    connection.sendLine(line);
    return connection.readReply(patience);
  };

  const greeting = await connection.readReply(patience);
  if (isTrouble(greeting)) return giveUp(greeting);
  // qmail-remote: temporary even for 5xx; unlike there, the next server is asked.
  if (greeting.code !== 220)
    return next(temporary(withWords(`Connected to ${ip} but greeting failed`, greeting.text)));

  const nameRejected = (reply: Reply) =>
    next(temporary(withWords(`Connected to ${ip} but my name was rejected`, reply.text)));
  let extensions: ReadonlyMap<string, string> = new Map();
  const ehlo = await command(`EHLO ${transaction.helohost}`);
  if (isTrouble(ehlo)) return giveUp(ehlo);
  if (ehlo.code === 250) extensions = parseExtensions(ehlo);
  else if (ehlo.code === 421) return nameRejected(ehlo);
  else {
    const helo = await command(`HELO ${transaction.helohost}`);
    if (isTrouble(helo)) return giveUp(helo);
    if (helo.code !== 250) return nameRejected(helo);
  }

  if (useTls && extensions.has('STARTTLS')) {
    const reply = await command('STARTTLS');
    if (isTrouble(reply)) return giveUp(reply);
    if (reply.code === 220) {
      if (!(await connection.startTls(target.name, patience))) return { kind: 'tls failed' };
      // RFC 3207 4.2: forget what was said before; ask again.
      const again = await command(`EHLO ${transaction.helohost}`);
      if (isTrouble(again)) {
        connection.close();
        return { kind: 'tls failed' };
      }
      if (again.code !== 250) return nameRejected(again);
      extensions = parseExtensions(again);
    }
  }

  const needsUtf8 = envelope.needsUtf8 || facts.internationalHeader;
  if (needsUtf8 && !extensions.has('SMTPUTF8'))
    return done(permanent(`Connected to ${ip} but server does not support unicode in email addresses`));
  const mailParameters = [
    extensions.has('SIZE') ? ` SIZE=${facts.wireSize}` : '',
    extensions.has('8BITMIME') && (facts.eightBit || needsUtf8) ? ' BODY=8BITMIME' : '',
    needsUtf8 ? ' SMTPUTF8' : '',
  ].join('');

  /** A refusal; 421 means that the server is leaving (RFC 5321 3.8), so another one may take the message. */
  const refused = (reply: Reply, text: string): Attempt =>
    reply.code === 421 ? next(temporary(text)) : done(outcomeOf(reply.code, text));

  const mail = await command(`MAIL FROM:<${envelope.sender}>${mailParameters}`);
  if (isTrouble(mail)) return giveUp(mail);
  if (mail.code >= 400)
    return refused(mail, withWords(`Connected to ${ip} but sender was rejected`, mail.text));
  if (classOf(mail) !== 2) return giveUp(invalid(mail));

  const rcpt = await command(`RCPT TO:<${envelope.recipient}>`);
  if (isTrouble(rcpt)) return giveUp(rcpt);
  if (rcpt.code >= 400) {
    const words = withWords(`${ip} does not like recipient`, rcpt.text);
    return refused(rcpt, `${words}\nGiving up on ${ip}.`);
  }
  if (classOf(rcpt) !== 2) return giveUp(invalid(rcpt));

  const data = await command('DATA');
  if (isTrouble(data)) return giveUp(data);
  if (data.code >= 400) return refused(data, withWords(`${ip} failed on DATA command`, data.text));
  // Anything but "go on" would let the body be read as commands.
  if (classOf(data) !== 3) return giveUp(invalid(data));

  return done(await sendMessage(transaction, ip, connection));
}

/** Sends the body and waits for the verdict. */
async function sendMessage(transaction: Transaction, ip: string, connection: Connection): Promise<Outcome> {
  const { message, timeoutremote } = transaction;
  const encoder = createBodyEncoder();
  let dotSent = false;

  const verdict = async (seconds: number): Promise<Outcome> => {
    const final = await connection.readReply(seconds);
    const duplicate = dotSent ? ' Possible duplicate!' : '';
    if ('trouble' in final) {
      connection.close();
      if (final.trouble === 'lost')
        return temporary(`Connected to ${ip} but connection died.${duplicate} (#4.4.2)`);
      return temporary(invalidReply(ip, duplicate, final.said));
    }
    if (final.code >= 400) {
      // Refused in the middle of the body: what follows could only be taken for commands.
      if (!dotSent) connection.close();
      return outcomeOf(final.code, withWords(`${ip} failed after I sent the message`, final.text));
    }
    if (!dotSent || classOf(final) !== 2) {
      connection.close();
      return temporary(invalidReply(ip, duplicate, final.text));
    }
    return success(withWords(`${ip} accepted message`, final.text));
  };

  /** The body cannot go on: the server broke in, or the connection is gone. */
  const interrupted = () =>
    verdict(connection.hasUnaskedInput ? Math.min(timeoutremote, COMMAND_SECONDS) : 0);

  try {
    // One piece is held back, so that the end of data goes out together with the last one.
    let held: Buffer | undefined;
    for await (const chunk of message.chunks()) {
      if (held) {
        const sent = await connection.sendBody(held, timeoutremote);
        if (!sent || connection.hasUnaskedInput) return await interrupted();
      }
      held = encoder.write(chunk);
    }
    const last = Buffer.concat([held ?? Buffer.alloc(0), encoder.end()]);
    if (connection.hasUnaskedInput) return await interrupted();
    dotSent = true;
    if (!(await connection.sendBody(last, timeoutremote)) && !connection.hasUnaskedInput)
      return await verdict(0);
  } catch {
    // qmail-remote temp_read. The connection is cut: without the dot nothing was accepted.
    connection.close();
    return temporary('Unable to read message. (#4.3.0)');
  }
  return verdict(Math.min(timeoutremote, DOT_SECONDS));
}
