// A real SMTP server for tests that takes mail and does what the test says: any reply at any step, delays, drops,
// drips, STARTTLS, AUTH, three opinions about where DATA ends. It records every byte; where the test says nothing it
// wants commands in their order, as real servers do.
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { createCertificate, type TestCertificate } from './certificate.ts';

/** The moments at which a server speaks; `dot` is the answer to the end of the message. */
export type SinkStep =
  | 'connect'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'dot'
  | 'rset'
  | 'auth'
  /** The answer to a line after `334`. */
  | 'secret'
  | 'quit'
  | 'other';

/** What the sink says: reply lines (CRLF is added at the end), or a behaviour. */
export type SinkReply =
  | string
  | {
      readonly reply?: string | undefined;
      /** Bytes sent exactly as they are, instead of `reply`. */
      readonly raw?: Buffer | undefined;
      /** Waits before it speaks. */
      readonly delayMs?: number | undefined;
      /** One byte every so many milliseconds. */
      readonly dripMs?: number | undefined;
      /** Sends `reply` again and again until the client goes away. */
      readonly endless?: boolean | undefined;
      /** Says nothing, ever. */
      readonly silent?: boolean | undefined;
      /** Closes after speaking (or at once when there is nothing to say); 'reset' sends RST. */
      readonly drop?: boolean | 'reset' | undefined;
    };

export interface SinkOptions {
  /** Per step: one answer for ever, or a list used in order over all connections (the last one stays). */
  readonly replies?: Partial<Record<SinkStep, SinkReply | readonly SinkReply[]>> | undefined;
  /** Offers STARTTLS. 'garbage': answers 220 and then talks nonsense instead of TLS. */
  readonly tls?: boolean | 'garbage' | TestCertificate | undefined;
  /** Waits so long before each reply. */
  readonly delayMs?: number | undefined;
  /** EHLO keywords. Default: PIPELINING, 8BITMIME, SMTPUTF8, SIZE 52428800. */
  readonly capabilities?: readonly string[] | undefined;
  readonly host?: string | undefined;
  /** Where DATA ends: CRLF.CRLF only; a dot between any LFs; a dot between any of CR, LF, CRLF. */
  readonly lineEnds?: 'strict' | 'lf' | 'cr' | undefined;
  /** False: connections keep no bytes and commands (for long runs). Default true. */
  readonly record?: boolean | undefined;
  /** Hangs up after so many bytes of message, with RST. */
  readonly dropInData?: number | undefined;
  /** Asks clients for their certificates; told whose each was (common name, '' for none), and the cipher. */
  readonly onClient?: ((name: string, cipher: string) => void) | undefined;
  /** The newest TLS that it speaks. */
  readonly maxVersion?: 'TLSv1.2' | undefined;
  /** TLS from the first byte; needs `tls`. */
  readonly implicitTls?: boolean | undefined;
  /** Forgets what came in together with the commands MAIL and RCPT, as some middle boxes do. */
  readonly losesPipelined?: boolean | undefined;
}

/** One message taken. */
export interface SinkMessage {
  /** The bytes between 354 and the final dot line as they came: dots still doubled, CRLF ends. */
  readonly raw: Buffer;
  /** `raw` with dots undone and LF ends. */
  readonly content: Buffer;
  readonly from: string;
  readonly rcpts: readonly string[];
  /** The whole MAIL line, with its parameters. */
  readonly mailLine: string;
  readonly secure: boolean;
}

/** One connection, living or gone. */
export interface SinkConnection {
  /** Command lines in order, without line ends; after the TLS handshake too. */
  readonly commands: string[];
  /** Everything the client sent, decrypted. */
  readonly received: Buffer[];
  secure: boolean;
  closed: boolean;
}

