// What the pages show of a message, kept for the next look: the page, its frame and the way back to it ask for the same,
// and a message of ten megabytes is read and parsed once. A message never changes under its name (maildir(5)), so what is
// kept stays true; the least used goes first when it becomes too much.
import type { MessageView, ViewOptions } from '../../message/types.ts';
import type { Web } from '../types.ts';
import type { FoundMessage } from './open.ts';

/** Of all that is kept, and of one; about bytes. */
const mostKept = 6 * 1024 * 1024;
const largestKept = 512 * 1024;

interface Memory {
  readonly views: Map<string, { readonly view: MessageView; readonly weight: number }>;
  weight: number;
}

const memories = new WeakMap<Web['reader'], Memory>();

/** About how much memory a view takes: its texts in their two forms, its header. */
const weigh = ({ plainText, blocks, headers, attachments }: MessageView): number =>
  2_000 +
  plainText.length * 3 +
  blocks.length * 200 +
  attachments.length * 300 +
  headers.reduce((sum, { value }) => sum + 150 + value.length, 0);

/** Undefined: the message went away meanwhile. */
export async function viewOf(
  web: Web,
  account: { readonly address: string },
  found: FoundMessage,
  options: ViewOptions = {},
): Promise<MessageView | undefined> {
  const memory = memories.get(web.reader) ?? { views: new Map(), weight: 0 };
  memories.set(web.reader, memory);
  const { id, size } = found.located.row;
  const { inside = '', charset = '', text = 'usual' } = options;
  const key = JSON.stringify([account.address, id, size, inside, charset, text]);
  const known = memory.views.get(key);
  if (known) {
    memory.views.delete(key);
    memory.views.set(key, known);
    return known.view;
  }
  const bytes = await found.read();
  if (!bytes) return undefined;
  const view = await web.reader.view(bytes, options);
  const weight = weigh(view);
  // What was too much for the worker now may not be when it is less busy.
  if (view.isFallback || found.cut || weight > largestKept || memory.views.has(key)) return view;
  memory.views.set(key, { view, weight });
  memory.weight += weight;
  for (const [old, kept] of memory.views) {
    if (memory.weight <= mostKept) break;
    memory.views.delete(old);
    memory.weight -= kept.weight;
  }
  return view;
}
