// When one client is told of what others did: with the answers to its commands, and at once while it idles (RFC 2177).
// One telling at a time; a client that does not read is told when it does, and nothing is gathered for it meanwhile but
// names. What there is to be told of the folder that is open is selected.ts.
import { AnnotationNews } from './annotation-news.ts';
import type { Session } from './session.ts';

/** Milliseconds between two questions of NOOP at the mailbox. */
const pollPause = 200;

export class Telling {
  readonly annotations: AnnotationNews;
  readonly #session: Session;
  #isAtOnce = false;
  /** Somebody told of something since the last look. */
  #isDue = false;
  #running: Promise<void> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.annotations = new AnnotationNews(session, () => this.#soon());
  }

  /** Hears of changes in the folder that is open. */
  listen(): void {
    const { signedIn, folder } = this.#session;
    this.#stopListening ??= signedIn.listen((changed) => this.#hear(changed), folder.model.folder);
  }

  stopListening(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** The connection is over. */
  end(): void {
    this.#isAtOnce = false;
    this.stopListening();
    this.annotations.stop();
  }

  #hear(folder: string | undefined): void {
    if (folder !== undefined && folder === this.#session.selected?.model.folder) this.#soon();
  }

  /** From now on news are told at once. */
  start(): void {
    this.#isAtOnce = true;
    if (this.#hasNews) this.#soon();
  }

  /** No more news until the next command; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isAtOnce = false;
    await this.#running;
  }

  get #hasNews(): boolean {
    return this.#session.selected?.hasNews === true || this.annotations.hasNews;
  }

  /** One telling at a time; what comes meanwhile is told after it. */
  #soon(): void {
    this.#isDue = true;
    if (!this.#isAtOnce) return;
    this.#running ??= this.#tellWhileDue().finally(() => {
      this.#running = undefined;
    });
  }

  async #tellWhileDue(): Promise<void> {
    const session = this.#session;
    try {
      while (this.#isAtOnce && this.#isDue) {
        this.#isDue = false;
        await this.tell(true, false);
        session.out.flush();
        // A client that does not read hears of it when it does.
        await session.out.drained();
      }
    } catch (error) {
      if (session.server.explain(error) === undefined) session.logBug('news', error);
    }
    if (session.state === 'logout') session.port.close();
  }

  /**
   * Tells all that there is to be told.
   * @param mayExpunge no numbers of messages are under way
   * @param polls the mailbox is asked, also when nobody told of anything
   */
  async tell(mayExpunge: boolean, polls: boolean): Promise<void> {
    await this.#tellSelected(mayExpunge, polls);
    this.annotations.tell();
  }

  async #tellSelected(mayExpunge: boolean, polls: boolean): Promise<void> {
    const session = this.#session;
    const { selected } = session;
    if (selected === undefined) return;
    const { model } = selected;
    // The watch tells of what others do; who asks outright need not believe it, but asks no oftener than this.
    if (polls && performance.now() - model.askedAt > pollPause) await model.refreshFromNow();
    else if (model.isStale) await model.refresh();
    if (model.isGone) return session.bye('The selected mailbox was deleted');
    if (!selected.hasNews) return;
    const { features, told } = session;
    await selected.tell(session.out, { features, mayExpunge, told });
  }
}
