// Templates: what a name in one means, what escapes, what a template may declare (server/web/shell/templates.ts).
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findNames, loadTemplates } from '../../server/web/shell/templates.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'views-'));
  await mkdir(join(directory, 'room'));
});
after(() => rm(directory, { recursive: true }));

const load = async (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, `${name}.ejs`), text);
  return loadTemplates(directory);
};

test('names are identifiers of the code that are no property; texts, comments and what every program has are none', () => {
  assert.deepEqual(
    findNames(
      `before <%= row.subject %> x <% if (a?.b && !c['d']) { %><%- include('e/f', { ...g, h: i }) %><% } %>` +
        '<%# j %><%= `k @{l} m @{n.o}` %><%= encodeURIComponent("p") + locals.q %><% for (const r of s) { -%>t<% } -%>'.replaceAll(
          '@',
          '$',
        ),
    ),
    ['a', 'c', 'g', 'h', 'i', 'l', 'n', 'r', 'row', 's'],
  );
});

test('values are escaped in texts and attributes; a local that is not given is nothing', async () => {
  const render = await load({ one: `<p title="<%= a %>"><%= b %>|<%= none %>|<%= locals.c %></p>` });
  assert.equal(
    render('one', { a: `"<&'`, b: '<b>', c: 1 }),
    '<p title="&quot;&lt;&amp;&#39;">&lt;b&gt;||1</p>',
  );
});

test('a template may declare what is also the name of a local, and includes get what is given to them', async () => {
  const render = await load({
    two: `<% const a = 'own'; %><%= a %> <%- include('room/three', { b: 'given' }) %> <%= b %>`,
    'room/three': `<%= a %>-<%= b %>-<%- include('./four') %>`,
    'room/four': `<% for (const a of [1, 2]) { %><%= a %><%= b %><% } %>`,
  });
  assert.equal(render('two', { a: 'local', b: 'outer' }), 'own local-given-1given2given outer');
});

test('a mistake names its file; so does a template that is not there', async () => {
  await assert.rejects(load({ five: '<% if (a) { %>' }), /views\/five\.ejs/);
  await rm(join(directory, 'five.ejs'));
  const render = await load({ six: `a\n<%= a.b.c %>` });
  assert.throws(() => render('six', {}), /views\/six\.ejs:2/);
  assert.throws(() => render('seven', {}), /views\/seven\.ejs: there is no such template/);
});
