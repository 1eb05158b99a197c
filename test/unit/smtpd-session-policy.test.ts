// What holds for one session by its variables (spec/qmail.md 4.1), what programs see of us, and what the answers of
// $RCPTCHECK and of qmail-spp plugins mean (4.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeChildEnvironment } from '../../mta/smtpd/child.ts';
import type { PluginVerdict } from '../../mta/smtpd/plugins.ts';
import { newPluginState, takePluginOutput, takeSaved } from '../../mta/smtpd/plugins.ts';
import { isRelayTest, isValidRecipient } from '../../mta/smtpd/policy.ts';
import { judgeRcptCheck } from '../../mta/smtpd/rcptcheck.ts';
import { derivePolicy, joinVariables } from '../../mta/smtpd/session-policy.ts';
import type { SmtpdSettings } from '../../mta/smtpd/settings.ts';
import { testSettings } from '../support/smtp.ts';

const policyOf = (
  variables: Readonly<Record<string, string>>,
  settings: Partial<SmtpdSettings> = {},
  isRelayClient = false,
) =>
  derivePolicy(
    { variables: new Map(Object.entries(variables)), isNamed: false, isRelayClient, host: undefined },
    { ...testSettings, ...settings },
  );

test('without variables the control files hold', () => {
  const policy = policyOf(
    {},
    {
      databytes: 5,
      maxrcpt: 7,
      brtlimit: 2,
      tarpitcount: 3,
      tarpitdelay: 4,
      greetdelay: 6,
      qmailqueue: 'bin/scan',
      rcptcheck: '/check',
    },
  );
  assert.equal(policy.relay, undefined);
  assert.deepEqual(
    [
      policy.databytes,
      policy.maxrcpt,
      policy.brtlimit,
      policy.tarpitCount,
      policy.tarpitDelay,
      policy.greetDelay,
    ],
    [5, 7, 2, 3, 4, 6],
  );
  assert.deepEqual([policy.queueProgram, policy.rcptCheck], ['bin/scan', '/check']);
  assert.equal(policy.blocked, undefined);
  assert.equal(policyOf({}, {}, true).relay, '', 'relayclients are RELAYCLIENT=""');
});

test('variables win over the control files; DATABYTES=0 is no limit', () => {
  const policy = policyOf(
    {
      RELAYCLIENT: '@gate.test',
      DATABYTES: '0',
      BRTLIMIT: '9',
      DISABLE_MAXRCPT: '',
      TARPITCOUNT: '1',
      TARPITDELAY: '2',
      QMAILQUEUE: '/q',
      RCPTCHECK: '/r',
      RCPTCHECKRELAYCLIENT: '1',
      REJECTNULLSENDERS: '1',
      DISABLE_BADMAILFROM: '',
    },
    { maxrcpt: 7, qmailqueue: 'bin/scan' },
  );
  assert.equal(policy.relay, '@gate.test');
  assert.equal(policy.databytes, 0);
  assert.equal(policy.maxrcpt, 100_000, 'unlimited would be CVE-2005-1515 again');
  assert.deepEqual([policy.brtlimit, policy.tarpitCount, policy.tarpitDelay], [9, 1, 2]);
  assert.deepEqual([policy.queueProgram, policy.rcptCheck, policy.rcptChecksRelay], ['/q', '/r', true]);
  assert.deepEqual([policy.rejectsNullSender, policy.checksBadMailFrom], [true, false]);
  assert.equal(policyOf({ DATABYTES: 'ten' }).databytes, 0, 'scan_ulong: no digits are 0');
});

test('the greeting waits for strangers only', () => {
  assert.equal(policyOf({ SMTPD_GREETDELAY: '9' }).greetDelay, 9);
  assert.equal(policyOf({ SMTPD_GREETDELAY: '9', RELAYCLIENT: '' }).greetDelay, 0);
  assert.deepEqual(
    [undefined, '0', '3', '99', ''].map(
      (value) => policyOf(value === undefined ? {} : { SPFBEHAVIOR: value }).spfBehavior,
    ),
    [undefined, 0, 3, 6, 0],
  );
  assert.equal(policyOf({ SMTPD_GREETDELAY: '0' }, { greetdelay: 5 }).greetDelay, 0);
});

test('RBLSMTPD: empty lets in, text is 451, text behind a hyphen 553, no byte of it breaks the reply', () => {
  assert.equal(policyOf({ RBLSMTPD: '' }).blocked, undefined);
  assert.equal(policyOf({ RBLSMTPD: 'try later' }).blocked?.text, '451 4.7.1 try later');
  assert.equal(policyOf({ RBLSMTPD: '-go\r\naway' }).blocked?.text, '553 5.7.1 go??away');
});

test('a rule sets and takes away variables of the environment file', () => {
  const environment = {
    variables: new Map([
      ['A', '1'],
      ['B', '2'],
    ]),
    warnings: [],
  };
  assert.equal(joinVariables(environment, undefined), environment.variables);
  assert.deepEqual(
    [
      ...joinVariables(
        environment,
        new Map([
          ['A', undefined],
          ['C', '3'],
        ]),
      ),
    ],
    [
      ['B', '2'],
      ['C', '3'],
    ],
  );
});

