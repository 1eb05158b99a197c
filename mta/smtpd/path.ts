// The argument of MAIL and RCPT: `FROM:<path> PARAMETER=value ...` (RFC 5321 4.1.2), parsed once; the result is what
// is decided on, queued and logged (spec/security.md R6). Quotes and escapes are removed, as the queue wants it;
// a source route is dropped; brackets may be missing, as for qmail-smtpd. Whatever else bends the grammar is refused,
// so that no two programs can read two addresses out of one line.
import { isSafeAddress } from '../formats/address.ts';

/** A parsed MAIL or RCPT argument. */
export interface ParsedPath {
  /** Unquoted; '' for `<>`. */
  readonly address: string;
  /** Where the domain starts in `address` (after the `@`); 0 when there is none. */
  readonly domainStart: number;
  /** Keyword in upper case to value; '' when there was no `=`. */
  readonly parameters: ReadonlyMap<string, string>;
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

// RFC 5321 4.1.2 esmtp-param.
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20=\x7f]+(?:=[^\x00-\x20\x7f]*)*))?$/;
// A path without escapes or source route: nearly all there are.
const PLAIN = /^<([^\x00-\x20"()<>,:;@[\\\]\x7f]*)(?:@([^\x00-\x20"()<>,:;@[\\\]\x7f]+))?>(?= |$)/;
const ROUTE = /^@[^\x00-\x20<>@,:]+(?:,@[^\x00-\x20<>@,:]+)*:/;
const LITERAL = /^\[(?:[0-9.]+|[Ii][Pp][Vv]6:[0-9A-Fa-f:.]+)\]/;
const FORBIDDEN = new Set('()<>,:;@[]\\"');

/** One path from `start` on; `end` is the index behind it. Undefined: not a path. */
function scanPath(
  text: string,
  start: number,
): { readonly address: string; readonly domainStart: number; readonly end: number } | undefined {
  let at = start;
  const bracketed = text[at] === '<';
  if (bracketed) at++;
  const route = ROUTE.exec(text.slice(at));
  if (route !== null) at += route[0].length;
  let local = '';
  let isQuoted = false;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      const closing = scanQuoted(text, at);
      if (closing === undefined) return undefined;
      local += closing.content;
      at = closing.end;
      isQuoted = true;
    } else if (character === '\\') {
      at++;
      if (at >= text.length || text[at]! < ' ') return undefined;
      local += text[at];
      isQuoted = true;
    } else if (character <= ' ' || character === '\x7f' || FORBIDDEN.has(character)) break;
    else local += character;
  }
  let address = local;
  let domainStart = 0;
  if (text[at] === '@') {
    if (local === '') return undefined;
    const rest = text.slice(at + 1);
    const domain = LITERAL.exec(rest)?.[0] ?? /^[^\x00-\x20"()<>,:;@[\\\]\x7f]+/.exec(rest)?.[0];
    if (domain === undefined) return undefined;
    address = `${local}@${domain}`;
    domainStart = local.length + 1;
    at += 1 + domain.length;
  } else if (isQuoted && (local.includes('@') || local === '')) {
    // `<"v@relay.test">`: unquoted it would name another host.
    return undefined;
  } else if (route !== null) return undefined;
  if (bracketed) {
    if (text[at] !== '>') return undefined;
    at++;
  }
  return at < text.length && text[at] !== ' ' ? undefined : { address, domainStart, end: at };
}

function scanQuoted(
  text: string,
  open: number,
): { readonly content: string; readonly end: number } | undefined {
  let content = '';
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return { content, end: at };
    if (character === '\\') at++;
    const taken = text[at];
    if (taken === undefined || taken < ' ' || taken === '\x7f') return undefined;
    content += taken;
  }
  return undefined;
}

/** Labels up to 63 bytes, the whole up to 253 (RFC 1035 2.3.4). */
function fitsDns(domain: string): boolean {
  return (
    Buffer.byteLength(domain) <= 253 && domain.split('.').every((label) => Buffer.byteLength(label) <= 63)
  );
}

/**
 * Parses what follows `MAIL ` or `RCPT `.
 * @param keyword `FROM` or `TO`.
 * @returns undefined when it is not `KEYWORD:PATH` with well-formed, unrepeated parameters, or the address may not
 *   stand in an envelope (controls, over 899 bytes, a domain longer than DNS allows).
 */
export function parsePath(argument: string, keyword: 'FROM' | 'TO'): ParsedPath | undefined {
  const colon = keyword.length;
  if (argument[colon] !== ':' || argument.slice(0, colon).toUpperCase() !== keyword) return undefined;
  let start = colon + 1;
  while (argument[start] === ' ' || argument[start] === '\t') start++;
  const rest = start === 0 ? argument : argument.slice(start);
  const plain = PLAIN.exec(rest);
  let address: string;
  let domainStart: number;
  let end: number;
  if (plain !== null) {
    const [whole, local = '', domain] = plain;
    if (domain !== undefined && local === '') return undefined;
    address = domain === undefined ? local : `${local}@${domain}`;
    domainStart = domain === undefined ? 0 : local.length + 1;
    end = whole.length;
  } else {
    if (rest === '') return undefined;
    const scanned = scanPath(rest, 0);
    if (scanned === undefined || (rest[0] !== '<' && scanned.address === '')) return undefined;
    ({ address, domainStart, end } = scanned);
  }
  if (!isSafeAddress(address)) return undefined;
  if (domainStart > 0 && !fitsDns(address.slice(domainStart))) return undefined;
  const parameters = parseParameters(rest.slice(end));
  return parameters === undefined ? undefined : { address, domainStart, parameters };
}

function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  if (text === '') return NO_PARAMETERS;
  const parameters = new Map<string, string>();
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const match = PARAMETER.exec(word);
    const name = match?.[1]?.toUpperCase();
    if (name === undefined || parameters.has(name)) return undefined;
    parameters.set(name, match?.[2] ?? '');
  }
  return parameters;
}
