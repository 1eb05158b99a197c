// The ACME client (RFC 8555): the directory, nonces, the account, signed requests. A nonce that the authority does not take
// any more is replaced and the request said again (6.5); everything else that goes wrong is an AcmeProblem, and nothing is
// tried again in here: when that makes sense is the caller's to say.
import type { KeyObject } from 'node:crypto';
import { bindExternalAccount, signRequest } from './jws.ts';
import { AcmeProblem, readProblem, readRetryAfter } from './problem.ts';
import { certificateId, type RenewalWindow, readWindow } from './renewal-info.ts';
import type { ExternalAccount } from './settings.ts';
import type { AcmeResponse, AcmeTransport } from './transport.ts';

/** What the directory says (7.1.1). */
export interface AcmeDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** RFC 9773 4; undefined: it does not say when to renew. */
  readonly renewalInfo: string | undefined;
  /** The terms of service, for people. */
  readonly terms: string | undefined;
  readonly website: string | undefined;
  /** Only its customers may have an account (7.3.4). */
  readonly needsExternalAccount: boolean;
}

/** A JSON answer, with where it lives and when to look again. */
export interface AcmeAnswer {
  readonly document: Readonly<Record<string, unknown>>;
  readonly location: string | undefined;
  readonly retryAfter: number | undefined;
}

/** Requests said again because of their nonce. */
const mostNonces = 5;

const isUrl = (value: unknown): value is string =>
  typeof value === 'string' && /^https:\/\//i.test(value) && URL.canParse(value);

/** An address in a document. @throws AcmeProblem */
export function urlIn(document: Readonly<Record<string, unknown>>, name: string): string {
  const value = document[name];
  if (!isUrl(value)) throw new AcmeProblem('garbage', `the authority's answer has no address ${name}`);
  return value;
}

function readJson(response: AcmeResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new AcmeProblem(
    'garbage',
    `the authority answered ${response.status} with something that is no JSON`,
  );
}

/** Reads a directory. @throws AcmeProblem */
export async function readDirectory(transport: AcmeTransport, url: string): Promise<AcmeDirectory> {
  const response = await transport(url, { method: 'GET' });
  if (response.status !== 200)
    throw new AcmeProblem('unreachable', `the directory answered ${response.status}`);
  const document = readJson(response);
  const meta = (document.meta ?? {}) as Record<string, unknown>;
  return {
    newNonce: urlIn(document, 'newNonce'),
    newAccount: urlIn(document, 'newAccount'),
    newOrder: urlIn(document, 'newOrder'),
    renewalInfo: isUrl(document.renewalInfo) ? document.renewalInfo : undefined,
    terms: isUrl(meta.termsOfService) ? meta.termsOfService : undefined,
    website: isUrl(meta.website) ? meta.website : undefined,
    needsExternalAccount: meta.externalAccountRequired === true,
  };
}

/**
 * When the authority would have a certificate renewed (RFC 9773 4.1), with the seconds after which to ask again; undefined:
 * it does not say. @param pem the certificate. @throws AcmeProblem
 */
export async function readRenewalInfo(
  transport: AcmeTransport,
  { renewalInfo }: AcmeDirectory,
  pem: string,
  now: number,
): Promise<{ readonly window: RenewalWindow; readonly retryAfter: number | undefined } | undefined> {
  const id = certificateId(pem);
  if (renewalInfo === undefined || id === undefined) return undefined;
  const response = await transport(`${renewalInfo.replace(/\/$/, '')}/${id}`, { method: 'GET' });
  if (response.status !== 200)
    throw readProblem(tryJson(response), `the authority answered ${response.status}`);
  return {
    window: readWindow(readJson(response)),
    retryAfter: readRetryAfter(response.headers['retry-after'], now),
  };
}

export class AcmeClient {
  readonly directory: AcmeDirectory;
  readonly key: KeyObject;
  readonly #transport: AcmeTransport;
  readonly #now: () => number;
  #nonce: string | undefined;
  #account: string | undefined;

