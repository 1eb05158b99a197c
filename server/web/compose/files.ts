// Names and order of the files of a letter, as somebody wants them (spec/webmail.md 4.3). The form says a name for each
// (`file-name-a1`), so no save loses one; `move=a2:a1` puts one before another, `a2:` at the end. Pure.
import { cleanLine } from '../shell/foreign.ts';
import type { DraftAttachment } from './drafts.ts';
import { cleanFileName } from './names.ts';

/** Files whose names a form holds: their number keeps it below the limit of fields (security.md W8). */
export const mostNamed = 50;
/** Characters. */
export const longestFileName = 200;

const nameField = (id: string): string => `file-name-${id}`;
export const isNameField = (name: string): boolean => /^file-name-a\d{1,4}$/.test(name);

const ending = (name: string): string => /[^.](\.[A-Za-z0-9]{1,8})$/.exec(name)?.[1] ?? '';

/** The files under the names that the form has for them. One without an ending keeps its old one: it says what opens it. */
export function renameFiles<One extends Pick<DraftAttachment, 'id' | 'name'>>(
  attachments: readonly One[],
  fields: ReadonlyMap<string, string>,
): readonly One[] {
  return attachments.map((one) => {
    const typed = fields.get(nameField(one.id))?.trim() ?? '';
    if (typed === '' || typed === cleanLine(one.name)) return one;
    const name = cleanFileName(typed.slice(0, longestFileName));
    return { ...one, name: ending(name) === '' ? name + ending(one.name) : name };
  });
}

/** The files in the order that the form asks for; one that is not there moves nothing. */
export function moveFile<One extends Pick<DraftAttachment, 'id'>>(
  attachments: readonly One[],
  move: string | undefined,
): readonly One[] {
  const [id, before] = (move ?? '').split(':');
  const moved = attachments.find((one) => one.id === id);
  if (!moved || before === undefined || before === id) return attachments;
  const others = attachments.filter((one) => one !== moved);
  const place = others.findIndex((one) => one.id === before);
  return before !== '' && place < 0
    ? attachments
    : others.toSpliced(before === '' ? others.length : place, 0, moved);
}
