// DMARC aggregate reports that we send, as values: counting, the document, its letter, where it goes (RFC 7489 7, RFC 9990).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import type { Answer } from '../../mta/dns/lookup.ts';
import { findDestinations, readDestination } from '../../mta/trust/dmarc-reports/destinations.ts';
import { reportFileName, writeReportLetter } from '../../mta/trust/dmarc-reports/report-letter.ts';
import { isReportHeader } from '../../mta/trust/dmarc-reports/report-mark.ts';
import { type ReportFacts, writeReport } from '../../mta/trust/dmarc-reports/report-xml.ts';
import { openReportTallies } from '../../mta/trust/dmarc-reports/tallies.ts';
import { daySeconds } from '../../mta/trust/report-tallies.ts';
import type { SenderResults } from '../../mta/trust/sender-results.ts';
import { judgedLetter } from '../support/dmarc.ts';

const day = 20_000;
const tomorrow = { today: day + 1, seconds: (day + 1) * daySeconds };
const open = () => openReportTallies(new Database(':memory:'));
const take = (tallies: ReturnType<typeof open>) => tallies.take(tomorrow.today, tomorrow.seconds, () => true);
const letter = (changes: Partial<SenderResults> = {}) =>
  judgedLetter({ time: day * daySeconds + 5, ...changes });

test('letters that have everything in common are one row, and each policy domain is one report', () => {
  const tallies = open();
  tallies.count([letter(), letter(), letter({ ip: '192.0.2.9' })]);
  tallies.count([
    letter({ spfAligned: false }),
    letter({ published: { ...letter().published, domain: 'other.example' } }),
  ]);
  const first = take(tallies);
  assert.deepEqual([first?.day, first?.domain, first?.left], [day, 'example.com', 0]);
  assert.deepEqual(
    tallies.rows(first!).map(({ ip, count, spfAligned }) => [ip, count, spfAligned]),
    [
      ['192.0.2.1', 2, true],
      ['192.0.2.1', 1, false],
      ['192.0.2.9', 1, true],
    ],
  );
  assert.equal(take(tallies)?.domain, 'other.example');
  assert.equal(take(tallies), undefined);
});

test('a day is reported when it is over, at its moment, once; what failed comes again later, and not for ever', () => {
  const tallies = open();
  tallies.count([letter()]);
  assert.equal(
    tallies.take(day, day * daySeconds + 86_000, () => true),
    undefined,
  );
  assert.equal(
    tallies.take(tomorrow.today, tomorrow.seconds, () => false),
    undefined,
  );
  // A day that was missed goes at once.
  const report = tallies.take(tomorrow.today + 1, tomorrow.seconds + daySeconds, () => false)!;
  assert.equal(report.tries, 0);
  assert.ok(tallies.postpone(report, tomorrow.seconds));
  assert.equal(take(tallies), undefined);
  const again = tallies.take(tomorrow.today, tomorrow.seconds + 3600, () => true)!;
  assert.equal(again.tries, 1);
  assert.equal(tallies.postpone({ ...again, tries: 5 }, tomorrow.seconds), false);
  tallies.finish(again);
  assert.equal(
    tallies.take(tomorrow.today, tomorrow.seconds + 7 * 3600, () => true),
    undefined,
  );
  assert.deepEqual(tallies.rows(again), []);
});

test('what was taken by a sender that died is free again after a while', () => {
  const tallies = open();
  tallies.count([letter()]);
  assert.ok(take(tallies));
  assert.equal(take(tallies), undefined);
  assert.ok(tallies.take(tomorrow.today, tomorrow.seconds + 901, () => true));
});

test('reports alone make no report, and domains that want none are not counted', () => {
  const tallies = open();
  tallies.count([
    letter({ isReport: true }),
    letter({ published: { ...letter().published, rua: [], domain: 'b.example' } }),
  ]);
  assert.equal(take(tallies), undefined);
  tallies.count([letter()]);
  assert.equal(tallies.rows(take(tallies)!)[0]?.count, 2);
});

