// The cleaned HTML of a message for its frame. The page asks first (it must know whether there is HTML to show, and on
// which paper), the frame a moment later: a short memory makes that one job for the worker. What is kept is bounded and
// belongs to one web role; the worker itself bounds time and size (security.md M1, H1).
import type { Account } from '../../../mta/accounts/types.ts';
import { signToken } from '../../message/signed.ts';
import type { CleanHtml, Part } from '../../message/types.ts';
import type { Web } from '../types.ts';
import type { OpenedMessage } from './open.ts';

/** Prefix of the pictures in frames; images.ts answers them. */
export const picturePrefix = '/i/';
/** A page left open for a day still has its pictures, seconds (spec/webmail.md 3.2). */
const tokenLife = 24 * 3600;
const kept = 12;
const keptFor = 60_000;
/** Parts that may be named by the HTML. */
const mostParts = 500;

/** What the token of an inline part says. */
export interface PartToken {
  /** Account, message id, folder, part number. */
  readonly a: string;
  readonly m: string;
  readonly f: string;
  readonly p: string;
}

interface Kept {
  readonly at: number;
  readonly result: Promise<CleanHtml>;
}

const memories = new WeakMap<Web['reader'], Map<string, Kept>>();

/** Cleans the HTML of an opened message. `remote`: pictures of the web come through our proxy. */
export async function cleanBodyOf(
  web: Web,
  account: Account,
  opened: OpenedMessage,
  options: { readonly remote: boolean; readonly large: boolean },
): Promise<CleanHtml> {
  const memory = memories.get(web.reader) ?? new Map<string, Kept>();
  memories.set(web.reader, memory);
  const { id, folder } = opened.located.row;
  const key = JSON.stringify([account.address, id, folder, options.remote, options.large]);
  const known = memory.get(key);
  if (known && Date.now() - known.at < keptFor) return known.result;
  const result = clean(web, account, opened, options);
  memory.delete(key);
  memory.set(key, { at: Date.now(), result });
  for (const [old, entry] of memory) {
    if (memory.size <= kept && Date.now() - entry.at < keptFor) break;
    memory.delete(old);
  }
  return result;
}

async function clean(
  web: Web,
  account: Account,
  opened: OpenedMessage,
  options: { readonly remote: boolean; readonly large: boolean },
): Promise<CleanHtml> {
  const { id, folder } = opened.located.row;
  const tokens: Record<string, string> = {};
  for (const part of namedParts(await web.reader.structure(opened.bytes))) {
    const payload: PartToken = { a: account.address, m: id, f: folder, p: part.number };
    tokens[part.number] = signToken(web.key, payload, tokenLife);
  }
  return web.reader.cleanHtml(opened.bytes, {
    inlineAddress: { prefix: picturePrefix, tokens },
    remote: options.remote
      ? { prefix: picturePrefix, key: web.key.toString('base64url'), context: `${account.address} ${id}` }
      : undefined,
    limits: options.large ? 'large' : 'normal',
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
