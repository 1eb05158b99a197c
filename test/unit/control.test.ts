// Control files: qmail's reading rules, our stricter ones, and the matching of addresses with them.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { describeForeignFile } from '../../mta/control/foreign-files.ts';
import { findBySuffix, isRcpthost, rewriteRecipient, stripPrepend } from '../../mta/control/match.ts';
import { makeClientMatcher } from '../../mta/control/network.ts';
import { ControlError, openSettings, readSettings, settingTable } from '../../mta/control/settings.ts';
import { renderSettingsTable } from '../../mta/control/settings-table.ts';
import { hidePasswords, holdsPasswords, listUnknownFiles } from '../../mta/control/site-files.ts';
import { makeCdb } from '../../mta/formats/cdb.ts';

let top = '';
let qmail = '';
before(async () => {
  top = await mkdtemp(join(tmpdir(), 'control-'));
});
after(() => rm(top, { recursive: true }));
let count = 0;
beforeEach(async () => {
  qmail = join(top, String(count++));
  await mkdir(join(qmail, 'control'), { recursive: true });
});
const put = (name: string, text: string | Buffer) => writeFile(join(qmail, 'control', name), text);

describe('reading', () => {
  test('a line is the first one, without blanks at its end', async () => {
    await put('me', 'mail.example.com \t\nsecond\n');
    await put('bouncefrom', '  daemon  ');
    const settings = await readSettings(qmail, ['me', 'bouncefrom']);
    assert.deepEqual(settings, { me: 'mail.example.com', bouncefrom: '  daemon' });
  });

  test('host names default to me, and without me to their own name', async () => {
    const names = ['bouncehost', 'defaultdomain', 'envnoathost', 'idhost', 'localiphost'] as const;
    assert.deepEqual(await readSettings(qmail, names), {
      bouncehost: 'bouncehost',
      defaultdomain: 'defaultdomain',
      envnoathost: 'envnoathost',
      idhost: 'idhost',
      localiphost: undefined,
    });
    await put('me', 'Mail.Example.com\n');
    await put('idhost', 'ids.example.com\n');
    assert.deepEqual(await readSettings(qmail, [...names, 'helohost', 'smtpgreeting', 'locals']), {
      bouncehost: 'Mail.Example.com',
      defaultdomain: 'Mail.Example.com',
      envnoathost: 'Mail.Example.com',
      idhost: 'ids.example.com',
      localiphost: 'Mail.Example.com',
      helohost: 'Mail.Example.com',
      smtpgreeting: 'Mail.Example.com',
      locals: new Set(['mail.example.com']),
    });
  });

  test('the names that must be known are an error without me', async () => {
    for (const name of ['me', 'helohost', 'smtpgreeting', 'locals'] as const)
      await assert.rejects(readSettings(qmail, [name]), ControlError, name);
  });

  test('a number is the digits at the start of the first line', async () => {
    await put('queuelifetime', '3600 an hour\n');
    await put('databytes', '');
    await put('timeoutsmtpd', '0\n');
    assert.deepEqual(
      await readSettings(qmail, ['queuelifetime', 'databytes', 'timeoutsmtpd', 'timeoutremote']),
      {
        queuelifetime: 3600,
        databytes: 0,
        timeoutsmtpd: 1,
        timeoutremote: 1200,
      },
    );
  });

  test('a list skips comments and empty lines and keeps blanks in front', async () => {
    await put('locals', '# ours\nA.example\n\n  b.example \n#c\n');
    await put('rcpthosts', '');
    const { locals, rcpthosts } = await readSettings(qmail, ['locals', 'rcpthosts']);
    assert.deepEqual([...locals], ['a.example', '  b.example']);
    assert.deepEqual(rcpthosts, new Set());
  });

  test('an empty locals file is an empty list, a missing rcpthosts is undefined', async () => {
    await put('me', 'a.example\n');
    await put('locals', '');
    const { locals, rcpthosts } = await readSettings(qmail, ['locals', 'rcpthosts']);
    assert.equal(locals.size, 0);
    assert.equal(rcpthosts, undefined);
  });

  test('a map splits at the first colon, its keys have no case, the last of equal keys wins', async () => {
    await put('virtualdomains', 'Example.com:one\nno colon\nexample.COM:two:three\n:all\nx@y.z:\n');
    const { virtualdomains } = await readSettings(qmail, ['virtualdomains']);
    assert.deepEqual(
      [...virtualdomains],
      [
        ['example.com', 'two:three'],
        ['', 'all'],
        ['x@y.z', ''],
      ],
    );
  });

  test('a wrong value names the file, the value and what is expected', async () => {
    for (const [name, text, expected] of [
      ['concurrencyremote', 'abc\n', /decimal number/],
      ['queuelifetime', '-5\n', /decimal number/],
      ['databytes', '99999999999999999999999\n', /decimal number/],
      ['maxrcpt', '10 people\n', /from 1 to/],
      ['maxrcpt', '0\n', /from 1 to/],
      ['locals', 'a.example\r\nb.example\r\n', /CR LF/],
      ['virtualdomains', 'a.example:b\r\n', /CR LF/],
      ['helohost', 'a.example\r\n', /CR LF/],
      ['timeoutremote', '20\r\n', /CR LF/],
      ['listen', 'smtp 25\n', /NAME HOST:PORT/],
      ['listen', 'telnet 127.0.0.1:23\n', /smtp/],
      ['listen', 'smtp 127.0.0.1:70000\n', /NAME/],
      ['listen', 'smtp ::1:25\n', /brackets/],
      ['dnsservers', 'localhost\n', /IP/],
      ['relayclients', '10.0.0.0/33\n', /BITS/],
      ['relayclients', '10.0.0.0/8/9\n', /BITS/],
      ['relayclients', 'any\n', /BITS/],
      ['passwordscheme', 'md5\n', /scrypt/],
    ] as const) {
      await put(name, text);
      await assert.rejects(readSettings(qmail, [name]), (error: unknown) => {
        assert.ok(error instanceof ControlError, `${name}: ${error}`);
        assert.equal(error.file, join(qmail, 'control', name));
        assert.match(error.message, expected);
        assert.ok(text.startsWith(error.value), `${name}: ${JSON.stringify(error.value)}`);
        return true;
      });
      await rm(join(qmail, 'control', name));
    }
    await mkdir(join(qmail, 'control', 'bouncefrom'));
    await assert.rejects(readSettings(qmail, ['bouncefrom']), /bouncefrom.*EISDIR/);
  });

  test('listen, dnsservers, relayclients and defaultdelivery take what the guide shows', async () => {
    await put('listen', '# doors\nsmtp 0.0.0.0:25\nsmtp\t[::]:25\nhttp localhost:0\n');
    await put('dnsservers', '127.0.0.1:5353\n::1\n[::1]:53\n');
    await put('relayclients', '127.0.0.1\n10.0.0.0/8\n2001:db8::/32\n');
    await put('defaultdelivery', '| preline procmail\n./Maildir/\n\n');
    const settings = await readSettings(qmail, ['listen', 'dnsservers', 'relayclients', 'defaultdelivery']);
    assert.deepEqual(settings.listen, [
      { name: 'smtp', host: '0.0.0.0', port: 25 },
      { name: 'smtp', host: '::', port: 25 },
      { name: 'http', host: 'localhost', port: 0 },
    ]);
    assert.deepEqual(settings.dnsservers, ['127.0.0.1:5353', '::1', '[::1]:53']);
    assert.equal(settings.defaultdelivery, '| preline procmail\n./Maildir/');
    const isRelayClient = makeClientMatcher(settings.relayclients);
    for (const ip of ['127.0.0.1', '::ffff:127.0.0.1', '10.200.3.4', '::ffff:10.1.1.1', '2001:db8:1::5'])
      assert.equal(isRelayClient(ip), true, ip);
    for (const ip of ['127.0.0.2', '11.0.0.1', '2001:db9::1', '::1', 'localhost', ''])
      assert.equal(isRelayClient(ip), false, ip);
  });

  test('without files each setting of the table has its default', async () => {
    await put('me', 'mail.example.com\n');
    const names = settingTable.map((setting) => setting.name);
    assert.equal(new Set(names).size, names.length);
    const settings = await readSettings(qmail, names);
    assert.equal(settings.concurrencylocal, 10);
    assert.equal(settings.maxrcpt, 1000);
    assert.equal(settings.timeoutprogram, 300);
    assert.equal(settings.defaultdelivery, './Maildir/');
    assert.equal(settings.listen.length, 9);
    assert.deepEqual(settings.relayclients, []);
    for (const setting of settingTable) assert.match(setting.meaning, /^[A-Z].*\.$/, setting.name);
  });

  test('an open settings reader sees a change at once, and morercpthosts comes from its cdb', async () => {
    const reader = openSettings(qmail);
    assert.equal((await reader.read(['bouncefrom'])).bouncefrom, 'MAILER-DAEMON');
    for (const value of ['aaa', 'bbb', 'ccc', 'ddd']) {
      await put('bouncefrom', `${value}\n`);
      assert.equal((await reader.read(['bouncefrom'])).bouncefrom, value);
    }
    await rm(join(qmail, 'control', 'bouncefrom'));
    assert.equal((await reader.read(['bouncefrom'])).bouncefrom, 'MAILER-DAEMON');
    await put('morercpthosts.cdb', makeCdb([[Buffer.from('big.example'), Buffer.alloc(0)]]));
    const { morercpthosts } = await reader.read(['morercpthosts']);
    assert.equal(isRcpthost('BIG.example', undefined, morercpthosts), true);
    await put('morercpthosts.cdb', 'short');
    await assert.rejects(reader.read(['morercpthosts']), /morercpthosts\.cdb: not a whole cdb/);
  });
});

