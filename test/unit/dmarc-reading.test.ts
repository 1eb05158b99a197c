// DMARC reports that others send: what is read of them in every form and packing, and that bombs, floods and nonsense end early.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { writeReport } from '../../mta/trust/dmarc-reports/report-xml.ts';
import { dmarcResultOf } from '../../server/reports/command.ts';
import { createReportReading } from '../../server/reports/read-report.ts';
import { openReceivedReports } from '../../server/reports/received.ts';
import { findReport } from '../../server/reports/unpack-report.ts';
import { judgeSource } from '../../server/web/admin/reports.ts';
import { createZipWriter } from '../../server/zip/zip-writer.ts';
import { judgedLetter, reportLetter } from '../support/dmarc.ts';

const begin = 1_790_000_000;
const document = (rows: string, more = ''): string =>
  `<?xml version="1.0"?><feedback><report_metadata><org_name>Example &amp; Co.</org_name><report_id>r1</report_id><date_range><begin>${begin}</begin><end>${begin + 86_399}</end></date_range>${more}</report_metadata><policy_published><domain>Example.COM</domain><p>none</p></policy_published>${rows}</feedback>`;
const row = (ip: string, count: number | string, dkim = 'pass', spf = 'fail'): string =>
  `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>none</disposition><dkim>${dkim}</dkim><spf>${spf}</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers><auth_results/></record>`;

function read(text: string) {
  const reading = createReportReading();
  reading.write(text);
  return reading.end();
}

async function zipOf(name: string, text: string | Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const zip = createZipWriter(async (bytes) => void chunks.push(Buffer.from(bytes)));
  await zip.add(name, Buffer.from(text), 0);
  await zip.finish();
  return Buffer.concat(chunks);
}

test('rows with everything in common are added up, and what makes no sense is passed over', () => {
  const report = read(
    document(
      row('192.0.2.1', 2) +
        row('192.0.2.1', 3) +
        row('192.0.2.1', 1, 'fail', 'PASS') +
        row('2001:DB8::1', 4) +
        row('nonsense', 5) +
        row('192.0.2.2', -1) +
        row('192.0.2.3', '1e3'),
    ),
  );
  assert.deepEqual(
    [report.organization, report.id, report.domain, report.begin],
    ['Example & Co.', 'r1', 'example.com', begin],
  );
  assert.deepEqual(
    report.sources.map(({ ip, dkim, spf, count }) => [ip, dkim, spf, count]),
    [
      ['192.0.2.1', true, false, 5],
      ['2001:db8::1', true, false, 4],
      ['192.0.2.1', false, true, 1],
    ],
  );
});

test('what we write ourselves is read', () => {
  const letter = judgedLetter();
  const text = writeReport({
    submitter: 'mail.our.test',
    email: 'postmaster@our.test',
    id: 'x@our.test',
    begin,
    end: begin + 86_399,
    published: letter.published,
    rows: [{ ...letter, count: 3 }],
    left: 0,
  });
  assert.deepEqual(read(text).sources, [
    { ip: '192.0.2.1', dkim: true, spf: true, disposition: 'pass', count: 3 },
  ]);
});

test('of a report with very many sources the largest are kept, and the rest as a sum', () => {
  const rows = Array.from({ length: 3000 }, (_, at) => row(`10.0.${at >> 8}.${at & 255}`, at < 1500 ? 9 : 1));
  const { sources } = read(document(rows.join('')));
  assert.equal(sources.length, 2001);
  assert.deepEqual(sources.at(-1), { ip: '', dkim: true, spf: false, disposition: 'none', count: 1000 });
});

test('what is no report, or no whole one, or one about a year, is refused', () => {
  for (const text of [
    '<html></html>',
    document('').replace('</feedback>', ''),
    document('').replace('Example.COM', 'not a domain'),
    document('').replace(`<end>${begin + 86_399}`, `<end>${begin + 366 * 86_400}`),
    document('').replace(`<begin>${begin}`, '<begin>soon'),
    `<!DOCTYPE feedback [<!ENTITY a "b">]>${document('')}`,
    document('<record/>'.repeat(100_001)),
  ])
    assert.throws(() => read(text), { name: 'XmlError' }, text.slice(0, 80));
});

