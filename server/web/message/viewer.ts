// One file of a message looked at (spec/webmail.md A4, 3.10):
//   GET /m/<id>/view/<part>   pictures, text, cards, messages inside, HTML as a mail, sound and film; with
//                             X-Fragment `dialog` the same as a part for the dialog over the message
//   GET /m/<id>/open/<part>   to a PDF under an address of its own that needs no cookie
// What a part is, its bytes say; nothing in it is ever a page of ours.
import type { Request, Response } from 'express';
import { fileKind } from '../../message/names.ts';
import { depthOf, holderOf, isPartAddress, maxInside } from '../../message/part-address.ts';
import { signToken } from '../../message/signed.ts';
import { sniffType } from '../../message/sniff.ts';
import type { MessageView, PartLook } from '../../message/types.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { type PartToken, picturePrefix } from './cleaned.ts';
import { dangerLines } from './danger-words.ts';
import { type FileModel, fileModels, filesModel, iconOf } from './files.ts';
import { peopleOf, personOf, textPieces } from './model.ts';
import { folderOf, type OpenedMessage, openMessage } from './open.ts';
import { findPart } from './part.ts';
import { offeredCharsets } from './reading.ts';

/** Seconds for which a PDF's own address is good: long enough to read it and to load it again. */
const pdfLife = 3600;

interface Looked {
  readonly opened: OpenedMessage;
  readonly address: string;
  readonly look: PartLook;
}

async function lookAt(web: Web, req: Request): Promise<Looked | undefined> {
  const address = oneValue(req.params.part);
  if (!isPartAddress(address)) return undefined;
  const opened = await openMessage(web, req, oneValue(req.params.id), folderOf(req));
  const look =
    opened && !opened.cut
      ? await web.reader.look(opened.bytes, address, {
          charset: charsetOf(req),
          text: oneValue(req.query.text) === 'all' ? 'all' : 'usual',
        })
      : undefined;
  return opened && look && { opened, address, look };
}

function charsetOf(req: Request): string {
  const wanted = oneValue(req.query.cs).toLowerCase();
  return offeredCharsets.includes(wanted) ? wanted : '';
}

/** The files among which this one stands: those of the message, or of the message inside in which it lies. */
async function filesAround(
  web: Web,
  { opened, address }: Looked,
  place: { readonly id: string; readonly folder: string },
): Promise<{ readonly holder: string; readonly files: readonly FileModel[] }> {
  const whole = fileModels((await web.reader.view(opened.bytes)).attachments, place, false);
  if (whole.some((file) => file.part === address)) return { holder: '', files: whole };
  const holder = holderOf(address);
  if (holder === '') return { holder: '', files: [] };
  const view = await web.reader.view(opened.bytes, { inside: holder });
  return { holder, files: fileModels(view.attachments, place, false) };
}

export async function showPart(web: Web, req: Request, res: Response): Promise<void> {
  const looked = await lookAt(web, req);
  if (!looked) return web.fail(req, res, 404, 'message.fileGone');
  const { opened, address, look } = looked;
  const id = oneValue(req.params.id);
  const { folder } = opened.located.row;
  const t = web.words(req);
  const { holder, files } = await filesAround(web, looked, { id, folder });
  const viewed = files.filter((file) => file.isViewed);
  const at = viewed.findIndex((file) => file.part === address);
  const name = cleanLine(files.find((file) => file.part === address)?.name ?? look.name);
  const place = `in=${encodeURIComponent(folder)}`;
  const path = `/m/${id}/part/${address}/${encodeURIComponent(name)}?${place}`;
  const kind = fileKind(look.content.kind === 'picture' ? look.content.type : look.part.type, name);
  const here = withField(req.originalUrl, 'u', undefined);
  const isHeldBack = look.dangers.length > 0 && web.blocksHarmful === true;
  const content = isHeldBack && look.content.kind !== 'text' ? ({ kind: 'none' } as const) : look.content;
  const file = {
    id,
    name,
    kind: t(`file.kind.${kind.kind}`, { type: kind.type }),
    icon: iconOf(sniffedOf(look) || look.part.type),
    size: look.size,
    content: content.kind,
    reasons: dangerLines(look.dangers, t),
    /** For what shows by its bytes: the question is for saving. */
    source: `${path}&anyway=1`,
    downloadHref: `${path}&dl=1`,
    back: holder === '' ? `/m/${id}?${place}` : `/m/${id}/view/${holder}?${place}`,
    previous: at > 0 ? (viewed[at - 1]?.href ?? '') : '',
    next: at >= 0 ? (viewed[at + 1]?.href ?? '') : '',
    n: at + 1,
    of: viewed.length,
    openHref: `/m/${id}/open/${address}?${place}`,
    frameHref: `/m/${id}/body?${place}&part=${address}`,
    isPageShown: oneValue(req.query.page) === '1',
    pageHref: withField(here, 'page', '1'),
    allHref: withField(here, 'text', 'all'),
    ...contentModel(content),
    message: content.kind === 'message' ? await innerMessage(web, req, looked) : undefined,
  };
  if (web.fragment(req) === 'dialog') {
    res.type('html').send(await web.renderPart(req, 'message/view', { file }));
    return;
  }
  await web.render(req, res, {
    view: 'message/view-page',
    title: name,
    folder,
    pageClass: 'page-view',
    model: { file },
  });
}

