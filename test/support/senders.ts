// Letters of strangers for the check of senders: made, signed and sealed here with keys made here, and a door that shows
// them to the check as the SMTP door does.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import {
  createSenderCheck,
  type SenderCheck,
  type SenderCheckOptions,
} from '../../mta/trust/sender-check.ts';
import type { SenderResults } from '../../mta/trust/sender-results.ts';
import type { SenderRules } from '../../mta/trust/sender-rules.ts';
import type { ArrivingLetter, CheckResult, Finding, LetterContent } from '../../mta/trust/types.ts';
import { type DnsServer, type DnsZone, startDns } from './dns.ts';

export const senderRules: SenderRules = {
  me: 'mx.ours.example',
  arctrusted: new Set(),
  dmarcbehavior: 'reject',
  senderauth: 1,
  senderscores: new Map(),
  spfbehavior: 0,
  spfexp: '',
  spfguess: '',
  spfignore: { clients: [], domains: new Set() },
  spfrules: '',
};

export interface SigningKey {
  readonly privateKey: string;
  /** Text of its DNS record, in strings of 255. */
  readonly record: readonly string[];
}

/** A TXT record of any length. */
export const inStrings = (text: string): readonly string[] => text.match(/.{1,255}/gs) ?? [];

/** @param bits of an RSA key; 0: Ed25519 */
export function makeKey(bits = 1024): SigningKey {
  const { publicKey, privateKey } =
    bits === 0 ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: bits });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const p = bits === 0 ? der.subarray(-32) : der;
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    record: inStrings(`v=DKIM1; k=${bits === 0 ? 'ed25519' : 'rsa'}; p=${p.toString('base64')}`),
  };
}

/** The record of a public RSA key that nobody can have: big ones take long to make. */
export function makeKeyRecord(bits: number): readonly string[] {
  const modulus = randomBytes(bits / 8);
  modulus[0]! |= 0x80;
  modulus[modulus.length - 1]! |= 1;
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' };
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  return inStrings(`v=DKIM1; k=rsa; p=${der.toString('base64')}`);
}

/** A letter with LF line ends; the header ends with the empty line. */
export const writeLetter = (from: string, body = 'Hello.\n', more = ''): string =>
  `${more}From: ${from}\nTo: Ben <ben@ours.example>\nSubject: a letter\nDate: Mon, 23 Nov 2026 12:00:00 +0000\nMessage-ID: <1@letters.example>\n\n${body}`;

const toCrLf = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'));
const toLf = (text: string): string => text.replaceAll('\r\n', '\n');

/** The letter with a signature on top. */
export async function signLetter(
  letter: string,
  domain: string,
  selector: string,
  { privateKey }: SigningKey,
  more: { readonly canonicalization?: string; readonly maxBodyLength?: number } = {},
): Promise<string> {
  const key = { signingDomain: domain, selector, privateKey, canonicalization: 'relaxed/relaxed', ...more };
  const { signatures, errors } = await dkimSign(toCrLf(letter), { ...key, signatureData: [key] });
  if (errors.length > 0) throw new Error(String(errors[0]?.err ?? errors[0]));
  return toLf(signatures) + letter;
}

/** The letter with an ARC set on top, which says `results` of it. */
export async function sealLetter(
  letter: string,
  domain: string,
  selector: string,
  { privateKey }: SigningKey,
  cv: 'none' | 'pass',
  results: string,
): Promise<string> {
  const headers = await sealMessage(toCrLf(letter), {
    signingDomain: domain,
    selector,
    privateKey,
    cv,
    authResults: results,
  });
  return toLf(headers.toString()) + letter;
}

export function contentOf(letter: string | Buffer): LetterContent {
  const bytes = Buffer.from(letter);
  const end = bytes.indexOf('\n\n');
  return {
    size: bytes.length,
    header: bytes.subarray(0, end < 0 ? bytes.length : end + 2),
    async *read() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

export interface SenderDoor {
  readonly dns: DnsServer;
  readonly check: SenderCheck;
  /** What was recorded for reports. */
  readonly recorded: SenderResults[];
  readonly lines: string[];
  /** Rules until the next change. */
  rules: SenderRules;
  arrive(
    letter: string | Buffer | LetterContent,
    facts?: Partial<ArrivingLetter>,
    signal?: AbortSignal,
  ): Promise<CheckResult>;
  close(): Promise<void>;
}

/** Starts a DNS server and a check that asks it. */
export async function openSenderDoor(
  zone: DnsZone,
  options: Partial<SenderCheckOptions> = {},
): Promise<SenderDoor> {
  const dns = await startDns(zone);
  const recorded: SenderResults[] = [];
  const lines: string[] = [];
  const check = createSenderCheck({
    rules: () => door.rules,
    dnsServers: [dns.address],
    log: (line) => lines.push(line),
    record: (results) => recorded.push(results),
    threads: 1,
    ...options,
  });
  const door: SenderDoor = {
    dns,
    check,
    recorded,
    lines,
    rules: senderRules,
    arrive: (letter, facts = {}, signal = new AbortController().signal) =>
      check.check(
        {
          ip: '192.0.2.1',
          clientName: '',
          helo: 'mail.letters.example',
          secure: false,
          sender: '',
          recipients: ['ben@ours.example'],
          utf8: false,
          time: 1_795_435_200,
          content: typeof letter === 'string' || Buffer.isBuffer(letter) ? contentOf(letter) : letter,
          ...facts,
        },
        [],
        signal,
      ),
    async close() {
      await check.close();
      await dns.close();
    },
  };
  return door;
}

/** `spf=pass`, `dkim=fail` ... in the order of the findings. */
export const namesOf = ({ findings }: CheckResult): readonly string[] =>
  findings.map(({ check, result }) => `${check}=${result}`);

export const findingOf = ({ findings }: CheckResult, check: string): Finding => {
  const found = findings.find((one) => one.check === check);
  if (found === undefined) throw new Error(`no finding of ${check}`);
  return found;
};
