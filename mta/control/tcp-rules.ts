// tcpserver's access rules (tcprules(1); spec/qmail.md 4.5): the text of tcp.smtp, its compiled form tcp.smtp.cdb, and the
// question who a client is by them. The cdb is byte for byte what tcprules makes. Pure; bytes are latin1 strings.
// Beyond DJB's: an address of its own in brackets, `[2001:db8::1]:allow`, since colons end an address; and records that
// take a variable away (`-VAR`, written by other tcprules) are understood.
import { isIPv6, SocketAddress } from 'node:net';
import { lowerAscii } from '../formats/address.ts';
import { type Cdb, makeCdb } from '../formats/cdb.ts';

/** A rule that cannot be parsed. `line` counts from 1. */
export class TcpRulesError extends Error {
  override name = 'TcpRulesError';
  readonly line: number;
  readonly text: string;

  constructor(line: number, text: string) {
    super(`line ${line}: unable to parse this line: ${text}`);
    this.line = line;
    this.text = text;
  }
}

/** What the rules say about a client. */
export interface TcpRule {
  readonly isDenied: boolean;
  /** A rule was found; without one everybody is allowed. */
  readonly isNamed: boolean;
  /** To set; undefined: to remove. */
  readonly variables: ReadonlyMap<string, string | undefined>;
}

/** Who connects. */
export interface TcpClient {
  readonly ip: string;
  /** Undefined: unknown. */
  readonly host?: string | undefined;
  /** What ident said; undefined: nothing. */
  readonly info?: string | undefined;
}

/** Compiles the text of a rules file (read as latin1). Throws TcpRulesError. */
export function compileTcpRules(text: string): Buffer {
  const entries: [Buffer, Buffer][] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/[ \t]+$/, '');
    // tcprules: lines without a colon count as little as comments.
    if (line === '' || line.startsWith('#') || !line.includes(':')) continue;
    const fail = (): never => {
      throw new TcpRulesError(index + 1, line);
    };
    const bracketed = /^\[([^\]]*)\]:(.*)$/s.exec(line);
    const colon = line.indexOf(':');
    const address = bracketed ? canonicalKey(bracketed[1]!, fail) : line.slice(0, colon);
    const record = Buffer.from(encodeInstructions(bracketed?.[2] ?? line.slice(colon + 1), fail), 'latin1');
    for (const key of bracketed ? [address] : expandAddress(address, fail))
      entries.push([Buffer.from(key, 'latin1'), record]);
  }
  return makeCdb(entries);
}

function canonicalKey(address: string, fail: () => never): string {
  return isIPv6(address) && !address.includes('%') ? canonicalIpv6(address) : fail();
}

/** `allow,A="x",B="y"` as the record: `D` for deny, `+A=x`, each with a NUL. */
function encodeInstructions(text: string, fail: () => never): string {
  const verb = /^(?:allow|deny)/.exec(text)?.[0] ?? fail();
  let record = verb === 'deny' ? 'D\0' : '';
  let rest = text.slice(verb.length);
  while (rest !== '') {
    const name = /^,([^=]*)=/s.exec(rest) ?? fail();
    const value = rest.slice(name[0].length);
    // Any byte may be the quote; the next of its kind ends the value.
    const end = value.indexOf(value[0] ?? '\0', 1);
    if (value === '' || end < 0) fail();
    record += `+${name[1]}=${value.slice(1, end)}\0`;
    rest = value.slice(end + 1);
  }
  return record;
}

/** `1.2.3.37-53` and `10.2-3.` become one key a number; names (`=`) and users (`@`) may hold hyphens. */
function* expandAddress(address: string, fail: () => never): Generator<string> {
  const dash = address.indexOf('-');
  if (dash < 0 || /[=@]/.test(address)) return yield address;
  const left = address.lastIndexOf('.', dash) + 1;
  const dot = address.indexOf('.', dash + 1);
  const right = dot < 0 ? address.length : dot;
  const bottom = rangeNumber(address.slice(left, dash), fail);
  const top = Math.min(255, rangeNumber(address.slice(dash + 1, right), fail));
  for (let number = bottom; number <= top; number++)
    yield address.slice(0, left) + number + address.slice(right);
}

/** tcprules getnum: digits and nothing else; none at all is 0. */
const rangeNumber = (text: string, fail: () => never): number =>
  /^[0-9]*$/.test(text) ? Number(text) : fail();

/**
 * The rule for a client: the first key there is, in tcpserver's order. No rule is an allowance without variables.
 * IPv4 written as IPv6 counts as IPv4.
 */
export function findTcpRule(rules: Cdb, client: TcpClient): TcpRule {
  for (const key of rulesKeys(client)) {
    const data = rules.find(Buffer.from(key, 'utf8'));
    if (data !== undefined) return decodeRule(data.toString('latin1'));
  }
  return { isDenied: false, isNamed: false, variables: new Map() };
}

/** tcpserver rules(): the keys that are looked up, in order. */
export function* rulesKeys({ ip: given, host, info }: TcpClient): Generator<string> {
  const ip = plainIp(given);
  const name = host === undefined || host === '' ? undefined : lowerAscii(host);
  if (info !== undefined && info !== '') {
    yield `${info}@${ip}`;
    if (name !== undefined) yield `${info}@=${name}`;
  }
  yield ip;
  if (name !== undefined) yield `=${name}`;
  for (let dot = ip.lastIndexOf('.'); dot >= 0; dot = dot > 0 ? ip.lastIndexOf('.', dot - 1) : -1)
    yield ip.slice(0, dot + 1);
  if (name !== undefined) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) yield `=${name.slice(dot)}`;
    yield '=';
  }
  yield '';
}

function plainIp(given: string): string {
  const ip = given.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
  return isIPv6(ip) ? canonicalIpv6(ip) : ip;
}

const canonicalIpv6 = (ip: string): string => new SocketAddress({ address: ip, family: 'ipv6' }).address;

function decodeRule(data: string): TcpRule {
  const variables = new Map<string, string | undefined>();
  let isDenied = false;
  // What no NUL ends does not count.
  for (const record of data.split('\0').slice(0, -1)) {
    const equals = record.indexOf('=');
    if (record.startsWith('D')) isDenied = true;
    else if (record.startsWith('-')) variables.set(record.slice(1), undefined);
    else if (record.startsWith('+') && equals > 0)
      variables.set(record.slice(1, equals), record.slice(equals + 1));
  }
  return { isDenied, isNamed: true, variables };
}
