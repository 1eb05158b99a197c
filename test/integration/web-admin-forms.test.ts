// What the forms of the administration do over real HTTP: a wrong one is 422 with everything typed kept and the field
// named, two who save at once are told, a good one is 303 and on disk (spec/qmailadmin.md 2; webmail.md 2.2).
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { hiddenField, machine, postForm, signInAdmin } from '../support/admin.ts';
import { type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let root: Client;
let postmaster: Client;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com', 'root@example.org'] });
  await site.web.administration.changeAccount(machine, 'root@example.org', {
    flags: AccountFlag.systemAdmin,
  });
  root = await signInAdmin(site, 'root@example.org');
  postmaster = await signInAdmin(site, 'postmaster@example.com');
});
after(() => site.close());

const d = '/admin/d/example.com';
const good = 'a good long password';
const account = (address: string) => site.web.administration.account(machine, address);

/** A refused form names its field beside it and above it. */
function expectFault(body: string, field: string): void {
  assert.match(
    body,
    new RegExp(`aria-describedby="fault-${field}[ "]`),
    `the field ${field} names its fault`,
  );
  assert.match(body, new RegExp(`id="fault-${field}"`));
  assert.match(body, new RegExp(`href="#field-${field}"`));
  assert.match(body, /role="alert" id="faults"/);
}

