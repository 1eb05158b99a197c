// The list of keyboard shortcuts (webmail.md 5.2, N4):
//   GET /offline          what is shown in place of a page when there is no connection (N8)
//   GET /help/shortcuts   a page; with X-Fragment the same as a part for the dialog
import { type Request, Router } from 'express';
import type { WebParts } from '../web.ts';
import { en } from '../words/en.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { type Shortcut, shortcutGroups } from './shortcut-table.ts';

/** One way to press a shortcut: keys after each other, each of keys held together. */
type DrawnKeys = readonly (readonly string[])[];

/** A key of the table as it stands on keyboards of the language. */
function drawKey(key: string, t: Translate): readonly string[] {
  // The plus sign itself is no shortcut.
  const parts = key.split('+');
  return parts.flatMap((part) => {
    const word = `key.${part}`;
    if (Object.hasOwn(en, word)) return [t(word as WordKey)];
    if (parts.length > 1) return [part.toUpperCase()];
    return /^\p{Lu}$/u.test(part) ? [t('key.Shift'), part] : [part];
  });
}

/** The table as the page draws it: alternatives, for each the keys after each other. */
export function drawShortcuts(t: Translate) {
  return shortcutGroups.map(({ title, shortcuts }) => ({
    title: t(title),
    lines: shortcuts.map(({ name, keys }) => ({
      does: t(`help.${name}`),
      ways: (keys satisfies Shortcut['keys']).map(
        (chord: string): DrawnKeys => chord.split(' ').map((key) => drawKey(key, t)),
      ),
    })),
  }));
}

export function helpRoutes(web: WebParts): Router {
  const router = Router();
  const model = (req: Request) => {
    const { t, choices } = web.shell.localsOf(req);
    return { groups: drawShortcuts(t), wish: choices.shortcuts };
  };
  router.get('/offline', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'help/offline',
      title: t('offline.title'),
      bare: true,
      pageClass: 'page-error',
      model: {},
    });
  });
  router.get('/help/shortcuts', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (web.fragment(req) === 'dialog') {
      res.type('html').send(await web.renderPart(req, 'help/shortcuts', model(req)));
      return;
    }
    await web.render(req, res, {
      view: 'help/page',
      title: t('help.title'),
      pageClass: 'page-narrow',
      model: model(req),
    });
  });
  return router;
}
