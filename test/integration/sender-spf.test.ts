// SPF of strangers' letters against a real DNS server on loopback: the zone and the records of RFC 7208, appendix A and B,
// its limits (4.6.4), and what the files of the patched qmails make of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DnsZone } from '../support/dns.ts';
import {
  findingOf,
  inStrings,
  namesOf,
  openSenderDoor,
  type SenderDoor,
  senderRules,
  writeLetter,
} from '../support/senders.ts';

const reverse = (ip: string): string => `${ip.split('.').reverse().join('.')}.in-addr.arpa`;

// RFC 7208 appendix A.
const zone: Record<string, DnsZone[string]> = {
  'example.com': {
    A: ['192.0.2.10', '192.0.2.11'],
    MX: [
      [10, 'mail-a.example.com'],
      [20, 'mail-b.example.com'],
    ],
  },
  'amy.example.com': { A: ['192.0.2.65'] },
  'bob.example.com': { A: ['192.0.2.66'] },
  'mail-a.example.com': { A: ['192.0.2.129'] },
  'mail-b.example.com': { A: ['192.0.2.130'] },
  'www.example.com': { CNAME: 'example.com' },
  'example.org': { A: ['192.0.2.180'], MX: [[10, 'mail-c.example.org']] },
  'mail-c.example.org': { A: ['192.0.2.140'] },
  [reverse('192.0.2.10')]: { PTR: ['example.com'] },
  [reverse('192.0.2.65')]: { PTR: ['amy.example.com'] },
  [reverse('192.0.2.140')]: { PTR: ['mail-c.example.org'] },
  [reverse('10.0.0.4')]: { PTR: ['bob.example.com'] },
  // B.3
  'mary.mobile-users._spf.example.com': { A: ['127.0.0.2'] },
  // B.4
  'email._spf.example.net': { A: ['127.0.0.2'] },
};

