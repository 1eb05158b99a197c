// What every page shows of the outbox: its line in the folder column between Drafts and Sent while letters wait, and the
// bar of letters that wait for the person. Pure.
import type { FolderEntry } from '../shell/column.ts';
import { countText, type Formats } from '../shell/formats.ts';

import type { Translate } from '../words/words.ts';
import type { OutboxCount } from './outbox.ts';

export const outboxPath = '/v/outbox';
/** Which "folder" is here on its page. */
export const outboxHere = ':outbox';

/** The entries of the column with that of the outbox behind Drafts; without it when nothing waits and it is not here. */
export function withOutbox(
  entries: readonly FolderEntry[],
  waiting: OutboxCount,
  here: string | undefined,
  t: Translate,
  formats: Formats,
): readonly FolderEntry[] {
  const letters = waiting.letters + waiting.deferred;
  const isHere = here === outboxHere;
  if (letters === 0 && !isHere) return entries;
  const entry: FolderEntry = {
    name: '',
    label: t('outbox.title'),
    href: outboxPath,
    isPage: true,
    icon: 'clock',
    menuHref: '',
    count: countText(letters, formats, t),
    countWords: letters === 0 ? '' : t('folder.total', { n: letters }),
    here: isHere,
    holdsHere: false,
    strong: false,
    children: [],
    closed: false,
  };
  const behind = entries.findIndex(({ icon }) => icon === 'file-pen') + 1;
  return behind === 0 ? [...entries, entry] : entries.toSpliced(behind, 0, entry);
}
