// Options as getopt(3) reads them, for commands that must take what qmail's and vpopmail's take: single letters that may
// be joined (`-an`), a value in the same word or the next (`-qNOQUOTA`, `-q NOQUOTA`), an optional value only in the same
// word (`-r20`). Options end at the first word that is none, or after `--`.

/** What was found, in order. `bad` is the first letter that is not known or lacks its value, `complaint` says which. */
export interface ParsedOptions {
  readonly options: readonly { readonly letter: string; readonly value: string }[];
  readonly rest: readonly string[];
  readonly bad?: string | undefined;
  /** getopt(3)'s words about it. */
  readonly complaint?: string | undefined;
}

/** `spec` as in getopt: `vq:r::` is -v, -q VALUE, -r[VALUE]. */
export function parseOptions(args: readonly string[], spec: string): ParsedOptions {
  const options: { letter: string; value: string }[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index]!;
    if (word === '--') return { options, rest: args.slice(index + 1) };
    if (!word.startsWith('-') || word === '-') break;
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const place = letter === ':' ? -1 : spec.indexOf(letter);
      if (place < 0) return { options, rest: [], bad: letter, complaint: `illegal option -- ${letter}` };
      if (spec[place + 1] !== ':') {
        options.push({ letter, value: '' });
        continue;
      }
      let value = word.slice(at + 1);
      if (value === '' && spec[place + 2] !== ':') {
        const next = args[++index];
        if (next === undefined)
          return { options, rest: [], bad: letter, complaint: `option requires an argument -- ${letter}` };
        value = next;
      }
      options.push({ letter, value });
      break;
    }
  }
  return { options, rest: args.slice(index) };
}

/** The same as GNU getopt(3) does it, for commands that were always linked with it: options may follow other arguments. */
export function parseOptionsAnywhere(args: readonly string[], spec: string): ParsedOptions {
  const options: { letter: string; value: string }[] = [];
  const others: string[] = [];
  let left = args;
  for (;;) {
    const parsed = parseOptions(left, spec);
    options.push(...parsed.options);
    if (parsed.bad !== undefined) return { ...parsed, options };
    // `--` ends the options: all that follows it is not looked at.
    const taken = left.length - parsed.rest.length;
    const [word, ...rest] = parsed.rest;
    if (word === undefined || (taken > 0 && left[taken - 1] === '--'))
      return { options, rest: [...others, ...parsed.rest] };
    others.push(word);
    left = rest;
  }
}
