// One certificate from one authority (RFC 8555 7.4): the order, a proof for each name, the request, the chain. An order that
// was begun before is gone on with. Every wait has an end: an authority that never decides is a problem like any other.
import { type KeyObject, X509Certificate } from 'node:crypto';
import { makeRequest } from '../certificates/make.ts';
import { fitsHost } from '../certificates/report.ts';
import { type AcmeAnswer, type AcmeClient, urlIn } from './client.ts';
import { AcmeProblem, readProblem } from './problem.ts';
import type { Prover } from './provers.ts';

export interface OrderOptions {
  readonly client: AcmeClient;
  /** Host names in ASCII, `*.example.com` too. */
  readonly names: readonly string[];
  /** Of the certificate. */
  readonly key: KeyObject;
  /** In the order in which they are tried. */
  readonly provers: readonly Prover[];
  /** Of the certificate that this one follows (RFC 9773 5). */
  readonly replaces?: string | undefined;
  /** Told what is done now, for people who wait. */
  readonly tell?: ((step: OrderStep, name: string) => void) | undefined;
  /** An order of before. */
  readonly begun: string | undefined;
  /** Told before anything is proved, so that a restart can go on. */
  readonly remember: (order: string) => Promise<void>;
  /** Waits so many milliseconds; rejects when all is given up. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Milliseconds that the authority has for each decision. */
  readonly patience: number;
}

export type OrderStep = 'account' | 'order' | 'prove' | 'make' | 'install';

type Document = Readonly<Record<string, unknown>>;

/** The wait before the first look again, and the longest, in milliseconds. */
const [firstPause, longestPause] = [1000, 30_000];
const mostNames = 100;

/** @returns the chain in PEM, the server's own first. @throws AcmeProblem */
export async function obtainCertificate(options: OrderOptions): Promise<string> {
  const { client, names, key } = options;
  let { document, url } = await openOrder(options);
  if (document.status === 'pending') {
    await proveNames(options, document);
    document = await settle(options, url, ['pending'], 'the authority does not accept the proofs');
  }
  options.tell?.('make', '');
  if (document.status === 'ready') {
    const csr = makeRequest(names, key).toString('base64url');
    ({ document } = await client.post(urlIn(document, 'finalize'), { csr }));
  }
  if (document.status !== 'valid')
    document = await settle(options, url, ['ready', 'processing'], 'the authority does not make it');
  const chain = await client.download(urlIn(document, 'certificate'));
  checkChain(chain, names, key);
  return chain;
}

async function openOrder({
  client,
  names,
  begun,
  remember,
  replaces,
  tell,
}: OrderOptions): Promise<{ document: Document; url: string }> {
  tell?.('order', '');
  if (names.length === 0 || names.length > mostNames)
    throw new AcmeProblem('wrong', `a certificate has 1 to ${mostNames} names`);
  if (begun !== undefined) {
    const found = await client.post(begun, undefined).catch((error: unknown) => {
      // Old orders go away; whatever else is wrong is told.
      if (error instanceof AcmeProblem && ['malformed', 'unauthorized', 'other'].includes(error.kind))
        return undefined;
      throw error;
    });
    if (found && found.document.status !== 'invalid') return { document: found.document, url: begun };
  }
  const identifiers = names.map((value) => ({ type: 'dns', value }));
  const order = (more: { readonly replaces?: string }) =>
    client.post(client.directory.newOrder, { identifiers, ...more });
  const { document, location } =
    replaces === undefined || client.directory.renewalInfo === undefined
      ? await order({})
      : await order({ replaces }).catch((error: unknown) => {
          // RFC 9773 5: it is only a hint, and one that the authority may not like (alreadyReplaced, malformed).
          if (error instanceof AcmeProblem && ['alreadyReplaced', 'malformed'].includes(error.kind))
            return order({});
          throw error;
        });
  if (location === undefined)
    throw new AcmeProblem('garbage', 'the authority does not say where the order is');
  await remember(location);
  return { document, url: location };
}

async function proveNames(options: OrderOptions, order: Document): Promise<void> {
  const { authorizations } = order;
  if (!Array.isArray(authorizations) || authorizations.length === 0 || authorizations.length > mostNames)
    throw new AcmeProblem('garbage', 'the order has no authorizations');
  for (const [index] of authorizations.entries())
    await proveName(options, urlIn(authorizations as unknown as Document, String(index)));
}

