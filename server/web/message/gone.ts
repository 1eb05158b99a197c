// V11 (spec/webmail.md): a message that was moved or deleted meanwhile, or never was there: the same page.
import type { Request, Response } from 'express';
import { folderPath } from '../shell/frame.ts';
import type { Web } from '../types.ts';

export function showGone(web: Web, req: Request, res: Response, folder: string | undefined): Promise<void> {
  return web.render(req, res, {
    view: 'message/gone',
    title: web.words(req)('message.goneTitle'),
    status: 404,
    folder,
    pageClass: 'page-error',
    model: { folderHref: folderPath(folder ?? 'INBOX') },
  });
}
