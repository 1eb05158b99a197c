// Scanners of letters against small fakes of their protocols: what they say is read, what they should not do costs a letter
// nothing but its time (mta/trust/scanners/). The programs themselves are in test/interop/scanners.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { readBlockLists } from '../../mta/control/block-lists.ts';
import { readClientChecks } from '../../mta/control/client-checks.ts';
import { junkSettings } from '../../mta/control/definitions/junk.ts';
import { ControlError } from '../../mta/control/reading.ts';
import { askLists } from '../../mta/trust/lists/ask-lists.ts';
import { ListHealth } from '../../mta/trust/lists/list-health.ts';
import { addressQuestion, domainQuestion, isListing } from '../../mta/trust/lists/list-names.ts';
import { pickOutgoing } from '../../mta/trust/outgoing-watch.ts';
import { judgeTurnout } from '../../mta/trust/reputation.ts';
import { readClamdAnswer } from '../../mta/trust/scanners/clamd.ts';
import { readRspamdAnswer } from '../../mta/trust/scanners/rspamd.ts';
import { createScannerChecks, pingScanner, type ScannerName } from '../../mta/trust/scanners/scanners.ts';
import { readSpamdAnswer } from '../../mta/trust/scanners/spamd.ts';
import type { ArrivingLetter, Finding } from '../../mta/trust/types.ts';
import { arrivingLetter } from '../support/letters.ts';

const points = { junkscore: 5, rejectscore: 15 };
const file = (text: string | undefined) => ({ path: 'control/x', text, me: undefined });