interface Challenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
}

function challengesOf({ challenges }: Document): readonly Challenge[] {
  const all = Array.isArray(challenges) ? (challenges as readonly unknown[]) : [];
  return all.slice(0, 20).flatMap((each) => {
    const { type, url, token } = (each ?? {}) as Record<string, unknown>;
    // 8.1: at least 128 bits in base64url; it becomes part of a path.
    const isRight =
      typeof type === 'string' &&
      typeof url === 'string' &&
      typeof token === 'string' &&
      /^[\w-]{16,512}$/.test(token);
    return isRight ? [{ type, url, token }] : [];
  });
}

async function proveName(options: OrderOptions, url: string): Promise<void> {
  const { client, provers } = options;
  const { document } = await client.post(url, undefined);
  if (document.status === 'valid') return;
  const name = (document.identifier as { value?: unknown } | undefined)?.value;
  if (typeof name !== 'string' || !options.names.some((each) => each.replace(/^\*\./, '') === name))
    throw new AcmeProblem('garbage', 'the authority asks about a name that was not asked for');
  options.tell?.('prove', name);
  const offered = challengesOf(document);
  for (const prover of provers) {
    const challenge = offered.find(({ type }) => type === prover.type);
    if (challenge === undefined) continue;
    const hide = await prover.show(name, challenge.token, client.key);
    try {
      await client.post(urlIn({ url: challenge.url }, 'url'), {});
      await settle(options, url, ['pending', 'processing'], `the authority does not look at ${name}`, name);
      return;
    } finally {
      await hide();
    }
  }
  const types = offered.map(({ type }) => type.replace(/[^\w-]/g, '?').slice(0, 30)).join(', ');
  throw new AcmeProblem(
    'noProof',
    `${name} can be proved by ${types || 'nothing'} only, and none of it is set up here`,
  );
}

/** Looks again until the state is none of these. @throws AcmeProblem when it is invalid, or does not come */
async function settle(
  { client, wait, patience }: OrderOptions,
  url: string,
  waiting: readonly string[],
  slowWords: string,
  name = '',
): Promise<Document> {
  let pause = firstPause;
  for (let waited = 0; ; ) {
    const { document, retryAfter }: AcmeAnswer = await client.post(url, undefined);
    const { status } = document;
    if (status === 'invalid' || status === 'deactivated' || status === 'expired' || status === 'revoked')
      throw findFault(document, name);
    if (typeof status !== 'string' || !waiting.includes(status)) return document;
    if (waited >= patience) throw new AcmeProblem('slow', `${slowWords}: it has been ${status} for too long`);
    const next = Math.min(
      retryAfter === undefined ? pause : retryAfter * 1000,
      longestPause,
      patience - waited,
    );
    await wait(next);
    waited += Math.max(next, 50);
    pause = Math.min(pause * 2, longestPause);
  }
}

/** Why an order or an authorization is invalid. */
function findFault(document: Document, name: string): AcmeProblem {
  const challenges = Array.isArray(document.challenges) ? (document.challenges as readonly unknown[]) : [];
  const errors = [document.error, ...challenges.map((each) => (each as { error?: unknown } | null)?.error)];
  const error = errors.find((each) => each !== undefined && each !== null);
  const problem = readProblem(error, 'the authority says no and does not say why');
  return name === '' ? problem : new AcmeProblem(problem.kind, `${name}: ${problem.message}`);
}

/** Is it what was asked for? Nobody is shown another's. */
function checkChain(chain: string, names: readonly string[], key: KeyObject): void {
  let own: X509Certificate;
  try {
    own = new X509Certificate(chain);
  } catch {
    throw new AcmeProblem('garbage', 'the authority sent something that is no certificate');
  }
  const certified = (own.subjectAltName ?? '')
    .split(', ')
    .map((each) => each.replace(/^DNS:/, '').toLowerCase());
  const missing = names.find((name) => !fitsHost(certified, name));
  if (!own.checkPrivateKey(key)) throw new AcmeProblem('garbage', 'the certificate is of another key');
  if (missing !== undefined) throw new AcmeProblem('garbage', `the certificate is not for ${missing}`);
}