describe('accounts', () => {
  test('a new account: what is wrong is named and kept, what is right is there', async () => {
    const typed = {
      name: 'dora',
      password: good,
      gecos: 'Dora <D>',
      quota: '1e9',
      quotaUnit: 'MB',
      flag: 'noPop',
    };
    const wrong = await postForm(postmaster, `${d}/new-account`, typed);
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'quota');
    for (const text of ['value="dora"', `value="${good}"`, 'value="Dora &lt;D&gt;"', 'value="1e9"'])
      assert.ok(wrong.body.includes(text), text);
    assert.match(wrong.body, /value="noPop" checked/);
    const right = await postForm(postmaster, `${d}/new-account`, { ...typed, quota: '1.5', gecos: 'Dora' });
    assert.deepEqual([right.status, right.location.split('?')[0]], [303, `${d}/accounts/dora`]);
    assert.match((await postmaster.get(right.location)).body, /dora@example\.com was added\./);
    const made = await account('dora@example.com');
    assert.deepEqual([made.gecos, made.quota, made.flags], ['Dora', '1572864S', AccountFlag.noPop]);
    const taken = await postForm(postmaster, `${d}/new-account`, {
      name: 'dora',
      password: good,
      quotaUnit: 'none',
    });
    assert.equal(taken.status, 422);
    expectFault(taken.body, 'name');
  });

  test('a password that the server makes is shown once and works', async () => {
    const made = await postForm(postmaster, `${d}/new-account`, {
      name: 'emil',
      generate: '1',
      quotaUnit: 'none',
    });
    assert.equal(made.status, 200);
    const word =
      /id="field-password" name="password" type="text" value="([\w-]{19})"/.exec(made.body)?.[1] ?? '';
    assert.match(word, /^[\w-]{19}$/);
    assert.match(made.body, /value="emil"/);
    const fields = { name: 'emil', password: word, generated: '1', quotaUnit: 'none' };
    assert.equal((await postForm(postmaster, `${d}/new-account`, fields)).status, 303);
    assert.ok(await site.web.accounts.authenticate('emil@example.com', word, 'web'));
    assert.ok(!(await postmaster.get(`${d}/accounts/emil`)).body.includes(word));
  });

  test('all of an account changes in one save, and lines of its .qmail that are not ours stay', async () => {
    const { directory } = await account('bob@example.com');
    await writeFile(join(directory, '.qmail'), '| /usr/bin/keep this\n');
    const page = await postmaster.get(`${d}/accounts/bob`);
    assert.match(page.body, /\| \/usr\/bin\/keep this/);
    const saved = await postForm(postmaster, `${d}/accounts/bob`, {
      gecos: 'Robert',
      password: '',
      quota: '2',
      quotaUnit: 'GB',
      quotaMessages: '5000',
      flag: ['noImap', 'bounceMail'],
      delivery: 'forward',
      forwards: 'alice, x@example.net',
      keep: '1',
      vacation: '1',
      'vacation-subject': 'Away',
      'vacation-message': 'Back on Monday.',
    });
    assert.equal(saved.status, 303);
    const bob = await account('bob@example.com');
    assert.deepEqual(
      [bob.gecos, bob.quota, bob.flags],
      ['Robert', '2147483648S,5000C', AccountFlag.noImap | AccountFlag.bounceMail],
    );
    assert.deepEqual(
      [bob.delivery.kind, bob.delivery.forwards, bob.delivery.keepsCopy, bob.delivery.vacation?.subject],
      ['forward', ['alice@example.com', 'x@example.net'], true, 'Away'],
    );
    assert.deepEqual(bob.delivery.otherLines, ['| /usr/bin/keep this']);
    assert.match(await readFile(join(directory, '.qmail'), 'latin1'), /^\| \/usr\/bin\/keep this$/m);
    const noSubject = await postForm(postmaster, `${d}/accounts/bob`, {
      gecos: 'Rob',
      quotaUnit: 'none',
      delivery: 'mailbox',
      vacation: '1',
      'vacation-message': 'Gone & away',
    });
    assert.equal(noSubject.status, 422);
    expectFault(noSubject.body, 'vacation-subject');
    assert.match(noSubject.body, /Gone &amp; away/);
    assert.equal((await account('bob@example.com')).gecos, 'Robert');
  });

  test('of two who save at once the second is told, sees both versions, and loses nothing', async () => {
    const form = await postmaster.get(`${d}/accounts/dora`);
    const csrf = hiddenField(form.body, 'csrf');
    const version = hiddenField(form.body, 'version');
    await site.web.administration.changeAccount(machine, 'dora@example.com', { gecos: 'Changed elsewhere' });
    const late = { csrf, version, gecos: 'Typed here', quota: '3', quotaUnit: 'MB', delivery: 'mailbox' };
    const conflict = await postmaster.post(`${d}/accounts/dora`, late);
    assert.equal(conflict.status, 409);
    assert.match(conflict.body, /<td dir="auto">Changed elsewhere<\/td><td dir="auto">Typed here<\/td>/);
    assert.match(conflict.body, /name="gecos"[^>]* value="Typed here"/);
    assert.equal((await account('dora@example.com')).gecos, 'Changed elsewhere');
    const again = await postmaster.post(`${d}/accounts/dora`, {
      ...late,
      version: hiddenField(conflict.body, 'version'),
    });
    assert.equal(again.status, 303);
    assert.equal((await account('dora@example.com')).gecos, 'Typed here');
  });

  test('a flag that the domain’s administrator does not see stays, and he cannot set it', async () => {
    await site.web.administration.changeAccount(machine, 'dora@example.com', { flags: AccountFlag.override });
    const saved = await postForm(postmaster, `${d}/accounts/dora`, {
      gecos: 'Dora',
      quotaUnit: 'none',
      delivery: 'mailbox',
      flag: ['noPop', 'systemAdmin'],
    });
    assert.equal(saved.status, 303);
    assert.equal((await account('dora@example.com')).flags, AccountFlag.override | AccountFlag.noPop);
  });

  test('a new password ends the sessions of the account; the own one wants the old one too', async () => {
    const alice = await site.signIn('alice@example.com');
    const base = { quotaUnit: 'none', delivery: 'mailbox', gecos: 'Alice' };
    assert.equal(
      (await postForm(postmaster, `${d}/accounts/alice`, { ...base, password: good })).status,
      303,
    );
    assert.equal((await alice.get('/f/INBOX')).status, 303);
    const own = `${d}/accounts/postmaster`;
    const refused = await postForm(postmaster, own, { ...base, password: good, oldPassword: 'wrong' });
    assert.equal(refused.status, 422);
    expectFault(refused.body, 'oldPassword');
  });

  test('removed with its mail going elsewhere: an alias is left; postmaster cannot be removed', async () => {
    const page = `${d}/accounts/emil/remove`;
    const wrong = await postForm(postmaster, page, { forwardTo: 'nobody-at-all' });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'forwardTo');
    const right = await postForm(postmaster, page, { forwardTo: 'alice' });
    assert.deepEqual([right.status, right.location.split('?')[0]], [303, `${d}/aliases/emil`]);
    const left = await site.web.administration.alias(machine, 'example.com', 'emil');
    assert.deepEqual(left.addresses, ['alice@example.com']);
    const self = await root.post(`${d}/accounts/postmaster/remove`, { csrf: await root.token(d) });
    assert.equal(self.status, 422);
    assert.match(self.body, /Every domain has a postmaster/);
  });
});

