// The picture proxy's fetch (security.md W9, webmail.md 3.3): gets one remote picture for a reader who allowed it. The
// name is resolved once, every address must be public, the connection goes to a checked address, redirects are checked
// anew. Only bytes that are PNG, JPEG, GIF, WebP or AVIF come back, whatever the server calls them.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import { pictureTypes, sniffType } from './sniff.ts';

/** Why there is no picture. */
export type PictureFailure =
  | 'bad-address'
  | 'not-found'
  | 'refused-address'
  | 'unreachable'
  | 'too-slow'
  | 'too-large'
  | 'too-many-redirects'
  | 'no-picture';

export type PictureResult =
  | { readonly ok: true; readonly type: string; readonly body: Buffer }
  | { readonly ok: false; readonly reason: PictureFailure };

export interface FetchPictureOptions {
  /** Resolves a host name to numeric addresses; rejects or gives none when there are none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly userAgent?: string | undefined;
  /** Ports other than 80 and 443; for tests. */
  readonly allowPorts?: ReadonlySet<number> | undefined;
  /** Judges a numeric address; the default is `isPublicAddress`. For tests, whose servers are not public. */
  readonly permitAddress?: ((address: string) => boolean) | undefined;
  /** Certificates to trust beside the system's; for tests. */
  readonly ca?: string | undefined;
  /** Bytes; 5 MiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for a connection and for all; 5,000 and 10,000. */
  readonly connectLimit?: number | undefined;
  readonly totalLimit?: number | undefined;
}

const maxRedirects = 3;
const fail = (reason: PictureFailure): PictureResult => ({ ok: false, reason });

/** The URL when it may be fetched at all. */
function judgeUrl(text: string, allowPorts: ReadonlySet<number> | undefined): URL | undefined {
  if (text.length > 8_192 || /[\u0000-\u0020\u007f\\]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '' || url.hostname === '') return undefined;
  return port === 80 || port === 443 || allowPorts?.has(port) ? url : undefined;
}

/** One checked address for a host, or why not. Every address must be permitted, so that none can be swapped in. */
async function findAddress(host: string, options: FetchPictureOptions): Promise<string | PictureFailure> {
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

type Answer = { readonly redirect: string } | PictureResult;

/** One request to one address. */
function ask(url: URL, address: string, options: FetchPictureOptions, signal: AbortSignal): Promise<Answer> {
  const maxBytes = options.maxBytes ?? 5 * 1024 * 1024;
  return new Promise((resolve) => {
    const isHttps = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const request = (isHttps ? requestHttps : requestHttp)({
      host: address,
      port: url.port === '' ? (isHttps ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      method: 'GET',
      agent: false,
      signal,
      maxHeaderSize: 16 * 1024,
      headers: {
        host: url.host,
        accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif',
        'accept-encoding': 'identity',
        'user-agent': options.userAgent ?? 'Mozilla/5.0 (compatible; mail picture proxy)',
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
    request.on('error', () => finish(fail(signal.aborted ? 'too-slow' : 'unreachable')));
    request.on('response', (response: IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      response.on('error', () => finish(fail(signal.aborted ? 'too-slow' : 'unreachable')));
      if ([301, 302, 303, 307, 308].includes(statusCode))
        return finish(headers.location === undefined ? fail('no-picture') : { redirect: headers.location });
      const encoding = headers['content-encoding'] ?? 'identity';
      const declared = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
      // Never unpacked: a few bytes could become gigabytes.
      if (statusCode !== 200 || encoding !== 'identity' || !isPictureLabel(declared))
        return finish(fail('no-picture'));
      if (Number(headers['content-length'] ?? 0) > maxBytes) return finish(fail('too-large'));
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) return finish(fail('too-large'));
        chunks.push(chunk);
      });
      response.on('aborted', () => finish(fail(signal.aborted ? 'too-slow' : 'unreachable')));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const type = sniffType(body);
        // W9: the first bytes must say picture, and be the kind that the server says (jpg is jpeg).
        const matches =
          pictureTypes.has(type) &&
          (declared === type || declared === 'image/jpg' || declared === 'application/octet-stream');
        finish(matches ? { ok: true, type, body } : fail('no-picture'));
      });
    });
    request.end();
  });
}

const isPictureLabel = (type: string): boolean =>
  pictureTypes.has(type) || type === 'image/jpg' || type === 'application/octet-stream';

/** Fetches one picture; never rejects. Connections only to permitted addresses; done within 10 s. */
export async function fetchPicture(address: string, options: FetchPictureOptions): Promise<PictureResult> {
  const controller = new AbortController();
  const totalLimit = options.totalLimit ?? 10_000;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<PictureResult>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve(fail('too-slow'));
    }, totalLimit);
  });
  const follow = async (): Promise<PictureResult> => {
    let next = address;
    for (let hops = 0; hops <= maxRedirects; hops++) {
      const url = judgeUrl(next, options.allowPorts);
      if (!url) return fail('bad-address');
      const found = await findAddress(url.hostname, options);
      if (isIP(found) === 0) return fail(found as PictureFailure);
      if (controller.signal.aborted) return fail('too-slow');
      const answer = await ask(url, found, options, controller.signal);
      if (!('redirect' in answer)) return answer;
      if (!URL.canParse(answer.redirect, url)) return fail('bad-address');
      next = new URL(answer.redirect, url).href;
    }
    return fail('too-many-redirects');
  };
  try {
    return await Promise.race([follow(), expired]);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** At most `limit` fetches at once for one user (W9: two); the others wait their turn. */
export function createPictureGate(limit = 2): { run<T>(user: string, work: () => Promise<T>): Promise<T> } {
  const waiting = new Map<string, { running: number; queue: (() => void)[] }>();
  return {
    async run(user, work) {
      const slot = waiting.get(user) ?? { running: 0, queue: [] };
      waiting.set(user, slot);
      if (slot.running >= limit) await new Promise<void>((resolve) => slot.queue.push(resolve));
      else slot.running++;
      try {
        return await work();
      } finally {
        // The turn goes to the next one, or ends.
        const next = slot.queue.shift();
        if (next) next();
        else if (--slot.running === 0) waiting.delete(user);
      }
    },
  };
}
