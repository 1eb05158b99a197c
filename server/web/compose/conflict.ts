// Two versions of one draft (spec/webmail.md 4.5): a form that was loaded before somebody else saved. Nothing is
// overwritten: the form becomes a draft of its own at once, both are shown, and the person chooses.

import { newMessageId } from './begin.ts';
import { type Draft, isDraftId, newDraftId } from './drafts.ts';
import type { ComposeForm } from './form.ts';
import { saveToDrafts, takeTyped } from './save.ts';
import { allowBack, showForm, signDraftTicket, stateOf, type Writing, wordsOf } from './writing.ts';

/** Another tab or device saved this draft after this form was loaded. The form becomes a draft of its own at once
 * (nothing is lost by closing the page), and the person chooses. */
export async function showConflict(writing: Writing, theirs: Draft, form: ComposeForm): Promise<void> {
  const { web, spool, req, res, account } = writing;
  const id = newDraftId();
  // both may be sent in the end: two messages never share an id
  const messageId = newMessageId(account);
  const base: Draft = { ...theirs, id, messageId, rev: 0, stored: undefined };
  await spool.share(account.address, theirs.id, id, theirs.attachments);
  const { draft, faults } = await takeTyped(writing, base, form);
  await spool.write(account.address, draft);
  allowBack(res);
  await web.render(req, res, {
    view: 'compose/conflict',
    title: wordsOf(writing).t('compose.twoVersions'),
    status: 422,
    pageClass: 'page-compose',
    model: {
      conflict: {
        mine: draft,
        theirs,
        faults,
        ticket: signDraftTicket(web, account, id),
      },
    },
  });
}

/** Does what the person chose: `mine`, `other` or both. */
export async function resolveConflict(
  writing: Writing,
  mine: Draft | undefined,
  form: ComposeForm,
): Promise<void> {
  const { web, spool, res, account } = writing;
  const choice = form.fields.get('resolve');
  const other = form.fields.get('other') ?? '';
  const theirs = isDraftId(other) ? await spool.read(account.address, other) : undefined;
  if (!mine) return web.goBack(res, theirs ? `/compose?draft=${other}` : '/f/Drafts', '/f/Drafts');
  if (choice === 'other' && theirs) {
    await spool.remove(account.address, mine.id);
    return web.goBack(res, `/compose?draft=${theirs.id}`, '/f/Drafts');
  }
  let draft = mine;
  if (choice === 'mine' && theirs?.state === 'open') {
    // mine takes the place of theirs, also in Drafts
    draft = { ...mine, stored: theirs.stored };
    await spool.write(account.address, draft);
    await spool.remove(account.address, theirs.id);
  }
  const saved = await saveToDrafts(writing, draft);
  if (saved.fault) {
    return showForm(writing, 422, { ...stateOf(saved.draft, account), faults: [saved.fault] });
  }
  web.goBack(res, `/compose?draft=${mine.id}`, '/f/Drafts');
}
