// What pages need of the look of a domain (webmail.md N14): addresses of its style sheet, logo, manifest and favicon, and
// its name. A look is found by the domain of an account, and for pages of nobody by the host name that was asked for: the
// domain of that name, or the nearest one above it (mail.example.com: example.com). The answer is kept for two seconds,
// in which nobody looks at the disk; a domain without a look costs a page one look into a table. The file is
// mta/accounts/brand-file.ts's.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type Brand,
  brandFileName,
  measureLogo,
  mostBrandFile,
  parseBrand,
} from '../../../mta/accounts/brand-file.ts';
import type { Accounts } from '../../../mta/accounts/types.ts';
import { CachedFile, CachedPaths } from '../../../mta/control/cached-file.ts';
import { type Log, quoted } from '../../../mta/log.ts';
import type { Assets } from '../shell/assets.ts';
import { cleanLine } from '../shell/foreign.ts';
import { findWeakness, writeStyles } from './tokens.ts';

/** How a page looks that is not the usual one; '' and undefined where it is. */
export interface Look {
  readonly name: string;
  readonly styles: string;
  readonly manifest: string;
  /** Directory of favicon.svg and favicon-new.svg. */
  readonly icons: string;
  readonly logo: { readonly src: string; readonly width: number; readonly height: number } | undefined;
}

export interface BrandFile {
  readonly type: string;
  readonly bytes: Buffer;
}

interface Made {
  readonly look: Look;
  readonly hash: string;
  readonly files: ReadonlyMap<string, BrandFile>;
}

export interface Brands {
  /** The look of an account's domain. At once when it was asked for a moment ago. */
  ofDomain(domain: string): Look | undefined | Promise<Look | undefined>;
  /** The look of the domain that a host name belongs to. */
  ofHost(host: string): Look | undefined | Promise<Look | undefined>;
  /** What lies at /brand/DOMAIN/HASH/NAME; undefined: nothing, or no longer. */
  findFile(domain: string, hash: string, name: string): Promise<BrandFile | undefined>;
  /** Looks again at once: it was changed here. */
  forget(): void;
}

/** Milliseconds that an answer is good for. */
const goodFor = 2000;
/** Domains and host names that are remembered. */
const mostKept = 2000;

/** Everything that is served for a look. A colour that cannot be read, of a file written by hand, does not count. */
function makeFiles(brand: Brand, domain: string, assets: Pick<Assets, 'prefix' | 'text'>): Made | undefined {
  const isWeak = (colour: string, theme: 'light' | 'dark') =>
    colour !== '' && findWeakness(colour, theme) !== undefined;
  const accent = isWeak(brand.accent, 'light') ? '' : brand.accent;
  const accentDark = isWeak(brand.accentDark, 'dark') ? '' : brand.accentDark;
  const name = cleanLine(brand.name, 40);
  const logoBytes = Buffer.from(brand.logo, 'base64');
  const measured = measureLogo(logoBytes);
  const hasStyles = accent !== '' || accentDark !== '';
  if (name === '' && !hasStyles && !measured) return undefined;
  const hash = createHash('sha256')
    .update(JSON.stringify([name, accent, accentDark, brand.logo, assets.prefix]))
    .digest('base64url')
    .slice(0, 16);
  const base = `/brand/${encodeURIComponent(domain)}/${hash}`;
  const files = new Map<string, BrandFile>();
  const add = (file: string, type: string, content: Buffer | string): string => {
    files.set(file, { type, bytes: Buffer.from(content) });
    return `${base}/${file}`;
  };
  if (accent !== '')
    for (const icon of ['favicon.svg', 'favicon-new.svg']) {
      const usual = assets.text(icon) ?? '';
      add(icon, 'image/svg+xml', usual.replaceAll('#1C6664', accent));
    }
  const look: Look = {
    name,
    styles: hasStyles ? add('look.css', 'text/css; charset=utf-8', writeStyles(accent, accentDark)) : '',
    icons: accent === '' ? '' : base,
    logo: measured && {
      src: add('logo', measured.type, logoBytes),
      width: measured.width,
      height: measured.height,
    },
    manifest: add(
      'manifest.webmanifest',
      'application/manifest+json',
      brandManifest(assets, name, accent === '' ? '' : base),
    ),
  };
  return { look, hash, files };
}

