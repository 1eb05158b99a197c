// Another process delivers and renames 200 files a second and more while four IMAP sessions and a list of the webmail look at the
// folder (spec/maildir-imap.md 1.10): readdir misses files and gives others twice, and nobody is told so. FACTEUR_CRASH=long
// makes it two minutes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { splitName } from '../../server/mailbox/names.ts';
import { type ImapClient, startImapSite, testUser } from '../support/imap.ts';
import { fillFolder } from '../support/maildir.ts';
import { until } from '../support/serve.ts';

const atFirst = 3000;
const seconds = process.env.FACTEUR_CRASH === 'long' ? 120 : 5;

// 100 deliveries and 100 renames a second and more; goes on until its input ends, then says how many it were.
const program = `
const fs = require('node:fs');
const maildir = process.argv[1];
let delivered = 0, due = 0, renamed = 0, names = [];
const infos = [':2,', ':2,S', ':2,F', ':2,FS', ':2,RS'];
const began = performance.now();
const timer = setInterval(() => {
  // As many as are due: a busy machine must not make it fewer.
  for (; due / 200 < (performance.now() - began) / 1000; due++) {
    if (due % 2 === 0) {
      const base = Math.floor(Date.now() / 1000) + '.M' + delivered + 'P' + process.pid + '.beside';
      fs.writeFileSync(maildir + '/tmp/' + base, 'Subject: ' + base + '\\nMessage-ID: <' + base + '@x>\\n\\nbody\\n');
      fs.linkSync(maildir + '/tmp/' + base, maildir + '/new/' + base);
      fs.unlinkSync(maildir + '/tmp/' + base);
      delivered++;
    } else rename();
  }
  // And, 8 ms of 50, as fast as it can: then a listing misses some.
  for (const until = performance.now() + 8; performance.now() < until; ) for (let n = 0; n < 20; n++) rename();
}, 50);
function rename() {
  if (names.length === 0) names = fs.readdirSync(maildir + '/cur').sort(() => Math.random() - 0.5).slice(0, 200);
  const name = names.pop();
  if (name === undefined) return;
  const base = name.replace(/:2,.*/, '');
  try {
    fs.renameSync(maildir + '/cur/' + name, maildir + '/cur/' + base + infos[renamed % infos.length]);
  } catch {}
  renamed++;
}
process.stdin.resume().on('end', () => {
  clearInterval(timer);
  process.stdout.write(delivered + ' ' + renamed);
});
`;

/** A client that looks again and again; it never hears of a removal, for nothing is removed. */
async function look(client: ImapClient, n: number, isOver: () => boolean): Promise<number> {
  let exists = 0;
  let looks = 0;
  let known = new Set<string>();
  const hear = (lines: readonly string[]): void => {
    for (const line of lines) {
      assert.doesNotMatch(line, /EXPUNGE|VANISHED|BYE/);
      const count = / (\d+) EXISTS$/.exec(line);
      if (!count) continue;
      assert.ok(Number(count[1]) >= exists, `${line} after ${exists}`);
      exists = Number(count[1]);
    }
  };
  hear(await client.ok('SELECT INBOX'));
  while (!isOver()) {
    // A third of the time idling, a third by number, a third by UID.
    if ((looks + n) % 3 === 0) {
      const tag = client.begin('IDLE');
      hear([await client.line(), await client.line()]);
      client.write('DONE\r\n');
      hear((await client.answer(tag)).lines);
    } else if ((looks + n) % 3 === 1) hear(await client.ok('NOOP'));
    const lines = await client.ok('UID SEARCH ALL');
    hear(lines);
    const uids = (lines.find((line) => line.startsWith('* SEARCH')) ?? '').split(' ').slice(2);
    const now = new Set(uids);
    assert.equal(now.size, uids.length, 'none twice');
    for (const uid of known) assert.ok(now.has(uid), `UID ${uid} is missing`);
    known = now;
    looks++;
  }
  return looks;
}

test('while another process delivers and renames, no message is missing from IMAP or from the web list, and none is doubled', async (t) => {
  const site = await startImapSite();
  await fillFolder(site.maildir, atFirst, (index) => ({ time: 1_600_000_000 + index, body: '' }));
  const child = spawn(process.execPath, ['-e', program, site.maildir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  try {
    const web = await site.mailboxes.open({ address: testUser, maildir: site.maildir });
    const clients: ImapClient[] = [];
    for (let n = 0; n < 4; n++) clients.push(await site.signIn());
    const end = performance.now() + seconds * 1000;
    const isOver = (): boolean => performance.now() > end;
    const listing = (async () => {
      let lists = 0;
      let missing = new Set<string>();
      let known = new Set<string>();
      while (!isOver()) {
        const ids = await web.idsMatching({ folder: 'INBOX' }, Date.now() + 60_000, 1_000_000);
        const now = new Set(ids);
        assert.equal(now.size, ids.length, 'none twice in a list');
        const absent = new Set([...known].filter((id) => !now.has(id)));
        for (const id of absent) assert.ok(!missing.has(id), `${id} is missing twice in a row`);
        missing = absent;
        known = new Set([...known, ...now]);
        const page = await web.list({ folder: 'INBOX', limit: 50 });
        assert.equal(new Set(page.rows.map(({ id }) => id)).size, page.rows.length);
        lists++;
      }
      return lists;
    })();
    const [lists, ...looks] = await Promise.all([
      listing,
      ...clients.map((client, n) => look(client, n, isOver)),
    ]);
    const said: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
    child.stdin.end();
    await ended;
    const [delivered = 0, renamed = 0] = Buffer.concat(said).toString().split(' ').map(Number);
    t.diagnostic(
      `${delivered} delivered, ${renamed} renamed in ${seconds} s; ${lists} web lists, ${looks.join(' + ')} IMAP looks`,
    );
    assert.ok(delivered > seconds * 50, `only ${delivered} were delivered`);
    const total = atFirst + delivered;
    const counts = async (): Promise<number[]> => {
      const each: number[] = [];
      for (const client of clients)
        each.push((await client.ok('UID SEARCH ALL')).join(' ').replace('* SEARCH ', '').split(' ').length);
      return [...each, (await web.idsMatching({ folder: 'INBOX' }, Date.now() + 60_000, 1_000_000)).length];
    };
    await until('all have all', async () => (await counts()).every((count) => count === total));
    const files = [
      ...(await readdir(join(site.maildir, 'cur'))),
      ...(await readdir(join(site.maildir, 'new'))),
    ];
    assert.equal(new Set(files.map((name) => splitName(name).base)).size, total);
    // Flags are as the names say.
    const seen = files.filter((name) => /:2,.*S/.test(name)).length;
    await until('flags are those of the files', async () =>
      (await clients[0]!.ok('UID SEARCH RETURN (COUNT) SEEN')).join().endsWith(` COUNT ${seen}`),
    );
  } finally {
    child.kill('SIGKILL');
    await ended;
    await site.close();
  }
});
