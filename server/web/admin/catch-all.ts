// What happens to mail for names that nobody has.
//   GET, POST /admin/d/DOMAIN/catch-all   `preview` shows what a choice would do, `save` makes it so
import { type Request, type Response, Router } from 'express';
import { type CatchAllChoice, Conflict } from '../../../mta/accounts/administration.ts';
import { conflictOf, type Fault, formOf, readValues } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { Translate } from '../words/words.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

const fields = ['version', 'kind', 'address', 'domain', 'path'] as const;
type CatchAllValues = Readonly<Record<(typeof fields)[number], string>>;

/** "Mail for nobody@example.com will ..." */
export function describeCatchAll(choice: CatchAllChoice, domain: string, t: Translate): string {
  const nobody = `nobody@${domain}`;
  switch (choice.kind) {
    case 'bounce':
      return t('admin.catchAllBounces', { nobody });
    case 'delete':
      return t('admin.catchAllDeletes', { nobody });
    case 'forward':
      return t('admin.catchAllForwards', { nobody, address: choice.address });
    case 'domain':
      return t('admin.catchAllMoves', { nobody, address: `nobody@${choice.domain}` });
    case 'directory':
      return t('admin.catchAllStores', { nobody, path: choice.path });
    default:
      return t('admin.catchAllOther', { nobody });
  }
}

const valuesOf = (choice: CatchAllChoice, version: string): CatchAllValues => ({
  version,
  kind: choice.kind,
  address: choice.kind === 'forward' ? choice.address : '',
  domain: choice.kind === 'domain' ? choice.domain : '',
  path: choice.kind === 'directory' ? choice.path : '',
});

/** The choice that was typed; undefined: none, or one that only stands there already. */
function readChoice(values: CatchAllValues): CatchAllChoice | undefined {
  switch (values.kind) {
    case 'bounce':
    case 'delete':
      return { kind: values.kind };
    case 'forward':
      return { kind: 'forward', address: values.address.trim() };
    case 'domain':
      return { kind: 'domain', domain: values.domain.trim().toLowerCase().replace(/^@/, '') };
    case 'directory':
      return { kind: 'directory', path: values.path };
    default:
      return undefined;
  }
}

export function catchAllRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  const show = async (
    req: Request,
    res: Response,
    status: number,
    given: {
      readonly values?: CatchAllValues;
      readonly faults?: readonly Fault[];
      readonly isConflict?: boolean;
    },
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const values = given.values ?? valuesOf(domain.catchAll, domain.version);
    const wanted = readChoice(values);
    const now = describeCatchAll(domain.catchAll, domain.name, t);
    const isWhole = wanted !== undefined && Object.values(wanted).every((value) => value !== '');
    const then = isWhole ? describeCatchAll(wanted, domain.name, t) : '';
    await admin.show(req, res, {
      view: 'admin/catch-all',
      title: t('admin.catchAll'),
      section: 'catch-all',
      domain: domain.name,
      status,
      model: {
        base: domainPath(domain.name),
        stored: domain.catchAll,
        now,
        wouldBe: then === now ? '' : then,
        form: formOf(given.isConflict ? { ...values, version: domain.version } : values, given.faults),
        conflict: conflictOf(given.isConflict, [{ label: t('admin.catchAll'), theirs: now, yours: then }]),
      },
    });
  };

  router.get('/admin/d/:domain/catch-all', (req, res) => show(req, res, 200, {}));

  router.post('/admin/d/:domain/catch-all', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain);
    const values = readValues(req.body, fields, 1000);
    if (req.body?.preview !== undefined) return show(req, res, 200, { values });
    const choice = readChoice(values);
    if (!choice)
      return show(req, res, 422, { values, faults: [{ field: 'kind', words: t('admin.chooseOne') }] });
    try {
      await administration.setCatchAll(actor, domain, values.version, choice);
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, fields, t) });
    }
    admin.done(req, res, domainPath(domain, '/catch-all'), t('admin.saved'));
  });

  return router;
}
