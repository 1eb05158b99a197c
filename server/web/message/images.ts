// GET /i/<token>: what is shown without a cookie. The frame of a message is an opaque origin and sends none, so the token
// carries the right (spec/webmail.md 3.2): one part of one message of one account, or one address of the web that its
// reader allowed. Answers pictures by their bytes, a PDF where the token is for one, and nothing else; a broken token is
// a plain 404. Pictures of the web are kept for a week, so that their owner is asked once.
import { lookup } from 'node:dns/promises';
import type { Request, Response } from 'express';
import { contentDisposition } from '../../message/names.ts';
import { createPictureGate, fetchPicture } from '../../message/remote-picture.ts';
import { readToken } from '../../message/signed.ts';
import { pictureTypes, sniffType } from '../../message/sniff.ts';
import { setHeaders } from '../shell/headers.ts';
import { oneValue } from '../shell/paths.ts';
import type { Web } from '../types.ts';
import { readFrom } from './open.ts';
import { sendBytes } from './part.ts';

const pictureHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // the frame is another origin to the browser: same-origin here would break every picture (spec/webmail.md 3.2)
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Content-Disposition': 'inline',
};

/** A PDF without `sandbox`: browsers refuse to run their viewer in one (measured in Chromium). */
const pdfHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

interface Found {
  readonly type: string;
  readonly body: Buffer;
  readonly name: string;
}

export function sendPicture(web: Web): (req: Request, res: Response) => Promise<void> {
  const gate = createPictureGate();
  const resolve = async (host: string) => (await lookup(host, { all: true })).map((found) => found.address);

  const findRemote = async (url: string, user: string): Promise<Found | undefined> => {
    if (web.showsWebPictures === false) return undefined;
    const kept = await web.keptPictures.get(url);
    if (kept) {
      const type = sniffType(kept);
      return pictureTypes.has(type) ? { type, body: kept, name: '' } : undefined;
    }
    const result = await gate.run(user, () => fetchPicture(url, { resolve, ...web.pictures }));
    if (!result.ok) return undefined;
    await web.keptPictures.put(url, result.body);
    return { type: result.type, body: result.body, name: '' };
  };

  const findPart = async (token: Record<string, unknown>): Promise<Found | undefined> => {
    const { a: account, m: id, f: folder, p: part, u: url, c: context, v: view } = token;
    if (typeof url === 'string' && typeof context === 'string')
      return findRemote(url, context.split(' ', 1)[0] as string);
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
    const found = opened && !opened.cut ? await web.reader.part(opened.bytes, part) : undefined;
    if (!found) return undefined;
    const type = sniffType(found.body);
    const isWanted = view === 'pdf' ? type === 'application/pdf' : pictureTypes.has(type);
    return isWanted ? { type, body: found.body, name: found.name } : undefined;
  };

  return async (req, res) => {
    const token = readToken(web.key, oneValue(req.params.token));
    const found = token && (await findPart(token));
    setHeaders(res, pictureHeaders);
    if (!found) {
      res.setHeader('Cache-Control', 'no-store');
      res.status(404).type('text/plain').send('No picture.\n');
      return;
    }
    if (found.type === 'application/pdf') {
      setHeaders(res, pdfHeaders);
      res.setHeader('Content-Disposition', contentDisposition('inline', found.name));
      res.setHeader('Cache-Control', 'private, no-store');
      return sendBytes(req, res, found.type, found.body);
    }
    // the token expires; until then the bytes behind it do not change
    res.setHeader('Cache-Control', 'private, max-age=3600, immutable');
    sendBytes(req, res, found.type, found.body);
  };
}
