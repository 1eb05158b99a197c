// The page "Junk" over real HTTP, with real control files, a real DNS server, something that answers as clamd does, and a
// history told by log lines: what is shown, changed and refused.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { openHistory } from '../../server/history/history.ts';
import type { History } from '../../server/history/types.ts';
import { hiddenField, machine, signInAdmin } from '../support/admin.ts';
import { startDns } from '../support/dns.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let root: Client;
let history: History;
let state: string;
const control = (name: string): string => join(site.home.qmail, 'control', name);
const names = ['junkscore', 'rejectscore', 'greylist', 'reputation'];

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'facteur-junk-'));
  history = await openHistory({ state, days: 30, log: () => undefined });
  site = await startSite({ people: ['root@example.org', 'alice@example.com'], history });
  await site.web.administration.changeAccount(machine, 'root@example.org', {
    flags: AccountFlag.systemAdmin,
  });
  root = await signInAdmin(site, 'root@example.org');
});
after(async () => {
  await site.close();
  await history.close();
  await rm(state, { recursive: true, force: true });
});

/** Posts the form as the page has it, with these fields changed. */
async function post(fields: Readonly<Record<string, string>>) {
  const { body } = await root.get('/admin/junk');
  const hidden = ['csrf', ...names.map((name) => `version-${name}`)].map((name) => [
    name,
    hiddenField(body, name),
  ]);
  const values = names.map((name) => [name, hiddenField(body, name) || fieldValue(body, name)]);
  return root.post('/admin/junk', { ...Object.fromEntries([...hidden, ...values]), ...fields });
}

const fieldValue = (body: string, name: string): string =>
  new RegExp(`name="${name}"[^>]*? value="([^"]*)"`).exec(body)?.[1] ?? '';

test('points, greylisting and reputation are set in one form, each a change of its control file in the audit log', async () => {
  const answer = await post({ junkscore: '6,5', greylist: '300', reputation: '1' });
  assert.deepEqual([answer.status, answer.location?.split('?')[0]], [303, '/admin/junk']);
  assert.equal(await readFile(control('junkscore'), 'utf8'), '6.5\n');
  assert.equal(await readFile(control('greylist'), 'utf8'), '300\n');
  assert.equal(await readFile(control('reputation'), 'utf8'), '1\n');
  await assert.rejects(readFile(control('rejectscore')));
  const log = await site.web.administration.audit(machine, { limit: 5, search: 'setting.change' });
  assert.deepEqual(log.map(({ object }) => object).sort(), ['greylist', 'junkscore', 'reputation']);
  const { body } = await root.get('/admin/junk');
  assert.deepEqual([fieldValue(body, 'junkscore'), fieldValue(body, 'greylist')], ['6.5', '300']);
  assert.equal((await post({ junkscore: '5', greylist: '', reputation: '' })).status, 303);
  for (const name of ['junkscore', 'greylist', 'reputation'])
    await assert.rejects(readFile(control(name)), name);
});

test('what is no number is refused beside its field, and what was typed is kept', async () => {
  const { status, body } = await post({ junkscore: 'many', greylist: '60' });
  assert.equal(status, 422);
  assert.match(body, /id="fault-junkscore"[^>]*>[^<]*&quot;many&quot; is wrong/);
  assert.equal(fieldValue(body, 'junkscore'), 'many');
  assert.equal(await readFile(control('greylist'), 'utf8'), '60\n', 'what was right is saved');
  await rm(control('greylist'));
});

test('who saves over the change of somebody else is told', async () => {
  const { body } = await root.get('/admin/junk');
  await writeFile(control('rejectscore'), '20\n');
  const hidden = ['csrf', ...names.map((name) => `version-${name}`)].map((name) => [
    name,
    hiddenField(body, name),
  ]);
  const values = { junkscore: '5', rejectscore: '30', greylist: '' };
  const answer = await root.post('/admin/junk', { ...Object.fromEntries(hidden), ...values });
  assert.equal(answer.status, 409);
  assert.equal(await readFile(control('rejectscore'), 'utf8'), '20\n');
  assert.equal(fieldValue(answer.body, 'rejectscore'), '30');
});

test('lists and scanners are shown as they are at this moment', async () => {
  const dns = await startDns({
    '2.0.0.127.good.test': { A: ['127.0.0.2'] },
    '2.0.0.127.dead.test': { A: ['127.0.0.2'] },
    '1.0.0.127.dead.test': { A: ['127.0.0.2'] },
  });
  const clamd = createServer((socket) => socket.once('data', () => socket.end('PONG\0'))).listen(
    0,
    '127.0.0.1',
  );
  await once(clamd, 'listening');
  const { port } = clamd.address() as { port: number };
  try {
    await writeFile(control('dnsservers'), `${dns.address}\n`);
    await writeFile(control('dnsbllist'), '-good.test\n+dead.test\n=2.5 empty.test\n');
    await writeFile(control('clamd'), `127.0.0.1:${port}\n`);
    await writeFile(control('spamd'), '127.0.0.1:1\n');
    const { status, body } = await root.get('/admin/junk');
    assert.equal(status, 200);
    const row = (name: string): string => body.split('<tr>').find((each) => each.includes(`>${name}<`)) ?? '';
    assert.match(row('good.test'), /refuses<[\s\S]*in order/);
    assert.match(row('dead.test'), /lists everything/);
    assert.match(row('empty.test'), /gives 2\.5 points<[\s\S]*test entry is missing/);
    assert.match(row('clamd'), new RegExp(`127\\.0\\.0\\.1:${port}<.*answers, \\d+ ms`, 's'));
    assert.match(row('spamd'), /does not answer: ECONNREFUSED/);
    assert.match(row('rspamd'), /off</);
    await writeFile(control('dnsbllist'), 'no zone at all\n');
    assert.match((await root.get('/admin/junk')).body, /cannot be shown/);
  } finally {
    await dns.close();
    clamd.close();
    for (const name of ['dnsservers', 'dnsbllist', 'clamd', 'spamd']) await rm(control(name));
  }
});

test('the last letters that were refused or marked as junk are shown, whatever strangers wrote', async () => {
  const door = 'smtpd: ip=192.0.2.9 helo=mx.junk.test mail=<x@junk.test>';
  history.observe(`${door} rcpt=<alice@example.com> result=refused reason=553 5.7.1 listed <script>`);
  history.observe(
    `${door} rcpt=<alice@example.com> result=judged-junk reason=junk; score=7.5; rspamd=add-header 7.5`,
  );
  await history.settled();
  const { body } = await root.get('/admin/junk');
  assert.match(body, /refused<\/span>[\s\S]*553 5\.7\.1 listed &lt;script&gt;/);
  assert.match(body, /junk<\/span>[\s\S]*score=7\.5; rspamd=add-header/);
});

test('for others there is no such page', async () => {
  const alice = await site.signIn('alice@example.com');
  assert.equal((await alice.get('/admin/junk')).status, 404);
});
