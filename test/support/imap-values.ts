// IMAP answers as values (RFC 9051 9): parenthesised lists become arrays, strings of every kind become text of one
// character a byte, NIL becomes null. For comparing what two servers say, however they quote it.

export type ImapValue = string | null | readonly ImapValue[];

/** Reads one value from `at`; gives it and the offset after it. */
export function readValue(text: string, at: number): [ImapValue, number] {
  const char = text[at];
  if (char === '(') {
    const list: ImapValue[] = [];
    let next = at + 1;
    while (text[next] !== ')') {
      if (next >= text.length) throw new Error('a list without an end');
      if (text[next] === ' ') {
        next++;
        continue;
      }
      const [value, after] = readValue(text, next);
      list.push(value);
      next = after;
    }
    return [list, next + 1];
  }
  if (char === '"') {
    let value = '';
    let next = at + 1;
    for (; text[next] !== '"'; next++) {
      if (next >= text.length) throw new Error('a string without an end');
      if (text[next] === '\\') next++;
      value += text[next];
    }
    return [value, next + 1];
  }
  const literal = /^~?\{(\d+)\}\r\n/.exec(text.slice(at, at + 24));
  if (literal) {
    const start = at + literal[0].length;
    const end = start + Number(literal[1]);
    return [text.slice(start, end), end];
  }
  let end = at;
  // BODY[HEADER.FIELDS (A B)] is one word.
  let depth = 0;
  while (end < text.length && (depth > 0 || !' ()\r\n'.includes(text[end]!))) {
    if (text[end] === '[') depth++;
    else if (text[end] === ']') depth--;
    end++;
  }
  if (end === at) throw new Error(`no value at ${JSON.stringify(text.slice(at, at + 40))}`);
  const word = text.slice(at, end);
  return [word === 'NIL' ? null : word, end];
}

/** The value that a text is. */
export function parseValue(text: string): ImapValue {
  const [value, end] = readValue(text, 0);
  if (end !== text.length)
    throw new Error(`more than one value: ${JSON.stringify(text.slice(end, end + 40))}`);
  return value;
}

/** FETCH answers of a whole session, by sequence number, items by name. */
export function readFetches(session: string): Map<number, Map<string, ImapValue>> {
  const fetches = new Map<number, Map<string, ImapValue>>();
  for (const line of splitLines(session)) {
    const begin = /^\* (\d+) FETCH /.exec(line);
    if (!begin) continue;
    const [items] = readValue(line, begin[0].length);
    const known = fetches.get(Number(begin[1])) ?? new Map<string, ImapValue>();
    fetches.set(Number(begin[1]), known);
    const list = items as readonly ImapValue[];
    for (let i = 0; i + 1 < list.length; i += 2) known.set(list[i] as string, list[i + 1]!);
  }
  return fetches;
}

/** The answers of a session, literals and all. */
export function splitLines(session: string): string[] {
  const lines: string[] = [];
  let start = 0;
  let at = 0;
  for (;;) {
    const end = session.indexOf('\r\n', at);
    if (end < 0) return lines;
    const literal = /\{(\d+)\}$/.exec(session.slice(Math.max(at, end - 24), end));
    if (literal) at = end + 2 + Number(literal[1]);
    else {
      lines.push(session.slice(start, end));
      start = end + 2;
      at = start;
    }
  }
}
