// Finds out who sent one letter, by the package mailauth: SPF beside DKIM and ARC, then DMARC over both. Runs in a thread
// of its own (sender-worker.ts): reads the letter once as a stream, holds its header only. What strangers can make big is
// bounded: signatures that are looked at, bits of keys, questions to the DNS (dns/stranger-lookup.ts).
import { arc } from 'mailauth/lib/arc/index.js';
import { type Ask, dnsError } from '../dns/stranger-lookup.ts';
import type { KeyMemo } from './key-memo.ts';
import { verifyLetter } from './letter-verifier.ts';
import { evaluateAuthors } from './sender-dmarc.ts';
import type { ArcFacts, LetterFacts, SenderFacts, SenderWishes, SignatureFacts } from './sender-facts.ts';
import type { SignatureResult } from './sender-results.ts';
import { checkSpf } from './sender-spf.ts';

/** Signatures that are looked at, from the top: the newest (RFC 6376 6.1 lets a verifier choose). */
export const MOST_SIGNATURES = 10;
/** RFC 8301 3.2: shorter keys must not be believed. */
const LEAST_BITS = 1024;
/** Bytes of a key of 4096 bits with all around it (SubjectPublicKeyInfo): longer ones cost more than they prove. */
const MOST_KEY_BYTES = 557;

const LF = 10;

/** Foreign words in ours. */
const clean = (text: string, most: number): string =>
  text.replace(/[^\x20-\x7e]|[;()"\\]/g, '?').slice(0, most);
/** A domain, selector or algorithm as it is shown and compared. */
const cleanName = (text: string | undefined, most = 255): string =>
  (text ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '?')
    .slice(0, most);

/** Does a signature field begin here? Its name may be folded away from the colon. */
const signatureField = /^dkim-signature[ \t]*(?::|$)/i;

/**
 * Takes the signatures beyond the first `most` for fields of another name, in place, so that nobody looks at them and all
 * others stand where they stood. Gives their number.
 */
export function hideSignatures(header: Buffer, most: number): number {
  let seen = 0;
  for (let at = 0; at < header.length; ) {
    const end = header.indexOf(LF, at);
    const stop = end < 0 ? header.length : end;
    if (signatureField.test(header.toString('latin1', at, Math.min(stop, at + 40))) && ++seen > most)
      header[at] = 0x58;
    at = stop + 1;
  }
  return Math.max(0, seen - most);
}

/** Refuses keys that are too long before anybody calculates with them. */
const withShortKeys =
  (ask: Ask): Ask =>
  async (name, type) => {
    const values = await ask(name, type);
    if (type === 'TXT' && name.includes('._domainkey.')) {
      const record = ([] as unknown[]).concat(values[0] ?? []).join('');
      const key = /(?:^|;)\s*p\s*=([^;]*)/.exec(record)?.[1]?.replace(/\s+/g, '') ?? '';
      if (key.length * 0.75 > MOST_KEY_BYTES) throw dnsError('EINVALIDVAL', name);
    }
    return values;
  };

interface MailauthSignature {
  readonly signingDomain?: string | undefined;
  readonly selector?: string | undefined;
  readonly signature?: string | undefined;
  readonly algo?: string | undefined;
  readonly modulusLength?: number | undefined;
  readonly status: {
    readonly result: string;
    readonly comment?: string | undefined;
    readonly underSized?: number | undefined;
    readonly policy?: Readonly<Record<string, string | undefined>> | undefined;
  };
}

const signatureResults: readonly string[] = ['pass', 'fail', 'neutral', 'policy', 'temperror', 'permerror'];

function signatureOf({
  signingDomain,
  selector,
  signature,
  algo,
  modulusLength,
  status,
}: MailauthSignature): SignatureFacts {
  let result = (
    signatureResults.includes(status.result) ? status.result : 'permerror'
  ) as SignatureResult['result'];
  let reason = status.comment ?? status.policy?.['dkim-rules'] ?? '';
  // RFC 6376 8.2: behind a signed part (l=) anybody can add what readers see instead of it.
  if (result === 'pass' && (status.underSized ?? 0) > 0) {
    result = 'policy';
    reason = 'signs only a part of the body';
  }
  if (result === 'pass' && (modulusLength ?? 0) > 4096) {
    result = 'policy';
    reason = 'key too long';
  }
  return {
    domain: cleanName(signingDomain),
    selector: cleanName(selector),
    result,
    algorithm: cleanName(algo, 20),
    bits: modulusLength ?? 0,
    mark: (signature ?? '').replace(/[^A-Za-z0-9+/=]/g, '').slice(0, 8),
    reason: clean(reason, 80),
  };
}

/** A field without what stands in comments. */
function withoutComments(text: string): string {
  let depth = 0;
  let out = '';
  for (const char of text.slice(0, 10_000)) {
    if (char === '(') depth++;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) out += char;
  }
  return out;
}

/** Does an ARC-Authentication-Results field say that DMARC passed for the author (RFC 8617 4.1.1)? */
export function saysDmarcPass(field: string, author: string): boolean {
  return withoutComments(field)
    .split(';')
    .some((part) => {
      if (!/^\s*dmarc\s*=\s*pass(?:\s|$)/i.test(part)) return false;
      const from = /\sheader\.from\s*=\s*"?([^\s";]{1,320})/i.exec(part)?.[1]?.toLowerCase();
      return from === undefined || from === author || from.endsWith(`@${author}`);
    });
}

