// How an ACME client signs what it says (RFC 8555 6.2, RFC 7515): flattened JWS with ES256 over an account key on P-256, and
// the thumbprint of that key (RFC 7638), which stands in every proof. Pure.
import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { ExternalAccount } from './settings.ts';

/** Who signs: the account's address once there is one, the key itself before. */
export interface Signer {
  readonly key: KeyObject;
  readonly account?: string | undefined;
}

const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

/** The public half, members in the order of RFC 7638 3. */
export function publicJwk(key: KeyObject) {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return { crv, kty, x, y };
}

export const thumbprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url');

/** RFC 8555 8.1. */
export const keyAuthorization = (token: string, key: KeyObject): string => `${token}.${thumbprint(key)}`;

/**
 * The body of a request.
 * @param payload undefined: POST-as-GET (6.3)
 */
export function signRequest(url: string, nonce: string, payload: unknown, { key, account }: Signer): string {
  const who = account === undefined ? { jwk: publicJwk(key) } : { kid: account };
  const head = base64url(JSON.stringify({ alg: 'ES256', ...who, nonce, url }));
  const body = payload === undefined ? '' : base64url(JSON.stringify(payload));
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
  return JSON.stringify({ protected: head, payload: body, signature: base64url(signature) });
}

/** RFC 8555 7.3.4: our key, signed with the one that the authority gave its customer. */
export function bindExternalAccount(url: string, key: KeyObject, { keyId, key: mac }: ExternalAccount) {
  const head = base64url(JSON.stringify({ alg: 'HS256', kid: keyId, url }));
  const body = base64url(JSON.stringify(publicJwk(key)));
  const signature = createHmac('sha256', mac).update(`${head}.${body}`).digest('base64url');
  return { protected: head, payload: body, signature };
}
