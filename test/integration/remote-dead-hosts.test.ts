// Hosts that do not answer, as the letters behind them see it (security.md X8), and queue/lock/tcpto (spec/qmail.md 8.5).
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { createTimeoutTable } from '../../mta/remote/tcpto.ts';
import { openTimeoutDisk } from '../../mta/remote/tcpto-disk.ts';
import { parseTimeoutFile, TCPTO_BYTES } from '../../mta/remote/tcpto-file.ts';
import { startDeadHost, startRemoteSite } from '../support/remote.ts';

const IP = '192.0.2.1';
const ZONE = {
  'dead.test': { A: [IP] },
  'backup.test': {
    MX: [
      [10, 'dead.test'],
      [20, 'mx2.backup.test'],
    ],
  },
  'mx2.backup.test': { A: ['192.0.2.2'] },
  'well.test': { A: ['192.0.2.3'] },
} as const;
const NO_CONNECTION = "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)";

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function openSite(...[settings, options]: [object?, object?]) {
  const site = await startRemoteSite({ ...ZONE } as never, { timeoutconnect: 0.3, ...settings }, options);
  opened.push(site.close);
  return site;
}
async function openDeadSite(...args: Parameters<typeof openSite>) {
  const dead = await startDeadHost();
  opened.push(dead.close);
  const site = await openSite(...args);
  site.mapTo(IP, dead.port);
  return site;
}
async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-remote-'));
  opened.push(() => rm(directory, { recursive: true }));
  return directory;
}

describe('a host that does not answer', () => {
  it('costs many letters at once a single wait, with the report of one that was tried', async () => {
    const site = await openDeadSite();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => site.send('user@dead.test')));
    assert.deepEqual(new Set(outcomes), new Set([NO_CONNECTION]));
    assert.deepEqual(site.connected, [`${IP}:25`]);
  });

  it('is not waited for by the letters that come later; its backup gets them', async () => {
    const site = await openDeadSite();
    const backup = await site.addSink('192.0.2.2');
    assert.equal(await site.send('user@dead.test'), NO_CONNECTION);
    assert.equal(await site.send('user@dead.test'), NO_CONNECTION);
    assert.match(await site.send('user@backup.test'), /^K192\.0\.2\.2 /);
    assert.equal(backup.messages.length, 1);
    assert.equal(site.connected.filter((place) => place === `${IP}:25`).length, 1);
  });

  it('does not hold letters to others', async () => {
    const site = await openDeadSite();
    await site.addSink('192.0.2.3');
    const dead = site.send('user@dead.test');
    const first = await Promise.race([dead, site.send('user@well.test')]);
    assert.match(first, /^K192\.0\.2\.3 /);
    assert.equal(await dead, NO_CONNECTION);
  });

  it('is asked again once it is back', async () => {
    const site = await openSite();
    assert.equal(await site.send('user@dead.test'), NO_CONNECTION);
    assert.equal(await site.send('user@dead.test'), NO_CONNECTION);
    assert.equal(site.connected.length, 1, 'a refusal rests for a second');
    await site.addSink(IP);
    let outcome = '';
    for (const end = Date.now() + 5000; Date.now() < end && !outcome.startsWith('K'); ) {
      outcome = await site.send('user@dead.test');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match(outcome, /^K/);
  });

  it('with a silent greeting rests like one that is dead', async () => {
    const site = await openSite({ timeoutremote: 0.2 });
    const sink = await site.addSink(IP, { replies: { connect: { silent: true } } });
    assert.match(await site.send('user@dead.test'), /connection died/);
    assert.equal(await site.send('user@dead.test'), NO_CONNECTION);
    assert.equal(sink.connections.length, 1);
  });
});

describe('queue/lock/tcpto', () => {
  it('is emptied at the start and shows the host that timed out', async () => {
    const path = join(await openDirectory(), 'tcpto');
    await writeFile(path, Buffer.alloc(TCPTO_BYTES, 7));
    const before = Math.floor(Date.now() / 1000);
    const site = await openDeadSite({}, { tcptoPath: path });
    await site.send('user@dead.test');
    await site.close();
    const bytes = await readFile(path);
    assert.equal(bytes.length, TCPTO_BYTES);
    const [record, ...others] = parseTimeoutFile(bytes);
    assert.deepEqual(others, []);
    assert.equal(record?.ip, IP);
    assert.equal(record?.count, 1);
    assert.ok(record.time >= before && record.time <= Date.now() / 1000);
  });

  it('that cannot be written is told once, and mail goes on', async () => {
    const path = join(await openDirectory(), 'missing', 'tcpto');
    const site = await openDeadSite({}, { tcptoPath: path });
    await site.addSink('192.0.2.3');
    await site.send('user@dead.test');
    assert.match(await site.send('user@well.test'), /^K/);
    assert.equal(site.log.length, 1);
    assert.match(site.log[0]!, /^warning: remote: cannot keep .*tcpto \(ENOENT\)/);
  });

  it('has each IPv4 host at its place and forgets what qmail-tcpok empties', async () => {
    const path = join(await openDirectory(), 'tcpto');
    const log: string[] = [];
    const disk = openTimeoutDisk(path, (line) => log.push(line));
    const table = createTimeoutTable(() => 0, disk.write);
    table.recordTimeout('192.0.2.1', 1000);
    table.recordTimeout('2001:db8::1', 1000);
    table.recordTimeout('192.0.2.2', 1001);
    table.recordTimeout('192.0.2.1', 1200);
    table.recordSuccess('192.0.2.2');
    assert.equal(await disk.isEmptied('192.0.2.1'), false);
    const bytes = await readFile(path);
    assert.deepEqual(parseTimeoutFile(bytes), [{ ip: '192.0.2.1', count: 2, time: 1200 }]);
    assert.deepEqual([...bytes.subarray(16, 21)], [192, 0, 2, 2, 0]);
    await writeFile(path, Buffer.alloc(TCPTO_BYTES));
    assert.equal(await disk.isEmptied('192.0.2.1'), true);
    await disk.close();
    assert.deepEqual(log, []);
  });
});
