// Who is on a mailing list: its subscribers, those of its digest, its moderators, and addresses that may or may not post.
//   GET  /admin/d/DOMAIN/lists/NAME/members   `set` (subscribers when missing), `q`, `after`, `before`
//   POST the same                             `add`: addresses, a line each; `remove`: ticked ones
import { type Request, type Response, Router } from 'express';
import { type MemberSet, memberSets } from '../../../mta/accounts/administration/list-types.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { WordKey } from '../words/words.ts';
import { pageLinks, readListQuery } from './pages.ts';
import { listPath, withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const setWords: Readonly<Record<MemberSet, WordKey>> = {
  '.': 'lists.members',
  digest: 'lists.digestMembers',
  mod: 'lists.moderators',
  allow: 'lists.allowed',
  deny: 'lists.denied',
};

/** Characters of a pasted list. */
const LONGEST = 1_000_000;

/** In an address the subscribers have no name. */
const setOf = (value: unknown): MemberSet => memberSets.find((set) => set === oneValue(value)) ?? '.';

/** Addresses as people paste them: one a line, or with commas; a name before an address in angle brackets goes. */
const readMembers = (text: string): readonly string[] =>
  text
    .split(/[\r\n,;]+/)
    .map((line) => (/<([^<>]+)>\s*$/.exec(line)?.[1] ?? line).trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

export function listMembersRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  const show = async (
    req: Request,
    res: Response,
    status: number,
    values: Values = {},
    faults: readonly Fault[] = [],
  ): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    const list = await administration.list(actor, domain, oneValue(req.params.name));
    const set = setOf(req.query.set);
    const query = readListQuery(req.query);
    const page = await administration.members(actor, domain, list.name, set, query);
    const base = listPath(domain, list.name, '/members');
    const here = withQuery(base, { set: set === '.' ? '' : set });
    const links = pageLinks(here, query.search, page, (address) => address);
    const joined = (href: string): string => (set === '.' ? href : href.replace(`${here}?`, `${here}&`));
    await admin.show(req, res, {
      view: 'admin/list-members',
      title: `${list.name}@${domain}`,
      section: 'lists',
      domain,
      status,
      model: {
        base,
        action: here,
        kept: set === '.' ? {} : { set },
        listHref: listPath(domain, list.name),
        set,
        search: query.search,
        list,
        total: page.total,
        links: { first: joined(links.first), previous: joined(links.previous), next: joined(links.next) },
        addresses: page.items,
        label: t(setWords[set]),
        sets: memberSets.map((one) => ({
          href: withQuery(base, { set: one === '.' ? '' : one }),
          label: t(setWords[one]),
          count: list.counts[one],
          here: one === set,
        })),
        form: formOf(values, faults),
      },
    });
  };

  router.get('/admin/d/:domain/lists/:name/members', (req, res) => show(req, res, 200));

  router.post('/admin/d/:domain/lists/:name/members', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    const { name } = await administration.list(actor, domain, oneValue(req.params.name));
    const set = setOf(req.query.set);
    const values = readValues(req.body, ['add'], LONGEST);
    const isRemoval = oneValue(req.body?.act) === 'remove';
    const remove = isRemoval ? allValues(req.body?.remove).filter((address) => address !== '') : [];
    const add = isRemoval ? [] : readMembers(values.add);
    if (add.length + remove.length === 0)
      return show(req, res, 422, values, [{ field: 'add', words: t('lists.nobodyNamed') }]);
    try {
      const done = await administration.changeMembers(actor, domain, name, set, { add, remove });
      const words =
        add.length > 0
          ? t('lists.added', { n: done.added, same: done.same })
          : t('lists.removed', { n: done.removed });
      admin.done(
        req,
        res,
        withQuery(listPath(domain, name, '/members'), { set: set === '.' ? '' : set }),
        words,
      );
    } catch (error) {
      const faults = faultsOf(error, ['members'], t);
      await show(
        req,
        res,
        422,
        values,
        faults.map((fault) => (fault.field === 'members' ? { ...fault, field: 'add' } : fault)),
      );
    }
  });

  return router;
}
