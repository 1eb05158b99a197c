// The list of keyboard shortcuts (webmail.md 5.2, N4):
//   GET /help/shortcuts   a page; with X-Fragment the same as a part for the dialog
import { Router } from 'express';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';

/** Keys as they are drawn, and what they do. Several keys of one line are alternatives; `sequence`: one after the other. */
export const shortcuts: readonly {
  readonly title: WordKey;
  readonly keys: readonly {
    readonly keys: readonly string[];
    readonly sequence?: boolean;
    readonly does: WordKey;
  }[];
}[] = [
  {
    title: 'help.inList',
    keys: [
      { keys: ['j', '↓'], does: 'help.next' },
      { keys: ['k', '↑'], does: 'help.previous' },
      { keys: ['o', 'Enter'], does: 'help.open' },
      { keys: ['u', 'Esc'], does: 'help.back' },
      { keys: ['x'], does: 'help.select' },
      { keys: ['*', 'a'], sequence: true, does: 'help.selectAll' },
    ],
  },
  {
    title: 'help.onMessages',
    keys: [
      { keys: ['e'], does: 'help.archive' },
      { keys: ['#', 'Delete'], does: 'help.trash' },
      { keys: ['!'], does: 'help.junk' },
      { keys: ['s'], does: 'help.star' },
      { keys: ['Shift+I'], does: 'help.markRead' },
      { keys: ['Shift+U'], does: 'help.markUnread' },
      { keys: ['v'], does: 'help.move' },
      { keys: ['r'], does: 'help.reply' },
      { keys: ['a'], does: 'help.replyAll' },
      { keys: ['f'], does: 'help.forward' },
    ],
  },
  {
    title: 'help.everywhere',
    keys: [
      { keys: ['c'], does: 'help.compose' },
      { keys: ['/'], does: 'help.search' },
      { keys: ['z'], does: 'help.undo' },
      { keys: ['g', 'i'], sequence: true, does: 'help.goInbox' },
      { keys: ['g', 's'], sequence: true, does: 'help.goStarred' },
      { keys: ['g', 'd'], sequence: true, does: 'help.goDrafts' },
      { keys: ['g', 't'], sequence: true, does: 'help.goSent' },
      { keys: ['g', 'a'], sequence: true, does: 'help.goArchive' },
      { keys: ['?'], does: 'help.help' },
    ],
  },
];

export function helpRoutes(web: WebParts): Router {
  const router = Router();
  router.get('/help/shortcuts', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (web.fragment(req) === 'dialog') {
      res.type('html').send(await web.renderPart(req, 'help/shortcuts', { shortcuts }));
      return;
    }
    await web.render(req, res, {
      view: 'help/page',
      title: t('help.title'),
      pageClass: 'page-narrow',
      model: { shortcuts },
    });
  });
  return router;
}
