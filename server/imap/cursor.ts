// The words of an IMAP command, one after the other (RFC 9051 9, formal syntax): atoms, strings, literals, numbers, sets,
// dates, lists. Works on one command that is complete (reader.ts); a byte is a character, and text is decoded by whoever
// knows its charset. What does not fit is a SyntaxFault, which becomes BAD.
import { last, type SequenceSet } from './sets.ts';

/** The command is not what the grammar says; the words are for the client. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
}

/** Nesting of parentheses, NOT and OR that is followed. */
export const deepest = 60;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** ATOM-CHAR: no CTL, blank, `(){%*"\` or `]`, no 8-bit. */
const atomClass = new Uint8Array(256);
const astringClass = new Uint8Array(256);
const listClass = new Uint8Array(256);
for (let code = 0x21; code < 0x7f; code++) {
  const special = '(){%*"\\]'.includes(String.fromCharCode(code));
  if (!special) atomClass[code] = 1;
  if (!special || code === 0x5d) astringClass[code] = 1;
  if (!special || code === 0x5d || code === 0x25 || code === 0x2a) listClass[code] = 1;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export class Cursor {
  readonly text: string;
  readonly #literals: readonly Buffer[];
  #literal = 0;
  #depth = 0;
  at = 0;

  constructor(text: string, literals: readonly Buffer[] = []) {
    this.text = text;
    this.#literals = literals;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  fail(words: string): never {
    throw new SyntaxFault(words);
  }

  /** The command ends here. */
  end(): void {
    if (!this.isAtEnd) this.fail('Unexpected text at the end of the command');
  }

  space(): void {
    if (this.text.charCodeAt(this.at) !== 0x20) this.fail('A space was expected');
    this.at++;
  }

  /** Takes `text` (ASCII, any case) when it is next. */
  take(text: string): boolean {
    if (this.text.length - this.at < text.length) return false;
    const next = this.text.slice(this.at, this.at + text.length);
    if (next !== text && next.toUpperCase() !== text.toUpperCase()) return false;
    this.at += text.length;
    return true;
  }

  /** All that is left. */
  rest(): string {
    const text = this.text.slice(this.at);
    this.at = this.text.length;
    return text;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`${text} was expected`);
  }

  isNext(character: string): boolean {
    return this.text[this.at] === character;
  }

  /** What `one` gives, each after a blank, in parentheses. */
  list<T>(one: () => T, mayBeEmpty = false): T[] {
    this.open();
    const items: T[] = [];
    if (!(mayBeEmpty && this.isNext(')'))) {
      items.push(one());
      while (this.take(' ')) items.push(one());
    }
    this.close();
    return items;
  }

  open(): void {
    this.expect('(');
    this.deeper();
  }

  close(): void {
    this.expect(')');
    this.#depth--;
  }

  /** One level more; `#depth` falls with close and shallower. */
  deeper(): void {
    if (++this.#depth > deepest) this.fail('Nested too deeply');
  }

  shallower(): void {
    this.#depth--;
  }

  #run(kinds: Uint8Array): string {
    const from = this.at;
    const { text } = this;
    let at = from;
    while (at < text.length && kinds[text.charCodeAt(at)] === 1) at++;
    this.at = at;
    return text.slice(from, at);
  }

  atom(what = 'An atom'): string {
    return this.#run(atomClass) || this.fail(`${what} was expected`);
  }

  /** An atom in capitals: names of commands, items, keys. */
  word(what = 'A word'): string {
    return this.atom(what).toUpperCase();
  }

  tag(): string {
    const tag = this.#run(astringClass);
    if (tag === '' || tag.includes('+')) this.fail('A tag was expected');
    return tag;
  }

  number(least = 0, most = 4_294_967_295): number {
    const from = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    const digits = this.text.slice(from, this.at);
    const number = Number(digits);
    if (digits === '' || digits.length > 16 || number < least || number > most)
      this.fail(`A number from ${least} to ${most} was expected`);
    return number;
  }

  /** RFC 7162: mod-sequence-value, 63 bits; ours stay below 2^53. */
  modseq(least = 0): number {
    const from = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    const digits = this.text.slice(from, this.at);
    if (digits === '' || digits.length > 19) this.fail('A mod-sequence was expected');
    const number = Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
    if (number < least) this.fail('A mod-sequence was expected');
    return number;
  }

  quoted(): string {
    const { text } = this;
    this.expect('"');
    let out = '';
    let from = this.at;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (Number.isNaN(code)) this.fail('A quoted string has no end');
      if (code === 0 || code === 13 || code === 10) this.fail('A quoted string cannot hold this character');
      if (code === 0x5c) {
        const next = text[this.at + 1];
        if (next !== '"' && next !== '\\') this.fail('Only " and \\ are quoted by a backslash');
        out += text.slice(from, this.at);
        from = ++this.at;
      }
      this.at++;
    }
    out += text.slice(from, this.at);
    this.at++;
    return out;
  }

  literal(): Buffer {
    const header = /(~?)\{\d+\+?\}\n/y;
    header.lastIndex = this.at;
    const found = header.exec(this.text);
    const bytes = this.#literals[this.#literal];
    if (!found || bytes === undefined) this.fail('A literal was expected');
    if (found[1] === '' && bytes.includes(0)) this.fail('A literal cannot hold NUL');
    this.at += found[0].length;
    this.#literal++;
    return bytes;
  }

  string(): string {
    if (this.isNext('"')) return this.quoted();
    if (this.isNext('{') || this.isNext('~')) return this.literal().toString('latin1');
    this.fail('A string was expected');
  }

  astring(): string {
    if (this.isNext('"') || this.isNext('{')) return this.string();
    return this.#run(astringClass) || this.fail('A string was expected');
  }

  /** A blank and an astring: a name among the arguments of a command. */
  argument(): string {
    this.space();
    return this.astring();
  }

  /** The same as the only argument. */
  onlyArgument(): string {
    const argument = this.argument();
    this.end();
    return argument;
  }

  /** `NIL` or a string. */
  nstring(): string | undefined {
    return !this.isNext('"') && !this.isNext('{') && !this.isNext('~') && this.take('NIL')
      ? undefined
      : this.string();
  }

  /** list-mailbox: wildcards may stand bare. */
  pattern(): string {
    if (this.isNext('"') || this.isNext('{')) return this.string();
    return this.#run(listClass) || this.fail('A pattern was expected');
  }

  /** \Seen or a keyword. */
  flag(): string {
    const slash = this.take('\\') ? '\\' : '';
    return slash + this.atom('A flag');
  }

  flags(): string[] {
    return this.list(() => this.flag(), true);
  }

  sequenceSet(): SequenceSet {
    if (this.take('$')) return { ranges: [], isSaved: true };
    const ranges: [number, number][] = [];
    do {
      const from = this.take('*') ? last : this.number(1);
      const to = this.take(':') ? (this.take('*') ? last : this.number(1)) : from;
      ranges.push([from, to]);
    } while (this.take(','));
    return { ranges, isSaved: false };
  }

  /** `1-Feb-1994`, also quoted: midnight UTC, milliseconds. */
  date(): number {
    const isQuoted = this.take('"');
    const form = /(\d{1,2})-([A-Za-z]{3})-(\d{4})/y;
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (!found) this.fail('A date such as 1-Feb-2026 was expected');
    this.at += found[0].length;
    if (isQuoted) this.expect('"');
    return this.#day(found[1]!, found[2]!, found[3]!);
  }

  /** `" 1-Feb-1994 21:52:25 -0800"`, milliseconds since 1970. */
  dateTime(): number {
    const form = /"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"/y;
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (!found) this.fail('A date and time was expected');
    this.at += found[0].length;
    const [hours, minutes, seconds, zoneHours, zoneMinutes] = [4, 5, 6, 8, 9].map((n) => Number(found[n]));
    if (hours! > 23 || minutes! > 59 || seconds! > 60 || zoneHours! > 23 || zoneMinutes! > 59)
      this.fail('This time of day does not exist');
    const zone = (zoneHours! * 60 + zoneMinutes!) * (found[7] === '-' ? -1 : 1);
    const day = this.#day(found[1]!, found[2]!, found[3]!);
    return day + ((hours! * 60 + minutes! - zone) * 60 + seconds!) * 1000;
  }

  #day(dayText: string, monthText: string, yearText: string): number {
    const month = months.indexOf(monthText.toLowerCase());
    const [day, year] = [Number(dayText), Number(yearText)];
    const date = new Date(0);
    date.setUTCFullYear(year, month, day);
    if (month < 0 || date.getUTCDate() !== day || date.getUTCMonth() !== month)
      this.fail('This day does not exist');
    return date.getTime();
  }
}
