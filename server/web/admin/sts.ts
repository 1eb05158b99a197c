// What a domain tells others of TLS to it (MTA-STS, RFC 8461): a line of control/mtasts, for administrators of the system. The
// records that belong to it are on the DNS page.
//   GET, POST /admin/d/DOMAIN/mta-sts   `mode` off, testing, enforce or none; `age` in seconds
import { type Request, type Response, Router } from 'express';
import { Conflict } from '../../../mta/accounts/administration.ts';
import { changeOwnSts, type OwnSts, readOwnSts, stsModes } from '../../../mta/control/own-sts-lines.ts';
import { ControlError } from '../../../mta/control/settings.ts';
import { publishSts } from '../../../mta/trust/own-sts.ts';
import { conflictOf, formOf, type Shown } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

const day = 86_400;
const ages = [day, 7 * day, 30 * day] as const;
const modes = ['off', 'testing', 'enforce', 'none'] as const;

export function stsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  const me = async (): Promise<string> => (await admin.settings.read(['me'])).me;

  /** The file and what it says of the domain; a file that is wrong is shown on its own page. */
  const read = async (req: Request) => {
    const { actor } = admin.system(req);
    const { text, version } = await administration.setting(actor, 'mtasts');
    try {
      return { text, version, policies: readOwnSts({ path: 'mtasts', text, me: undefined }) };
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return { text, version, policies: new Map<string, OwnSts>(), problem: error.message };
    }
  };

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const { policies, version, problem } = await read(req);
    const own = policies.get(domain);
    const values = given.values ?? { version, mode: own?.mode ?? 'off', age: String(own?.maxAge ?? day) };
    await admin.show(req, res, {
      view: 'admin/sts',
      title: t('sts.title'),
      section: 'domain',
      domain,
      status,
      model: {
        base: domainPath(domain),
        hint: t('sts.hint', { domain }),
        problem,
        modes: modes.map((mode) => ({ mode, words: t(`sts.${mode}`) })),
        ages: [...new Set([...ages, own?.maxAge ?? day])]
          .sort((a, b) => a - b)
          .map((age) => ({ age, words: t('sts.days', { n: Math.max(1, Math.round(age / day)) }) })),
        served: publishSts(policies, domain, await me())?.text ?? '',
        form: formOf(given.isConflict ? { ...values, version } : values, given.faults),
        conflict: conflictOf(given.isConflict, []),
      },
    });
  };

  router.get('/admin/d/:domain/mta-sts', (req, res) => show(req, res, 200, {}));

  router.post('/admin/d/:domain/mta-sts', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const values = {
      version: oneValue(req.body?.version),
      mode: oneValue(req.body?.mode),
      age: oneValue(req.body?.age),
    };
    const maxAge = Number(values.age);
    const isKnown = modes.some((mode) => mode === values.mode) && /^\d{1,8}$/.test(values.age);
    if (!isKnown) return show(req, res, 422, { values, faults: [{ field: 'mode', words: t('sts.choose') }] });
    const { text, policies } = await read(req);
    const mode = stsModes.find((each) => each === values.mode);
    const policy = mode && { mode, maxAge, mx: policies.get(domain)?.mx ?? [] };
    const next = changeOwnSts(text, domain, policy);
    try {
      await administration.changeSetting(actor, 'mtasts', values.version, next === '' ? undefined : next);
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, ['mode'], t) });
    }
    admin.done(req, res, domainPath(domain, '/mta-sts'), t('sts.saved', { domain }));
  });

  return router;
}
