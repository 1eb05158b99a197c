// The settings page over real HTTP with real control files (spec/qmailadmin.md 7.2; qmail.md 3, 12.1): what is shown, what
// is refused, and that a text is stored whole or not at all.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { settingTable } from '../../mta/control/settings.ts';
import { settingLock } from '../../mta/control/site-files.ts';
import { machine, postForm, signInAdmin } from '../support/admin.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let root: Client;
const control = (name: string): string => join(site.home.qmail, 'control', name);
const read = (name: string): Promise<string> => readFile(control(name), 'utf8');
const page = (name: string): string => `/admin/settings/${name}`;

before(async () => {
  site = await startSite({ people: ['root@example.org', 'alice@example.com'] });
  const { administration } = site.web;
  await administration.changeAccount(machine, 'root@example.org', { flags: AccountFlag.systemAdmin });
  root = await signInAdmin(site, 'root@example.org');
});
after(() => site.close());

const rowOf = (body: string, name: string): string =>
  body.split('<tr>').find((row) => row.includes(`href="${page(name)}"`)) ?? '';

test('each setting is listed in its room with its value or default, and words are searched', async () => {
  await writeFile(control('databytes'), '1048576\n');
  await writeFile(control('badmailfrom'), 'a@x.example\n@y.example\n\n# none\n');
  const { status, body } = await root.get('/admin/settings');
  assert.equal(status, 200);
  for (const { name } of settingTable) assert.notEqual(rowOf(body, name), '', name);
  assert.match(rowOf(body, 'databytes'), /<code dir="auto">1048576<\/code>/);
  assert.match(rowOf(body, 'badmailfrom'), /a@x\.example<\/code><br><code dir="auto">@y\.example/);
  assert.match(rowOf(body, 'queuelifetime'), /Default: 604800/);
  assert.match(rowOf(body, 'idhost'), /Default: mail\.example\.com/);
  const found = (await root.get('/admin/settings?q=LARGEST+message')).body;
  assert.deepEqual([rowOf(found, 'databytes') !== '', rowOf(found, 'badmailfrom')], [true, '']);
  const set = (await root.get('/admin/settings?only=set')).body;
  assert.deepEqual([rowOf(set, 'databytes') !== '', rowOf(set, 'queuelifetime')], [true, '']);
  assert.match((await root.get('/admin/settings?q=no-such-word')).body, /No setting fits/);
});

test('wrong files and files that nobody reads are told, with the words of the reader', async () => {
  await writeFile(control('greetdelay'), 'soon\n');
  await writeFile(control('databyte'), '5\n');
  await writeFile(control('locals.lock'), '');
  try {
    const { body } = await root.get('/admin/settings');
    assert.match(body, /One file is wrong/);
    assert.match(body, /&quot;soon&quot; is wrong; expected a number from 0 to 50/);
    assert.match(body, /<li><code>databyte<\/code>/);
    assert.doesNotMatch(body, /<code>locals\.lock/);
  } finally {
    await Promise.all(['greetdelay', 'databyte', 'locals.lock'].map((name) => rm(control(name))));
  }
});

test('a text that its reader takes is stored to the byte, with the mode that the file had', async () => {
  await writeFile(control('relayclients'), '127.0.0.1\n', { mode: 0o640 });
  await chmod(control('relayclients'), 0o640);
  const answer = await postForm(root, page('relayclients'), {
    text: '# inside\r\n10.0.0.0/8\r\n\r\n192.0.2.7',
  });
  assert.deepEqual([answer.status, answer.location?.split('?')[0]], [303, page('relayclients')]);
  assert.equal(await read('relayclients'), '# inside\n10.0.0.0/8\n\n192.0.2.7\n');
  assert.equal((await stat(control('relayclients'))).mode & 0o777, 0o640);
  assert.equal((await postForm(root, page('maxrcpt'), { text: '250' })).status, 303);
  assert.equal(await read('maxrcpt'), '250\n');
  assert.equal((await stat(control('maxrcpt'))).mode & 0o777, 0o644);
  const log = await site.web.administration.audit(machine, { limit: 5, search: 'setting.change' });
  assert.deepEqual(
    log.map(({ object, details }) => [object, details]),
    [
      ['maxrcpt', 'the default to "250"'],
      ['relayclients', '1 line to 2 lines'],
    ],
  );
});