describe('the list of accounts', () => {
  test('is paged by name and searched by name and comment', async () => {
    const lines = Array.from({ length: 120 }, (_, at) => ({
      line: at + 1,
      address: `many${String(at).padStart(3, '0')}@example.org`,
      password: good,
      gecos: `Person ${at}`,
    }));
    const domain = (await site.web.accounts.findDomain('example.org'))!;
    const file = join(domain.directory, 'vpasswd');
    await appendFile(
      file,
      lines
        .map(
          ({ address, gecos }) => `${address.split('@')[0]}:x:1:0:${gecos}:${domain.directory}/m:NOQUOTA\n`,
        )
        .join(''),
    );
    const list = '/admin/d/example.org/accounts';
    const first = await root.get(list);
    const next = /rel="next" href="([^"]+)"/.exec(first.body)?.[1] ?? '';
    assert.match(first.body, /many049/);
    assert.doesNotMatch(first.body, /many050|rel="prev"/);
    const second = await root.get(next);
    assert.match(second.body, /many050[\s\S]*many099/);
    const back = /rel="prev" href="([^"]+)"/.exec(second.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.match((await root.get(back)).body, /many000[\s\S]*many049/);
    const found = await root.get(`${list}?q=person+117`);
    assert.match(found.body, /many117/);
    assert.doesNotMatch(found.body, /many116/);
  });

  test('a torn line of vpasswd is passed over and reported', async () => {
    const domain = (await site.web.accounts.findDomain('example.org'))!;
    await appendFile(join(domain.directory, 'vpasswd'), 'torn<b>:x:1\n');
    assert.match((await root.get('/admin/d/example.org')).body, /Lines that could not be read/);
    const dashboard = await root.get('/admin');
    assert.match(dashboard.body, /vpasswd[^<]*<\/bdi>:/);
    assert.doesNotMatch(dashboard.body, /torn<b>/);
    assert.match((await root.get('/admin/d/example.org/accounts?q=many001')).body, /many001/);
  });
});

describe('domains', () => {
  test('added, given another name, and removed only when its name is typed', async () => {
    const wrong = await postForm(root, '/admin/domains/add', { domain: 'no domain', password: good });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'domain');
    assert.match(wrong.body, /value="no domain"/);
    const right = await postForm(root, '/admin/domains/add', { domain: 'New.Example', password: good });
    assert.deepEqual([right.status, right.location.split('?')[0]], [303, '/admin/d/new.example']);
    const page = '/admin/d/new.example';
    const badAlias = await postForm(root, page, { alias: 'example.com' }, `${page}/alias-domains`);
    assert.equal(badAlias.status, 422);
    expectFault(badAlias.body, 'alias');
    assert.equal(
      (await postForm(root, page, { alias: 'also.example' }, `${page}/alias-domains`)).status,
      303,
    );
    assert.match((await root.get(page)).body, /<bdi>also\.example<\/bdi>/);
    const off = await postForm(root, page, { alias: 'also.example' }, `${page}/alias-domains/remove`);
    assert.equal(off.status, 303);
    const untyped = await postForm(root, `${page}/remove`, { confirm: 'new' });
    assert.equal(untyped.status, 422);
    expectFault(untyped.body, 'confirm');
    assert.equal((await postForm(root, `${page}/remove`, { confirm: 'new.example' })).status, 303);
    assert.equal((await root.get(page)).status, 404);
  });

  test('the catch-all is previewed without being saved, then saved; two at once are told', async () => {
    const page = `${d}/catch-all`;
    const form = await postmaster.get(page);
    const preview = await postForm(postmaster, page, {
      kind: 'forward',
      address: 'alice@example.com',
      preview: '1',
    });
    assert.match(
      preview.body,
      /With this choice:<\/strong> Mail for nobody@example\.com goes to alice@example\.com\./,
    );
    assert.match((await postmaster.get(page)).body, /nobody@example\.com is refused/);
    assert.equal((await postForm(postmaster, page, { kind: 'delete', save: '1' })).status, 303);
    const late = await postmaster.post(page, {
      csrf: hiddenField(form.body, 'csrf'),
      version: hiddenField(form.body, 'version'),
      kind: 'bounce',
    });
    assert.equal(late.status, 409);
    assert.match(
      late.body,
      /is thrown away; nobody is told\.<\/td><td dir="auto">Mail for nobody@example\.com is refused/,
    );
    const wrong = await postForm(postmaster, page, { kind: 'forward', address: 'no address' });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'address');
  });

  test('limits are kept as typed, switches and denials too, and go back to those of all domains', async () => {
    const page = `${d}/limits`;
    const wrong = await postForm(root, page, { maxAccounts: 'many', maxRobots: '3' });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'maxAccounts');
    assert.match(wrong.body, /value="many"[\s\S]*value="3"/);
    const saved = await postForm(root, page, {
      maxAccounts: '50',
      defaultQuota: '1.5',
      switch: ['noPop', 'noRelay'],
      denied: ['account:create', 'account:remove', 'listUsers:modify'],
    });
    assert.equal(saved.status, 303);
    const { limits, hasDefaultLimits } = await site.web.administration.domain(machine, 'example.com');
    assert.equal(hasDefaultLimits, false);
    assert.deepEqual(
      [limits.maxAccounts, limits.maxRobots, limits.defaultQuota, limits.flags],
      [50, -1, 1_572_864, AccountFlag.noPop | AccountFlag.noRelay],
    );
    assert.deepEqual([limits.denied.account, limits.denied.listUsers, limits.denied.alias], [5, 2, 0]);
    assert.match((await root.get(`${d}/new-account`)).body, /name="quota"[^>]*value="1\.5"/);
    assert.equal((await postForm(root, page, { defaults: '1' })).status, 303);
    assert.equal((await site.web.administration.domain(machine, 'example.com')).hasDefaultLimits, true);
  });
});