test('a flood of sources is counted to its bound, and the rest is told as a number', () => {
  const tallies = open();
  const flood = Array.from({ length: 5100 }, (_, at) => letter({ ip: `10.1.${at >> 8}.${at & 255}` }));
  tallies.count(flood);
  tallies.count([letter({ ip: '10.1.0.0' })]);
  const report = take(tallies)!;
  assert.equal(report.left, 100);
  const rows = tallies.rows(report);
  assert.deepEqual([rows.length, rows[0]?.count], [5000, 2]);
});

test('days that are over for a week are forgotten', () => {
  const tallies = open();
  tallies.count([letter()]);
  tallies.prune(day + 8);
  assert.equal(
    tallies.take(day + 8, (day + 8) * daySeconds, () => true),
    undefined,
  );
});

const facts = (changes: Partial<ReportFacts> = {}): ReportFacts => ({
  submitter: 'mail.our.test',
  email: 'postmaster@mail.our.test',
  id: 'abc123@mail.our.test',
  begin: day * daySeconds,
  end: (day + 1) * daySeconds - 1,
  published: letter().published,
  rows: [{ ...letter(), count: 3 }],
  left: 0,
  ...changes,
});

test('the document has the elements of the schema in their order', () => {
  const names = [...writeReport(facts()).matchAll(/<([a-z_]+)[ >]/g)].map(([, name]) => name);
  assert.deepEqual(names, [
    ...[
      'feedback',
      'version',
      'report_metadata',
      'org_name',
      'email',
      'report_id',
      'date_range',
      'begin',
      'end',
    ],
    ...['policy_published', 'domain', 'adkim', 'aspf', 'p', 'sp', 'testing', 'fo'],
    ...['record', 'row', 'source_ip', 'count', 'policy_evaluated', 'disposition', 'dkim', 'spf'],
    ...['identifiers', 'envelope_from', 'header_from', 'auth_results'],
    ...['dkim', 'domain', 'selector', 'result', 'spf', 'domain', 'scope', 'result'],
  ]);
});

test('what strangers chose stays text, and dispositions and reasons are those of the standard', () => {
  const row = {
    ...letter({ headerFrom: 'a<b>&c.example', dkimAligned: false, spfAligned: false, disposition: 'none' }),
    reasons: [
      { type: 'sampled_out', comment: '' } as const,
      { type: 'local_policy', comment: 'arc=pass' } as const,
    ],
    count: 1,
  };
  const text = writeReport(facts({ rows: [row, { ...letter(), count: 1 }], left: 7 }));
  assert.ok(text.includes('<header_from>a&#60;b&#62;&#38;c.example</header_from>'));
  assert.deepEqual(
    [...text.matchAll(/<(?:disposition|type|comment|error)>([^<]*)/g)].map(([, each]) => each),
    [
      '7 more letters came from sources that are not listed',
      'none',
      'other',
      'sampled_out',
      'local_policy',
      'arc=pass',
      'pass',
    ],
  );
});

test('the letter has the subject and the file name of the standard, and a gzip that holds the document', async () => {
  const text = (
    await writeReportLetter(facts(), ['rua@example.com', 'b@example.net'], new Date(0))
  ).toString();
  assert.match(
    text.replace(/\n[ \t]+/g, ' '),
    /^Subject: Report Domain: example\.com Submitter: mail\.our\.test Report-ID: <abc123@mail\.our\.test>$/m,
  );
  const name = `mail.our.test!example.com!${day * daySeconds}!${(day + 1) * daySeconds - 1}.xml.gz`;
  assert.equal(reportFileName(facts()), name);
  assert.ok(text.includes(`filename="${name}"`));
  const [, base64 = ''] = /filename="[^"]*"\n\n([A-Za-z0-9+/=\n]+)\n--/.exec(text) ?? [];
  assert.equal(gunzipSync(Buffer.from(base64, 'base64')).toString(), writeReport(facts()));
  assert.ok(text.split('\n').every((line) => line.length <= 200));
});