test('a wrong value is refused with the words of its reader, nothing is written, what was typed is kept', async () => {
  for (const [name, text, words] of [
    ['maxrcpt', 'many', /&quot;many&quot; is wrong; expected a number from 1 to 100000/],
    ['listen', 'smtp nowhere', /&quot;smtp nowhere&quot; is wrong/],
    ['relayclients', '10.0.0.0/99', /10\.0\.0\.0\/99/],
    ['databytes', 'a\u0000b', /control characters/],
  ] as const) {
    const before = await read(name).catch(() => undefined);
    const names = await readdir(control('.'));
    const answer = await postForm(root, page(name), { text });
    assert.equal(answer.status, 422, name);
    assert.match(answer.body, words);
    if (!text.includes('\0')) assert.ok(answer.body.includes(`>\n${text}</textarea>`), name);
    assert.equal(await read(name).catch(() => undefined), before);
    assert.deepEqual(await readdir(control('.')), names);
  }
});

test('back to the default removes the file; what cannot do without stays', async () => {
  const gone = await postForm(root, page('maxrcpt'), { text: 'ignored', defaults: '1' });
  assert.equal(gone.status, 303);
  await assert.rejects(read('maxrcpt'), { code: 'ENOENT' });
  assert.match((await root.get(page('maxrcpt'))).body, /There is no file now/);
});

test('who changed a file meanwhile is not overwritten: the page shows both', async () => {
  await writeFile(control('databytes'), '100\n');
  const form = await root.get(page('databytes'));
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(form.body) ?? [];
  const [, version = ''] = /name="version" value="([^"]*)"/.exec(form.body) ?? [];
  await writeFile(control('databytes'), '200\n');
  const late = await root.post(page('databytes'), { csrf, version, text: '300\n' });
  assert.equal(late.status, 409);
  assert.match(late.body, /Somebody else has changed this file/);
  assert.match(late.body, /<pre[^>]*>200<\/pre>/);
  assert.match(late.body, />\n300\n<\/textarea>/);
  assert.equal(await read('databytes'), '200\n');
  const [, fresh = ''] = /name="version" value="([^"]*)"/.exec(late.body) ?? [];
  assert.equal((await root.post(page('databytes'), { csrf, version: fresh, text: '300\n' })).status, 303);
  assert.equal(await read('databytes'), '300\n');
});

test('passwords in routes are in no page, no list and no log', async () => {
  await writeFile(control('smtproutes'), ':relay.example:587|user|very-secret\n');
  for (const path of ['/admin/settings', page('smtproutes')]) {
    const { body } = await root.get(path);
    assert.match(body, /:relay\.example:587\|\.\.\./);
    assert.doesNotMatch(body, /very-secret/);
  }
  const dots = await postForm(root, page('smtproutes'), { text: ':relay.example:587|...\n' });
  assert.equal(dots.status, 422);
  const wrong = await postForm(root, page('smtproutes'), { text: 'x:y|u|other-secret\rz\n' });
  assert.equal(wrong.status, 422);
  assert.match(await read('smtproutes'), /very-secret/);
  const right = await postForm(root, page('smtproutes'), { text: ':relay.example|user|new-secret' });
  assert.equal(right.status, 303);
  assert.equal(await read('smtproutes'), ':relay.example|user|new-secret\n');
  const log = JSON.stringify(await site.web.administration.audit(machine, { limit: 100 }));
  assert.doesNotMatch(log, /secret/);
});

