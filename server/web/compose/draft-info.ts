// X-Draft-Info: what a draft knows and no standard field can say, kept for when its message is opened again, also on another
// machine: the message that it answers, the wish for delivery reports, and where its copy goes. The copy in Sent keeps the
// wish for "edit as new" (spec/webmail.md 4.6); what leaves never has the field. Pure.
import type { Answering } from './drafts.ts';
import type { LetterOptions } from './options.ts';

export interface DraftInfo {
  readonly origin: Pick<Answering, 'kind' | 'id'> | undefined;
  readonly wantsReports: boolean;
  /** As in LetterOptions. */
  readonly copy: string;
}

/** A name without blanks cannot be folded: one that is longer is not kept. */
const longestCopy = 600;

/** The value of the field; '': there is nothing to say. `isDraft`: else it is the copy of a letter that left. */
export function writeDraftInfo(
  answering: Answering | undefined,
  options: LetterOptions | undefined,
  isDraft: boolean,
): string {
  const copy = encodeURIComponent(options?.copy.toWellFormed() ?? '');
  return [
    ...(isDraft && answering ? [`type=${answering.kind}`, `id=${answering.id}`] : []),
    ...(options?.wantsReports ? ['reports=1'] : []),
    ...(isDraft && copy !== '' && copy.length <= longestCopy ? [`copy=${copy}`] : []),
  ].join('; ');
}

/** Reads the field of a message of anybody: what is not of that form is not there. */
export function readDraftInfo(value: string): DraftInfo {
  const parts = new Map<string, string>();
  for (const part of value.slice(0, 2000).split(';')) {
    const [, name, text] = /^\s*([a-z]+)=(\S*)\s*$/.exec(part) ?? [];
    if (name !== undefined && text !== undefined) parts.set(name, text);
  }
  const kind = parts.get('type');
  const id = parts.get('id') ?? '';
  const isOrigin = (kind === 'reply' || kind === 'forward') && /^[A-Za-z0-9_-]{12}$/.test(id);
  let copy = '';
  try {
    copy = decodeURIComponent(parts.get('copy') ?? '');
  } catch {
    // Not written by us.
  }
  return {
    origin: isOrigin ? { kind, id } : undefined,
    wantsReports: parts.get('reports') === '1',
    copy: isCopy(copy) ? copy : '',
  };
}

/** Is this a choice of where a copy goes? */
export const isCopy = (copy: string): boolean => copy === '-' || /^=[^\0\r\n]{1,255}$/.test(copy);
