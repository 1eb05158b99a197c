// The questions about aliases and robots (aliases.ts, robots.ts), as part of the administration: each change is done as
// the user of the domain, noted in the audit log, and told to the onchange hook line by line.
import type { Actor, Administration } from '../administration.ts';
import { changeWords } from '../onchange.ts';
import type { Domain } from '../types.ts';
import { type ChangedLines, findAlias, listAliases, removeAlias, setAlias } from './aliases.ts';
import type { Standing } from './authority.ts';
import { type Change, nameIn } from './changing.ts';
import { receiveReports, reportsName } from './report-alias.ts';
import { setRobot } from './robots.ts';
import { findOwnDomain, type Site } from './site.ts';

type AliasQuestions = Pick<
  Administration,
  'aliases' | 'alias' | 'setAlias' | 'setRobot' | 'removeAlias' | 'receiveReports'
>;

/** How the administration reads and changes. */
export interface AliasSteps {
  readonly site: Site;
  read<T>(actor: Actor, host: string | undefined, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly change: Change;
}

export function answerAliasQuestions({ site, read, change }: AliasSteps): AliasQuestions {
  const own = (who: Standing, domain: string): Promise<Domain> => findOwnDomain(site, who, domain);
  return {
    aliases: (actor, name, query) =>
      read(actor, name, async (who) => listAliases(site, await own(who, name), query)),
    alias: (actor, name, alias) =>
      read(actor, name, async (who) => findAlias(site, await own(who, name), alias)),
    setAlias: (actor, name, alias, wanted) => {
      let changed: ChangedLines = { added: [], removed: [], words: '' };
      return change(
        actor,
        name,
        {
          action: wanted.version === undefined ? 'alias.add' : 'alias.change',
          object: `${alias}@${name}`,
          tells: (domain) => [
            ...changed.added.map((line) => changeWords.aliasLineAdded(nameIn(domain, alias), line)),
            ...changed.removed.map((line) => changeWords.aliasLineRemoved(nameIn(domain, alias), line)),
          ],
        },
        async (who) => {
          changed = await setAlias(site, who, await own(who, name), alias, wanted);
          return changed.words;
        },
      );
    },
    setRobot: (actor, name, alias, wanted) =>
      change(
        actor,
        name,
        {
          action: wanted.version === undefined ? 'robot.add' : 'robot.change',
          object: `${alias}@${name}`,
          tells: (domain) => [changeWords.aliasLineAdded(nameIn(domain, alias), 'autorespond')],
        },
        async (who) => {
          return setRobot(site, who, await own(who, name), alias, wanted);
        },
      ),
    receiveReports: (actor, name) =>
      change(
        actor,
        name,
        {
          action: 'alias.add',
          object: `${reportsName}@${name}`,
          tells: (domain) => [changeWords.aliasLineAdded(nameIn(domain, reportsName), 'dmarc-report')],
        },
        async (who) => {
          await receiveReports(site, await own(who, name));
          return 'dmarc-report';
        },
      ),
    removeAlias: (actor, name, alias, version) =>
      change(
        actor,
        name,
        {
          action: 'alias.remove',
          object: `${alias}@${name}`,
          tells: (domain) => [changeWords.aliasRemoved(nameIn(domain, alias))],
        },
        async (who) => {
          return removeAlias(site, who, await own(who, name), alias, version);
        },
      ),
  };
}