interface MailauthChainEntry {
  readonly 'arc-seal'?: { readonly parsed?: { readonly d?: { readonly value?: unknown } } };
  readonly 'arc-authentication-results'?: { readonly original?: unknown };
}

async function checkArc(chain: unknown, ask: Ask): Promise<(author: string) => ArcFacts> {
  const found = await arc((chain ?? { chain: false }) as Parameters<typeof arc>[0], {
    resolver: ask as (name: string, type: string) => Promise<string[]>,
    minBitLength: LEAST_BITS,
    strict: true,
  });
  const { result, comment = '' } = found.status;
  const entries = (found.chain || []) as readonly MailauthChainEntry[];
  return (author) => ({
    result: result === 'pass' || result === 'none' ? result : 'fail',
    reason: result === 'fail' ? clean(comment, 80) : '',
    sets:
      result === 'pass'
        ? entries.map((entry) => ({
            domain: cleanName(String(entry['arc-seal']?.parsed?.d?.value ?? '')),
            saysDmarcPass: saysDmarcPass(String(entry['arc-authentication-results']?.original ?? ''), author),
          }))
        : [],
  });
}

/**
 * Examines one letter.
 * @param header with LF line ends, its own from now on; @param body the rest, the same; undefined: nothing signs it
 * @param keys those of earlier letters
 */
export async function examineSender(
  letter: LetterFacts,
  wishes: SenderWishes,
  header: Buffer,
  body: AsyncIterable<Buffer> | undefined,
  questions: Ask,
  keys: KeyMemo,
): Promise<SenderFacts> {
  const ask = withShortKeys(questions);
  const spfFacts = wishes.spf ? checkSpf(letter, wishes, ask) : undefined;
  if (!wishes.signatures) {
    const spf = await spfFacts;
    return { spf, dkim: undefined, unseenSignatures: 0, arc: undefined, dmarc: undefined };
  }
  // Both fail only by a fault of ours; the one that is waited for later must not be an unhandled rejection meanwhile.
  spfFacts?.catch(() => undefined);
  const unseenSignatures = hideSignatures(header, MOST_SIGNATURES);
  const options = {
    resolver: ask as (name: string, type: string) => Promise<string[]>,
    // Nobody asks for it; without it the letter's Return-Path fields would be read.
    sender: 'nobody@invalid',
    minBitLength: LEAST_BITS,
    strict: true,
  };
  const found = await verifyLetter(header, body, options, keys.open(ask));
  const signatures = found.results.filter(({ status }) => status.result !== 'none').map(signatureOf);
  const arcFacts = await checkArc(found.arc, ask);
  const spf = await spfFacts;
  const dmarc = await evaluateAuthors(
    found.headerFrom,
    found.fromFields,
    {
      spf: spf?.result === 'pass' ? spf.domain : '',
      dkim: signatures.filter(({ result }) => result === 'pass').map(({ domain }) => domain),
    },
    ask,
  );
  return { spf, dkim: signatures, unseenSignatures, arc: arcFacts(dmarc.domain), dmarc };
}
