// MTA-STS as text (RFC 8461): the TXT record that tells of a policy, and the policy. Pure. What does not keep to the RFC is
// no policy; fields that are not known are passed over (3.2).
import { lowerAscii } from '../formats/address.ts';

export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Seconds for which it holds. */
  readonly maxAge: number;
  /** Names of mail hosts in lower case, or `*.` and a name. */
  readonly mx: readonly string[];
}

/** RFC 8461 3.2: a year or so at the most. */
const MOST_SECONDS = 31_557_600;
/** Mail hosts of a policy that are looked at. */
const MOST_HOSTS = 500;

/**
 * The id of the policy that the TXT records of `_mta-sts.DOMAIN` tell of (RFC 8461 3.1). Undefined: none, or several, or
 * one that is not well formed.
 */
export function readStsId(texts: readonly string[]): string | undefined {
  const records = texts.filter((text) => /^v=STSv1[ \t]*;/.test(text));
  const [record] = records;
  if (record === undefined || records.length > 1) return undefined;
  const fields = record.split(';').slice(1);
  for (const field of fields) {
    const [, name, value = ''] =
      /^[ \t]*([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)[ \t]*$/.exec(field) ?? [];
    if (name === 'id') return /^[A-Za-z0-9]{1,32}$/.test(value) ? value : undefined;
  }
  return undefined;
}

const mxPattern = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Reads a policy (RFC 8461 3.2). @returns what is wrong with it, as text, when it is none */
export function parseStsPolicy(text: string): StsPolicy | string {
  const fields = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, name, value] = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return 'a line is not of the form "name: value"';
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  // Of fields that may be there once the first counts.
  if (fields.get('version')?.[0] !== 'STSv1') return 'version is not STSv1';
  const mode = fields.get('mode')?.[0];
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none')
    return 'mode is none of enforce, testing, none';
  const age = fields.get('max_age')?.[0] ?? '';
  if (!/^\d{1,10}$/.test(age)) return 'max_age is no number of seconds';
  const mx = (fields.get('mx') ?? []).map(lowerAscii);
  if (mx.some((name) => !mxPattern.test(name))) return 'an mx is no host name';
  if (mx.length === 0 && mode !== 'none') return 'there is no mx';
  return { mode, maxAge: Math.min(Number(age), MOST_SECONDS), mx: mx.slice(0, MOST_HOSTS) };
}

/** As it is published. */
export const writeStsPolicy = ({ mode, maxAge, mx }: StsPolicy): string =>
  ['version: STSv1', `mode: ${mode}`, ...mx.map((name) => `mx: ${name}`), `max_age: ${maxAge}`, ''].join(
    '\r\n',
  );

/** RFC 8461 4.1: is the mail host one of the policy? A wildcard stands for exactly one label. */
export function isListedMx({ mx }: StsPolicy, host: string): boolean {
  const name = lowerAscii(host.replace(/\.$/, ''));
  const dot = name.indexOf('.');
  return mx.some((each) =>
    each.startsWith('*.') ? dot > 0 && name.slice(dot + 1) === each.slice(2) : each === name,
  );
}
