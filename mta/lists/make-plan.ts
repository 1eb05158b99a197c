// Reads an ezmlmrc(5), the description of a list directory, and says what is to be made of it for given options. Pure.
// Sites and owners write their own (ezmlm-make -c, -C); the form is ezmlm-idx 7's, its version is not looked at.
import { ListError } from './errors.ts';

/** What a description is read with. */
export interface PlanValues {
  /** Letters that are set, `e` among them for an edit. */
  readonly flags: ReadonlySet<string>;
  /** Words of the options -0 and -3 to -9, by digit; '1' and '2' are the extensions of DOT. '' is as missing. */
  readonly words: ReadonlyMap<string, string>;
  /** Overwrite in an edit what E protects (-ee, -++, another name or host). */
  readonly forces: boolean;
  /** `<#B#>` programs, `<#C#>` digest code, `<#D#>` DIR, `<#H#>` host, `<#L#>` local, `<#T#>` DOT, `<#X#>` description. */
  readonly tags: Readonly<Record<'B' | 'C' | 'D' | 'H' | 'L' | 'T' | 'X', string>>;
}

/** One thing to do, in order. Paths are below DIR; a link's name is added to DOT. */
export type Step =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'link'; readonly suffix: string; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly keepsOld: boolean };

interface Condition {
  readonly isMet: boolean;
  /** The tag has an E, and this is an edit: files that are there stay. */
  readonly keepsOld: boolean;
}

/** @throws ListError 100 for a line that is no tag of this form */
export function planList(template: string, values: PlanValues): readonly Step[] {
  const steps: Step[] = [];
  let open: { path: string; content: string; keepsOld: boolean } | undefined;
  let name = '';
  let isWritten = false;
  const close = (): void => {
    if (open) steps.push({ kind: 'file', ...open });
    open = undefined;
  };
  const lines = template.split('\n').slice(1);
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    if (!line.startsWith('</')) {
      if (isWritten && open) open.content += `${fillTags(line, values)}\n`;
      continue;
    }
    const tag = readTag(line);
    const condition = judge(tag.conditions, values);
    isWritten = false;
    switch (tag.kind) {
      case '+':
        if (condition.isMet) steps.push({ kind: 'directory', path: tag.name });
        continue;
      case '-':
        if (condition.isMet) steps.push({ kind: 'remove', path: tag.name });
        continue;
      case ':': {
        const slash = tag.name.indexOf('/');
        if (slash < 0) throw new ListError(100, `${line}: a link is </:LINK/FILE/>`);
        const [suffix, path] = [tag.name.slice(0, slash), tag.name.slice(slash + 1)];
        if (condition.isMet) steps.push({ kind: 'link', suffix, path });
        continue;
      }
      case '':
        if (tag.name !== '') name = tag.name;
        // A file goes on while no other has begun; whether it keeps an old one, its first tag says.
        if (open?.path !== name) {
          close();
          if (!condition.isMet) continue;
          if (name === '') throw new ListError(100, `${line}: no file has begun before it`);
          open = { path: name, content: '', keepsOld: condition.keepsOld };
        }
        isWritten = condition.isMet;
    }
  }
  close();
  return steps;
}

function readTag(line: string): { kind: '+' | '-' | ':' | ''; name: string; conditions: string } {
  if (line.includes('.')) throw new ListError(100, `${line}: no dots in tags`);
  const [, kind = '', name = '', conditions = ''] =
    /^<\/([-+:]?)([^#]*?)(?:#([A-Za-z0-9^]*))?\/>/.exec(line) ?? [];
  if (!/^<\/[^#]*?(?:#[A-Za-z0-9^]*)?\/>/.test(line)) throw new ListError(100, `${line}: a tag ends in />`);
  return { kind: kind as '', name, conditions };
}

/** All must hold. `^` turns the next round. */
function judge(conditions: string, { flags, words, forces }: PlanValues): Condition {
  let isMet = true;
  let keepsOld = false;
  for (const [, not, sign] of conditions.matchAll(/(\^?)([A-Za-z0-9])/g) as Iterable<
    [string, string, string]
  >) {
    const isNot = not === '^';
    if ((sign === 'E' && !isNot) || (sign === 'e' && isNot)) keepsOld ||= flags.has('e') && !forces;
    else if (/[0-9]/.test(sign)) isMet &&= ((words.get(sign) ?? '') !== '') !== isNot;
    else if (/[a-z]/.test(sign)) isMet &&= flags.has(sign) !== isNot;
    else isMet &&= flags.has(sign.toLowerCase()) === isNot;
  }
  return { isMet, keepsOld };
}

/** Tags that nobody here knows stay: `<#l#>` is for the programs that read the file. */
function fillTags(line: string, { flags, words, tags }: PlanValues): string {
  return line.replace(/<#([^\n])#>/g, (whole, tag: string) => {
    if (/[0-9]/.test(tag)) return words.get(tag) ?? '';
    if (tag === 'F') return `-${formatFlags(flags)}`;
    return Object.hasOwn(tags, tag) ? tags[tag as 'B'] : whole;
  });
}

/** All letters: small when set, else capital. */
export const formatFlags = (flags: ReadonlySet<string>): string =>
  Array.from('abcdefghijklmnopqrstuvwxyz', (letter) =>
    flags.has(letter) ? letter : letter.toUpperCase(),
  ).join('');
