// The questions about mailing lists (lists.ts), as part of the administration: each change is done as the user of the
// domain and noted in the audit log.
import type { Actor } from '../administration.ts';
import type { Domain } from '../types.ts';
import type { Standing } from './authority.ts';
import type { Change } from './changing.ts';
import type { ListQuestions, MemberChanged } from './list-types.ts';
import { changeMembers, findList, listLists, listMembers, removeList, setList } from './lists.ts';
import { findOwnDomain, type Site } from './site.ts';

/** How the administration reads and changes. */
export interface ListSteps {
  readonly site: Site;
  read<T>(actor: Actor, host: string | undefined, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly change: Change;
}

export function answerListQuestions({ site, read, change }: ListSteps): ListQuestions {
  const own = (who: Standing, domain: string): Promise<Domain> => findOwnDomain(site, who, domain);
  return {
    lists: (actor, domain, query) =>
      read(actor, domain, async (who) => listLists(await own(who, domain), query)),
    list: (actor, domain, name) => read(actor, domain, async (who) => findList(await own(who, domain), name)),
    setList: (actor, domain, name, wanted) =>
      change(
        actor,
        domain,
        { action: wanted.version === undefined ? 'list.add' : 'list.change', object: `${name}@${domain}` },
        async (who) => setList(site, who, await own(who, domain), name, wanted),
      ),
    removeList: (actor, domain, name, version) =>
      change(actor, domain, { action: 'list.remove', object: `${name}@${domain}` }, async (who) =>
        removeList(site, who, await own(who, domain), name, version),
      ),
    members: (actor, domain, name, set, query) =>
      read(actor, domain, async (who) => listMembers(await own(who, domain), name, set, query)),
    async changeMembers(actor, domain, name, set, wanted) {
      let changed: MemberChanged = { added: 0, removed: 0, same: 0 };
      await change(actor, domain, { action: 'list.members', object: `${name}@${domain}` }, async (who) => {
        changed = await changeMembers(site, who, await own(who, domain), name, set, wanted);
        const named = (addresses: readonly string[]): string =>
          addresses.length > 5 ? `${addresses.slice(0, 5).join(' ')} ...` : addresses.join(' ');
        return [
          ...(set === '.' ? [] : [set]),
          ...(wanted.add.length > 0 ? [`${changed.added} added: ${named(wanted.add)}`] : []),
          ...(wanted.remove.length > 0 ? [`${changed.removed} removed: ${named(wanted.remove)}`] : []),
        ].join(', ');
      });
      return changed;
    },
  };
}
