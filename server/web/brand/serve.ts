// The files of a domain's look, for everybody, for the sign-in page has them:
//   GET /brand/DOMAIN/HASH/NAME    look.css, logo, manifest.webmanifest, favicon.svg, favicon-new.svg
// The hash is of their content: an address never changes its meaning, and who does not know it learns of no domain.
import { type Request, type RequestHandler, Router } from 'express';
import { setHeaders, staticHeaders } from '../shell/headers.ts';
import { oneValue } from '../shell/paths.ts';
import type { Brands } from './brands.ts';

/** The host name that a request is for, without its port. */
export const hostOf = (req: Pick<Request, 'headers'>): string =>
  (req.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();

export function serveBrands(brands: Brands): RequestHandler {
  const router = Router();
  router.get('/brand/:domain/:hash/:name', async (req, res, next) => {
    const [domain, hash, name] = [req.params.domain, req.params.hash, req.params.name].map(oneValue);
    const file = await brands.findFile(String(domain), String(hash), String(name));
    if (!file) return next();
    for (const header of ['X-Frame-Options', 'Permissions-Policy', 'Cross-Origin-Opener-Policy'])
      res.removeHeader(header);
    setHeaders(res, staticHeaders);
    res.setHeader('Content-Type', file.type);
    res.setHeader('Content-Length', file.bytes.length);
    res.end(req.method === 'HEAD' ? undefined : file.bytes);
  });
  return router;
}
