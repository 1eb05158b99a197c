// When one client is told of what others did: with the answers to its commands, at once while it idles (RFC 2177), and at
// any time once it asked for that (RFC 5465 NOTIFY). One telling at a time; a client that does not read is told when it
// does, and nothing is gathered for it meanwhile but names. What there is to be told of the folder that is open is
// selected.ts, of others notifier.ts.
import { AnnotationNews } from './annotation-news.ts';
import { answerFetch, UnknownEncoding } from './fetch-answer.ts';
import type { FetchItem } from './fetch-items.ts';
import { Notifier } from './notifier.ts';
import { type NotifyRequest, nothingWanted, type SelectedWish } from './notify-request.ts';
import { OwnChanges } from './own-changes.ts';
import type { SelectedFolder } from './selected.ts';
import type { Session } from './session.ts';
import { lowerBound } from './sets.ts';

/** Milliseconds between two questions of NOOP at the mailbox. */
const pollPause = 200;

const none: ReadonlySet<number> = new Set();

export class Telling {
  readonly annotations: AnnotationNews;
  readonly #session: Session;
  /** News are told when they come: while the client idles, or between its commands. */
  #atOnce: 'idle' | 'between' | undefined;
  /** Somebody told of something since the last look. */
  #isDue = false;
  #running: Promise<void> | undefined;
  #stopListening: (() => void) | undefined;
  /** Since the first NOTIFY. */
  #notifier: Notifier | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.annotations = new AnnotationNews(session, () => this.#soon());
  }

  /** News that are being told now. Never rejects. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Has the client said by NOTIFY what it wants to hear? */
  get isNotifying(): boolean {
    return this.#notifier !== undefined;
  }

  /** What the client does itself, as it must be known where it is not to be told of that. */
  get own(): OwnChanges | undefined {
    return this.#notifier?.own;
  }

  /** Hears of changes in the folder that is open. */
  listen(): void {
    const { signedIn, folder } = this.#session;
    this.#stopListening ??= signedIn.listen((changed) => this.#hear(changed), folder.model.folder);
  }

  /** The folder is closed. */
  leave(selected: SelectedFolder): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#notifier?.leave(selected);
  }

  /** The connection is over. */
  async end(): Promise<void> {
    await this.stop();
    this.#notifier?.stop();
    this.annotations.stop();
  }

  #hear(folder: string | undefined): void {
    if (folder !== undefined && folder === this.#session.selected?.model.folder) this.#soon();
  }

  /**
   * RFC 5465 3.1: from now on this is told, and nothing else. False: these are too many mailboxes; all is as it was.
   */
  async notify(request: NotifyRequest): Promise<boolean> {
    const session = this.#session;
    const own = this.#notifier?.own ?? new OwnChanges(session.signedIn.uids);
    const notifier = new Notifier(session, request, own, () => this.#soon());
    // What came until now is told, whatever is wanted from now on.
    if (request !== nothingWanted) await this.#tellSelected(true, true, undefined);
    if (!(await notifier.begin())) {
      notifier.stop();
      return false;
    }
    this.#notifier?.stop();
    this.#notifier = notifier;
    this.annotations.follow((folder) => notifier.wantsAnnotations(folder));
    return true;
  }

  /** From now on news are told at once. */
  start(when: 'idle' | 'between'): void {
    this.#atOnce = when;
    if (this.#hasNews) this.#soon();
  }

  /** No more news until the next command; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#atOnce = undefined;
    await this.#running;
  }

  get #hasNews(): boolean {
    const { selected } = this.#session;
    const isOpenWanted = this.#notifier?.request.selected.messages !== false;
    return (
      (isOpenWanted && selected?.hasNews === true) ||
      this.annotations.hasNews ||
      this.#notifier?.hasNews === true
    );
  }

  /** One telling at a time; what comes meanwhile is told after it. */
  #soon(): void {
    this.#isDue = true;
    if (this.#atOnce === undefined) return;
    this.#running ??= this.#tellWhileDue().finally(() => {
      this.#running = undefined;
    });
  }

  async #tellWhileDue(): Promise<void> {
    const session = this.#session;
    try {
      while (this.#atOnce !== undefined && this.#isDue && session.state !== 'logout') {
        this.#isDue = false;
        // RFC 5465 6.1.2: idling the client allows what it does not between commands.
        const mayExpunge = this.#atOnce === 'idle' || this.#notifier?.request.selected.isDelayed !== true;
        await this.#tellAll(mayExpunge, false, () => this.#atOnce !== undefined);
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
   * Tells all that there is to be told before the answer to a command.
   * @param mayExpunge no numbers of messages are under way
   * @param polls the mailbox is asked, also when nobody told of anything
   */
  tell(mayExpunge: boolean, polls: boolean): Promise<void> {
    return this.#tellAll(mayExpunge, polls, undefined);
  }

  async #tellAll(mayExpunge: boolean, polls: boolean, goesOn: (() => boolean) | undefined): Promise<void> {
    // BYE was the last word.
    if (this.#session.state === 'logout') return;
    const notifier = this.#notifier;
    const wish = notifier?.request.selected;
    // A command that expunges tells what it did, whatever else is wanted.
    const isCommand = notifier?.own.hasRemoved === true && mayExpunge;
    if (wish === undefined || wish.messages || isCommand) {
      try {
        await this.#tellSelected(mayExpunge, polls, wish);
      } catch (error) {
        // The open folder cannot be read now: no answer about something else fails by it.
        if (this.#session.server.explain(error) === undefined) throw error;
      }
    }
    if (isCommand) notifier.own.hasRemoved = false;
    this.annotations.tell();
    if (notifier === undefined) return;
    await notifier.tell(goesOn);
    if (notifier.hasOverflowed) await this.#overflow();
  }

  /** RFC 5465 5.8 */
  async #overflow(): Promise<void> {
    this.#session.out.text('* OK [NOTIFICATIONOVERFLOW] Too many mailboxes; nothing more is told\r\n');
    await this.notify(nothingWanted);
  }

  async #tellSelected(mayExpunge: boolean, polls: boolean, wish: SelectedWish | undefined): Promise<void> {
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
    if (selected.tellName(session.out, features, (folder) => session.nameOf(folder))) {
      this.#stopListening?.();
      this.#stopListening = undefined;
      this.listen();
    }
    const last = selected.view[selected.view.length - 1] ?? 0;
    const withoutFlags = wish !== undefined && !wish.flags;
    const withUid = wish !== undefined;
    await selected.tell(session.out, { features, mayExpunge, told, withoutFlags, withUid });
    if (wish === undefined) return;
    const own = new Set(this.own?.takeAdded(model.folder));
    const fresh = selected.view.subarray(lowerBound(selected.view, last + 1)).filter((uid) => !own.has(uid));
    if (fresh.length > 0 && wish.items.length > 0) await this.#fetch(selected, wish.items, fresh);
  }

  /** RFC 5465 5.2: what the client wants to know of new messages. They stay unseen. */
  async #fetch(selected: SelectedFolder, wanted: readonly FetchItem[], uids: Uint32Array): Promise<void> {
    const session = this.#session;
    const isUid = (item: FetchItem): boolean => item.kind === 'plain' && item.item === 'UID';
    // RFC 9586: the UID is in front already.
    const items = session.features.isUidOnly ? wanted.filter((item) => !isUid(item)) : wanted;
    const job = { session, selected, items, marked: none };
    if (!items.some(({ kind }) => kind.startsWith('binary'))) return void (await answerFetch(job, uids));
    // A part that cannot be decoded leaves its message out, and no other.
    for (const uid of uids) {
      await answerFetch(job, Uint32Array.of(uid)).catch((error: unknown) => {
        if (!(error instanceof UnknownEncoding)) throw error;
      });
    }
  }
}