test('what runs programs, names users or belongs to domains is shown and not changed', async () => {
  for (const { name, meaning } of settingTable) {
    const isRisky = /program|command|variable|plugin|user of each role|delivery instructions/i.test(meaning);
    // What a program may do and how long is no program.
    const harmless = [
      'cleartextlogin',
      'onchange',
      'qlog',
      'timeoutprogram',
      'timeoutqmailqueue',
      'validrcptto',
      'poprelayminutes',
      'scram',
      'webharmful',
      'weblocked',
      'webcleandays',
      'webproxies',
    ];
    if (isRisky && !harmless.includes(name)) assert.ok(settingLock(name) !== undefined, name);
  }
  for (const name of ['me', 'locals', 'rcpthosts', 'virtualdomains', 'rcptcheck', 'tcp.smtp', 'roleusers']) {
    const before = await read(name).catch(() => undefined);
    const { status, body } = await root.get(page(name));
    assert.equal(status, 200);
    assert.doesNotMatch(body, /name="text"/, name);
    for (const fields of [{ text: 'x' }, { text: '', defaults: '1' }])
      assert.equal((await postForm(root, page(name), fields, page(name))).status, 422, name);
    assert.equal(await read(name).catch(() => undefined), before, name);
  }
});

test('a link or bytes that are not UTF-8 are not replaced by a form', async () => {
  await symlink('databytes', control('helohost'));
  await writeFile(control('bouncefrom'), Buffer.from([0xff, 0xfe, 0x0a]));
  try {
    for (const name of ['helohost', 'bouncefrom']) {
      assert.doesNotMatch((await root.get(page(name))).body, /name="text"/, name);
      const { administration } = site.web;
      const { version } = await administration.setting(machine, name);
      await assert.rejects(administration.changeSetting(machine, name, version, 'x\n'), { name: 'Refusal' });
    }
  } finally {
    await Promise.all(['helohost', 'bouncefrom'].map((name) => rm(control(name))));
  }
});

test('a wrong line in disableddomains shuts nobody out who could put it right', async () => {
  await writeFile(control('disableddomains'), '# note\r\nEXAMPLE.com\r\nno domain:at all\r\n');
  try {
    const { administration } = site.web;
    assert.equal((await administration.domain(machine, 'example.com')).isDisabled, true);
    assert.equal((await administration.domain(machine, 'example.org')).isDisabled, false);
    assert.equal((await root.get('/admin')).status, 200);
    await administration.setDomainDisabled(machine, 'example.com', false);
    assert.equal((await administration.domain(machine, 'example.com')).isDisabled, false);
  } finally {
    await rm(control('disableddomains'));
  }
});

test('hosts of the webmail without the one by which the administrator came are refused', async () => {
  const answer = await postForm(root, page('webhosts'), { text: 'mail.example.com' });
  assert.equal(answer.status, 422);
  assert.match(answer.body, /Your own way in/);
  const host = new URL(site.base).hostname;
  assert.equal((await postForm(root, page('webhosts'), { text: `mail.example.com\n${host}` })).status, 303);
  assert.match((await root.get(page('webhosts'))).body, /A change holds after a restart/);
  assert.equal((await postForm(root, page('webhosts'), { text: '', defaults: '1' })).status, 303);
});

test('clients of the administration without the address of the administrator are refused', async () => {
  const answer = await postForm(root, page('adminclients'), { text: '192.0.2.0/24' });
  assert.equal(answer.status, 422);
  assert.match(answer.body, /Your own way in, 127\.0\.0\.1,/);
  assert.equal((await postForm(root, page('adminclients'), { text: '192.0.2.0/24\nhome' })).status, 422);
  assert.equal(
    (await postForm(root, page('adminclients'), { text: '192.0.2.0/24\n127.0.0.0/8' })).status,
    303,
  );
  assert.equal((await postForm(root, page('adminclients'), { text: '', defaults: '1' })).status, 303);
});
