// The dialogue of remote delivery with one server: what it says, what it reports (spec/qmail.md 8.2, security.md S1 to
// S3, RFC 5321, 3207, 6531). Real sinks that do what real servers do at their worst.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { RemoteSettings } from '../../mta/remote/delivery.ts';
import type { DnsZone } from '../support/dns.ts';
import { type RemoteSite, startRemoteSite } from '../support/remote.ts';
import type { SinkOptions, SinkReply, SinkStep } from '../support/smtp-sink.ts';
import { hideMessage, SMUGGLING_SEQUENCES } from '../support/smuggling.ts';

const IP = '192.0.2.1';
const ZONE: DnsZone = {
  'far.test': { MX: [[10, 'mx1.far.test']] },
  'two.test': {
    MX: [
      [10, 'mx1.far.test'],
      [20, 'mx2.far.test'],
    ],
  },
  'mx1.far.test': { A: [IP] },
  'mx2.far.test': { A: ['192.0.2.2'] },
  'xn--mnchen-3ya.test': { A: [IP] },
};

// What a test opened is closed after it, also when it failed: an open socket would keep the run alive.
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});
const openSite = async (...args: Parameters<typeof startRemoteSite>) => {
  const site = await startRemoteSite(...args);
  opened.push(site);
  return site;
};

/** One site, one sink at 192.0.2.1, one delivery to user@far.test. */
async function deliverTo(
  sinkOptions: SinkOptions,
  change: Parameters<RemoteSite['send']>[1] & { to?: string } = {},
  settings: Partial<RemoteSettings> = {},
) {
  const site = await openSite(ZONE, settings);
  const sink = await site.addSink(IP, sinkOptions);
  const { to, ...request } = change;
  const outcome = await site.send(to ?? 'user@far.test', request);
  const result = { outcome, sink, log: site.log, commands: sink.connections.map(({ commands }) => commands) };
  await site.close();
  return result;
}

const at = (
  step: SinkStep,
  reply: SinkReply | readonly SinkReply[],
  more: SinkOptions = {},
): SinkOptions => ({
  ...more,
  replies: { [step]: reply },
});

