// What stands for what in texts and settings of lists (ezmlm-idx 7 lib/copy, ezmlm(5) SUBSTITUTIONS and SECTIONS): tags
// `<#l#>`, lines `!A` and `!R`, comments, and sections `<=ap=>` that are there only when all their flags are set. Owners
// write these texts. Pure, on byte strings; values are text and become UTF-8.
import { quoteAddress } from '../formats/address.ts';
import { toBytes } from './files.ts';

/** The values of a text. What is not given is `?????` or nothing, as in ezmlm. */
export interface Substitutions {
  /** `<#l#>`: local part of the list, or of its digest when that is asked for. */
  readonly outlocal: string;
  /** `<#L#>`: local part of the list. */
  readonly mainlocal: string;
  /** `<#h#>`, `<#H#>`. */
  readonly outhost: string;
  /** `<#d#>`: the list directory. */
  readonly directory?: string | undefined;
  /** `<#A#>`, `!A`: address that is to be subscribed, or to which a post is accepted; `<#a#>` its local part. */
  readonly target?: string | undefined;
  /** `<#t#>`: the target with `=` for its `@`. */
  readonly verpTarget?: string | undefined;
  /** `<#R#>`, `!R`: address to which a confirmation or rejection is sent; `<#r#>` its local part, `<#c#>` that without `LIST-`. */
  readonly confirm?: string | undefined;
  /** Characters of the local part of the list in `confirm`; those of `outlocal` unless told. */
  readonly confirmPrefix?: number | undefined;
  /** `<#C#>`: the cookie. */
  readonly cookie?: string | undefined;
  /** `<#T#>`: its time, seconds since 1970. */
  readonly time?: number | undefined;
  /** `<#X#>`: its action. */
  readonly action?: string | undefined;
  /** `<#n#>`: number of a message. */
  readonly number?: string | undefined;
  /** `<#0#>` to `<#9#>`. */
  readonly parameters?: readonly (string | undefined)[] | undefined;
}

const unknown = '?????';

/** The value of a tag; '' for tags that nobody knows. */
function valueOfTag(tag: string, values: Substitutions): string {
  const localOf = (address: string): string => {
    const at = address.indexOf('@');
    return at < 0 ? address : address.slice(0, at);
  };
  switch (tag) {
    case 'A':
      return values.target ?? unknown;
    case 'a':
      return localOf(values.target ?? unknown);
    case 't':
      return values.verpTarget ?? unknown;
    case 'R':
      return values.confirm ?? unknown;
    case 'r':
      return localOf(values.confirm ?? unknown);
    case 'c':
      return localOf(values.confirm ?? '').slice((values.confirmPrefix ?? values.outlocal.length) + 1);
    case 'C':
      return values.cookie ?? '?'.repeat(20);
    case 'T':
      return values.time === undefined ? unknown : String(values.time);
    case 'X':
      return values.action ?? unknown;
    case 'l':
      return quoteAddress(values.outlocal);
    case 'L':
      return quoteAddress(values.mainlocal);
    case 'h':
    case 'H':
      return values.outhost;
    case 'd':
      return values.directory ?? '';
    case 'n':
      return values.number ?? unknown;
    default:
      return /[0-9]/.test(tag) ? (values.parameters?.[Number(tag)] ?? '') : '';
  }
}

/** Replaces all tags. In values no line feeds and NULs go into a text: an address never makes a line of its own. */
export function substitute(text: string, values: Substitutions): string {
  return text.replace(/<#([^\n])#>/g, (_whole, tag: string) =>
    toBytes(valueOfTag(tag, values).replace(/[\r\n\0]/g, '_')),
  );
}

/**
 * A text of DIR/text as it is sent: comments (`#` at the beginning of a line) and sections that do not apply are left out,
 * `!A` and `!R` lines and tags replaced; the last line is ended.
 * @param isSet is the flag of this letter or digit set? A letter that means nothing is
 */
export async function formatText(
  text: string,
  values: Substitutions,
  isSet: (letter: string) => Promise<boolean>,
): Promise<string> {
  let out = '';
  let isWanted = true;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    // ezmlm replaces these lines in all sections.
    if (line.startsWith('!A') || line.startsWith('!R')) {
      out += `   ${substitute(`<#${line[1]}#>`, values)}\n`;
      continue;
    }
    const flags = /^<=(.*)=>$/.exec(line)?.[1];
    if (flags !== undefined) {
      isWanted = true;
      for (const letter of flags) isWanted &&= await isSet(letter);
    } else if (isWanted) out += `${substitute(line, values)}\n`;
  }
  return out;
}