/** A scanner of one test. @param serve what it does with a client */
async function startFake(serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(0, '127.0.0.1');
  after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function ask(
  name: ScannerName,
  line: string,
  letter: ArrivingLetter = arrivingLetter('Subject: x\n\ny\n'),
): Promise<{ readonly finding: Finding; readonly log: readonly string[] }> {
  const read = (of: ScannerName) => junkSettings[of].read(file(of === name ? line : undefined));
  const settings = {
    me: 'mx.our.test',
    ...points,
    rspamd: read('rspamd'),
    spamd: read('spamd'),
    clamd: read('clamd'),
  };
  const log: string[] = [];
  const { check } = createScannerChecks(
    () => settings,
    (each) => log.push(each),
  ).find((each) => each.check.name === name)!;
  const { findings } = await check.check(letter, [], new AbortController().signal);
  assert.equal(findings.length, 1);
  return { finding: findings[0]!, log };
}

test('the letter reaches clamd whole, in chunks behind their lengths', async () => {
  const got: Buffer[] = [];
  const port = await startFake((socket) => {
    socket.on('data', (bytes) => {
      got.push(bytes);
      if (Buffer.concat(got).subarray(-4).equals(Buffer.alloc(4))) socket.end('stream: OK\0');
    });
  });
  const text = Buffer.from(`Subject: x\n\n${'0123456789'.repeat(20_000)}\n`);
  const { finding } = await ask('clamd', `127.0.0.1:${port}`, arrivingLetter(text));
  assert.equal(finding.result, 'clean');
  let bytes = Buffer.concat(got);
  assert.equal(bytes.toString('latin1', 0, 10), 'zINSTREAM\0');
  const parts: Buffer[] = [];
  for (bytes = bytes.subarray(10); bytes.length > 4; ) {
    const length = bytes.readUInt32BE(0);
    parts.push(bytes.subarray(4, 4 + length));
    bytes = bytes.subarray(4 + length);
  }
  assert.deepEqual(Buffer.concat(parts), text);
});

test('spamd gets the letter with the envelope sender and our Received field on top, and its exact length', async () => {
  let said = '';
  const port = await startFake((socket) => {
    socket.on('data', (bytes) => {
      said += bytes.toString('latin1');
    });
    socket.on('end', () =>
      socket.end('SPAMD/1.1 0 EX_OK\r\nContent-length: 9\r\nSpam: True ; 7.5 / 5.0\r\n\r\nONE,TWO\r\n'),
    );
  });
  const letter = arrivingLetter('Subject: x\n\ny\n', { helo: 'evil)\n host', sender: 's@a.test' });
  const { finding } = await ask('spamd', `127.0.0.1:${port}`, letter);
  assert.deepEqual(finding, { check: 'spamd', result: 'spam', score: 7.5, words: 'ONE, TWO' });
  const [head = '', body = ''] = said.split(/\r\n\r\n([\s\S]*)/, 2);
  assert.match(head, /^SYMBOLS SPAMC\/1\.5\r\nContent-length: (\d+)$/);
  assert.equal(Number(/\d+$/.exec(head)![0]), body.length);
  assert.match(
    body,
    /^Return-Path: <s@a\.test>\nReceived: from evil\?\?\?host \(mx\.sender\.test \[192\.0\.2\.7\]\)\n {2}by mx\.our\.test with ESMTP; [^\n]+\nSubject: x\n\ny\n$/,
  );
});

test('rspamd is told of the envelope, and its action is followed unless only its points are wanted', async () => {
  const seen: unknown[] = [];
  const server = createHttp((req, res) => {
    let size = 0;
    req.on('data', (bytes: Buffer) => {
      size += bytes.length;
    });
    req.on('end', () => {
      const { ip, helo, from, rcpt, hostname } = req.headers;
      seen.push([req.method, req.url, size, ip, helo, from, rcpt, hostname]);
      res.end(
        JSON.stringify({
          action: 'soft reject',
          score: 6,
          required_score: 30,
          symbols: { LITTLE: { score: 0.1 }, BIG: { score: 5.9 }, NONE: { score: 0 }, BAD: null },
          messages: { smtp_message: 'come\r\nagain' },
        }),
      );
    });
  }).listen(0, '127.0.0.1');
  after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const letter = arrivingLetter('Subject: x\n\ny\n', { recipients: ['u@our.test', 'ü@our.test'] });
  const { finding } = await ask('rspamd', `127.0.0.1:${port}`, letter);
  assert.deepEqual(finding, {
    check: 'rspamd',
    result: 'soft-reject',
    score: 3,
    words: 'BIG 5.9, LITTLE 0.1',
    measure: 'defer',
    reply: '451 4.7.1 come again',
  });
  const rcpt = Buffer.from('u@our.test, ü@our.test').toString('latin1');
  assert.deepEqual(seen, [
    ['POST', '/checkv2', 14, '192.0.2.7', 'mx.sender.test', 's@sender.test', rcpt, 'mx.sender.test'],
  ]);
  assert.equal((await ask('rspamd', `127.0.0.1:${port} points`, letter)).finding.measure, undefined);
});

test('a scanner that hangs, is not there, breaks off or talks without end has found nothing, and the log says so', async () => {
  const hangs = await startFake(() => undefined);
  const breaks = await startFake((socket) => socket.destroy());
  const floods = await startFake((socket) => {
    socket.resume();
    socket.write(Buffer.alloc(400_000, 'x'));
  });
  const lies = await startFake((socket) => {
    socket.resume();
    socket.end('stream: perhaps\0');
  });
  const gone = 1;
  const large = arrivingLetter(`Subject: x\n\n${'x'.repeat(5_000_000)}\n`);
  const judge = async (name: ScannerName, port: number): Promise<void> => {
    // Five million bytes find no room in a socket that nobody reads.
    const letter = port === hangs ? large : undefined;
    const { finding, log } = await ask(name, `127.0.0.1:${port} seconds=1 bytes=9000000`, letter);
    const expected = { check: name, result: 'temperror', score: 0, words: 'no answer' };
    assert.deepEqual(finding, expected, `${name} ${port}`);
    assert.equal(log.length, 1);
    assert.match(log[0]!, new RegExp(`^warning: the scanner ${name} cannot be asked: `));
  };
  await Promise.all(
    (['clamd', 'spamd', 'rspamd'] as const).flatMap((name) =>
      [hangs, breaks, floods, lies, gone].map((port) => judge(name, port)),
    ),
  );
});

test('a scanner that breaks off is asked once more', async () => {
  let asked = 0;
  const port = await startFake((socket) => {
    asked += 1;
    if (asked === 1) socket.once('data', () => socket.resetAndDestroy());
    else socket.resume().end('stream: OK\0');
  });
  const { finding, log } = await ask('clamd', `127.0.0.1:${port}`, undefined);
  assert.deepEqual([finding.result, asked, log], ['clean', 2, []]);
});

test('a letter that cannot be scanned is put off where the file says so, and one that is too large never waits', async () => {
  const { finding } = await ask('clamd', '127.0.0.1:1 defer');
  assert.equal(finding.measure, 'defer');
  assert.match(finding.reply ?? '', /^451 4\.7\.1 /);
  const large = await ask('clamd', '127.0.0.1:1 defer bytes=5');
  assert.deepEqual([large.finding.result, large.finding.measure, large.log], ['skipped', undefined, []]);
});

test('answers that are none are known as such', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"action":"drop it","score":1}',
    '{"action":"reject","score":"9"}',
  ])
    assert.throws(
      () => readRspamdAnswer(text, points, false),
      (error) => error instanceof Error,
      text,
    );
  for (const text of ['', 'HTTP/1.1 200 OK\r\n', 'SPAMD/1.1 76 Bad header\r\n', 'SPAMD/1.1 0 EX_OK\r\n\r\nX'])
    assert.throws(
      () => readSpamdAnswer(text, points),
      (error) => error instanceof Error,
      text,
    );
  for (const text of ['', 'PONG', 'stream: x ERROR', 'stream:  FOUND'])
    assert.throws(
      () => readClamdAnswer(text, false),
      (error) => error instanceof Error,
      text,
    );
  const { words, reply } = readClamdAnswer('stream: Bad;\u0007Name(abc:12) FOUND\0', false);
  assert.equal(words, 'Bad,?Name');
  assert.equal(reply, '554 5.7.1 sorry, this message holds a virus: Bad,?Name (#5.7.1)');
  assert.equal(
    readRspamdAnswer('{"action":"discard","score":99}', points, false).measure,
    'junk',
    'nothing is dropped',
  );
});

