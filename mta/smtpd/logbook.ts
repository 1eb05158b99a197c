// What one session writes to the log: the line for people (session-log.ts) and, where control/qlog asks, those for programs
// (qlog.ts). Capped by the crowd table, so that nobody fills a disk by talking.
import type { Speaker } from './checks.ts';
import type { Door } from './door.ts';
import type { Envelope } from './envelope.ts';
import type { SessionFacts } from './environment.ts';
import type { QlogKind } from './qlog.ts';
import { renderQlog } from './qlog.ts';
import type { Reply } from './reply.ts';
import { renderSessionLine } from './session-log.ts';

/** What the session knows at the moment. */
export interface LogState {
  readonly helo: string;
  readonly speaker: Speaker;
  readonly isEncrypted: boolean;
  /** The client's verified name. */
  readonly remoteHost: string | undefined;
  /** Of the transaction, or of the message that was just read. */
  readonly envelope: Envelope | undefined;
}

export class Logbook {
  readonly #door: Door;
  readonly #network: string;
  readonly #facts: SessionFacts;
  readonly #look: () => LogState;

  constructor(door: Door, network: string, facts: SessionFacts, look: () => LogState) {
    this.#door = door;
    this.#network = network;
    this.#facts = facts;
    this.#look = look;
  }

  tell(result: string, reason: string): void {
    const { helo, speaker, envelope } = this.#look();
    const { sender, recipients = [] } = envelope ?? {};
    const [recipient] = recipients;
    const more = recipients.length - 1;
    const { remoteIp: ip } = this.#facts;
    const user = speaker.user?.name;
    this.#write(renderSessionLine({ ip, helo, user, sender, recipient, more, result, reason }));
  }

  /** What became of a recipient; a promise is waited for. */
  tellRecipient(recipient: string, reply: Reply | Promise<Reply>): Reply | Promise<Reply> {
    if (reply instanceof Promise)
      return reply.then((late) => {
        this.#tellPrograms('qlogenvelope', late, [recipient], undefined);
        return late;
      });
    this.#tellPrograms('qlogenvelope', reply, [recipient], undefined);
    return reply;
  }

  /** What became of a message of so many bytes. */
  tellMessage(reply: Reply, size: number): void {
    this.#tellPrograms('qlogreceived', reply, undefined, size);
  }

  #tellPrograms(
    kind: QlogKind,
    reply: Reply,
    recipients: readonly string[] | undefined,
    size: number | undefined,
  ): void {
    const { settings } = this.#door;
    if (settings.qlog === 0) return;
    const { envelope, ...state } = this.#look();
    const facts = {
      ...state,
      connection: this.#facts,
      sender: envelope?.sender ?? '',
      recipients: recipients ?? envelope?.recipients ?? [],
      size: size ?? envelope?.size ?? 0,
    };
    this.#write(renderQlog(kind, reply, facts, settings));
  }

  #write(line: string): void {
    this.#door.crowd.log(this.#network, this.#door.clock(), line);
  }
}
