// What people ask about their own account beside its form: the addresses that are theirs, and whom their vacation answers
// (own-addresses.ts, delivery-files.ts). Nothing of it is a change that the audit log is told.
import { splitAddress } from '../../formats/address.ts';
import type { Actor, Administration, OwnAddresses } from '../administration.ts';
import type { Standing } from './authority.ts';
import { storeVacationContacts } from './delivery-files.ts';
import { findSeen, type Site, whileAlone } from './site.ts';

type OwnQuestions = Pick<Administration, 'ownAddresses' | 'setVacationContacts'>;

export interface OwnSteps {
  readonly site: Site;
  read<T>(actor: Actor, host: string | undefined, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly findOwnAddresses: (who: Standing, about?: string) => Promise<OwnAddresses>;
}

export function answerOwnQuestions({ site, read, findOwnAddresses }: OwnSteps): OwnQuestions {
  /** As the user of the actor's domain. */
  const asOwn = <T>(actor: Actor, work: (who: Standing) => Promise<T>): Promise<T> =>
    read(actor, actor.kind === 'account' ? splitAddress(actor.address).domain : undefined, work);
  return {
    ownAddresses: (actor, about) => asOwn(actor, (who) => findOwnAddresses(who, about)),
    setVacationContacts: (actor, addresses) =>
      asOwn(actor, async (who) => {
        const { domain, record } = await findSeen(site, who, who.address);
        return whileAlone(domain, () => storeVacationContacts(domain, record, addresses));
      }),
  };
}
