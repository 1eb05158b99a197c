// What the sessions of one account share: its mailbox, the folders they look at (folder-model.ts), and a watch of each
// that tells of changes. Kept a while after the last session, so that the next one finds its folders at hand; a minute
// after it nothing is watched and nothing polled.
import type { Account } from '../../mta/accounts/types.ts';
import type { SharedFolders } from '../mailbox/shared-folders.ts';
import { createReachableMailbox, type ReachableMailbox } from '../mailbox/shared-mailbox.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import type { FolderSnapshot } from '../mailbox/uid-types.ts';
import { FolderModel, type ModelSession } from './folder-model.ts';
import { separator } from './names.ts';
import { StatusQuestions } from './status-questions.ts';

/** Milliseconds that an account and a folder that nobody looks at are kept. */
const keptFor = 5 * 60_000;
/** Milliseconds that a folder is watched on: who closes it often opens it again. */
const watchedFor = 30_000;
/** Messages of folders that nobody looks at, over all accounts. */
const mostIdleMessages = 2_000_000;

/** Who wants to know that something changed. `folder` undefined: the folders themselves. */
export type ChangeListener = (folder: string | undefined) => void;

/** Annotations of a folder ('': of the account) were changed by a session. */
export type AnnotationListener = (folder: string, entries: readonly string[], from: object) => void;

export class AccountDesk {
  readonly address: string;
  readonly uids: ReachableMailbox;
  readonly statuses: StatusQuestions;
  readonly models = new Map<string, FolderModel>();
  readonly listeners = new Set<ChangeListener>();
  readonly #annotationListeners = new Set<AnnotationListener>();
  /** Sessions that are signed in. */
  sessions = 0;
  leftAt = 0;
  /** By folder; '' for all. */
  readonly #watches = new Map<string, { listeners: number; leftAt: number; readonly stop: () => void }>();

  constructor(address: string, uids: ReachableMailbox) {
    this.address = address;
    this.uids = uids;
    this.statuses = new StatusQuestions(uids);
  }

  enter(): void {
    this.sessions++;
  }

  leave(now: number): void {
    this.sessions--;
    this.leftAt = now;
  }

  /** Is told of changes in a folder, or in all, until the function that is given back. */
  listen(listener: ChangeListener, folder?: string): () => void {
    this.listeners.add(listener);
    const key = folder ?? '';
    let watch = this.#watches.get(key);
    if (watch === undefined) {
      const tell = (changed: string | undefined): void => this.changed(changed);
      const stop = folder === undefined ? this.uids.watch(tell) : this.uids.watch(tell, [folder]);
      watch = { listeners: 0, leftAt: 0, stop };
      this.#watches.set(key, watch);
    }
    watch.listeners++;
    return () => {
      this.listeners.delete(listener);
      if (--watch.listeners === 0) watch.leftAt = performance.now();
    };
  }

