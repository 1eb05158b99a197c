// The page of DMARC reports over real HTTP: it makes the address that reports go to, the program of that address keeps them
// as a delivery runs it, and the page tells who sent in the domain's name. Nothing that is no report is kept from anybody.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { programRoot } from '../../mta/root.ts';
import { machine, postForm, signInAdmin } from '../support/admin.ts';
import { reportLetter } from '../support/dmarc.ts';
import { type DnsServer, startDns } from '../support/dns.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let dns: DnsServer;
let carol: Client;
let dora: Client;
const page = '/admin/d/example.com/reports';
const control = (name: string, text: string): Promise<void> =>
  writeFile(join(site.home.qmail, 'control', name), text);

before(async () => {
  dns = await startDns({
    '1.2.0.192.in-addr.arpa': { PTR: ['news.example.net'] },
    'news.example.net': { A: ['192.0.2.1'] },
  });
  site = await startSite({ people: ['carol@example.com', 'dora@example.org'] });
  await control('dnsservers', `${dns.address}\n`);
  const { administration } = site.web;
  for (const address of ['carol@example.com', 'dora@example.org'])
    await administration.changeAccount(machine, address, { flags: AccountFlag.domainAdmin });
  carol = await signInAdmin(site, 'carol@example.com');
  dora = await signInAdmin(site, 'dora@example.org');
});
after(async () => {
  await site.close();
  await dns.close();
});

const begin = Math.floor(Date.now() / 86_400_000) * 86_400 - 86_400;
const report = (
  domain: string,
  rows: readonly (readonly [ip: string, count: number, proof: 'pass' | 'fail'])[],
) =>
  gzipSync(
    `<feedback><report_metadata><org_name>&lt;b&gt;Far</org_name><report_id>${domain}</report_id><date_range><begin>${begin}</begin><end>${begin + 86_399}</end></date_range></report_metadata><policy_published><domain>${domain}</domain><p>none</p></policy_published>${rows
      .map(
        ([ip, count, proof]) =>
          `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>none</disposition><dkim>${proof}</dkim><spf>${proof}</spf></policy_evaluated></row></record>`,
      )
      .join('')}</feedback>`,
  );

/** Runs the program with the variables of a delivery. */
async function deliver(letter: Buffer): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(programRoot(), 'server', 'main.ts'), 'dmarc-report'], {
    env: { PATH: process.env.PATH, HOST: 'example.com', FACTEUR_HOME: site.home.home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)));
  child.stdin.on('error', () => undefined);
  child.stdin.end(letter);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

test('an administrator has reports received, once, in his own domain, and the DNS page asks for them there', async () => {
  assert.match((await carol.get(page)).body, /Reports can come to dmarc-reports@example\.com/);
  assert.equal((await dora.get(page)).status, 404);
  const made = await postForm(carol, page, {});
  assert.equal(made.status, 303);
  assert.match((await carol.get(page)).body, /Reports go to dmarc-reports@example\.com/);
  const { vpopmail } = site.home;
  const program = join(vpopmail, 'bin', 'dmarc-report');
  const lines = await readFile(join(vpopmail, 'domains', 'example.com', '.qmail-dmarc-reports'), 'utf8');
  assert.equal(lines, `|${program}\n&postmaster@example.com\n`);
  assert.equal(await readlink(program), join(programRoot(), 'bin', 'facteur'));
  assert.equal((await postForm(carol, '/admin/d/example.com/aliases', {}, page)).status, 422);
  assert.equal((await dora.post(page, { csrf: await dora.token('/admin') })).status, 404);
  const zone = (await carol.get('/admin/d/example.com/dns')).body;
  assert.match(zone, /rua=mailto:dmarc-reports@example\.com/);
  const log = await site.web.administration.audit(machine, { limit: 5 });
  assert.ok(log.some(({ object }) => object === 'dmarc-reports@example.com'));
});

test('a report that arrives is kept and told in words; other letters go on to the postmaster', async () => {
  const kept = await deliver(
    reportLetter(
      report('example.com', [
        ['192.0.2.1', 412, 'fail'],
        ['192.0.2.2', 1000, 'pass'],
      ]),
    ),
  );
  assert.equal(kept.status, 99, kept.output);
  for (const [letter, why] of [
    [reportLetter(report('stranger.test', [['192.0.2.1', 1, 'pass']])), /it is about stranger\.test/],
    [Buffer.from('Subject: hello\n\nA person.\n'), /no attachment/],
    [
      Buffer.concat([
        Buffer.from('Authentication-Results: mail.example.com; dmarc=fail\n'),
        reportLetter(report('example.com', [['192.0.2.3', 1, 'pass']])),
      ]),
      /sender is not proven/,
    ],
  ] as const) {
    const { status, output } = await deliver(letter);
    assert.equal(status, 0, output);
    assert.match(output, why);
  }
  const { body } = await carol.get(page);
  assert.match(body, /<bdi>news\.example\.net<\/bdi><br><code>192\.0\.2\.1<\/code>/);
  assert.match(body, /<td class="number" data-label="Letters">412<\/td>/);
  assert.match(
    body,
    /verdict-differs">not proven<\/span> <span class="">It sends in your name without proof/,
  );
  assert.match(body, /verdict-right">signed</);
  assert.match(body, /<bdi>&lt;b&gt;Far<\/bdi>|<bdi>&#60;b&#62;Far<\/bdi>/);
  assert.match(body, /<rect class="series-1"/);
  assert.ok(!body.includes('192.0.2.3'));
  assert.ok(!(await dora.get('/admin/d/example.org/reports')).body.includes('192.0.2.1'));
});
