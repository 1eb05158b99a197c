// THREAD (RFC 5256 3): ORDEREDSUBJECT, REFERENCES, and REFS (REFERENCES without joining by subject, threads in the order
// of their newest message). Works on the keys made when messages were parsed. Hostile input costs no more than honest:
// depth needs no stack, loops are found by sets of joined trees, identifiers of messages that are not here are bounded.

import { sentDate } from './sort.ts';
import { linkReferences, type ThreadRow } from './thread-links.ts';
import { createTurns, sortInTurns, type Turns } from './turns.ts';

export type { ThreadRow } from './thread-links.ts';

/** A message and its answers. `uid` 0: no message, only what its children have in common; at the top of a thread only. */
export interface Thread {
  readonly uid: number;
  readonly children: readonly Thread[];
}

export type ThreadAlgorithm = 'ORDEREDSUBJECT' | 'REFERENCES' | 'REFS';

/** Trees of row numbers. Numbers from `rows.length` on are no message. */
interface Forest {
  readonly rows: readonly ThreadRow[];
  /** Children of a number. */
  readonly children: Map<number, number[]>;
  top: number[];
}

/** Texts may be numbers that stand for them: 0 is the empty one. */
const isEmpty = (text: string | number): boolean => text === '' || text === 0;

const isDummy = (forest: Forest, node: number): boolean => node >= forest.rows.length;

/** RFC 5256 3, ORDEREDSUBJECT: by base subject and date; the first of a subject has the others as children. */
async function threadBySubject(rows: readonly ThreadRow[], turns: Turns): Promise<Forest> {
  const byDate = await sortInTurns([...rows.keys()], compareDates(rows), turns);
  const children = new Map<number, number[]>();
  const firsts = new Map<string | number, number>();
  const top: number[] = [];
  for (const row of byDate) {
    const { baseSubject } = rows[row]!.facts;
    const first = firsts.get(baseSubject);
    if (first === undefined) {
      firsts.set(baseSubject, row);
      top.push(row);
    } else {
      const list = children.get(first);
      if (list) list.push(row);
      else children.set(first, [row]);
    }
  }
  return { rows, children, top };
}

const compareDates =
  (rows: readonly ThreadRow[]) =>
  (a: number, b: number): number =>
    sentDate(rows[a]!) - sentDate(rows[b]!) || a - b;

/** All nodes, parents before their children. */
function walk(forest: Forest): number[] {
  const order = [...forest.top];
  for (let i = 0; i < order.length; i++) {
    const list = forest.children.get(order[i]!);
    if (list) for (const child of list) order.push(child);
  }
  return order;
}

/** Step 3: what is no message goes, its children take its place; at the top only when it is one child. */
function prune(forest: Forest): void {
  const { children } = forest;
  const order = walk(forest);
  const withoutDummies = (nodes: readonly number[]): number[] =>
    nodes.flatMap((node) => (isDummy(forest, node) ? (children.get(node) ?? []) : node));
  for (let i = order.length - 1; i >= 0; i--) {
    const list = children.get(order[i]!);
    if (list?.some((node) => isDummy(forest, node))) children.set(order[i]!, withoutDummies(list));
  }
  forest.top = forest.top.flatMap((node) => {
    if (!isDummy(forest, node)) return node;
    const list = children.get(node) ?? [];
    return list.length > 1 ? node : list;
  });
}

/** The date, and the message whose it is: of a dummy its first child's, which must be sorted before. */
function leader(forest: Forest, node: number): number {
  return isDummy(forest, node) ? forest.children.get(node)![0]! : node;
}

/** Steps 4 and 6: siblings by date. */
async function sortSiblings(forest: Forest, nodes: Iterable<number>, turns: Turns): Promise<void> {
  const compare = compareDates(forest.rows);
  for (const node of nodes) {
    const list = forest.children.get(node);
    if (list && list.length > 1) forest.children.set(node, await sortInTurns(list, compare, turns));
    const wait = turns();
    if (wait) await wait;
  }
}

async function sortTop(forest: Forest, turns: Turns): Promise<void> {
  const compare = compareDates(forest.rows);
  forest.top = await sortInTurns(forest.top, (a, b) => compare(leader(forest, a), leader(forest, b)), turns);
}