export interface Sink {
  readonly port: number;
  readonly messages: SinkMessage[];
  readonly connections: SinkConnection[];
  /** Resolves when so many messages are there. */
  waitForMessages(count: number): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_CAPABILITIES = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 52428800'];

const STEP_OF_COMMAND: Readonly<Record<string, SinkStep>> = {
  EHLO: 'ehlo',
  HELO: 'helo',
  STARTTLS: 'starttls',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  RSET: 'rset',
  AUTH: 'auth',
  QUIT: 'quit',
};

// A dot alone on its line, by each opinion about lines. The line before always ends in something.
const END_OF_DATA = {
  strict: /(\r\n)\.\r\n/,
  lf: /(\n)\.\r?\n/,
  cr: /(\r\n|\n|\r)\.(\r\n|\n|\r)/,
} as const;
/** Bytes of the longest end of data but one: what must be looked at again when more comes. */
const OVERLAP = 4;

const pathOf = (line: string) => /<(.*)>/.exec(line)?.[1] ?? '';

/** Starts a sink on a free port of 127.0.0.1 (or `host`). */
export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const messages: SinkMessage[] = [];
  const connections: SinkConnection[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const used = new Map<SinkStep, number>();
  const certificate =
    options.tls === undefined || options.tls === false
      ? undefined
      : typeof options.tls === 'object'
        ? options.tls
        : createCertificate();

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  const defaultReply = (step: SinkStep, secure: boolean, state: 'none' | 'mail' | 'rcpt'): string => {
    if (step === 'mail' && state !== 'none') return '503 5.5.1 one at a time';
    if (step === 'rcpt' && state === 'none') return '503 5.5.1 MAIL first';
    if (step === 'data' && state !== 'rcpt') return '554 5.5.1 no valid recipients';
    switch (step) {
      case 'connect':
        return '220 sink.test ESMTP';
      case 'ehlo': {
        const offered = [...(options.capabilities ?? DEFAULT_CAPABILITIES)];
        if (certificate && !secure) offered.push('STARTTLS');
        const lines = ['sink.test', ...offered];
        return lines.map((line, i) => `250${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
      }
      case 'starttls':
        return certificate ? '220 go ahead' : '502 not here';
      case 'data':
        return '354 go on';
      case 'dot':
        return `250 ok ${messages.length} taken`;
      case 'auth':
      case 'secret':
        return '235 welcome';
      case 'quit':
        return '221 bye';
      case 'other':
        return '502 unknown';
      default:
        return '250 ok';
    }
  };

  const replyFor = (step: SinkStep, secure: boolean, state: 'none' | 'mail' | 'rcpt'): SinkReply => {
    const scripted = options.replies?.[step];
    if (scripted === undefined) return defaultReply(step, secure, state);
    if (!Array.isArray(scripted)) return scripted as SinkReply;
    const turn = used.get(step) ?? 0;
    used.set(step, turn + 1);
    return (scripted as readonly SinkReply[])[Math.min(turn, scripted.length - 1)] ?? '250 ok';
  };

  const serve = (plain: Socket) => {
    let socket: Socket = plain;
    const connection: SinkConnection = { commands: [], received: [], secure: false, closed: false };
    if (options.record !== false) connections.push(connection);
    let buffered = Buffer.alloc(0);
    let inData = false;
    let dataBytes = 0;
    let dataPieces: Buffer[] = [];
    let overlap = Buffer.alloc(0);
    let from = '';
    let mailLine = '';
    let rcpts: string[] = [];
    let state: 'none' | 'mail' | 'rcpt' = 'none';
    let wantsSecret = false;
    let isMute = false;
    let busy = Promise.resolve();
    let gone = false;
    sockets.add(plain);
    plain.on('close', () => {
      gone = true;
      connection.closed = true;
      sockets.delete(plain);
    });

    /** Speaks; gives the first digit of what was said, or '' when the dialogue is over. */
    const say = async (step: SinkStep): Promise<string> => {
      const wanted = replyFor(step, connection.secure, state);
      const answer = typeof wanted === 'string' ? { reply: wanted } : wanted;
      if (isMute || answer.silent) {
        isMute = true;
        return '';
      }
      const wait = answer.delayMs ?? options.delayMs;
      if (wait) await pause(wait);
      const bytes =
        answer.raw ?? Buffer.from(answer.reply === undefined ? '' : `${answer.reply}\r\n`, 'utf8');
      if (answer.endless) {
        const flood = Buffer.concat(Array.from({ length: Math.ceil(4096 / bytes.length) }, () => bytes));
        while (!gone) {
          if (!socket.write(flood)) await Promise.race([drained(socket), pause(50)]);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } else if (answer.dripMs) {
        for (const byte of bytes) {
          if (gone) break;
          socket.write(Buffer.from([byte]));
          await pause(answer.dripMs);
        }
      } else if (bytes.length > 0 && !gone) {
        socket.write(bytes);
      }
      if (answer.drop === 'reset') plain.resetAndDestroy();
      else if (answer.drop) socket.end();
      return answer.drop ? '' : bytes.toString('latin1', 0, 1);
    };

    /** Before anything is said. */
    const beginTls = () => {
      const secure = new TLSSocket(plain, {
        isServer: true,
        secureContext: createSecureContext({
          key: certificate!.key,
          cert: certificate!.cert,
          ...(options.maxVersion && { maxVersion: options.maxVersion }),
        }),
        ...(options.onClient ? { requestCert: true, rejectUnauthorized: false } : {}),
      });
      secure.once('secure', () => {
        const name = secure.getPeerCertificate().subject?.CN;
        options.onClient?.(typeof name === 'string' ? name : '', secure.getCipher().name);
      });
      secure.on('error', () => plain.destroy());
      socket = secure;
      connection.secure = true;
      secure.on('data', onData);
    };

    const startTls = () => {
      buffered = Buffer.alloc(0);
      socket.removeListener('data', onData);
      if (options.tls === 'garbage') {
        plain.on('data', () => {});
        plain.end('this is not TLS\r\n');
        return;
      }
      beginTls();
    };

    const runCommand = async (line: string) => {
      if (options.record !== false) connection.commands.push(line);
      const step = wantsSecret
        ? 'secret'
        : (STEP_OF_COMMAND[line.slice(0, 8).split(/[ :]/)[0]!.toUpperCase()] ?? 'other');
      if (options.losesPipelined && (step === 'mail' || step === 'rcpt')) buffered = Buffer.alloc(0);
      const digit = await say(step);
      wantsSecret = (step === 'auth' || step === 'secret') && digit === '3';
      if (digit === '2' && (step === 'ehlo' || step === 'helo' || step === 'rset')) state = 'none';
      if (step === 'mail' && digit === '2') {
        state = 'mail';
        from = pathOf(line);
        mailLine = line;
        rcpts = [];
      }
      if (step === 'rcpt' && digit === '2') {
        state = 'rcpt';
        rcpts.push(pathOf(line));
      }
      if (step === 'data' && digit === '3') {
        inData = true;
        dataBytes = 0;
        dataPieces = [];
        // The end of the DATA line counts as the line end before the first line.
        overlap = Buffer.from('\r\n');
      }
      if (step === 'starttls' && digit === '2' && certificate) startTls();
      if (step === 'quit') socket.end();
    };

    const takeMessage = async (raw: Buffer) => {
      const content = Buffer.from(
        raw.toString('latin1').replace(/\r\n/g, '\n').replace(/^\./gm, ''),
        'latin1',
      );
      inData = false;
      state = 'none';
      const message = { raw, content, from, rcpts, mailLine, secure: connection.secure };
      const digit = await say('dot');
      if (digit === '2') {
        messages.push(message);
        for (const waiter of waiting) if (messages.length >= waiter.count) waiter.resolve();
      }
    };

    const work = async () => {
      while (!gone) {
        if (inData) {
          if (buffered.length === 0) return;
          const window = Buffer.concat([overlap, buffered]);
          const match = END_OF_DATA[options.lineEnds ?? 'strict'].exec(window.toString('latin1'));
          dataPieces.push(buffered);
          if (!match) {
            overlap = window.subarray(-OVERLAP);
            buffered = Buffer.alloc(0);
            return;
          }
          const dot = match.index + match[1]!.length - overlap.length;
          const whole = Buffer.concat(dataPieces);
          const raw = whole.subarray(0, whole.length - buffered.length + dot);
          buffered = Buffer.from(buffered.subarray(match.index + match[0].length - overlap.length));
          await takeMessage(raw);
          continue;
        }
        const lf = buffered.indexOf(10);
        if (lf < 0) return;
        const line = buffered.toString('utf8', 0, lf).replace(/\r$/, '');
        buffered = Buffer.from(buffered.subarray(lf + 1));
        await runCommand(line);
      }
    };

    const onData = (chunk: Buffer) => {
      if (options.record !== false) connection.received.push(chunk);
      buffered = Buffer.concat([buffered, chunk]);
      if (inData && options.dropInData !== undefined) {
        dataBytes += chunk.length;
        if (dataBytes >= options.dropInData) {
          plain.resetAndDestroy();
          return;
        }
      }
      busy = busy.then(work);
    };

    plain.on('error', () => plain.destroy());
    if (options.implicitTls) beginTls();
    else plain.on('data', onData);
    plain.on('end', () => plain.end());
    busy = busy.then(async () => {
      await say('connect');
    });
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, options.host ?? '127.0.0.1', resolve);
  });
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the sink has no port');
  return {
    port: address.port,
    messages,
    connections,
    waitForMessages: (count) =>
      messages.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    // Closing twice is fine: then the server's callback gets an error, and that is all.
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

const drained = (socket: Socket) => new Promise<void>((resolve) => socket.once('drain', resolve));
