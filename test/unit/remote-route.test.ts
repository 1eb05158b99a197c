// Routes of control/smtproutes, address literals and the envelope on the wire (spec/qmail.md 8.1, 8.2; security.md S2, S4).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { prepareEnvelope } from '../../mta/remote/envelope.ts';
import { canonicalIp, isPrivate, isThisHost, isUnusable, parseIpLiteral } from '../../mta/remote/ip.ts';
import { findRoute, parseRelay } from '../../mta/remote/route.ts';

describe('a relay of smtproutes', () => {
  for (const [entry, expected] of [
    ['relay.test', 'relay.test 25'],
    ['relay.test:26', 'relay.test 26'],
    [' relay.test:26 ', 'relay.test 26'],
    ['192.0.2.1', '192.0.2.1 25'],
    ['192.0.2.1:2525', '192.0.2.1 2525'],
    ['[192.0.2.1]', '192.0.2.1 25'],
    ['[192.0.2.1]:2525', '192.0.2.1 2525'],
    ['[::1]:2525', '::1 2525'],
    ['[2001:DB8::0001]', '2001:db8::1 25'],
    ['2001:db8::1', '2001:db8::1 25'],
    ['[IPv6:2001:db8::1]:25', '2001:db8::1 25'],
    ['', 'mx'],
    ['relay.test:0', 'bad'],
    ['relay.test:65536', 'bad'],
    ['relay.test:', 'bad'],
    ['relay.test:smtp', 'bad'],
    [':25', 'bad'],
    ['[relay.test]', 'bad'],
    ['[192.0.2.1', 'bad'],
    ['two words', 'bad'],
    ['relay.test:587|user|secret', 'relay.test 587 user secret'],
    ['[::1]|user|a|b: c', '::1 25 user a|b: c'],
    ['bücher.test', 'xn--bcher-kva.test 25'],
    ['relay.test|user', 'bad'],
    ['relay.test|user|', 'bad'],
    ['relay.test||secret', 'bad'],
    ['|user|secret', 'bad'],
  ] as const)
    it(`${JSON.stringify(entry)} is ${expected}`, () => {
      const route = parseRelay(entry);
      const who = route.kind === 'relay' ? route.credentials : undefined;
      const words = who ? ` ${who.user} ${who.password}` : '';
      assert.equal(route.kind === 'relay' ? `${route.host} ${route.port}${words}` : route.kind, expected);
    });

  it('that cannot be read is shown without its password', () => {
    for (const entry of ['relay.test:x|user|secret', 'a b|user|secret', '|user|secret', 'relay.test||secret'])
      assert.doesNotMatch(JSON.stringify(parseRelay(entry)), /secret|user/);
  });

  it('is found by the whole host, then by suffixes from long to short, then by the empty key', () => {
    const routes = new Map([
      ['a.b.test', 'whole'],
      ['.b.test', 'long'],
      ['.test', 'short'],
      ['direct.test', ''],
      ['', 'rest'],
    ]);
    const relay = (host: string) => {
      const route = findRoute(routes, host);
      return route.kind === 'relay' ? route.host : route.kind;
    };
    assert.equal(relay('A.B.test'), 'whole');
    assert.equal(relay('x.a.b.test'), 'long');
    assert.equal(relay('b.test'), 'short');
    assert.equal(relay('direct.test'), 'mx');
    assert.equal(relay('else.example'), 'rest');
    assert.equal(findRoute(new Map(), 'x.test').kind, 'mx');
  });
});

