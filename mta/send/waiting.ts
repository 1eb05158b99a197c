// Why messages wait: the last report of each recipient that was put off, and how often a message's channels were tried in
// this run of the program. In memory and bounded: it tells people, and nothing is decided by it.
import type { Channel } from '../queue/queue.ts';

/** The last deferral of a recipient. */
export interface WaitingReport {
  /** Seconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** What is known of a message. */
export interface WaitingMessage {
  readonly attempts: Readonly<Record<Channel, number>>;
  /** By recipient, as in the channel file. */
  readonly reports: Readonly<Record<Channel, ReadonlyMap<string, WaitingReport>>>;
}

interface Known {
  readonly attempts: Record<Channel, number>;
  readonly reports: Record<Channel, Map<string, WaitingReport>>;
}

/** Characters of a report that are kept. */
const textLimit = 400;
/** Messages and reports that are kept; the oldest make room. */
const limits = { messages: 50_000, reports: 20_000, reportsOfMessage: 200 };

/** What is known of all messages. */
export class Waiting {
  readonly #messages = new Map<string, Known>();
  #reports = 0;

  /** A try of a message's channel begins. */
  attempted(id: string, channel: Channel): void {
    this.#know(id).attempts[channel] += 1;
  }

  /** A recipient was put off. */
  deferred(id: string, channel: Channel, address: string, text: string): void {
    const reports = this.#know(id).reports[channel];
    if (!reports.has(address)) {
      if (reports.size >= limits.reportsOfMessage) return;
      this.#reports += 1;
    }
    // A copy: a slice would keep all of a long report.
    const kept = Buffer.from(text.slice(0, textLimit).trim()).toString();
    reports.set(address, { at: Math.floor(Date.now() / 1000), text: kept });
    if (this.#reports > limits.reports) this.#forgetOldest(id);
  }

  of(id: string): WaitingMessage | undefined {
    return this.#messages.get(id);
  }

  forget(id: string): void {
    const known = this.#messages.get(id);
    if (!known || !this.#messages.delete(id)) return;
    this.#reports -= known.reports.local.size + known.reports.remote.size;
  }

  /** A letter of the journal goes by another number now. */
  rename(before: string, after: string): void {
    const known = this.#messages.get(before);
    if (!known) return;
    this.#messages.delete(before);
    this.#messages.set(after, known);
  }

  #know(id: string): Known {
    let known = this.#messages.get(id);
    if (!known) {
      known = { attempts: { local: 0, remote: 0 }, reports: { local: new Map(), remote: new Map() } };
      this.#messages.set(id, known);
      if (this.#messages.size > limits.messages) this.#forgetOldest(id);
    }
    return known;
  }

  #forgetOldest(but: string): void {
    for (const id of this.#messages.keys()) {
      if (id === but) continue;
      this.forget(id);
      return;
    }
  }
}
