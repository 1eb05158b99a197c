// One letter over an open session (spec/qmail.md 8.2, RFC 5321): MAIL, RCPT, DATA, body, dot. One recipient, or several for
// the command qmail-remote. The commands go out together when the server offers PIPELINING (RFC 2920). Each reply decides whether the letter is taken,
// put off, refused, or whether the next server should be asked, in qmail-remote's words.
// After the final dot without an answer the letter counts as not delivered: a duplicate is allowed, a loss is not.
import type { Delivered, DeliveryDsn } from '../delivery.ts';
import { writeMailWishes, writeRcptWishes } from '../formats/dsn.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import type { Trouble } from './connection.ts';
import { createBodyEncoder } from './encode.ts';
import type { WireEnvelope } from './envelope.ts';
import type { MessageFacts, StoredMessage } from './message.ts';
import type { Reply } from './replies.ts';
import {
  type Attempt,
  askServer,
  brokenSession,
  COMMAND_SECONDS,
  invalidReply,
  isTrouble,
  next,
  type RecipientReport,
  type Report,
  type Session,
  withWords,
} from './session.ts';
import { isProved, proofWords } from './tls-demand.ts';

/** RFC 5321 4.5.3.2.6: at least 10 minutes for the final dot. */
const DOT_SECONDS = 600;
/** Seconds that a server has to clear up after a refusal, before its session is given up. */
const SETTLE_SECONDS = 20;

/** What is to be sent. */
export interface Letter {
  readonly envelope: WireEnvelope;
  readonly message: StoredMessage;
  readonly facts: MessageFacts;
  readonly dsn?: DeliveryDsn | undefined;
  /** Seconds for each read and write; waits for replies are at most RFC 5321's. */
  readonly timeoutremote: number;
}

/**
 * What the session is good for now: the next letter at once, after `settleSession` (replies are `owed` that nobody
 * waited for, or a transaction stands open), or nothing more.
 */
export type SessionState = 'ready' | { readonly owed: number } | 'over';

export interface Sent {
  readonly result:
    | Attempt
    /** A kept session was no longer alive before MAIL was answered: the letter takes a fresh one. */
    | { readonly kind: 'stale' }
    /** The dialogue broke among commands sent together; nothing was accepted. Try again one by one. */
    | { readonly kind: 'pipelining failed' };
  readonly state: SessionState;
}

const done = (outcome: Delivered, report?: Report): Attempt => ({ kind: 'done', outcome, report });

const outcomeOf = (code: number, text: string): Outcome => (code >= 500 ? permanent(text) : temporary(text));

const classOf = (reply: Reply): number => Math.floor(reply.code / 100);

/** The steps of a dialogue. */
type Stage = 0 | 1 | 2;
const MAIL = 0;
const RCPT = 1;
const DATA = 2;

/** Code classes that let the dialogue go on after MAIL, RCPT and DATA. */
const GO_ON = [2, 2, 3] as const;

/** qmail-remote's words for a refusal of MAIL, RCPT and DATA. */
function refusalText(stage: Stage, ip: string, said: string): string {
  if (stage === MAIL) return withWords(`Connected to ${ip} but sender was rejected`, said);
  if (stage === RCPT) return `${dislike(ip, said)}\n${giveUp(ip)}`;
  return withWords(`${ip} failed on DATA command`, said);
}

const dislike = (ip: string, said: string): string => withWords(`${ip} does not like recipient`, said);
const giveUp = (ip: string): string => `Giving up on ${ip}.`;

/** The commands of a letter for a server with these extensions. */
function envelopeCommands(
  letter: Letter,
  extensions: ReadonlyMap<string, string>,
  needsUtf8: boolean,
): string[] {
  const { envelope, facts, dsn } = letter;
  const mail = [`MAIL FROM:<${envelope.sender}>`];
  const rcpt = [`RCPT TO:<${envelope.recipient}>`];
  if (extensions.has('SIZE')) mail.push(`SIZE=${facts.wireSize}`);
  if (extensions.has('8BITMIME') && (facts.eightBit || needsUtf8)) mail.push('BODY=8BITMIME');
  if (needsUtf8) mail.push('SMTPUTF8');
  // RFC 3461 4: to a server without DSN nothing of it is said.
  if (extensions.has('DSN')) {
    if (dsn) {
      mail.push(writeMailWishes({ ret: dsn.ret, envid: dsn.envid }));
      rcpt.push(writeRcptWishes(dsn));
    }
    // RFC 3461 6: nobody wants to hear of a report.
    else if (envelope.sender === '') rcpt.push('NOTIFY=NEVER');
  }
  if (dsn?.requireTls && extensions.has('REQUIRETLS')) mail.push('REQUIRETLS');
  const join = (words: readonly string[]): string => words.filter((word) => word !== '').join(' ');
  const others = (envelope.others ?? []).map((each) => `RCPT TO:<${each}>`);
  return [join(mail), join(rcpt), ...others, 'DATA'];
}

/** RFC 8689 4.2.1: a proved server, found by a way nobody can change, that offers the same. Undefined: it is one. */
function refuseForTls(
  { proof, isSafeWay, extensions, ip }: Session,
  { envelope }: Letter,
): Attempt | undefined {
  const isSafe = isProved(proof) && (proof !== 'web' || isSafeWay);
  if (isSafe && extensions.has('REQUIRETLS')) return undefined;
  // RFC 8689 5: a notification goes all the same; it holds no more than a header.
  if (envelope.sender === '') return undefined;
  const missing = isSafe ? 'it does not offer REQUIRETLS' : 'its TLS is not verified';
  return next(permanent(`Connected to ${ip} but ${missing}, and the sender requires it. (#5.7.30)`));
}

