// Help (webmail.md N13), for everybody, and the list of keyboard shortcuts (5.2, N4):
//   GET /help             the topics; /help/all has them on one page, to be searched and printed
//   GET /help/<topic>     one of them (guide-table.ts)
//   GET /help/shortcuts   a page; with X-Fragment the same as a part for the dialog
//   GET /offline          what is shown in place of a page when there is no connection (N8)
import { type Request, Router } from 'express';
import type { WebParts } from '../web.ts';
import { en } from '../words/en.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { type GuideTopic, guidePlaces, guideTopics } from './guide-table.ts';
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

/** A topic in the words of a language. */
export function describeTopic({ name, title, lead, icon, lines, table, links }: GuideTopic, t: Translate) {
  const places = Object.fromEntries(Object.entries(guidePlaces).map(([place, key]) => [place, t(key)]));
  return {
    name,
    href: `/help/${name}`,
    title: t(title),
    lead: t(lead),
    icon,
    lines: lines.map((line) => t(line, places)),
    table: table?.map(([typed, finds]) => ({ typed, finds: t(finds) })),
    links: links.map(({ href, label }) => ({ href, label: t(label) })),
  };
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
  const topicsOf = (t: Translate) => guideTopics.map((topic) => describeTopic(topic, t));
  router.get('/help', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'help/topics',
      title: t('guide.title'),
      pageClass: 'page-narrow page-guide',
      model: { topics: topicsOf(t) },
    });
  });
  router.get('/help/all', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'help/all',
      title: t('guide.title'),
      pageClass: 'page-narrow page-guide',
      model: { topics: topicsOf(t) },
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
  router.get('/help/:topic', async (req, res, next) => {
    const { t } = web.shell.localsOf(req);
    const topics = topicsOf(t);
    const topic = topics.find(({ name }) => name === req.params.topic);
    if (!topic) return next();
    await web.render(req, res, {
      view: 'help/topic',
      title: topic.title,
      pageClass: 'page-narrow page-guide',
      model: { topic, others: topics.filter((other) => other !== topic) },
    });
  });
  return router;
}
