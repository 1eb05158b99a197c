// The pages of help (webmail.md N13): there for everybody in every language, whole without JavaScript; where they lead is
// there, and what they say of searching is what the search does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseSearch } from '../../server/mailbox/search.ts';
import { guidePlaces, guideTopics } from '../../server/web/help/guide-table.ts';
import { describeTopic } from '../../server/web/help/help.ts';
import { en } from '../../server/web/words/en.ts';
import { languages } from '../../server/web/words/languages.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ people: ['alice@example.com'] });
});
after(() => site.close());

const paths = ['/help', '/help/all', ...guideTopics.map(({ name }) => `/help/${name}`)];

test('each page is there with and without a session, with one heading and nothing but words', async () => {
  const alice = await site.signIn('alice@example.com');
  for (const client of [site.client(), alice])
    for (const path of paths) {
      const { status, body } = await client.get(path);
      assert.equal(status, 200, path);
      assert.equal(body.match(/<h1/g)?.length, 1, path);
      assert.doesNotMatch(body, /<script>|onclick/, path);
    }
  assert.equal((await alice.get('/help/no-such-topic')).status, 404);
});

test('each is in the reader’s language, and every place in it is filled', async () => {
  const first = new Set<string>();
  for (const { tag, t, direction } of languages) {
    for (const topic of guideTopics) {
      const { title, lead, lines, table = [], links } = describeTopic(topic, t);
      for (const text of [
        title,
        lead,
        ...lines,
        ...table.map(({ finds }) => finds),
        ...links.map(({ label }) => label),
      ])
        assert.doesNotMatch(text, /[{}]/, `${tag}: ${text}`);
    }
    const { body } = await site.client().get('/help/writing', { 'accept-language': tag });
    assert.match(body, new RegExp(`<html lang="${tag}" dir="${direction}"`));
    first.add(/<li>([^<]+)<\/li>/.exec(body)?.[1] ?? '');
  }
  assert.equal(first.size, languages.length);
});

test('a line names buttons by the words that they have', async () => {
  const { body } = await site.client().get('/help/writing', { 'accept-language': 'en' });
  assert.match(body, /“Compose” begins a message; “Reply”, “Reply all” and “Forward”/);
  const used = guideTopics.flatMap(({ lines }) => lines.map((line) => en[line]).join(' '));
  const places = new Set([...used.join(' ').matchAll(/\{(\w+)\}/g)].map(([, place]) => place));
  assert.deepEqual([...places].sort(), Object.keys(guidePlaces).sort());
});

test('where the pages lead is there', async () => {
  const alice = await site.signIn('alice@example.com');
  const seen = new Set<string>();
  for (const path of paths) {
    const { body } = await alice.get(path);
    const main = body.slice(body.indexOf('<main'), body.indexOf('</main>'));
    for (const [, href = ''] of main.matchAll(/href="(\/[^"#]*)/g)) seen.add(href);
  }
  assert.ok(seen.size > 15, `only ${seen.size} links`);
  for (const href of seen) assert.equal((await alice.get(href)).status, 200, href);
});

test('every example of the table is an operator to the search, and finds what it says', async () => {
  const found = (line: string) =>
    parseSearch(line).groups.map((group) => group.map(({ condition }) => condition.kind));
  const typed = guideTopics.flatMap(({ table = [] }) => table.map(([each]) => each));
  assert.equal(typed.length, 14);
  for (const line of typed) {
    const search = parseSearch(line);
    assert.ok(!search.impossible && !search.cut, line);
    const [group = []] = search.groups;
    const isPlain = group.every(
      ({ not, condition }) =>
        !not && condition.kind === 'text' && condition.column === 'any' && !condition.prefix,
    );
    const isKnown = !isPlain || search.folder !== undefined || line.startsWith('"') || line.includes(' OR ');
    assert.ok(isKnown, `${line} is searched as plain words`);
  }
  assert.deepEqual(found('bob OR carla'), [['text', 'text']]);
  assert.deepEqual(found('"final report"'), [['text']]);
  await site.deliver('alice@example.com', {
    from: 'Bob <bob@example.org>',
    to: 'Carla <carla@example.org>',
    subject: 'The invoice',
    body: 'Here is the final report.',
  });
  await site.deliver('alice@example.com', { from: 'eve@example.net', subject: 'Other', body: 'draft' });
  const alice = await site.signIn('alice@example.com');
  for (const line of [
    'from:bob',
    'to:carla',
    'subject:invoice',
    '"final report"',
    'invo*',
    '-draft',
    'bob OR carla',
  ]) {
    const { body } = await alice.get(`/search?q=${encodeURIComponent(line)}`);
    assert.match(body, /The invoice/, line);
    assert.doesNotMatch(body, />Other</, line);
  }
});

test('help is reached from the menu of every page, and from a page that is not there', async () => {
  const alice = await site.signIn('alice@example.com');
  assert.equal((await alice.get('/f/INBOX')).body.match(/href="\/help"/g)?.length, 2);
  const lost = await alice.get('/no/such/page');
  assert.match(lost.body.slice(lost.body.indexOf('<main')), /href="\/help"/);
});
