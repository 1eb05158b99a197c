// The pure parts of qmail's other commands: access rules, passwd to assign, tcpto records, POP3's wire form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  makeAssignFromPasswd,
  type PasswdAssignFiles,
  type PasswdAssignOptions,
  UnknownUserError,
} from '../../mta/accounts/passwd-assign.ts';
import { serviceOf } from '../../mta/commands/checkpassword.ts';
import { reverseName } from '../../mta/commands/config.ts';
import { formatNotice, terminalsOf } from '../../mta/commands/qbiff.ts';
import { decideReply } from '../../mta/commands/qmail-popup.ts';
import { createSplogger } from '../../mta/commands/splogger.ts';
import { usableHash } from '../../mta/commands/system-user.ts';
import { domainsOfHost } from '../../mta/control/host-files.ts';
import { compileTcpRules, findTcpRule, rulesKeys, TcpRulesError } from '../../mta/control/tcp-rules.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import { createPop3Encoder } from '../../mta/formats/pop3-encoder.ts';
import { encodeTimeoutFile, formatTimeoutRecord, parseTimeoutFile } from '../../mta/remote/tcpto-file.ts';

const rules = (text: string) => Cdb.from(compileTcpRules(text));
const records = (text: string): Record<string, string> =>
  Object.fromEntries([...rules(text).entries()].map(([key, data]) => [key.toString(), data.toString()]));

test('a rule becomes D for deny and +NAME=value for each variable, each with a NUL; any byte quotes', () => {
  assert.deepEqual(
    records('# note\n127.:allow,RELAYCLIENT="",X=/a"b/  \n\nno colon\n10.0.0.1:deny,A=%b%\n:allow'),
    { '127.': '+RELAYCLIENT=\0+X=a"b\0', '10.0.0.1': 'D\0+A=b\0', '': '' },
  );
});

test('a range becomes one rule a number, but not in names and not above 255', () => {
  assert.deepEqual(
    Object.keys(records('1.2.3.9-11:deny\n10.2-3.:allow\n250-999.:allow\n=a-b.c:deny\nu-v@1.2:deny')),
    [
      '1.2.3.9',
      '1.2.3.10',
      '1.2.3.11',
      '10.2.',
      '10.3.',
      '250.',
      '251.',
      '252.',
      '253.',
      '254.',
      '255.',
      '=a-b.c',
      'u-v@1.2',
    ],
  );
});

test('a line that cannot be parsed is an error that names it', () => {
  for (const bad of [
    '1.2.3.4:permit',
    '1.2.3.a-b:allow',
    '1.2.3.4-x:allow',
    '1.2.3.4x-9:allow',
    '1:allow,X',
    '1:allow,X="',
    '1:allow,X="a',
    '1:allow X="a"',
    '1:denyX',
  ])
    assert.throws(
      () => compileTcpRules(`:allow\n${bad}\n`),
      (error) => error instanceof TcpRulesError && error.line === 2 && error.text === bad,
    );
});

test('rules are looked up in the order of tcpserver', () => {
  assert.deepEqual(
    [...rulesKeys({ ip: '1.2.3.4', host: 'A.b.C', info: 'joe' })],
    ['joe@1.2.3.4', 'joe@=a.b.c', '1.2.3.4', '=a.b.c', '1.2.3.', '1.2.', '1.', '=.b.c', '=.c', '=', ''],
  );
  assert.deepEqual([...rulesKeys({ ip: '::ffff:1.2.3.4' })], ['1.2.3.4', '1.2.3.', '1.2.', '1.', '']);
});

test('the first rule that fits decides alone; none is an allowance; an IPv6 address has brackets in the text', () => {
  const cdb = rules('1.2.:allow,A="short"\n1.2.3.:deny,B="long"\n[2001:DB8:0::1]:deny\n');
  assert.deepEqual(findTcpRule(cdb, { ip: '1.2.3.4' }), {
    isDenied: true,
    isNamed: true,
    variables: new Map([['B', 'long']]),
  });
  assert.deepEqual(findTcpRule(cdb, { ip: '1.2.4.4' }), {
    isDenied: false,
    isNamed: true,
    variables: new Map([['A', 'short']]),
  });
  assert.deepEqual(findTcpRule(cdb, { ip: '9.9.9.9' }), {
    isDenied: false,
    isNamed: false,
    variables: new Map(),
  });
  assert.equal(findTcpRule(cdb, { ip: '2001:db8::1' }).isDenied, true);
  assert.throws(() => compileTcpRules('[1.2.3.4]:deny'), TcpRulesError);
});