describe('an address', () => {
  it('has one spelling', () => {
    assert.equal(canonicalIp('2001:DB8:0:0::0001'), '2001:db8::1');
    assert.equal(canonicalIp('::ffff:127.0.0.1'), '127.0.0.1');
    assert.equal(canonicalIp('::FFFF:7f00:1'), '127.0.0.1');
    assert.equal(canonicalIp('192.0.2.1'), '192.0.2.1');
    for (const no of ['', '127.1', '2130706433', '0x7f.1', '127.0.0.01', 'fe80::1%eth0', '1.2.3.4.', 'host'])
      assert.equal(canonicalIp(no), undefined, no);
  });

  it('as a literal stands in brackets or alone', () => {
    assert.equal(parseIpLiteral('[192.0.2.1]'), '192.0.2.1');
    assert.equal(parseIpLiteral('[IPv6:::1]'), '::1');
    assert.equal(parseIpLiteral('192.0.2.1'), '192.0.2.1');
    assert.equal(parseIpLiteral('[192.0.2.1'), undefined);
    assert.equal(parseIpLiteral('[]'), undefined);
  });

  it('is known as this host, as useless or as private', () => {
    for (const ip of ['127.0.0.1', '127.255.1.2', '0.0.0.0', '::1', '::']) assert.ok(isThisHost(ip), ip);
    for (const ip of ['192.0.2.1', '128.0.0.1', '::2', '2001:db8::1']) assert.ok(!isThisHost(ip), ip);
    for (const ip of ['224.0.0.1', '255.255.255.255', 'ff02::1', 'fe80::1']) assert.ok(isUnusable(ip), ip);
    for (const ip of ['10.1.2.3', '192.168.0.1', '172.31.0.1', '169.254.169.254', 'fd00::1'])
      assert.ok(isPrivate(ip), ip);
    assert.ok(!isPrivate('172.32.0.1'));
  });
});

describe('the envelope on the wire', () => {
  const wire = (sender: string, recipient: string) => {
    const envelope = prepareEnvelope(sender, recipient);
    return 'code' in envelope ? `${envelope.code} ${envelope.text}` : envelope;
  };

  it('is quoted where it must be', () => {
    assert.deepEqual(wire('', 'a b@x.test'), {
      sender: '',
      recipient: '"a b"@x.test',
      host: 'x.test',
      needsUtf8: false,
    });
    assert.deepEqual(wire('#@[]', 'a..b@x.test'), {
      sender: '#@[]',
      recipient: '"a..b"@x.test',
      host: 'x.test',
      needsUtf8: false,
    });
  });

  it('has A-labels for a domain outside ASCII and needs SMTPUTF8 only for a local part', () => {
    assert.deepEqual(wire('s@münchen.test', 'u@bücher.test'), {
      sender: 's@xn--mnchen-3ya.test',
      recipient: 'u@xn--bcher-kva.test',
      host: 'xn--bcher-kva.test',
      needsUtf8: false,
    });
    const envelope = prepareEnvelope('s@x.test', 'jürgen@x.test');
    assert.ok('needsUtf8' in envelope && envelope.needsUtf8);
  });

  it('is refused for good when an address holds a control character or breaks out of its path', () => {
    for (let byte = 0; byte < 0x20; byte++) {
      const bad = `a${String.fromCharCode(byte)}b@x.test`;
      assert.match(wire(bad, 'u@x.test') as string, /^D .*\(#5\.1\.7\)$/);
      assert.match(wire('s@x.test', bad) as string, /^D .*\(#5\.1\.3\)$/);
    }
    for (const bad of ['u@x.test\x7f', 'u@x>.test', 'u@x test', 'u@x.test,y.test', 'u@<x', 'u@"x"'])
      assert.match(wire('s@x.test', bad) as string, /^D /, bad);
    assert.match(
      wire('s@x.test', 'nobody') as string,
      /^D Sorry, address must include host name\. \(#5\.1\.3\)$/,
    );
  });

  it('never holds a line end or an unquoted angle bracket, whatever the address', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.string({ maxLength: 10 }),
        (local, domain) => {
          const envelope = prepareEnvelope('', `${local}@${domain}`);
          if ('code' in envelope) return;
          assert.doesNotMatch(envelope.recipient, /[\x00-\x1f\x7f]/);
          assert.doesNotMatch(envelope.recipient.replace(/^"(\\.|[^"\\])*"/s, ''), /[<> ]/);
        },
      ),
    );
  });
});
