// Names the cleaner of HTML (webmail.md 3.4): what it made is kept only as long as it would make the same again. A hash of
// the files that decide about it and of the versions of its libraries.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

const files = [
  'clean',
  'prefilter',
  'canonical',
  'canonical-css',
  'purify',
  'html-rules',
  'css',
  'urls',
  'pictures',
  'limits',
  'bodies',
  'charset',
  'signed',
  'structure',
  'containers',
];
const libraries = ['dompurify', 'parse5', 'css-tree', 'jsdom'];

/** The version that a package says it has: from the package.json nearest above its entry. */
async function versionOf(name: string): Promise<string> {
  let directory = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => '');
    const found = text === '' ? {} : (JSON.parse(text) as { name?: unknown; version?: unknown });
    if (found.name === name && typeof found.version === 'string') return found.version;
    if (dirname(directory) === directory) throw new Error(`no package.json of ${name}`);
    directory = dirname(directory);
  }
}

/** Twelve characters; another one when anything that decides about cleaned HTML is another. */
export async function readCleanerVersion(): Promise<string> {
  const ending = extname(import.meta.url);
  const hash = createHash('sha256');
  for (const name of files) hash.update(await readFile(new URL(`./${name}${ending}`, import.meta.url)));
  for (const name of libraries) hash.update(`${name} ${await versionOf(name)}\n`);
  return hash.digest('base64url').slice(0, 12);
}