describe('SPF', () => {
  let door: SenderDoor;
  before(async () => {
    door = await openSenderDoor(zone);
  });
  after(() => door.close());

  let number = 0;
  /** What a client gets in whose sender's domain this record stands. Each has its own domain: answers are kept. */
  async function resultOf(record: string | readonly string[], ip: string, sender?: string): Promise<string> {
    const domain = `d${++number}.example.com`;
    const own = zone['example.com']!;
    zone[domain] = { ...own, TXT: typeof record === 'string' ? [inStrings(record)] : record };
    const result = await door.arrive(writeLetter('a@b.example'), {
      ip,
      sender: sender ?? `strong-bad@${domain}`,
    });
    return findingOf(result, 'spf').result;
  }

  test('the examples of RFC 7208, appendix B.1', async () => {
    for (const [record, passing, failing] of [
      ['v=spf1 +all', ['192.0.2.129', '203.0.113.9'], []],
      ['v=spf1 a -all', ['192.0.2.10', '192.0.2.11'], ['192.0.2.129']],
      ['v=spf1 a:example.org -all', ['192.0.2.180'], ['192.0.2.10']],
      ['v=spf1 mx -all', ['192.0.2.129', '192.0.2.130'], ['192.0.2.140']],
      ['v=spf1 mx:example.org -all', ['192.0.2.140'], ['192.0.2.129']],
      ['v=spf1 mx mx:example.org -all', ['192.0.2.129', '192.0.2.130', '192.0.2.140'], ['192.0.2.10']],
      ['v=spf1 mx/30 mx:example.org/30 -all', ['192.0.2.131', '192.0.2.143'], ['192.0.2.132']],
      ['v=spf1 ptr:example.com -all', ['192.0.2.65'], ['192.0.2.140', '10.0.0.4']],
      ['v=spf1 ip4:192.0.2.128/28 -all', ['192.0.2.129'], ['192.0.2.65']],
      ['v=spf1 ip6:2001:db8::/32 -all', ['2001:db8::7'], ['2001:db9::7', '192.0.2.65']],
      ['v=spf1 exists:%{l1r-}.mobile-users._spf.example.com -all', [], ['192.0.2.65']],
    ] as const) {
      for (const ip of passing) assert.equal(await resultOf(record, ip), 'pass', `${record} ${ip}`);
      for (const ip of failing) assert.equal(await resultOf(record, ip), 'fail', `${record} ${ip}`);
    }
  });

  test('results by qualifier, syntax and number of records', async () => {
    for (const [record, result] of [
      ['v=spf1 ~all', 'softfail'],
      ['v=spf1 ?all', 'neutral'],
      ['v=spf1', 'neutral'],
      ['v=spf10 +all', 'none'],
      ['nothing of SPF', 'none'],
      [['v=spf1 +all', 'v=spf1 -all'], 'permerror'],
      ['v=spf1 ip4:192.0.2.1/40 -all', 'permerror'],
      ['v=spf1 a:example.org unknown -all', 'permerror'],
      ['v=spf1 include:none.example.com -all', 'permerror'],
      ['v=spf1 redirect=none.example.com', 'permerror'],
    ] as const)
      assert.equal(await resultOf(record, '203.0.113.9'), result, String(record));
  });

  test('ten terms that ask the DNS and two that ask for nothing, no more (RFC 7208 4.6.4)', async () => {
    for (let each = 0; each < 31; each++)
      zone[`i${each}.example.com`] = { TXT: [`v=spf1 include:i${each + 1}.example.com -all`] };
    zone['i10.example.com'] = { TXT: ['v=spf1 ip4:203.0.113.9 -all'] };
    assert.equal(await resultOf('v=spf1 include:i1.example.com -all', '203.0.113.9'), 'pass', 'ten');
    assert.equal(await resultOf('v=spf1 include:i0.example.com -all', '203.0.113.9'), 'permerror', 'eleven');
    const wide = Array.from({ length: 30 }, (_, each) => `include:w${each}.example.com`).join(' ');
    for (let each = 0; each < 30; each++) zone[`w${each}.example.com`] = { TXT: ['v=spf1 -all'] };
    const asked = door.dns.queries.length;
    assert.equal(await resultOf(`v=spf1 ${wide} -all`, '203.0.113.9'), 'permerror', 'thirty');
    assert.ok(door.dns.queries.length - asked < 20);
    const voids = (count: number): string =>
      `v=spf1 ${Array.from({ length: count }, (_, each) => `a:void${count}${each}.example.com`).join(' ')} +all`;
    assert.equal(await resultOf(voids(2), '203.0.113.9'), 'pass');
    assert.equal(await resultOf(voids(3), '203.0.113.9'), 'permerror');
  });

  test('asks for names that only macros make of senders (RFC 7208 7)', async () => {
    zone['bounce+1=ann.l.example.com'] = { A: ['127.0.0.2'] };
    zone['a:b/c.example.com'] = { A: ['192.0.2.1'], MX: [[10, 'a:b/c.example.com']], TXT: ['v=spf1 +all'] };
    const macro = 'v=spf1 exists:%{l}.l.example.com -all';
    const domain = `d${number + 1}.example.com`;
    assert.equal(await resultOf(macro, '203.0.113.9', `bounce+1=ann@${domain}`), 'pass');
    assert.equal(await resultOf(macro, '203.0.113.9', `bounce+2=ann@d${number + 1}.example.com`), 'fail');
    for (const term of ['a:a:b/c.example.com', 'mx:a:b/c.example.com', 'include:a:b/c.example.com'])
      assert.equal(await resultOf(`v=spf1 ${term} -all`, '192.0.2.1'), 'pass', term);
  });

  test('looks at HELO where the sender is empty, and writes which of both it was', async () => {
    zone['mail.helo.example'] = { TXT: ['v=spf1 ip4:192.0.2.1 -all'] };
    const letter = writeLetter('a@b.example');
    const result = await door.arrive(letter, { sender: '', helo: 'mail.helo.example' });
    assert.equal(findingOf(result, 'spf').result, 'pass');
    assert.match(result.headers ?? '', /^\tspf=pass smtp\.helo=mail\.helo\.example;$/m);
    assert.match(result.headers ?? '', /^\tidentity=helo;$/m);
    for (const helo of ['', '[192.0.2.1]', 'localhost', 'x'.repeat(2000), 'a b\\"é'])
      assert.equal(findingOf(await door.arrive(letter, { sender: '', helo }), 'spf').result, 'none', helo);
  });

  test('spfbehavior works alone: one header, and what the DNS does not say is asked for later', async () => {
    zone['soft.example'] = { fault: 'SERVFAIL' };
    door.rules = { ...senderRules, senderauth: 0, spfbehavior: 1 };
    const letter = writeLetter('a@b.example');
    const quiet = await door.arrive(letter, { sender: 'a@soft.example' });
    assert.deepEqual(namesOf(quiet), ['spf=temperror']);
    assert.equal(quiet.findings[0]?.measure, undefined);
    assert.match(quiet.headers ?? '', /^Received-SPF: temperror \([^()]*\)\n(?:\t[^\n]*\n)+$/);
    door.rules = { ...senderRules, senderauth: 0, spfbehavior: 2 };
    const finding = findingOf(await door.arrive(letter, { sender: 'a@soft.example' }), 'spf');
    assert.equal(finding.measure, 'defer');
    assert.match(finding.reply ?? '', /^451 4\.4\.3 [\x20-\x7e]*soft\.example/);
    door.rules = { ...senderRules, senderauth: 0, spfbehavior: 0 };
    const ruled = await door.arrive(letter, { sender: 'a@soft.example', spfBehavior: 2 });
    assert.equal(findingOf(ruled, 'spf').measure, 'defer', 'the rules of the client win');
    const asked = door.dns.queries.length;
    assert.deepEqual(await door.arrive(letter, { sender: 'a@soft.example' }), { findings: [] });
    assert.equal(door.dns.queries.length, asked, 'nothing is switched on, nothing is asked');
    door.rules = senderRules;
  });

  test('spfrules and spfguess are tried where the published record does not pass', async () => {
    zone['forwarders.example'] = { TXT: ['v=spf1 ip4:198.51.100.7 -all'] };
    zone['strict.example'] = { TXT: ['v=spf1 -all exp=why.strict.example'] };
    zone['why.strict.example'] = { TXT: ['%{i} is not ours'] };
    zone['silent.example'] = { A: ['198.51.100.9'] };
    door.rules = {
      ...senderRules,
      spfbehavior: 3,
      spfrules: 'include:forwarders.example',
      spfguess: 'a/24 -all',
    };
    const arrive = async (ip: string, sender: string) =>
      findingOf(await door.arrive(writeLetter('a@b.example'), { ip, sender }), 'spf');
    const refused = await arrive('203.0.113.9', 'a@strict.example');
    assert.deepEqual(
      [refused.result, refused.reply],
      ['fail', '550 5.7.23 203.0.113.9 is not ours (#5.7.23)'],
    );
    assert.equal((await arrive('198.51.100.7', 'a@strict.example')).result, 'pass');
    assert.equal((await arrive('198.51.100.200', 'a@silent.example')).result, 'pass');
    assert.equal((await arrive('203.0.113.9', 'a@silent.example')).measure, 'reject');
    door.rules = {
      ...door.rules,
      spfignore: { clients: ['203.0.113.0/24'], domains: new Set(['strict.example']) },
    };
    for (const [ip, sender] of [
      ['203.0.113.9', 'a@silent.example'],
      ['192.0.2.200', 'a@STRICT.example'],
    ] as const) {
      const ignored = await door.arrive(writeLetter('a@b.example'), { ip, sender });
      assert.ok(!namesOf(ignored).some((name) => name.startsWith('spf')));
      assert.doesNotMatch(ignored.headers ?? '', /spf/i);
    }
    door.rules = senderRules;
  });
});
