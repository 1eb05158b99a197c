// Commands sent together (RFC 2920) and sessions kept for the next letter: what goes over the wire, and that no reply and
// no lost connection gives another report than it did one command and one letter at a time.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { RemoteSettings } from '../../mta/remote/delivery.ts';
import { createSessionPool, POOL_LIMITS } from '../../mta/remote/pool.ts';
import { openSession, type Session } from '../../mta/remote/session.ts';
import { startRemoteSite } from '../support/remote.ts';
import {
  type Sink,
  type SinkOptions,
  type SinkReply,
  type SinkStep,
  startSink,
} from '../support/smtp-sink.ts';

const IP = '192.0.2.1';
const ZONE = {
  'far.test': { MX: [[10, 'mx1.far.test']] },
  'mx1.far.test': { A: [IP] },
} as const;
const MAIL = 'MAIL FROM:<sender@our.test> SIZE=24';
const RCPT = 'RCPT TO:<user@far.test>';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** A site with one sink for far.test. */
async function openSite(options: SinkOptions, settings: Partial<RemoteSettings> = {}) {
  const site = await startRemoteSite({ ...ZONE }, settings);
  opened.push(site);
  const sink = await site.addSink(IP, options);
  return { site, sink, send: () => site.send('user@far.test') };
}

const writes = (sink: Sink, connection = 0): string[] =>
  sink.connections[connection]!.received.map((chunk) => chunk.toString('latin1'));
const verbs = (sink: Sink, connection = 0): string[] =>
  sink.connections[connection]!.commands.map((line) => line.slice(0, 4));

describe('commands sent together', () => {
  it('go out in one write when the server offers PIPELINING', async () => {
    const { sink, send } = await openSite({});
    assert.match(await send(), /^K/);
    assert.ok(writes(sink).includes(`${MAIL}\r\n${RCPT}\r\nDATA\r\n`), writes(sink).join('|'));
  });

  it('go out one by one when it does not', async () => {
    const { sink, send } = await openSite({ capabilities: ['SIZE'] });
    assert.match(await send(), /^K/);
    const all = writes(sink);
    for (const line of [MAIL, RCPT, 'DATA']) assert.ok(all.includes(`${line}\r\n`), line);
  });

  for (const step of ['mail', 'rcpt', 'data', 'dot'] as const)
    for (const reply of [
      '250 ok',
      '354 go',
      '421 bye',
      '450 later',
      '550 no',
      '000 zero',
      '250-a\r\n251 b',
      'x',
    ])
      it(`give the same report as one by one, for ${JSON.stringify(reply)} to ${step}`, async () => {
        const scripted = { [step]: reply } as Partial<Record<SinkStep, SinkReply>>;
        const together = await openSite({ replies: scripted });
        const alone = await openSite({ replies: scripted, capabilities: ['SIZE 52428800'] });
        assert.equal(await together.send(), await alone.send());
        assert.equal(together.sink.messages.length, alone.sink.messages.length);
      });

  it('make no letter of DATA that was accepted without a recipient', async () => {
    const { site, sink, send } = await openSite({ replies: { rcpt: '550 no', data: '354 go on' } });
    assert.match(await send(), /^D192\.0\.2\.1 does not like recipient\./);
    await site.agent.close();
    assert.equal(sink.messages.length, 0);
    assert.doesNotMatch(writes(sink).join(''), /\r\n\.\r\n/);
  });

  it('that a server loses are said again one by one, and the next letter is not sent that way', async () => {
    const { sink, send } = await openSite({ losesPipelined: true }, { timeoutremote: 0.6 });
    assert.match(await send(), /^K/);
    assert.match(await send(), /^K/);
    assert.equal(sink.messages.length, 2);
    assert.equal(sink.connections.length, 2);
    assert.ok(writes(sink, 0).includes(`${MAIL}\r\n${RCPT}\r\nDATA\r\n`));
    assert.equal(writes(sink, 1).filter((chunk) => chunk === `${MAIL}\r\n`).length, 2);
  });

  it('at which a server hangs up are said again one by one', async () => {
    for (const step of ['mail', 'rcpt', 'data'] as const) {
      const usual = step === 'data' ? '354 go' : '250 ok';
      const { sink, send } = await openSite({ replies: { [step]: [{ drop: true }, usual] } });
      assert.match(await send(), /^K/, step);
      assert.equal(sink.messages.length, 1);
    }
  });
});

