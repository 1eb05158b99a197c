// SEARCH of text in a message (RFC 9051 6.4.4): HEADER, BODY and TEXT, over decoded words and texts, compared as substrings
// under i;unicode-casemap (RFC 5051). HTML matches by what it shows and by its source. Limits of M2: what lies beyond
// them is not found. Pure; runs in the workers.
import type { SearchKey } from '../../mailbox/uid-types.ts';
import { readTextPart } from '../bodies.ts';
import { type HeaderField, readHeaders } from '../headers.ts';
import { htmlToText } from '../html-text.ts';
import { maxTextPartBytes } from '../limits.ts';
import { type ScannedPart, scanStructure, walkParts } from '../structure.ts';
import { joinLines } from '../text.ts';
import { decodeWords } from '../words.ts';
import { foldCase } from './casemap.ts';

/** The search keys that need the message itself. */
export type TextKey = Extract<SearchKey, { readonly key: 'header' | 'body' | 'text' }>;

/** Characters of text that are searched in one message. */
const longestText = 16 * 1024 * 1024;

/** A text whose needle is sought, folded when it is first asked for. */
type Haystack = () => string;

const lazily = (make: () => string): Haystack => {
  let made: string | undefined;
  return () => {
    made ??= foldCase(make());
    return made;
  };
};

const fieldText = ({ rawName, value }: HeaderField): string => `${rawName}: ${decodeWords(value)}`;

/** Everything that BODY looks at: texts, and the headers of forwarded messages; `mime` also those of parts. */
function* readBodyTexts(
  message: Buffer,
  root: ScannedPart,
): Generator<{ haystack: Haystack; mime: boolean }> {
  let left = longestText;
  for (const part of walkParts(root)) {
    if (part !== root && part.fields.length > 0) {
      const isMessage = part.parent !== undefined && !part.parent.type.startsWith('multipart/');
      yield { haystack: lazily(() => part.fields.map(fieldText).join('\n')), mime: !isMessage };
    }
    if (part.parts.length > 0 || left <= 0) continue;
    if (!part.type.startsWith('text/') && !part.type.startsWith('message/')) continue;
    const { text } = readTextPart(message, part, Math.min(left, maxTextPartBytes));
    left -= text.length;
    yield { haystack: lazily(() => text), mime: false };
    if (part.type === 'text/html') {
      const shown = lazily(() => joinLines(htmlToText(text, maxTextPartBytes, false).lines));
      yield { haystack: shown, mime: false };
    }
  }
}

function matchesHeader(fields: readonly HeaderField[], name: string, needle: string): boolean {
  const wanted = name.toLowerCase();
  return fields.some(
    (field) =>
      // RFC 9051 6.4.4: an empty string matches every message that has the field.
      field.name === wanted && (needle === '' || foldCase(decodeWords(field.value)).includes(needle)),
  );
}

/** For each key whether the message matches it. */
export function matchMessage(message: Buffer, keys: readonly TextKey[]): boolean[] {
  const needles = keys.map(({ text }) => foldCase(text));
  const found = keys.map((_, i) => needles[i] === '' && keys[i]!.key !== 'header');
  const isHeaderOnly = keys.every(({ key }) => key === 'header');
  const root = isHeaderOnly ? undefined : scanStructure(message).root;
  const fields = root?.fields ?? readHeaders(message, 0, message.length).fields;
  const head = lazily(() => fields.map(fieldText).join('\n'));
  for (const [i, key] of keys.entries()) {
    if (key.key === 'header') found[i] = matchesHeader(fields, key.field, needles[i]!);
    else if (key.key === 'text') found[i] ||= head().includes(needles[i]!);
  }
  const isOpen = (): boolean => found.some((one, i) => !one && keys[i]!.key !== 'header');
  if (!root || !isOpen()) return found;
  for (const { haystack, mime } of readBodyTexts(message, root)) {
    for (const [i, { key }] of keys.entries())
      if (!found[i] && (key === 'text' || (key === 'body' && !mime)))
        found[i] = haystack().includes(needles[i]!);
    if (!isOpen()) break;
  }
  return found;
}
