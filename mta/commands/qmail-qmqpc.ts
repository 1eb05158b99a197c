// qmail-qmqpc: qmail-queue for a host without a queue (qmail-qmqpc(8); spec/qmail.md 11): the message from descriptor 0
// and the envelope from descriptor 1 go to the first server of control/qmqpservers that answers, over QMQP. Exit statuses
// are qmail-queue's. A connection that breaks after it was made is not tried elsewhere: the message may have been taken.
import { connect, isIP, type Socket } from 'node:net';
import { readSettings } from '../control/settings.ts';
import { encodeNetstring, NetstringReader } from '../formats/netstring.ts';
import { describeError, errorCode } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';
import { DescriptorOverflow, readDescriptor } from './descriptor.ts';
import { readMessage } from './outgoing.ts';
import { EnvelopeFault, parseQueueEnvelope } from './qmail-queue.ts';

export const usage = `usage: qmail-qmqpc

Takes a message as qmail-queue does, from descriptors 0 and 1, and gives it to a server of QMAIL/control/qmqpservers.
Exit 0: taken. 31: refused for good. 71: refused for now. 55: no servers. 72, 73: none could be reached. 74: connection lost.
`;

const PORT = 628;
const CONNECT_SECONDS = 10;
const IDLE_SECONDS = 60;
/** qmail: netstrings above this are refused. */
const MESSAGE_LIMIT = 200_000_000;
const ENVELOPE_LIMIT = 16 * 1024 * 1024;
const ANSWER_LIMIT = 10_000;

/** An exit status of qmail-queue with its reason. */
class QueueFault extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stderr.write(usage);
    return 100;
  }
  try {
    const servers = await readServers(context);
    // The message first: a caller may still decide, by closing descriptor 1 early, to cancel.
    const message = await readBounded(context.stdin);
    const envelope = await readEnvelope();
    return await sendToServers(encodeQmqpPackage(message, envelope), servers, context);
  } catch (error) {
    if (!(error instanceof QueueFault) && !(error instanceof EnvelopeFault)) throw error;
    context.stderr.write(`qmail-qmqpc: ${error.message}\n`);
    return error.status;
  }
}

/** One QMQP request. */
export function encodeQmqpPackage(
  message: Buffer,
  { sender, recipients }: { readonly sender: string; readonly recipients: readonly string[] },
): Buffer {
  return encodeNetstring(Buffer.concat([message, sender, ...recipients].map(encodeNetstring)));
}

async function readBounded(stdin: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of readMessage(stdin)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MESSAGE_LIMIT) throw new QueueFault(31, `the message is over ${MESSAGE_LIMIT} bytes`);
    }
  } catch (error) {
    if (error instanceof QueueFault) throw error;
    throw new QueueFault(54, (error as Error).message);
  }
  return Buffer.concat(chunks);
}

async function readEnvelope(): Promise<{ sender: string; recipients: string[] }> {
  try {
    // The empty record ends an envelope; the caller's pipe may stay open after it.
    return parseQueueEnvelope(
      await readDescriptor(1, ENVELOPE_LIMIT, (tail) => tail.at(-1) === 0 && tail.at(-2) === 0),
    );
  } catch (error) {
    if (error instanceof EnvelopeFault) throw error;
    if (error instanceof DescriptorOverflow) throw new QueueFault(51, error.message);
    throw new QueueFault(54, `cannot read the envelope: ${describeError(error)}`);
  }
}

async function readServers({ home }: CommandContext): Promise<readonly string[]> {
  const { qmqpservers } = await readSettings(home.qmail, ['qmqpservers']);
  if (qmqpservers.length === 0) throw new QueueFault(55, `${home.qmail}/control/qmqpservers names no server`);
  return qmqpservers;
}

async function sendToServers(
  request: Buffer,
  servers: readonly string[],
  { stderr }: CommandContext,
): Promise<number> {
  let last: QueueFault | undefined;
  for (const server of servers) {
    let socket: Socket;
    try {
      socket = await openConnection(server);
    } catch (error) {
      const status = errorCode(error) === 'ETIMEDOUT' ? 72 : 73;
      last = new QueueFault(status, `${server}: ${(error as Error).message}`);
      stderr.write(`qmail-qmqpc: ${last.message}\n`);
      continue;
    }
    const answer = await exchange(socket, request);
    if (answer === undefined)
      throw new QueueFault(74, `${server}: the connection was lost before the answer`);
    const code = answer.toString('latin1', 0, 1);
    if (code === 'K') return 0;
    const words = `${server}: ${JSON.stringify(answer.toString('utf8', 1))}`;
    throw new QueueFault(code === 'D' ? 31 : code === 'Z' ? 71 : 74, words);
  }
  throw last!;
}

/** `IP`, or beyond qmail `IP:PORT` and `[IPV6]:PORT`. */
function parseServer(server: string): { host: string; port: number } {
  const found = /^\[?([0-9A-Fa-f.:]+?)\]?(?::([0-9]{1,5}))?$/.exec(server);
  if (isIP(server) !== 0) return { host: server, port: PORT };
  const port = Number(found?.[2] ?? PORT);
  if (found === null || isIP(found[1]!) === 0 || port < 1 || port > 65_535)
    throw new QueueFault(55, `control/qmqpservers: ${JSON.stringify(server)} is not an IP address`);
  return { host: found[1]!, port };
}

function openConnection(server: string): Promise<Socket> {
  const { host, port } = parseServer(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(CONNECT_SECONDS * 1000, () => {
      socket.destroy(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' }));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.removeAllListeners('timeout');
      resolve(socket);
    });
  });
}

/** Sends the request and waits for the answer; undefined when the connection breaks, stalls or makes no sense. */
function exchange(socket: Socket, request: Buffer): Promise<Buffer | undefined> {
  const reader = new NetstringReader(ANSWER_LIMIT);
  return new Promise((resolve) => {
    const end = (answer: Buffer | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(IDLE_SECONDS * 1000, () => end(undefined));
    socket.on('error', () => end(undefined)).on('close', () => end(undefined));
    socket.on('data', (bytes) => {
      try {
        reader.push(bytes);
        const answer = reader.next();
        if (answer !== undefined) end(answer);
      } catch {
        end(undefined); // not a netstring: nobody knows what became of the message
      }
    });
    socket.write(request);
  });
}