const passwd = [
  'root:x:0:0::/root:/bin/sh',
  'alias:x:7:8::/var/qmail/alias:/bin/false',
  'joe:x:1000:100:Joe:/usr/home/joe:/bin/sh',
  'Upper:x:1001:100::/usr/home/upper:/bin/sh',
  'gone:x:1002:100::/usr/home/gone:/bin/sh',
  'broken:x:1003',
  '',
].join('\n');
const usual: PasswdAssignOptions = { breakCharacter: '-', slashDash: false, allowUpperCase: false };
const assign = (files: PasswdAssignFiles = {}, options: Partial<PasswdAssignOptions> = {}, text = passwd) =>
  makeAssignFromPasswd(text, files, { ...usual, ...options }, async ({ name }) => name !== 'gone');
const aliasLines = [
  '+:alias:7:8:/var/qmail/alias:-::',
  '=alias:alias:7:8:/var/qmail/alias:::',
  '+alias-:alias:7:8:/var/qmail/alias:-::',
];

test('qmail-pw2u: alias has everything, each user with a home their name and its extensions', async () => {
  const joe = ['=joe:joe:1000:100:/usr/home/joe:::', '+joe-:joe:1000:100:/usr/home/joe:-::'];
  assert.equal(await assign(), [...aliasLines, ...joe, '.', ''].join('\n'));
  await assert.rejects(assign({}, {}, passwd.replace('alias:x', 'alia:x')), UnknownUserError);
});

test('qmail-pw2u: options and the files include, exclude, mailnames, subusers, append', async () => {
  const text = await assign({
    mailnames: ['joe:j.doe:joe'],
    subusers: ['list:joe:lists:'],
    append: '=x:x:1:1:/x:::\n',
  });
  assert.ok(
    text.endsWith(
      [
        '=j.doe:joe:1000:100:/usr/home/joe:::',
        '+j.doe-:joe:1000:100:/usr/home/joe:-::',
        '=joe:joe:1000:100:/usr/home/joe:::',
        '+joe-:joe:1000:100:/usr/home/joe:-::',
        '=list:joe:1000:100:/usr/home/joe:-:lists:',
        '+list-:joe:1000:100:/usr/home/joe:-:lists-:',
        '=x:x:1:1:/x:::',
        '.',
        '',
      ].join('\n'),
    ),
    text,
  );
  assert.ok(!(await assign({ exclude: ['joe'] })).includes('joe'));
  await assert.rejects(assign({ include: ['joe'] }), UnknownUserError);
  assert.match(await assign({}, { allowUpperCase: true }), /^=Upper:Upper:/m);
  assert.match(await assign({}, { breakCharacter: '+' }), /^\+joe\+:joe:1000:100:\/usr\/home\/joe:-::$/m);
  assert.doesNotMatch(await assign({}, { breakCharacter: '' }), /^\+joe/m);
  assert.match(await assign({}, { slashDash: true }), /^\+joe-:joe:1000:100:\/usr\/home\/joe:-\/::$/m);
});

test('tcpto records are 16 bytes: IPv4, count, little-endian time', () => {
  const bytes = Buffer.alloc(1024);
  bytes.set([10, 0, 0, 9, 2, 0, 0, 0, 0x78, 0x56, 0x34, 0x12], 32);
  const found = [{ ip: '10.0.0.9', count: 2, time: 0x12345678 }];
  assert.deepEqual(parseTimeoutFile(bytes), found);
  assert.deepEqual(parseTimeoutFile(encodeTimeoutFile([...found, { ip: '::1', count: 1, time: 1 }])), found);
  assert.equal(encodeTimeoutFile(found).length, 1024);
  assert.deepEqual(parseTimeoutFile(bytes.subarray(0, 40)), [], 'a file cut short');
  assert.equal(
    formatTimeoutRecord(found[0]!, 0x12345678 + 7),
    '10.0.0.9 timed out 7 seconds ago; # recent timeouts: 2\n',
  );
});

const encode = (text: string, bodyLines: number | undefined, step: number): string => {
  const encoder = createPop3Encoder(bodyLines);
  const bytes = Buffer.from(text, 'latin1');
  let out = '';
  for (let at = 0; at < bytes.length; at += step)
    out += encoder.write(bytes.subarray(at, at + step)).toString('latin1');
  return out + encoder.end().toString('latin1');
};

test('POP3 sends CR LF, doubles leading dots, adds nothing; TOP stops after its lines', () => {
  for (const step of [1, 2, 3, 1000]) {
    assert.equal(
      encode('A: b\n\n.\n..x\na.b\r\nend', undefined, step),
      'A: b\r\n\r\n..\r\n...x\r\na.b\r\nend\r\n.\r\n',
    );
    assert.equal(encode('A: b\n\n1\n2\n3\n', 2, step), 'A: b\r\n\r\n1\r\n2\r\n.\r\n');
    assert.equal(encode('A: b\r\n\r\n1\r\n', 0, step), 'A: b\r\n\r\n.\r\n');
    assert.equal(encode('A: b\n', 5, step), 'A: b\r\n.\r\n');
  }
});

