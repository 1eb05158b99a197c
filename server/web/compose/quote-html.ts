// Letters with formatting at their start (spec/webmail.md 4.4, 4.6): the quote or the forwarded letter as cleaned HTML with
// its own pictures and none of the web (security.md H7), the signature above or below, and plain text turned into HTML and
// judged whether it could be turned back. What is given here is for the editor, which cleans it once more.
import type { Account } from '../../../mta/accounts/types.ts';
import type { WrittenPicture } from '../../message/types.ts';
import type { Identity } from '../identities/own.ts';
import { contentIdOf } from './begin.ts';
import type { DraftAttachment } from './drafts.ts';
import { type Seed, seedText } from './seed.ts';
import type { Start, StartParts } from './start.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeText = (text: string): string => text.replace(/[&<>"]/g, (found) => entities[found]!);

const emptyLine = '<div><br></div>';
const lineOf = (text: string): string =>
  text === '' ? emptyLine : `<div>${escapeText(text).replace(/ {2}/g, ' &nbsp;')}<br></div>`;

/** Plain text as HTML: a line a block, quotes as quotes. */
export function textToHtml(text: string): string {
  let depth = 0;
  let html = '';
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const marks = /^(?:> ?)+/.exec(line)?.[0] ?? '';
    const wanted = Math.min(50, marks.replaceAll(' ', '').length);
    for (; depth < wanted; depth++) html += '<blockquote type="cite">';
    for (; depth > wanted; depth--) html += '</blockquote>';
    html += lineOf(line.slice(marks.length));
  }
  return html + '</blockquote>'.repeat(depth);
}

/** Would cleaned HTML lose anything but its markup as plain text? */
export function losesAsText(html: string): boolean {
  if (/<(?!\/?(?:div|p|br|span|blockquote|a)\b)[a-z/]/i.test(html)) return true;
  if (/<[a-z]+[^>]*\s(?:style|align|color|bgcolor|dir)=/i.test(html)) return true;
  return [...html.matchAll(/<a\b[^>]*\bhref="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi)].some(
    ([, href = '', words = '']) => !href.includes(words.trim().replace(/\/$/, '')),
  );
}

/** The signature of an identity as a block that can be found and changed. */
export function signatureBlock(identity: Pick<Identity, 'signature' | 'signatureHtml'>): string {
  const inner = identity.signatureHtml || (identity.signature === '' ? '' : textToHtml(identity.signature));
  return inner === '' ? '' : `<div data-signature>${inner}</div>`;
}

/** Path under which a picture of a draft is shown. */
export const picturePath = (draft: string, attachment: string): string =>
  `/compose/file/${draft}/${attachment}`;

/** The pictures that stand in the text of a draft. */
export const picturesOf = (
  draft: string,
  attachments: readonly DraftAttachment[],
): readonly WrittenPicture[] =>
  attachments.flatMap(({ id, contentId }) =>
    contentId === undefined ? [] : [{ address: picturePath(draft, id), contentId }],
  );

/** The pictures of a letter that is no draft yet: they are shown out of the other message. */
const startPictures = (
  account: Account,
  draft: string,
  seed: Seed,
  start: Start,
): readonly WrittenPicture[] =>
  start.attachments.flatMap((file, index) =>
    file.isInline
      ? [
          {
            address: `${picturePath(draft, `a${index + 1}`)}?seed=${encodeURIComponent(seedText(seed))}`,
            contentId: contentIdOf(account, draft, `a${index + 1}`),
          },
        ]
      : [],
  );

/** The text of the other message as HTML; undefined when it has none that can be shown. */
async function readOriginal(
  seed: Seed,
  start: Start,
  parts: StartParts,
  draft: string,
): Promise<string | undefined> {
  const message = start.hasHtml ? await parts.mailbox.readMessage(seed.id, seed.folder) : undefined;
  if (!message) return undefined;
  const tokens: Record<string, string> = {};
  for (const [index, file] of start.attachments.entries())
    if (file.isInline && file.part !== undefined) tokens[file.part] = `a${index + 1}`;
  const cleaned = await parts.reader.cleanHtml(message, {
    inlineAddress: { prefix: picturePath(draft, ''), tokens },
  });
  return cleaned.ok ? cleaned.html.toString() : undefined;
}

/** A letter with formatting as it starts. `identity`: under which it is written. */
export async function startHtml(
  seed: Seed | undefined,
  start: Start | undefined,
  identity: Identity,
  parts: StartParts,
  draft: string,
): Promise<string> {
  const { choices, account, reader } = parts;
  const signature = signatureBlock(identity);
  if (!seed || !start || seed.kind === 'attach')
    return `${emptyLine}${signature === '' ? '' : `${emptyLine}${signature}`}`;
  const original = await readOriginal(seed, start, parts, draft);
  const clean = async (html: string): Promise<string> =>
    (
      await reader.cleanWritten(html, {
        pictures: startPictures(account, draft, seed, start),
        use: 'editor',
      })
    )?.html ?? textToHtml(start.fields.body);
  if (seed.kind === 'edit') return clean(original ?? textToHtml(start.fields.body));
  const isForward = seed.kind === 'forward';
  if (!isForward && choices.replyQuote === 'none')
    return clean(`${emptyLine}${signature === '' ? '' : `${emptyLine}${signature}`}`);
  const head = start.head.map(lineOf).join('');
  // Without HTML the text of the form has the quote, and the signature stands in it already.
  if (original === undefined) {
    const bare = start.fields.body.replace(identity.signature === '' ? /$^/ : identity.signature, '');
    return clean(arrange(textToHtml(bare.replace(/^\n+|\n+$/g, '')), signature, isForward, choices));
  }
  const quote = isForward
    ? `${head}${emptyLine}<div>${original}</div>`
    : `${head}<blockquote type="cite">${original}</blockquote>`;
  return clean(arrange(quote, signature, isForward, choices));
}

function arrange(
  quote: string,
  signature: string,
  isForward: boolean,
  choices: StartParts['choices'],
): string {
  const behind = signature === '' ? '' : `${emptyLine}${signature}`;
  if (!isForward && choices.replyQuote === 'above') return `${quote}${emptyLine}${emptyLine}${behind}`;
  return choices.signaturePlace === 'above'
    ? `${emptyLine}${behind}${emptyLine}${quote}`
    : `${emptyLine}${emptyLine}${quote}${behind}`;
}