  /** Stops watching what nobody has listened to for a while. */
  sweepWatches(now: number): void {
    for (const [key, { listeners, leftAt, stop }] of [...this.#watches]) {
      if (listeners > 0 || now - leftAt < watchedFor) continue;
      this.#watches.delete(key);
      stop();
    }
  }

  /** Is told of annotations that sessions change, until the function that is given back. */
  listenToAnnotations(listener: AnnotationListener): () => void {
    this.#annotationListeners.add(listener);
    return () => void this.#annotationListeners.delete(listener);
  }

  /** `from`: the session that changed them. */
  tellOfAnnotations(folder: string, entries: readonly string[], from: object): void {
    for (const listener of [...this.#annotationListeners]) listener(folder, entries, from);
  }

  /** Something changed in a folder, by us or by others. */
  changed(folder: string | undefined): void {
    if (folder !== undefined) {
      const model = this.models.get(folder);
      if (model) model.isStale = true;
    }
    this.tell(folder);
  }

  /** A folder has another name, and so have those below it; who has one of them open goes on with it. */
  renamed(from: string, to: string): void {
    for (const model of [...this.models.values()]) {
      if (model.folder !== from && !model.folder.startsWith(`${from}${separator}`)) continue;
      model.rename(`${to}${model.folder.slice(from.length)}`);
      this.changed(model.folder);
    }
  }

  /** Has the sessions look; what is new is in the models already. */
  tell(folder: string | undefined): void {
    if (folder !== undefined) this.statuses.changed(folder);
    for (const listener of [...this.listeners]) listener(folder);
  }

  /**
   * Opens a folder for a session. A folder at hand is brought up to date; else a picture of all is taken.
   * Undefined: there is no such folder.
   */
  async openFolder(folder: string, session: ModelSession): Promise<FolderModel | undefined> {
    const known = this.models.get(folder);
    if (known && !known.isGone) {
      const isStill = (): boolean => !known.isGone && known.folder === folder;
      // Not yet for this session: its claim to \Recent goes beyond what changed since.
      await known.refreshFromNow();
      if (isStill() && known.recentLeft > 0 && !session.isReadOnly) {
        const snapshot = await this.uids.open(folder, false);
        if (snapshot === undefined) await known.refreshFromNow();
        else if (isStill()) take(known, snapshot, session);
      }
      if (isStill()) {
        known.sessions.add(session);
        // It may have been swept away while it was asked.
        this.models.set(folder, known);
        if (session.isReadOnly) known.showRecent(session);
        return known;
      }
    }
    if (known && this.models.get(folder) === known) this.models.delete(folder);
    const snapshot = await this.uids.open(folder, session.isReadOnly);
    if (snapshot === undefined) return undefined;
    const other = this.models.get(folder);
    if (other && !other.isGone && other.uidValidity === snapshot.uidValidity) {
      other.sessions.add(session);
      take(other, snapshot, session);
      return other;
    }
    const model = new FolderModel(this.uids, snapshot, (renamed, from) => {
      if (this.models.get(from) === renamed) this.models.delete(from);
      this.models.set(renamed.folder, renamed);
    });
    model.sessions.add(session);
    this.models.set(folder, model);
    if (session.isReadOnly) model.showRecent(session);
    else {
      session.takeRecent(snapshot.recentUids);
      model.recentLeft = 0;
    }
    return model;
  }

  closeFolder(model: FolderModel, session: ModelSession, now: number): void {
    model.sessions.delete(session);
    if (model.sessions.size > 0) return;
    model.leftAt = now;
    if (model.isGone && this.models.get(model.folder) === model) this.models.delete(model.folder);
  }
}

/** A picture that is newer than what the model has, or as new. */
function take(model: FolderModel, snapshot: FolderSnapshot, session: ModelSession): void {
  if (snapshot.highestModseq >= model.highestModseq || snapshot.uidValidity !== model.uidValidity)
    model.replace(snapshot);
  model.recentLeft = snapshot.recent;
  if (session.isReadOnly) model.showRecent(session);
  else session.takeRecent(snapshot.recentUids);
}

/** The desks of a role. */
export class AccountDesks {
  readonly #mailboxes: Mailboxes;
  readonly #shared: SharedFolders;
  readonly #desks = new Map<string, Promise<AccountDesk>>();

  constructor(mailboxes: Mailboxes, shared: SharedFolders) {
    this.#mailboxes = mailboxes;
    this.#shared = shared;
  }

  /** The desk of an account, one session more at it. @throws what opening a mailbox throws */
  async enter(account: Pick<Account, 'address' | 'maildir'>): Promise<AccountDesk> {
    const key = `${account.address}\0${account.maildir}`;
    let desk = this.#desks.get(key);
    if (desk === undefined) {
      desk = this.#open(account);
      this.#desks.set(key, desk);
      desk.catch(() => this.#desks.delete(key));
    }
    const open = await desk;
    open.enter();
    return open;
  }

  async #open(account: Pick<Account, 'address' | 'maildir'>): Promise<AccountDesk> {
    const mailbox = await this.#mailboxes.open(account);
    return new AccountDesk(account.address, createReachableMailbox(mailbox.uids, account, this.#shared));
  }

  /** Forgets what nobody has used for long; called now and then. */
  async sweep(now: number): Promise<void> {
    let idle = 0;
    for (const [key, promise] of [...this.#desks]) {
      const desk = await promise.catch(() => undefined);
      if (desk === undefined) continue;
      desk.sweepWatches(now);
      if (desk.sessions === 0 && now - desk.leftAt > keptFor) {
        this.#desks.delete(key);
        continue;
      }
      for (const [folder, model] of desk.models) {
        if (model.sessions.size > 0) continue;
        idle += model.size;
        if (model.isGone || now - model.leftAt > keptFor || idle > mostIdleMessages) {
          desk.models.delete(folder);
        }
      }
    }
  }
}
