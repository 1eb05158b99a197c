// Step 1 of THREAD=REFERENCES (RFC 5256 3): who answers whom, by Message-ID and References. A link that would make a loop
// is not made. Trees that were joined are one set, so a loop is found without climbing; only where a link was cut (a
// message whose own References know better) is the way up walked, and that within a budget.
import type { Turns } from './turns.ts';

/** What THREAD looks at; a SortRow is one. Texts may be numbers that stand for them: 0 for the empty text. */
export interface ThreadRow {
  readonly uid: number;
  /** For a message whose facts have no date, milliseconds since 1970. */
  readonly received: number;
  readonly facts: {
    readonly baseSubject: string | number;
    readonly isReply: boolean;
    readonly sent: number;
    readonly messageId: string | number;
    readonly references: readonly (string | number)[];
  };
}

/** Identifiers of messages that are not in the folder; what is beyond joins nothing. */
const mostUnknown = 500_000;
/** Steps up that a whole THREAD may take to look for loops; honest mail takes next to none. */
const mostSteps = 20_000_000;

class Links {
  /** Parent of a node; -1: none. */
  readonly parents: number[] = [];
  /** Sets of trees that were ever joined. */
  readonly #sets: number[] = [];
  #hasCuts = false;
  #steps = mostSteps;

  add(): number {
    const node = this.parents.length;
    this.parents.push(-1);
    this.#sets.push(node);
    return node;
  }

  #setOf(node: number): number {
    let at = node;
    while (this.#sets[at] !== at) {
      this.#sets[at] = this.#sets[this.#sets[at]!]!;
      at = this.#sets[at]!;
    }
    return at;
  }

  #isAbove(node: number, below: number): boolean {
    for (let at = below; at >= 0; at = this.parents[at]!) {
      if (at === node || this.#steps-- <= 0) return true;
    }
    return false;
  }

  /** True when `child` is `parent` or above it. */
  #wouldLoop(child: number, parent: number): boolean {
    if (this.#setOf(child) !== this.#setOf(parent)) return false;
    // Without cuts, a node that is at the top of its tree is above all of its set.
    if (!this.#hasCuts && this.parents[child] === -1) return true;
    return this.#isAbove(child, parent);
  }

  link(child: number, parent: number): void {
    if (this.#wouldLoop(child, parent)) return;
    this.parents[child] = parent;
    this.#sets[this.#setOf(child)] = this.#setOf(parent);
  }

  cut(child: number): void {
    if (this.parents[child] === -1) return;
    this.parents[child] = -1;
    this.#hasCuts = true;
  }
}

/** Gives the parent of every node, -1 for none; the first nodes are the rows, the others are messages not here. */
export async function linkReferences(rows: readonly ThreadRow[], turns: Turns): Promise<readonly number[]> {
  const links = new Links();
  const nodes = new Map<string | number, number>();
  for (const { facts } of rows) {
    const node = links.add();
    // RFC 5256: of two messages with one identifier the later has none.
    if (facts.messageId !== '' && facts.messageId !== 0 && !nodes.has(facts.messageId))
      nodes.set(facts.messageId, node);
  }
  const nodeOf = (id: string | number): number | undefined => {
    const known = nodes.get(id);
    if (known !== undefined || nodes.size >= rows.length + mostUnknown) return known;
    const node = links.add();
    nodes.set(id, node);
    return node;
  };
  for (const [row, { facts }] of rows.entries()) {
    let last: number | undefined;
    for (const id of facts.references) {
      const node = nodeOf(id);
      if (node === undefined) continue;
      // 1 A: what is linked already stays as it is.
      if (last !== undefined && node !== last && links.parents[node] === -1) links.link(node, last);
      last = node;
    }
    // 1 B: the message's own word about its parent counts more than that of others, also when it names none.
    if (links.parents[row] !== (last ?? -1)) {
      links.cut(row);
      if (last !== undefined) links.link(row, last);
    }
    const wait = turns();
    if (wait) await wait;
  }
  return links.parents;
}
