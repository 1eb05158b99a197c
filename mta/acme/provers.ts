// How a name is proved to be ours (RFC 8555 8): by a text at the plain web door (http-01), by a certificate in a TLS handshake
// (tls-alpn-01, RFC 8737), by a TXT record that a program of the site publishes (dns-01). Each shows its proof and gives what
// takes it away again.
import { spawn } from 'node:child_process';
import { createHash, type KeyObject } from 'node:crypto';
import { makeSecureContext } from '../certificates/door-tls.ts';
import { keyToPem, makeCertificate, makeKey, proofExtension } from '../certificates/make.ts';
import { keyAuthorization } from './jws.ts';
import { AcmeProblem } from './problem.ts';
import type { Proofs } from './proofs.ts';

export type ChallengeType = 'http-01' | 'tls-alpn-01' | 'dns-01';

export interface Prover {
  readonly type: ChallengeType;
  /** Names with a star are proved by dns-01 only (7.1.3). @throws AcmeProblem */
  show(name: string, token: string, accountKey: KeyObject): Promise<() => Promise<void>>;
}

export const proveByText = (proofs: Proofs): Prover => ({
  type: 'http-01',
  async show(_name, token, key) {
    const hide = proofs.showText(token, keyAuthorization(token, key));
    return async () => hide();
  },
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export const proveByTls = (proofs: Proofs): Prover => ({
  type: 'tls-alpn-01',
  async show(name, token, accountKey) {
    const key = makeKey();
    const now = Date.now();
    const cert = makeCertificate({
      names: [name],
      key,
      from: now - 86_400_000,
      to: now + 86_400_000,
      more: [proofExtension(sha256(keyAuthorization(token, accountKey)))],
    });
    const context = makeSecureContext({ cert: Buffer.from(cert), key: Buffer.from(keyToPem(key)) });
    const hide = proofs.showTls(name, context);
    return async () => hide();
  },
});

/** Milliseconds that the program may take. */
const hookTime = 120_000;

/** A program is called as `PROGRAM present _acme-challenge.NAME VALUE`, and with `remove` afterwards; it ends when it is done. */
export const proveByProgram = (program: string, directory: string): Prover => ({
  type: 'dns-01',
  async show(name, token, key) {
    const record = `_acme-challenge.${name}`;
    const value = sha256(keyAuthorization(token, key)).toString('base64url');
    await runHook(program, directory, ['present', record, value]);
    return () => runHook(program, directory, ['remove', record, value]);
  },
});

function runHook(program: string, directory: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (words: string): void => reject(new AcmeProblem('hook', `control/acmehook: ${words}`));
    const child = spawn(program, args, {
      cwd: directory,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: hookTime,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 1000) said += chunk.toString('latin1');
    });
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      const last = said
        .replace(/[^\x20-\x7e]+/g, ' ')
        .trim()
        .slice(-300);
      fail(`${args[0]} ended with ${signal ?? `status ${code}`}${last === '' ? '' : `: ${last}`}`);
    });
  });
}
