// The body of a message made ready for views/message/body.ejs: its formatting in a frame or its text, what the bars above
// it say and offer, and its files (spec/webmail.md 3.2 to 3.12, A1). One model for the message's own page, the pane, a
// conversation and the print view. What cannot be shown becomes a note, never an error.
import type { Request } from 'express';
import type { Folder } from '../../mailbox/types.ts';
import type { CleanHtml, MessageView, TextBlock } from '../../message/types.ts';
import { markerOf } from '../search/marks.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { cleanBodyOf } from './cleaned.ts';
import { filesModel } from './files.ts';
import { textPieces } from './model.ts';
import type { FoundMessage } from './open.ts';
import { offeredCharsets, type Reading, readingFields, readingOf } from './reading.ts';

/** Characters of text that are shown before "Show all" (spec/webmail.md 3.9). */
const usualText = 200_000;
/** Links of which the page knows where they lead. */
const mostLinks = 500;

const problemWords = {
  'too-large': 'message.htmlTooLarge',
  'too-slow': 'message.htmlTooSlow',
  failed: 'message.htmlFailed',
} as const;

/** The first blocks of a text, at most so many characters; `isCut` when that is not all. */
export function cutBlocks(
  blocks: readonly TextBlock[],
  most: number,
): { readonly blocks: readonly TextBlock[]; readonly isCut: boolean } {
  const kept: TextBlock[] = [];
  let left = most;
  for (const block of blocks) {
    const runs: TextBlock['runs'][number][] = [];
    for (const run of block.runs) {
      if (left <= 0) break;
      const text = run.text.length > left ? run.text.slice(0, left).toWellFormed() : run.text;
      runs.push(text === run.text ? run : { text });
      left -= text.length;
    }
    if (runs.length > 0) kept.push({ ...block, runs });
    if (left <= 0) return { blocks: kept, isCut: true };
  }
  return { blocks: kept, isCut: false };
}

/** Text without anything to follow: mail in Junk. */
const withoutLinks = (blocks: readonly TextBlock[]): readonly TextBlock[] =>
  blocks.map((block) => ({ ...block, runs: block.runs.map(({ text }) => ({ text })) }));

/** How the text of an opened message is to be read by the worker. */
export const viewOptionsOf = (req: Request) => {
  const charset = oneValue(req.query.cs).toLowerCase();
  return {
    charset: offeredCharsets.includes(charset) ? charset : '',
    text: oneValue(req.query.text) === 'all' ? ('all' as const) : ('usual' as const),
  };
};

/** The fields of the request that the frame must know. */
function frameFields(req: Request, folder: string): URLSearchParams {
  const fields = new URLSearchParams({ in: folder });
  for (const name of readingFields) {
    const value = oneValue(req.query[name]);
    if (value !== '' && name !== 'body' && name !== 'text' && name !== 'font')
      fields.set(name, value.slice(0, 1000));
  }
  return fields;
}

