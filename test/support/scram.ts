// The client's side of SCRAM-SHA-256, written from RFC 5802 for tests: what it says, and whether it believes the server.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export class ScramClient {
  readonly first: string;
  readonly #bare: string;
  readonly #password: string;
  #signature = '';

  constructor(user: string, password: string, nonce = 'rOprNGfwEbeRWgbNEkqO') {
    this.#bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
    this.first = `n,,${this.#bare}`;
    this.#password = password;
  }

  /** client-final-message for the server's first. */
  answer(serverFirst: string): string {
    const [, nonce = '', salt = '', iterations = ''] =
      /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
    const key = hmac(salted, 'Client Key');
    const stored = createHash('sha256').update(key).digest();
    const final = `c=biws,r=${nonce}`;
    const message = `${this.#bare},${serverFirst},${final}`;
    const signature = hmac(stored, message);
    this.#signature = hmac(hmac(salted, 'Server Key'), message).toString('base64');
    return `${final},p=${Buffer.from(key.map((byte, at) => byte ^ signature[at]!)).toString('base64')}`;
  }

  /** Does the server know the password too? */
  believes(serverFinal: string): boolean {
    return serverFinal === `v=${this.#signature}`;
  }
}