test('qmail-popup wants USER, then PASS; a NUL cannot make another field', () => {
  assert.equal(decideReply({ verb: 'pass', argument: 'x' }, undefined), '-ERR USER first');
  assert.equal(decideReply({ verb: 'user', argument: '' }, undefined), '-ERR syntax error');
  assert.deepEqual(decideReply({ verb: 'pass', argument: 'a b' }, 'joe'), { name: 'joe', password: 'a b' });
  assert.deepEqual(decideReply({ verb: 'apop', argument: 'joe 0f' }, undefined), {
    name: 'joe',
    password: '0f',
  });
  assert.equal(decideReply({ verb: 'apop', argument: 'joe' }, undefined), '-ERR syntax error');
  assert.equal(decideReply({ verb: 'user', argument: 'joe\0pw' }, undefined), '-ERR syntax error');
  assert.equal(decideReply({ verb: 'capa', argument: '' }, undefined), '-ERR authorization first');
});

test('checkpassword takes the service from the port, then from the program; expired users have no password', () => {
  assert.deepEqual(serviceOf('25', 'true'), { service: 'smtp', name: 'vchkpw-smtp' });
  assert.deepEqual(serviceOf('995', 'x'), { service: 'pop3', name: 'vchkpw-pop3s' });
  assert.deepEqual(serviceOf('2000', '/bin/true'), { service: 'smtp', name: 'vchkpw-2000' });
  assert.deepEqual(serviceOf(undefined, 'qmail-pop3d'), { service: 'pop3', name: 'vchkpw-pop3' });
  const shadow = (expires: string) => `joe:HASH:1:0:9:7::${expires}:`.split(':');
  assert.equal(usableHash(shadow(''), 86_400 * 20_000), 'HASH');
  assert.equal(usableHash(shadow('20001'), 86_400 * 20_000), 'HASH');
  assert.equal(usableHash(shadow('20000'), 86_400 * 20_000), undefined);
});

test('qbiff finds the terminals of a user in utmp and lets no control character through', () => {
  const entry = (type: number, line: string, user: string): Buffer => {
    const bytes = Buffer.alloc(384);
    bytes.writeInt16LE(type, 0);
    bytes.write(line, 8);
    bytes.write(user, 44);
    return bytes;
  };
  const utmp = [
    entry(7, 'pts/3', 'joe'),
    entry(8, 'pts/4', 'joe'),
    entry(7, '../etc/x', 'joe'),
    entry(7, 'tty1', 'ann'),
  ];
  assert.deepEqual(terminalsOf(Buffer.concat(utmp), 'joe'), ['pts/3']);
  assert.equal(
    formatNotice('joe@x', 'a\x1b[2J@y', 'hi \x9b'),
    '\r\n\x07*** TO <joe@x> FROM <a_[2J@y>\r\n    hi _\r\n',
  );
});

test('splogger keeps the time of a line over its folds, across chunks', () => {
  const folder = createSplogger(3);
  assert.deepEqual(folder.push(Buffer.from('y'.repeat(850)), 5.25), [`<30>5.250000 ${'y'.repeat(800)}`]);
  assert.deepEqual(folder.push(Buffer.from('z\nalert: b'), 9), [`<30>5.250000+${'y'.repeat(50)}z`]);
  assert.deepEqual(folder.end(10.5), ['<25>10.500000 alert: b']);
});

test('config-fast drops the first label for defaultdomain and keeps the last two for plusdomain', () => {
  assert.deepEqual(domainsOfHost('a.b.c.d'), { defaultDomain: 'b.c.d', plusDomain: 'c.d' });
  assert.deepEqual(domainsOfHost('b.c'), { defaultDomain: 'b.c', plusDomain: 'b.c' });
  assert.deepEqual(domainsOfHost('host'), { defaultDomain: 'host', plusDomain: 'host' });
});

test('an address has its digits in reverse below arpa', () => {
  assert.equal(reverseName('192.0.2.7'), '7.2.0.192.in-addr.arpa');
  const zeros = '0.'.repeat(23);
  assert.equal(reverseName('2001:db8::1'), `1.${zeros}8.b.d.0.1.0.0.2.ip6.arpa`);
  assert.equal(reverseName('::1'), `1.${'0.'.repeat(31)}ip6.arpa`);
});