/** Step 5: threads at the top that have one base subject become one. */
function joinSubjects(forest: Forest): void {
  const { children, rows } = forest;
  const factsOf = (node: number): ThreadRow['facts'] => rows[leader(forest, node)]!.facts;
  const isReply = (node: number): boolean => factsOf(node).isReply;
  const table = new Map<string | number, number>();
  for (const node of forest.top) {
    const { baseSubject } = factsOf(node);
    if (isEmpty(baseSubject)) continue;
    const known = table.get(baseSubject);
    const isBetter =
      known === undefined ||
      (!isDummy(forest, known) && (isDummy(forest, node) || (isReply(known) && !isReply(node))));
    if (isBetter) table.set(baseSubject, node);
  }
  const gone = new Set<number>();
  const replaced = new Map<number, number>();
  let next = forest.top.reduce((most, node) => Math.max(most, node + 1), rows.length);
  const append = (to: number, nodes: readonly number[]): void => {
    const list = children.get(to);
    if (list) for (const node of nodes) list.push(node);
    else children.set(to, [...nodes]);
  };
  for (const node of forest.top) {
    const { baseSubject } = factsOf(node);
    const known = isEmpty(baseSubject) ? node : table.get(baseSubject)!;
    if (known === node || replaced.has(node)) continue;
    gone.add(node);
    if (isDummy(forest, known)) append(known, isDummy(forest, node) ? children.get(node)! : [node]);
    else if (isReply(node) && !isReply(known)) append(known, [node]);
    else {
      const dummy = next++;
      children.set(dummy, [known, node]);
      replaced.set(known, dummy);
      table.set(baseSubject, dummy);
    }
  }
  forest.top = forest.top.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node);
}

async function threadByReferences(
  rows: readonly ThreadRow[],
  joinsSubjects: boolean,
  turns: Turns,
): Promise<Forest> {
  const parents = await linkReferences(rows, turns);
  const forest: Forest = { rows, children: new Map(), top: [] };
  for (const [node, parent] of parents.entries()) {
    if (parent < 0) forest.top.push(node);
    else {
      const list = forest.children.get(parent);
      if (list) list.push(node);
      else forest.children.set(parent, [node]);
    }
    if ((node & 4_095) === 0) await turns();
  }
  prune(forest);
  const dummies = (): number[] => forest.top.filter((node) => isDummy(forest, node));
  await sortSiblings(forest, dummies(), turns);
  if (joinsSubjects) {
    await sortTop(forest, turns);
    joinSubjects(forest);
  }
  await sortSiblings(forest, walk(forest), turns);
  if (joinsSubjects) await sortTop(forest, turns);
  else await sortByNewest(forest, turns);
  return forest;
}

/** REFS: threads by the date of their newest message, as Dovecot does it. */
async function sortByNewest(forest: Forest, turns: Turns): Promise<void> {
  const newest = new Map<number, number>();
  const order = walk(forest);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    let time = isDummy(forest, node) ? 0 : sentDate(forest.rows[node]!);
    for (const child of forest.children.get(node) ?? []) time = Math.max(time, newest.get(child)!);
    newest.set(node, time);
  }
  forest.top = await sortInTurns(forest.top, (a, b) => newest.get(a)! - newest.get(b)! || a - b, turns);
}

/** Threads of the messages, oldest first. `rows` ascending by sequence number. */
export async function threadMessages(
  rows: readonly ThreadRow[],
  algorithm: ThreadAlgorithm,
): Promise<Thread[]> {
  const turns = createTurns();
  const forest =
    algorithm === 'ORDEREDSUBJECT'
      ? await threadBySubject(rows, turns)
      : await threadByReferences(rows, algorithm === 'REFERENCES', turns);
  const made = new Map<number, { uid: number; children: Thread[] }>();
  const order = walk(forest);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const children = (forest.children.get(node) ?? []).map((child) => made.get(child)!);
    made.set(node, { uid: rows[node]?.uid ?? 0, children });
  }
  return forest.top.map((node) => made.get(node)!);
}

/**
 * The text of the answer (RFC 5256 4, thread-list): `(2)(3 6 (4 23)(44 7 96))`.
 * @param numberOf gives the number that the client knows the message by.
 */
export function formatThreads(threads: readonly Thread[], numberOf: (uid: number) => number): string {
  const pieces: string[] = [];
  // What is still to be written, last first: threads, and texts between them.
  const open: (Thread | string)[] = [];
  const push = (children: readonly Thread[]): void => {
    for (let i = children.length - 1; i >= 0; i--) open.push(')', children[i]!, '(');
  };
  push(threads);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') {
      pieces.push(next);
      continue;
    }
    if (next.uid !== 0) pieces.push(String(numberOf(next.uid)));
    const [only] = next.children;
    if (next.children.length === 1 && only) {
      if (next.uid !== 0) pieces.push(' ');
      open.push(only);
    } else if (next.children.length > 1) {
      if (next.uid !== 0) pieces.push(' ');
      push(next.children);
    }
  }
  return pieces.join('');
}
