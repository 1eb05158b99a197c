// NOTIFY of one client (RFC 5465): watches the mailboxes that it named, compares what it was told last with what is, and
// tells the difference: STATUS of folders that are not open, LIST of folders that came, went or were renamed. Keeps one
// small record a folder and asks for one folder at a time; past a number of folders it gives up, which the protocol has
// a word for. The folder that is open is told of by telling.ts.
import { isShared } from '../mailbox/shared-mailbox.ts';
import {
  type FolderEntry,
  type FolderStatus,
  MailboxRefusal,
  type UidMailbox,
} from '../mailbox/uid-types.ts';
import type { ChangeListener } from './account-desk.ts';
import { listFolders } from './folder-list.ts';
import {
  compareFolders,
  type FolderEvent,
  type FolderPicture,
  isNewFolder,
  takePicture,
} from './folder-news.ts';
import type { FilteredMailbox } from './mailbox-filters.ts';
import { encodeName, quote, separator } from './names.ts';
import { type EventName, messageEvents, type NotifyRequest, wants, wantsAny } from './notify-request.ts';
import type { OwnChanges } from './own-changes.ts';
import type { SelectedFolder } from './selected.ts';
import type { Session } from './session.ts';
import { formatStatus, type StatusItem } from './status-items.ts';

/** Folders that one client may have watched. */
export const mostWatched = 1000;
/** Folders that are told of before the answer to a command; others wait until it is out. */
const mostAtOnce = 50;
/** Folders without numbers that are numbered at once to know them again. */
const mostNumbered = 50;

type Known = Pick<FolderStatus, 'messages' | 'uidNext' | 'uidValidity' | 'highestModseq' | 'unseen'>;

/** Names and subscriptions of other accounts' folders are told of in lists alone. */
const ownSubscriptions = async (uids: Pick<UidMailbox, 'subscriptions'>): Promise<readonly string[]> =>
  (await uids.subscriptions()).filter((folder) => !isShared(folder));

export class Notifier {
  readonly request: NotifyRequest;
  readonly own: OwnChanges;
  readonly #session: Session;
  readonly #heard: () => void;
  /** What the client knows of folders that are not open, by folder. */
  readonly #known = new Map<string, Known>();
  /** Folders of other accounts that are watched; is it subscribed? */
  readonly #shared = new Map<string, boolean>();
  /** Folders of which somebody told. */
  readonly #changed = new Set<string>();
  #areFoldersChanged = false;
  #picture: FolderPicture = takePicture([], []);
  readonly #stops: (() => void)[] = [];
  /** There are too many folders: nothing more is told. */
  hasOverflowed = false;

  constructor(session: Session, request: NotifyRequest, own: OwnChanges, heard: () => void) {
    this.#session = session;
    this.request = request;
    this.own = own;
    this.#heard = heard;
  }

