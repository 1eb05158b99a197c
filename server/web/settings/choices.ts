// The settings pages of a person's choices (webmail.md T1, T7), each a form with one Save:
//   GET, POST /settings/general      lists, this device (theme, page size: cookies), cleaning
//   GET, POST /settings/reading      opening messages, pictures
//   GET, POST /settings/composing    writing and sending
//   GET, POST /settings/shortcuts    keys
//   GET       /settings/export.json  all choices, to keep
import { type Request, type Response, Router } from 'express';
import { drawShortcuts } from '../help/help.ts';
import { senderLists } from '../message/ways.ts';
import { pageSizes, setTaste } from '../shell/cookies.ts';
import { type Fault, formOf } from '../shell/form.ts';
import { folderLabel } from '../shell/frame.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import {
  type ChoicePage,
  choicePageNames,
  choicesOf,
  drawChoices,
  type Lists,
  readChoices,
} from './choice-form.ts';

const themes = ['system', 'light', 'dark'] as const;
const themeWords = {
  system: 'settings.themeSystem',
  light: 'settings.themeLight',
  dark: 'settings.themeDark',
} as const;
const titles: Readonly<Record<ChoicePage, WordKey>> = {
  general: 'settings.general',
  reading: 'settings.reading',
  composing: 'settings.composing',
  shortcuts: 'help.title',
};

export function choiceSettings(web: WebParts): Router {
  const router = Router();
  const zones = Intl.supportedValuesOf('timeZone');

  const listsFor = async (req: Request, page: ChoicePage): Promise<Lists> => {
    if (page !== 'general') return { folders: [], zones };
    const { t } = web.shell.localsOf(req);
    const folders = await (await web.mailbox(req)).folders();
    const known = folders.map((folder) => ({ value: folder.name, label: folderLabel(folder, t) }));
    const inbox = { value: 'INBOX', label: t('folder.inbox') };
    return { folders: known.some(({ value }) => value === 'INBOX') ? known : [inbox, ...known], zones };
  };

  const show = async (
    req: Request,
    res: Response,
    page: ChoicePage,
    lists: Lists,
    typed?: Readonly<Record<string, string>>,
    faults: readonly Fault[] = [],
  ): Promise<void> => {
    const { t, choices, theme, pageSize } = web.shell.localsOf(req);
    const locked = web.choiceStore.locked(web.session(req).account.address);
    await web.render(req, res, {
      view: 'settings/choices',
      title: t(titles[page]),
      status: faults.length === 0 ? 200 : 422,
      pageClass: 'page-narrow page-settings',
      model: {
        page,
        groups: drawChoices(page, choices, locked, lists, t, typed),
        form: formOf(typed ?? {}, faults),
        themes: themes.map((value) => ({ value, label: t(themeWords[value]) })),
        chosenTheme: typed?.theme ?? theme,
        pageSizes,
        chosenSize: typed?.n ?? String(pageSize),
        saved: req.query.saved === '1',
        ...(page === 'reading' ? { senders: senderLists(web, req) } : {}),
        ...(page === 'shortcuts' ? { shortcuts: drawShortcuts(t) } : {}),
      },
    });
  };

  for (const page of choicePageNames) {
    const path = `/settings/${page}`;
    router.get(path, web.signedIn, async (req, res) => show(req, res, page, await listsFor(req, page)));

    router.post(path, web.signedIn, web.sameOrigin, async (req, res) => {
      const { t } = web.shell.localsOf(req);
      const lists = await listsFor(req, page);
      const typed = Object.fromEntries(
        ['theme', 'n', ...choicesOf(page)].flatMap((name) =>
          req.body?.[name] === undefined ? [] : [[name, oneValue(req.body[name]).slice(0, 1000)]],
        ),
      ) as Record<string, string>;
      const locked = web.choiceStore.locked(web.session(req).account.address);
      const { changes, wrong } = readChoices(page, typed, locked, lists);
      const faults = wrong.map(
        (field): Fault => ({
          field,
          words: t(field.startsWith('clean') ? 'choice.notDays' : 'choice.notThere'),
        }),
      );
      if (page === 'general') {
        const theme = themes.find((name) => name === typed.theme);
        const isSize = typed.n === undefined || pageSizes.includes(Number(typed.n));
        if (typed.theme !== undefined && !theme) faults.push({ field: 'theme', words: t('choice.notThere') });
        if (!isSize) faults.push({ field: 'n', words: t('choice.notThere') });
        if (faults.length === 0) {
          if (theme) setTaste(req, res, 'theme', theme);
          // The sign-in page of this device speaks it too.
          if (changes.language) setTaste(req, res, 'lang', changes.language);
          if (typed.n !== undefined) setTaste(req, res, 'n', typed.n);
        }
      }
      if (faults.length > 0) return show(req, res, page, lists, typed, faults);
      web.choose(req, changes);
      res.redirect(303, `${path}?saved=1`);
    });
  }

  router.get('/settings/export.json', web.signedIn, (req, res) => {
    const { address } = web.session(req).account;
    const { theme, pageSize } = web.shell.localsOf(req);
    const exported = { format: 'facteur settings 1', account: address, device: { theme, pageSize } };
    res.setHeader('Content-Disposition', 'attachment; filename="settings.json"');
    res.type('json').send(`${JSON.stringify({ ...exported, choices: web.choices(req) }, undefined, 2)}\n`);
  });

  return router;
}
