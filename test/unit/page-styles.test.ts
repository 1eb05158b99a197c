// Two style sheets (static/build.mjs): app.css draws the everyday pages alone, pages.css is read behind it by all others.
// What an everyday page may show must not be drawn by the second one only.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { everydayViews } from '../../server/web/shell/frame.ts';

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

test('no class of an everyday page is drawn by the second style sheet alone', async () => {
  const [first, second] = await Promise.all([classesOf(css), classesOf(join(css, 'pages'))]);
  const frame = ['shell/page', 'shell/bare', 'partials/folders', 'help/shortcuts', 'folders/menu'];
  const missing: string[] = [];
  for (const [name, text] of await withIncludes([...everydayViews, ...frame]))
    for (const [, classes = ''] of text.matchAll(/class="((?:[^"<]|<%[\s\S]*?%>)*)"/g))
      for (const one of classes.replace(/<%[\s\S]*?%>/g, ' ').split(/\s+/))
        if (second.has(one) && !first.has(one)) missing.push(`views/${name}.ejs: ${one}`);
  assert.deepEqual(missing, []);
});
