// DMARC reports on their way: letters that were judged become one report a day and domain in the queue, its destinations
// asked in a real DNS, and nothing is sent twice, to nobody who did not agree, or about reports alone.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { startAnswering } from '../../mta/calls/answering.ts';
import type { Outcome } from '../../mta/outcome.ts';
import type { SenderResults } from '../../mta/trust/sender-results.ts';
import { answerReports, createReportCalls } from '../../server/reports/calls.ts';
import { openSiteReports } from '../../server/reports/reports.ts';
import { judgedLetter } from '../support/dmarc.ts';
import { type DnsServer, startDns } from '../support/dns.ts';

const day = 20_000;
const seconds = 86_400;
let dns: DnsServer;
let root: string;
let now = 0;
let answer: Outcome;
let sent: { letter: string; sender: string; to: readonly string[] }[];
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

before(async () => {
  dns = await startDns({ 'example.com._report._dmarc.collector.test': { TXT: ['v=DMARC1;'] } });
});
after(() => dns.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-dmarc-'));
  await mkdir(join(root, 'qmail', 'control'), { recursive: true });
  await control('me', 'mail.our.test\n');
  await control('dnsservers', `${dns.address}\n`);
  await control('dmarcreports', '1\n');
  now = (day * seconds + 100) * 1000;
  answer = { code: 'K', text: 'ok 1 qp 2' };
  sent = [];
});

const control = (name: string, text: string): Promise<void> =>
  writeFile(join(root, 'qmail', 'control', name), text);

const open = () =>
  openSiteReports({
    home: { home: root, qmail: join(root, 'qmail'), vpopmail: root, state: join(root, 'state'), run: root },
    injector: {
      async inject(_origin, letter, sender, to) {
        if (answer.code === 'K') sent.push({ letter: letter.toString(), sender, to });
        return answer;
      },
    },
    log,
    now: () => now,
  });
const letter = (changes: Partial<SenderResults> = {}): SenderResults =>
  judgedLetter({ time: day * seconds + 50, ...changes });
const wanted = (...rua: string[]): Partial<SenderResults> => ({ published: { ...letter().published, rua } });
/** Reports opened, letters counted, the next day come, reports sent. */
async function report(...letters: SenderResults[]): Promise<void> {
  const reports = await open();
  for (const each of letters) reports.record(each);
  await reports.send();
  assert.deepEqual(sent, []);
  now += seconds * 1000 + 5 * 3600_000;
  await reports.send();
  await reports.send();
  await reports.close();
  await rm(root, { recursive: true });
}

test('the day after, one letter goes to those who want reports, from the sender of control/dmarcreportfrom', async () => {
  await control('dmarcreportfrom', 'reports@our.test\n');
  await report(letter(wanted('mailto:a@example.com', 'mailto:b@collector.test')), letter());
  assert.equal(sent.length, 1);
  assert.deepEqual([sent[0]?.sender, sent[0]?.to], ['reports@our.test', ['rua@example.com']]);
  assert.match(
    sent[0]!.letter,
    /^From: <reports@our\.test>\nTo: <rua@example\.com>\nSubject: Report Domain: example\.com/,
  );
  assert.ok(lines.some((line) => line.startsWith('dmarc report: example.com to rua@example.com: ok')));
});

test('who lives elsewhere must have agreed, and a report that is too large for one goes to the others', async () => {
  await report(letter(wanted('mailto:a@example.com!1k', 'mailto:b@collector.test', 'mailto:c@victim.test')));
  assert.deepEqual(
    sent.map(({ to }) => to),
    [['b@collector.test']],
  );
});

test('nothing is counted where control/dmarcreports says nothing, and nothing is sent about reports alone', async () => {
  await control('dmarcreports', '0\n');
  await report(letter());
  assert.deepEqual(sent, []);
});

test('reports about reports are not begun', async () => {
  await report(letter({ isReport: true }));
  assert.deepEqual(sent, []);
});

test('a queue that cannot take the report now gets it later, after a restart too', async () => {
  answer = { code: 'Z', text: 'qq temporary problem (#4.3.0)' };
  const reports = await open();
  reports.record(letter());
  await reports.send();
  now += seconds * 1000 + 5 * 3600_000;
  await reports.send();
  await reports.close();
  answer = { code: 'K', text: 'ok 1 qp 2' };
  now += 2 * 3600_000;
  const again = await open();
  await again.send();
  assert.equal(sent.length, 1);
  await again.close();
  await rm(root, { recursive: true });
});

test('a door of its own process tells its letters over a socket, and what is none is not taken', async () => {
  const taken: SenderResults[] = [];
  const path = join(root, 'reports');
  const service = await startAnswering(
    'reports',
    { path },
    answerReports({ record: (each) => void taken.push(each) }),
    log,
  );
  const calls = createReportCalls(path, log);
  for (let n = 0; n < 45; n++) calls.record(letter({ ip: `192.0.2.${n}`, time: day * seconds + 0.25 }));
  await calls.close();
  assert.equal(taken.length, 45);
  assert.deepEqual(taken[44], letter({ ip: '192.0.2.44', time: day * seconds + 0.25 }));
  const bad = createReportCalls(path, log);
  bad.record({ ...letter(), spf: undefined } as unknown as SenderResults);
  await bad.close();
  assert.equal(taken.length, 45);
  await service.close();
  const lost = createReportCalls(path, log);
  lost.record(letter());
  await lost.close();
  assert.ok(lines.some((line) => line.includes('1 letters are not counted')));
});