const sniffedOf = ({ content }: PartLook): string => ('type' in content ? content.type : '');

/** What the template draws of the content. */
function contentModel(content: PartLook['content']) {
  const none = { pieces: [], cards: [], lines: false, truncated: false, width: 0, height: 0 };
  switch (content.kind) {
    case 'picture':
      return { ...none, width: content.width, height: content.height };
    case 'text':
      return {
        ...none,
        pieces: textPieces(content.blocks),
        lines: content.lines,
        truncated: content.truncated,
      };
    case 'cards':
      return {
        ...none,
        cards: content.cards.map((card) => ({
          name: cleanLine(card.name),
          /** The form of a new contact, filled for a look before it is kept. */
          addFields: new URLSearchParams({
            name: cleanLine(card.name),
            address: cleanLine(card.fields.find((field) => field.kind === 'email')?.value ?? ''),
          }).toString(),
          fields: card.fields.map((field) => ({ ...field, value: cleanLines(field.value, 1000) })),
        })),
      };
    default:
      return none;
  }
}

/** A message inside: its header, its text, its files. Pictures of the web stay where they are. */
async function innerMessage(web: Web, req: Request, { opened, address }: Looked) {
  if (depthOf(address) > maxInside) return { tooDeep: true };
  const id = oneValue(req.params.id);
  const { folder } = opened.located.row;
  const charset = charsetOf(req);
  const view: MessageView = await web.reader.view(opened.bytes, { inside: address, charset });
  const fields = new URLSearchParams({ in: folder, inside: address, ...(charset ? { cs: charset } : {}) });
  const asHtml = view.hasHtml && oneValue(req.query.body) !== 'text';
  const here = withField(req.originalUrl, 'u', undefined);
  return {
    tooDeep: false,
    subject: cleanLine(view.subject, 1000),
    from: view.from.slice(0, 20).map(personOf),
    to: peopleOf(view.to),
    cc: peopleOf(view.cc),
    sent: view.sent,
    asHtml,
    bodyHref: `/m/${id}/body?${fields}`,
    switchHref: view.hasHtml ? withField(here, 'body', asHtml ? 'text' : undefined) : '',
    pieces: asHtml ? [] : textPieces(view.blocks),
    truncated: view.truncated && !asHtml,
    notes: view.notes,
    ...filesModel(view.attachments, { id, folder, inside: address }, asHtml),
  };
}

/** A PDF goes to an address of its own, where no cookie follows it. */
export async function openPdf(web: Web, req: Request, res: Response): Promise<void> {
  const found = await findPart(web, req);
  if (!found || sniffType(found.file.body) !== 'application/pdf')
    return web.fail(req, res, 404, 'message.fileGone');
  const { id, folder } = found.opened.located.row;
  const payload: PartToken & { readonly v: string } = {
    a: web.session(req).account.address,
    m: id,
    f: folder,
    p: oneValue(req.params.part),
    v: 'pdf',
  };
  res.redirect(302, picturePrefix + signToken(web.key, payload, pdfLife));
}
