// A domain that is disabled on its page (spec/qmailadmin.md 7), by the real program: nothing is deleted and nothing is
// lost. Nobody of it signs in anywhere, doors put its mail off, the queue keeps what it has, and enabling undoes it all.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import type { LoginService } from '../../mta/accounts/types.ts';
import { postForm } from '../support/admin.ts';
import { postCompose } from '../support/mail-pages.ts';
import { type Road, readMaildir, runRoadCommand, startRoad, waitFor } from '../support/road.ts';
import { needsRoot } from '../support/root.ts';
import { Client, password } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';

describe('with one process', { timeout: 120_000 }, () => walk(false));
describe('under root, a process a role', { skip: needsRoot, timeout: 120_000 }, () => walk(true));

function walk(separate: boolean): void {
  const page = '/admin/d/example.org';
  const services: readonly LoginService[] = ['web', 'smtp', 'imap', 'pop3'];
  let road: Road;
  let alice: Client;
  let bob: Client;

  before(async () => {
    road = await startRoad({ separate, people: ['alice'] });
    await runRoadCommand(road, 'vadddomain', ['example.org', password]);
    await runRoadCommand(road, 'vaddaliasdomain', ['example.org', 'also.example']);
    await runRoadCommand(road, 'vadduser', ['bob@example.org', password]);
    await runRoadCommand(road, 'vmoduser', ['-S', 'alice@example.com']);
    alice = await road.signIn('alice');
    bob = new Client(road.base);
    assert.equal((await bob.signIn('bob@example.org')).status, 303);
    const csrf = await alice.token('/admin/confirm');
    await alice.post('/admin/confirm', { csrf, 'admin-password': password, next: '/admin' });
  });
  after(() => road?.close());

  const maildir = (): string => join(road.home, 'vpopmail', 'domains', 'example.org', 'bob', 'Maildir');

  async function replyTo(recipient: string): Promise<string> {
    const client = await RawSmtpClient.connect(road.smtpPort);
    try {
      await client.hello();
      await client.command('MAIL FROM:<a@b.example>');
      return (await client.command(`RCPT TO:<${recipient}>`)).text;
    } finally {
      client.close();
    }
  }

  /** Which services let bob in, by either name of his domain. */
  async function openServices(): Promise<readonly string[]> {
    const paths = ['qmail', 'vpopmail', 'state', 'run'].map((name) => [name, join(road.home, name)]);
    const accounts = openAccounts({ home: { home: road.home, ...Object.fromEntries(paths) } });
    try {
      const open: string[] = [];
      for (const service of services)
        for (const host of ['example.org', 'also.example'])
          if (await accounts.authenticate(`bob@${host}`, password, service)) open.push(`${service} ${host}`);
      return open;
    } finally {
      await accounts.close();
    }
  }

  test('disabling ends sessions and sign-ins, puts mail off at the door, and is told in the list', async () => {
    assert.equal((await bob.get('/f/INBOX')).status, 200);
    assert.equal((await openServices()).length, 8);
    const done = await postForm(alice, page, { to: '1' }, `${page}/disabled`);
    assert.equal(done.status, 303);
    assert.equal(
      await readFile(join(road.home, 'qmail', 'control', 'disableddomains'), 'utf8'),
      'example.org\n',
    );
    assert.equal((await bob.get('/f/INBOX')).status, 303);
    assert.equal((await new Client(road.base).signIn('bob@example.org')).status, 422);
    assert.deepEqual(await openServices(), []);
    for (const recipient of ['bob@example.org', 'bob@also.example', 'nobody@example.org'])
      assert.match(await waitReply(recipient, /^450/), /^450 4\.2\.1 /);
    assert.match(await replyTo('alice@example.com'), /^250/);
    assert.match((await alice.get('/admin/domains')).body, /example\.org<\/bdi><\/a> <span[^>]*>disabled</);
    assert.match((await alice.get(page)).body, /This domain is disabled/);
  });

  const waitReply = (recipient: string, wanted: RegExp): Promise<string> =>
    waitFor(`a reply like ${wanted} for ${recipient}`, async () => {
      const reply = await replyTo(recipient);
      return wanted.test(reply) ? reply : undefined;
    });

  test('what is in the queue for it waits, and arrives when the domain is enabled again', async () => {
    const form = (await alice.get('/compose')).body;
    const hidden = Object.fromEntries(
      [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    for (const [to, subject] of [
      ['bob@example.org', 'By the real name'],
      ['bob@also.example', 'By the other name'],
    ] as const) {
      const fields = { ...hidden, to, cc: '', bcc: '', subject, body: 'Hello', send: '1' };
      assert.equal((await postCompose(alice, fields)).status, 303);
      hidden.draft = '';
    }
    await waitFor('both deferrals', () =>
      (road.server.stderr().match(/deferral: .*put_off_for_now/g)?.length ?? 0) >= 2 ? true : undefined,
    );
    assert.deepEqual(await readMaildir(maildir()), []);
    assert.equal((await postForm(alice, page, { to: '0' }, `${page}/disabled`)).status, 303);
    await waitReply('bob@example.org', /^250/);
    // The role that delivers sees the change of the file by itself, and a try before that is put off once more.
    await waitFor('both messages', async () => {
      if ((await readMaildir(maildir())).length === 2) return true;
      const order = await postForm(alice, '/admin/queue', { order: 'retryAll' }, '/admin/queue/orders');
      assert.equal(order.status, 303);
      return undefined;
    });
    assert.equal((await openServices()).length, 8);
    assert.equal((await bob.get('/f/INBOX')).status, 200);
  });

  test('nobody disables the own domain, and a domain that is removed leaves no line', async () => {
    const own = await postForm(alice, '/admin/d/example.com', { to: '1' }, '/admin/d/example.com/disabled');
    assert.equal(own.status, 422);
    assert.match(own.body, /Nobody disables the domain of the own account/);
    await postForm(alice, page, { to: '1' }, `${page}/disabled`);
    await postForm(alice, `${page}/remove`, { confirm: 'example.org' });
    assert.equal(await readFile(join(road.home, 'qmail', 'control', 'disableddomains'), 'utf8'), '');
    const log = (await alice.get('/admin/audit')).body;
    for (const action of ['domain.disable', 'domain.enable']) assert.ok(log.includes(action), action);
  });
}
