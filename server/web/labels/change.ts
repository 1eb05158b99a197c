// Setting and taking off labels (webmail.md M21, Q8): `label` adds the ticked ones and takes off what was offered with its
// state and is not ticked; `unlabel` takes the ticked ones off. Only labels of the person are touched, never what other
// programs keep as keywords.

import type { Request } from 'express';
import { foldKeyword } from '../../../mta/maildir/keyword-files.ts';
import type { Mailbox } from '../../mailbox/types.ts';
import type { ActionRequest } from '../actions/request.ts';
import type { Change } from '../actions/run.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import { type LabelView, labelViews } from './view.ts';

/** The change that was asked for, or the words for why there is none. */
export function labelChange(
  web: WebParts,
  req: Request,
  mailbox: Mailbox,
  asked: Pick<ActionRequest, 'action' | 'labels' | 'offered' | 'folder'>,
): Change | WordKey {
  const { t } = web.shell.localsOf(req);
  const { address } = web.session(req).account;
  const known = labelViews(web.labels.list(address), t);
  const find = (keyword: string): LabelView | undefined =>
    known.find((label) => foldKeyword(label.keyword) === foldKeyword(keyword));
  const ticked = asked.labels.flatMap((keyword) => find(keyword) ?? []);
  const isTicked = (label: LabelView): boolean => ticked.includes(label);
  const unticked = asked.offered
    .flatMap((keyword) => find(keyword) ?? [])
    .filter((label) => !isTicked(label));
  const add = asked.action === 'label' ? ticked : [];
  const remove = asked.action === 'label' ? unticked : ticked;
  if (add.length === 0 && remove.length === 0) return 'label.noneChosen';
  // Who uses them wants to see them: from now on they stand in the folder column.
  web.labels.keep(address);
  const [first] = add;
  const words = (n: number): string => {
    if (add.length === 1 && first && remove.length === 0) return t('label.added', { n, label: first.name });
    if (add.length === 0 && remove.length === 1)
      return t('label.removed', { n, label: remove[0]?.name ?? '' });
    return t('label.changed', { n });
  };
  return {
    run: (ids) =>
      mailbox.setKeywords(
        ids,
        add.map(({ keyword }) => keyword),
        remove.map(({ keyword }) => keyword),
        asked.folder,
      ),
    title: t('label.doing'),
    words,
  };
}