describe('a delivery', () => {
  it('says EHLO, MAIL, RCPT, DATA and QUIT, each in its turn', async () => {
    const { outcome, sink, commands } = await deliverTo({});
    assert.equal(outcome, `K${IP} accepted message.\nRemote host said: 250 ok 0 taken`);
    assert.deepEqual(commands[0]!.slice(0, 4), [
      'EHLO mail.our.test',
      'MAIL FROM:<sender@our.test> SIZE=24',
      'RCPT TO:<user@far.test>',
      'DATA',
    ]);
    assert.equal(sink.messages[0]?.raw.toString(), 'Subject: test\r\n\r\nhello\r\n');
  });

  it('reads the message from the queue file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'facteur-remote-'));
    const path = join(directory, '4711');
    const content = Buffer.from(`Subject: big\n\n${'.line of text\n'.repeat(30_000)}end`);
    await writeFile(path, content);
    const { outcome, sink } = await deliverTo({}, { message: undefined, path, size: content.length });
    assert.match(outcome, /^K/);
    assert.equal(sink.messages[0]?.content.toString(), `${content}\n`);
    const short = await deliverTo({}, { message: undefined, path, size: content.length + 1 });
    assert.equal(short.outcome, 'ZUnable to read message. (#4.3.0)');
    assert.equal(short.sink.messages.length, 0);
    await rm(directory, { recursive: true });
    const gone = await deliverTo({}, { message: undefined, path, size: 1 });
    assert.equal(gone.outcome, 'ZUnable to read message. (#4.3.0)');
    assert.equal(gone.sink.connections.length, 0);
  });

  it('says HELO when EHLO is not understood, and then no parameters', async () => {
    const { outcome, commands } = await deliverTo(at('ehlo', '502 what'));
    assert.match(outcome, /^K/);
    assert.deepEqual(commands[0]!.slice(0, 3), [
      'EHLO mail.our.test',
      'HELO mail.our.test',
      'MAIL FROM:<sender@our.test>',
    ]);
  });

  it('says BODY=8BITMIME for 8-bit text when the server knows it, and sends 8-bit text in any case', async () => {
    const message = Buffer.from('Subject: x\n\nna\xefve\n', 'latin1');
    const known = await deliverTo({}, { message });
    assert.equal(known.sink.messages[0]?.mailLine, 'MAIL FROM:<sender@our.test> SIZE=21 BODY=8BITMIME');
    const unknown = await deliverTo({ capabilities: [] }, { message });
    assert.equal(unknown.sink.messages[0]?.mailLine, 'MAIL FROM:<sender@our.test>');
    assert.deepEqual(unknown.sink.messages[0]?.content, message);
  });

  it('quotes addresses', async () => {
    const { commands } = await deliverTo({}, { sender: 'a b@our.test', to: 'c..d@far.test' });
    assert.match(commands[0]![1]!, /^MAIL FROM:<"a b"@our\.test> /);
    assert.equal(commands[0]![2], 'RCPT TO:<"c..d"@far.test>');
  });

  it('keeps the null sender and the double-bounce sender', async () => {
    assert.match((await deliverTo({}, { sender: '' })).commands[0]![1]!, /^MAIL FROM:<> /);
    assert.match((await deliverTo({}, { sender: '#@[]' })).commands[0]![1]!, /^MAIL FROM:<#@\[\]> /);
  });

  it('of an address outside ASCII needs SMTPUTF8', async () => {
    const known = await deliverTo({}, { to: 'jürgen@far.test' });
    assert.match(known.sink.messages[0]!.mailLine, / BODY=8BITMIME SMTPUTF8$/);
    assert.deepEqual(known.sink.messages[0]?.rcpts, ['jürgen@far.test']);
    const unknown = await deliverTo({ capabilities: ['8BITMIME'] }, { to: 'jürgen@far.test' });
    assert.equal(
      unknown.outcome,
      `DConnected to ${IP} but server does not support unicode in email addresses. (#5.6.7)`,
    );
    const domain = await deliverTo({ capabilities: [] }, { to: 'user@münchen.test' });
    assert.deepEqual(domain.sink.messages[0]?.rcpts, ['user@xn--mnchen-3ya.test']);
  });

  it('of a header in UTF-8 that came by SMTPUTF8 needs it too', async () => {
    const received = 'Received: from a by b\n with UTF8SMTPS; 1 Jan 2026 00:00:00 -0000\n';
    const message = Buffer.from(`${received}Subject: grüß\n\nx\n`);
    assert.match((await deliverTo({ capabilities: [] }, { message })).outcome, /^D.*unicode/);
    const plain = Buffer.from('Subject: grüß\n\nx\n');
    assert.match((await deliverTo({ capabilities: [] }, { message: plain })).outcome, /^K/);
  });

  it('of an unfit address fails before any connection (S2)', async () => {
    const { outcome, sink } = await deliverTo({}, { to: 'a\nRCPT TO:<b@far.test>\n@far.test' });
    assert.match(outcome, /^D.*\(#5\.1\.3\)$/);
    assert.equal(sink.connections.length, 0);
  });

  it('waits for a correction when helohost cannot be said', async () => {
    const { outcome, sink } = await deliverTo({}, {}, { helohost: 'mail.our.test\r' });
    assert.match(outcome, /^Zcontrol\/helohost/);
    assert.equal(sink.connections.length, 0);
  });
});

describe('a report', () => {
  const said = 'Remote host said:';
  for (const [name, options, expected] of [
    [
      'greeting 4xx',
      at('connect', '450 later'),
      `ZConnected to ${IP} but greeting failed.\n${said} 450 later`,
    ],
    ['greeting 5xx', at('connect', '554 no'), `ZConnected to ${IP} but greeting failed.\n${said} 554 no`],
    [
      'EHLO and HELO refused',
      { replies: { ehlo: '500 no', helo: '550-who\r\n550 are you' } },
      `ZConnected to ${IP} but my name was rejected.\n${said} 550-who\n550 are you`,
    ],
    ['MAIL 4xx', at('mail', '451 later'), `ZConnected to ${IP} but sender was rejected.\n${said} 451 later`],
    [
      'MAIL 5xx',
      at('mail', '552 too big'),
      `DConnected to ${IP} but sender was rejected.\n${said} 552 too big`,
    ],
    [
      'RCPT 4xx',
      at('rcpt', '450 greylisted'),
      `Z${IP} does not like recipient.\n${said} 450 greylisted\nGiving up on ${IP}.`,
    ],
    [
      'RCPT 5xx',
      at('rcpt', '550 5.1.1 unknown'),
      `D${IP} does not like recipient.\n${said} 550 5.1.1 unknown\nGiving up on ${IP}.`,
    ],
    ['RCPT 251', at('rcpt', '251 forwarded'), `K${IP} accepted message.\n${said} 250 ok 0 taken`],
    ['DATA 4xx', at('data', '451 later'), `Z${IP} failed on DATA command.\n${said} 451 later`],
    ['DATA 5xx', at('data', '554 no'), `D${IP} failed on DATA command.\n${said} 554 no`],
    ['dot 4xx', at('dot', '451 later'), `Z${IP} failed after I sent the message.\n${said} 451 later`],
    ['dot 5xx', at('dot', '554 spam'), `D${IP} failed after I sent the message.\n${said} 554 spam`],
    [
      'control characters',
      at('rcpt', { raw: Buffer.from('550 a\0b\x1b[2J\rc\n', 'latin1') }),
      `D${IP} does not like recipient.\n${said} 550 a?b?[2Jc\nGiving up on ${IP}.`,
    ],
  ] as const)
    it(`after ${name} is qmail-remote's`, async () => {
      assert.equal((await deliverTo(options)).outcome, expected);
    });

  const steps = ['connect', 'ehlo', 'mail', 'rcpt', 'data'] as const;
  for (const step of steps)
    for (const drop of [true, 'reset'] as const)
      it(`after a connection that died at ${step} (${drop === true ? 'closed' : 'reset'}) is temporary`, async () => {
        const { outcome, sink } = await deliverTo(at(step, { drop }));
        // A reset at once can be seen before the connection is.
        const expected = [`ZConnected to ${IP} but connection died. (#4.4.2)`];
        if (step === 'connect')
          expected.push("ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)");
        assert.ok(expected.includes(outcome), outcome);
        assert.equal(sink.messages.length, 0);
      });

  it('after a connection that died after the dot warns of a duplicate', async () => {
    for (const drop of [true, 'reset'] as const) {
      const { outcome } = await deliverTo(at('dot', { drop }));
      assert.equal(outcome, `ZConnected to ${IP} but connection died. Possible duplicate! (#4.4.2)`);
    }
  });

  it('after a connection that died in the body does not', async () => {
    const message = Buffer.from(`Subject: x\n\n${'0123456789\n'.repeat(2_000_000)}`);
    const { outcome, sink } = await deliverTo({ dropInData: 100_000 }, { message });
    assert.equal(outcome, `ZConnected to ${IP} but connection died. (#4.4.2)`);
    assert.equal(sink.messages.length, 0);
  });

  it('after a refusal in the middle of the body is that refusal', async () => {
    const message = Buffer.from(`Subject: x\n\n${'0123456789\n'.repeat(1_000_000)}`);
    const early = { raw: Buffer.from('354 go on\r\n552 5.3.4 enough\r\n') };
    const { outcome } = await deliverTo(at('data', early), { message });
    assert.equal(outcome, `D${IP} failed after I sent the message.\nRemote host said: 552 5.3.4 enough`);
  });
});

describe('a server that does not keep to SMTP (S3)', () => {
  const temporaryReply =
    /^ZConnected to 192\.0\.2\.1 but it sent an invalid reply\.( Possible duplicate!)? \(#4\.5\.0\)/;
  const commands = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot'] as const;
  for (const reply of ['000 zero', '999 nines', '2500 long', 'nonsense', '250-a\r\n251 b', '150 soon'])
    for (const step of commands)
      it(`by ${JSON.stringify(reply)} to ${step} leaves the message in the queue`, async () => {
        const { outcome, sink } = await deliverTo(at(step, reply));
        assert.match(outcome, temporaryReply);
        assert.equal(outcome.includes('Possible duplicate!'), step === 'dot');
        if (step !== 'dot') assert.equal(sink.messages.length, 0);
      });

  for (const [name, options] of [
    ['354 to MAIL', at('mail', '354 go')],
    ['354 to RCPT', at('rcpt', '354 go')],
    ['250 to DATA', at('data', '250 ok')],
    ['354 to the dot', at('dot', '354 more')],
    ['two replies to the connection', at('connect', '220 hi\r\n250 ok')],
    ['two replies to MAIL', at('mail', '250 ok\r\n250 ok')],
    ['all replies at once', at('connect', '220 hi\r\n250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e')],
    ['the verdict before the message', at('data', { raw: Buffer.from('354 go\r\n250 taken\r\n') })],
  ] as const)
    it(`by ${name} leaves the message in the queue`, async () => {
      assert.match((await deliverTo(options)).outcome, temporaryReply);
    });

  it('by answers before questions is told nothing more', async () => {
    const { commands } = await deliverTo(at('connect', '220 hi\r\n250 ok'));
    assert.deepEqual(commands, [[]]);
  });

  it('by an endless reply is left', async () => {
    for (const step of ['connect', 'rcpt', 'dot'] as const) {
      const code = step === 'connect' ? '220' : '250';
      const { outcome } = await deliverTo(at(step, { reply: `${code}-and more`, endless: true }));
      assert.match(outcome, temporaryReply);
    }
    const line = await deliverTo(at('connect', { raw: Buffer.alloc(8192, 'x'), endless: true }));
    assert.match(line.outcome, temporaryReply);
  });

  it('by silence or by one byte at a time runs into timeoutremote', async () => {
    const settings = { timeoutremote: 0.25 };
    const died = `ZConnected to ${IP} but connection died. (#4.4.2)`;
    const behaviours: (readonly [SinkOptions, string])[] = [
      [at('connect', { silent: true }), died],
      [at('ehlo', { silent: true }), died],
      [at('rcpt', { silent: true }), died],
      [at('data', { silent: true }), died],
      [at('mail', { reply: `250 ${'ok'.repeat(200)}`, dripMs: 20 }), died],
      [at('dot', { silent: true }), `ZConnected to ${IP} but connection died. Possible duplicate! (#4.4.2)`],
    ];
    await Promise.all(
      behaviours.map(async ([options, expected]) => {
        assert.equal((await deliverTo(options, {}, settings)).outcome, expected);
      }),
    );
  });

  it('but is only slow gets its mail', async () => {
    const { outcome } = await deliverTo({ delayMs: 40 });
    assert.match(outcome, /^K/);
    const drip = await deliverTo(at('ehlo', { reply: '250-sink\r\n250 SIZE', dripMs: 5 }));
    assert.match(drip.outcome, /^K/);
  });
});

describe('the next server', () => {
  const deliverToTwo = async (first: SinkOptions) => {
    const site = await openSite(ZONE);
    const one = await site.addSink(IP, first);
    const two = await site.addSink('192.0.2.2');
    const outcome = await site.send('user@two.test');
    await site.close();
    return { outcome, one, two };
  };
  for (const [name, options] of [
    ['a greeting 4xx', at('connect', '421 busy')],
    ['a greeting 5xx', at('connect', '554 no')],
    ['a greeting that is no SMTP', at('connect', 'SSH-2.0-x')],
    ['a rejected name', { replies: { ehlo: '550 no', helo: '550 no' } }],
    ['a session that died at EHLO', at('ehlo', { drop: true })],
    ['a session that died at MAIL', at('mail', { drop: true })],
    ['a session that died at RCPT', at('rcpt', { drop: 'reset' })],
    ['a session that died at DATA', at('data', { drop: true })],
    ['421 to MAIL', at('mail', '421 going down')],
    ['421 to RCPT', at('rcpt', '421 going down')],
    ['421 to DATA', at('data', '421 going down')],
  ] as const)
    it(`is asked after ${name}`, async () => {
      const { outcome, one, two } = await deliverToTwo(options);
      assert.match(outcome, /^K192\.0\.2\.2 accepted message/);
      assert.equal(one.messages.length + two.messages.length, 1);
    });

  for (const [name, options, code] of [
    ['a refused recipient', at('rcpt', '550 no'), 'D'],
    ['a greylisted recipient', at('rcpt', '450 later'), 'Z'],
    ['a refused message', at('dot', '554 no'), 'D'],
    ['a lost answer to the dot', at('dot', { drop: true }), 'Z'],
  ] as const)
    it(`is not asked after ${name}`, async () => {
      const { outcome, two } = await deliverToTwo(options);
      assert.equal(outcome[0], code);
      assert.equal(two.connections.length, 0);
    });
});

describe('STARTTLS', () => {
  it('is used when it is offered; everything after it is said anew', async () => {
    const { outcome, sink, commands } = await deliverTo({ tls: true });
    assert.match(outcome, /^K/);
    assert.equal(sink.messages[0]?.secure, true);
    assert.deepEqual(commands[0]!.slice(0, 4), [
      'EHLO mail.our.test',
      'STARTTLS',
      'EHLO mail.our.test',
      'MAIL FROM:<sender@our.test> SIZE=24',
    ]);
  });

  it('that is refused leaves the session in clear text', async () => {
    const { outcome, sink, commands } = await deliverTo(at('starttls', '454 not now', { tls: true }));
    assert.match(outcome, /^K/);
    assert.equal(sink.messages[0]?.secure, false);
    assert.equal(commands.length, 1);
  });

  it('that breaks is followed by clear text on a new connection', async () => {
    const { outcome, sink, log } = await deliverTo({ tls: 'garbage' });
    assert.match(outcome, /^K/);
    assert.equal(sink.connections.length, 2);
    assert.deepEqual(sink.connections[1]?.commands.slice(0, 2), [
      'EHLO mail.our.test',
      'MAIL FROM:<sender@our.test> SIZE=24',
    ]);
    assert.deepEqual(log, [`remote: ${IP}: STARTTLS failed, sending in clear text`]);
  });

  it('that stalls is followed by clear text too', async () => {
    // 220 and then nothing: the sink has no certificate and reads on.
    const { outcome, sink } = await deliverTo(
      { capabilities: ['STARTTLS'], replies: { starttls: '220 go', other: { silent: true } } },
      {},
      { timeoutremote: 0.3 },
    );
    assert.match(outcome, /^K/);
    assert.equal(sink.connections.length, 2);
  });

  it('forgets what was said in clear text with or before it (S3)', async () => {
    const injected = { raw: Buffer.from('220 go\r\n250-evil\r\n250 SMTPUTF8\r\n250 ok\r\n') };
    const { outcome, sink, commands } = await deliverTo({
      tls: true,
      replies: {
        starttls: injected,
        ehlo: ['250-sink\r\n250-SIZE 5\r\n250-8BITMIME\r\n250 STARTTLS', '250-sink\r\n250 HELP'],
      },
    });
    assert.match(outcome, /^K/);
    assert.equal(sink.messages[0]?.secure, true);
    assert.equal(commands[0]?.[3], 'MAIL FROM:<sender@our.test>');
  });
});

describe('bytes on the wire (S1)', () => {
  // Three kinds of receivers: strict, one that takes LF for a line end, one that takes CR for one.
  for (const lineEnds of ['strict', 'lf', 'cr'] as const) {
    let site: RemoteSite;
    before(async () => {
      site = await startRemoteSite(ZONE);
    });
    after(() => site.close());
    it(`hide no second message from a receiver of the kind ${lineEnds}`, async () => {
      const sink = await site.addSink(IP, { lineEnds });
      let sent = 0;
      for (const [name, sequence] of SMUGGLING_SEQUENCES)
        for (const [place, message] of hideMessage(sequence)) {
          assert.match(await site.send('user@far.test', { message }), /^K/, `${name} in ${place}`);
          sent++;
        }
      assert.equal(sink.messages.length, sent);
      assert.ok(sink.messages.every(({ from }) => from === 'sender@our.test'));
      let ends = 0;
      for (const { received } of sink.connections) {
        const wire = Buffer.concat(received).toString('latin1');
        assert.doesNotMatch(wire, /(?<!\r)\n|\r(?!\n)|\0/);
        ends += wire.match(/\r\n\.\r\n/g)?.length ?? 0;
      }
      assert.equal(ends, sent);
    });
  }

  it('hide none at the borders of the pieces either', async () => {
    const site = await openSite(ZONE);
    const sink = await site.addSink(IP);
    const messages = [];
    for (const [, sequence] of SMUGGLING_SEQUENCES.slice(0, 16))
      for (const length of [65_535, 65_536, 65_537]) {
        const filler = Buffer.alloc(length - sequence.length, 'x');
        messages.push(Buffer.concat([filler, sequence, Buffer.from('QUIT\r\n')]));
      }
    for (const message of messages) assert.match(await site.send('user@far.test', { message }), /^K/);
    assert.equal(sink.messages.length, messages.length);
    for (const { received } of sink.connections)
      assert.doesNotMatch(Buffer.concat(received).toString('latin1'), /(?<!\r)\n|\r(?!\n)/);
  });
});

describe('the end of remote delivery', () => {
  it('lets what is in hand finish and takes nothing new', async () => {
    const site = await openSite(ZONE);
    await site.addSink(IP, at('dot', { reply: '250 ok', delayMs: 150 }));
    const running = site.send('user@far.test');
    await site.agent.close();
    assert.match(await running, /^K/);
    assert.equal(await site.send('user@far.test'), 'ZThe mail system is stopping. (#4.3.2)');
  });
});

describe('many deliveries', () => {
  it('run side by side', async () => {
    const site = await openSite(ZONE);
    const sink = await site.addSink(IP);
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => site.send(`u${i}@far.test`)));
    assert.ok(outcomes.every((outcome) => outcome.startsWith('K')));
    assert.equal(new Set(sink.messages.map(({ rcpts }) => rcpts[0])).size, 100);
  });
});
