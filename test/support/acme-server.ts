// A certificate authority for tests (RFC 8555) on loopback, over TLS: it checks every signature, nonce and request, really asks
// for each proof over the network, and can misbehave in the ways that real ones do. Names are not looked up: all of them are
// at 127.0.0.1, at the ports that the test says.
import { spawnSync } from 'node:child_process';
import {
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  randomBytes,
  verify,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { objectId, octetString, sequence, taggedBytes } from '../../mta/certificates/der.ts';
import { makeCertificate } from '../../mta/certificates/make.ts';
import { createCertificate } from './certificate.ts';

/** How it goes wrong; a number counts down. */
export interface Faults {
  badNonce?: number;
  rateLimited?: number;
  serverError?: number;
  garbage?: number;
  pendingForEver?: boolean;
  processingForEver?: boolean;
  /** It lost its accounts. */
  noAccounts?: boolean;
  otherKey?: boolean;
  /** The proof is asked for elsewhere than it is. */
  wrongPort?: boolean;
}

export interface AcmeServerOptions {
  readonly httpPort?: number;
  readonly tlsPort?: number;
  /** The value of a TXT record. */
  readonly txt?: (name: string) => readonly string[];
  readonly types?: readonly string[];
  /** Milliseconds that its certificates live. */
  readonly life?: number;
  /** Only for these (RFC 8555 7.3.4): keys by their identifiers. */
  readonly customers?: Readonly<Record<string, Buffer>>;
  /** When it would have certificates renewed (RFC 9773), in milliseconds since 1970. */
  readonly window?: () => { readonly start: number; readonly end: number } | undefined;
  /** Names that it gives no certificate for. */
  readonly refuses?: (name: string) => boolean;
}

export interface AcmeServer {
  readonly directory: string;
  /** What vouches for the server itself (PEM). */
  readonly roots: string;
  /** Its authority's certificate (PEM). */
  readonly authority: string;
  readonly faults: Faults;
  /** Signed requests that it took, by the last part of their path. */
  readonly requests: string[];
  /** Proofs that it asked for: type and name. */
  readonly proofs: string[];
  /** Certificates that it was asked the window of, and those that new ones replace, by their identifiers. */
  readonly windows: string[];
  readonly replaced: string[];
  readonly accounts: Map<string, { readonly key: KeyObject; readonly contact: readonly string[] }>;
  close(): Promise<void>;
}

interface Order {
  status: string;
  readonly names: readonly string[];
  readonly authorizations: readonly string[];
  certificate?: string;
  error?: unknown;
}

interface Authorization {
  status: string;
  readonly name: string;
  readonly isWild: boolean;
  readonly token: string;
  error?: unknown;
}

const urn = (kind: string): string => `urn:ietf:params:acme:error:${kind}`;

class Refusal extends Error {
  readonly status: number;
  readonly kind: string;
  constructor(status: number, kind: string, detail: string) {
    super(detail);
    this.status = status;
    this.kind = kind;
  }
}

const thumbprint = ({ crv, kty, x, y }: Record<string, unknown>): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');

export async function startAcmeServer(options: AcmeServerOptions = {}): Promise<AcmeServer> {
  const { types = ['http-01', 'tls-alpn-01', 'dns-01'], life = 90 * 86_400_000 } = options;
  const own = createCertificate('localhost', { isAuthority: true });
  const authority = createCertificate('Test Authority', { isAuthority: true });
  const faults: Faults = {};
  const requests: string[] = [];
  const proofs: string[] = [];
  const windows: string[] = [];
  const replaced: string[] = [];
  const accounts: AcmeServer['accounts'] = new Map();
  const prints = new Map<string, string>();
  const nonces = new Set<string>();
  const orders = new Map<string, Order>();
  const authorizations = new Map<string, Authorization>();
  const certificates = new Map<string, string>();
  let base = '';
  let count = 0;

  const spend = (fault: 'badNonce' | 'rateLimited' | 'serverError' | 'garbage'): boolean => {
    const left = faults[fault] ?? 0;
    if (left > 0) faults[fault] = left - 1;
    return left > 0;
  };

  async function fetchText(path: string, host: string): Promise<string> {
    const port = faults.wrongPort ? 1 : (options.httpPort ?? 80);
    const req = requestHttp({ host: '127.0.0.1', port, path, headers: { Host: host }, timeout: 5000 });
    req.end();
    const [res] = (await once(req, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    for await (const chunk of res) text += String(chunk);
    if (res.statusCode !== 200) throw new Error(`the answer was ${res.statusCode}`);
    return text;
  }

  async function lookAtTls(name: string, digest: Buffer): Promise<void> {
    const socket = connect({
      host: '127.0.0.1',
      port: faults.wrongPort ? 1 : (options.tlsPort ?? 443),
      servername: name,
      ALPNProtocols: ['acme-tls/1'],
      rejectUnauthorized: false,
    });
    try {
      await once(socket, 'secureConnect');
      const shown = socket.getPeerX509Certificate();
      if (socket.alpnProtocol !== 'acme-tls/1') throw new Error('the protocol is not acme-tls/1');
      if (shown?.subjectAltName !== `DNS:${name}`) throw new Error(`it is for ${shown?.subjectAltName}`);
      if (!shown.raw.includes(digest)) throw new Error('the digest is another');
    } finally {
      socket.destroy();
    }
  }

  async function prove(one: Authorization, type: string, account: KeyObject): Promise<void> {
    const text = `${one.token}.${thumbprint(account.export({ format: 'jwk' }) as Record<string, unknown>)}`;
    const digest = createHash('sha256').update(text).digest();
    proofs.push(`${type} ${one.name}`);
    if (type === 'http-01') {
      const got = await fetchText(`/.well-known/acme-challenge/${one.token}`, one.name);
      if (got.trimEnd() !== text) throw new Error('the text is another');
    } else if (type === 'tls-alpn-01') await lookAtTls(one.name, digest);
    else if (!(options.txt?.(`_acme-challenge.${one.name}`) ?? []).includes(digest.toString('base64url')))
      throw new Error('no such TXT record');
  }

  const describe = (one: Authorization, id: string) => ({
    status: faults.pendingForEver ? 'pending' : one.status,
    identifier: { type: 'dns', value: one.name },
    ...(one.isWild ? { wildcard: true } : {}),
    challenges: types
      .filter((type) => !one.isWild || type === 'dns-01')
      .map((type) => ({
        type,
        url: `${base}/challenge/${id}/${type}`,
        token: one.token,
        status: one.status,
        ...(one.error ? { error: one.error } : {}),
      })),
  });

  function settleOrder(order: Order): void {
    if (order.status !== 'pending') return;
    const all = order.authorizations.map((id) => authorizations.get(id)!);
    if (all.some(({ status }) => status === 'invalid')) order.status = 'invalid';
    else if (all.every(({ status }) => status === 'valid')) order.status = 'ready';
  }

  const describeOrder = (id: string, order: Order) => ({
    status: faults.processingForEver && order.status === 'valid' ? 'processing' : order.status,
    identifiers: order.names.map((value) => ({ type: 'dns', value })),
    authorizations: order.authorizations.map((one) => `${base}/authz/${one}`),
    finalize: `${base}/finalize/${id}`,
    ...(order.certificate ? { certificate: `${base}/cert/${order.certificate}` } : {}),
    ...(order.error ? { error: order.error } : {}),
  });

  /** openssl reads the request: it is not ours that judges ours. */
  function readCsr(csr: Buffer): { readonly key: KeyObject; readonly names: readonly string[] } {
    const { stdout, stderr } = spawnSync(
      'openssl',
      ['req', '-inform', 'der', '-verify', '-noout', '-pubkey', '-text'],
      { input: csr, encoding: 'utf8' },
    );
    if (!/verify OK/.test(stdout + stderr)) throw new Refusal(400, 'badCSR', 'the signature is wrong');
    const names = [...stdout.matchAll(/DNS:([^,\s]+)/g)].map((match) => match[1] as string);
    const pem = /-----BEGIN PUBLIC KEY-----[\s\S]+-----END PUBLIC KEY-----/.exec(stdout)?.[0] ?? '';
    return { key: createPublicKey(pem), names };
  }

  function issue(names: readonly string[], key: KeyObject): string {
    const now = Date.now();
    const leaf = makeCertificate({
      names,
      key: faults.otherKey ? createPublicKey(createCertificate().key) : key,
      from: now - 60_000,
      to: now - 60_000 + life,
      issuer: { name: 'Test Authority', key: signingKey },
      // RFC 5280 4.2.1.1; RFC 9773 4.1 names certificates by it.
      more: [
        sequence(
          objectId('2.5.29.35'),
          octetString(
            sequence(taggedBytes(0, Buffer.from('5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a', 'hex'))),
          ),
        ),
      ],
    });
    return leaf + authority.cert;
  }
  const { createPrivateKey } = await import('node:crypto');
  const signingKey = createPrivateKey(authority.key);

  /** RFC 8555 7.3.4. */
  function checkCustomer(
    binding: Record<'protected' | 'payload' | 'signature', string> | undefined,
    url: string,
    print: string,
  ): void {
    if (binding === undefined) throw new Refusal(403, 'externalAccountRequired', 'who is your customer');
    const read = (text: string) =>
      JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
    const head = read(binding.protected);
    const key = options.customers?.[String(head.kid)];
    const signed = createHmac('sha256', key ?? '').update(`${binding.protected}.${binding.payload}`);
    const isRight =
      key !== undefined &&
      head.alg === 'HS256' &&
      head.url === url &&
      thumbprint(read(binding.payload)) === print &&
      signed.digest('base64url') === binding.signature;
    if (!isRight) throw new Refusal(401, 'unauthorized', 'the binding is not signed by the customer');
  }

  interface Answer {
    readonly status?: number;
    readonly body?: unknown;
    readonly location?: string;
  }

  /** A signed request: checked as a strict authority does. */
  async function take(path: string, text: string): Promise<Answer> {
    const { protected: head, payload, signature } = JSON.parse(text) as Record<string, string>;
    const { alg, nonce, url, jwk, kid } = JSON.parse(
      Buffer.from(head ?? '', 'base64url').toString(),
    ) as Record<string, string & Record<string, unknown>>;
    if (alg !== 'ES256') throw new Refusal(400, 'badSignatureAlgorithm', 'not ES256');
    if (url !== `${base}${path}`) throw new Refusal(400, 'malformed', 'the url is another');
    if (nonce === undefined || !nonces.delete(nonce) || spend('badNonce'))
      throw new Refusal(400, 'badNonce', 'that nonce was not good');
    if ((jwk === undefined) === (kid === undefined)) throw new Refusal(400, 'malformed', 'jwk or kid');
    if (faults.noAccounts) {
      accounts.clear();
      prints.clear();
      faults.noAccounts = false;
    }
    const known = kid === undefined ? undefined : accounts.get(kid);
    if (kid !== undefined && known === undefined)
      throw new Refusal(400, 'accountDoesNotExist', 'no such account');
    const key = known?.key ?? createPublicKey({ key: jwk as never, format: 'jwk' });
    const isRight = verify(
      'sha256',
      Buffer.from(`${head}.${payload}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature ?? '', 'base64url'),
    );
    if (!isRight) throw new Refusal(400, 'malformed', 'the signature is wrong');
    const [, kind = '', id = '', type = ''] = path.split('/');
    requests.push(kind);
    if (spend('rateLimited')) throw new Refusal(429, 'rateLimited', 'too many certificates this week');
    const given =
      payload === '' ? undefined : (JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as never);
    if (kind === 'new-account') {
      const print = thumbprint(jwk as Record<string, unknown>);
      const {
        termsOfServiceAgreed,
        contact = [],
        externalAccountBinding,
      } = given as unknown as {
        termsOfServiceAgreed?: boolean;
        contact?: string[];
        externalAccountBinding?: Record<'protected' | 'payload' | 'signature', string>;
      };
      if (termsOfServiceAgreed !== true) throw new Refusal(403, 'userActionRequired', 'agree to the terms');
      if (options.customers) checkCustomer(externalAccountBinding, `${base}${path}`, print);
      const before = prints.get(print);
      const location = before ?? `${base}/account/${++count}`;
      prints.set(print, location);
      accounts.set(location, { key, contact });
      return { status: before ? 200 : 201, body: { status: 'valid' }, location };
    }
    if (known === undefined) throw new Refusal(401, 'unauthorized', 'who are you');
    if (kind === 'new-order') {
      const { identifiers, replaces } = given as unknown as {
        identifiers: readonly { value: string }[];
        replaces?: string;
      };
      const names = identifiers.map(({ value }) => value);
      const refused = names.find((name) => options.refuses?.(name));
      if (refused !== undefined) throw new Refusal(400, 'rejectedIdentifier', `${refused}: not from us`);
      if (replaces !== undefined) replaced.push(replaces);
      const own = names.map((value) => {
        const one = String(++count);
        const name = value.replace(/^\*\./, '');
        const token = randomBytes(20).toString('base64url');
        authorizations.set(one, { status: 'pending', name, isWild: name !== value, token });
        return one;
      });
      const order: Order = { status: 'pending', names, authorizations: own };
      const number = String(++count);
      orders.set(number, order);
      return { status: 201, body: describeOrder(number, order), location: `${base}/order/${number}` };
    }
    if (kind === 'account') {
      const { contact = known.contact } = (given ?? {}) as { contact?: string[] };
      accounts.set(url as string, { key, contact });
      return { body: { status: 'valid', contact } };
    }
    if (kind === 'order') {
      const order = orders.get(id);
      if (!order) throw new Refusal(404, 'malformed', 'no such order');
      settleOrder(order);
      return { body: describeOrder(id, order) };
    }
    if (kind === 'authz') return { body: describe(authorizations.get(id)!, id) };
    if (kind === 'challenge') {
      if (given === undefined) throw new Refusal(400, 'malformed', 'say {}');
      const one = authorizations.get(id)!;
      const answered = describe(one, id);
      // As real ones do it: later, by themselves.
      prove(one, type, known.key).then(
        () => {
          one.status = 'valid';
        },
        (error: Error) => {
          one.status = 'invalid';
          one.error = { type: urn('unauthorized'), detail: `Invalid response: ${error.message}` };
        },
      );
      return { body: answered.challenges.find((each) => each.type === type) };
    }
    if (kind === 'finalize') {
      const order = orders.get(id)!;
      settleOrder(order);
      if (order.status !== 'ready') throw new Refusal(403, 'orderNotReady', 'not ready');
      const { csr } = given as unknown as { csr: string };
      const wanted = readCsr(Buffer.from(csr, 'base64url'));
      if ([...wanted.names].sort().join() !== [...order.names].sort().join())
        throw new Refusal(400, 'badCSR', 'the names are others');
      order.certificate = String(++count);
      certificates.set(order.certificate, issue(order.names, wanted.key));
      order.status = 'valid';
      return { body: describeOrder(id, order) };
    }
    if (kind === 'cert') return { body: certificates.get(id) };
    throw new Refusal(404, 'malformed', 'no such thing');
  }

  const server = createServer({ cert: own.cert, key: own.key }, async (req, res) => {
    const nonce = randomBytes(12).toString('base64url');
    nonces.add(nonce);
    res.setHeader('Replay-Nonce', nonce);
    const path = req.url ?? '';
    if (path === '/directory')
      return void res.end(
        JSON.stringify({
          newNonce: `${base}/new-nonce`,
          newAccount: `${base}/new-account`,
          newOrder: `${base}/new-order`,
          ...(options.window ? { renewalInfo: `${base}/renewal-info` } : {}),
          meta: {
            termsOfService: `${base}/terms`,
            website: base,
            ...(options.customers ? { externalAccountRequired: true } : {}),
          },
        }),
      );
    if (path === '/new-nonce') return void res.end();
    if (path.startsWith('/renewal-info/')) {
      const window = options.window?.();
      if (window === undefined) return void res.writeHead(404).end('{}');
      windows.push(path.slice('/renewal-info/'.length));
      const [start, end] = [window.start, window.end].map((at) => new Date(at).toISOString());
      res.setHeader('Retry-After', '21600');
      return void res.end(JSON.stringify({ suggestedWindow: { start, end }, explanationURL: `${base}/why` }));
    }
    if (spend('serverError')) return void res.writeHead(500).end('Internal Server Error');
    if (spend('garbage')) return void res.end('<html>not JSON</html>');
    let text = '';
    for await (const chunk of req) text += String(chunk);
    try {
      if (req.headers['content-type'] !== 'application/jose+json')
        throw new Refusal(415, 'malformed', 'the type is another');
      const { status = 200, body, location } = await take(path, text);
      if (location) res.setHeader('Location', location);
      res.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'serverInternal', String(error));
      if (refusal.status === 429) res.setHeader('Retry-After', '7200');
      res.writeHead(refusal.status).end(JSON.stringify({ type: urn(refusal.kind), detail: refusal.message }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    directory: `${base}/directory`,
    roots: own.cert,
    authority: new X509Certificate(authority.cert).toString(),
    faults,
    requests,
    proofs,
    windows,
    replaced,
    accounts,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close').catch(() => undefined);
    },
  };
}
