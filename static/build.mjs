// Builds what the browser loads into one directory: app.css (static/css/*.css in a fixed order: the frame, lists and
// signing in), read.css (static/css/read/: messages), pages.css (static/css/pages/: every other page), each behind the one
// before; app.js (every static/*.ts, bundled; static/lib/ is shared code), and for the same pages read.js (static/reading/),
// pages.js (static/pages/), write.js (static/writing/: the compose page) and editor.js (static/editor/);
// icons.svg (a sprite of static/icons/lucide.json, shapes of lucide 1.62), first.svg (the few of static/icons/first.json),
// favicon.svg, and the licence of the icons. Each file gets its brotli and gzip form. The file `hash` is written last: it
// names the content of all of them and becomes part of their addresses.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, transform } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
/** Those that others build upon come first; the rest by name. */
const cssOrder = ['base', 'shell', 'list', 'message', 'settings', 'compose', 'admin'];

/** Files of a directory with one ending, in a stable order. */
async function filesOf(directory, ending) {
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith(ending)).sort();
}

/** The style sheets of a directory as one: the known ones first and in order, then any other. */
async function buildStyles(directory) {
  const names = (await filesOf(directory, '.css')).map((name) => basename(name, '.css'));
  const place = (name) => (cssOrder.includes(name) ? cssOrder.indexOf(name) : cssOrder.length);
  names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const sources = await Promise.all(names.map((name) => readFile(join(directory, `${name}.css`), 'utf8')));
  const { code } = await transform(sources.join('\n'), {
    loader: 'css',
    minify: true,
    target: ['chrome111', 'firefox114', 'safari16.4'],
  });
  return code;
}

/** One minified module for the browsers we build for. */
async function bundle(options) {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    legalComments: 'none',
    ...options,
  });
  return outputFiles[0].text;
}

/** One import is another file of ours, which the browser loads by itself. */
const elsewhere = (filter, path) => ({
  name: `it is in ${path}`,
  setup({ onResolve }) {
    onResolve({ filter }, () => ({ path, external: true }));
  },
});

/** Every file of a directory as one entry; `more` is said behind them. */
async function entryOf(directory, more = []) {
  const names = (await filesOf(directory, '.ts')).filter((name) => !name.endsWith('.d.ts'));
  const contents = [...names.map((name) => `import './${name}';`), ...more].join('\n');
  return { stdin: { contents, resolveDir: directory, loader: 'ts' } };
}

/** What everyday pages do as one module. What the others share with it they take from here: one module has one state. */
async function buildScript() {
  const shared = ['fragment', 'keyboard'].map((name) => `export * from './lib/${name}.ts';`);
  return bundle({
    ...(await entryOf(here, shared)),
    plugins: [elsewhere(/\/reading\/reading\.ts$/, './read.js')],
  });
}

/** What is loaded behind app.js. */
const buildBehind = (entry) =>
  bundle({ ...entry, plugins: [elsewhere(/\/lib\/(fragment|keyboard)\.ts$/, './app.js')] });

/** The editor of letters with formatting, loaded by the compose page when somebody wants it. */
async function buildEditor() {
  return bundle({
    entryPoints: [join(here, 'editor', 'editor.ts')],
    legalComments: 'eof',
  });
}

const readIcons = async (name) => JSON.parse(await readFile(join(here, 'icons', name), 'utf8'));

