// qmtpd: mail over QMTP (qmail-qmtpd, port 209; spec/qmail.md 11). A package is netstring(message), netstring(sender),
// netstring of recipient netstrings; each recipient gets an answer, in order, when the message is durable. Recipients
// pass the same decisions as at the SMTP door (policy.ts). Packages may be pipelined: the next is read while those
// before it are being queued. Owns nothing on disk.
import { lowerDomain } from '../formats/address.ts';
import { NetstringError } from '../formats/netstring.ts';
import type { Service } from '../service.ts';
import type { Door } from './door.ts';
import type { IncomingMessage } from './message.ts';
import type { NetstringConnection } from './netstring-connection.ts';
import {
  ADDRESS_BYTES,
  LONGEST_NETSTRING,
  logPackage,
  openPackageMessage,
  parsePackageAddress,
  readAddressBytes,
  takeMessageBytes,
} from './netstring-message.ts';
import { netstringReplies, outcomeOf } from './netstring-replies.ts';
import type { NetstringServiceOptions } from './netstring-service.ts';
import { startNetstringService } from './netstring-service.ts';
import { replaceLocalIp } from './policy.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';

/**
 * Starts the QMTP listeners; every client may connect. Throws when one cannot be bound.
 * @returns the running service; `close()` finishes packages under way for at most 10 s
 */
export function startQmtpd(options: NetstringServiceOptions): Promise<Service> {
  return startNetstringService(options, { name: 'qmtp', canRefuse: false, converse: takePackages });
}

/** Serves one connection. */
export const takePackages = (connection: NetstringConnection, door: Door): Promise<void> =>
  new QmtpSession(connection, door).run();

/** Packages of one connection that may be on their way into the queue at once. */
const MOST_UNDER_WAY = 16;
/** And characters of their recipients, beside those of the package that is being read. */
const MOST_UNDER_WAY_SIZE = 65_536;
/** Recipients of one package, in bytes: fewer only when maxrcpt asks for more. */
const ENVELOPE_BYTES = 1_048_576;
const LF = 10;
const CR = 13;

/** What becomes of a recipient: its address in the queue, or why not. */
type Verdict = { readonly address: string } | { readonly address: undefined; readonly reply: Reply };

class QmtpSession {
  readonly #connection: NetstringConnection;
  readonly #door: Door;
  #spent = { packages: 0, errors: 0, unknown: 0 };
  /** All answers so far are sent. */
  #answered: Promise<void> = Promise.resolve();
  /** Those that are not, oldest first. */
  readonly #underWay: Promise<void>[] = [];
  /** Characters of their recipients. */
  #underWaySize = 0;
  #isLast = false;

  constructor(connection: NetstringConnection, door: Door) {
    this.#connection = connection;
    this.#door = door;
  }

  async run(): Promise<void> {
    try {
      while (!this.#isLast && (await this.#connection.awaitPackage())) {
        await this.#takePackage();
        await this.#holdBack();
      }
    } finally {
      // Also after wrong bytes: what was whole before them is queued, and its sender should know.
      await this.#answered;
    }
  }

