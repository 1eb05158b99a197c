// Who wrote a letter to a list, by its envelope: $SENDER with the wrappings of forwarders taken off (sender.ts), and the
// refusals of those that nobody may answer.
import { ListError } from './errors.ts';
import type { ListCall } from './program.ts';
import { unwrapSender } from './sender.ts';

/** Undefined: the program was called by hand. */
export const senderOf = ({ env }: Pick<ListCall, 'env'>): string | undefined =>
  env.SENDER === undefined ? undefined : unwrapSender(env.SENDER);

/** Is this a bounce? */
export const isBounce = (sender: string | undefined): boolean => sender === '' || sender === '#@[]';

/** @throws ListError 100 for bounces */
export function refuseBounce(sender: string | undefined): void {
  if (isBounce(sender)) throw new ListError(100, 'I do not reply to bounce messages (#5.7.2)');
}

/** A sender who can be written to. @throws ListError 100 */
export function requireSender(call: Pick<ListCall, 'env'>): string {
  const sender = senderOf(call);
  if (sender === undefined) throw new ListError(100, 'SENDER not set');
  refuseBounce(sender);
  if (!sender.includes('@')) throw new ListError(100, `${sender}: a sender has an @ (#5.7.2)`);
  return sender;
}