describe('matching', () => {
  test('rcpthosts: a whole domain, or a suffix at a dot; a missing list relays nothing', () => {
    const list = new Set(['example.com', '.example.org']);
    for (const yes of ['example.com', 'EXAMPLE.com', 'a.example.org', 'a.b.Example.org'])
      assert.equal(isRcpthost(yes, list), true, yes);
    for (const no of ['a.example.com', 'example.org', 'xexample.com', 'org', ''])
      assert.equal(isRcpthost(no, list), false);
    assert.equal(isRcpthost('example.com', undefined), false);
    assert.equal(isRcpthost('more.example', undefined, new Set(['more.example'])), true);
  });

  const settings = {
    locals: new Set(['host.example', 'both.example']),
    virtualdomains: new Map([
      ['virt.example', 'joe-virt'],
      ['.sub.example', 'sub'],
      ['.deep.sub.example', 'deep'],
      ['boss@far.example', 'boss'],
      ['both.example', 'never'],
      ['except.sub.example', ''],
    ]),
    percenthack: new Set(['host.example', 'b.example']),
    envnoathost: 'host.example',
  };

  test('the channel of a recipient is chosen as qmail-send does', () => {
    for (const [recipient, channel, address] of [
      ['Joe', 'local', 'Joe@host.example'],
      ['Joe@HOST.example', 'local', 'Joe@HOST.example'],
      ['a%b%c.d@host.example', 'remote', 'a%b@c.d'],
      ['a%c%b.example@host.example', 'remote', 'a@c'],
      ['a%b@other.example', 'remote', 'a%b@other.example'],
      ['x@both.example', 'local', 'x@both.example'],
      ['Info@Virt.Example', 'local', 'joe-virt-Info@Virt.Example'],
      ['x@a.sub.example', 'local', 'sub-x@a.sub.example'],
      ['x@sub.example', 'remote', 'x@sub.example'],
      ['x@a.deep.sub.example', 'local', 'deep-x@a.deep.sub.example'],
      ['x@except.sub.example', 'remote', 'x@except.sub.example'],
      ['Boss@far.example', 'local', 'boss-Boss@far.example'],
      ['other@far.example', 'remote', 'other@far.example'],
      ['a@b@virt.example', 'local', 'joe-virt-a@b@virt.example'],
    ] as const)
      assert.deepEqual(rewriteRecipient(recipient, settings), { channel, address }, recipient);
    const all = { ...settings, virtualdomains: new Map([['', 'everything']]) };
    assert.equal(rewriteRecipient('x@any.where', all).address, 'everything-x@any.where');
  });

  test('a bounce shows the address that the sender knows, for both kinds of keys', () => {
    for (const address of ['Info@Virt.Example', 'a-b@x.sub.example', 'Boss@far.example', 'joe@host.example'])
      assert.equal(
        stripPrepend(rewriteRecipient(address, settings).address, settings.virtualdomains),
        address,
      );
    assert.equal(stripPrepend('joe-virt@virt.example', settings.virtualdomains), 'joe-virt@virt.example');
  });

  test('a route is found by the host, its suffixes, or the empty key', () => {
    const routes = new Map([
      ['a.example', 'one'],
      ['.example', 'two'],
      ['', 'smart:26'],
      ['none.test', ''],
    ]);
    assert.equal(findBySuffix(routes, 'A.example'), 'one');
    assert.equal(findBySuffix(routes, 'b.c.example'), 'two');
    assert.equal(findBySuffix(routes, 'example'), 'smart:26');
    assert.equal(findBySuffix(routes, 'none.test'), '');
    assert.equal(findBySuffix(new Map(), 'x'), undefined);
  });
});