test('a report is found in gzip, ZIP and plain, whatever type and name it has', async () => {
  const text = document(row('192.0.2.1', 2));
  const table = [
    ['application/gzip', 'a!b!1!2.xml.gz', gzipSync(text)],
    ['application/octet-stream', 'report', gzipSync(text)],
    ['application/zip', 'a.zip', await zipOf('a.xml', text)],
    ['application/x-zip-compressed', 'a.zip', await zipOf('folder/a.xml', text)],
    ['text/xml', 'a.xml', Buffer.from(`\ufeff${text}`)],
  ] as const;
  for (const [type, name, bytes] of table) {
    const found = await findReport(reportLetter(bytes, type, name));
    assert.ok('report' in found && found.report.sources.length === 1, `${type}: ${JSON.stringify(found)}`);
  }
  // The attachment alone is the letter, as some send it.
  const bare = Buffer.from(
    `Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${gzipSync(text).toString('base64')}\n`,
  );
  assert.ok('report' in (await findReport(bare)));
});

test('bombs end at 10 MiB, damage and other attachments are told', async () => {
  const zeros = Buffer.alloc(40 * 2 ** 20, 32);
  const bomb = Buffer.concat([Buffer.from('<feedback>'), zeros]);
  const text = document(row('192.0.2.1', 2));
  const lying = await zipOf('a.xml', text);
  // The directory says less than there is.
  const packed = deflateRawSync(bomb);
  const table = [
    [gzipSync(bomb), /more than 10 MiB/],
    [await zipOf('a.xml', bomb), /unpacks to more/],
    [gzipSync(text).subarray(0, 60), /cannot be unpacked|ends too early/],
    [lying.subarray(0, lying.length - 30), /has no directory/],
    [Buffer.concat([Buffer.from([0x1f, 0x8b]), packed.subarray(0, 500)]), /cannot be unpacked/],
    [Buffer.from('%PDF-1.4'), /no attachment that could be a report/],
  ] as const;
  for (const [bytes, why] of table) {
    const found = await findReport(reportLetter(bytes));
    assert.ok('why' in found);
    assert.match(found.why, why);
  }
});

test('a report is kept once, shown for its domain and those above, and forgotten after half a year', () => {
  const reports = openReceivedReports(new Database(':memory:'));
  const day = Math.floor(begin / 86_400);
  const report = read(document(row('192.0.2.1', 6) + row('192.0.2.9', 2, 'fail')));
  assert.equal(reports.store(report, begin), true);
  assert.equal(reports.store(report, begin), false);
  reports.store({ ...report, domain: 'news.example.com', id: 'r2' }, begin);
  reports.store({ ...report, domain: 'notexample.com', id: 'r3' }, begin);
  const sums = reports.read('example.com', day - 1, 5);
  assert.deepEqual(
    sums.believed.reduce((a, b) => a + b),
    12,
  );
  assert.deepEqual(
    sums.unproven.reduce((a, b) => a + b),
    4,
  );
  assert.deepEqual(sums.sources, [
    { ip: '192.0.2.1', letters: 12, signed: 12, spf: 0, unproven: 0 },
    { ip: '192.0.2.9', letters: 4, signed: 0, spf: 0, unproven: 4 },
  ]);
  assert.deepEqual(sums.reporters, [{ organization: 'Example & Co.', letters: 16, last: begin + 86_399 }]);
  assert.deepEqual(reports.read('example.com', day + 2, 5).sources, []);
  reports.store({ ...report, id: 'r4', domain: 'other.example' }, begin + 181 * 86_400);
  assert.deepEqual(reports.read('example.com', day - 1, 5).sources, []);
});

test('a source is judged in words', () => {
  const sum = (letters: number, signed: number, spf: number, unproven: number) =>
    judgeSource({ ip: '', letters, signed, spf, unproven })[0];
  assert.equal(sum(5, 5, 0, 0), 'signed');
  assert.equal(sum(5, 2, 5, 0), 'spfOnly');
  assert.equal(sum(5, 2, 0, 3), 'mixed');
  assert.equal(sum(5, 0, 0, 5), 'unproven');
});

test('what our own door found out about the sender is read, and nobody else’s word', () => {
  const of = (header: string): string | undefined =>
    dmarcResultOf(Buffer.from(`${header}\n\nbody`), 'mail.our.test');
  assert.equal(of('Authentication-Results: Mail.Our.Test; spf=pass;\n dmarc=pass header.from=x'), 'pass');
  assert.equal(of('Authentication-Results: mail.our.test 1; dkim=none; dmarc=fail'), 'fail');
  assert.equal(of('Authentication-Results: mail.other.test; dmarc=fail'), undefined);
  assert.equal(of('Subject: x'), undefined);
});
