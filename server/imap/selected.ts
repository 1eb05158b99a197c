// The folder that one session has open: which UIDs its client was told of, in what order (so: the numbers of messages),
// up to which MODSEQ, and what is \Recent here. Tells the client what changed, at the moments at which the protocol allows
// it (RFC 9051 5.2, 7): EXPUNGE never while numbers of messages are under way. The messages themselves are in the shared
// folder-model.ts.
import { allRights } from '../mailbox/shared-mailbox.ts';
import type { SectionCursor } from '../message/imap/sections.ts';
import { systemFlags } from './flags.ts';
import type { FolderModel, ModelSession } from './folder-model.ts';
import type { Output } from './output.ts';
import { formatSet, indexIn, lowerBound, type SequenceSet, sortRanges } from './sets.ts';

/** What a client has switched on (ENABLE, or by using it), as answers depend on it. */
export interface Features {
  isCondstore: boolean;
  isQresync: boolean;
  isUtf8: boolean;
  isRev2: boolean;
  isUidOnly: boolean;
}

export const noFeatures = (): Features => ({
  isCondstore: false,
  isQresync: false,
  isUtf8: false,
  isRev2: false,
  isUidOnly: false,
});

export interface TellOptions {
  readonly features: Features;
  /** No numbers of messages are under way. */
  readonly mayExpunge: boolean;
  /** By UID: the MODSEQ that the client has heard of by the command itself. */
  readonly told?: ReadonlyMap<number, number> | undefined;
  /** Flags of messages that the client knew are not wanted (NOTIFY). */
  readonly withoutFlags?: boolean | undefined;
  /** Flags come with the UID, whatever is switched on (RFC 5465 5.1). */
  readonly withUid?: boolean | undefined;
}

/** RFC 4314 4: \Seen by `s`, \Deleted by `t`, the others and new ones by `w`. */
const permanentFlags = (flags: readonly string[], rights: string): readonly string[] =>
  [...flags, '\\*'].filter((flag) =>
    rights.includes(flag === '\\Seen' ? 's' : flag === '\\Deleted' ? 't' : 'w'),
  );

/** Messages after which others get their turn. */
const turnLength = 4000;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const empty = new Uint32Array(0);

export class SelectedFolder implements ModelSession {
  isReadOnly: boolean;
  /** The name that the client knows it by. */
  folder: string;
  /** What the client may do in it, in Courier's letters (mta/maildir/acl.ts). */
  rights: string;
  #model: FolderModel | undefined;
  /** UIDs that the client knows; its message n is view[n - 1]. */
  view: Uint32Array = empty;
  #told = 0;
  #recent: Set<number> | undefined;
  #toldRecent = 0;
  #toldKeywords = 0;
  /** Where the last partial FETCH of a section ended. */
  cursor: { readonly key: string; readonly place: SectionCursor } | undefined;
  /** RFC 5182. */
  saved: ArrayLike<number> = empty;

  constructor(isReadOnly: boolean, folder: string, rights: string = allRights) {
    this.isReadOnly = isReadOnly;
    this.folder = folder;
    this.rights = rights;
  }

