// Variables of a run (RFC 5229): those of each script, the global ones that included scripts share (RFC 6609 3.3), and what
// the last :matches or :regex found. Bounded in number and length; an unset one is the empty string.
import { ScriptError } from './language/source.ts';
import type { Reference } from './language/text.ts';

/** RFC 5229 6 asks for 128 names and 4000 characters; what is longer is cut off. */
const MOST_VARIABLES = 256;
export const MOST_VARIABLE_LENGTH = 16_384;
/** ${0} to ${31}. */
const MOST_MATCHES = 32;

export class Variables {
  readonly #own = new Map<string, string>();
  readonly #shared: Map<string, string>;
  #matches: readonly string[] = [];

  constructor(shared: Map<string, string> = new Map()) {
    this.#shared = shared;
  }

  /** Of another script of the same run: its own, and the same global ones. */
  forIncluded(): Variables {
    return new Variables(this.#shared);
  }

  read(reference: Reference): string {
    if (reference.kind === 'match') return this.#matches[reference.index] ?? '';
    return (reference.isGlobal ? this.#shared : this.#own).get(reference.name) ?? '';
  }

  write(name: string, isGlobal: boolean, value: string): void {
    const variables = isGlobal ? this.#shared : this.#own;
    if (!variables.has(name) && variables.size >= MOST_VARIABLES)
      throw new ScriptError(
        `found more than ${MOST_VARIABLES} variables; expected at most ${MOST_VARIABLES} (the next was "${name.slice(0, 40)}")`,
      );
    variables.set(name, cutText(value, MOST_VARIABLE_LENGTH));
  }

  /** RFC 5229 3.2: a match that succeeds sets them all. */
  setMatch(found: readonly string[]): void {
    this.#matches = found.slice(0, MOST_MATCHES).map((text) => cutText(text, MOST_VARIABLE_LENGTH));
  }
}

/** At most so many UTF-16 units, no character halved. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const code = text.charCodeAt(most - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? most - 1 : most);
}
