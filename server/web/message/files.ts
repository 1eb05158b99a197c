// The files of a message: the list under its text (spec/webmail.md A1) and all of them as one archive (A3):
//   GET /m/<id>/all.zip   ?in= ?inside=<part> of a message inside; ?anyway=1 after the question
// Names are cleaned and unique; where a file can be looked at, its name leads to the viewer, else to the download.
import type { Request, Response } from 'express';
import { type Danger, isRiskyName } from '../../message/danger.ts';
import { type FileKind, fileKind, uniqueNames } from '../../message/names.ts';
import { depthOf, maxInside } from '../../message/part-address.ts';
import { pictureTypes } from '../../message/sniff.ts';
import type { Attachment, Part } from '../../message/types.ts';
import { isViewable } from '../../message/viewable.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { sendZip, type ZipEntry } from '../shell/zip.ts';
import type { Web } from '../types.ts';
import { dangerLines } from './danger-words.ts';
import { folderOf, insideOf, type OpenedMessage, openMessage } from './open.ts';

export interface FileModel {
  readonly part: string;
  readonly name: string;
  readonly kind: FileKind;
  /** What the words of the kind name. */
  readonly kindType: string;
  readonly size: number;
  readonly icon: string;
  /** The viewer, or the download. */
  readonly href: string;
  readonly isViewed: boolean;
  readonly downloadHref: string;
  /** A small form of the picture for the list; '' for other files. */
  readonly thumbHref: string;
  readonly isRisky: boolean;
}

/** How many attachments are shown before "Show all". */
export const shownAttachments = 4;
/** Pictures that are drawn in the list, and how large they may be. Bytes. */
const mostThumbs = 12;
const largestThumb = 1024 * 1024;

/** Where the files of a message are. */
export interface FilePlace {
  readonly id: string;
  readonly folder: string;
}

/** The list under the message: pictures that the shown HTML uses are left out, unless the text is shown. */
export function fileModels(
  attachments: readonly Attachment[],
  { id, folder }: FilePlace,
  shownAsHtml: boolean,
): readonly FileModel[] {
  const listed = attachments.filter((attachment) => !(attachment.inline && shownAsHtml));
  const names = uniqueNames(listed.map((attachment) => cleanLine(attachment.name)));
  let thumbs = 0;
  return listed.map((attachment, index) => {
    const name = names[index] as string;
    const { part, type, sniffed, size } = attachment;
    const place = `in=${encodeURIComponent(folder)}`;
    const path = `/m/${id}/part/${part}/${encodeURIComponent(name)}?${place}`;
    const isViewed = isViewable({ type, sniffed, name }) && depthOf(part) <= maxInside;
    const hasThumb = pictureTypes.has(sniffed) && size <= largestThumb && ++thumbs <= mostThumbs;
    const { kind, type: kindType } = fileKind(sniffed.startsWith('image/') ? sniffed : type, name);
    return {
      part,
      name,
      kind,
      kindType,
      size,
      icon: iconOf(sniffed || type),
      href: isViewed ? `/m/${id}/view/${part}?${place}` : `${path}&dl=1`,
      isViewed,
      downloadHref: `${path}&dl=1`,
      // By its bytes it is a picture, whatever its name says.
      thumbHref: hasThumb ? `${path}&anyway=1` : '',
      isRisky: isRiskyName(name),
    };
  });
}

export function iconOf(type: string): string {
  if (type.startsWith('image/')) return 'file-image';
  if (type.startsWith('audio/')) return 'file-audio';
  if (type.startsWith('video/')) return 'file-video';
  if (type.startsWith('message/')) return 'mail';
  if (/zip|compressed|x-tar|rar/.test(type)) return 'file-archive';
  return type.startsWith('text/') || type === 'application/pdf' ? 'file-text' : 'file';
}

