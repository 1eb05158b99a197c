// The questions about the keys that sign a domain's mail (../../trust/dkim-keys.ts), as part of the administration: for the
// domain's administrators, done as root and as the owner of the keys, changes noted in the audit log.
import type { Home } from '../../home.ts';
import { DkimKeyError, findKeyOwner, type KeyDesk, openKeyDesk } from '../../trust/dkim-keys.ts';
import type { Actor, Administration } from '../administration.ts';
import { Refusal } from '../administration.ts';
import type { RunAsOwner } from '../durable.ts';
import type { Domain } from '../types.ts';
import type { Standing } from './authority.ts';
import type { Change } from './changing.ts';

type DkimQuestions = Pick<Administration, 'dkimKeys' | 'addDkimKeys' | 'useDkimKeys' | 'removeDkimKey'>;

export interface DkimSteps {
  readonly home: Home;
  readonly as: RunAsOwner;
  /** A domain that the actor administers. Throws NoSuchObject. */
  own(who: Standing, domain: string): Promise<Domain>;
  /** Reads as root. */
  readAsRoot<T>(actor: Actor, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly change: Change;
}

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DkimKeyError) throw new Refusal('key', `dkim-${error.key}`, error.message);
    throw error;
  }
}

/** The keys of a site; asked as root when we are root. */
export const openSiteKeys = async (home: Home, as: RunAsOwner): Promise<KeyDesk> =>
  openKeyDesk({ qmail: home.qmail, owner: await findKeyOwner(home.qmail), as });

export function answerDkimQuestions({ home, as, own, readAsRoot, change }: DkimSteps): DkimQuestions {
  const desk = (): Promise<KeyDesk> => openSiteKeys(home, as);
  return {
    dkimKeys: (actor, name) =>
      readAsRoot(actor, async (who) => {
        const domain = await own(who, name);
        return refusing((await desk()).list(domain.realName));
      }),
    async addDkimKeys(actor, name) {
      let made: readonly string[] = [];
      await change(
        actor,
        name,
        { action: 'dkim.add', object: name },
        async (who) => {
          const domain = await own(who, name);
          made = await refusing((await desk()).add(domain.realName));
          return made.join(' ');
        },
        'root',
      );
      return made;
    },
    useDkimKeys: (actor, name, selectors) =>
      change(
        actor,
        name,
        { action: 'dkim.use', object: name, details: selectors.join(' ') },
        async (who) => {
          const domain = await own(who, name);
          await refusing((await desk()).use(domain.realName, selectors));
          return undefined;
        },
        'root',
      ),
    removeDkimKey: (actor, name, selector, evenCurrent) =>
      change(
        actor,
        name,
        { action: 'dkim.remove', object: name, details: selector },
        async (who) => {
          const domain = await own(who, name);
          await refusing((await desk()).remove(domain.realName, selector, evenCurrent));
          return undefined;
        },
        'root',
      ),
  };
}
