// Attachments as files (spec/webmail.md 3.11): GET /m/<id>/part/<n>/<name>. The type is what the bytes say, from a short
// list, never the sender's word; everything else is a download. Files that can do harm are asked about first, or not
// given out at all where the administrator says so. Sound and film come in ranges.
import type { Request, Response } from 'express';
import { decodeText } from '../../message/charset.ts';
import { contentDisposition, fileKind } from '../../message/names.ts';
import { isPartAddress } from '../../message/part-address.ts';
import { servedType, sniffType, viewedPictures } from '../../message/sniff.ts';
import type { PartFile } from '../../message/types.ts';
import { cleanLine } from '../shell/foreign.ts';
import { fileHeaders, setHeaders } from '../shell/headers.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { dangerLines } from './danger-words.ts';
import { folderOf, type OpenedMessage, openMessage } from './open.ts';

/** Longer texts are downloads; the viewer shows their beginning. Bytes. */
const longestText = 1024 * 1024;

/** Sends bytes with their own headers; HEAD gets the same without the bytes. */
export function sendBytes(req: Request, res: Response, type: string, bytes: Buffer): void {
  // res.type and res.send would add a charset of their own
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', bytes.length);
  res.status(200).end(req.method === 'HEAD' ? undefined : bytes);
}

/** One range of RFC 9110 14.2; undefined: all of it. */
export function rangeOf(
  header: string | undefined,
  length: number,
): { from: number; to: number } | 'none' | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const last = length - 1;
  const from = found[1] === '' ? Math.max(0, length - Number(found[2])) : Number(found[1]);
  const to = found[1] === '' || found[2] === '' ? last : Math.min(last, Number(found[2]));
  return from > to ? 'none' : { from, to };
}

/** The same in ranges, for players. */
function sendRanges(req: Request, res: Response, type: string, bytes: Buffer): void {
  res.setHeader('Accept-Ranges', 'bytes');
  const range = rangeOf(req.headers.range, bytes.length);
  if (range === undefined) return sendBytes(req, res, type, bytes);
  if (range === 'none') {
    res.setHeader('Content-Range', `bytes */${bytes.length}`);
    res.status(416).end();
    return;
  }
  const piece = bytes.subarray(range.from, range.to + 1);
  res.setHeader('Content-Range', `bytes ${range.from}-${range.to}/${bytes.length}`);
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', piece.length);
  res.status(206).end(req.method === 'HEAD' ? undefined : piece);
}

/** The part that a request names. */
export async function findPart(
  web: Web,
  req: Request,
): Promise<{ readonly opened: OpenedMessage; readonly file: PartFile } | undefined> {
  const address = oneValue(req.params.part);
  if (!isPartAddress(address)) return undefined;
  const opened = await openMessage(web, req, oneValue(req.params.id), folderOf(req));
  const file = opened && !opened.cut ? await web.reader.part(opened.bytes, address) : undefined;
  return opened && file && { opened, file };
}

export async function sendPart(web: Web, req: Request, res: Response): Promise<void> {
  const found = await findPart(web, req);
  if (!found) return web.fail(req, res, 404, 'message.fileGone');
  const { opened, file } = found;
  const isAsked = oneValue(req.query.anyway) === '1' && web.blocksHarmful !== true;
  if (file.dangers.length > 0 && !isAsked) return askBefore(web, req, res, opened, file);
  const type = servedType(file.body);
  // plain text is shown as text/plain whatever else it may look like: sandboxed, without sniffing
  const asText =
    file.part.type === 'text/plain' && sniffType(file.body) === '' && file.body.length <= longestText;
  const isPlayed = /^(audio|video)\//.test(type);
  const inline = oneValue(req.query.dl) !== '1' && (viewedPictures.has(type) || asText || isPlayed);
  setHeaders(res, fileHeaders);
  res.setHeader('Content-Disposition', contentDisposition(inline ? 'inline' : 'attachment', file.name));
  if (inline && asText) {
    // The text in UTF-8, whatever charset it was sent in.
    const text = Buffer.from(decodeText(file.body, file.part.charset).text);
    return sendBytes(req, res, 'text/plain; charset=utf-8', text);
  }
  if (inline && isPlayed) return sendRanges(req, res, type, file.body);
  sendBytes(req, res, type, file.body);
}

/** The question, or the refusal, before a file that can do harm. */
async function askBefore(
  web: Web,
  req: Request,
  res: Response,
  opened: OpenedMessage,
  file: PartFile,
): Promise<void> {
  const t = web.words(req);
  const id = oneValue(req.params.id);
  const { folder } = opened.located.row;
  const [sender] = (await web.reader.view(opened.bytes)).from;
  const path = `/m/${id}/part/${oneValue(req.params.part)}/${encodeURIComponent(file.name)}`;
  const place = `in=${encodeURIComponent(folder)}`;
  // What it is by its bytes, where they tell: the name is what is in doubt.
  const kind = fileKind(sniffType(file.body) || file.part.type, file.name);
  return web.render(req, res, {
    view: 'message/warn',
    title: cleanLine(file.name),
    folder,
    pageClass: 'page-narrow',
    status: web.blocksHarmful ? 403 : 200,
    model: {
      reasons: dangerLines(file.dangers, t),
      name: cleanLine(file.name),
      kind: t(`file.kind.${kind.kind}`, { type: kind.type }),
      trueType: sniffType(file.body),
      size: file.body.length,
      sender: sender ? cleanLine(sender.name ? `${sender.name} <${sender.address}>` : sender.address) : '',
      href: web.blocksHarmful ? '' : `${path}?${place}&dl=1&anyway=1`,
      back: `/m/${id}?${place}`,
    },
  });
}
