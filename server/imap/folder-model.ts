// A folder as the sessions of one account share it: UIDs, MODSEQs and flags of all messages in typed arrays, kept in step
// with the mailbox by what changed after the last MODSEQ. `uids` is never changed in place, so that each session can
// hold the array it told its client of (selected.ts) and see at a glance whether it is still the newest.
import type {
  FolderChanges,
  FolderSnapshot,
  MessageState,
  StoreResult,
  UidMailbox,
} from '../mailbox/uid-types.ts';
import { bitsOf, deletedBit, formatFlags, seenBit } from './flags.ts';
import { indexIn, lowerBound } from './sets.ts';

/** A session that has the folder open for writing gets \Recent. */
export interface ModelSession {
  readonly isReadOnly: boolean;
  takeRecent(uids: ArrayLike<number>): void;
}

/** Questions at the mailbox for a folder whose name changes all the time. */
const mostNames = 4;

export class FolderModel {
  /** Its name now: a folder that is renamed stays the same one. */
  folder: string;
  readonly sessions = new Set<ModelSession>();
  readonly #mailbox: UidMailbox;
  uidValidity: number;
  mailboxId: string;
  uidNext: number;
  /** Messages can be marked and removed. */
  isWritable: boolean;
  /** All changes up to here are in. */
  highestModseq: number;
  uids: Uint32Array;
  modseqs: Float64Array;
  flags: Uint8Array;
  keywords: Uint16Array;
  keywordSets: (readonly string[])[];
  knownKeywords: string[];
  /** \Recent that nobody has claimed. */
  recentLeft = 0;
  /** Somebody changed something since. */
  isStale = false;
  /** The folder is gone, or is another one: nothing here holds any more. */
  isGone = false;
  /** When the mailbox was asked last; performance.now(). */
  askedAt = Number.NEGATIVE_INFINITY;
  /** When the last session left; performance.now(). */
  leftAt = 0;
  readonly #renamed: (model: FolderModel, from: string) => void;
  readonly #setNumbers = new Map<string, number>();
  #refreshing: Promise<void> | undefined;
  /** FLAGS text by set of keywords and bits. */
  #texts: (string | undefined)[] = [];

  /** @param renamed told when it has another name */
  constructor(
    mailbox: UidMailbox,
    snapshot: FolderSnapshot,
    renamed: (model: FolderModel, from: string) => void,
  ) {
    this.#mailbox = mailbox;
    this.#renamed = renamed;
    this.folder = snapshot.folder;
    this.uidValidity = snapshot.uidValidity;
    this.mailboxId = snapshot.mailboxId;
    this.uidNext = snapshot.uidNext;
    this.isWritable = snapshot.isWritable;
    this.highestModseq = snapshot.highestModseq;
    this.uids = snapshot.uids;
    this.modseqs = snapshot.modseqs;
    this.flags = snapshot.flags;
    this.keywords = snapshot.keywords;
    this.keywordSets = [...snapshot.keywordSets];
    this.knownKeywords = [...snapshot.knownKeywords];
    this.recentLeft = snapshot.recent;
    this.#numberSets();
  }

  get size(): number {
    return this.uids.length;
  }

  /** The folder has this name from now on. */
  rename(to: string): void {
    const from = this.folder;
    this.folder = to;
    this.#renamed(this, from);
  }

  /** Takes a new picture of the whole folder. */
  replace(snapshot: FolderSnapshot): void {
    if (snapshot.uidValidity !== this.uidValidity) {
      this.isGone = true;
      return;
    }
    this.uidNext = snapshot.uidNext;
    this.isWritable = snapshot.isWritable;
    this.highestModseq = snapshot.highestModseq;
    if (!isSame(snapshot.uids, this.uids)) this.uids = snapshot.uids;
    this.modseqs = snapshot.modseqs;
    this.flags = snapshot.flags;
    this.keywords = snapshot.keywords;
    this.keywordSets = [...snapshot.keywordSets];
    this.knownKeywords = [...snapshot.knownKeywords];
    this.#numberSets();
    this.#texts = [];
    this.isStale = false;
  }

