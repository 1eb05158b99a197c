// GET /i/<token>: the pictures inside message frames. The frame is an opaque origin and sends no cookie, so the token
// carries the right (spec/webmail.md 3.2): either one part of one message of one account, or one address of the web
// that its reader allowed. Answers pictures by their bytes and nothing else; a broken token is a plain 404.
import { lookup } from 'node:dns/promises';
import type { Request, Response } from 'express';
import { createPictureGate, fetchPicture } from '../../message/remote-picture.ts';
import { readToken } from '../../message/signed.ts';
import { pictureTypes, sniffType } from '../../message/sniff.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { readFrom } from './open.ts';
import { sendBytes, setHeaders } from './part.ts';

const pictureHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // the frame is another origin to the browser: same-origin here would break every picture (spec/webmail.md 3.2)
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Content-Disposition': 'inline',
};

type Picture = { readonly type: string; readonly body: Buffer } | undefined;

export function sendPicture(web: Web): (req: Request, res: Response) => Promise<void> {
  const gate = createPictureGate();
  const resolve = async (host: string) => (await lookup(host, { all: true })).map((found) => found.address);

  const findPicture = async (token: Record<string, unknown>): Promise<Picture> => {
    const { a: account, m: id, f: folder, p: part, u: url, c: context } = token;
    if (typeof url === 'string' && typeof context === 'string') {
      const user = context.split(' ', 1)[0] as string;
      const result = await gate.run(user, () => fetchPicture(url, { resolve, ...web.pictures }));
      return result.ok ? result : undefined;
    }
    if (
      typeof account !== 'string' ||
      typeof id !== 'string' ||
      typeof folder !== 'string' ||
      typeof part !== 'string'
    ) {
      return undefined;
    }
    const owner = await web.accounts.findAccount(account);
    const opened = owner && (await readFrom(await web.mailboxes.open(owner), id, folder));
    const found = opened && (await web.reader.part(opened.bytes, part));
    if (!found) return undefined;
    const type = sniffType(found.body);
    return pictureTypes.has(type) ? { type, body: found.body } : undefined;
  };

  return async (req, res) => {
    const token = readToken(web.key, oneValue(req.params.token));
    const picture = token && (await findPicture(token));
    setHeaders(res, pictureHeaders);
    if (!picture) {
      res.setHeader('Cache-Control', 'no-store');
      res.status(404).type('text/plain').send('No picture.\n');
      return;
    }
    // the token expires; until then the bytes behind it do not change
    res.setHeader('Cache-Control', 'private, max-age=3600, immutable');
    sendBytes(req, res, picture.type, picture.body);
  };
}