/** A sprite: `<use href=".../icons.svg#star">`. Lines take the colour of the text around them; filling is left to `.i`. */
async function buildSprite(icons) {
  const style =
    'viewBox="0 0 24 24" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  const symbols = Object.entries(icons).map(
    ([name, shapes]) => `<symbol id="${name}" ${style}>${shapes}</symbol>`,
  );
  const mark = await readFile(join(here, 'mark.svg'), 'utf8');
  const shapes = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(mark)?.[1] ?? '';
  symbols.push(`<symbol id="mark" viewBox="0 0 32 32">${shapes.replace(/\s*\n\s*/g, '')}</symbol>`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

/** Those of the frame, of lists and of signing in alone: what a first visit waits for is half as much. */
async function buildFirstSprite() {
  const [icons, names] = await Promise.all([readIcons('lucide.json'), readIcons('first.json')]);
  return buildSprite(Object.fromEntries(names.map((name) => [name, icons[name]])));
}

/** The favicon: the mark with its colours written in, for it is shown outside of any page. */
async function buildFavicon() {
  const mark = await readFile(join(here, 'mark.svg'), 'utf8');
  return mark.replaceAll('var(--accent)', '#1C6664').replaceAll('var(--on-accent)', '#fff');
}

/** The same with a dot: there is unread mail (webmail.md N1). */
async function buildFaviconWithDot() {
  const dot = '<circle cx="25" cy="7" r="7" fill="#fff"/><circle cx="25" cy="7" r="5.5" fill="#B3261E"/>';
  return (await buildFavicon()).replace('</svg>', `${dot}</svg>`);
}

/** The service worker: a script of its own, at an address of its own. */
async function buildWorker() {
  const source = await readFile(join(here, 'worker', 'sw.ts'), 'utf8');
  const { code } = await transform(source, {
    loader: 'ts',
    minify: true,
    target: ['chrome111', 'firefox114', 'safari16.4'],
  });
  return code;
}

/** What makes the webmail a program on a phone or a desktop (webmail.md N9). Addresses are beside it or of the site. */
const manifest = JSON.stringify({
  id: '/',
  name: 'Mail',
  start_url: '/',
  protocol_handlers: [{ protocol: 'mailto', url: '/compose?to=%s' }],
  scope: '/',
  display: 'standalone',
  background_color: '#F6F5F2',
  theme_color: '#F6F5F2',
  icons: [
    { src: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
  ],
  shortcuts: [{ name: 'Compose', url: '/compose' }],
  share_target: { action: '/compose', method: 'GET', params: { title: 'subject', text: 'body' } },
});

/** Builds everything into `directory`; returns the hash. */
export async function buildStatic(directory) {
  const files = new Map([
    ['app.css', await buildStyles(join(here, 'css'))],
    ['read.css', await buildStyles(join(here, 'css', 'read'))],
    ['pages.css', await buildStyles(join(here, 'css', 'pages'))],
    ['app.js', await buildScript()],
    ['read.js', await buildBehind({ entryPoints: [join(here, 'reading', 'reading.ts')] })],
    ['pages.js', await buildBehind(await entryOf(join(here, 'pages')))],
    ['write.js', await buildBehind({ entryPoints: [join(here, 'writing', 'compose.ts')] })],
    ['editor.js', await buildEditor()],
    ['first.svg', await buildFirstSprite()],
    ['icons.svg', await buildSprite(await readIcons('lucide.json'))],
    ['favicon.svg', await buildFavicon()],
    ['favicon-new.svg', await buildFaviconWithDot()],
    ['manifest.webmanifest', manifest],
    ['icon-192.png', await readFile(join(here, 'icons', 'icon-192.png'))],
    ['icon-512.png', await readFile(join(here, 'icons', 'icon-512.png'))],
    ['sw.js', await buildWorker()],
    ['icons-licence.txt', await readFile(join(here, 'icons', 'LICENSE'), 'utf8')],
  ]);
  const hash = createHash('sha256');
  for (const [name, text] of files) hash.update(`${name}\0${text}\0`);
  const digest = hash.digest('base64url').slice(0, 12).replace(/^-/, 'x');
  // Built beside and moved into place: a running server never sees half of it.
  const fresh = `${directory}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const [name, text] of files) {
    const bytes = Buffer.from(text);
    await writeFile(join(fresh, name), bytes);
    await writeFile(join(fresh, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
    const brotli = await promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    await writeFile(join(fresh, `${name}.br`), brotli);
  }
  await writeFile(join(fresh, 'hash'), `${digest}\n`);
  await rm(directory, { recursive: true, force: true });
  await rename(fresh, directory);
  return digest;
}
