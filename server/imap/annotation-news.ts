// What one client is still to be told of annotations that other sessions changed (RFC 5464 4.4.2): names alone, of the
// folders that it wants to hear of. Changes come from the sessions at the same account's desk; no other program writes
// these files.
import { formatEntryNames } from './annotation-names.ts';
import type { Session } from './session.ts';

/** Names that wait for a client; past these it is sent away, and asks anew when it comes back. */
const mostWaiting = 2000;

export class AnnotationNews {
  readonly #session: Session;
  readonly #heard: () => void;
  /** By folder; '' is the account. */
  readonly #waiting = new Map<string, Set<string>>();
  #count = 0;
  #stop: (() => void) | undefined;
  /** ENABLE METADATA: of all folders. */
  #wantsAll = false;
  /** NOTIFY: of these. */
  #wants: (folder: string) => boolean = () => false;

  constructor(session: Session, heard: () => void) {
    this.#session = session;
    this.#heard = heard;
  }

  /** RFC 5464 4.1: hears of all changes from now on. */
  enable(): void {
    this.#wantsAll = true;
    this.#listen();
  }

  /** RFC 5465 5.6: hears of those in folders that are wanted; '' is the server. */
  follow(wants: (folder: string) => boolean): void {
    this.#wants = wants;
    this.#listen();
  }

  #listen(): void {
    this.#stop ??= this.#session.signedIn.listenToAnnotations((folder, entries, from) => {
      if (from !== this.#session && (this.#wantsAll || this.#wants(folder))) this.#note(folder, entries);
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#forget();
  }

  #forget(): void {
    this.#waiting.clear();
    this.#count = 0;
  }

  get hasNews(): boolean {
    return this.#count > 0;
  }

  #note(folder: string, entries: readonly string[]): void {
    const waiting = this.#waiting.get(folder) ?? new Set();
    this.#waiting.set(folder, waiting);
    for (const entry of entries) {
      if (this.#count > mostWaiting) break;
      if (!waiting.has(entry)) this.#count++;
      waiting.add(entry);
    }
    this.#heard();
  }

  /** RFC 5464 4.4.2: names without values. */
  tell(): void {
    if (this.#count === 0) return;
    const session = this.#session;
    if (this.#count > mostWaiting) session.bye('Too many annotations changed', 'UNAVAILABLE');
    for (const [folder, entries] of this.#waiting) {
      const name = folder === '' ? '""' : session.nameOf(folder);
      session.out.text(`* METADATA ${name} ${formatEntryNames(entries)}\r\n`);
    }
    this.#forget();
  }
}