  /** Begins to watch, and tells the STATUS of all when that was asked for. False: there are too many. */
  async begin(): Promise<boolean> {
    await this.#look();
    const own = [...this.#picture.ids.keys()].filter((folder) => this.#wantsMessages(folder));
    if (!this.#watch(own)) return false;
    const { wantsStatus } = this.request;
    for (const folder of [...own, ...this.#shared.keys()]) {
      if (folder === this.#openFolder) continue;
      const status = await this.#readStatus(folder);
      if (status === undefined) continue;
      this.#know(folder, status);
      if (wantsStatus) this.#sendStatus(status, this.#firstItems(folder));
      await this.#session.out.drained();
      if (this.#session.state === 'logout') break;
    }
    return true;
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  async #look(): Promise<void> {
    const { entries, subscriptions } = await this.#list();
    this.#picture = takePicture(entries, subscriptions);
    await this.#lookAtShared();
  }

  /** Folders that nobody opened yet get their ids by a look at their numbers, so that a rename of them is known as one. */
  async #list(): Promise<{
    readonly entries: readonly FolderEntry[];
    readonly subscriptions: readonly string[];
  }> {
    const { uids } = this.#session;
    const [entries, subscriptions] = await Promise.all([uids.list(), ownSubscriptions(uids)]);
    const unknown = entries.filter(({ mailboxId }) => mailboxId === '').slice(0, mostNumbered);
    if (unknown.length === 0) return { entries, subscriptions };
    const ids = new Map<string, string>();
    for (const { folder } of unknown) ids.set(folder, (await this.#readStatus(folder))?.mailboxId ?? '');
    return {
      entries: entries.map((entry) => ({ ...entry, mailboxId: ids.get(entry.folder) ?? entry.mailboxId })),
      subscriptions,
    };
  }

  /** Folders of other accounts that are meant by name: who may see one and not read it is told so (RFC 5465 3.1). */
  async #lookAtShared(): Promise<void> {
    const { hasShared, uids, out } = this.#session;
    const isMeant = this.request.groups.some(
      ({ filter, events }) => filter.kind !== 'personal' && messageEvents.some((event) => events.has(event)),
    );
    if (!hasShared || !isMeant) return;
    for (const { folder, rights, isSubscribed } of await uids.listShared()) {
      this.#shared.set(folder, isSubscribed);
      if (this.#wantsMessages(folder) && rights.includes('r')) continue;
      if (this.#wantsMessages(folder))
        out.text(`* LIST (\\NoAccess) ${quote(separator)} ${this.#session.nameOf(folder)}\r\n`);
      this.#shared.delete(folder);
    }
  }

  /** Named folders one by one; else the whole account, where folders may come that are meant too. */
  #watch(own: readonly string[]): boolean {
    const { signedIn } = this.#session;
    const areNamed = this.request.groups.every(({ filter }) => filter.kind === 'mailboxes');
    const wantsFolders =
      wantsAny(this.request, 'MailboxName') || wantsAny(this.request, 'SubscriptionChange');
    const isOneByOne =
      !wantsFolders && (areNamed || !messageEvents.some((event) => wantsAny(this.request, event)));
    const shared = [...this.#shared.keys()];
    if ((isOneByOne ? own.length : this.#picture.ids.size) + shared.length > mostWatched) return false;
    for (const folder of isOneByOne ? [...own, ...shared] : shared) {
      const listener: ChangeListener = (changed) => {
        if (changed === folder) this.#hear(folder);
      };
      this.#stops.push(signedIn.listen(listener, folder));
    }
    // The account's own watch tells of what is watched besides, too.
    if (!isOneByOne)
      this.#stops.push(
        signedIn.listen((folder) => {
          if (folder === undefined || !isShared(folder)) this.#hear(folder);
        }),
      );
    return true;
  }

  #hear(folder: string | undefined): void {
    if (folder === undefined) this.#areFoldersChanged = true;
    else if (folder === this.#openFolder || !this.#wantsMessages(folder)) return;
    else this.#changed.add(folder);
    this.#heard();
  }

  get #openFolder(): string | undefined {
    return this.#session.selected?.model.folder;
  }

  #mailbox(folder: string, picture = this.#picture): FilteredMailbox {
    const isSubscribed = this.#shared.get(folder) ?? picture.subscribed.has(folder);
    return { name: this.#session.plainNameOf(folder), isSubscribed, isPersonal: !isShared(folder) };
  }

  #wants(event: EventName, folder: string): boolean {
    return wants(this.request, event, this.#mailbox(folder));
  }

  /** Any news of its messages. */
  #wantsMessages(folder: string): boolean {
    return messageEvents.some((event) => this.#wants(event, folder));
  }

  /** RFC 5464 4.4.2 by RFC 5465 5.6 and 5.7; '' is the server. */
  wantsAnnotations(folder: string): boolean {
    return folder === ''
      ? wantsAny(this.request, 'ServerMetadataChange')
      : wants(this.request, 'MailboxMetadataChange', this.#mailbox(folder));
  }

  get hasNews(): boolean {
    return this.#areFoldersChanged || this.#changed.size > 0 || this.hasOverflowed;
  }

  /** The folder that was open is one of the others now; the client knows of it what it was told while it was open. */
  leave(selected: SelectedFolder): void {
    const { model } = selected;
    if (model.isGone || !this.#wantsMessages(model.folder)) return;
    const { uidValidity } = model;
    const last = selected.view.at(-1) ?? 0;
    this.#known.set(model.folder, {
      messages: selected.view.length,
      // What was not told yet makes a difference, which is told now.
      uidNext: model.countAbove(last) === 0 ? model.uidNext : last + 1,
      uidValidity,
      highestModseq: selected.hasNews ? 0 : model.highestModseq,
      unseen: model.countUnseen(),
    });
    if (selected.hasNews) this.#changed.add(model.folder);
  }

  /**
   * Tells what is new.
   * @param goesOn asked between two folders; undefined: some folders before the answer to a command
   */
  async tell(goesOn: (() => boolean) | undefined): Promise<void> {
    if (this.#areFoldersChanged) await this.#tellFolders();
    let told = 0;
    for (const folder of [...this.#changed]) {
      if (goesOn === undefined ? told++ >= mostAtOnce : !goesOn()) return;
      this.#changed.delete(folder);
      await this.#tellStatus(folder);
      await this.#session.out.drained();
    }
    if (!this.#areFoldersChanged && this.#changed.size === 0) this.own.forget();
  }

  async #tellStatus(folder: string): Promise<void> {
    if (folder === this.#openFolder || !this.#wantsMessages(folder)) return;
    const status = await this.#readStatus(folder);
    const added = this.own.takeAdded(folder);
    if (status === undefined) return void this.#known.delete(folder);
    const known = this.#known.get(folder);
    this.#know(folder, status);
    // RFC 5465 5: what the client put there itself is no news.
    const isOwn =
      known !== undefined &&
      added.length > 0 &&
      status.uidValidity === known.uidValidity &&
      status.messages - known.messages === added.length &&
      added.every((uid) => uid >= known.uidNext && uid < status.uidNext) &&
      status.uidNext - known.uidNext === added.length;
    // A folder that was made is told of by its name.
    if (isOwn || (known === undefined && status.messages === 0)) return;
    this.#sendStatus(status, this.#itemsOf(folder, known, status));
  }

  /** Undefined: the folder is gone, or cannot be read now, which keeps nobody from hearing of the others. */
  async #readStatus(folder: string): Promise<FolderStatus | undefined> {
    const { server, signedIn } = this.#session;
    try {
      return await signedIn.statuses.ask(folder);
    } catch (error) {
      if (!(error instanceof MailboxRefusal) && server.explain(error) === undefined) throw error;
      return undefined;
    }
  }

  #know(folder: string, { messages, uidNext, uidValidity, highestModseq, unseen }: Known): void {
    this.#known.set(folder, { messages, uidNext, uidValidity, highestModseq, unseen });
  }

  /** RFC 5465 3.1: what STATUS tells at the beginning. */
  #firstItems(folder: string): StatusItem[] {
    const [isNew, isGone, isFlags] = messageEvents.map((event) => this.#wants(event, folder));
    return [
      ...(isNew || isGone ? (['MESSAGES'] as const) : []),
      ...(isNew ? (['UIDNEXT'] as const) : []),
      ...(isNew || isFlags ? (['UIDVALIDITY'] as const) : []),
      ...(isNew && isFlags ? (['UNSEEN'] as const) : []),
      ...(isFlags ? (['HIGHESTMODSEQ'] as const) : []),
    ];
  }

  /** RFC 5465 5.1 to 5.3. */
  #itemsOf(folder: string, known: Known | undefined, status: FolderStatus): StatusItem[] {
    const [wantsNew, wantsGone, wantsFlags] = messageEvents.map((event) => this.#wants(event, folder));
    const isOther = known?.uidValidity !== status.uidValidity;
    const isNew =
      isOther ||
      (wantsNew && known.uidNext !== status.uidNext) ||
      (wantsGone && (wantsNew ? known.messages !== status.messages : known.messages > status.messages));
    const isUnseen = wantsFlags && known?.unseen !== status.unseen;
    const isChanged = wantsFlags && known?.highestModseq !== status.highestModseq;
    const { isCondstore } = this.#session.features;
    if (!isNew && !isUnseen && !(isChanged && isCondstore)) return [];
    return [
      ...(isNew ? (['MESSAGES', 'UIDNEXT'] as const) : []),
      'UIDVALIDITY',
      ...(isUnseen ? (['UNSEEN'] as const) : []),
      ...(isCondstore ? (['HIGHESTMODSEQ'] as const) : []),
    ];
  }

  #sendStatus(status: FolderStatus, items: readonly StatusItem[]): void {
    if (items.length === 0) return;
    const text = formatStatus(items, { status, appendLimit: 0, deletedBytes: 0 });
    this.#session.out.text(`* STATUS ${this.#session.nameOf(status.folder)} (${text})\r\n`);
  }

  /** RFC 5465 5.4 and 5.5. */
  async #tellFolders(): Promise<void> {
    this.#areFoldersChanged = false;
    const before = this.#picture;
    const session = this.#session;
    const { entries, subscriptions } = await this.#list();
    const after = takePicture(entries, subscriptions);
    this.#picture = after;
    if (after.ids.size > mostWatched) {
      this.hasOverflowed = true;
      return;
    }
    const events = compareFolders(before, after, this.own.names).filter((event) =>
      this.#wantsEvent(event, before),
    );
    this.own.names.clear();
    for (const folder of this.#known.keys())
      if (!after.ids.has(folder) && !isShared(folder)) this.#known.delete(folder);
    for (const folder of after.ids.keys())
      if (isNewFolder(folder, before, after) && this.#wantsMessages(folder)) this.#changed.add(folder);
    if (events.length === 0) return;
    const choice = {
      patterns: ['*'],
      onlySubscribed: false,
      onlySpecialUse: false,
      isRecursive: false,
      showsSubscribed: true,
    };
    const lines = listFolders(entries, subscriptions, (folder) => session.plainNameOf(folder), choice);
    const attributes = new Map(lines.map((line) => [line.name, line.attributes]));
    for (const { folder, oldName } of events) {
      const name = session.plainNameOf(folder);
      const shown = attributes.get(name) ?? this.#missingAttributes(folder);
      const { isUtf8 } = session.features;
      const old =
        oldName === undefined ? '' : ` ("OLDNAME" (${encodeName(session.plainNameOf(oldName), isUtf8)}))`;
      session.out.text(
        `* LIST (${shown.join(' ')}) ${quote(separator)} ${encodeName(name, isUtf8)}${old}\r\n`,
      );
      await session.out.drained();
    }
  }

  /** Of a name without a folder, as it is now. */
  #missingAttributes(folder: string): readonly string[] {
    const { ids, subscribed } = this.#picture;
    const hasChild = [...ids.keys()].some((other) => other.startsWith(folder + separator));
    return [
      '\\NonExistent',
      hasChild ? '\\HasChildren' : '\\HasNoChildren',
      ...(subscribed.has(folder) ? ['\\Subscribed'] : []),
    ];
  }

  #wantsEvent({ kind, folder, oldName }: FolderEvent, before: FolderPicture): boolean {
    const event = kind === 'name' ? 'MailboxName' : 'SubscriptionChange';
    return (
      wants(this.request, event, this.#mailbox(folder)) ||
      wants(this.request, event, this.#mailbox(folder, before)) ||
      (oldName !== undefined && wants(this.request, event, this.#mailbox(oldName, before)))
    );
  }
}
