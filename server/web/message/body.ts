// GET /m/<id>/body: the HTML of a message as a document of its own for the sandboxed frame (spec/webmail.md 3.2).
// ?inside=<part>: of the message that a part holds; ?part=<part>: a part that is itself a page of HTML. The cookie comes
// with the frame's own request; the document then has no origin at all. What is in it is cleaned.ts' work.
import type { Request, Response } from 'express';
import { frameDocument } from '../../message/frame.ts';
import { isPartAddress } from '../../message/part-address.ts';
import { compressPage, encodingFor } from '../shell/compress.ts';
import { readTastes } from '../shell/cookies.ts';
import { oneValue } from '../shell/paths.ts';
import { escapeHtml } from '../shell/templates.ts';
import type { Web } from '../types.ts';
import { cleanBodyOf } from './cleaned.ts';
import { showGone } from './gone.ts';
import { findMessage, folderOf, insideOf } from './open.ts';
import { readingOf } from './reading.ts';
import { roleOf } from './show.ts';
import { viewOf } from './views.ts';

export async function sendBody(web: Web, req: Request, res: Response): Promise<void> {
  const id = oneValue(req.params.id);
  const { account } = web.session(req);
  const opened = await findMessage(web, req, id, folderOf(req));
  const view = opened && !opened.cut ? await viewOf(web, account, opened) : undefined;
  if (!opened || !view) return showGone(web, req, res, folderOf(req));
  const role = roleOf(await opened.mailbox.folders(), opened.located.row.folder);
  const reading = readingOf(web, req, { id, view, role });
  const inside = insideOf(req);
  const part = oneValue(req.query.part);
  const isMain = inside === '' && part === '';
  const cleaned = await cleanBodyOf(web, account, opened, {
    // What lies inside was sent by somebody else: nothing was allowed for him.
    remote: isMain && reading.pictures.state === 'shown',
    large: reading.large,
    inside: isMain ? view.bodyInside : inside,
    part: isPartAddress(part) ? part : '',
    charset: reading.charset,
    plainLinks: reading.plainLinks,
    plainColours: reading.paper === 'dark',
  });
  const { theme } = readTastes(req);
  const own = oneValue(req.query.own) === '1';
  const isStill = own || web.choices(req).strictFrame;
  const html = cleaned.ok
    ? cleaned.html
    : Buffer.from(`<p>${escapeHtml(web.words(req)('message.htmlUnshown'))}</p>`);
  const document = frameDocument(html, {
    theme: theme === 'system' ? 'auto' : theme,
    darkAware: cleaned.ok && cleaned.darkAware,
    strict: isStill,
  });
  // spec/webmail.md 3.2: these headers and no others; COOP would not fit a framed document
  for (const name of ['Cross-Origin-Opener-Policy', 'X-Frame-Options']) res.removeHeader(name);
  res.setHeader('Content-Security-Policy', document.csp);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cache-Control', 'private, no-store');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  const encoding = encodingFor(req, document.html.length);
  const answer = encoding ? await compressPage(document.html, encoding) : document.html;
  if (encoding) res.setHeader('Content-Encoding', encoding);
  res.status(200).end(req.method === 'HEAD' ? undefined : answer);
}
