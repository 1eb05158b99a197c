// One HTTPS request to a certificate authority: 30 seconds and 1 MiB at most, no redirects, the authority's own certificate
// proved by the usual roots or by those that the site names (a private authority). What fails is an AcmeProblem.
import { request } from 'node:https';
import { AcmeProblem } from './problem.ts';

export interface AcmeResponse {
  readonly status: number;
  /** Names in lower case; of repeated ones the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly body?: string | undefined;
  readonly accept?: string | undefined;
}

/** @throws AcmeProblem `unreachable` */
export type AcmeTransport = (url: string, request: AcmeRequest) => Promise<AcmeResponse>;

const patience = 30_000;
const mostBytes = 1 << 20;

/** @param roots certificates (PEM) that are believed besides the usual ones; @param signal gives up */
export function createTransport(roots: string | undefined, signal: AbortSignal): AcmeTransport {
  return (url, { method, body, accept }) =>
    new Promise((resolve, reject) => {
      const fail = (words: string): void => reject(new AcmeProblem('unreachable', words));
      if (!/^https:\/\//i.test(url) || !URL.canParse(url)) return fail('the address is no https address');
      const req = request(
        url,
        {
          method,
          signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
          agent: false,
          ...(roots === undefined ? {} : { ca: roots }),
          headers: {
            'User-Agent': 'facteur',
            Accept: accept ?? '*/*',
            ...(body === undefined
              ? {}
              : {
                  'Content-Type': 'application/jose+json',
                  'Content-Length': String(Buffer.byteLength(body)),
                }),
          },
        },
        (res) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          res.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > mostBytes) res.destroy(new Error(`the answer has more than ${mostBytes} bytes`));
            else chunks.push(chunk);
          });
          res.on('error', (error) => fail(error.message));
          res.on('end', () => {
            const headers: Record<string, string | undefined> = {};
            for (const [name, value] of Object.entries(res.headers))
              headers[name] = Array.isArray(value) ? value[0] : value;
            resolve({ status: res.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
          });
        },
      );
      req.on('error', (error) =>
        fail(error.name === 'TimeoutError' ? 'no answer within 30 seconds' : error.message),
      );
      req.end(body);
    });
}
