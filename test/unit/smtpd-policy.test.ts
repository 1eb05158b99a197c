// The decisions of the SMTP door as tables: paths, parameters, recipients, connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrowdTable, networkOf } from '../../mta/smtpd/crowd.ts';
import { readMailParameters } from '../../mta/smtpd/parameters.ts';
import { parsePath } from '../../mta/smtpd/path.ts';
import { decideConnect, decideRecipient, isHttp, replaceLocalIp } from '../../mta/smtpd/policy.ts';
import { queueReply, replies } from '../../mta/smtpd/reply.ts';
import { defaultLimits, limitsOf } from '../../mta/smtpd/settings.ts';
import { nameProtocol, renderReceived } from '../../mta/smtpd/trace.ts';
import { badList, testSettings as settings } from '../support/smtp.ts';

test('paths that are taken, and the address in them', () => {
  for (const [argument, address] of [
    ['FROM:<a@x.test>', 'a@x.test'],
    ['from:<a@x.test>', 'a@x.test'],
    ['FROM: <a@x.test>', 'a@x.test'],
    ['FROM:<>', ''],
    ['FROM:a@x.test', 'a@x.test'],
    ['FROM:<postmaster>', 'postmaster'],
    ['FROM:<"a b"@x.test>', 'a b@x.test'],
    ['FROM:<"a\\"b"@x.test>', 'a"b@x.test'],
    ['FROM:<a\\ b@x.test>', 'a b@x.test'],
    ['FROM:<"a@b"@x.test>', 'a@b@x.test'],
    ['FROM:<a."b".c@x.test>', 'a.b.c@x.test'],
    ['FROM:<@r.test,@s.test:a@x.test>', 'a@x.test'],
    ['FROM:<a@[192.0.2.1]>', 'a@[192.0.2.1]'],
    ['FROM:<a@[IPv6:2001:db8::1]>', 'a@[IPv6:2001:db8::1]'],
    ['FROM:<a@x_y.test>', 'a@x_y.test'],
    ['FROM:<a..b.@x.test>', 'a..b.@x.test'],
    ['FROM:<prvs=1=a+b/c{d}@x.test>', 'prvs=1=a+b/c{d}@x.test'],
    ['FROM:<jürgen@dömäin.test>', 'jürgen@dömäin.test'],
  ] as const)
    assert.equal(parsePath(argument, 'FROM')?.address, address, argument);
  // The double-bounce sender of qmail has no legal path form; it is not taken from the network.
  assert.equal(parsePath('FROM:<#@[]>', 'FROM'), undefined);
});

test('paths that are refused', () => {
  for (const argument of [
    '',
    'FROM',
    'FROM:',
    'FROM: ',
    'FROM <a@x.test>',
    'TO:<a@x.test>',
    'FROM:<a@x.test',
    'FROM:a@x.test>',
    'FROM:<a@x.test>b',
    'FROM:<a@x.test>>',
    'FROM:<<a@x.test>>',
    'FROM:<a b@x.test>',
    'FROM:<a@x.test> <b@y.test>',
    'FROM:<a@x@y.test>',
    'FROM:<@x.test>',
    'FROM:<@x.test:>',
    'FROM:<@x.test:a>',
    'FROM:<a@>',
    'FROM:<a(c)@x.test>',
    'FROM:<"a@x.test>',
    'FROM:<"">',
    'FROM:<""@x.test>',
    'FROM:<"a@x.test">',
    'FROM:<a@[192.0.2.1>',
    'FROM:<a@x.test\u0000>',
    'FROM:<"a\u0001"@x.test>',
    'FROM:<a\u007f@x.test>',
    'FROM:<a\ufffd@x.test>',
    `FROM:<${'a'.repeat(893)}@x.test>`,
    `FROM:<a@${'x'.repeat(64)}.test>`,
    `FROM:<a@${'x.'.repeat(126)}yz>`,
    'FROM:<a@x.test> SIZE=1 SIZE=2',
    'FROM:<a@x.test> =1',
    'FROM:<a@x.test> SIZE=',
  ])
    assert.equal(parsePath(argument, 'FROM'), undefined, argument);
  assert.notEqual(parsePath(`FROM:<${'a'.repeat(892)}@x.test>`, 'FROM'), undefined);
  assert.notEqual(parsePath(`FROM:<a@${'x.'.repeat(126)}y>`, 'FROM'), undefined);
});

