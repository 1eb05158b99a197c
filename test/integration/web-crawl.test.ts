// security.md W2: no state change by GET. A signed-in administrator's crawler follows every link of every page, and
// nothing that was stored is other than before, but for what reading does: a letter that was opened counts as seen.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { machine, signInAdmin } from '../support/admin.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com'] });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'alice@example.com', { flags: AccountFlag.systemAdmin });
  await administration.addDomain(machine, 'example.net', 'correct horse battery');
  await administration.setAlias(machine, 'example.com', 'info', { addresses: ['bob@example.com'] });
  await administration.setRobot(machine, 'example.com', 'prices', { subject: 'Prices', message: 'Free.' });
  for (const subject of ['one', 'two']) await site.deliver('alice@example.com', { subject, body: subject });
});
after(() => site.close());

/** Each stored file and its bytes, without what is only an index of others, a log, or kept open by a database. */
async function snapshot(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const root of [site.home.qmail, site.home.vpopmail])
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      // Seen is a flag of the file's name, and new letters go to cur/ when the folder is looked at.
      const name = relative(root, path)
        .replace('/new/', '/cur/')
        .replace(/:2,[A-Za-z]*$/, '');
      if (/lastauth$|courierimap|facteur|\.lock$/.test(name)) continue;
      found.set(
        name,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    }
  return found;
}

const DEPTH = 3;

test('a crawler that follows every link of every page for three levels changes nothing', async () => {
  const client = await signInAdmin(site, 'alice@example.com');
  const before = await snapshot();
  const audit = await site.web.administration.audit(machine, { limit: 500 });
  const seen = new Set<string>();
  let level = ['/f/INBOX', '/admin', '/admin/d/example.com/aliases', '/settings/general', '/compose'];
  for (let depth = 0; depth <= DEPTH; depth++) {
    const next: string[] = [];
    for (const path of level) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, body, location } = await client.get(path);
      assert.ok(status < 500, `${path} is answered ${status}`);
      if (location) next.push(location);
      for (const [, href = ''] of body.matchAll(/ (?:href|src|action|formaction)="([^"#]+)/g))
        if (href.startsWith('/') && !href.startsWith('/static/')) next.push(href.replaceAll('&amp;', '&'));
    }
    level = next;
  }
  for (const page of ['/admin/d/example.com/aliases/info/remove', '/admin/d/example.com/limits', '/logout'])
    assert.ok(seen.has(page), `${page} was not found`);
  assert.ok(seen.size > 60, `only ${seen.size} pages were found`);
  assert.deepEqual(await snapshot(), before);
  assert.deepEqual(await site.web.administration.audit(machine, { limit: 500 }), audit);
  assert.deepEqual(site.injected, [], 'no letter left');
  assert.equal((await client.get('/admin')).status, 200, 'still signed in');
});
