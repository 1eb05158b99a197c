// Labels as pages show them: names in the reader's language, chips of a message, lines of the folder column, and the
// operator `label:` of a search with the names people see turned into the keywords that the mailbox knows. Pure.
import { foldKeyword } from '../../../mta/maildir/keyword-files.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';
import type { Label, LabelColor } from './store.ts';

export interface LabelView {
  readonly keyword: string;
  readonly name: string;
  readonly color: LabelColor;
  readonly href: string;
}

const usualNames = {
  $label1: 'label.important',
  $label2: 'label.work',
  $label3: 'label.personal',
  $label4: 'label.todo',
  $label5: 'label.later',
} as const;

/** The name people see. */
export function nameOfLabel({ keyword, name }: Label, t: Translate): string {
  if (name !== '') return cleanLine(name, 100);
  const key = usualNames[keyword as keyof typeof usualNames];
  return key === undefined ? cleanLine(keyword, 100) : t(key);
}

/** The list of a label; its name is one path segment. */
export const labelPath = (name: string): string => `/label/${encodeURIComponent(name)}`;

export function labelViews(labels: readonly Label[], t: Translate): readonly LabelView[] {
  return labels.map((label) => {
    const name = nameOfLabel(label, t);
    return { keyword: label.keyword, name, color: label.color, href: labelPath(name) };
  });
}

/** The chips of a message, in the order of the settings; keywords that are nobody's label are not shown. */
export function chipsOf(keywords: readonly string[], labels: readonly LabelView[]): readonly LabelView[] {
  if (keywords.length === 0) return [];
  const has = new Set(keywords.map(foldKeyword));
  return labels.filter(({ keyword }) => has.has(foldKeyword(keyword)));
}

const fold = (name: string): string => name.normalize('NFC').toLowerCase();

/** The label of a name, or of a keyword. */
export const findLabel = (labels: readonly LabelView[], wanted: string): LabelView | undefined =>
  labels.find(({ name }) => fold(name) === fold(wanted)) ??
  labels.find(({ keyword }) => foldKeyword(keyword) === foldKeyword(wanted));

/** A search with `label:name` and `label:"a name"` turned into the keywords they stand for; others stay as typed. */
export function withKeywords(q: string, labels: readonly LabelView[]): string {
  if (!/label:/i.test(q)) return q;
  return q.replace(/(^|[\s-])(label:)(?:"([^"]*)"?|(\S+))/gi, (whole, before, operator, quoted, plain) => {
    const label = findLabel(labels, quoted ?? plain ?? '');
    return label ? `${before}${operator}${label.keyword}` : whole;
  });
}
