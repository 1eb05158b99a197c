// Three style sheets (static/build.mjs): app.css draws what is seen first alone, read.css is read behind it for messages,
// pages.css behind both by all other pages. What a page may show must not be drawn only by a sheet that it does not read.
// And of icons there are two files: first.svg has those that are seen first.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { filesBehind, firstViews, readingViews, special } from '../../server/web/shell/frame.ts';

const views = join(programRoot(), 'views');
const css = join(programRoot(), 'static', 'css');

async function classesOf(directory: string): Promise<Set<string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.css'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const rules = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|\{[^{}]*\}/g, ' ');
  return new Set([...rules.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name as string));
}

/** A view and all that it includes, by name. */
async function withIncludes(names: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const text = await readFile(join(views, `${name}.ejs`), 'utf8');
    found.set(name, text);
    for (const [, other] of text.matchAll(/include\('([^']+)'/g))
      waiting.push(posix.normalize(other as string));
  }
  return found;
}

const frame = ['shell/page', 'shell/bare', 'partials/folders', 'help/shortcuts', 'folders/menu'];
const sheets = { app: css, read: join(css, 'read'), pages: join(css, 'pages') };

/** Classes of these views that only sheets draw which they do not read. */
async function findMissing(names: readonly string[], read: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  const [drawn, others]: [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const [name, directory] of Object.entries(sheets))
    for (const one of await classesOf(directory)) (read.includes(name) ? drawn : others).add(one);
  for (const [name, text] of await withIncludes([...names, ...frame]))
    for (const [, classes = ''] of text.matchAll(/class="((?:[^"<]|<%[\s\S]*?%>)*)"/g))
      for (const one of classes.replace(/<%[\s\S]*?%>/g, ' ').split(/\s+/))
        if (others.has(one) && !drawn.has(one)) missing.push(`views/${name}.ejs: ${one}`);
  return missing;
}

test('what is seen first is drawn by app.css alone', async () => {
  assert.deepEqual(await findMissing([...firstViews], ['app']), []);
});

test('messages are drawn by app.css and read.css, also in the pane of a list', async () => {
  const pane = ['message/block', 'conversation/block'];
  assert.deepEqual(await findMissing([...readingViews, ...pane], ['app', 'read']), []);
});

test('a list reads what messages need only when one is open', () => {
  assert.deepEqual(filesBehind('list/page', false), []);
  assert.deepEqual(filesBehind('list/page', true), ['read']);
  assert.deepEqual(filesBehind('message/page', false), ['read']);
  assert.deepEqual(filesBehind('settings/general', false), ['read', 'pages']);
});

test('first.svg has every icon that a template asks it for, and of a folder column all', async () => {
  const icons = join(programRoot(), 'static', 'icons');
  const read = async (name: string) => JSON.parse(await readFile(join(icons, name), 'utf8'));
  const first = new Set<string>(await read('first.json'));
  const all = new Set(Object.keys(await read('lucide.json')));
  const wanted = new Set([...special.map(({ icon }) => icon), 'folder', 'clock', 'alarm-clock']);
  for (const name of await readdir(views, { recursive: true })) {
    if (!name.endsWith('.ejs')) continue;
    const text = await readFile(join(views, name), 'utf8');
    // A row gets the address of first.svg as `icons`.
    const pattern = name.endsWith(join('list', 'row.ejs')) ? /icons %>#(.*?)"/g : /firstIcons %>#(.*?)"/g;
    for (const [, said = ''] of text.matchAll(pattern))
      for (const one of said.startsWith('<%') ? said.matchAll(/'([a-z][a-z0-9-]+)'/g) : [[said, said]])
        wanted.add(one[1] as string);
  }
  // The mark is in both.
  wanted.delete('mark');
  assert.deepEqual([...wanted].filter((name) => !first.has(name) || !all.has(name)).sort(), []);
  assert.deepEqual([...first].filter((name) => !wanted.has(name)).sort(), []);
});