test('a scanner is asked whether it lives, and something else at its port is not taken for it', async () => {
  const port = await startFake((socket) => socket.once('data', () => socket.end('PONG\0')));
  assert.ok((await pingScanner('clamd', { host: '127.0.0.1', port })) >= 0);
  const other = await startFake((socket) => socket.end('220 mail.test ESMTP\r\n\0'));
  await assert.rejects(pingScanner('clamd', { host: '127.0.0.1', port: other }), /something else/);
  await assert.rejects(pingScanner('spamd', { host: '127.0.0.1', port: other }), /something else/);
  await assert.rejects(pingScanner('rspamd', { host: '127.0.0.1', port: other }));
});

test('the control files of this room are read, and what is wrong in them is told', () => {
  assert.deepEqual(junkSettings.clamd.read(file('/run/clamav/clamd.ctl junk bytes=100\n')), {
    address: { path: '/run/clamav/clamd.ctl' },
    defers: false,
    onlyPoints: false,
    onlyJunk: true,
    seconds: 30,
    bytes: 100,
  });
  const wrong = [
    'localhost',
    'run/x',
    '127.0.0.1:0',
    '127.0.0.1:80 points',
    '/x seconds=0',
    '/x seconds',
    '/x bytes=x',
  ];
  for (const line of wrong) assert.throws(() => junkSettings.clamd.read(file(line)), ControlError, line);
  assert.deepEqual(readBlockLists(file('# none\n=-1.5 good.test\n-BL.test.=127.0.0.2:no %IP%\n')), [
    { zone: 'good.test', action: 'note', points: -1.5, text: '', codes: [] },
    { zone: 'bl.test', action: 'reject', points: 0, text: 'no %IP%', codes: ['127.0.0.2'] },
  ]);
  for (const line of [
    '-2.5 bl.test',
    'b l.test',
    '*bl.test',
    'bl..test',
    'bl.test=10.0.0.1',
    `${'x'.repeat(64)}.test`,
  ])
    assert.throws(() => readBlockLists(file(line)), ControlError, line);
  for (const line of ['no-name', 'no-name drop', 'name reject', 'no-name 1.25'])
    assert.throws(() => readClientChecks(file(line)), ControlError, line);
  assert.equal(junkSettings.junkscore.read(file('7.5')), 7.5);
  assert.deepEqual(
    [junkSettings.junkscore.read(file(undefined)), junkSettings.rejectscore.read(file(''))],
    [5, 15],
  );
  for (const line of ['0', '5.25', '-1', 'x'])
    assert.throws(() => junkSettings.rejectscore.read(file(line)), ControlError);
});

