// What SORT and THREAD (RFC 5256) compare of many messages: texts as numbers of a common list that is kept in order, names
// of messages as hashes. Messages may come at any time; keys of a message never change. SORT in turns, so that a large
// folder holds up nobody; equal messages stay in the order of their UIDs, also under REVERSE. Pure: no file is opened.
import type { MessageFacts } from '../../mailbox/uid-types.ts';
import { noSortFacts } from '../../mailbox/uid-types.ts';
import { octetOrderKey } from './casemap.ts';
import type { SortCriterion, SortKey } from './sort.ts';
import type { ThreadRow } from './thread.ts';
import { createTurns, sortInTurns } from './turns.ts';

type TextKey = Exclude<SortKey, 'DATE' | 'SIZE' | 'ARRIVAL'>;

/** The last answer, for who asks the same again. */
interface Answer {
  readonly key: string;
  readonly uids: Uint32Array;
  readonly version: number;
  readonly value: Uint32Array | string;
}

const noNames: readonly number[] = [];

/** Is this a key that the table has? Sizes and times of arrival are the caller's. */
export const isOfTable = (key: SortKey): key is 'DATE' | TextKey => key !== 'SIZE' && key !== 'ARRIVAL';

export class SortTable {
  readonly uidValidity: number;
  readonly #hashName: ((name: string) => number) | undefined;
  /** Changes with every message that comes. */
  version = 0;
  answer: Answer | undefined;
  readonly #rows = new Map<number, number>();
  /** Could not be read when they were asked for: they are asked for again. */
  readonly #unknown = new Set<number>();
  readonly #sent: number[] = [];
  readonly #isReply: boolean[] = [];
  /** Numbers of texts. */
  readonly #texts: Readonly<Record<TextKey, number[]>> = {
    SUBJECT: [],
    FROM: [],
    TO: [],
    CC: [],
    DISPLAYFROM: [],
    DISPLAYTO: [],
  };
  readonly #names: number[] = [];
  readonly #references: (readonly number[])[] = [];
  /** Texts by number, in the form that compares as octets do. */
  readonly #list: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);
  /** Numbers of texts in their order, of those that are in it yet; and the place of each. */
  #order: number[] = [0];
  #ranks: number[] = [0];

  /** @param hashName makes the number by which THREAD knows a Message-ID; undefined: the table is for SORT alone */
  constructor(uidValidity: number, hashName?: (name: string) => number) {
    this.uidValidity = uidValidity;
    this.#hashName = hashName;
  }

  get hasNames(): boolean {
    return this.#hashName !== undefined;
  }

  get size(): number {
    return this.#rows.size;
  }

  has(uid: number): boolean {
    return this.#rows.has(uid) && !this.#unknown.has(uid);
  }

  /** Takes a message in; without `sortFacts` it is one that nobody can read now. */
  add({ uid, received = 0, sortFacts }: Pick<MessageFacts, 'uid' | 'received' | 'sortFacts'>): void {
    if (this.has(uid)) return;
    this.version++;
    const facts = sortFacts ?? noSortFacts;
    if (sortFacts === undefined) this.#unknown.add(uid);
    else this.#unknown.delete(uid);
    const row = this.#rows.get(uid) ?? this.#rows.size;
    this.#rows.set(uid, row);
    this.#sent[row] = facts.sent || received;
    this.#isReply[row] = facts.isReply;
    const texts = this.#texts;
    texts.SUBJECT[row] = this.#numberOf(facts.baseSubject);
    texts.FROM[row] = this.#numberOf(facts.from);
    texts.TO[row] = this.#numberOf(facts.to);
    texts.CC[row] = this.#numberOf(facts.cc);
    texts.DISPLAYFROM[row] = this.#numberOf(facts.displayFrom);
    texts.DISPLAYTO[row] = this.#numberOf(facts.displayTo);
    const hashName = this.#hashName;
    if (!hashName) return;
    this.#names[row] = facts.messageId === '' ? 0 : hashName(facts.messageId);
    this.#references[row] = facts.references.length === 0 ? noNames : facts.references.map(hashName);
  }

  #numberOf(text: string): number {
    const key = octetOrderKey(text);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#list.push(key) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** Puts the texts that came since into the order. */
  async #rank(): Promise<void> {
    const list = this.#list;
    const fresh = Array.from({ length: list.length - this.#order.length }, (_, i) => this.#order.length + i);
    if (fresh.length === 0) return;
    const turns = createTurns();
    const before = this.#order;
    const compare = (a: number, b: number): number => (list[a]! < list[b]! ? -1 : 1);
    const sorted = await sortInTurns(fresh, compare, turns);
    // Another that sorted meanwhile has done it.
    if (this.#order !== before) return this.#rank();
    const order: number[] = [];
    let at = 0;
    for (const number of sorted) {
      // Few that are new lie far from each other among many.
      let [low, high] = [at, before.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (compare(before[middle]!, number) < 0) low = middle + 1;
        else high = middle;
      }
      for (; at < low; at++) order.push(before[at]!);
      order.push(number);
    }
    for (; at < before.length; at++) order.push(before[at]!);
    const ranks = new Array<number>(order.length);
    for (const [place, number] of order.entries()) ranks[number] = place;
    this.#order = order;
    this.#ranks = ranks;
  }

  /** What a criterion compares, of these rows; after `#rank`. */
  #valuesOf(key: 'DATE' | TextKey, rows: Int32Array): Float64Array {
    if (key === 'DATE') return Float64Array.from(rows, (row) => this.#sent[row]!);
    const numbers = this.#texts[key];
    return Float64Array.from(rows, (row) => this.#ranks[numbers[row]!]!);
  }

  /**
   * Sorts.
   * @param uids ascending; those that the table does not have are left out when a criterion needs it
   * @param columns sizes and times of arrival of these UIDs, where a criterion asks for them
   */
  async sort(
    uids: Uint32Array,
    criteria: readonly SortCriterion[],
    columns: { readonly size?: ArrayLike<number>; readonly received?: ArrayLike<number> } = {},
  ): Promise<Uint32Array> {
    if (criteria.some(({ key }) => isOfTable(key) && key !== 'DATE')) await this.#rank();
    const needsRows = criteria.some(({ key }) => isOfTable(key));
    const places = [...uids.keys()].filter((place) => !needsRows || this.#rows.has(uids[place]!));
    const rows = Int32Array.from(uids, (uid) => this.#rows.get(uid) ?? 0);
    const compared = criteria.map(({ key, isReverse }) => ({
      sign: isReverse ? -1 : 1,
      values: isOfTable(key) ? this.#valuesOf(key, rows) : columns[key === 'SIZE' ? 'size' : 'received']!,
    }));
    const compare = (a: number, b: number): number => {
      for (const { sign, values } of compared) {
        const order = values[a]! - values[b]!;
        if (order !== 0) return order * sign;
      }
      return a - b;
    };
    const order = await sortInTurns(places, compare, createTurns());
    return Uint32Array.from(order, (place) => uids[place]!);
  }

  /** What THREAD works on: those of these messages that the table has. */
  threadRows(uids: Uint32Array): ThreadRow[] {
    const rows: ThreadRow[] = [];
    for (const uid of uids) {
      const row = this.#rows.get(uid);
      if (row !== undefined) rows.push(this.#threadRow(uid, row));
    }
    return rows;
  }

  #threadRow(uid: number, row: number): ThreadRow {
    return {
      uid,
      received: 0,
      facts: {
        baseSubject: this.#texts.SUBJECT[row]!,
        isReply: this.#isReply[row]!,
        sent: this.#sent[row]!,
        messageId: this.#names[row]!,
        references: this.#references[row]!,
      },
    };
  }
}