describe('files of the patched qmails', () => {
  test('are obeyed or described, each of them', () => {
    const names =
      'authsenders authservid badhelo badhelonorelay badmailfrom badmailfromnorelay badrcptto badrcpttonorelay ' +
      'bouncemaxbytes brtlimit cache cachelifetime clientca.pem clientcert.pem clientcrl.pem concurrencysuppl0 ' +
      'concurrencyincoming defaultdelivery dh4096.pem dkimkeys dnsblfailclosed dnsbllist domainkeys filterargs ' +
      'level2-tlds level3-tlds maxrcpt moreipme morevalidrcptto morevalidrcptto.cdb nosignaturedomains notipme ' +
      'notlshosts notlshosts_auto outgoingip policy qfilters qmtproutes rejectnullsenders rejectrelaytest ' +
      'relaylimits rsa4096.pem servercert.pem servercerts signaturedomains smtpplugins softlimit spfbehavior spfexp ' +
      'spfguess spfrules srs_alwaysrewrite srs_domain srs_hashlength srs_hashmin srs_maxage srs_secrets ' +
      'srs_separator suppls0 surbldomain surbldomainwhite surblrcpt taps tcp.smtp tcp.smtp.cdb tcp.submission ' +
      'tlsclientciphers tlsclients tlshosts tlsserverciphers validrcptto';
    const unread = listUnknownFiles(names.split(' '));
    assert.deepEqual(
      unread.filter((name) => describeForeignFile(name) === undefined),
      [],
    );
    for (const name of ['mystery', 'constructor', 'spf', 'suppls'])
      assert.equal(describeForeignFile(name), undefined, name);
    for (const { name } of settingTable) assert.equal(describeForeignFile(name), undefined, name);
  });
});