/** `here`: the address of the page that shows the message; its links lead back to it. */
export async function bodyModel(
  web: Web,
  req: Request,
  message: {
    readonly opened: FoundMessage;
    readonly view: MessageView;
    readonly role: Folder['role'] | undefined;
    readonly here: string;
  },
) {
  const { opened, view, role, here } = message;
  const { id, folder, size } = opened.located.row;
  const t = web.words(req);
  const reading = readingOf(web, req, { id, view, role });
  const wantsHtml = view.hasHtml && reading.body === 'html' && !opened.cut;
  const cleaned = wantsHtml ? await cleanHtmlOf(web, req, opened, view, reading) : undefined;
  const shown = cleaned?.ok === true ? cleaned : undefined;
  const asHtml = shown !== undefined;
  const blocks = asHtml ? [] : reading.plainLinks ? withoutLinks(view.blocks) : view.blocks;
  const cut = cutBlocks(blocks, reading.wholeText ? Number.POSITIVE_INFINITY : usualText);
  const hasLinks = asHtml
    ? role === 'junk'
    : role === 'junk' && view.blocks.some((block) => block.runs.some((run) => run.href !== undefined));
  const isUnclear = view.notes.includes('characters');
  const strict = web.choices(req).strictFrame;
  const fields = frameFields(req, folder);
  return {
    wantsHtml,
    asHtml,
    bodyHref: `/m/${id}/body?${fields}`,
    sandbox: `allow-popups allow-popups-to-escape-sandbox${strict ? '' : ' allow-scripts'}`,
    darkAware: shown?.darkAware === true,
    /** Where the links of the frame lead, in their order, for the line at the foot (3.7). */
    links: JSON.stringify(shown?.links.slice(0, mostLinks).map((host) => cleanLine(host, 200)) ?? []),
    plainLinks: reading.plainLinks && hasLinks,
    linksHref: withField(here, 'links', 'show'),
    /** The HTML was not shown: '' or the reason in words, and the link that tries harder. */
    htmlProblem: cleaned?.ok === false && cleaned.reason !== 'none' ? t(problemWords[cleaned.reason]) : '',
    largeHref:
      cleaned?.ok === false && !reading.large && cleaned.reason !== 'none'
        ? withField(here, 'large', '1')
        : '',
    /** What the switch would show: '' when there is nothing to switch. */
    switchTo: view.hasHtml ? (asHtml ? 'text' : 'html') : '',
    /** Only where it can be seen: mail with colours of its own, in a dark theme. */
    paperTo:
      asHtml && reading.paper === 'dark' ? 'light' : asHtml && shown?.darkAware === false ? 'dark' : '',
    fontHref: asHtml ? '' : withField(here, 'font', reading.fixedWidth ? undefined : 'fixed'),
    fixedWidth: reading.fixedWidth,
    pieces: textPieces(cut.blocks),
    /** Marks what was searched for, when the message was opened from a search (Q6). */
    marker: markerOf(oneValue(req.query.q).slice(0, 1000), []),
    allHref:
      cut.isCut || (view.truncated && !reading.wholeText && !asHtml) ? withField(here, 'text', 'all') : '',
    truncated: view.truncated && !asHtml && reading.wholeText,
    textSize: size,
    pictures: asHtml ? reading.pictures : { ...reading.pictures, state: 'none' as const },
    picturesOffBySite: web.showsWebPictures === false,
    notes: [
      ...view.notes
        .filter((note) => note !== 'characters' || reading.charset === '')
        .map((note) => t(`reading.note.${note}`)),
      ...(opened.cut ? [t('message.cut')] : []),
    ],
    mark: markOf(web, req, view, { id, folder }),
    charset: reading.charset,
    charsets: isUnclear || reading.asksCharset ? offeredCharsets : [],
    charsetFields: [...new URLSearchParams(withField(here, 'cs', undefined).split('?')[1] ?? '')],
    charsetPath: here.split('?')[0] as string,
    charsetHref: withField(here, 'cs', 'ask'),
    ...filesModel(view.attachments, { id, folder }, asHtml),
  };
}

function cleanHtmlOf(
  web: Web,
  req: Request,
  opened: FoundMessage,
  view: MessageView,
  reading: Reading,
): Promise<CleanHtml<Buffer>> {
  return cleanBodyOf(web, web.session(req).account, opened, {
    remote: reading.pictures.state === 'shown',
    large: reading.large,
    inside: view.bodyInside,
    part: '',
    charset: reading.charset,
    plainLinks: reading.plainLinks,
    plainColours: reading.paper === 'dark',
  });
}

/** What stands above a protected message (spec/webmail.md 3.12); undefined for all others. */
function markOf(
  web: Web,
  req: Request,
  { protection }: MessageView,
  { id, folder }: { readonly id: string; readonly folder: string },
): { readonly words: string; readonly isEncrypted: boolean; readonly blockHref: string } | undefined {
  if (!protection) return undefined;
  const { kind, by, signer, part } = protection;
  const t = web.words(req);
  const name = cleanLine(signer);
  return {
    words:
      kind === 'signed' && name !== ''
        ? t('reading.mark.signedBy', { name })
        : t(`reading.mark.${kind}.${by}`),
    isEncrypted: kind === 'encrypted',
    blockHref: part === '' ? '' : `/m/${id}/part/${part}/message.asc?in=${encodeURIComponent(folder)}&dl=1`,
  };
}
