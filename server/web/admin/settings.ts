// The control files for administrators of the system, as qmail-showctl shows them: by room, with what each means, what
// holds, and what is wrong; each on a page of its own to be changed. What the texts mean is the settings table's; what
// is stored, refused or kept from being shown is decided behind `Administration`.
//   GET       /admin/settings         `q` searches names and words, `only` set or wrong
//   GET, POST /admin/settings/:name   `text` is the whole file; `defaults`: remove it
import { type Request, type Response, Router } from 'express';
import type { SettingSummary } from '../../../mta/accounts/administration.ts';
import { Conflict, NoSuchObject } from '../../../mta/accounts/administration.ts';
import { makeClientMatcher } from '../../../mta/control/network.ts';
import { roomOf, type Setting, settingRooms, settingTable } from '../../../mta/control/settings.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import { formOf, type Shown } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import { withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const filters = ['all', 'set', 'wrong'] as const;
type Filter = (typeof filters)[number];

const settingPath = (name: string): string => `/admin/settings/${encodeURIComponent(name)}`;

/** Do all words of a search stand in the name or in what the table says of a setting? */
export function fitsSearch({ name, meaning, readers }: Setting, search: string): boolean {
  const text = `${name} ${meaning} ${readers}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const isWrong = ({ problem, warnings }: SettingSummary): boolean =>
  problem !== undefined || warnings.length > 0;

const fitsFilter = (state: SettingSummary, filter: Filter): boolean =>
  filter === 'all' || (filter === 'set' ? state.isSet : isWrong(state));

export function settingsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/settings', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const search = oneValue(req.query.q).trim().slice(0, 200);
    const filter = filters.find((one) => one === oneValue(req.query.only)) ?? 'all';
    const report = await administration.settings(actor);
    const states = new Map(report.settings.map((state) => [state.name, state]));
    const rowOf = (setting: Setting) => {
      const state = states.get(setting.name);
      if (state === undefined || !fitsFilter(state, filter) || !fitsSearch(setting, search)) return [];
      return {
        name: setting.name,
        href: settingPath(setting.name),
        meaning: setting.meaning,
        isSet: state.isSet,
        isWrong: isWrong(state),
        value: state.value.lines.map((line) => cleanLine(line, 200)),
        more: state.value.more,
        usual: cleanLine(state.default, 300),
      };
    };
    await admin.show(req, res, {
      view: 'admin/settings',
      title: t('control.title'),
      section: 'settings',
      model: {
        search,
        filters: filters.map((name) => ({
          name,
          label: t(`control.only.${name}`),
          href: withQuery('/admin/settings', { q: search, only: name === 'all' ? '' : name }),
        })),
        filter,
        problems: report.settings.filter(isWrong).map(({ name, problem, warnings }) => ({
          name,
          href: settingPath(name),
          words: cleanLine([problem, ...warnings].filter(Boolean).join('; '), 500),
        })),
        unknown: report.unknown.map((name) => cleanLine(name, 100)),
        runScripts: report.runScripts,
        groups: settingRooms
          .map((room) => ({
            label: t(`control.room.${room}`),
            rows: settingTable.filter(({ name }) => roomOf(name) === room).flatMap(rowOf),
          }))
          .filter(({ rows }) => rows.length > 0),
      },
    });
  });

  const settingOf = (req: Request): Setting => {
    const name = oneValue(req.params.name);
    const setting = settingTable.find((one) => one.name === name);
    if (setting === undefined) throw new NoSuchObject('no such setting');
    return setting;
  };

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const setting = settingOf(req);
    const { name } = setting;
    const state = await administration.setting(actor, name);
    const values = given.values ?? { version: state.version, text: state.isMasked ? '' : state.text };
    await admin.show(req, res, {
      view: 'admin/setting',
      title: name,
      section: 'settings',
      status,
      model: {
        name,
        action: settingPath(name),
        meaning: setting.meaning,
        kind: t(`control.kind.${setting.kind}`),
        room: t(`control.room.${roomOf(name) ?? 'names'}`),
        readers: setting.readers,
        isQmail: setting.qmail,
        atStart: setting.atStart,
        isSet: state.isSet,
        isMasked: state.isMasked,
        usual: cleanLine(state.default, 500),
        lock: state.lock === undefined ? '' : t(`control.lock.${state.lock}`),
        leadsToDomains: state.lock === 'domains',
        problems: [state.problem, ...state.warnings].flatMap((words) =>
          words === undefined ? [] : cleanLine(words, 500),
        ),
        stored: cleanLines(state.text, 65_536),
        rows: setting.kind === 'line' || setting.kind === 'int' ? 2 : 14,
        form: formOf(given.isConflict ? { ...values, version: state.version } : values, given.faults),
        isConflict: given.isConflict === true,
      },
    });
  };

  router.get('/admin/settings/:name', (req, res) => show(req, res, 200, {}));

  /** Who leaves out the host or the address by which he came could not come back to put it right. */
  const shutsOut = (req: Request, name: string, text: string): boolean => {
    const lines = text.split('\n').map((line) => line.trim().toLowerCase());
    const named = lines.filter((line) => line !== '' && !line.startsWith('#'));
    if (named.length === 0) return false;
    if (name === 'webhosts') return !named.includes(req.hostname.toLowerCase());
    if (name !== 'adminclients') return false;
    try {
      return !makeClientMatcher(named)(req.ip ?? '');
    } catch {
      // What is no address is told by who reads the file.
      return false;
    }
  };

  router.post('/admin/settings/:name', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { name, atStart } = settingOf(req);
    const values = { version: oneValue(req.body?.version), text: oneValue(req.body?.text) };
    const defaults = req.body?.defaults !== undefined;
    if (!defaults && shutsOut(req, name, values.text)) {
      const way = name === 'webhosts' ? req.hostname : (req.ip ?? '');
      const words = t('control.shutsOut', { host: cleanLine(way, 255) });
      return show(req, res, 422, { values, faults: [{ field: 'text', words }] });
    }
    try {
      await administration.changeSetting(actor, name, values.version, defaults ? undefined : values.text);
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, ['text'], t) });
    }
    admin.done(req, res, settingPath(name), t(atStart ? 'control.savedForStart' : 'control.saved'));
  });

  return router;
}