test('secrets are not shown to who looks at settings: passwords of routes, secrets of rewritten senders', () => {
  assert.deepEqual(hidePasswords('srs_secrets', ['new', 'old', '']), ['|...', '|...', '']);
  assert.deepEqual(hidePasswords('smtproutes', ['a:b:25|user|word', 'c:d']), ['a:b:25|...', 'c:d']);
  assert.deepEqual(hidePasswords('locals', ['a|b']), ['a|b']);
  assert.deepEqual(
    [
      holdsPasswords('srs_secrets', 'x\n'),
      holdsPasswords('srs_secrets', '\n'),
      holdsPasswords('srs_domain', 'x'),
    ],
    [true, false, false],
  );
});

describe('the guide', () => {
  test("the settings table of the administrator's guide is the program's own", async () => {
    const path = new URL('../../docs/admin-guide.md', import.meta.url);
    const guide = await readFile(path, 'utf8');
    const [start, end] = ['<!-- settings: start -->\n', '<!-- settings: end -->'];
    const [from, to] = [guide.indexOf(start), guide.indexOf(end)];
    assert.ok(from >= 0 && to > from, 'the guide has the two marks');
    const current = `${guide.slice(0, from + start.length)}${renderSettingsTable()}${guide.slice(to)}`;
    if (process.env.UPDATE_DOCS === '1') await writeFile(path, current);
    assert.equal(guide, current, 'out of date; run this test with UPDATE_DOCS=1');
  });
});