test('MAIL parameters', () => {
  const read = (parameters: string) =>
    readMailParameters(parsePath(`FROM:<a@x.test>${parameters}`, 'FROM')!, 52_428_800, true);
  const none = { ret: undefined, envid: undefined, requireTls: undefined };
  assert.deepEqual(read(''), { size: 0, utf8: false, ...none });
  assert.deepEqual(read(' size=52428800 BODY=8bitmime SMTPUTF8 AUTH=<>'), {
    size: 52_428_800,
    utf8: true,
    ...none,
  });
  assert.deepEqual(read(' RET=hdrs ENVID=QQ+2B1'), {
    ...none,
    size: 0,
    utf8: false,
    ret: 'HDRS',
    envid: 'QQ+2B1',
  });
  for (const [parameters, reply] of [
    [' SIZE=52428801', replies.tooBig],
    [' SIZE=18446744073709551616', replies.tooBig],
    [' SIZE=0x10', replies.badParameter],
    [' SIZE=+5', replies.badParameter],
    [' BODY=BINARYMIME', replies.badParameter],
    [' SMTPUTF8=1', replies.badParameter],
    [' RET=NONE', replies.badParameter],
    [' ENVID=a+2', replies.badParameter],
    [` ENVID=${'a'.repeat(101)}`, replies.badParameter],
    [' XYZ=1', replies.unknownParameter],
    [' AUTH', replies.unknownParameter],
  ] as const)
    assert.equal(read(parameters), reply, parameters);
});

test('recipients: what is accepted, checked or refused, for strangers and for those who may relay', () => {
  const site = {
    ...settings,
    rcpthosts: new Set(['our.test', '.sub.test', 'virtual.test', 'backup.test']),
    virtualdomains: new Map([['virtual.test', 'virtual']]),
    percenthack: new Set(['our.test']),
  };
  for (const [recipient, stranger, friend] of [
    ['u@our.test', 'check u@our.test', 'check u@our.test'],
    ['u@OUR.TEST', 'check u@OUR.TEST', 'check u@OUR.TEST'],
    ['u@virtual.test', 'check u@virtual.test', 'check u@virtual.test'],
    ['u', 'check u@our.test', 'check u@our.test'],
    ['PostMaster', 'accept', 'accept'],
    ['u@backup.test', 'accept', 'accept'],
    ['u@a.sub.test', 'accept', 'accept'],
    ['u@sub.test', 'refuse', 'accept'],
    ['u@evilsub.test', 'refuse', 'accept'],
    ['u@relay.test', 'refuse', 'accept'],
    ['v%relay.test@our.test', 'refuse', 'accept'],
    ['v%backup.test@our.test', 'accept', 'accept'],
    ['v%virtual.test@our.test', 'check v@virtual.test', 'check v@virtual.test'],
    ['v%relay.test', 'refuse', 'accept'],
    ['', 'refuse', 'refuse'],
  ] as const) {
    for (const [mayRelay, expected] of [
      [false, stranger],
      [true, friend],
    ] as const) {
      const decision = decideRecipient(recipient, mayRelay, site);
      const found = decision.verdict === 'check' ? `check ${decision.address}` : decision.verdict;
      assert.equal(found, expected, `${recipient} ${mayRelay}`);
    }
  }
  assert.deepEqual(decideRecipient('u@our.test', false, { ...site, rcpthosts: undefined }), {
    verdict: 'refuse',
    reply: replies.noRelay,
  });
});

test('our own address in brackets is localiphost, others stay', () => {
  const isOwn = (ip: string) => ip === '192.0.2.10' || ip === '2001:db8::1';
  const replace = (text: string, site = settings) =>
    replaceLocalIp(parsePath(`TO:<${text}>`, 'TO')!, isOwn, site);
  assert.equal(replace('u@[192.0.2.10]'), 'u@our.test');
  assert.equal(replace('u@[IPv6:2001:db8::1]'), 'u@our.test');
  assert.equal(replace('u@[192.0.2.11]'), 'u@[192.0.2.11]');
  assert.equal(replace('u@192.0.2.10'), 'u@192.0.2.10');
  assert.equal(replace('u@[192.0.2.10]', { ...settings, localiphost: undefined }), 'u@[192.0.2.10]');
});

test('badmailfrom is compared without regard to case, and never with the null sender', () => {
  const list = badList('a@x.test', '@evil.test', '', '@');
  for (const [sender, isBad] of [
    ['A@X.test', true],
    ['b@x.test', false],
    ['any@EVIL.test', true],
    ['any@sub.evil.test', false],
    ['', false],
  ] as const)
    assert.equal(list.find(sender) !== undefined, isBad, sender);
});

