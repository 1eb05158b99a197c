// QMTP as a client (spec/qmail.md 11): one package on a connection of its own, for relays that control/qmtproutes names.
// No greeting, no dialogue: the package goes out, one answer for each recipient comes back, K, Z or D.
// The message keeps its LF line ends (first byte LF); a bare CR becomes one, a last line without LF gets it, as over SMTP.
// Once the last byte is sent the server may have the letter: no other server is asked after that.
import type { Socket } from 'node:net';
import { withFate } from '../delivery.ts';
import { encodeNetstring, NetstringReader } from '../formats/netstring.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import { connectSocket, type LocalAddresses } from './connection.ts';
import type { Target } from './dns.ts';
import { createLineEndNormaliser } from './encode.ts';
import type { StoredMessage } from './message.ts';
import { cleanReplyText } from './replies.ts';
import { type Attempt, next, type RecipientReport, withWords } from './session.ts';

/** Seconds for the answer: the server may have to write the message to its disk. */
const ANSWER_SECONDS = 600;
/** Bytes of an answer that are taken. */
const ANSWER_LIMIT = 10_000;

/** Addresses as they are in the queue: QMTP has no quoting. */
export interface QmtpEnvelope {
  readonly sender: string;
  /** At least one. */
  readonly recipients: readonly string[];
}

export interface QmtpTerms {
  /** Seconds. */
  readonly timeoutconnect: number;
  readonly timeoutremote: number;
  readonly signal: AbortSignal;
  readonly localAddresses: LocalAddresses;
}

/** Sends one letter to one server. `place` is where to connect to reach the target. */
export async function sendByQmtp(
  { sender, recipients }: QmtpEnvelope,
  message: StoredMessage,
  target: Target,
  place: { readonly address: string; readonly port: number },
  terms: QmtpTerms,
): Promise<Attempt> {
  const ip = target.address;
  let length = 1;
  try {
    for await (const chunk of qmtpLines(message)) length += chunk.length;
  } catch {
    return unreadable();
  }
  const socket = await connectSocket(
    place.address,
    place.port,
    terms.timeoutconnect,
    terms.signal,
    terms.localAddresses,
  );
  if (socket === 'timeout' || socket === 'refused')
    return { kind: 'unreachable', timedOut: socket === 'timeout' };
  if ('unbindable' in socket) return next(socket.unbindable);
  const abort = () => socket.destroy();
  terms.signal.addEventListener('abort', abort);
  const answers = readAnswers(socket, recipients.length);
  try {
    const patience = terms.timeoutremote;
    let isGone = await write(socket, Buffer.from(`${length}:\n`, 'latin1'), patience);
    for await (const chunk of qmtpLines(message)) {
      if (!isGone) break;
      isGone = await write(socket, chunk, patience);
    }
    if (!isGone) return next(died(ip, ''));
    const list = Buffer.concat(recipients.map((recipient) => encodeNetstring(recipient)));
    const envelope = [Buffer.from(','), encodeNetstring(sender), encodeNetstring(list)];
    await write(socket, Buffer.concat(envelope), patience);
    const said = await answers.wait(Math.min(patience, ANSWER_SECONDS));
    return said === undefined ? { kind: 'done', outcome: died(ip, ' Possible duplicate!') } : judge(ip, said);
  } catch {
    // The connection is cut: without its last byte the package is none.
    return unreadable();
  } finally {
    terms.signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

// qmail-remote temp_read.
const unreadable = (): Attempt => ({
  kind: 'done',
  outcome: temporary('Unable to read message. (#4.3.0)'),
});

const died = (ip: string, more: string): Outcome =>
  temporary(`Connected to ${ip} but connection died.${more} (#4.4.2)`);

/** The answers in qmail-remote's words: each recipient's, and that of the message. */
function judge(ip: string, answers: readonly Buffer[]): Attempt {
  const read = answers.map((answer) => ({
    code: answer.toString('latin1', 0, 1),
    text: cleanReplyText(answer.subarray(1)),
  }));
  if (read.some(({ code }) => !'KZD'.includes(code) || code === ''))
    return {
      kind: 'done',
      outcome: temporary(`Connected to ${ip} but it sent an invalid reply. Possible duplicate! (#4.5.0)`),
    };
  const recipients = read.map(
    ({ code, text }): RecipientReport =>
      code === 'K'
        ? { letter: 'r', text: '' }
        : {
            letter: code === 'Z' ? 's' : 'h',
            text: withWords(`${ip} does not like recipient`, text),
          },
  );
  const taken = read.find(({ code }) => code === 'K');
  const message = taken
    ? success(withWords(`${ip} accepted message`, taken.text))
    : permanent(`Giving up on ${ip}.`);
  const [first] = recipients;
  const outcome: Outcome =
    first === undefined || first.letter === 'r'
      ? message
      : {
          code: first.letter === 's' ? 'Z' : 'D',
          text: taken ? first.text : `${first.text}\n${message.text}`,
        };
  // QMTP has no place for wishes about notifications.
  const fate = outcome.code === 'K' ? 'relayed' : undefined;
  return { kind: 'done', outcome: withFate(outcome, fate), report: { recipients, message } };
}

/** The message as it goes out: LF line ends and nothing else. */
async function* qmtpLines(message: StoredMessage): AsyncGenerator<Buffer> {
  const normaliser = createLineEndNormaliser();
  let last = 10;
  for await (const chunk of message.chunks()) {
    const lines = normaliser.write(chunk);
    if (lines.length === 0) continue;
    last = lines.at(-1)!;
    yield lines;
  }
  const rest = normaliser.end();
  if (rest.length > 0) {
    last = rest.at(-1)!;
    yield rest;
  }
  if (last !== 10) yield Buffer.from('\n');
}

/** Writes and waits until the network took it; false: it did not in time, or the connection is gone. */
function write(socket: Socket, bytes: Buffer, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve(false);
    const settle = (isGone: boolean): void => {
      clearTimeout(timer);
      socket.removeListener('close', onClose);
      resolve(isGone);
    };
    const onClose = () => settle(false);
    const timer = setTimeout(settle, seconds * 1000, false);
    socket.once('close', onClose);
    socket.write(bytes, (error) => settle(!error));
  });
}

/** Listens for so many answers. */
function readAnswers(
  socket: Socket,
  count: number,
): { wait(seconds: number): Promise<readonly Buffer[] | undefined> } {
  const reader = new NetstringReader(ANSWER_LIMIT);
  const answers: Buffer[] = [];
  let settle: (answers: readonly Buffer[] | undefined) => void = () => undefined;
  const all = new Promise<readonly Buffer[] | undefined>((resolve) => {
    settle = resolve;
  });
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    try {
      for (let one = reader.next(); one && answers.length < count; one = reader.next()) answers.push(one);
      if (answers.length === count) settle(answers);
    } catch {
      // Not netstrings: an empty answer is none that anybody knows.
      settle([Buffer.alloc(0)]);
      socket.destroy();
    }
  });
  socket.on('error', () => undefined); // 'close' tells
  socket.on('end', () => settle(undefined));
  socket.on('close', () => settle(undefined));
  return {
    async wait(seconds) {
      const timer = setTimeout(() => settle(undefined), seconds * 1000);
      const found = await all;
      clearTimeout(timer);
      return found;
    },
  };
}
