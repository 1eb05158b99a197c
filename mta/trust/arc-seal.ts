// ARC sets for letters of strangers that we forward (RFC 8617 5.1): what our checks found when the letter came in, signed,
// so that the next host can believe a letter whose SPF fails because it comes from us. A set is three fields: the results,
// a signature of the letter as it leaves, and a seal over all sets so far. Whether the sets before ours are right was
// found out at the door and is taken from our own results (arc=). Pure but for the cryptography.
import { type Field, relaxField, unfoldValue } from './canonical.ts';
import {
  chooseSignedHeader,
  foldBase64,
  foldTags,
  foldWords,
  type SignedHeader,
  type SigningKey,
  signText,
} from './dkim-sign.ts';
import { resultOf } from './origin.ts';

/** RFC 8617 4.2.1: at most 50 sets. */
const MOST_SETS = 50;

const setNames = ['arc-authentication-results', 'arc-message-signature', 'arc-seal'] as const;
type SetName = (typeof setNames)[number];

/** What our set says of the sets before it. */
export interface ChainState {
  /** Number of our set. */
  readonly instance: number;
  readonly cv: 'none' | 'pass' | 'fail';
  /** The canonical fields of the sets before ours that the seal covers, in their order. */
  readonly sealed: readonly string[];
}

/** The tags of a field, without blanks. */
function tagsOf(field: Field): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const part of unfoldValue(field).split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) tags.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return tags;
}

const instanceOf = (field: Field): number => {
  const digits = /^\d{1,2}$/.exec(tagsOf(field).get('i') ?? '')?.[0];
  return digits === undefined ? Number.NaN : Number(digits);
};

/**
 * What is known of the sets in a header. Undefined: no set of ours may follow, for there are too many, the last one says
 * that the chain is broken (RFC 8617 5.1.2), or nobody has looked at them.
 * @param results of our own checks
 */
export function readChain(fields: readonly Field[], results: readonly string[]): ChainState | undefined {
  const found = new Map<string, Field>();
  let last = 0;
  for (const field of fields) {
    if (!setNames.some((name) => name === field.name)) continue;
    const instance = instanceOf(field);
    const key = `${field.name} ${instance}`;
    // Checked at the door as well; here a doubtful chain only means that we say nothing.
    if (Number.isNaN(instance) || instance < 1 || found.has(key)) return undefined;
    found.set(key, field);
    last = Math.max(last, instance);
  }
  if (last === 0) return { instance: 1, cv: 'none', sealed: [] };
  if (last >= MOST_SETS) return undefined;
  const latest = found.get(`arc-seal ${last}`);
  if (latest === undefined || tagsOf(latest).get('cv')?.toLowerCase() === 'fail') return undefined;
  const checked = resultOf(results, 'arc');
  // RFC 8617 5.1.2: who finds a broken chain seals his own set and nothing else.
  if (checked === 'fail') return { instance: last + 1, cv: 'fail', sealed: [] };
  if (checked !== 'pass') return undefined;
  const sealed: string[] = [];
  for (let instance = 1; instance <= last; instance++)
    for (const name of setNames) {
      const field = found.get(`${name} ${instance}`);
      if (field === undefined) return undefined;
      sealed.push(`${relaxField(field)}\r\n`);
    }
  return { instance: last + 1, cv: 'pass', sealed };
}

/** RFC 8617 4.1.2: the fields of others that speak for the letter are signed as well. */
export function chooseArcHeader(fields: readonly Field[]): SignedHeader {
  const signed = chooseSignedHeader(fields);
  const signatures = fields.filter(({ name }) => name === 'dkim-signature').toReversed();
  return {
    names: [...signed.names, ...signatures.map(({ name }) => name)],
    text: signed.text + signatures.map((field) => `${relaxField(field)}\r\n`).join(''),
  };
}

const canonical = (name: SetName, text: string): string => relaxField({ name, text });

/** What a set is made of. */
export interface SetFacts {
  readonly header: SignedHeader;
  /** Base64, of the relaxed body. */
  readonly bodyHash: string;
  /** Our name, and what we found: the values of our own Authentication-Results fields. */
  readonly host: string;
  readonly results: readonly string[];
  readonly chain: ChainState;
  readonly key: SigningKey;
  /** Seconds since 1970. */
  readonly time: number;
}

/** The three fields of our set, LF line ends, the last one included. */
export async function makeArcSet(facts: SetFacts): Promise<string> {
  const { header, bodyHash, host, results, chain, key, time } = facts;
  const { instance, cv, sealed } = chain;
  const methods = results.flatMap((value) => value.split(';').slice(1)).map((method) => method.trim());
  const parts = [`i=${instance}`, host, ...methods.filter((method) => method !== '')];
  const told = `ARC-Authentication-Results: ${parts.join(';\n\t')}`;
  const by = [`d=${key.domain};`, `s=${key.selector};`, `t=${time};`];
  const first = [`i=${instance};`, `a=${key.algorithm};`];
  const messageStart = [
    foldTags('ARC-Message-Signature', [...first, 'c=relaxed/relaxed;', ...by, `bh=${bodyHash};`]),
    `h=${foldWords(header.names, ':', 3)};`,
    'b=',
  ].join('\n\t');
  const message =
    messageStart +
    foldBase64(await signText(header.text + canonical('arc-message-signature', messageStart), key), 3);
  const sealStart = `${foldTags('ARC-Seal', [...first, `cv=${cv};`, ...by])}\n\tb=`;
  // RFC 8617 5.1.1: results, signature, seal of each set from the first on; ours ends with an empty b=.
  const covered = [
    ...sealed,
    `${canonical('arc-authentication-results', told)}\r\n`,
    `${canonical('arc-message-signature', message)}\r\n`,
    canonical('arc-seal', sealStart),
  ].join('');
  const seal = sealStart + foldBase64(await signText(covered, key), 3);
  return `${seal}\n${message}\n${told}\n`;
}