  async #takePackage(): Promise<void> {
    const connection = this.#connection;
    const { limits } = this.#door;
    const { databytes } = connection.checks.policy;
    const length = await connection.readLength(LONGEST_NETSTRING);
    // qmail-qmtpd: the first byte tells the line ends; a message without it is no message.
    if (length === 0) throw new NetstringError('a QMTP message without its first byte');
    const message = openPackageMessage(connection, this.#door, 'QMTP');
    try {
      if (!(await this.#hasRoom(length))) message.refuse(replies.noRoom);
      // Clients that may relay are the site's own: their batches are not cut.
      if (++this.#spent.packages > limits.transactions && !connection.speaker.mayRelay) {
        message.refuse(replies.tooManyTransactions);
        this.#isLast = true;
      }
      const form = (await connection.readPiece(1))[0];
      if (form !== LF && form !== CR) throw new NetstringError('a QMTP message begins with LF or CR');
      // Only here is the size known in advance.
      if (form === LF && databytes > 0 && length - 1 > databytes) message.refuse(replies.tooBig);
      await takeMessageBytes(connection, message, length - 1, form === LF ? 'lf' : 'crlf');
      await connection.readComma();
      const sender = await this.#readSender(message, await readAddressBytes(connection, LONGEST_NETSTRING));
      const { verdicts, surplus } = await this.#readRecipients(sender, message);
      this.#finish(message, sender, verdicts, surplus);
    } catch (error) {
      message.abort();
      throw error;
    }
  }

  async #hasRoom(length: number): Promise<boolean> {
    const room = this.#door.hasRoom(length);
    return typeof room === 'boolean' ? room : this.#connection.whileBusy(room.catch(() => false));
  }

  async #readSender(message: IncomingMessage, bytes: Buffer | undefined): Promise<string> {
    const path = parsePackageAddress(bytes);
    if (path === undefined) {
      message.refuse(netstringReplies.badSender);
      return bytes?.toString('utf8') ?? '';
    }
    const { settings } = this.#door;
    const given = lowerDomain(replaceLocalIp(path, this.#isOwnIp, settings));
    const passed = await this.#connection.checks.mail(given, this.#connection.speaker);
    if ('address' in passed) return passed.address;
    message.refuse(passed);
    return given;
  }

  readonly #isOwnIp = (ip: string): boolean => this.#door.isOwnIp(ip, this.#connection.tcp.localIp);

  /** @returns a verdict each, up to maxrcpt, and how many recipients came behind those */
  async #readRecipients(
    sender: string,
    message: IncomingMessage,
  ): Promise<{ readonly verdicts: readonly Verdict[]; readonly surplus: number }> {
    const connection = this.#connection;
    const { maxrcpt } = connection.checks.policy;
    const limit = Math.max(ENVELOPE_BYTES, maxrcpt * (ADDRESS_BYTES + 5));
    const length = await connection.readLength(limit);
    const end = connection.position + length;
    const verdicts: Verdict[] = [];
    let surplus = 0;
    while (connection.position < end) {
      const bytes = await readAddressBytes(connection, limit, end);
      if (verdicts.length >= maxrcpt) surplus++;
      else verdicts.push(await this.#judge(bytes, sender, message));
    }
    await connection.readComma();
    return { verdicts, surplus };
  }

  /** Decides on a recipient; a refusal is logged and counts as the client's error. */
  async #judge(bytes: Buffer | undefined, sender: string, message: IncomingMessage): Promise<Verdict> {
    const verdict = await this.#decide(bytes, message);
    if (verdict.address === undefined) {
      this.#spent.errors++;
      const envelope = { sender, recipient: bytes?.toString('utf8') ?? '', more: 0 };
      logPackage(this.#connection, this.#door, 'qmtpd', envelope, outcomeOf(verdict.reply));
    }
    return verdict;
  }

  async #decide(bytes: Buffer | undefined, message: IncomingMessage): Promise<Verdict> {
    const path = parsePackageAddress(bytes);
    if (path === undefined || path.address === '') return refuse(netstringReplies.badRecipient);
    const { settings } = this.#door;
    const address = lowerDomain(replaceLocalIp(path, this.#isOwnIp, settings));
    // R8: nobody tries a whole dictionary.
    if (this.#spent.unknown > this.#door.limits.unknownToClose) return refuse(replies.tooManyUnknown);
    const { checks, speaker } = this.#connection;
    const passing = checks.recipient(address, speaker, message.size);
    const passed = passing instanceof Promise ? await this.#connection.whileBusy(passing) : passing;
    if ('address' in passed)
      return passed.mailbox && message.loopsTo(passed.mailbox) ? refuse(replies.looping) : passed;
    if (passed.counts === 'unknown recipient') this.#spent.unknown++;
    return refuse(passed);
  }

  /** Hands the message over and has its answers sent behind those of the packages before. */
  #finish(message: IncomingMessage, sender: string, verdicts: readonly Verdict[], surplus: number): void {
    const connection = this.#connection;
    const recipients = verdicts.flatMap(({ address }) => (address === undefined ? [] : [address]));
    let queued: Promise<Reply> | undefined;
    if (recipients.length > 0) queued = connection.whileBusy(message.finish({ sender, recipients }));
    else message.abort();
    const size = recipients.reduce((sum, recipient) => sum + recipient.length, 0);
    this.#underWaySize += size;
    this.#answered = this.#answer(this.#answered, queued, verdicts, surplus).then(() => {
      // In order, so it is the first that is done.
      this.#underWay.shift();
      this.#underWaySize -= size;
    });
    this.#underWay.push(this.#answered);
    void queued?.then((reply) => {
      const outcome = outcomeOf(reply);
      const envelope = { sender, recipient: recipients[0] ?? '', more: recipients.length - 1 };
      logPackage(connection, this.#door, 'qmtpd', envelope, outcome);
    });
  }

  async #answer(
    before: Promise<void>,
    queued: Promise<Reply> | undefined,
    verdicts: readonly Verdict[],
    surplus: number,
  ): Promise<void> {
    const connection = this.#connection;
    const result = await queued;
    await before;
    for (const verdict of verdicts) {
      const reply = verdict.address === undefined ? verdict.reply : result;
      if (reply !== undefined) await connection.send(outcomeOf(reply));
    }
    for (let i = 0; i < surplus && !connection.isClosed; i++)
      await connection.send(outcomeOf(replies.tooManyRecipients));
  }

  /** Between packages: waits when enough are on their way, and for a client with many errors (R5, R8). */
  async #holdBack(): Promise<void> {
    const { limits } = this.#door;
    const { errors, unknown } = this.#spent;
    while (this.#underWay.length >= MOST_UNDER_WAY || this.#underWaySize > MOST_UNDER_WAY_SIZE)
      await this.#underWay[0];
    if (errors > limits.errorsToClose || unknown > limits.unknownToClose) this.#isLast = true;
    else if (errors > limits.errorsToDelay || unknown > limits.unknownToDelay) {
      await this.#answered;
      await this.#connection.pause(limits.errorDelay);
    }
  }
}

const refuse = (reply: Reply): Verdict => ({ address: undefined, reply });