test('connections are let in up to their limits', () => {
  const site = { ...settings, maxconnections: 100, maxconnectionsperip: 10 };
  const decide = (total: number, fromAddress: number, thisSecond: number, isRelayClient = false) =>
    decideConnect({ total, fromAddress, thisSecond }, isRelayClient, site, defaultLimits);
  assert.equal(decide(99, 9, 19), undefined);
  assert.equal(decide(100, 0, 0), replies.tooManyConnections);
  assert.equal(decide(0, 10, 0), replies.tooManyFromYou);
  assert.equal(decide(0, 0, 20), replies.tooManyFromYou);
  assert.equal(decide(99, 50, 500, true), undefined);
  assert.equal(decide(100, 0, 0, true), replies.tooManyConnections);
  assert.equal(limitsOf({ ...settings, limits: { hops: 5 } }).hops, 5);
});

test('clients are counted by IPv4 address and by IPv6 /64', () => {
  for (const [ip, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:0DB8:1::9', '2001:db8:1:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ] as const)
    assert.equal(networkOf(ip), network);
});

test('the crowd is counted by address and second, and its log lines by minute', () => {
  const lines: string[] = [];
  const crowd = new CrowdTable((line) => lines.push(line));
  crowd.enter('a', 10);
  crowd.enter('a', 10.5);
  crowd.enter('b', 10.6);
  assert.deepEqual(crowd.look('a', 10.9), { total: 3, fromAddress: 2, thisSecond: 2 });
  assert.deepEqual(crowd.look('a', 11.1), { total: 3, fromAddress: 2, thisSecond: 0 });
  crowd.leave('a', 12);
  assert.deepEqual(crowd.look('a', 12), { total: 2, fromAddress: 1, thisSecond: 0 });
  for (let i = 0; i < 300; i++) crowd.log('a', 13, `line ${i}`);
  assert.equal(lines.length, 119);
  for (let i = 0; i < 300; i++) crowd.log('a', 75, `line ${i}`);
  assert.equal(lines.length, 119 + 20);
  assert.equal(lines[119], 'smtpd: ip=a result=log-limited reason=181 lines');
  crowd.leave('b', 80);
  crowd.sweep(200);
  assert.deepEqual(crowd.look('b', 200), { total: 1, fromAddress: 0, thisSecond: 0 });
});

test('HTTP is known, SMTP is not taken for it', () => {
  for (const line of [
    'GET / HTTP/1.0',
    'post /x HTTP/1.1',
    'CONNECT a:25 HTTP/1.1',
    'User-Agent: x',
    'Host: y',
  ])
    assert.equal(isHttp(line), true, line);
  for (const line of ['HELO host', 'HELP', 'DATA', 'MAIL FROM:<a@x.test>', 'GET', 'QUIT'])
    assert.equal(isHttp(line), false, line);
});

test('the queue’s words become one clean line with their code in front', () => {
  for (const [code, words, text] of [
    [451, 'qq read error (#4.3.0)', '451 4.3.0 qq read error (#4.3.0)'],
    [554, 'no (#5.7.1)', '554 5.7.1 no (#5.7.1)'],
    [554, 'odd (#4.0.0)', '554 5.3.0 odd (#4.0.0)'],
    [451, 'two\r\n250 ok\u0000', '451 4.3.0 two 250 ok'],
  ] as const)
    assert.equal(queueReply(code, words).text, text);
});

test('the names of the protocol', () => {
  for (const [extended, secure, authenticated, utf8, name] of [
    [false, false, false, false, 'SMTP'],
    [true, false, false, false, 'ESMTP'],
    [true, true, false, false, 'ESMTPS'],
    [true, false, true, false, 'ESMTPA'],
    [true, true, true, false, 'ESMTPSA'],
    [true, false, false, true, 'UTF8SMTP'],
    [true, true, true, true, 'UTF8SMTPSA'],
  ] as const)
    assert.equal(nameProtocol({ extended, secure, authenticated, utf8 }), name);
});

test('the Received line leaves HELO out when it is the host’s name', () => {
  const facts = {
    remoteIp: '192.0.2.1',
    remoteHost: 'Mail.x.test',
    helo: 'mail.X.test',
    info: '',
    localHost: 'mx.our.test',
    protocol: 'ESMTP',
  };
  assert.equal(
    renderReceived(facts, 0),
    'Received: from Mail.x.test (192.0.2.1)\n  by mx.our.test with ESMTP; 1 Jan 1970 00:00:00 -0000\n',
  );
  assert.match(
    renderReceived({ ...facts, helo: 'a) (b\n', info: 'u@our.test' }, 0),
    /^Received: from Mail\.x\.test \(HELO a\?\?\?b\?\) \(u@our\.test@192\.0\.2\.1\)\n/,
  );
});
