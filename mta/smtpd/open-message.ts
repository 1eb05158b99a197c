// A message begins: its Received line from what the session knows of its client, the limits of the moment, and for the
// site's own people the completion of its header (RFC 6409 8). The bytes then go through message.ts.
import { randomBytes } from 'node:crypto';
import type { Injector } from '../inject/types.ts';
import type { SessionUser } from './auth.ts';
import type { Door } from './door.ts';
import type { ClientEnvironment } from './environment.ts';
import { IncomingMessage } from './message.ts';
import type { SessionPolicy } from './session-policy.ts';
import { completeSubmission } from './submission-header.ts';
import { nameProtocol, renderReceived } from './trace.ts';

/** Where a message comes from. */
export interface MessageSource {
  readonly injector: Injector;
  /** What plugins put on top; with its line feeds. */
  readonly headers: string;
  readonly remoteIp: string;
  readonly helo: string;
  /** EHLO was said. */
  readonly extended: boolean;
  readonly secure: boolean;
  /** Who logged in. Only the submission doors have users. */
  readonly user: SessionUser | undefined;
  readonly client: ClientEnvironment | undefined;
  readonly sender: string;
  readonly utf8: boolean;
}

/** Opens the message of a transaction. */
export function openMessage(door: Door, policy: SessionPolicy, source: MessageSource): IncomingMessage {
  const { settings, limits } = door;
  const { injector, headers, remoteIp, helo, extended, secure, user, client, sender, utf8 } = source;
  const facts = {
    remoteIp,
    remoteHost: client?.remoteHost ?? policy.host ?? 'unknown',
    helo,
    info: user?.name ?? client?.remoteInfo ?? '',
    localHost: client?.localHost ?? settings.me,
    protocol: nameProtocol({ extended, secure, authenticated: user !== undefined, utf8 }),
  };
  return new IncomingMessage({
    injector,
    received: renderReceived(facts, door.wallClock()) + headers,
    databytes: policy.databytes,
    limits,
    completeHeader: user?.account === undefined ? undefined : createCompletion(door, sender),
  });
}

function createCompletion(door: Door, sender: string): (beginning: Buffer) => Buffer {
  const facts = {
    sender,
    idhost: door.settings.me,
    now: door.wallClock(),
    unique: randomBytes(8).toString('hex'),
  };
  return (beginning) => completeSubmission(beginning, facts);
}
