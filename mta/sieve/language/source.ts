// The text of a script and places in it (RFC 5228 2.1: UTF-8). A place is an offset into the text while we work; people are
// told lines and columns, counted from 1, columns in characters. ScriptError is how parser, check and run stop.
import { type ScriptFault, SIEVE_SCRIPT_BYTES } from '../types.ts';

/** What stops the reading or the running of a script. Never leaves this folder: it becomes a ScriptFault. */
export class ScriptError extends Error {
  override name = 'ScriptError';
  /** Where, in the script's text; undefined: where the run is. */
  readonly at: number | undefined;

  constructor(message: string, at?: number) {
    super(message);
    this.at = at;
  }
}

export class ScriptSource {
  readonly text: string;
  #countedTo = 0;
  #lines = 1;

  private constructor(text: string) {
    this.text = text;
  }

  /** The text of the bytes, or why they are none. */
  static read(bytes: Buffer): ScriptSource | ScriptFault {
    if (bytes.length > SIEVE_SCRIPT_BYTES)
      return {
        line: 1,
        column: 1,
        message: `the script has ${bytes.length} bytes; at most ${SIEVE_SCRIPT_BYTES} are allowed`,
      };
    const text = bytes.toString('utf8');
    const source = new ScriptSource(text.startsWith('\ufeff') ? text.slice(1) : text);
    // What replaces broken bytes may also be written by hand: three bytes, and the same length then.
    if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes))
      return source.fault(findBroken(bytes), 'found bytes that are no UTF-8; a script is text in UTF-8');
    return source;
  }

  fault(at: number, message: string): ScriptFault {
    const lineStart = at === 0 ? 0 : this.text.lastIndexOf('\n', at - 1) + 1;
    return { line: this.lineOf(at), column: [...this.text.slice(lineStart, at)].length + 1, message };
  }

  /** The line of a place, from 1. */
  lineOf(at: number): number {
    // Asked for many places, in their order: what was counted is not counted again.
    if (at < this.#countedTo) [this.#countedTo, this.#lines] = [0, 1];
    for (;;) {
      const newline = this.text.indexOf('\n', this.#countedTo);
      if (newline < 0 || newline >= at) return this.#lines;
      this.#lines++;
      this.#countedTo = newline + 1;
    }
  }
}

/** Offset in the text of the first character that stands for broken bytes. */
function findBroken(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let at = text.indexOf('\ufffd');
  // Bytes before a true U+FFFD are the same both ways.
  while (at >= 0) {
    const start = Buffer.byteLength(text.slice(0, at), 'utf8');
    if (bytes.toString('utf8', start, start + 3) !== '\ufffd' || bytes[start] !== 0xef) return at;
    at = text.indexOf('\ufffd', at + 1);
  }
  return 0;
}

/** A piece of a script in a message: short, on one line. */
export function quoted(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40).toWellFormed()}...` : text;
  return `"${short.replace(/[\x00-\x1f\x7f]/g, ' ')}"`;
}