  get model(): FolderModel {
    if (!this.#model) throw new Error('the folder is not open yet');
    return this.#model;
  }

  /** The client hears of all that is there now. */
  begin(model: FolderModel): void {
    this.#model = model;
    // What nobody can change is not promised (RFC 9051 6.3.2: READ-ONLY).
    if (!model.isWritable) this.isReadOnly = true;
    this.view = model.uids;
    this.#told = model.highestModseq;
    this.#toldRecent = this.recentCount;
    this.#toldKeywords = model.knownKeywords.length;
  }

  takeRecent(uids: ArrayLike<number>): void {
    if (uids.length === 0) return;
    this.#recent ??= new Set();
    for (let at = 0; at < uids.length; at++) this.#recent.add(uids[at]!);
  }

  isRecent(uid: number): boolean {
    return this.#recent?.has(uid) === true;
  }

  get recentCount(): number {
    return this.#recent?.size ?? 0;
  }

  get recentUids(): number[] {
    return this.#recent === undefined ? [] : [...this.#recent];
  }

  /** Number of a UID, 0 when the client does not know it. */
  numberOf(uid: number): number {
    return indexIn(this.view, uid) + 1;
  }

  /**
   * The UIDs that a set means, ascending, of those that the client knows. By numbers: undefined when one is not there
   * (RFC 9051 9, seq-number: BAD).
   */
  resolve(set: SequenceSet, isUid: boolean): Uint32Array | undefined {
    const { view } = this;
    if (set.isSaved) return Uint32Array.from(Array.from(this.saved).filter((uid) => indexIn(view, uid) >= 0));
    const most = isUid ? (view[view.length - 1] ?? 0) : view.length;
    const ranges = sortRanges(set, most);
    if (isUid) return withUids(view, ranges);
    const hasLast = set.ranges.some((range) => range.includes(0));
    // `1:*` of an empty folder is no fault, as other servers see it too.
    if (view.length === 0 && hasLast && set.ranges.every(([from]) => from <= 1)) return empty;
    if (ranges.some(([from, to]) => from < 1 || to > most)) return undefined;
    return withNumbers(view, ranges);
  }

  /** The same for a search: what is not there is not found. */
  resolveKnown(set: SequenceSet, isUid: boolean): Uint32Array {
    if (set.isSaved) return this.resolve(set, isUid) ?? empty;
    return resolveIn(this.view, set, isUid);
  }

  /** Is there something that the client has not heard of? */
  get hasNews(): boolean {
    const { model } = this;
    return (
      model.isStale ||
      model.isGone ||
      model.folder !== this.folder ||
      model.highestModseq > this.#told ||
      model.uids !== this.view ||
      this.recentCount !== this.#toldRecent
    );
  }

  /** Tells what changed since the last time. `model` must be up to date. */
  async tell(out: Output, options: TellOptions): Promise<void> {
    const { model } = this;
    const known = this.view;
    const newest = model.uids;
    if (newest !== known) {
      if (options.mayExpunge) this.#tellExpunged(out, newest, options.features);
      const lastKnown = known[known.length - 1] ?? 0;
      const added = lowerBound(newest, lastKnown + 1);
      if (options.mayExpunge) {
        if (added === this.view.length) this.view = newest;
        else this.#append(newest.subarray(added));
      } else if (added < newest.length) this.#append(newest.subarray(added));
      this.#forgetRecent();
      if (this.view.length > lowerBound(this.view, lastKnown + 1))
        out.text(`* ${this.view.length} EXISTS\r\n`);
    }
    this.#tellRecent(out, options.features);
    this.tellKeywords(out, options.features);
    await this.#tellFlags(out, known[known.length - 1] ?? 0, options);
  }

  #append(fresh: Uint32Array): void {
    const grown = new Uint32Array(this.view.length + fresh.length);
    grown.set(this.view);
    grown.set(fresh, this.view.length);
    this.view = grown;
  }

  /** RFC 2180 3.4: a rename only changes the name, and who has the folder open goes on with it. False: no news. */
  tellName(out: Output, features: Features, nameOf: (folder: string) => string): boolean {
    const { folder } = this.model;
    if (folder === this.folder) return false;
    // RFC 9051 7.3.1: OLDNAME. A client of IMAP4rev1 has no word for it, and no need of one.
    if (features.isRev2) out.text(`* LIST () "." ${nameOf(folder)} ("OLDNAME" (${nameOf(this.folder)}))\r\n`);
    this.folder = folder;
    return true;
  }

