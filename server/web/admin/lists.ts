// Mailing lists of a domain (ezmlm; spec/qmailadmin.md 2.8): making, changing and removing them. Their members: list-members.ts.
//   GET       /admin/d/DOMAIN/lists               `q` searches, `after` and `before` page
//   GET, POST /admin/d/DOMAIN/new-list            name, owner, who posts, who reads the archive ...
//   GET, POST /admin/d/DOMAIN/lists/NAME          the same of one that is there
//   GET, POST /admin/d/DOMAIN/lists/NAME/remove
import { type Request, type Response, Router } from 'express';
import {
  type ArchiveReaders,
  archives,
  type ListChoices,
  type ListDetails,
  type ListSwitch,
  listSwitches,
  type Posting,
  postings,
} from '../../../mta/accounts/administration/list-types.ts';
import { Conflict } from '../../../mta/accounts/administration.ts';
import { conflictOf, type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { pageLinks, readListQuery } from './pages.ts';
import { domainPath, listPath, localPartOf } from './paths.ts';
import type { Admin } from './types.ts';

const fields = [
  'version',
  'name',
  'owner',
  'prefix',
  'replyTo',
  'replyAddress',
  'posting',
  'archive',
  'switches',
] as const;

const postingWords: Readonly<Record<Posting, WordKey>> = {
  anyone: 'lists.postAnyone',
  subscribers: 'lists.postMembers',
  'others-moderated': 'lists.postOthersModerated',
  moderators: 'lists.postModerators',
  moderated: 'lists.postModerated',
};
const archiveWords: Readonly<Record<ArchiveReaders, WordKey>> = {
  none: 'lists.archiveNone',
  anyone: 'lists.archiveAnyone',
  subscribers: 'lists.archiveMembers',
  moderators: 'lists.archiveModerators',
};
const switchWords: Readonly<Record<ListSwitch, WordKey>> = {
  public: 'lists.public',
  confirmsSubscribing: 'lists.confirmsSubscribing',
  confirmsLeaving: 'lists.confirmsLeaving',
  moderatesSubscribing: 'lists.moderatesSubscribing',
  digest: 'lists.digest',
  threads: 'lists.threads',
  trailer: 'lists.trailer',
  remote: 'lists.remote',
  moderatorsList: 'lists.moderatorsList',
  moderatorsEdit: 'lists.moderatorsEdit',
};

/** A new list as qmailadmin proposes it: members post, moderators read the archive, anybody may join and confirms it. */
const proposed: ListChoices = {
  owner: '',
  prefix: '',
  replyTo: 'sender',
  posting: 'subscribers',
  archive: 'subscribers',
  switches: ['public', 'confirmsSubscribing', 'confirmsLeaving'],
};

const storedValues = (name: string, version: string, choices: ListChoices): Values => ({
  version,
  name,
  owner: choices.owner,
  prefix: choices.prefix,
  replyTo: ['sender', 'list'].includes(choices.replyTo) ? choices.replyTo : 'address',
  replyAddress: ['sender', 'list'].includes(choices.replyTo) ? '' : choices.replyTo,
  posting: choices.posting,
  archive: choices.archive,
  switches: choices.switches,
});

/** A chosen value as people read it, for what somebody else chose meanwhile. */
function wordsOf(values: Values, field: string, t: Translate): string {
  const value = values[field];
  const one = oneValue(value);
  if (field === 'posting') return t(postingWords[one as Posting] ?? 'lists.postMembers');
  if (field === 'archive') return t(archiveWords[one as ArchiveReaders] ?? 'lists.archiveNone');
  if (field !== 'switches') return one;
  const names = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return names
    .filter((name): name is ListSwitch => listSwitches.includes(name as ListSwitch))
    .map((name) => t(switchWords[name]))
    .join('\n');
}

export function listsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/d/:domain/lists', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    const query = readListQuery(req.query);
    const page = await administration.lists(actor, domain, query);
    await admin.show(req, res, {
      view: 'admin/lists',
      title: t('lists.title'),
      section: 'lists',
      domain,
      model: {
        base: domainPath(domain),
        search: query.search,
        total: page.total,
        links: pageLinks(domainPath(domain, '/lists'), query.search, page, ({ name }) => name),
        rows: page.items.map(({ name, posting, members, posts, odd }) => ({
          name,
          href: listPath(domain, name),
          membersHref: listPath(domain, name, '/members'),
          posting: t(postingWords[posting]),
          members,
          posts,
          odd,
        })),
      },
    });
  });

  const show = async (
    req: Request,
    res: Response,
    given: {
      readonly status: number;
      readonly list?: ListDetails | undefined;
      readonly values?: Values | undefined;
      readonly faults?: readonly Fault[] | undefined;
      readonly isConflict?: boolean | undefined;
    },
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const { list } = given;
    const stored = list
      ? storedValues(list.name, list.version, list.choices)
      : storedValues('', '', { ...proposed, owner: `postmaster@${domain.name}` });
    const values = given.values ?? stored;
    const labels: readonly (readonly [string, WordKey])[] = [
      ['owner', 'lists.owner'],
      ['prefix', 'lists.prefix'],
      ['replyTo', 'lists.replyTo'],
      ['replyAddress', 'lists.replyAddress'],
      ['posting', 'lists.posting'],
      ['archive', 'lists.archive'],
      ['switches', 'lists.switches'],
    ];
    const choose = <T extends string>(all: readonly T[], keys: Readonly<Record<T, WordKey>>) =>
      all.map((value) => ({ value, words: t(keys[value]) }));
    await admin.show(req, res, {
      view: 'admin/list',
      title: list ? `${list.name}@${domain.name}` : t('lists.add'),
      section: 'lists',
      domain: domain.name,
      status: given.status,
      model: {
        base: domainPath(domain.name),
        list,
        action: list ? listPath(domain.name, list.name) : domainPath(domain.name, '/new-list'),
        membersHref: list ? listPath(domain.name, list.name, '/members') : '',
        removeHref: list ? listPath(domain.name, list.name, '/remove') : '',
        postings: choose(postings, postingWords),
        archives: choose(archives, archiveWords),
        switches: choose(listSwitches, switchWords),
        form: formOf(given.isConflict && list ? { ...values, version: list.version } : values, given.faults),
        conflict: conflictOf(
          given.isConflict,
          labels.map(([field, label]) => ({
            label: t(label),
            theirs: wordsOf(stored, field, t),
            yours: wordsOf(values, field, t),
          })),
        ),
      },
    });
  };

  const save = async (req: Request, res: Response, isNew: boolean): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const name = isNew ? localPartOf(oneValue(req.body?.name), domain) : oneValue(req.params.name);
    const values: Values = {
      ...readValues(req.body, fields as readonly string[]),
      switches: allValues(req.body?.switches),
      ...(isNew ? {} : { name }),
    };
    const field = (key: string): string => oneValue(values[key]).trim();
    const again = async (status: number, faults: readonly Fault[], isConflict = false): Promise<void> => {
      const list = isNew ? undefined : await administration.list(actor, domain, name);
      await show(req, res, { status, list, values, faults, isConflict });
    };
    if (name === '') return again(422, [{ field: 'name', words: t('admin.nameMissing') }]);
    const posting = postings.find((one) => one === field('posting'));
    const archive = archives.find((one) => one === field('archive'));
    if (posting === undefined) return again(422, [{ field: 'posting', words: t('lists.choose') }]);
    if (archive === undefined) return again(422, [{ field: 'archive', words: t('lists.choose') }]);
    const replyTo = ['sender', 'list'].includes(field('replyTo')) ? field('replyTo') : field('replyAddress');
    if (replyTo === '') return again(422, [{ field: 'replyAddress', words: t('lists.replyMissing') }]);
    try {
      await administration.setList(actor, domain, name, {
        version: isNew ? undefined : field('version'),
        owner: field('owner'),
        prefix: field('prefix'),
        replyTo,
        posting,
        archive,
        switches: listSwitches.filter((one) => allValues(req.body?.switches).includes(one)),
      });
    } catch (error) {
      if (error instanceof Conflict) return again(409, [], true);
      const faults = faultsOf(error, [...fields], t);
      return again(
        422,
        faults.map((fault) => (fault.field === 'replyTo' ? { ...fault, field: 'replyAddress' } : fault)),
      );
    }
    const address = `${name}@${domain}`;
    const path = isNew ? listPath(domain, name, '/members') : domainPath(domain, '/lists');
    admin.done(req, res, path, t(isNew ? 'lists.made' : 'admin.aliasSaved', { address }));
  };

  const find = (req: Request): Promise<ListDetails> =>
    administration.list(admin.grant(req).actor, oneValue(req.params.domain), oneValue(req.params.name));

  router.get('/admin/d/:domain/new-list', (req, res) => show(req, res, { status: 200 }));
  router.post('/admin/d/:domain/new-list', (req, res) => save(req, res, true));
  router.get('/admin/d/:domain/lists/:name', async (req, res) =>
    show(req, res, { status: 200, list: await find(req) }),
  );
  router.post('/admin/d/:domain/lists/:name', async (req, res) => {
    await find(req);
    await save(req, res, false);
  });

  const showRemove = async (
    req: Request,
    res: Response,
    status: number,
    faults: readonly Fault[],
  ): Promise<void> => {
    const list = await find(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    await admin.show(req, res, {
      view: 'admin/list-remove',
      title: t('lists.remove'),
      section: 'lists',
      domain,
      status,
      model: {
        list,
        address: `${list.name}@${domain}`,
        base: listPath(domain, list.name),
        form: formOf({ version: list.version }, faults),
      },
    });
  };
  router.get('/admin/d/:domain/lists/:name/remove', (req, res) => showRemove(req, res, 200, []));
  router.post('/admin/d/:domain/lists/:name/remove', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name } = await find(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    try {
      await administration.removeList(actor, domain, name, oneValue(req.body?.version));
    } catch (error) {
      if (error instanceof Conflict)
        return showRemove(req, res, 409, [{ field: '', words: t('admin.changedMeanwhile') }]);
      return showRemove(req, res, 422, faultsOf(error, [], t));
    }
    const address = `${name}@${domain}`;
    admin.done(req, res, domainPath(domain, '/lists'), t('admin.aliasRemoved', { address }));
  });

  return router;
}
