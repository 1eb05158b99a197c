// The AUTH exchanges and the header scan, without sockets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthStep, beginAuth, readSmtpAuth } from '../../mta/smtpd/auth.ts';
import { HeaderScan } from '../../mta/smtpd/header-scan.ts';
import { replies } from '../../mta/smtpd/reply.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const show = (step: AuthStep): string =>
  step.kind === 'check'
    ? `${step.credentials.user}:${step.credentials.password}`
    : step.kind === 'ask'
      ? `? ${step.reply.text}`
      : step.kind === 'refuse'
        ? step.reply.text.slice(0, 3)
        : step.kind;

test('AUTH PLAIN and LOGIN, strictly', () => {
  for (const [argument, result] of [
    [`PLAIN ${base64('\0u@x.test\0pw')}`, 'u@x.test:pw'],
    [`plain ${base64('u@x.test\0u@x.test\0pw')}`, 'u@x.test:pw'],
    [`PLAIN ${base64('\0ü@x.test\0pässwort')}`, 'ü@x.test:pässwort'],
    [`PLAIN ${base64('other\0u@x.test\0pw')}`, '535'],
    [`PLAIN ${base64('u@x.test\0pw')}`, '501'],
    [`PLAIN ${base64('\0u\0pw\0')}`, '501'],
    [`PLAIN ${base64('\0\0pw')}`, '501'],
    [`PLAIN ${base64('\0u\0')}`, '501'],
    [`PLAIN ${base64('\0u\0pw').replace(/=+$/, '')}*`, '501'],
    ['PLAIN AHUA\u00e9', '501'],
    ['PLAIN /////w==', '501'],
    ['PLAIN =', '501'],
    ['PLAIN a b', '501'],
    ['PLAIN', '? 334 '],
    ['LOGIN', '? 334 VXNlcm5hbWU6'],
    [`LOGIN ${base64('u@x.test')}`, '? 334 UGFzc3dvcmQ6'],
    [`LOGIN ${base64('u\0v')}`, '501'],
    ['CRAM-MD5', '504'],
    ['', '504'],
  ] as const)
    assert.equal(show(beginAuth(argument)), result, argument);
});

test('AUTH answers: the password, a cancel, and nonsense', () => {
  const answer = (step: AuthStep, line: string): AuthStep => {
    assert.equal(step.kind, 'ask');
    return step.kind === 'ask' ? step.answer(line) : step;
  };
  assert.equal(show(answer(beginAuth('PLAIN'), base64('\0u\0pw'))), 'u:pw');
  assert.equal(show(answer(answer(beginAuth('LOGIN'), base64('u')), base64('pw'))), 'u:pw');
  assert.deepEqual(answer(beginAuth('PLAIN'), '*'), { kind: 'refuse', reply: replies.authCanceled });
  for (const line of ['', '====', 'a', 'AUTH PLAIN', base64('a\0')])
    assert.equal(show(answer(answer(beginAuth('LOGIN'), base64('u')), line)), '501', line);
});

test('AUTH CRAM-MD5: a challenge, then name and digest; only where it was asked for', () => {
  const question = '<1896.697170952@postoffice.reston.mci.net>';
  const begin = (argument: string) => beginAuth(argument, ['CRAM-MD5'], () => question);
  const step = begin('cram-md5');
  assert.equal(show(step), `? 334 ${base64(question)}`);
  assert.equal(step.kind, 'ask');
  if (step.kind !== 'ask') return;
  // RFC 2195 2, the example.
  const digest = 'b913a602c7eda7a495b4e6e7334d3890';
  assert.deepEqual(step.answer(base64(`tim ${digest}`)), {
    kind: 'check',
    credentials: { user: 'tim', password: digest, challenge: question },
  });
  assert.equal(show(step.answer(base64(`tim the elder ${digest}`))), `tim the elder:${digest}`);
  for (const answer of ['tim', digest, ` ${digest}`, `tim ${digest}0`, `t\0m ${digest}`, `tim  `])
    assert.equal(show(step.answer(base64(answer))), '501', answer);
  assert.equal(show(step.answer('*')), '501');
  assert.equal(show(begin(`CRAM-MD5 ${base64('tim')}`)), '501', 'no initial response');
  assert.equal(show(begin('PLAIN')), '504', 'and nothing else');
  for (const [value, mechanisms, isRequired] of [
    [undefined, 'PLAIN LOGIN', false],
    ['', 'PLAIN LOGIN', false],
    ['yes', 'PLAIN LOGIN', false],
    ['-', '', false],
    ['0', '', false],
    ['+cram', 'PLAIN LOGIN CRAM-MD5', false],
    ['cram', 'CRAM-MD5', false],
    ['!', 'PLAIN LOGIN', true],
    ['!cram', 'CRAM-MD5', true],
    ['!+cram', 'PLAIN LOGIN CRAM-MD5', true],
  ] as const) {
    const wishes = readSmtpAuth(value);
    assert.deepEqual([wishes.mechanisms.join(' '), wishes.isRequired], [mechanisms, isRequired], value);
  }
});

test('the header scan counts exact hops, lines and bytes however the header is cut', () => {
  const header =
    'Received: a\n folded Received: b\nreceived : c\nDelivered-To: d\nReceived-SPF: e\nDelivered-X: f\nSubject: Received: g\nX:\n';
  const message = Buffer.from(`${header}\nReceived: body\n`);
  for (let size = 1; size <= message.length; size++) {
    const scan = new HeaderScan();
    for (let at = 0; at < message.length; at += size) scan.push(message.subarray(at, at + size));
    assert.deepEqual(
      [scan.hops, scan.lines, scan.bytes, scan.ended],
      [3, 8, header.length + 1, true],
      String(size),
    );
  }
});
