// The cleaned HTML of a message for its frame. The page asks first (it must know whether there is HTML to show, and on
// which paper), the frame a moment later: a short memory makes that one job for the worker, and the disk keeps what was
// made for half a day, by message, version of the cleaner and ways of reading (spec/webmail.md 3.4). The signed addresses
// in it live twice as long. The worker itself bounds time and size (security.md M1, H1).
import type { Account } from '../../../mta/accounts/types.ts';
import { readCleanerVersion } from '../../message/cleaner-version.ts';
import { signToken } from '../../message/signed.ts';
import type { CleanHtml, Part } from '../../message/types.ts';
import type { Web } from '../types.ts';
import type { FoundMessage } from './open.ts';

/** Prefix of the pictures in frames; images.ts answers them. */
export const picturePrefix = '/i/';
/** A page left open for a day still has its pictures, seconds (spec/webmail.md 3.2). */
const tokenLife = 24 * 3600;
/** Milliseconds that cleaned HTML is good for. */
export const cleanedLife = 12 * 3600_000;
const kept = 12;
const keptFor = 60_000;
/** Parts that may be named by the HTML. */
const mostParts = 500;

/** What the token of an inline part says. */
export interface PartToken {
  /** Account, message id, folder, address of the part. */
  readonly a: string;
  readonly m: string;
  readonly f: string;
  readonly p: string;
}

/** What of a message is shown, and how. */
export interface CleanWays {
  /** Pictures of the web come through our proxy. */
  readonly remote: boolean;
  readonly large: boolean;
  /** Address of the part that holds the message; '' for the message itself. */
  readonly inside: string;
  /** Address of one part that is shown as a page; '' for the text of the message. */
  readonly part: string;
  readonly charset: string;
  readonly plainLinks: boolean;
  readonly plainColours: boolean;
}

interface Kept {
  readonly at: number;
  readonly result: Promise<CleanHtml<Buffer>>;
}

const memories = new WeakMap<Web['reader'], Map<string, Kept>>();
const versions = new WeakMap<Web['reader'], Promise<string>>();

/** Cleans the HTML of an opened message. */
export async function cleanBodyOf(
  web: Web,
  account: Account,
  opened: FoundMessage,
  ways: CleanWays,
): Promise<CleanHtml<Buffer>> {
  const memory = memories.get(web.reader) ?? new Map<string, Kept>();
  memories.set(web.reader, memory);
  const { id, folder } = opened.located.row;
  const key = JSON.stringify([account.address, id, folder, ways]);
  const known = memory.get(key);
  if (known && Date.now() - known.at < keptFor) return known.result;
  const result = findOrClean(web, account, opened, ways, key);
  memory.delete(key);
  memory.set(key, { at: Date.now(), result });
  for (const [old, entry] of memory) {
    if (memory.size <= kept && Date.now() - entry.at < keptFor) break;
    memory.delete(old);
  }
  return result;
}

async function findOrClean(
  web: Web,
  account: Account,
  opened: FoundMessage,
  ways: CleanWays,
  key: string,
): Promise<CleanHtml<Buffer>> {
  const version = versions.get(web.reader) ?? readCleanerVersion();
  versions.set(web.reader, version);
  const name = `${await version} ${key}`;
  const found = await web.keptHtml.get(name);
  if (found) return unpack(found);
  const made = await clean(web, account, opened, ways);
  // What was too much for the worker now may not be when it is less busy.
  if (made.ok) await web.keptHtml.put(name, pack(made));
  return made;
}

type Cleaned = Extract<CleanHtml<Buffer>, { ok: true }>;

/** What is known of it as one line of JSON, and the HTML behind that line as it is sent. */
function pack({ html, ...known }: Cleaned): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(known)}\n`), html]);
}

function unpack(kept: Buffer): Cleaned {
  const end = kept.indexOf('\n');
  const known = JSON.parse(kept.toString('utf8', 0, end)) as Omit<Cleaned, 'html'>;
  return { ...known, html: kept.subarray(end + 1) };
}

async function clean(
  web: Web,
  account: Account,
  opened: FoundMessage,
  ways: CleanWays,
): Promise<CleanHtml<Buffer>> {
  const { id, folder } = opened.located.row;
  const { inside, part, charset, plainLinks, plainColours } = ways;
  const bytes = await opened.read();
  if (!bytes) return { ok: false, reason: 'failed' };
  const tokens: Record<string, string> = {};
  if (part === '') {
    for (const named of namedParts(await web.reader.structure(bytes, inside))) {
      const address = inside === '' ? named.number : `${inside}~${named.number}`;
      const payload: PartToken = { a: account.address, m: id, f: folder, p: address };
      tokens[named.number] = signToken(web.key, payload, tokenLife);
    }
  }
  return web.reader.cleanHtml(bytes, {
    inlineAddress: { prefix: picturePrefix, tokens },
    remote: ways.remote
      ? { prefix: picturePrefix, key: web.key.toString('base64url'), context: `${account.address} ${id}` }
      : undefined,
    limits: ways.large ? 'large' : 'normal',
    inside,
    ...(part === '' ? {} : { part }),
    charset,
    plainLinks,
    plainColours,
  });
}

/** The leaves that a `cid:` or a Content-Location may name. */
function namedParts(root: Part): readonly Part[] {
  const found: Part[] = [];
  const stack = [root];
  for (let part = stack.pop(); part && found.length < mostParts; part = stack.pop()) {
    if (part.parts.length === 0 && (part.contentId !== '' || part.type.startsWith('image/')))
      found.push(part);
    stack.push(...part.parts.toReversed());
  }
  return found;
}