test('programs see the variables of tcp-environ(5), those of the rules and who logged in, and nothing of ours but what is given', () => {
  const policy = policyOf({ QMAILQUEUE: '/q', ODD: 'a\0b' });
  const facts = {
    remoteIp: '192.0.2.1',
    remotePort: 4,
    localIp: '192.0.2.2',
    localPort: 25,
    localHost: 'mx.our.test',
    user: undefined,
    authMethod: '',
  };
  const site = { directory: '/q', env: { PATH: '/bin' } };
  assert.deepEqual(makeChildEnvironment(site, policy, facts), {
    PATH: '/bin',
    QMAILQUEUE: '/q',
    ODD: 'a',
    PROTO: 'TCP',
    TCPLOCALIP: '192.0.2.2',
    TCPLOCALPORT: '25',
    TCPLOCALHOST: 'mx.our.test',
    TCPREMOTEIP: '192.0.2.1',
    TCPREMOTEPORT: '4',
  });
  const user = { name: 'joe@our.test', account: undefined };
  const env = makeChildEnvironment(
    site,
    { ...policy, host: 'a.test' },
    { ...facts, user, authMethod: 'plain' },
    { SENDER: 's' },
  );
  for (const [name, value] of Object.entries({
    TCPREMOTEHOST: 'a.test',
    TCPREMOTEINFO: 'joe@our.test',
    SMTPAUTHUSER: 'joe@our.test',
    SMTP_AUTH_USER: 'joe@our.test',
    SMTPAUTHMETHOD: 'plain',
    QMAILAUTHENTICATED: '1',
    RELAYCLIENT: '',
    SENDER: 's',
  }))
    assert.equal(env[name], value, name);
});

test('validrcptto: address, refused address, domain, refused domain, in this order; unlisted is nobody’s word', () => {
  const list = new Set(['joe@a.test', '-bob@a.test', '@a.test', '-@b.test', 'ann@b.test', '-ann@b.test']);
  for (const [address, valid] of [
    ['JOE@a.test', true],
    ['bob@a.test', false],
    ['other@a.test', true],
    ['ann@b.test', true],
    ['other@b.test', false],
    ['joe@c.test', undefined],
    ['postmaster', undefined],
  ] as const)
    assert.equal(isValidRecipient(address, list, undefined), valid, address);
  assert.equal(isValidRecipient('joe@a.test', undefined, undefined), undefined);
});

test('rejectrelaytest: !, % and @ in the local part', () => {
  for (const [address, isTest] of [
    ['a!b@c.test', true],
    ['a%b@c.test', true],
    ['a@b@c.test', true],
    ['a@c.test', false],
    ['a!b', true],
    ['ab', false],
  ] as const)
    assert.equal(isRelayTest(address), isTest, address);
});

test('RCPTCHECK: 100 refuses, 111, 113 and what cannot be run end the session with 421, all else takes', () => {
  const reply = (status: Parameters<typeof judgeRcptCheck>[0]['status'], output = '') =>
    judgeRcptCheck({ status, output });
  assert.equal(reply(0), undefined);
  assert.equal(reply(112, 'whatever'), undefined);
  assert.equal(reply(100)?.text, '550 5.1.1 sorry, no mailbox here by that name (#5.1.1)');
  assert.equal(reply(100, '550 not\x07you\n')?.text, '550 not you');
  assert.equal(reply(100, 'hello')?.text, '451 4.4.2 temporary problem (#4.4.2)');
  assert.deepEqual(reply(113), {
    text: '421 4.3.0 you have exceeded your messaging limits (#4.3.0)',
    next: 'close',
  });
  assert.deepEqual(reply(113, '421 slow down'), { text: '421 slow down', next: 'close' });
  for (const status of [111, 120, 'not run', 'crashed', 'timeout'] as const)
    assert.match(
      `${reply(status)?.next} ${reply(status)?.text}`,
      /^close 421 4\.3\.0 unable to /,
      `${status}`,
    );
});

test('plugins: what each line of qmail-spp asks for', () => {
  const state = newPluginState();
  const addresses: string[] = [];
  const say = (output: string, status: number | 'crashed' | 'not run' | 'timeout' = 0): PluginVerdict =>
    takePluginOutput({ status, output }, state, (address) => {
      addresses.push(address);
      return !address.includes(' ');
    });
  assert.equal(
    say('HX-One: 1\nH\nCnew@our.test\nSA=1\nSA=2\nUB\nLRnot now\nLD550 no data\nPprinted\n'),
    'next',
  );
  assert.equal(state.headers, 'X-One: 1\n');
  assert.deepEqual(addresses, ['new@our.test']);
  assert.deepEqual(
    [...state.set],
    [
      ['A', '2'],
      ['B', undefined],
    ],
  );
  assert.equal(takeSaved(state, 'R')?.text, '451 4.3.0 not now');
  assert.equal(takeSaved(state, 'D')?.text, '550 no data');
  assert.equal(takeSaved(state, 'M'), undefined);
  assert.deepEqual(say('E550 5.7.1 go away\nHX-Late: 1\n'), { text: '550 5.7.1 go away', next: undefined });
  assert.equal(state.headers, 'X-One: 1\n', 'nothing behind E counts');
  assert.deepEqual(say('R421 bye\n'), { text: '421 bye', next: 'close' });
  assert.deepEqual(say('D\n'), { text: '421 4.7.0 goodbye (#4.7.0)', next: 'close' });
  assert.equal(say('N\n'), 'checks');
  assert.equal(say('O\n'), 'accept');
  assert.equal(say('E550 cut'), 'next', 'a line without its line feed does not count');
  assert.match((say('Ca b@c\n') as { text: string }).text, /^451 4\.3\.0 qmail-spp failure/);
  for (const status of [120, 'crashed', 'not run', 'timeout'] as const)
    assert.match((say('O\n', status) as { text: string }).text, /^451 4\.3\.0 qmail-spp failure/);
  assert.equal(state.isOff, false);
  assert.equal(say('A\n'), 'checks');
  assert.equal(state.isOff, true);
});