test('rua: addresses that a letter can be sent to, with their limits', () => {
  const table = [
    ['mailto:rua@Example.com', 'rua@example.com', undefined],
    ['MAILTO:rua@example.com!10m', 'rua@example.com', 10 * 2 ** 20],
    ['mailto:rua@example.com!1000', 'rua@example.com', 1000],
    ['mailto:a%2Bb@example.com!5K', 'a+b@example.com', 5120],
    ['https://example.com/rua', undefined, undefined],
    ['mailto:rua', undefined, undefined],
    ['mailto:a b@example.com', undefined, undefined],
    ['mailto:a%0d%0aBcc:x@example.com', undefined, undefined],
    ['mailto:a%@example.com', undefined, undefined],
    ['mailto:"a"@example.com', undefined, undefined],
    ['mailto:rua@example.com!10x', undefined, undefined],
  ] as const;
  for (const [uri, address, most] of table) {
    const found = readDestination(uri);
    assert.deepEqual([found?.address, found?.most], [address, most], uri);
  }
});

test('an address of another house gets reports only when its own DNS says so', async () => {
  const zone: Record<string, Answer<string>> = {
    '_dmarc.example.com': { kind: 'found', values: ['v=DMARC1; p=none'] },
    '_dmarc.news.example.com': { kind: 'found', values: ['v=DMARC1; p=none'] },
    '_dmarc.com': { kind: 'found', values: ['v=DMARC1; p=none; psd=y'] },
    'example.com._report._dmarc.yes.test': { kind: 'found', values: ['x', 'v=DMARC1'] },
    'example.com._report._dmarc.no.test': { kind: 'found', values: ['v=spf1 -all', 'rua=x; v=DMARC1'] },
    'example.com._report._dmarc.other.test': {
      kind: 'found',
      values: ['v=DMARC1; rua=mailto:new@other.test'],
    },
    'example.com._report._dmarc.sly.test': {
      kind: 'found',
      values: ['v=DMARC1; rua=mailto:victim@victim.test'],
    },
    'example.com._report._dmarc.soft.test': { kind: 'soft' },
    '_dmarc.unsure.com': { kind: 'soft' },
  };
  const lookup = {
    records: (name: string) => Promise.resolve(zone[name] ?? ({ kind: 'none', reason: 'no name' } as const)),
    close() {},
  };
  const findFor = async (domain: string, ...hosts: string[]) => {
    const rua = hosts.map((host) => `mailto:rua@${host}`);
    const { destinations, isUnsure } = await findDestinations(domain, rua, lookup);
    return [destinations.map(({ address }) => address).join(' '), isUnsure];
  };
  const find = (...hosts: string[]) => findFor('example.com', ...hosts);
  assert.deepEqual(await find('example.com', 'sub.example.com'), [
    'rua@example.com rua@sub.example.com',
    false,
  ]);
  assert.deepEqual(await find('yes.test', 'no.test', 'none.test', 'neighbour.com'), ['rua@yes.test', false]);
  assert.deepEqual(await find('other.test'), ['new@other.test', false]);
  assert.deepEqual(await find('sly.test'), ['', false]);
  assert.deepEqual(await find('soft.test', 'example.com'), ['rua@example.com', true]);
  assert.deepEqual(await find('unsure.com'), ['', true]);
  assert.deepEqual(await find('example.com', 'example.com'), ['rua@example.com', false]);
  // One organisation by the tree walk, above and beside.
  assert.deepEqual(await findFor('news.example.com', 'example.com'), ['rua@example.com', false]);
  assert.deepEqual(await findFor('news.example.com', 'rua.example.com'), ['rua@rua.example.com', false]);
});

test('reports of others are known by their header', () => {
  const table = [
    ['Subject: Report Domain: example.com Submitter: x', true],
    ['From: a\nSUBJECT:\n report\n domain: example.com', true],
    ['TLS-Report-Domain: example.com', true],
    ['Subject: Re: Report Domain: example.com', false],
    ['X-Subject: Report Domain: example.com', false],
  ] as const;
  for (const [header, expected] of table)
    assert.equal(isReportHeader(Buffer.from(`${header}\n\n`)), expected, header);
});
