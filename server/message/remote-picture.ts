// The picture proxy's fetch (security.md W9, webmail.md 3.3): gets one remote picture for a reader who allowed it, by
// guarded requests only; redirects are checked anew. Only bytes that are PNG, JPEG, GIF, WebP or AVIF come back, whatever the server calls them.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import {
  findAddress,
  type GuardFailure,
  type GuardOptions,
  judgeUrl,
  requestOnce,
  withinLimit,
} from '../../mta/net/guarded-request.ts';
import { pictureTypes, sniffType } from './sniff.ts';

/** Why there is no picture. */
export type PictureFailure = GuardFailure | 'too-large' | 'too-many-redirects' | 'no-picture';

export type PictureResult =
  | { readonly ok: true; readonly type: string; readonly body: Buffer }
  | { readonly ok: false; readonly reason: PictureFailure };

export interface FetchPictureOptions extends GuardOptions {
  readonly userAgent?: string | undefined;
  /** Bytes; 5 MiB. */
  readonly maxBytes?: number | undefined;
}

const maxRedirects = 3;
const fail = (reason: PictureFailure): PictureResult => ({ ok: false, reason });

type Answer = { readonly redirect: string } | PictureResult;

/** One request to one address. */
function ask(url: URL, address: string, options: FetchPictureOptions, signal: AbortSignal): Promise<Answer> {
  const maxBytes = options.maxBytes ?? 5 * 1024 * 1024;
  const request = {
    method: 'GET',
    headers: {
      accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif',
      'user-agent': options.userAgent ?? 'Mozilla/5.0 (compatible; mail picture proxy)',
    },
  } as const;
  return requestOnce<Answer>(url, address, request, options, signal, {
    fail,
    read(response: IncomingMessage, finish) {
      const { statusCode = 0, headers } = response;
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
    },
  });
}

const isPictureLabel = (type: string): boolean =>
  pictureTypes.has(type) || type === 'image/jpg' || type === 'application/octet-stream';

/** Fetches one picture; never rejects. Connections only to permitted addresses; done within 10 s. */
export async function fetchPicture(address: string, options: FetchPictureOptions): Promise<PictureResult> {
  return withinLimit(options.totalLimit ?? 10_000, fail('too-slow'), (signal) => follow(signal));

  async function follow(signal: AbortSignal): Promise<PictureResult> {
    let next = address;
    for (let hops = 0; hops <= maxRedirects; hops++) {
      const url = judgeUrl(next, options.allowPorts);
      if (!url) return fail('bad-address');
      const found = await findAddress(url.hostname, options);
      if (isIP(found) === 0) return fail(found as PictureFailure);
      if (signal.aborted) return fail('too-slow');
      const answer = await ask(url, found, options, signal);
      if (!('redirect' in answer)) return answer;
      if (!URL.canParse(answer.redirect, url)) return fail('bad-address');
      next = new URL(answer.redirect, url).href;
    }
    return fail('too-many-redirects');
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
