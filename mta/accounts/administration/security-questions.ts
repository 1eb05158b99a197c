// The questions about what guards an account (security.ts), as part of the administration: each change is done as the user
// of the domain and noted in the audit log, without the secrets that it gives.
import type { Actor, Administration } from '../administration.ts';
import { openSecondFactor } from '../second-factor.ts';
import type { Standing } from './authority.ts';
import {
  addOwnAppPassword,
  checkSecondFactor,
  describeSecurity,
  removeOneAppPassword,
  turnOffSecondFactor,
  turnOnSecondFactor,
} from './security.ts';
import type { Site } from './site.ts';

/** How the administration reads and changes. */
export interface Steps {
  readonly site: Site;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  read<T>(actor: Actor, host: string | undefined, work: (who: Standing) => Promise<T>): Promise<T>;
  change(
    actor: Actor,
    host: string,
    subject: { readonly action: string; readonly object: string; readonly details?: string | undefined },
    work: (who: Standing) => Promise<string | undefined>,
  ): Promise<void>;
  note(
    who: Standing,
    actor: Actor,
    domain: string,
    subject: { readonly action: string; readonly object: string },
  ): void;
}

type SecurityQuestions = Pick<
  Administration,
  | 'security'
  | 'addAppPassword'
  | 'removeAppPassword'
  | 'turnOnSecondFactor'
  | 'turnOffSecondFactor'
  | 'checkSecondFactor'
>;

const hostOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export function answerSecurityQuestions(steps: Steps): SecurityQuestions {
  const { site, now, read, change, note } = steps;
  const factors = openSecondFactor(() => now() / 1000);

  /** A change that gives what is shown once. */
  async function changeGiving<T>(
    actor: Actor,
    subject: { readonly action: string; readonly object: string; readonly details?: string },
    work: (who: Standing) => Promise<T>,
  ): Promise<T> {
    let given: { readonly value: T } | undefined;
    await change(actor, hostOf(subject.object), subject, async (who) => {
      given = { value: await work(who) };
      return undefined;
    });
    if (given === undefined) throw new Error(`${subject.action} ended without an answer`);
    return given.value;
  }

  return {
    security: (actor, address) =>
      read(actor, hostOf(address), (who) => describeSecurity(site, factors, who, address)),
    addAppPassword: (actor, address, wanted) =>
      changeGiving(
        actor,
        { action: 'app-password.add', object: address, details: JSON.stringify(wanted.label.slice(0, 100)) },
        (who) => addOwnAppPassword(site, who, address, wanted),
      ),
    removeAppPassword: (actor, address, id) =>
      change(actor, hostOf(address), { action: 'app-password.remove', object: address }, (who) =>
        removeOneAppPassword(site, who, address, id),
      ),
    turnOnSecondFactor: (actor, address, wanted) =>
      changeGiving(actor, { action: 'second-factor.on', object: address }, (who) =>
        turnOnSecondFactor(site, factors, who, address, wanted),
      ),
    turnOffSecondFactor: (actor, address, code) =>
      change(actor, hostOf(address), { action: 'second-factor.off', object: address }, (who) =>
        turnOffSecondFactor(site, factors, who, address, code),
      ),
    async checkSecondFactor(actor, code) {
      const host = actor.kind === 'account' ? hostOf(actor.address) : undefined;
      const { answer, who } = await read(actor, host, async (standing) => ({
        answer: await checkSecondFactor(site, factors, standing, code),
        who: standing,
      }));
      // `later` is not noted: who knows the password could fill the log.
      if (answer === 'wrong')
        note(who, actor, who.domain, { action: 'second-factor.wrong', object: who.address });
      return answer;
    },
  };
}