/** The manifest of the site (N9) with the name and the icon of the domain. */
function brandManifest(
  { prefix, text }: Pick<Assets, 'prefix' | 'text'>,
  name: string,
  icons: string,
): string {
  const usual = JSON.parse(text('manifest.webmanifest') ?? '{}') as {
    readonly name?: string;
    readonly icons?: readonly { readonly src: string }[];
  };
  return JSON.stringify({
    ...usual,
    ...(name === '' ? {} : { name }),
    icons: (usual.icons ?? []).map((icon) => ({
      ...icon,
      src: `${icons !== '' && icon.src.endsWith('.svg') ? icons : prefix}/${icon.src}`,
    })),
  });
}

/** `mail.example.com`, `example.com`, `com`. */
function* namesAbove(host: string): Generator<string> {
  for (let name = host; name !== ''; name = name.includes('.') ? name.slice(name.indexOf('.') + 1) : '')
    yield name;
}

export function openBrands(parts: {
  readonly accounts: Pick<Accounts, 'findDomain'>;
  readonly assets: Pick<Assets, 'prefix' | 'text'>;
  readonly log: Log;
}): Brands {
  const { accounts, assets, log } = parts;
  const told = new Set<string>();
  const openFile = (path: string, domain: string): CachedFile<Made | undefined> =>
    new CachedFile<Made | undefined>(
      path,
      (bytes) => {
        if (bytes === undefined) return undefined;
        const brand = parseBrand(bytes.toString('utf8'));
        if (brand === undefined) throw new Error('it holds no look that could be stored');
        return makeFiles(brand, domain, assets);
      },
      { above: mostBrandFile, value: undefined },
    );
  const files = new CachedPaths((place) => {
    const [domain = '', directory = ''] = place.split('\0');
    return openFile(join(directory, brandFileName), domain);
  });

  /** What is wrong with a look costs the look, not the page. */
  const make = async (domain: string): Promise<Made | undefined> => {
    try {
      const found = await accounts.findDomain(domain);
      return found && (await files.get(`${found.realName}\0${found.directory}`).read());
    } catch (error) {
      const words = `web: the look of ${quoted(domain)} is not used: ${quoted(String(error))}`;
      if (told.size > 100) told.clear();
      if (!told.has(words)) log(words);
      told.add(words);
      return undefined;
    }
  };

  interface Kept {
    readonly at: number;
    readonly value: Look | undefined | Promise<Look | undefined>;
  }
  const keepBy = (
    find: (name: string) => Promise<Look | undefined>,
  ): {
    readonly ask: Brands['ofDomain'];
    readonly clear: () => void;
  } => {
    const kept = new Map<string, Kept>();
    const ask: Brands['ofDomain'] = (name) => {
      const at = performance.now();
      const known = kept.get(name);
      if (known !== undefined && at - known.at < goodFor) return known.value;
      if (kept.size >= mostKept) kept.clear();
      const looking = find(name).then((value) => {
        if (kept.get(name) === record) kept.set(name, { at, value });
        return value;
      });
      const record: Kept = { at, value: looking };
      kept.set(name, record);
      return looking;
    };
    return { ask, clear: () => kept.clear() };
  };

  const domains = keepBy(async (domain) => (await make(domain))?.look);
  const isOurs = (name: string): Promise<boolean> =>
    accounts.findDomain(name).then(
      (found) => found !== undefined,
      // Told when a page of the domain itself is asked for.
      () => false,
    );
  const hosts = keepBy(async (host) => {
    for (const name of namesAbove(host)) if (await isOurs(name)) return domains.ask(name);
    return undefined;
  });

  return {
    ofDomain: domains.ask,
    // Anybody may ask for any name: one with more labels than a real one has is not looked up.
    ofHost: (host) =>
      /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9-]{1,63}$/.test(host) ? hosts.ask(host) : undefined,
    async findFile(domain, hash, name) {
      const made = await make(domain);
      return made?.hash === hash ? made.files.get(name) : undefined;
    },
    forget() {
      domains.clear();
      hosts.clear();
    },
  };
}
