// What a certificate authority that asks us for a proof is shown while an order is under way: a text below
// /.well-known/acme-challenge/ (RFC 8555 8.3), or a certificate for the TLS protocol acme-tls/1 (RFC 8737). Held in memory
// by the role that orders, which is also the one that answers at the web doors; nothing else is ever shown.
import type { SecureContext } from 'node:tls';

/** RFC 8737 6.2. */
export const proofProtocol = 'acme-tls/1';
/** RFC 8555 8.3. */
export const proofPath = '/.well-known/acme-challenge/';

export interface ProofDesk {
  /** The text of a token; undefined: it is none of ours. */
  textOf(token: string): string | undefined;
  /** Has any name a certificate to show? Only then does anybody look at what a client begins with. */
  readonly hasTls: boolean;
  contextOf(name: string): SecureContext | undefined;
}

export class Proofs implements ProofDesk {
  readonly #texts = new Map<string, string>();
  readonly #contexts = new Map<string, SecureContext>();

  textOf(token: string): string | undefined {
    return this.#texts.get(token);
  }

  get hasTls(): boolean {
    return this.#contexts.size > 0;
  }

  contextOf(name: string): SecureContext | undefined {
    return this.#contexts.get(name.toLowerCase());
  }

  /** Shows it until the answer is called. */
  showText(token: string, text: string): () => void {
    this.#texts.set(token, text);
    return () => void this.#texts.delete(token);
  }

  showTls(name: string, context: SecureContext): () => void {
    this.#contexts.set(name, context);
    return () => void this.#contexts.delete(name);
  }
}
