// What is used of mailauth's inner parts, which it does not tell the types of.

declare module 'mailauth/lib/tools.js' {
  /**
   * Are two domains of one organisation by the public suffix list that it carries? Gives the entry of the list that is, or
   * false.
   */
  export function getAlignment(
    fromDomain: string,
    domains: readonly string[],
    strict?: boolean,
  ): { readonly domain: string } | false;

  export interface KeyOptions {
    readonly strict?: boolean;
    /** Of the signature: `sha256` ... */
    readonly hashAlgo?: string;
  }

  export interface PublicKey {
    /** PEM. */
    readonly publicKey: string;
    readonly modulusLength?: number;
  }

  /** Asks for a key record (RFC 6376 3.6.1) and reads it; rejects with an error that has a `code`. */
  export function getPublicKey(
    type: string,
    name: string,
    minBitLength: number,
    resolver: (name: string, type: string) => Promise<unknown[]>,
    options: KeyOptions,
  ): Promise<PublicKey>;
}

declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { Writable } from 'node:stream';
  import type { ARCData, DKIMVerifyOptions, DKIMVerifyResult } from 'mailauth';

  /** Takes a message as a stream; ends when all signatures are verified. */
  export class DkimVerifier extends Writable {
    constructor(options: DKIMVerifyOptions);
    /** Where it and the check of ARC take public keys from; theirs is one object, whose `get` can be another. */
    readonly keyCache: { get: unknown };
    /** By kind of hash; filled while the header is read. */
    readonly bodyHashes: Map<string, unknown>;
    readonly headerFrom: string[];
    readonly fromFields: number;
    readonly results: DKIMVerifyResult['results'];
    readonly arc: ARCData & { readonly chain: ARCData['chain'] | false };
    /** Notes that a body has to be hashed so; gives the key in `bodyHashes`. `maxBodyLength` '': all of it. */
    addBodyHash(bodyCanon: string, hashAlgo: string, maxBodyLength: number | ''): string;
  }
}
