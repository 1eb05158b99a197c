// Aliases, forwards and mail robots of a domain: its .qmail-NAME files and the table of aliases, in one list.
//   GET       /admin/d/DOMAIN/aliases               `q` searches, `after` and `before` page
//   GET, POST /admin/d/DOMAIN/new-alias             name, destinations or "throw away"
//   GET, POST /admin/d/DOMAIN/new-robot             name, subject, text, copy to
//   GET, POST /admin/d/DOMAIN/aliases/NAME          the form of its kind; other lines are shown and kept
//   GET, POST /admin/d/DOMAIN/aliases/NAME/remove
import { type Request, type Response, Router } from 'express';
import { type AliasDetails, Conflict, NoSuchObject } from '../../../mta/accounts/administration.ts';
import { readAddresses } from '../settings/delivery-form.ts';
import { conflictOf, type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { WordKey } from '../words/words.ts';
import { pageLinks, readListQuery } from './pages.ts';
import { aliasPath, domainPath, localPartOf } from './paths.ts';
import type { Admin } from './types.ts';

const aliasFields = ['version', 'name', 'addresses', 'discards'] as const;
const robotFields = ['version', 'name', 'subject', 'message', 'copyTo'] as const;

/** The form of what is stored. */
const storedValues = (alias: AliasDetails): Readonly<Record<string, string>> => ({
  version: alias.version,
  name: alias.name,
  addresses: alias.addresses.join('\n'),
  discards: alias.discards ? '1' : '',
  subject: alias.robot?.subject ?? '',
  message: alias.robot?.message ?? '',
  copyTo: alias.robot?.copyTo ?? '',
});

export function aliasesRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/d/:domain/aliases', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    const query = readListQuery(req.query);
    const page = await administration.aliases(actor, domain, query);
    const path = domainPath(domain, '/aliases');
    await admin.show(req, res, {
      view: 'admin/aliases',
      title: t('admin.aliasesOf', { domain }),
      section: 'aliases',
      domain,
      model: {
        base: domainPath(domain),
        search: query.search,
        total: page.total,
        links: pageLinks(path, query.search, page, ({ name }) => name),
        rows: page.items.map((alias) => ({
          name: alias.name,
          href: aliasPath(domain, alias.name),
          kind: t(`admin.kind.${alias.kind}`),
          where: alias.where,
          discards: alias.discards,
          // Names of this domain are shown without it.
          addresses: alias.addresses.map((address) =>
            address.endsWith(`@${domain}`) ? address.slice(0, -domain.length - 1) : address,
          ),
          robot: alias.robot,
          otherLines: alias.otherLines.length,
        })),
      },
    });
  });

  /** Shows the form of a new one or of one that is there. */
  const show = async (
    req: Request,
    res: Response,
    given: {
      readonly status: number;
      readonly kind: AliasDetails['kind'];
      readonly alias?: AliasDetails | undefined;
      readonly values?: Values | undefined;
      readonly faults?: readonly Fault[] | undefined;
      readonly isConflict?: boolean | undefined;
    },
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const { alias, kind } = given;
    const stored = alias ? storedValues(alias) : {};
    const values = given.values ?? stored;
    const labels: readonly (readonly [string, WordKey])[] =
      kind === 'robot'
        ? [
            ['subject', 'incoming.subject'],
            ['message', 'incoming.message'],
            ['copyTo', 'admin.copyTo'],
          ]
        : [
            ['addresses', 'admin.destinations'],
            ['discards', 'admin.discards'],
          ];
    // As both are stored: a name of the domain may be typed without it.
    const text = (of: Values, field: string): string =>
      field === 'addresses'
        ? readAddresses(String(of.addresses ?? ''), domain.name).join('\n')
        : String(of[field] ?? '');
    await admin.show(req, res, {
      view: kind === 'robot' ? 'admin/robot' : 'admin/alias',
      title: alias
        ? `${alias.name}@${domain.name}`
        : t(kind === 'robot' ? 'admin.addRobot' : 'admin.addAlias'),
      section: 'aliases',
      domain: domain.name,
      status: given.status,
      model: {
        base: domainPath(domain.name),
        kind,
        alias,
        action: alias
          ? aliasPath(domain.name, alias.name)
          : domainPath(domain.name, kind === 'robot' ? '/new-robot' : '/new-alias'),
        removeHref: alias ? aliasPath(domain.name, alias.name, '/remove') : '',
        otherLines: alias?.otherLines ?? [],
        form: formOf(
          given.isConflict && alias ? { ...values, version: alias.version } : values,
          given.faults,
        ),
        conflict: conflictOf(
          given.isConflict,
          labels.map(([field, label]) => ({
            label: t(label),
            theirs: text(stored, field),
            yours: text(values, field),
          })),
        ),
      },
    });
  };

  /** Saves what was typed; for a new one the name is in the form, else in the address. */
  const save = async (
    req: Request,
    res: Response,
    kind: 'alias' | 'robot',
    isNew: boolean,
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const name = isNew ? localPartOf(oneValue(req.body?.name), domain) : oneValue(req.params.name);
    const fields = kind === 'robot' ? robotFields : aliasFields;
    const values: Values = {
      ...readValues(req.body, fields as readonly string[]),
      ...(isNew ? {} : { name }),
    };
    const field = (key: string): string => String(values[key] ?? '');
    const again = async (status: number, faults: readonly Fault[], isConflict = false): Promise<void> => {
      const alias = isNew ? undefined : await administration.alias(actor, domain, name);
      await show(req, res, { status, kind, alias, values, faults, isConflict });
    };
    if (name === '') return again(422, [{ field: 'name', words: t('admin.nameMissing') }]);
    const version = isNew ? undefined : field('version');
    try {
      if (kind === 'robot')
        await administration.setRobot(actor, domain, name, {
          version,
          subject: field('subject').trim(),
          message: field('message').replace(/\r\n?/g, '\n'),
          copyTo: field('copyTo').trim(),
        });
      else
        await administration.setAlias(actor, domain, name, {
          version,
          addresses: field('discards') === '' ? readAddresses(field('addresses'), domain) : [],
          discards: field('discards') !== '',
        });
    } catch (error) {
      if (error instanceof Conflict) return again(409, [], true);
      return again(422, faultsOf(error, fields, t));
    }
    admin.done(
      req,
      res,
      domainPath(domain, '/aliases'),
      t('admin.aliasSaved', { address: `${name}@${domain}` }),
    );
  };

  router.get('/admin/d/:domain/new-alias', (req, res) => show(req, res, { status: 200, kind: 'alias' }));
  router.post('/admin/d/:domain/new-alias', (req, res) => save(req, res, 'alias', true));
  router.get('/admin/d/:domain/new-robot', (req, res) => show(req, res, { status: 200, kind: 'robot' }));
  router.post('/admin/d/:domain/new-robot', (req, res) => save(req, res, 'robot', true));

  const find = (req: Request): Promise<AliasDetails> =>
    administration.alias(admin.grant(req).actor, oneValue(req.params.domain), oneValue(req.params.name));

  router.get('/admin/d/:domain/aliases/:name', async (req, res) => {
    const alias = await find(req);
    await show(req, res, { status: 200, kind: alias.kind, alias });
  });

  router.post('/admin/d/:domain/aliases/:name', async (req, res) => {
    try {
      const { kind } = await find(req);
      await save(req, res, kind === 'robot' ? 'robot' : 'alias', false);
    } catch (error) {
      // Somebody else removed it after this form was opened: what was typed goes into the form of a new one.
      if (!(error instanceof NoSuchObject) || oneValue(req.body?.version) === '') throw error;
      const { t } = admin.shell.localsOf(req);
      const isRobot = req.body?.subject !== undefined;
      await show(req, res, {
        status: 409,
        kind: isRobot ? 'robot' : 'alias',
        values: {
          ...readValues(req.body, isRobot ? robotFields : aliasFields),
          name: oneValue(req.params.name),
        },
        faults: [{ field: '', words: t('admin.removedMeanwhile') }],
      });
    }
  });

  const showRemove = async (
    req: Request,
    res: Response,
    status: number,
    faults: readonly Fault[],
  ): Promise<void> => {
    const alias = await find(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    await admin.show(req, res, {
      view: 'admin/alias-remove',
      title: t('admin.removeAlias'),
      section: 'aliases',
      domain,
      status,
      model: {
        alias,
        address: `${alias.name}@${domain}`,
        base: aliasPath(domain, alias.name),
        form: formOf({ version: alias.version }, faults),
      },
    });
  };

  router.get('/admin/d/:domain/aliases/:name/remove', (req, res) => showRemove(req, res, 200, []));

  router.post('/admin/d/:domain/aliases/:name/remove', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const alias = await find(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    try {
      await administration.removeAlias(actor, domain, alias.name, oneValue(req.body?.version));
    } catch (error) {
      if (error instanceof Conflict)
        return showRemove(req, res, 409, [{ field: '', words: t('admin.changedMeanwhile') }]);
      return showRemove(req, res, 422, faultsOf(error, [], t));
    }
    admin.done(
      req,
      res,
      domainPath(domain, '/aliases'),
      t('admin.aliasRemoved', { address: `${alias.name}@${domain}` }),
    );
  });

  return router;
}