  /** RFC 9051 7.5.1, or RFC 7162 3.2.10 VANISHED; `view` is what is left after it. */
  #tellExpunged(out: Output, newest: Uint32Array, features: Features): void {
    const { view } = this;
    const gone: number[] = [];
    const kept = new Uint32Array(view.length);
    let size = 0;
    let other = 0;
    for (let at = 0; at < view.length; at++) {
      const uid = view[at]!;
      while (other < newest.length && newest[other]! < uid) other++;
      if (newest[other] === uid) {
        kept[size++] = uid;
        continue;
      }
      gone.push(uid);
      if (!features.isQresync && !features.isUidOnly) out.text(`* ${size + 1} EXPUNGE\r\n`);
    }
    if (gone.length === 0) return;
    if (features.isQresync || features.isUidOnly) out.text(`* VANISHED ${formatSet(gone)}\r\n`);
    this.view = kept.slice(0, size);
  }

  #forgetRecent(): void {
    if (this.#recent === undefined) return;
    for (const uid of this.#recent) if (this.model.indexOf(uid) < 0) this.#recent.delete(uid);
  }

  #tellRecent(out: Output, features: Features): void {
    const count = this.recentCount;
    if (count === this.#toldRecent) return;
    this.#toldRecent = count;
    // RFC 9051 appendix E: no RECENT in IMAP4rev2.
    if (!features.isRev2) out.text(`* ${count} RECENT\r\n`);
  }

  /** FLAGS and PERMANENTFLAGS, when there are keywords that the client has not heard of. */
  tellKeywords(out: Output, _features: Features): void {
    const { knownKeywords } = this.model;
    if (knownKeywords.length === this.#toldKeywords) return;
    this.#toldKeywords = knownKeywords.length;
    out.text(this.flagLists());
  }

  flagLists(): string {
    const flags = [...this.model.knownKeywords, ...systemFlags];
    const changeable = this.isReadOnly ? [] : permanentFlags(flags, this.rights);
    return `* FLAGS (${flags.join(' ')})\r\n* OK [PERMANENTFLAGS (${changeable.join(' ')})] Flags permitted\r\n`;
  }

  async #tellFlags(out: Output, lastKnown: number, options: TellOptions): Promise<void> {
    const { model } = this;
    const since = this.#told;
    const upTo = model.highestModseq;
    if (upTo <= since) return;
    this.#told = upTo;
    if (options.withoutFlags) return;
    const { uids, modseqs } = model;
    const end = lowerBound(uids, lastKnown + 1);
    let told = 0;
    for (let at = 0; at < end; at++) {
      if (modseqs[at]! <= since) continue;
      const uid = uids[at]!;
      if (options.told?.get(uid) === modseqs[at]) continue;
      const line = this.flagsLine(at, uid, options.features, options.withUid === true);
      if (line !== '') out.text(line);
      if (++told % turnLength === 0) {
        await out.drained();
        await nextTurn();
        // The model may have moved on; what changed meanwhile is told the next time.
        if (model.uids !== uids) {
          this.#told = since;
          return;
        }
      }
    }
  }

  /** The answer of a STORE; a silent one tells of the MODSEQ alone (RFC 7162 3.1.3). */
  storedLine(at: number, uid: number, features: Features, withUid: boolean, isSilent: boolean): string {
    if (!isSilent) return this.flagsLine(at, uid, features, withUid);
    const modseq = `MODSEQ (${this.model.modseqs[at]})`;
    if (features.isUidOnly) return `* ${uid} UIDFETCH (${modseq})\r\n`;
    const number = this.numberOf(uid);
    return number === 0 ? '' : `* ${number} FETCH (UID ${uid} ${modseq})\r\n`;
  }

  /** One untagged FETCH with FLAGS; '' for a message that the client does not know. */
  flagsLine(at: number, uid: number, features: Features, withUid: boolean): string {
    const { model } = this;
    const flags = `FLAGS (${model.flagsText(at, this.isRecent(uid))})`;
    const modseq = features.isCondstore ? ` MODSEQ (${model.modseqs[at]})` : '';
    // RFC 9586 3.3
    if (features.isUidOnly) return `* ${uid} UIDFETCH (${flags}${modseq})\r\n`;
    const number = this.numberOf(uid);
    if (number === 0) return '';
    const uidText = withUid || features.isCondstore || features.isRev2 ? `UID ${uid} ` : '';
    return `* ${number} FETCH (${uidText}${flags}${modseq})\r\n`;
  }
}

type Ranges = readonly (readonly [number, number])[];

/** The UIDs that a set without `$` means, of these; numbers that are not there mean none. */
export function resolveIn(uids: Uint32Array, set: SequenceSet, isUid: boolean): Uint32Array {
  if (isUid) return withUids(uids, sortRanges(set, uids[uids.length - 1] ?? 0));
  const most = uids.length;
  const ranges = sortRanges(set, most)
    .map(([from, to]) => [Math.max(1, from), Math.min(most, to)] as const)
    .filter(([from, to]) => from <= to);
  return ranges.length === 0 ? empty : withNumbers(uids, ranges);
}

function withNumbers(view: Uint32Array, ranges: Ranges): Uint32Array {
  if (ranges.length === 1) return view.subarray(ranges[0]![0] - 1, ranges[0]![1]);
  const size = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const uids = new Uint32Array(size);
  let at = 0;
  for (const [from, to] of ranges) {
    uids.set(view.subarray(from - 1, to), at);
    at += to - from + 1;
  }
  return uids;
}

function withUids(view: Uint32Array, ranges: Ranges): Uint32Array {
  const parts = ranges.map(([from, to]) => view.subarray(lowerBound(view, from), lowerBound(view, to + 1)));
  if (parts.length === 1) return parts[0]!;
  const uids = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    uids.set(part, at);
    at += part.length;
  }
  return uids;
}
