// The strings of a script: constants, `${hex: ...}` and `${unicode: ...}` (RFC 5228 2.4.2.4), and `${variable}` (RFC 5229 3),
// read once at the check. What is no valid reference stays as it is written, as both RFCs want it.
import type { Run } from '../run-state.ts';
import type { Checking } from './checking.ts';
import type { StringNode } from './parser.ts';

/** A string as the run has it. */
export interface Text {
  readonly at: number;
  /** The same in every run; undefined: it holds variables. */
  readonly constant: string | undefined;
  valueIn(run: Run): string;
}

/** Longest string that variables may make, in UTF-16 units; what is behind is cut off (RFC 5229 6). */
const MOST_LENGTH = 65_536;

/** What stands for a value: a match variable by its number, another one by its name. */
export type Reference =
  | { readonly kind: 'match'; readonly index: number }
  | { readonly kind: 'variable'; readonly name: string; readonly isGlobal: boolean };

export function constantText(value: string, at: number): Text {
  return { at, constant: value, valueIn: () => value };
}

const encoded = /\$\{(hex|unicode):([ \t\r\n]*[0-9a-f]+(?:[ \t\r\n]+[0-9a-f]+)*[ \t\r\n]*)\}/gi;

/** RFC 5228 2.4.2.4. Notes a fault for a character that there is not. */
function decodeCharacters(text: string, at: number, checking: Checking): string {
  // Octets may make a character together only with those beside them: hex runs are joined before they are read.
  return text.replace(new RegExp(`(?:${encoded.source})+`, 'gi'), (run) => {
    const pieces: Buffer[] = [];
    for (const [whole, kind = '', digits = ''] of run.matchAll(encoded)) {
      const numbers = digits.trim().split(/[ \t\r\n]+/);
      if (kind.toLowerCase() === 'hex') {
        // Not a pair of digits each: no encoded character, text as it is.
        if (!numbers.every((pair) => pair.length === 2)) return run;
        pieces.push(Buffer.from(numbers.join(''), 'hex'));
        continue;
      }
      const points = numbers.map((number) => Number.parseInt(number, 16));
      if (points.some((point) => !(point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff))) {
        checking.fault(
          at,
          `found ${JSON.stringify(whole.slice(0, 40))}; expected numbers of Unicode characters (0 to D7FF, E000 to 10FFFF)`,
        );
        return run;
      }
      pieces.push(Buffer.from(String.fromCodePoint(...points), 'utf8'));
    }
    const bytes = Buffer.concat(pieces);
    if (bytes.includes(0)) {
      checking.fault(at, 'found an encoded NUL character; expected text');
      return run;
    }
    return bytes.toString('utf8');
  });
}

const reference = /\$\{(?:([0-9]+)|((?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Za-z_][A-Za-z0-9_]*))\}/g;

export function readText(node: StringNode, checking: Checking): Text {
  const { at } = node;
  const hasReference = node.text.includes('${');
  const text =
    hasReference && checking.has('encoded-character') ? decodeCharacters(node.text, at, checking) : node.text;
  if (!hasReference || !checking.has('variables')) return constantText(text, at);
  const parts: (string | Reference)[] = [];
  let from = 0;
  for (const found of text.matchAll(reference)) {
    const read = readReference(found[1], found[2] ?? '', at, checking);
    if (read === undefined) continue;
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push(read);
    from = found.index + found[0].length;
  }
  if (parts.length === 0) return constantText(text, at);
  if (from < text.length) parts.push(text.slice(from));
  return { at, constant: undefined, valueIn: (run) => expand(parts, run) };
}

function readReference(
  digits: string | undefined,
  name: string,
  at: number,
  checking: Checking,
): Reference | undefined {
  if (digits !== undefined) {
    // RFC 5229 3.2: at least up to 9; larger ones are strings that are never set.
    return { kind: 'match', index: Math.min(Number(digits), Number.MAX_SAFE_INTEGER) };
  }
  const lower = name.toLowerCase();
  const dot = lower.lastIndexOf('.');
  if (dot < 0) return { kind: 'variable', name: lower, isGlobal: checking.meetVariable(lower) };
  // RFC 6609 3.4: the only namespace that there is.
  if (checking.has('include') && lower.startsWith('global.') && dot === 'global'.length)
    return { kind: 'variable', name: lower.slice(dot + 1), isGlobal: true };
  checking.fault(
    at,
    `found the variable "${lower.slice(0, 60)}" of a namespace; expected a name without dots${checking.has('include') ? ', or global.NAME' : ''}`,
  );
  return undefined;
}

function expand(parts: readonly (string | Reference)[], run: Run): string {
  let value = '';
  for (const part of parts) {
    value += typeof part === 'string' ? part : run.variables.read(part);
    if (value.length > MOST_LENGTH) return value.slice(0, MOST_LENGTH).toWellFormed();
  }
  run.work.spend(value.length);
  return value;
}