describe('a kept session', () => {
  it('takes the next letter with MAIL and ends with QUIT', async () => {
    const { site, sink, send } = await openSite({});
    for (let i = 0; i < 3; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 1);
    const letter = ['MAIL', 'RCPT', 'DATA'];
    assert.deepEqual(verbs(sink), ['EHLO', ...letter, ...letter, ...letter]);
    await site.agent.close();
    assert.equal(verbs(sink).at(-1), 'QUIT');
    assert.equal(sink.connections[0]!.closed, true);
  });

  it('inside TLS needs no second handshake', async () => {
    const { sink, send } = await openSite({ tls: true });
    for (let i = 0; i < 3; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 1);
    assert.ok(sink.messages.every(({ secure }) => secure));
  });

  it('in clear text because TLS broke is not kept', async () => {
    const { sink, send } = await openSite({ tls: 'garbage' });
    for (let i = 0; i < 2; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 4);
  });

  for (const [name, offered] of [
    ['together', ['PIPELINING']],
    ['one by one', []],
  ] as const)
    it(`is cleared with RSET after a refusal (commands ${name})`, async () => {
      const { sink, send } = await openSite({
        capabilities: offered,
        replies: { rcpt: ['550 no', '250 ok'] },
      });
      assert.match(await send(), /^D/);
      // The clearing goes on beside the letters: at some round the first session is among those that take them.
      for (let round = 0; round < 50 && verbs(sink).filter((verb) => verb === 'MAIL').length < 2; round++)
        for (const outcome of await Promise.all([send(), send(), send()])) assert.match(outcome, /^K/);
      const heard = verbs(sink);
      assert.equal(heard[heard.indexOf('RSET') + 1], 'MAIL');
    });

  it('that the server has ended costs nothing', async () => {
    const { sink, send } = await openSite({ replies: { dot: { reply: '250 ok', drop: true } } });
    for (let i = 0; i < 3; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 3);
  });

  for (const [name, reply] of [
    ['closes', { drop: true }],
    ['resets', { drop: 'reset' }],
    ['says 421', '421 4.4.2 idle too long'],
    ['says 421 and closes', { reply: '421 4.4.2 idle too long', drop: true }],
    ['talks nonsense', 'what'],
  ] as const)
    it(`at whose next MAIL the server ${name} gives way to a fresh one`, async () => {
      const { sink, send } = await openSite({ replies: { mail: ['250 ok', reply, '250 ok'] } });
      assert.match(await send(), /^K/);
      assert.match(await send(), /^K/);
      assert.equal(sink.messages.length, 2);
      assert.equal(sink.connections.length, 2);
    });

  it('gives way once: a fresh session that breaks too is the report', async () => {
    const { sink, send } = await openSite({
      capabilities: [],
      replies: { mail: ['250 ok', { drop: true }] },
    });
    assert.match(await send(), /^K/);
    assert.equal(await send(), `ZConnected to ${IP} but connection died. (#4.4.2)`);
    assert.equal(sink.connections.length, 2);
  });

  it('that breaks after the dot is never followed by another try', async () => {
    const { sink, send } = await openSite({ replies: { dot: ['250 ok', { drop: true }] } });
    assert.match(await send(), /^K/);
    assert.equal(await send(), `ZConnected to ${IP} but connection died. Possible duplicate! (#4.4.2)`);
    assert.equal(sink.connections.length, 1);
  });

  it('that speaks unasked is dropped', async () => {
    const { sink, send } = await openSite({ replies: { dot: '250 ok\r\n421 I am leaving' } });
    for (let i = 0; i < 2; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 2);
    assert.equal(sink.messages.length, 2);
  });

  it('takes a hundred letters', async () => {
    const { sink, send } = await openSite({});
    for (let i = 0; i < 101; i++) assert.match(await send(), /^K/);
    assert.equal(sink.connections.length, 2);
    assert.equal(verbs(sink).filter((verb) => verb === 'MAIL').length, 100);
  });
});

describe('the pool of sessions', () => {
  const connect = async (sink: Sink): Promise<Session> => {
    const opening = await openSession(
      {
        helohost: 'our.test',
        timeoutconnect: 2,
        timeoutremote: 2,
        signal: new AbortController().signal,
        localAddresses: {},
        tls: 'offered',
        trusted: [],
      },
      { address: IP, port: 25, name: '' },
      { address: '127.0.0.1', port: sink.port },
      () => {},
    );
    assert.equal(opening.kind, 'open');
    if (opening.kind !== 'open') throw new Error('no session');
    return opening.session;
  };
  const openSink = async () => {
    const sink = await startSink();
    opened.push(sink);
    return sink;
  };

  it('gives the youngest session of the place, and none of another', async () => {
    const sink = await openSink();
    const pool = createSessionPool();
    opened.push(pool);
    const [one, two] = [await connect(sink), await connect(sink)];
    pool.give('here', one);
    pool.give('here', two);
    assert.equal(pool.take('there'), undefined);
    assert.equal(pool.take('here'), two);
    assert.equal(pool.take('here'), one);
    assert.equal(pool.take('here'), undefined);
    for (const session of [one, two]) pool.give('here', session);
  });

  it('ends a session that nobody wants with QUIT', async () => {
    const sink = await openSink();
    const pool = createSessionPool({ ...POOL_LIMITS, idleMs: 20 });
    opened.push(pool);
    const session = await connect(sink);
    pool.give('here', session);
    while (!sink.connections[0]!.closed) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(verbs(sink), ['EHLO', 'QUIT']);
    assert.equal(pool.take('here'), undefined);
  });

  it('keeps so many of a place and so many in all', async () => {
    const sink = await openSink();
    const pool = createSessionPool({ ...POOL_LIMITS, perPlace: 2, total: 3 });
    for (const place of ['a', 'a', 'a', 'b', 'c']) pool.give(place, await connect(sink));
    const taken = ['a', 'a', 'a', 'b', 'c'].map((place) => pool.take(place));
    assert.deepEqual(
      taken.map((session) => session !== undefined),
      [true, true, false, true, false],
    );
    await Promise.all(taken.map((session) => session?.connection.quit()));
  });
});