  /** @param account its address, when it is known from before; @param now milliseconds since 1970 */
  constructor(
    directory: AcmeDirectory,
    transport: AcmeTransport,
    key: KeyObject,
    account: string | undefined,
    now: () => number,
  ) {
    this.directory = directory;
    this.#transport = transport;
    this.key = key;
    this.#account = account;
    this.#now = now;
  }

  /**
   * The account's address: the one of before, or a new one, or the one that this key has already (7.3).
   * @param contact addresses for mail of the authority
   * @param external the customer to whom the account belongs
   */
  async enter(contact: readonly string[], external?: ExternalAccount | undefined): Promise<string> {
    if (this.#account !== undefined) return this.#account;
    const { newAccount } = this.directory;
    const { location } = await this.post(newAccount, {
      termsOfServiceAgreed: true,
      contact: contact.map((address) => `mailto:${address}`),
      ...(external && { externalAccountBinding: bindExternalAccount(newAccount, this.key, external) }),
    });
    if (location === undefined)
      throw new AcmeProblem('garbage', 'the authority made an account and does not say where');
    this.#account = location;
    return location;
  }

  /** Tells the authority other addresses for its mail (7.3.2). */
  async changeContact(contact: readonly string[]): Promise<void> {
    if (this.#account === undefined) return;
    await this.post(this.#account, { contact: contact.map((address) => `mailto:${address}`) });
  }

  /** A signed request with its JSON answer; payload undefined: POST-as-GET. @throws AcmeProblem */
  async post(url: string, payload: unknown): Promise<AcmeAnswer> {
    const response = await this.#say(url, payload, 'application/json');
    return {
      document: readJson(response),
      location: isUrl(response.headers.location) ? response.headers.location : undefined,
      retryAfter: readRetryAfter(response.headers['retry-after'], this.#now()),
    };
  }

  /** A certificate chain in PEM (7.4.2). */
  async download(url: string): Promise<string> {
    const { body } = await this.#say(url, undefined, 'application/pem-certificate-chain');
    return body.toString('latin1');
  }

  async #say(url: string, payload: unknown, accept: string): Promise<AcmeResponse> {
    for (let tries = 1; ; tries++) {
      const nonce = this.#nonce ?? (await this.#fetchNonce());
      this.#nonce = undefined;
      // 7.3: only who has no account yet signs with the whole key.
      const account = url === this.directory.newAccount ? undefined : this.#account;
      const body = signRequest(url, nonce, payload, { key: this.key, account });
      const response = await this.#transport(url, { method: 'POST', body, accept });
      this.#nonce = readNonce(response);
      if (response.status >= 200 && response.status < 300) return response;
      const retryAfter = readRetryAfter(response.headers['retry-after'], this.#now());
      const problem = readProblem(tryJson(response), `the authority answered ${response.status}`, retryAfter);
      // 429 without a problem document, from whatever stands in front.
      if (response.status === 429 && problem.kind === 'other')
        throw new AcmeProblem('rateLimited', problem.message, retryAfter);
      if (problem.kind !== 'badNonce' || tries >= mostNonces) throw problem;
    }
  }

  async #fetchNonce(): Promise<string> {
    const response = await this.#transport(this.directory.newNonce, { method: 'HEAD' });
    const nonce = readNonce(response);
    if (nonce === undefined)
      throw new AcmeProblem('garbage', `the authority answered ${response.status} without a nonce`);
    return nonce;
  }
}

/** 6.5.1: base64url, or nothing. */
function readNonce({ headers }: AcmeResponse): string | undefined {
  const nonce = headers['replay-nonce'];
  return nonce !== undefined && /^[A-Za-z0-9_-]{1,1000}$/.test(nonce) ? nonce : undefined;
}

function tryJson(response: AcmeResponse): unknown {
  try {
    return readJson(response);
  } catch {
    return undefined;
  }
}
