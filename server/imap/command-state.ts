// May a command come now (RFC 9051 3, the states of a session; RFC 9586 3.1)? Pure.
import { type Answer, type AnyCommand, bad, type Call } from './command.ts';
import type { Session } from './session.ts';

/** Why not; undefined: it may, or nobody knows it. */
export function refuseState(
  command: AnyCommand | undefined,
  { isUid }: Pick<Call, 'isUid'>,
  session: Pick<Session, 'state' | 'features' | 'account' | 'selected'>,
): Answer | undefined {
  if (command === undefined) return undefined;
  if (isUid && command.uid === undefined) return bad('Unknown command');
  // RFC 9586 3.1
  if (!isUid && command.uid !== undefined && command.name !== 'EXPUNGE' && session.features.isUidOnly)
    return bad('Numbers of messages are switched off', 'UIDREQUIRED');
  switch (command.state) {
    case 'any':
      return undefined;
    case 'not authenticated':
      return session.state === 'not authenticated' ? undefined : bad('You have signed in already');
    case 'authenticated':
      return session.account !== undefined ? undefined : bad('Sign in first');
    case 'selected':
      return session.selected !== undefined ? undefined : bad('Select a mailbox first');
  }
}
