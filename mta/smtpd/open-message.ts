// A message begins: its Received line from what the session knows of its client, the limits of the moment, and for the
// site's own people the completion of its header (RFC 6409 8). The bytes then go through message.ts.
import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/types.ts';
import { lowerAscii, lowerDomain } from '../formats/address.ts';
import { fromByteString, toByteString } from '../inject/header/author.ts';
import { defaultHostRules, rewriteEnvelopeAddress, rewriteHost } from '../inject/header/host-rules.ts';
import type { Injector } from '../inject/types.ts';
import type { Finding, Verdict } from '../trust/types.ts';
import type { SessionUser } from './auth.ts';
import { originOf, type Speaker } from './checks.ts';
import type { Door } from './door.ts';
import type { ClientEnvironment } from './environment.ts';
import { judgeStranger } from './judged.ts';
import { IncomingMessage } from './message.ts';
import { notYourFrom, type Reply, replies } from './reply.ts';
import type { SessionPolicy } from './session-policy.ts';
import type { SmtpdSettings } from './settings.ts';
import { completeSubmission, listAuthors } from './submission-header.ts';
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
  readonly speaker: Speaker;
  readonly client: ClientEnvironment | undefined;
  readonly sender: string;
  readonly utf8: boolean;
  readonly recipients: readonly string[];
  /** The client's verified name, '' for none. */
  readonly clientName: string;
  /** What the session's checks found. */
  readonly findings: readonly Finding[];
  /** Told what was decided, when the message is judged. */
  readonly tell: (verdict: Verdict, words: string) => void;
}

/** Opens the message of a transaction. */
export function openMessage(door: Door, policy: SessionPolicy, source: MessageSource): IncomingMessage {
  const { settings, limits } = door;
  const { injector, headers, remoteIp, helo, extended, secure, speaker, client, sender, utf8, recipients } =
    source;
  const [recipient] = recipients;
  const { user } = speaker;
  const facts = {
    remoteIp,
    remoteHost: client?.remoteHost ?? policy.host ?? 'unknown',
    helo,
    info: user?.name ?? client?.remoteInfo ?? policy.info ?? '',
    localHost: client?.localHost ?? settings.me,
    protocol: nameProtocol({ extended, secure, authenticated: user !== undefined, utf8 }),
  };
  const time = door.wallClock();
  const received = renderReceived(facts, time) + headers;
  return new IncomingMessage({
    injector,
    origin: originOf(speaker),
    received,
    judged: judgeStranger(door.courts, speaker, {
      injector,
      received,
      facts: {
        ip: remoteIp,
        clientName: source.clientName,
        helo,
        secure,
        utf8,
        spfBehavior: policy.spfBehavior,
        time,
      },
      known: source.findings,
      tell: source.tell,
    }),
    expected: recipient !== undefined && recipients.length === 1 ? { sender, recipient } : undefined,
    databytes: policy.databytes,
    limits,
    completeHeader: user?.account === undefined ? undefined : createCompletion(door, sender, user.account),
    approveHeader: user?.account === undefined ? undefined : createApproval(door, user.account),
  });
}

/** rewriting(5), for hosts that are not one of ours as they are. Byte strings. */
function hostCompletion(settings: SmtpdSettings): (host: string) => string {
  const { defaulthost, defaultdomain, plusdomain, locals, virtualdomains } = settings;
  const rules =
    settings.rewrite ??
    defaultHostRules({
      defaulthost: toByteString(defaulthost),
      defaultdomain: toByteString(defaultdomain),
      plusdomain: toByteString(plusdomain),
    });
  return (host) => {
    const lower = lowerAscii(host);
    return locals.has(lower) || virtualdomains.has(lower) ? host : rewriteHost(host, rules);
  };
}

/** An address that one of the site's own people gives, with its host (OFMIP); those of others stay as they are. */
export function completeRecipient(
  address: string,
  user: SessionUser | undefined,
  settings: SmtpdSettings,
): string {
  if (user?.account === undefined) return address;
  const bytes = rewriteEnvelopeAddress(toByteString(address), hostCompletion(settings));
  return lowerDomain(fromByteString(bytes) ?? address);
}

/** W6: whoever stands in From must be who signed in. */
function createApproval(
  door: Door,
  { address }: Account,
): ((beginning: Buffer) => Promise<Reply | undefined>) | undefined {
  const { submission } = door.accounts;
  if (submission === undefined) return undefined;
  return async (beginning) => {
    const authors = listAuthors(beginning);
    if (authors === undefined) return replies.unreadableFrom;
    try {
      const [foreign] = await submission.findForeign(address, authors);
      return foreign === undefined ? undefined : notYourFrom(foreign);
    } catch {
      return replies.lookupFailed;
    }
  };
}

function createCompletion(
  door: Door,
  sender: string,
  { gecos, address }: Account,
): (beginning: Buffer) => Buffer {
  const facts = {
    sender: sender === '' ? address : sender,
    name: gecos,
    completeHost: hostCompletion(door.settings),
    idhost: door.settings.me,
    now: door.wallClock(),
    unique: randomBytes(8).toString('hex'),
  };
  return (beginning) => completeSubmission(beginning, facts);
}
