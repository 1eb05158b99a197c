// What keeps junk out, on one page for administrators of the system: points, greylisting and reputation as a form over the
// control files, the DNS lists and the scanners as they are at this moment, and what was refused or marked as junk last.
// Each change is one of a setting, decided and written down behind `Administration`.
//   GET, POST /admin/junk
import { type Request, type Response, Router } from 'express';
import { Conflict } from '../../../mta/accounts/administration.ts';
import { ControlError, openSettings } from '../../../mta/control/settings.ts';
import { quoted } from '../../../mta/log.ts';
import type { TurnedLetter } from '../../history/types.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Shown } from '../shell/form.ts';
import { faultsOf } from '../shell/refused.ts';
import { askListStates, askScanners, junkStateNames } from './junk-state.ts';
import type { Admin } from './types.ts';

/** What the form changes, and what stands in a field without a file. */
const fields = { junkscore: '5', rejectscore: '15', greylist: '', reputation: '' } as const;
type Field = keyof typeof fields;
const names = Object.keys(fields) as readonly Field[];
/** Changed on a page of their own. */
const others = [
  'greylist.white',
  'greylistpass',
  'clientchecks',
  'dnsbllist',
  'rhsbllist',
  'uribllist',
  'junkfolder',
  'junkfilter',
] as const;
/** Letters on the page. */
const mostTurned = 30;
/** Looks at lists and scanners at the same time, for all who administer. */
const mostLooks = 4;

/** A field as its control file has it; '' is off. */
const shownValue = (field: Field, text: string, isSet: boolean): string => {
  const line = text.split('\n', 1)[0]!.trim();
  if (!isSet || line === '') return fields[field];
  return line === '0' ? '' : line;
};

export function junkRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  let looks = 0;

  /** The files of the form as they are. */
  const readForm = async (req: Request) => {
    const { actor } = admin.system(req);
    const states = await Promise.all(names.map((name) => administration.setting(actor, name)));
    return new Map(
      states.map(({ version, text, isSet }, at) => {
        const name = names[at]!;
        return [name, { version, value: shownValue(name, text, isSet) }] as const;
      }),
    );
  };

  const readTurned = async (): Promise<readonly TurnedLetter[]> => {
    try {
      return (await admin.history?.turned(mostTurned)) ?? [];
    } catch (error) {
      admin.log(`web: refused letters: ${quoted(error instanceof Error ? error.message : String(error))}`);
      return [];
    }
  };

  /** Undefined: a file is wrong, or too many look at the same time. */
  const look = async () => {
    if (looks >= mostLooks) return undefined;
    looks += 1;
    try {
      const settings = await openSettings(admin.home.qmail).read(junkStateNames);
      const [lists, scanners] = await Promise.all([askListStates(settings), askScanners(settings)]);
      return { lists, scanners };
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return undefined;
    } finally {
      looks -= 1;
    }
  };

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    admin.system(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const [stored, state, turned] = await Promise.all([readForm(req), look(), readTurned()]);
    const versions = Object.fromEntries(
      [...stored].map(([name, { version }]) => [`version-${name}`, version]),
    );
    const values = {
      ...Object.fromEntries([...stored].map(([name, { value }]) => [name, value])),
      ...given.values,
      ...(given.values === undefined || given.isConflict ? versions : {}),
    };
    await admin.show(req, res, {
      view: 'admin/junk',
      title: t('junk.title'),
      section: 'junk',
      status,
      model: {
        form: formOf(values, given.faults),
        versions: Object.keys(versions),
        isConflict: given.isConflict === true,
        hasState: state !== undefined,
        lists: (state?.lists ?? []).map(({ setting, list, state: found }) => ({
          zone: list.zone,
          href: `/admin/settings/${setting}`,
          does:
            list.action === 'note'
              ? t('junk.does.note', { points: formats.number(list.points) })
              : t(`junk.does.${list.action}`),
          state: found,
          words: t(`junk.list.${found}`),
        })),
        scanners: (state?.scanners ?? []).map(({ name, address, milliseconds, why }) => ({
          name,
          href: `/admin/settings/${name}`,
          address,
          isRight: milliseconds !== undefined,
          words:
            address === ''
              ? t('junk.off')
              : milliseconds === undefined
                ? t('junk.silent', { why: cleanLine(why, 100) })
                : t('junk.answers', { ms: formats.number(milliseconds) }),
        })),
        others: others.map((name) => ({ name, href: `/admin/settings/${name}` })),
        turned: turned.map(({ at, kind, ip, sender, recipient, words }) => ({
          iso: new Date(at).toISOString(),
          short: formats.short(at, now),
          full: formats.full(at),
          kind,
          label: t(`junk.${kind}`),
          ip: cleanLine(ip, 60),
          sender: cleanLine(sender, 200),
          recipient: cleanLine(recipient, 200),
          words: cleanLine(words, 300),
        })),
      },
    });
  };

  router.get('/admin/junk', (req, res) => show(req, res, 200, {}));

  router.post('/admin/junk', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const given = readValues(req.body, [...names, ...names.map((name) => `version-${name}` as const)], 200);
    const stored = await readForm(req);
    const faults: Fault[] = [];
    let isConflict = false;
    for (const name of names) {
      const typed = given[name].trim().replace(/^0+$/, '');
      const { value } = stored.get(name)!;
      if (typed === value) continue;
      // What is off has no file, as on a site that never had it on.
      const text = typed === '' || typed === fields[name] ? undefined : `${typed.replace(',', '.')}\n`;
      try {
        await administration.changeSetting(actor, name, given[`version-${name}`], text);
      } catch (error) {
        if (error instanceof Conflict) isConflict = true;
        else
          faults.push(
            ...faultsOf(error, ['text'], t).map(({ field, words }) => ({
              field: field === 'text' ? name : '',
              words,
            })),
          );
      }
    }
    if (isConflict) return show(req, res, 409, { values: given, isConflict });
    // What was right is saved: its fields go on from there.
    if (faults.length > 0) {
      const saved = await readForm(req);
      const versions = Object.fromEntries(names.map((name) => [`version-${name}`, saved.get(name)!.version]));
      return show(req, res, 422, { values: { ...given, ...versions }, faults });
    }
    admin.done(req, res, '/admin/junk', t('control.saved'));
  });

  return router;
}
