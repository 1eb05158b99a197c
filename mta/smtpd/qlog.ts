// The lines qlogenvelope and qlogreceived of the patched qmail-smtpd (spec/qmail.md 4.2): one for what became of each
// recipient, one for what became of each message, as name=value for programs. Written where control/qlog asks for them,
// beside the line that people read. A value holds no blank and no byte that a client could end it with. Pure.
import { isRcpthost } from '../control/match.ts';
import type { Speaker } from './checks.ts';
import type { SessionFacts } from './environment.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import { field } from './session-log.ts';
import type { SmtpdSettings } from './settings.ts';

export type QlogKind = 'qlogenvelope' | 'qlogreceived';

/** What is known when the line is written. */
export interface QlogFacts {
  readonly connection: Pick<SessionFacts, 'remoteIp' | 'remotePort' | 'localIp' | 'localPort'>;
  /** The client's verified name. */
  readonly remoteHost: string | undefined;
  readonly helo: string;
  readonly sender: string;
  /** The one that the line is about, or all of a message. */
  readonly recipients: readonly string[];
  /** Bytes, 0 when not known. */
  readonly size: number;
  readonly speaker: Speaker;
  readonly isEncrypted: boolean;
}

/** The patch's words for a refusal; others are told by their reply in `detail`. */
const REASONS: ReadonlyMap<Reply, string> = new Map([
  [replies.noRelay, 'not_in_rcpthosts'],
  [replies.badMailFrom, 'badmailfrom'],
  [replies.badRcptTo, 'badrcptto'],
  [replies.badHelo, 'badhelo'],
  [replies.notValid, 'validrcptto'],
  [replies.noMailbox, 'nomailbox'],
  [replies.badSrs, 'nomailbox'],
  [replies.nullSenders, 'nullsenderdenied'],
  [replies.noRelayTest, 'dontrelay'],
  [replies.tooManyRecipients, 'max_rcpt_exceeded'],
  [replies.tooManyUnknown, 'brtlimit'],
  [replies.tooBig, 'databytes_limit_exceeded'],
  [replies.strayByte, 'bad_newlines'],
  [replies.tooManyHops, 'too_many_hops'],
  [replies.looping, 'looping'],
]);

const reasonOf = (reply: Reply, code: string): string =>
  REASONS.get(reply) ??
  (code.startsWith('2') ? 'ok' : /^\d{3} [45]\.2\.2 /.test(reply.text) ? 'mailboxfull' : 'other');

/** One line. @param settings for the field rcpthosts */
export function renderQlog(kind: QlogKind, reply: Reply, facts: QlogFacts, settings: SmtpdSettings): string {
  const { connection, speaker, recipients } = facts;
  const code = reply.text.slice(0, 3);
  const isOurs = recipients.some((recipient) =>
    isRcpthost(recipient.slice(recipient.lastIndexOf('@') + 1), settings.rcpthosts, settings.morercpthosts),
  );
  const values: Readonly<Record<string, string>> = {
    result: code.startsWith('2') ? 'accepted' : 'rejected',
    code,
    reason: reasonOf(reply, code),
    detail: code.startsWith('2') ? '' : reply.text.slice(4),
    helo: facts.helo,
    mailfrom: facts.sender,
    rcptto: recipients.join(','),
    relay: speaker.mayRelay ? 'yes' : 'no',
    rcpthosts: isOurs ? 'yes' : 'no',
    size: facts.size === 0 ? '' : String(facts.size),
    authuser: speaker.user?.name ?? '',
    authtype: speaker.user === undefined ? '' : speaker.authMethod,
    encrypted: facts.isEncrypted ? 'yes' : 'no',
    // No client shows a certificate here.
    sslverified: 'no',
    localip: connection.localIp,
    localport: String(connection.localPort),
    remoteip: connection.remoteIp,
    remoteport: String(connection.remotePort),
    remotehost: facts.remoteHost ?? '',
    qp: /\bqp (\d+)/.exec(reply.text)?.[1] ?? '',
    pid: String(process.pid),
  };
  const rendered = Object.entries(values).map(([name, value]) => ` ${name}=${field(value.slice(0, 1000))}`);
  return `${kind}:${rendered.join('')}`;
}
