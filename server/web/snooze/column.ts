// What every page shows of snoozed letters: their line in the folder column behind Starred, instead of the plain folder,
// and on rows when they come back or that they did. Pure.
import type { FolderColumn, FolderEntry } from '../shell/column.ts';
import { countText, type Formats } from '../shell/formats.ts';
import type { Translate } from '../words/words.ts';
import { snoozedFolder } from './store.ts';

export const snoozedPath = '/v/snoozed';
/** Which "folder" is here on its page. */
export const snoozedHere = ':snoozed';

/** The column with Snoozed among the special lines, from the first snooze on. `total`: letters that sleep. */
export function withSnoozed(
  column: FolderColumn,
  total: number,
  here: string | undefined,
  t: Translate,
  formats: Formats,
): FolderColumn {
  const found = column.own.find(({ name }) => name === snoozedFolder);
  if (!found) return column;
  const entry: FolderEntry = {
    ...found,
    label: t('folder.snoozed'),
    href: snoozedPath,
    icon: 'alarm-clock',
    count: countText(total, formats, t),
    countWords: total === 0 ? '' : t('folder.total', { n: total }),
    here: here === snoozedHere || found.here,
    strong: false,
  };
  const behind = column.special.findIndex(({ icon }) => icon === 'star') + 1;
  return {
    ...column,
    special: column.special.toSpliced(behind, 0, entry),
    own: column.own.filter((own) => own !== found),
    ownCount: column.ownCount - 1,
  };
}

/** What a row says: when it comes back, or that it did and nobody looked yet. */
export function snoozeWords(
  at: number | undefined,
  isUnread: boolean,
  { t, formats, now }: { readonly t: Translate; readonly formats: Formats; readonly now: number },
): string {
  if (at === undefined) return '';
  if (at > 0) return t('snooze.until', { time: formats.moment(at, now) });
  return isUnread ? t('snooze.woken') : '';
}
