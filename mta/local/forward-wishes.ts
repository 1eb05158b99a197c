// What of a sender's wishes about notifications goes on with a forward (RFC 3461 5.2.7), and what the sender is to be told
// of the delivery. Pure. An alias with one address hands everything on; with several, or beside a mailbox, the sender
// hears of success from us and only of trouble from there; a list (`-owner`) speaks for itself and hands on nothing but
// that TLS is required.
import type { Delivered, DeliveryDsn } from '../delivery.ts';
import type { DsnEvent, DsnRequest } from '../formats/dsn.ts';

export interface ForwardFacts {
  readonly recipients: readonly string[];
  /** Nothing else was done with the message. */
  readonly isOnly: boolean;
  /** The forward has another envelope sender than the message. */
  readonly hasNewSender: boolean;
}

export interface ForwardWishes {
  readonly dsn: DsnRequest | undefined;
  readonly fate: Delivered['fate'];
}

export function forwardWishes(wishes: DeliveryDsn | undefined, facts: ForwardFacts): ForwardWishes {
  const { recipients, isOnly, hasNewSender } = facts;
  if (wishes === undefined) return { dsn: undefined, fate: undefined };
  const { ret, envid, notify, orcpt, requireTls } = wishes;
  // RFC 8689 4.3: who the letter is sent on by, and to whom, makes no difference.
  if (hasNewSender)
    return {
      dsn: requireTls && { requireTls, recipients: recipients.map(() => undefined) },
      fate: undefined,
    };
  const isAlias = isOnly && recipients.length === 1;
  const one = { notify: isAlias ? notify : withoutSuccess(notify), orcpt };
  return {
    dsn: { ret, envid, ...(requireTls ? { requireTls } : {}), recipients: recipients.map(() => one) },
    fate: isAlias ? 'passed on' : isOnly ? 'expanded' : undefined,
  };
}

function withoutSuccess(notify: readonly DsnEvent[] | undefined): readonly DsnEvent[] | undefined {
  const left = notify?.filter((event) => event !== 'SUCCESS');
  return left?.length === 0 ? ['NEVER'] : left;
}
