// The exchange of SCRAM-SHA-256 inside AUTH (RFC 5802 5, RFC 4954), as steps without I/O of their own: the question, the
// client's proof, and our own proof back, which the client answers with nothing. Used by smtpd, imapd and pop3d.

import { makeNonce, readClientFinal, readClientFirst, writeServerFirst } from '../accounts/scram.ts';
import type { ScramDesk } from '../accounts/types.ts';
import { type AuthStep, ask, malformed } from './auth.ts';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** What comes after `AUTH SCRAM-SHA-256`, decoded. */
export const readScramFirst =
  (desk: ScramDesk) =>
  (text: string): AuthStep => {
    const first = readClientFirst(text);
    if (first === undefined) return malformed;
    return {
      kind: 'wait',
      next: async () => {
        const nonce = first.nonce + makeNonce();
        const serverFirst = writeServerFirst(nonce, await desk.challenge(first.user));
        return ask(encode(serverFirst), (answer) => {
          const proof = readClientFinal(answer, first, serverFirst, nonce);
          if (proof === undefined) return malformed;
          return {
            kind: 'prove',
            check: (service, ip) => desk.check(first.user, proof, service, ip),
            finish: ({ account, signature }) =>
              ask(encode(`v=${signature}`), (last) => (last === '' ? { kind: 'known', account } : malformed)),
          };
        });
      },
    };
  };