/** What stands under a message: its files, and how many before "Show all". */
export function filesModel(
  attachments: readonly Attachment[],
  place: FilePlace & { readonly inside?: string },
  shownAsHtml: boolean,
) {
  const files = fileModels(attachments, place, shownAsHtml);
  const fields = new URLSearchParams({ in: place.folder, ...(place.inside ? { inside: place.inside } : {}) });
  return {
    attachments: files,
    shownAttachments: files.length > shownAttachments + 1 ? shownAttachments : files.length,
    zipHref: files.length > 1 ? `/m/${place.id}/all.zip?${fields}` : '',
  };
}

/** All files in one archive; with harmful ones in it, after a question. */
export async function sendAll(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const inside = insideOf(req);
  const opened = await openMessage(web, req, id, folderOf(req));
  const view = opened && !opened.cut ? await web.reader.view(opened.bytes, { inside }) : undefined;
  const listed = view?.attachments.filter((attachment) => !attachment.inline) ?? [];
  if (!opened || !view || listed.length === 0) return web.fail(req, res, 404, 'message.fileGone');
  const { folder, subject, received } = opened.located.row;
  const dangers = await web.reader.dangers(opened.bytes, listed);
  const harmful = listed.flatMap((file, i) =>
    dangers[i]?.length === 0 ? [] : [{ file, dangers: dangers[i] }],
  );
  const path = `/m/${id}/all.zip?${new URLSearchParams({ in: folder, ...(inside ? { inside } : {}) })}`;
  const blocks = web.blocksHarmful === true;
  const safe = listed.filter((_file, i) => dangers[i]?.length === 0);
  if (harmful.length > 0 && oneValue(req.query.anyway) !== '1') {
    return askBeforeAll(web, req, res, {
      harmful: harmful.map((one) => ({ name: cleanLine(one.file.name), dangers: one.dangers })),
      back: `/m/${id}?in=${encodeURIComponent(folder)}`,
      href: blocks && safe.length === 0 ? '' : `${path}&anyway=1`,
      folder,
    });
  }
  const given = blocks ? safe : listed;
  if (given.length === 0) return web.fail(req, res, 404, 'message.fileGone');
  await sendZip(
    req,
    res,
    `${cleanLine(subject, 80) || 'attachments'}.zip`,
    entriesOf(web, opened, given, received),
  );
}

function askBeforeAll(
  web: Web,
  req: Request,
  res: Response,
  ask: {
    readonly harmful: readonly { readonly name: string; readonly dangers: readonly Danger[] | undefined }[];
    readonly back: string;
    /** '' when nothing is left to be given. */
    readonly href: string;
    readonly folder: string;
  },
): Promise<void> {
  const t = web.words(req);
  return web.render(req, res, {
    view: 'message/warn-all',
    title: t('danger.zipTitle'),
    folder: ask.folder,
    pageClass: 'page-narrow',
    model: {
      files: ask.harmful.map(({ name, dangers }) => ({ name, reasons: dangerLines(dangers, t) })),
      blocked: web.blocksHarmful === true,
      href: ask.href,
      back: ask.back,
    },
  });
}

/** The files one after the other. Plain parts are cut out of the message, so that it is not copied for each. */
async function* entriesOf(
  web: Web,
  opened: OpenedMessage,
  files: readonly Attachment[],
  time: number,
): AsyncGenerator<ZipEntry> {
  const leaves = new Map<string, Part>();
  const stack = [await web.reader.structure(opened.bytes)];
  for (let part = stack.pop(); part; part = stack.pop()) {
    if (part.parts.length === 0) leaves.set(part.number, part);
    stack.push(...part.parts);
  }
  const names = uniqueNames(files.map((file) => cleanLine(file.name)));
  for (const [i, file] of files.entries()) {
    const leaf = leaves.get(file.part);
    const content = leaf
      ? await web.reader.decode(opened.bytes.subarray(leaf.start, leaf.end), leaf.encoding)
      : (await web.reader.part(opened.bytes, file.part))?.body;
    if (!content) throw new Error(`part ${file.part} of a message could not be read for its archive`);
    yield { name: names[i] as string, content, time };
  }
}
