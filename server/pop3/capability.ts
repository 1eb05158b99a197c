// What CAPA tells (RFC 2449): the same before and after the login, but for what no longer makes sense over this connection.
import type { Mechanism } from '../../mta/smtpd/auth.ts';
import type { SessionPort } from '../door/line-connection.ts';

/** Lines of CAPA. */
export const capabilityLines = (
  port: Pick<SessionPort, 'mayLogin' | 'canStartTls'>,
  mechanisms: readonly Mechanism[],
): readonly string[] => [
  'TOP',
  'UIDL',
  // RFC 2595 2.2: no password may be said where it can be overheard.
  ...(port.mayLogin ? ['USER', `SASL ${mechanisms.join(' ')}`] : []),
  'PIPELINING',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  ...(port.canStartTls ? ['STLS'] : []),
  // RFC 6856: names and passwords may be UTF-8 too.
  'UTF8 USER',
  'LANG',
  // Mail stays until somebody deletes it.
  'EXPIRE NEVER',
  'IMPLEMENTATION Facteur',
];
