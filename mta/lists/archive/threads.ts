// Threads of an archive: posts of a range by subject and by author, from the index (archive/index-lines.ts), and the lines
// of archive/threads/YYYYMM, archive/subjects/ and archive/authors/ that are made of them (ezmlm-archive). Pure.
import { hashLength } from './hashes.ts';
import type { IndexEntry } from './index-lines.ts';

/** Subject and author of posts of which the index tells nothing. */
const unknown = `${'a'.repeat(hashLength)} `;

/** One post of a range. */
export interface ThreadPost {
  readonly number: number;
  /** yyyymm; 0: not known. */
  readonly month: number;
  readonly thread: PostGroup;
  /** Undefined: not known. */
  readonly author: PostGroup | undefined;
}

/** The posts of one subject or one author. */
export interface PostGroup {
  readonly hash: string;
  /** Behind the hash and a space: as its first post in the range has it. */
  readonly name: string;
  readonly posts: ThreadPost[];
}

export interface Threads {
  /** Each number of the range once, also those that the index lacks. */
  readonly posts: readonly ThreadPost[];
  /** In the order of their first posts. */
  readonly subjects: readonly PostGroup[];
  readonly authors: readonly PostGroup[];
  /** Months in their order, each with the first post of it. */
  readonly months: readonly { readonly month: number; readonly first: number }[];
}

function groupOf(groups: Map<string, PostGroup>, text: string): PostGroup {
  const hash = text.slice(0, hashLength);
  let group = groups.get(hash);
  if (group === undefined) {
    group = { hash, name: text.slice(hashLength + 1), posts: [] };
    groups.set(hash, group);
  }
  return group;
}

/** Threads the posts `from` to `to`. @param entries of the index, any more of them */
export function makeThreads(entries: readonly IndexEntry[], from: number, to: number): Threads {
  const byNumber = new Map(entries.map((entry) => [entry.number, entry]));
  const subjects = new Map<string, PostGroup>();
  const authors = new Map<string, PostGroup>();
  const posts: ThreadPost[] = [];
  const months: { month: number; first: number }[] = [];
  let last = 0;
  for (let number = from; number <= to; number++) {
    const entry = byNumber.get(number);
    const month = entry?.month || last;
    if (month > last) {
      last = month;
      months.push({ month, first: number });
    }
    const thread = groupOf(subjects, entry?.subject ?? unknown);
    const author = entry?.authorLine === undefined ? undefined : groupOf(authors, entry.author ?? unknown);
    const post = { number, month, thread, author };
    posts.push(post);
    thread.posts.push(post);
    author?.posts.push(post);
  }
  return { posts, subjects: [...subjects.values()], authors: [...authors.values()], months };
}

/** The same without an index: one nameless thread of all. */
export function makeSequence(from: number, to: number): Threads {
  return makeThreads([], from, to);
}

/** The one thread that the post `number` is in, of the range; undefined: the index does not know that post. */
export function makeThread(
  entries: readonly IndexEntry[],
  number: number,
  from: number,
  to: number,
): Threads | undefined {
  const wanted = entries.find((entry) => entry.number === number);
  if (wanted === undefined) return undefined;
  const hash = wanted.subject.slice(0, hashLength);
  const own = entries.filter(
    (entry) => entry.number >= from && entry.number <= to && entry.subject.startsWith(hash),
  );
  const threads = own.map((entry) => makeThreads([entry], entry.number, entry.number));
  const subject: PostGroup = { hash, name: wanted.subject.slice(hashLength + 1), posts: [] };
  for (const each of threads) subject.posts.push(...each.posts.map((post) => ({ ...post, thread: subject })));
  return { posts: subject.posts, subjects: [subject], authors: [], months: [] };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const numberOf = (line: string): number => Number.parseInt(line, 10) || 0;
const titleOf = ({ hash, name }: PostGroup): string => `${hash} ${name}`;

/**
 * archive/subjects/HASH or archive/authors/HASH with this range in it.
 * @param old the file as it is; '' when there is none @param other what the lines tell of: the author, or the subject
 */
export function updateGroupFile(
  old: string,
  group: PostGroup,
  from: number,
  other: (post: ThreadPost) => PostGroup | undefined,
): string {
  const [title = titleOf(group), ...posts] = lines(old);
  const kept = posts.filter((line) => numberOf(line) < from);
  const added = group.posts.map((post) => {
    const about = other(post);
    return `${post.number}:${post.month}:${about ? titleOf(about) : ''}`;
  });
  return `${[title, ...kept, ...added].join('\n')}\n`;
}

/**
 * archive/threads/YYYYMM with this range in it: a line for each thread that lives in the month, with its last post and
 * the number of its posts so far.
 * @param month which of `threads.months` @param counts posts of each thread by its hash; what the file knows is added
 */
export function updateMonthFile(
  old: string,
  threads: Threads,
  month: number,
  counts: Map<string, number>,
): string {
  const from = threads.posts[0]?.number ?? 0;
  const start = month === 0 ? 0 : threads.months[month]!.first;
  const end = threads.months[month + 1]?.first ?? Number.POSITIVE_INFINITY;
  const byHash = new Map(threads.subjects.map((group) => [group.hash, group]));
  const kept: string[] = [];
  for (const line of lines(old)) {
    const [, number = '', hash = '', count = ''] = /^(\d+):(.{20}) \[(\d+)\]/.exec(line) ?? [];
    // What is no line of ours goes; a thread that was told of after this range began is told of anew.
    if (hash === '' || Number(number) >= from) continue;
    if (byHash.has(hash)) counts.set(hash, (counts.get(hash) ?? 0) + Number(count));
    else kept.push(line);
  }
  const added: string[] = [];
  for (const group of threads.subjects) {
    const first = group.posts[0]!.number;
    const last = group.posts.at(-1)!.number;
    if (first >= end || last < start) continue;
    added.push(`${last}:${group.hash} [${counts.get(group.hash) ?? group.posts.length}] ${group.name}`);
  }
  return [...kept, ...added].map((line) => `${line}\n`).join('');
}

/** Posts of each thread of a range. */
export const countPosts = ({ subjects }: Threads): Map<string, number> =>
  new Map(subjects.map((group) => [group.hash, group.posts.length]));