  #numberSets(): void {
    this.#setNumbers.clear();
    for (const [number, set] of this.keywordSets.entries()) this.#setNumbers.set(keyOf(set), number);
  }

  /** Asks the mailbox anew. True: the folder has another name than a moment ago. */
  async seekName(): Promise<boolean> {
    const { folder } = this;
    await this.refreshFromNow();
    return !this.isGone && this.folder !== folder;
  }

  /** Asks the mailbox what changed. Several that ask at once share one question. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The same for who must see what happened until now: a question that is under way may be older. */
  async refreshFromNow(): Promise<void> {
    if (this.#refreshing) await this.#refreshing.catch(() => undefined);
    await this.refresh();
  }

  async #ask(): Promise<void> {
    this.isStale = false;
    this.askedAt = performance.now();
    const writer = [...this.sessions].find((session) => !session.isReadOnly);
    try {
      for (let names = 0; names < mostNames && !this.isGone; names++) {
        const { folder } = this;
        if (await this.#askAs(folder, writer)) return;
        if (this.folder === folder) await this.#findName(folder);
      }
    } catch (error) {
      this.isStale = true;
      throw error;
    }
  }

  /** False: the folder that has this name is not ours. */
  async #askAs(folder: string, writer: ModelSession | undefined): Promise<boolean> {
    const changes = await this.#mailbox.changesSince(folder, this.highestModseq, writer === undefined);
    if (changes === undefined || changes.uidValidity !== this.uidValidity) return false;
    if (!changes.isCut) {
      this.apply(changes);
      if (changes.recentUids.length > 0) writer?.takeRecent(changes.recentUids);
      else if (writer === undefined) for (const session of this.sessions) this.showRecent(session);
      return true;
    }
    const snapshot = await this.#mailbox.open(folder, writer === undefined);
    if (snapshot === undefined) return false;
    this.replace(snapshot);
    if (snapshot.recentUids.length > 0) writer?.takeRecent(snapshot.recentUids);
    return true;
  }

  /** Somebody renamed or removed it: which of the two MAILBOXID tells (RFC 8474 4). */
  async #findName(old: string): Promise<void> {
    const entries = await this.#mailbox.list();
    const now = entries.find(({ folder, mailboxId }) => mailboxId === this.mailboxId && folder !== old);
    if (this.folder !== old) return;
    if (now === undefined) this.isGone = true;
    else this.rename(now.folder);
  }

  /** RFC 3501 2.3.2: a session that only reads sees as \Recent what nobody has claimed, the newest, and leaves it so. */
  showRecent(session: ModelSession): void {
    if (this.recentLeft > 0) session.takeRecent(this.uids.subarray(-this.recentLeft));
  }

  /** Takes in what changed after `highestModseq`. */
  apply(changes: FolderChanges): void {
    this.uidNext = changes.uidNext;
    this.isWritable = changes.isWritable;
    this.recentLeft = changes.recent;
    if (changes.vanished.length > 0) this.#remove(changes.vanished);
    this.takeStates(changes.changed);
    this.highestModseq = Math.max(this.highestModseq, changes.highestModseq);
  }

  /** Takes in what a STORE did. When nothing else happened since, all that there is is known. */
  takeStore({ states, highestModseq }: StoreResult): void {
    this.takeStates(states);
    const fresh = new Set<number>();
    for (const { modseq } of states) if (modseq > this.highestModseq) fresh.add(modseq);
    if (this.highestModseq + fresh.size === highestModseq) this.highestModseq = highestModseq;
    else if (highestModseq > this.highestModseq) this.isStale = true;
  }

  /** Takes in states that are known, of a STORE or of changes; new messages come last. */
  takeStates(states: readonly MessageState[]): void {
    const fresh: MessageState[] = [];
    for (const state of states) {
      const at = indexIn(this.uids, state.uid);
      if (at >= 0) this.#set(at, state);
      else fresh.push(state);
    }
    if (fresh.length > 0) this.#add(fresh);
  }

  #set(at: number, state: MessageState): void {
    this.modseqs[at] = state.modseq;
    this.flags[at] = bitsOf(state.flags);
    this.keywords[at] = this.#numberOf(state.keywords);
  }

  #numberOf(keywords: readonly string[]): number {
    if (keywords.length === 0) return 0;
    const key = keyOf(keywords);
    const known = this.#setNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.keywordSets.length;
    this.keywordSets.push([...keywords]);
    this.#setNumbers.set(key, number);
    for (const keyword of keywords) this.#know(keyword);
    return number;
  }

  #know(keyword: string): void {
    const lower = keyword.toLowerCase();
    if (!this.knownKeywords.some((known) => known.toLowerCase() === lower)) this.knownKeywords.push(keyword);
  }

  #add(fresh: readonly MessageState[]): void {
    const old = this.uids;
    const size = old.length + fresh.length;
    const all = [...fresh].sort((one, other) => one.uid - other.uid);
    const isBehind = old.length === 0 || all[0]!.uid > old[old.length - 1]!;
    const uids = new Uint32Array(size);
    uids.set(old);
    this.modseqs = grow(this.modseqs, size, Float64Array);
    this.flags = grow(this.flags, size, Uint8Array);
    this.keywords = grow(this.keywords, size, Uint16Array);
    for (const [index, state] of all.entries()) {
      const at = old.length + index;
      uids[at] = state.uid;
      this.#set(at, state);
    }
    this.uids = uids;
    if (!isBehind) this.#sort();
  }

  /** UIDs only go up; a mailbox that says otherwise is still shown in order. */
  #sort(): void {
    const order = [...this.uids.keys()].sort((one, other) => this.uids[one]! - this.uids[other]!);
    const [modseqs, flags, keywords] = [this.modseqs, this.flags, this.keywords];
    this.modseqs = Float64Array.from(order, (at) => modseqs[at]!);
    this.flags = Uint8Array.from(order, (at) => flags[at]!);
    this.keywords = Uint16Array.from(order, (at) => keywords[at]!);
    this.uids = Uint32Array.from(this.uids).sort();
  }

  /** Messages that are gone, as an EXPUNGE of ours says. */
  #remove(vanished: readonly number[]): void {
    const gone = new Set(vanished);
    const kept: number[] = [];
    for (let at = 0; at < this.uids.length; at++) if (!gone.has(this.uids[at]!)) kept.push(at);
    if (kept.length === this.uids.length) return;
    const { uids, modseqs, flags, keywords } = this;
    this.uids = Uint32Array.from(kept, (at) => uids[at]!);
    this.modseqs = Float64Array.from(kept, (at) => modseqs[at]!);
    this.flags = Uint8Array.from(kept, (at) => flags[at]!);
    this.keywords = Uint16Array.from(kept, (at) => keywords[at]!);
  }

  /** What stands between the parentheses of FLAGS. */
  flagsText(at: number, isRecent: boolean): string {
    const bits = this.flags[at]! & 63;
    const set = this.keywords[at]!;
    if (isRecent) return formatFlags(bits, this.keywordSets[set] ?? [], true);
    const key = set * 64 + bits;
    let text = this.#texts[key];
    if (text === undefined) {
      text = formatFlags(bits, this.keywordSets[set] ?? [], false);
      this.#texts[key] = text;
    }
    return text;
  }

  /** Number of the first message without \Seen, from 1; undefined when all have it. */
  firstUnseen(): number | undefined {
    for (let at = 0; at < this.uids.length; at++) if ((this.flags[at]! & seenBit) === 0) return at + 1;
    return undefined;
  }

  countUnseen(): number {
    let count = 0;
    for (let at = 0; at < this.uids.length; at++) if ((this.flags[at]! & seenBit) === 0) count++;
    return count;
  }

  /** UIDs with \Deleted, ascending. */
  deleted(): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.uids.length; at++)
      if ((this.flags[at]! & deletedBit) !== 0) found.push(this.uids[at]!);
    return found;
  }

  /** Index of a UID; -1 when it is not there. `guess`: where it most likely is. */
  indexOf(uid: number, guess = 0): number {
    return this.uids[guess] === uid ? guess : indexIn(this.uids, uid);
  }

  /** UIDs above this one are new. */
  countAbove(uid: number): number {
    return this.uids.length - lowerBound(this.uids, uid + 1);
  }
}

const keyOf = (keywords: readonly string[]): string => [...keywords].sort().join(' ');

function grow<A extends Float64Array | Uint8Array | Uint16Array>(
  old: A,
  size: number,
  Kind: new (size: number) => A,
): A {
  const grown = new Kind(size);
  grown.set(old as never);
  return grown;
}

function isSame(one: Uint32Array, other: Uint32Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
