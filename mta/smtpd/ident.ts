// A client of ident (RFC 1413), as in tcpserver and tcp-env: asks the machine at the other end of a TCP connection which of
// its users holds it. The answer is that machine's own word and proves nothing: it names a user in TCPREMOTEINFO and in
// the Received line, and chooses among rules that trust that machine (`info@1.2.3.4:`). Bounded in time and bytes; whatever
// goes wrong, the user is not known.
import { connect } from 'node:net';

/** The four numbers that name a TCP connection. Addresses of IPv4 are in their own form. */
export interface TcpConnection {
  readonly remoteIp: string;
  /** 0: unknown. */
  readonly remotePort: number;
  readonly localIp: string;
  readonly localPort: number;
}

/** Bytes of an answer: RFC 1413 (5) has 512 of a user and little before them. */
const ANSWER_BYTES = 1000;
const IDENT_PORT = 113;

/**
 * Asks who holds the other end.
 * @param seconds for everything; 0 does not ask
 * @param port of the ident server
 * @returns printable characters without blanks, at least one; undefined: not known
 */
export function askIdent(
  { remoteIp, remotePort, localIp, localPort }: TcpConnection,
  seconds: number,
  port = IDENT_PORT,
): Promise<string | undefined> {
  if (seconds === 0 || remotePort === 0 || localPort === 0) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // From the address that was connected to: the pair of ports means nothing between others (RFC 1413 3).
    const socket = connect({ host: remoteIp, port, localAddress: localIp });
    let text = '';
    const end = (info?: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(info);
    };
    const timer = setTimeout(end, seconds * 1000);
    socket.on('error', () => end()).on('close', () => end());
    socket.on('connect', () => socket.write(`${remotePort} , ${localPort}\r\n`));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1', 0, ANSWER_BYTES);
      const lineEnd = text.slice(0, ANSWER_BYTES).indexOf('\n');
      if (lineEnd >= 0) end(readIdentReply(text.slice(0, lineEnd), remotePort, localPort));
      else if (text.length >= ANSWER_BYTES) end();
    });
  });
}

/**
 * The user in an answer: `6193, 25 : USERID : UNIX : stjohns`.
 * @param line without its line feed, one byte a character
 * @returns undefined: an error, another connection's, or no answer at all
 */
export function readIdentReply(line: string, remotePort: number, localPort: number): string | undefined {
  const reply = /^\s*(\d{1,5})\s*,\s*(\d{1,5})\s*:\s*USERID\s*:[^:]*:(.*)$/s.exec(line);
  if (reply === null || Number(reply[1]) !== remotePort || Number(reply[2]) !== localPort) return undefined;
  // tcpserver: blanks do not count. What is not ASCII would be another user in each character set.
  return reply[3]!.replace(/[^\x21-\x7e]/g, '').slice(0, 512) || undefined;
}
