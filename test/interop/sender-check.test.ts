// Senders checked by us and by programs that others wrote: OpenDKIM and dkimpy sign, dkimpy seals chains over what our own field says,
// pyspf asks the same questions of the same DNS server. Each is skipped where it is not installed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DnsZone } from '../support/dns.ts';
import {
  findingOf,
  makeKey,
  namesOf,
  openSenderDoor,
  type SenderDoor,
  senderRules,
  writeLetter,
} from '../support/senders.ts';

const missing = (program: string, ...given: string[]): string | false =>
  spawnSync(program, given, { input: '' }).error ? `${program} is not installed` : false;
const noOpendkim = missing('opendkim', '-V');
const noDkimsign = missing('dkimsign');
const noArcsign = missing('arcsign');
const noPyspf =
  spawnSync('/usr/bin/python3', ['-c', 'import spf, dns.resolver']).status === 0
    ? false
    : 'python3-spf with python3-dnspython is not installed';

const key = makeKey(1024);
const zone: Record<string, DnsZone[string]> = {
  's._domainkey.a.example': { TXT: [key.record] },
  's._domainkey.list.example': { TXT: [key.record] },
  '_dmarc.a.example': { TXT: ['v=DMARC1; p=reject'] },
  'a.example': {
    A: ['192.0.2.1'],
    MX: [[10, 'mx.a.example']],
    TXT: ['v=spf1 mx a:b.example ip4:198.51.100.0/24 ~all'],
  },
  'mx.a.example': { A: ['192.0.2.2'], AAAA: ['2001:db8::2'] },
  'b.example': { A: ['192.0.2.3'], TXT: ['v=spf1 include:a.example exists:%{i}.list.b.example -all'] },
  '203.0.113.9.list.b.example': { A: ['127.0.0.2'] },
  'c.example': { TXT: ['v=spf1 redirect=b.example'] },
  'd.example': { TXT: ['v=spf1 a mx ptr include:d.example -all'] },
  'e.example': { TXT: ['v=spf1 ip4:1.2.3 -all'] },
  'f.example': { TXT: ['v=spf1 a:n1.example a:n2.example a:n3.example ?all'] },
  'g.example': { A: ['192.0.2.9'] },
};

/** The program's output for an input. */
async function run(program: string, given: readonly string[], input: string): Promise<string> {
  const child = spawn(program, given, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let words = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  child.stdin.end(input, 'latin1');
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0, `${program}: ${words}`);
  return output.replaceAll('\r\n', '\n');
}

describe('programs of others', () => {
  let door: SenderDoor;
  let directory: string;
  let keyPath: string;
  before(async () => {
    door = await openSenderDoor(zone);
    directory = await mkdtemp(join(tmpdir(), 'senders-'));
    keyPath = join(directory, 'key.pem');
    await writeFile(keyPath, key.privateKey, { mode: 0o600 });
  });
  after(async () => {
    await door.close();
    await rm(directory, { recursive: true });
  });
  const letter = writeLetter(
    'Ann <ann@a.example>',
    'Hello,\n\n  two   blanks \n.\n\n\n',
    'X-Long: one\n  two\n',
  );

  test('what dkimpy signed passes, and no longer after a change', { skip: noDkimsign }, async () => {
    for (const canonicalization of ['relaxed', 'simple']) {
      const given = ['--hcanon', canonicalization, '--bcanon', canonicalization, 's', 'a.example', keyPath];
      const signed = await run('dkimsign', given, letter.replaceAll('\n', '\r\n'));
      assert.deepEqual(namesOf(await door.arrive(signed)).slice(1), ['dkim=pass', 'dmarc=pass']);
      const changed = await door.arrive(signed.replace('blanks', 'spaces'));
      assert.deepEqual(namesOf(changed).slice(1), ['dkim=fail', 'dmarc=fail']);
    }
  });

  test('what OpenDKIM signed passes', { skip: noOpendkim }, async () => {
    const [path, configuration] = [join(directory, 'letter'), join(directory, 'opendkim.conf')];
    await writeFile(configuration, 'RequireSafeKeys no\n');
    await writeFile(path, letter.replaceAll('\n', '\r\n'));
    for (const canonicalization of ['relaxed/relaxed', 'simple/simple']) {
      const keys = ['-d', 'a.example', '-s', 's', '-k', keyPath, '-S', 'rsa-sha256', '-c', canonicalization];
      const output = await run('opendkim', ['-x', configuration, ...keys, '-b', 's', '-v', '-t', path], '');
      const field = /^DKIM-Signature:.*\n(?:[ \t].*\n)*/m.exec(output)?.[0] ?? '';
      assert.match(field, /a=rsa-sha256/, output);
      assert.deepEqual(namesOf(await door.arrive(field + letter)).slice(1), ['dkim=pass', 'dmarc=pass']);
    }
  });

  test('dkimpy reads our field and seals it; the chain holds here', { skip: noArcsign }, async () => {
    const { headers = '' } = await door.arrive(letter, { ip: '192.0.2.1', sender: 'ann@a.example' });
    const field = headers
      .slice(0, headers.indexOf('Received-SPF:'))
      .replaceAll('mx.ours.example', 'mx.list.example');
    const given = ['s', 'list.example', keyPath, 'mx.list.example'];
    const sealed = await run('arcsign', given, (field + letter).replaceAll('\n', '\r\n'));
    assert.match(sealed, /^ARC-Seal: i=1;/m);
    assert.match(sealed, /^ARC-Authentication-Results: i=1; ?mx\.list\.example;[^:]*dmarc=/ms);
    door.rules = { ...senderRules, arctrusted: new Set(['list.example']) };
    const result = await door.arrive(sealed, { sender: 'bounces@list.example' });
    assert.ok(namesOf(result).includes('arc=pass'), result.headers);
    const again = await run('arcsign', given, sealed.replaceAll('\n', '\r\n'));
    assert.ok(namesOf(await door.arrive(again)).includes('arc=pass'));
    assert.ok(namesOf(await door.arrive(again.replace('two   blanks', 'no blanks'))).includes('arc=fail'));
    door.rules = senderRules;
  });

  test('pyspf comes to the same results', { skip: noPyspf }, async () => {
    const cases = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'none'].flatMap((name) =>
      ['192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.7', '203.0.113.9', '2001:db8::1'].map((ip) => ({
        ip,
        sender: `ann@${name}.example`,
      })),
    );
    const script = `
import sys, json, dns.resolver, spf
dns.resolver.default_resolver = dns.resolver.Resolver(configure=False)
dns.resolver.default_resolver.nameservers = ['127.0.0.1']
dns.resolver.default_resolver.port = ${door.dns.port}
print(json.dumps([spf.check2(i=each['ip'], s=each['sender'], h='mail.letters.example', timeout=5)[0] for each in json.load(sys.stdin)]))
`;
    const theirs = JSON.parse(
      await run('/usr/bin/python3', ['-c', script], JSON.stringify(cases)),
    ) as string[];
    const ours = await Promise.all(
      cases.map(async ({ ip, sender }) => findingOf(await door.arrive(letter, { ip, sender }), 'spf').result),
    );
    const rows = (results: readonly string[]) =>
      cases.map(({ ip, sender }, at) => `${sender} ${ip} ${results[at]}`);
    assert.deepEqual(rows(ours), rows(theirs));
    assert.ok(new Set(ours).size >= 5);
  });
});