test('lists are asked by the rules of RFC 5782', () => {
  assert.equal(addressQuestion('192.0.2.99', 'bl.test'), '99.2.0.192.bl.test');
  assert.equal(
    addressQuestion('2001:db8::1', 'bl.test'),
    '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test',
  );
  assert.equal(domainQuestion('Example.COM.', 'rhs.test'), 'example.com.rhs.test');
  for (const name of ['', 'localhost', '[192.0.2.1]', '192.0.2.1', 'a b.test', `${'x.'.repeat(130)}test`])
    assert.equal(domainQuestion(name, 'rhs.test'), undefined, name);
  assert.ok(isListing({ codes: [] }, ['10.0.0.1', '127.0.0.9']));
  assert.ok(!isListing({ codes: [] }, ['10.0.0.1', '127.255.255.252']));
  assert.ok(!isListing({ codes: ['127.0.0.2'] }, ['127.0.0.9']));
});

test('a list that never answers holds nobody longer than the patience, and is no listing', async () => {
  const never = { records: () => new Promise<never>(() => undefined), close: () => undefined };
  const asker = {
    lookup: never,
    health: new ListHealth(
      () => undefined,
      () => 0,
    ),
    patience: 30,
  };
  const lists = readBlockLists(file('-bl.test\n+welcome.test\n'));
  const silent = (zone: string) => ({ check: 'dnsbl', result: 'temperror', score: 0, words: zone });
  assert.deepEqual(await askLists(asker, lists, 'dnsbl', '192.0.2.1'), [
    silent('bl.test'),
    silent('welcome.test'),
  ]);
  const [closed] = await askLists(asker, lists, 'dnsbl', '192.0.2.1', true);
  assert.equal(closed?.measure, 'defer');
});

test('a network is judged by its share of bad letters, and by nothing while little is known', () => {
  assert.equal(judgeTurnout({ good: 0, bad: 9, unknown: 0 }).level, 'plain');
  assert.equal(judgeTurnout({ good: 5, bad: 3, unknown: 2 }).level, 'poor');
  assert.equal(judgeTurnout({ good: 2, bad: 10, unknown: 8 }).level, 'bad');
  assert.equal(judgeTurnout({ good: 500, bad: 100, unknown: 20 }).level, 'plain');
});

test('of the log only the lines of letters that leave the house are passed on', () => {
  const passed: string[] = [];
  const pick = pickOutgoing((line) => passed.push(line));
  const out = [
    'info msg 1: bytes 5 from <u@our.test> qp 1 uid 5',
    'starting delivery 2: msg 1 to remote a@far.test',
    'starting delivery 3: msg 1 to remote b@far.test',
    'end msg 1',
  ];
  const home = [
    'info msg 2: bytes 5 from <u@our.test> qp 2 uid 5',
    'starting delivery 1: msg 2 to local u@our.test',
    'end msg 2',
  ];
  for (const line of [home[0]!, out[0]!, home[1]!, out[1]!, out[2]!, home[2]!, out[3]!]) pick(line);
  assert.deepEqual(passed, out);
});
