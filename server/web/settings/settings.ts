// Settings of this device and this account (webmail.md T1, N6, X4, 2.4):
//   GET, POST /settings/general       theme and page size, kept in cookies of this device
//   security.ts: app passwords and the second step
//   POST      /settings/sessions/end  sign out everywhere, or one session (`session`)
//   account.ts: name and password; delivery.ts: forwarding and automatic answers
//   GET       /settings/activity      the operations of the last day, each with Undo
import { Router } from 'express';
import { pageSizes, setGuarded, setTaste } from '../shell/cookies.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { sign } from '../shell/tickets.ts';
import type { WebParts } from '../web.ts';
import { accountSettings } from './account.ts';
import { deliverySettings } from './delivery.ts';
import { securitySettings } from './security.ts';

const themes = ['system', 'light', 'dark'] as const;

/** Browser and system out of a User-Agent line, for people; '' when it says neither. */
export function describeDevice(userAgent: string): string {
  const browser = /Firefox\//.exec(userAgent)
    ? 'Firefox'
    : /Edg\//.exec(userAgent)
      ? 'Edge'
      : /Chrom(?:e|ium)\//.exec(userAgent)
        ? 'Chrome'
        : /Safari\//.exec(userAgent)
          ? 'Safari'
          : '';
  const system = /Android/.exec(userAgent)
    ? 'Android'
    : /iPhone|iPad/.exec(userAgent)
      ? 'iOS'
      : /Windows/.exec(userAgent)
        ? 'Windows'
        : /Mac OS/.exec(userAgent)
          ? 'macOS'
          : /Linux/.exec(userAgent)
            ? 'Linux'
            : '';
  return [browser, system].filter((part) => part !== '').join(', ');
}

export function settingsRoutes(web: WebParts): Router {
  const router = Router();
  router.use(accountSettings(web), deliverySettings(web), securitySettings(web));
  /** What a page calls a session: not the hash that the database finds it by. */
  const rowId = (hash: string): string => sign(web.key, 'session-row', hash).slice(0, 22);

  router.get('/settings', web.signedIn, (_req, res) => res.redirect(302, '/settings/general'));

  router.get('/settings/general', web.signedIn, async (req, res) => {
    const { t, formats, theme, pageSize } = web.shell.localsOf(req);
    const here = web.guards.recordOf(req)?.hash;
    await web.render(req, res, {
      view: 'settings/general',
      title: t('settings.general'),
      pageClass: 'page-narrow page-settings',
      model: {
        themes: [
          { value: 'system', label: t('settings.themeSystem') },
          { value: 'light', label: t('settings.themeLight') },
          { value: 'dark', label: t('settings.themeDark') },
        ],
        theme,
        pageSizes,
        pageSize,
        saved: req.query.saved === '1',
        ended: req.query.ended === '1',
        sessions: web.sessions.list(web.session(req).account.address).map((record) => ({
          device:
            describeDevice(record.device) || cleanLine(record.device, 40) || t('settings.unknownDevice'),
          seen: formats.full(record.lastSeen),
          here: record.hash === here,
          id: rowId(record.hash),
        })),
      },
    });
  });

  router.post('/settings/general', web.signedIn, web.sameOrigin, (req, res) => {
    const theme = themes.find((name) => name === oneValue(req.body?.theme)) ?? 'system';
    const pageSize = Number(oneValue(req.body?.n));
    setTaste(req, res, 'theme', theme);
    if (pageSizes.includes(pageSize)) setTaste(req, res, 'n', String(pageSize));
    res.redirect(303, '/settings/general?saved=1');
  });

  router.post('/settings/sessions/end', web.signedIn, web.sameOrigin, (req, res) => {
    const { address } = web.session(req).account;
    const one = oneValue(req.body?.session);
    if (one !== '') {
      const record = web.sessions.list(address).find(({ hash }) => rowId(hash) === one);
      if (record && record.hash !== web.guards.recordOf(req)?.hash) web.sessions.endOne(address, record.hash);
      res.redirect(303, '/settings/general?ended=1');
      return;
    }
    web.sessions.endAll(address);
    web.remembered.forgetAll(address);
    setGuarded(req, res, 'sid', '', 0);
    res.setHeader('Clear-Site-Data', '"cache", "storage"');
    res.redirect(303, '/login?out=1');
  });

  router.get('/settings/activity', web.signedIn, async (req, res) => {
    const { t, formats, now } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'settings/activity',
      title: t('settings.activity'),
      pageClass: 'page-narrow page-settings',
      model: {
        operations: web.operations.list(web.session(req).account.address).map((operation) => ({
          id: operation.id,
          words: cleanLine(operation.words),
          time: formats.short(operation.at, now),
          iso: formats.iso(operation.at),
          fullTime: formats.full(operation.at),
          undone: operation.undone,
          canUndo: !operation.undone && operation.payload !== undefined,
        })),
      },
    });
  });

  return router;
}