describe('aliases and robots', () => {
  test('an alias is made, refused, changed, removed; its other lines stay', async () => {
    const wrong = await postForm(postmaster, `${d}/new-alias`, { name: 'sales', addresses: 'x@' });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'addresses');
    assert.match(wrong.body, /value="sales"/);
    assert.equal(
      (await postForm(postmaster, `${d}/new-alias`, { name: 'sales', addresses: 'alice' })).status,
      303,
    );
    const domain = (await site.web.accounts.findDomain('example.com'))!;
    const file = join(domain.directory, '.qmail-sales');
    await appendFile(file, '| hand made\n');
    const page = await postmaster.get(`${d}/aliases/sales`);
    assert.match(page.body, /<pre tabindex="0"[^>]*>\| hand made<\/pre>/);
    const saved = await postForm(postmaster, `${d}/aliases/sales`, { addresses: 'alice\nx@example.net' });
    assert.equal(saved.status, 303);
    const text = await readFile(file, 'latin1');
    assert.match(text, /^\| hand made$/m);
    assert.match(text, /^&x@example\.net$/m);
    assert.match((await postmaster.get(`${d}/aliases`)).body, /alice, x@example\.net/);
    assert.equal((await postForm(postmaster, `${d}/aliases/sales/remove`, {})).status, 303);
    assert.equal((await postmaster.get(`${d}/aliases/sales`)).status, 404);
  });

  test('no line that runs a program or names a file comes out of a form', async () => {
    for (const addresses of [
      '|/bin/evil',
      '/tmp/file',
      './Maildir/',
      'a@b.example\n|evil',
      '"|x"@example.net',
    ])
      assert.equal(
        (await postForm(postmaster, `${d}/new-alias`, { name: 'evil', addresses })).status,
        422,
        addresses,
      );
  });

  test('a robot is made and changed; its name cannot be one that is taken', async () => {
    const robot = {
      name: 'prices',
      subject: 'Our prices',
      message: 'All is free.',
      copyTo: 'alice@example.com',
    };
    const wrong = await postForm(postmaster, `${d}/new-robot`, { ...robot, subject: '' });
    assert.equal(wrong.status, 422);
    expectFault(wrong.body, 'subject');
    assert.match(wrong.body, /All is free\./);
    assert.equal((await postForm(postmaster, `${d}/new-robot`, { ...robot, name: 'alice' })).status, 422);
    assert.equal((await postForm(postmaster, `${d}/new-robot`, robot)).status, 303);
    assert.equal(
      (await postForm(postmaster, `${d}/aliases/prices`, { ...robot, subject: 'New prices' })).status,
      303,
    );
    assert.match(
      (await postmaster.get(`${d}/aliases`)).body,
      /answers “New prices” and sends a copy to alice/,
    );
  });
});