/** Sends one letter. The caller does with the session what `state` says. */
export async function sendLetter(session: Session, letter: Letter): Promise<Sent> {
  const { connection, ip, extensions, pipelining } = session;
  const isKept = session.letters > 0;
  session.letters++;
  const patience = Math.min(letter.timeoutremote, COMMAND_SECONDS);
  const refusal = letter.dsn?.requireTls ? refuseForTls(session, letter) : undefined;
  if (refusal) return { result: refusal, state: 'ready' };
  const needsUtf8 = letter.envelope.needsUtf8 || letter.facts.internationalHeader;
  if (needsUtf8 && !extensions.has('SMTPUTF8')) {
    const text = `Connected to ${ip} but server does not support unicode in email addresses. (#5.6.7)`;
    return { result: done(permanent(text)), state: 'ready' };
  }

  /** The dialogue broke before anything was accepted. */
  const broken = (turn: number, trouble: Trouble): Sent => {
    connection.close();
    const isSilent = trouble.trouble === 'lost' && trouble.silent;
    if (isKept && turn === 0) return { result: { kind: 'stale' }, state: 'over' };
    if (pipelining && (turn > 0 || !isSilent))
      return { result: { kind: 'pipelining failed' }, state: 'over' };
    return { result: brokenSession(ip, trouble), state: 'over' };
  };

  const commands = envelopeCommands(letter, extensions, needsUtf8);
  const recipients: RecipientReport[] = [];
  const last = commands.length - 1;
  for (const [turn, command] of commands.entries()) {
    let reply: Reply | Trouble;
    if (!pipelining) reply = await askServer(connection, [command], patience);
    else if (turn === 0) reply = await askServer(connection, commands, patience);
    else reply = await connection.readReply(patience);
    if (isTrouble(reply)) return broken(turn, reply);
    const stage = turn === 0 ? MAIL : turn < last ? RCPT : DATA;
    if (reply.code >= 400) {
      const text = refusalText(stage, ip, reply.text);
      // RFC 5321 3.8: 421 says that the server is leaving, so another one may take the letter, or a fresh session.
      if (reply.code === 421)
        return { result: isKept && turn === 0 ? { kind: 'stale' } : next(temporary(text)), state: 'over' };
      if (stage === RCPT) {
        recipients.push({ letter: reply.code >= 500 ? 'h' : 's', text: dislike(ip, reply.text) });
        // As long as one is taken, or may still be.
        if (turn < last - 1 || recipients.some(({ letter: each }) => each === 'r')) continue;
      }
      const message = stage === RCPT ? permanent(giveUp(ip)) : outcomeOf(reply.code, text);
      return {
        result: done(outcomeOf(reply.code, text), { recipients, message }),
        state: { owed: pipelining ? last - turn : 0 },
      };
    }
    // Anything but "go on" to DATA would let the body be read as commands.
    if (classOf(reply) !== GO_ON[stage]) return broken(turn, { trouble: 'invalid', said: reply.text });
    if (stage === RCPT) recipients.push({ letter: 'r', text: '' });
  }
  const { outcome, isReady } = await sendMessage(letter, session);
  const fate = extensions.has('DSN') ? 'passed on' : 'relayed';
  const message = outcome.code === 'K' ? ({ ...outcome, fate } as const) : outcome;
  return { result: done(message, { recipients, message: outcome }), state: isReady ? 'ready' : 'over' };
}

/** Makes a session ready for the next letter after a refusal. False: it is of no more use. */
export async function settleSession(session: Session, owed: number): Promise<boolean> {
  const { connection } = session;
  for (let left = owed; left > 0; left--) {
    const reply = await connection.readReply(SETTLE_SECONDS);
    // RFC 2920 3.1: DATA accepted without a recipient. Hanging up is the one end that can make no letter of it.
    if (isTrouble(reply) || reply.code === 421 || classOf(reply) === 3) return false;
  }
  const reply = await askServer(connection, ['RSET'], SETTLE_SECONDS);
  return !isTrouble(reply) && reply.code === 250;
}

/** Sends the body and waits for the verdict. */
async function sendMessage(
  { message, timeoutremote }: Letter,
  session: Session,
): Promise<{ readonly outcome: Outcome; readonly isReady: boolean }> {
  const { connection, ip } = session;
  const encoder = createBodyEncoder();
  let dotSent = false;

  const over = (outcome: Outcome) => {
    connection.close();
    return { outcome, isReady: false };
  };

  const verdict = async (seconds: number) => {
    const final = await connection.readReply(seconds);
    const duplicate = dotSent ? ' Possible duplicate!' : '';
    if ('trouble' in final) {
      if (final.trouble === 'lost')
        return over(temporary(`Connected to ${ip} but connection died.${duplicate} (#4.4.2)`));
      return over(temporary(invalidReply(ip, duplicate, final.said)));
    }
    if (final.code >= 400) {
      const outcome = outcomeOf(final.code, withWords(`${ip} failed after I sent the message`, final.text));
      // Refused in the middle of the body: what follows could only be taken for commands.
      return dotSent ? { outcome, isReady: final.code !== 421 } : over(outcome);
    }
    if (!dotSent || classOf(final) !== 2) return over(temporary(invalidReply(ip, duplicate, final.text)));
    const words = withWords(`${ip} accepted message`, final.text);
    const proof = proofWords(session.proof);
    return { outcome: success(proof === '' ? words : `${words}\n${proof}`), isReady: true };
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
    return over(temporary('Unable to read message. (#4.3.0)'));
  }
  return verdict(Math.min(timeoutremote, DOT_SECONDS));
}
