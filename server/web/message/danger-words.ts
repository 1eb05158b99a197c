// Why a file is not given without a question (spec/webmail.md 3.11), in words. One sentence a reason.
import type { Danger } from '../../message/danger.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';

/** Sentences for the reasons; undefined: nobody could look into the file. */
export function dangerLines(dangers: readonly Danger[] | undefined, t: Translate): readonly string[] {
  if (dangers === undefined) return [t('danger.unread')];
  return dangers.map((danger) => {
    switch (danger.reason) {
      case 'kind':
      case 'page':
      case 'endings':
      case 'mismatch':
        return t(`danger.${danger.reason}`, { extension: danger.extension });
      case 'holds':
        return t('danger.holds', { name: cleanLine(danger.name) });
      default:
        return t(`danger.${danger.reason}`);
    }
  });
}
