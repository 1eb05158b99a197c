// Questions to a resolver that validates DNSSEC and whose word (AD) is believed: the site's own on loopback, or one that
// control/dnssecresolver names. Over any other way the bit could be anybody's (RFC 6840 5.7, RFC 7672 2.1). UDP first, each
// question with an id and a port of its own that nobody can guess, TCP when the answer is too long. Three tries and an end
// in time; what a resolver calls forged (SERVFAIL) is "nobody can tell now".
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import { parseHostPort } from '../control/network.ts';
import { type Answer, arpaName, createAnswerSharing, type DnsLookup } from './lookup.ts';
import {
  type DnsQuestion,
  type DnsReply,
  decodeReply,
  encodeQuestion,
  isDnsName,
  type QuestionType,
  type QuestionValues,
  type TlsaRecord,
} from './messages.ts';

/** As DnsLookup, with the word on DNSSEC in each answer. */
export interface TrustedLookup extends DnsLookup {
  /** The TLSA records of a name such as `_25._tcp.mx.example`. */
  tlsa(name: string): Promise<Answer<TlsaRecord>>;
}

interface Server {
  readonly address: string;
  readonly port: number;
}

/** Milliseconds that a TCP answer gets beside what UDP had. */
const TCP_MS = 5000;

/** `ip`, `ip:port`, `[ip]:port`, as control/dnsservers has them. */
function parseServer(text: string): Server {
  if (isIP(text) !== 0) return { address: text, port: 53 };
  const place = parseHostPort(text);
  if (place === undefined) throw new Error(`${text} is no address of a DNS server`);
  return { address: place.host, port: place.port };
}

/** Docker's resolver: it hands on what servers elsewhere say, their AD too. */
const PASSES_ON = '127.0.0.11';

/** Is the server on this machine, so that nobody stands between? */
export function isLoopbackServer(text: string): boolean {
  const { address } = parseServer(text);
  return /^127\.|^::1$/.test(address) && address !== PASSES_ON;
}

/** Waits for what `begin` finishes with: undefined after so many milliseconds, or when all is given up. */
function waitFor<T>(
  ms: number,
  signal: AbortSignal,
  begin: (finish: (value: T | undefined) => void) => () => void,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let isOver = false;
    const finish = (value: T | undefined): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      end();
      resolve(value);
    };
    const giveUp = (): void => finish(undefined);
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener('abort', giveUp);
    const end = begin(finish);
  });
}

/** One question over UDP; undefined when nothing came in time. */
function askByUdp<T extends QuestionType>(
  server: Server,
  question: DnsQuestion<T>,
  ms: number,
  signal: AbortSignal,
): Promise<DnsReply<T> | undefined> {
  return waitFor(ms, signal, (finish) => {
    const socket = createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4');
    let isOpen = true;
    // A closed port is told at once; the next try waits all the same, the server may be starting.
    socket.on('error', () => {});
    // Connected: the kernel drops what comes from anywhere else.
    socket.on('connect', () => {
      if (isOpen) socket.send(encodeQuestion(question), () => {});
    });
    socket.on('message', (bytes) => {
      const reply = decodeReply(bytes, question);
      if (reply) finish(reply);
    });
    socket.connect(server.port, server.address);
    return () => {
      isOpen = false;
      socket.close();
    };
  });
}

/** The same over TCP (RFC 1035 4.2.2). */
function askByTcp<T extends QuestionType>(
  server: Server,
  question: DnsQuestion<T>,
  ms: number,
  signal: AbortSignal,
): Promise<DnsReply<T> | undefined> {
  return waitFor(ms, signal, (finish) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    const chunks: Buffer[] = [];
    let size = 0;
    let wanted = Number.POSITIVE_INFINITY;
    socket.on('connect', () => {
      const bytes = encodeQuestion(question);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < 2) return;
      if (wanted === Number.POSITIVE_INFINITY) wanted = 2 + Buffer.concat(chunks).readUInt16BE(0);
      if (size < wanted) return;
      const reply = decodeReply(Buffer.concat(chunks).subarray(2, wanted), question);
      finish(reply?.kind === 'truncated' ? undefined : reply);
    });
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    return () => socket.destroy();
  });
}

/**
 * Asks these servers in turn. @param servers at least one, of the form of control/dnsservers; @param timeout seconds of
 * a question, in three tries
 */
export function createTrustedLookup(servers: readonly string[], timeout: number): TrustedLookup {
  const places = servers.map(parseServer);
  const stop = new AbortController();
  // Each try waits twice as long as the one before: 1 + 2 + 4.
  const firstTry = Math.max(50, Math.round((timeout * 1000) / 7));

  const ask = async <T extends QuestionType>(name: string, type: T): Promise<Answer<QuestionValues[T]>> => {
    if (!isDnsName(name)) return { kind: 'none', reason: 'no name' };
    for (let turn = 0; turn < 3 && !stop.signal.aborted; turn++) {
      const server = places[turn % places.length]!;
      const question = { id: randomInt(65_536), name, type };
      const ms = firstTry * 2 ** turn;
      let reply = await askByUdp(server, question, ms, stop.signal);
      if (reply?.kind === 'truncated')
        reply = await askByTcp(
          server,
          { ...question, id: randomInt(65_536) },
          Math.max(ms, Math.min(TCP_MS, timeout * 1000)),
          stop.signal,
        );
      if (reply?.kind === 'answered') return answerOf(reply);
      // Said in words: another server may know better, the same one does not.
      if (reply?.kind === 'failed' && places.length === 1) break;
    }
    return { kind: 'soft' };
  };

  const shareMx = createAnswerSharing<QuestionValues['MX']>();
  const shareStrings = createAnswerSharing<string>();
  const shareTlsa = createAnswerSharing<TlsaRecord>();
  return {
    mx: (host) => shareMx(host, () => ask(host, 'MX')),
    addresses: (host, family) =>
      shareStrings(`${family} ${host}`, () => (family === 4 ? ask(host, 'A') : ask(host, 'AAAA'))),
    names: (ip) => shareStrings(`name ${ip}`, () => ask(arpaName(ip), 'PTR')),
    texts: (name) => shareStrings(`text ${name}`, () => ask(name, 'TXT')),
    tlsa: (name) => shareTlsa(name, () => ask(name, 'TLSA')),
    close: () => stop.abort(),
  };
}

function answerOf<T extends QuestionType>(
  reply: Extract<DnsReply<T>, { kind: 'answered' }>,
): Answer<QuestionValues[T]> {
  const { values, exists, isSecure, name } = reply;
  return values.length > 0
    ? { kind: 'found', values, isSecure, name }
    : { kind: 'none', reason: exists ? 'no data' : 'no name', isSecure };
}
