// TLS reports of others (RFC 8460) over real HTTP: the program of the reports' address keeps them as a delivery runs it, and
// the page tells in words what failed. What is no report goes on; what is too much is bounded.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { programRoot } from '../../mta/root.ts';
import {
  packTlsReport,
  type TlsReportFacts,
  writeTlsReportLetter,
} from '../../mta/trust/tls-reports/report.ts';
import { findTlsReport, parseTlsReport } from '../../server/reports/read-tls-report.ts';
import { machine, signInAdmin } from '../support/admin.ts';
import { type Client, startSite, type WebSite } from '../support/site.ts';

const day = 86_400;
const begin = (Math.floor(Date.now() / 1000 / day) - 1) * day;
const policy = { type: 'sts', strings: ['version: STSv1'], mxHosts: ['mx.example.com'] } as const;
const factsOf = (domain: string, id = 'abc'): TlsReportFacts => ({
  submitter: 'mail.far.test',
  email: 'tls@far.test',
  id: `${id}@mail.far.test`,
  domain,
  begin,
  end: begin + day - 1,
  rows: [
    { policy, host: 'mx.example.com', ip: '192.0.2.1', failure: undefined, count: 812 },
    { policy, host: 'mx.example.com', ip: '192.0.2.1', failure: 'certificate-expired', count: 34 },
    { policy, host: 'mx.example.com', ip: '192.0.2.2', failure: 'certificate-expired', count: 6 },
    { policy, host: '', ip: '', failure: 'sts-policy-fetch-error', count: 3 },
  ],
});
const letterOf = async (facts: TlsReportFacts, packed?: Buffer): Promise<Buffer> =>
  writeTlsReportLetter(facts, packed ?? (await packTlsReport(facts)), ['x@example.com'], new Date());

describe('a report', () => {
  test('that we write is one that we read', async () => {
    assert.deepEqual(await findTlsReport(await letterOf(factsOf('example.com'))), {
      organization: 'mail.far.test',
      id: 'abc@mail.far.test',
      domain: 'example.com',
      begin,
      end: begin + day - 1,
      successes: 812,
      failed: 43,
      failures: [
        { type: 'certificate-expired', host: 'mx.example.com', count: 40 },
        { type: 'sts-policy-fetch-error', host: '', count: 3 },
      ],
    });
  });

  test('with what nobody knows, or far too much, is read as far as it makes sense', () => {
    const dates = { 'start-datetime': '2026-01-01T00:00:00Z', 'end-datetime': '2026-01-01T23:59:59Z' };
    const about = (failures: unknown, more: object = {}) =>
      JSON.stringify({
        'organization-name': 'A\u0000\u202eB\n',
        'date-range': dates,
        'report-id': 7,
        policies: [
          {
            policy: { 'policy-domain': 'Example.COM' },
            summary: { 'total-successful-session-count': -1, 'total-failure-session-count': '9' },
            'failure-details': failures,
          },
        ],
        ...more,
      });
    const odd = parseTlsReport(
      about([
        { 'result-type': 'new-one', 'receiving-mx-hostname': '<b>', 'failed-session-count': 2 },
        { 'result-type': 'certificate-expired', 'failed-session-count': 1e300 },
        null,
        7,
      ]),
    );
    assert.deepEqual(odd, {
      organization: 'A B',
      id: '',
      domain: 'example.com',
      begin: 1_767_225_600,
      end: 1_767_311_999,
      successes: 0,
      failed: 0,
      failures: [{ type: 'validation-failure', host: '', count: 2 }],
    });
    const many = Array.from({ length: 5000 }, (_, at) => ({
      'result-type': 'certificate-expired',
      'receiving-mx-hostname': `mx${at}.example.com`,
      'failed-session-count': 1,
    }));
    assert.equal(parseTlsReport(about(many))?.failures.length, 1000);
    for (const none of [
      '',
      '{',
      '[]',
      'null',
      '{}',
      about([], { 'date-range': {} }),
      about([], { 'date-range': { ...dates, 'end-datetime': '2027-01-01T00:00:00Z' } }),
      about([], { policies: [] }),
      about([], { policies: 'x' }),
      '['.repeat(200_000),
    ])
      assert.equal(parseTlsReport(none), undefined, none.slice(0, 40));
  });

  test('that unpacks to more than 10 MiB is none', async () => {
    const bomb = gzipSync(`{"x":"${'0'.repeat(40 * 2 ** 20)}"}`);
    assert.equal(await findTlsReport(await letterOf(factsOf('example.com'), bomb)), undefined);
    const torn = (await packTlsReport(factsOf('example.com'))).subarray(0, 60);
    assert.equal(await findTlsReport(await letterOf(factsOf('example.com'), torn)), undefined);
  });
});

describe('the page', () => {
  let site: WebSite;
  let carol: Client;
  let dora: Client;
  const page = '/admin/d/example.com/tls-reports';
  before(async () => {
    site = await startSite({ people: ['carol@example.com', 'dora@example.org'] });
    const { administration } = site.web;
    for (const address of ['carol@example.com', 'dora@example.org'])
      await administration.changeAccount(machine, address, { flags: AccountFlag.domainAdmin });
    carol = await signInAdmin(site, 'carol@example.com');
    dora = await signInAdmin(site, 'dora@example.org');
  });
  after(() => site.close());

  /** Runs the program with the variables of a delivery. */
  async function deliver(letter: Buffer): Promise<string> {
    const child = spawn(process.execPath, [join(programRoot(), 'server', 'main.ts'), 'dmarc-report'], {
      env: { PATH: process.env.PATH, HOST: 'example.com', FACTEUR_HOME: site.home.home },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => (output += String(bytes)));
    child.stdin.end(letter);
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return `${status} ${output}`;
  }

  test('tells in words what failed and who reported it; a report counts once, and others’ domains are none of ours', async () => {
    assert.match((await carol.get(page)).body, /No report has come yet/);
    const letter = await letterOf(factsOf('example.com'));
    assert.match(await deliver(letter), /^99 dmarc-report: kept: example\.com by mail\.far\.test$/m);
    assert.match(await deliver(letter), /^99 dmarc-report: known: /);
    assert.match(await deliver(await letterOf(factsOf('stranger.test'))), /^0 .*it is about stranger\.test/);
    const { body } = await carol.get(page);
    assert.match(
      body,
      /The certificate is over\. Renew it\.<\/th>\s*<td data-label="Server"><code>mx\.example\.com<\/code><\/td>\s*<td class="number" data-label="Sessions">40<\/td>/,
    );
    assert.match(body, /The MTA-STS policy could not be fetched\./);
    assert.match(
      body,
      /<bdi>mail\.far\.test<\/bdi><\/th><td class="number" data-label="Good">812<\/td><td class="number" data-label="Failed">43<\/td>/,
    );
    assert.equal((await dora.get(page)).status, 404);
  });
});
