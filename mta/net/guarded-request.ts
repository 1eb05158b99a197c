// Requests to hosts that strangers named (security.md W9, W10): pictures in mail, one-click unsubscribing. The name is
// resolved once, every address must be public, and the connection goes to a checked address, with the name's certificate.
// Only http and https on their own ports, no credentials, no cookies, no referrer, and an end in time.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isPublicAddress } from './public-address.ts';

export type GuardFailure = 'bad-address' | 'not-found' | 'refused-address' | 'unreachable' | 'too-slow';

export interface GuardOptions {
  /** Resolves a host name to numeric addresses; rejects or gives none when there are none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Ports other than 80 and 443; for tests. */
  readonly allowPorts?: ReadonlySet<number> | undefined;
  /** Judges a numeric address; the default is `isPublicAddress`. For tests, whose servers are not public. */
  readonly permitAddress?: ((address: string) => boolean) | undefined;
  /** Certificates to trust beside the system's; for tests. */
  readonly ca?: string | undefined;
  /** Milliseconds for a connection and for all; 5,000 and 10,000. */
  readonly connectLimit?: number | undefined;
  readonly totalLimit?: number | undefined;
}

/** The URL when it may be fetched at all. */
export function judgeUrl(text: string, allowPorts: ReadonlySet<number> | undefined): URL | undefined {
  if (text.length > 8_192 || /[\u0000-\u0020\u007f\\]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '' || url.hostname === '') return undefined;
  return port === 80 || port === 443 || allowPorts?.has(port) ? url : undefined;
}

/** One checked address for a host, or why not. Every address must be permitted, so that none can be swapped in. */
export async function findAddress(host: string, options: GuardOptions): Promise<string | GuardFailure> {
  const permit = options.permitAddress ?? isPublicAddress;
  const literal = host.replace(/^\[|\]$/g, '');
  let addresses: readonly string[] = [literal];
  if (isIP(literal) === 0) {
    try {
      addresses = await options.resolve(host);
    } catch {
      return 'not-found';
    }
  }
  const [first] = addresses;
  if (first === undefined) return 'not-found';
  return addresses.every((address) => isIP(address) !== 0 && permit(address)) ? first : 'refused-address';
}

/** What is asked, beside the address. */
export interface GuardedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

/**
 * One request to one checked address. `read` gets the response and calls `finish` with what becomes of it; the connection
 * ends with that. Never rejects: `fail` makes an answer of what went wrong.
 */
export function requestOnce<Answer>(
  url: URL,
  address: string,
  { method, headers, body }: GuardedRequest,
  options: GuardOptions,
  signal: AbortSignal,
  {
    fail,
    read,
  }: {
    /** @param certificateProblem Node's name of what is wrong with the host's certificate, if that was the reason */
    readonly fail: (reason: GuardFailure, certificateProblem?: string) => Answer;
    readonly read: (response: IncomingMessage, finish: (answer: Answer) => void) => void;
  },
): Promise<Answer> {
  return new Promise((resolve) => {
    const isHttps = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const request = (isHttps ? requestHttps : requestHttp)({
      host: address,
      port: url.port === '' ? (isHttps ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      method,
      agent: false,
      signal,
      maxHeaderSize: 16 * 1024,
      headers: {
        host: url.host,
        'accept-encoding': 'identity',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        connection: 'close',
      },
      // The certificate must be the name's, though we connect to a number.
      ...(isHttps
        ? { servername: isIP(host) === 0 ? host : '', ...(options.ca ? { ca: options.ca } : {}) }
        : {}),
    });
    const finish = (answer: Answer): void => {
      clearTimeout(connecting);
      resolve(answer);
      request.destroy();
    };
    const connecting = setTimeout(() => finish(fail('too-slow')), options.connectLimit ?? 5_000);
    request.on('socket', (socket) =>
      socket.once(isHttps ? 'secureConnect' : 'connect', () => clearTimeout(connecting)),
    );
    const broken = (): void => {
      if (signal.aborted) return finish(fail('too-slow'));
      const problem = (request.socket as Partial<TLSSocket> | null)?.authorizationError;
      finish(fail('unreachable', problem ? String(problem) : undefined));
    };
    request.on('error', broken);
    request.on('response', (response) => {
      response.on('error', broken);
      response.on('aborted', broken);
      read(response, finish);
    });
    request.end(body);
  });
}

/** Runs work that ends at its signal; after `milliseconds` the answer is `late`. */
export async function withinLimit<Answer>(
  milliseconds: number,
  late: Answer,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve(late);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
