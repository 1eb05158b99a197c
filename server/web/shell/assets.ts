// The built browser files (static/build.mjs): css, script, icons, favicon. They are read once at start with their
// brotli and gzip forms and served from memory under /static/<hash>/<name>, immutable; `<hash>` is of the content of
// all of them, so an address never changes its meaning. An old hash is answered 404, never with newer content.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { staticHeaders } from './headers.ts';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
}

export interface Assets {
  /** `/static/<hash>`, to be followed by `/app.css` and the like. */
  readonly prefix: string;
  has(name: string): boolean;
  /** Answers /static/<hash>/<name>. */
  readonly serve: RequestHandler;
  /** What a file holds, for what is served at another address. */
  text(name: string): string | undefined;
}

/** Loads what `npm run build` left in `directory`; a missing build is an error that says so. */
export async function loadAssets(directory: string): Promise<Assets> {
  let hash: string;
  try {
    hash = (await readFile(join(directory, 'hash'), 'utf8')).trim();
  } catch (cause) {
    throw new Error(`${directory} holds no built browser files: run "npm run build"`, { cause });
  }
  const names = new Set(await readdir(directory));
  const assets = new Map<string, Asset>();
  for (const name of names) {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    const read = (suffix: string) =>
      names.has(name + suffix) ? readFile(join(directory, name + suffix)) : Promise.resolve(undefined);
    const [plain, gzip, brotli] = await Promise.all([
      readFile(join(directory, name)),
      read('.gz'),
      read('.br'),
    ]);
    assets.set(name, { type, plain, gzip, brotli });
  }

  const serve: RequestHandler = (req, res, next) => {
    const asset = req.params.hash === hash ? assets.get(String(req.params.name)) : undefined;
    if (!asset) return next();
    for (const name of ['X-Frame-Options', 'Permissions-Policy', 'Cross-Origin-Opener-Policy'])
      res.removeHeader(name);
    for (const [name, value] of Object.entries(staticHeaders)) res.setHeader(name, value);
    const accepted = String(req.headers['accept-encoding'] ?? '');
    let body = asset.plain;
    if (asset.brotli && /\bbr\b/.test(accepted)) {
      body = asset.brotli;
      res.setHeader('Content-Encoding', 'br');
    } else if (asset.gzip && /\bgzip\b/.test(accepted)) {
      body = asset.gzip;
      res.setHeader('Content-Encoding', 'gzip');
    }
    res.setHeader('Vary', 'Accept-Encoding');
    res.setHeader('Content-Type', asset.type);
    res.setHeader('Content-Length', body.length);
    res.end(req.method === 'HEAD' ? undefined : body);
  };
  return {
    prefix: `/static/${hash}`,
    has: (name) => assets.has(name),
    serve,
    text: (name) => assets.get(name)?.plain.toString(),
  };
}