describe('accounts as CSV', () => {
  const upload = async (client: Client, text: string | Uint8Array<ArrayBuffer>) => {
    const form = new FormData();
    form.set('csrf', await client.token(`${d}/import`));
    form.set('file', new Blob([text]), 'accounts.csv');
    return client.request(`${d}/import`, { method: 'POST', body: form, headers: { origin: site.base } });
  };
  /** The page of a job when it is over. */
  const result = async (client: Client, path: string) => {
    for (;;) {
      const page = await client.get(path);
      if (page.headers.get('refresh') === null) return page;
      assert.match(page.body, /lines?<\/p>/);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('a form of another kind is answered at once', async () => {
    const client = await signInAdmin(site, 'postmaster@example.com');
    const csrf = await client.token(`${d}/import`);
    assert.equal((await client.post(`${d}/import`, { csrf, file: 'name' })).status, 400);
  });

  test('is tried out first, reports each bad line with its reason, and adds the good ones', async () => {
    const text = [
      'name;password;comment;quota;flags',
      `fred;${good};Fred;10M;`,
      `gina;${good};"Gina; the second";;noPop noImap`,
      `bad name;${good};;;`,
      `hans;${good};;1e9;`,
      `ida;${good};;;noSuchFlag`,
      `fred;${good};again;;`,
      '',
    ].join('\r\n');
    const sent = await upload(postmaster, text);
    assert.equal(sent.status, 303);
    const report = await result(postmaster, sent.location);
    assert.match(report.body, /2 accounts would be added\. 4 lines are refused\./);
    for (const line of [4, 5, 6, 7])
      assert.match(report.body, new RegExp(`<th scope="row" class="number">${line}</th>`));
    assert.match(report.body, /noSuchFlag/);
    await assert.rejects(account('fred@example.com'));
    const csrf = hiddenField(report.body, 'csrf');
    assert.equal((await postmaster.post(`${sent.location}/start`, { csrf, mode: 'all' })).status, 422);
    const started = await postmaster.post(`${sent.location}/start`, { csrf, mode: 'good' });
    assert.equal(started.status, 303);
    const done = await result(postmaster, started.location);
    assert.match(done.body, /2 accounts were added\./);
    assert.equal((await account('gina@example.com')).gecos, 'Gina; the second');
    assert.equal((await account('gina@example.com')).flags, AccountFlag.noPop | AccountFlag.noImap);
    // The lines, which hold passwords, are gone.
    assert.equal((await postmaster.post(`${sent.location}/start`, { csrf, mode: 'good' })).status, 404);
  });

  test('a file that is none says why', async () => {
    for (const [text, words] of [
      ['', /Choose a file first/],
      [new Uint8Array([0x66, 0xff, 0xfe]), /not UTF-8/],
      ['\n\n', /holds no lines/],
    ] as const) {
      const answer = await upload(postmaster, text);
      assert.equal(answer.status, 422);
      expectFault(answer.body, 'file');
      assert.match(answer.body, words);
    }
  });

  test('goes out without passwords, safe for spreadsheets, with the mark only when wanted', async () => {
    await site.web.administration.changeAccount(machine, 'alice@example.com', { gecos: '=HYPERLINK("x")' });
    const file = await postForm(postmaster, `${d}/export`, { bom: '1' });
    assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(
      file.headers.get('content-disposition') ?? '',
      /^attachment; filename="?accounts-example\.com\.csv/,
    );
    assert.match(file.body, /^alice@example\.com,"'=HYPERLINK\(""x""\)",/m);
    assert.doesNotMatch(file.body, /\$1\$|\$scrypt|password/);
    const cookie = [...postmaster.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const csrf = await postmaster.token(`${d}/export`);
    for (const [bom, first] of [
      ['1', 0xef],
      ['', 0x61],
    ] as const) {
      const body = new URLSearchParams({ csrf, bom });
      const raw = await fetch(`${site.base}${d}/export`, {
        method: 'POST',
        body,
        headers: { cookie, origin: site.base },
      });
      assert.equal(new Uint8Array(await raw.arrayBuffer())[0], first);
    }
    const audit = await postmaster.get('/admin/audit?q=export');
    assert.match(audit.body, /account\.export/);
  });
});

test('the audit log names who did what, of the own domain only, and never a password', async () => {
  const own = await postmaster.get('/admin/audit');
  assert.match(own.body, /account\.add/);
  assert.doesNotMatch(own.body, /new\.example/);
  assert.ok(!own.body.includes(good));
  assert.ok(!site.logged.some((line) => line.includes(good) || line.includes(password)));
  assert.match((await root.get('/admin/audit')).body, /new\.example/);
});
