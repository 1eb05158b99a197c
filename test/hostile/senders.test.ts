// Senders who mean ill: a DNS that lies, loops, is silent or answers 64 KB, keys and signatures that are too many or too
// big, letters that make the thread fail. Each is answered within its time with an outcome that costs a letter nothing that
// is not its own fault, and the event loop of the role is not held.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, test } from 'node:test';
import { createStrangerLookup } from '../../mta/dns/stranger-lookup.ts';
import { createSenderThreads } from '../../mta/trust/sender-threads.ts';
import type { LetterContent } from '../../mta/trust/types.ts';
import { type DnsZone, startDns } from '../support/dns.ts';
import {
  contentOf,
  findingOf,
  makeKey,
  makeKeyRecord,
  namesOf,
  openSenderDoor,
  type SenderDoor,
  signLetter,
  writeLetter,
} from '../support/senders.ts';

/** Milliseconds in which the DNS has to answer a letter here. */
const DNS_MS = 1200;

const key = makeKey(1024);
const zone: Record<string, DnsZone[string]> = {
  's._domainkey.a.example': { TXT: [key.record] },
  'huge.example': {
    TXT: Array.from({ length: 60 }, (_, each) => Array.from({ length: 4 }, () => `${each}`.padEnd(255, 'x'))),
  },
  'loop.example': { CNAME: 'loop2.example' },
  'loop2.example': { CNAME: 'loop.example' },
  'silent.example': { fault: 'silent' },
  'garbage.example': { fault: 'garbage' },
  'long.example': { TXT: [Array.from({ length: 100 }, () => 'v=spf1 include:a.example '.padEnd(255, ' '))] },
  'self.example': { TXT: ['v=spf1 include:self.example redirect=self.example -all'] },
  'binary.example': { TXT: ['v=spf1 \0\r\nX: y -all'] },
  'manymx.example': {
    TXT: ['v=spf1 mx -all'],
    MX: Array.from({ length: 60 }, (_, each) => [each, `mx${each}.manymx.example`] as const),
  },
};
for (let each = 0; each < 60; each++) zone[`mx${each}.manymx.example`] = { A: ['198.51.100.1'] };
for (const name of ['huge', 'loop', 'silent', 'garbage', 'long']) {
  zone[`_dmarc.${name}.example`] = zone[`${name}.example`]!;
  zone[`s._domainkey.${name}.example`] = zone[`${name}.example`]!;
}

describe('senders who mean ill', () => {
  let door: SenderDoor;
  before(async () => {
    door = await openSenderDoor(zone, { dnsMilliseconds: DNS_MS });
    await door.arrive(writeLetter('a@a.example'));
  });
  after(() => door.close());

  /** The longest time that the loop of the role was held while it was done, in milliseconds. */
  async function held(work: () => Promise<unknown>): Promise<number> {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await work();
    delay.disable();
    return delay.max / 1e6;
  }

  test('a DNS that answers 64 KB, loops, is silent or talks nonsense: nobody can tell, in bounded time', async () => {
    for (const [name, spf] of [
      ['huge', 'temperror'],
      ['loop', 'temperror'],
      ['silent', 'temperror'],
      ['garbage', 'temperror'],
      ['long', 'permerror'],
      ['self', 'permerror'],
      ['binary', 'permerror'],
      ['manymx', 'permerror'],
    ] as const) {
      const domain = `${name}.example`;
      const letter = await signLetter(writeLetter(`a@${domain}`), domain, 's', key);
      const begun = performance.now();
      const result = await door.arrive(letter, { sender: `a@${domain}`, ip: '203.0.113.9' });
      assert.ok(performance.now() - begun < DNS_MS + 20_000, name);
      const finding = findingOf(result, 'spf');
      assert.equal(finding.result, spf, name);
      assert.equal(finding.measure, undefined, name);
      assert.ok(!namesOf(result).includes('dmarc=fail') && !namesOf(result).includes('dkim=pass'), name);
      assert.doesNotMatch(result.headers ?? '', /^(?!Authentication-Results: |Received-SPF: |\t|$)/m);
    }
  });

  test('a thousand signatures: ten are looked at, and the letter is answered at once', async () => {
    const signed = await signLetter(writeLetter('a@a.example'), 'a.example', 's', key);
    const signature = /^DKIM-Signature:.*\n(?:[ \t].*\n)*/m.exec(signed)![0];
    const asked = door.dns.queries.length;
    const other = (each: number): string => signature.replace(/s=s;/, `s=k${each};`).replace('b=', 'b=A');
    const many = Array.from({ length: 1000 }, (_, each) => other(each)).join('') + signed;
    let result: Awaited<ReturnType<typeof door.arrive>> | undefined;
    const longest = await held(async () => {
      result = await door.arrive(many);
    });
    assert.ok(longest < 2500, `${longest} ms`);
    assert.ok(!namesOf(result!).includes('dkim=pass'), 'the one below them is not seen');
    // By name: a question that is answered late is said again.
    const names = door.dns.queries.slice(asked).map(({ name }) => name);
    assert.ok(new Set(names.filter((name) => name.includes('_domainkey'))).size <= 10);
    assert.deepEqual(
      namesOf(await door.arrive(signature.repeat(50) + signed)).filter((name) => name.startsWith('dkim'))
        .length,
      3,
    );
  });

  test('keys of 384 and of 16,384 bits prove nothing', async () => {
    zone['small._domainkey.a.example'] = { TXT: [makeKeyRecord(384)] };
    zone['big._domainkey.a.example'] = { TXT: [makeKeyRecord(16_384)] };
    for (const selector of ['small', 'big']) {
      const signed = await signLetter(writeLetter('a@a.example'), 'a.example', selector, key);
      assert.ok(!/dkim=(?:pass|fail)/.test(namesOf(await door.arrive(signed)).join()), selector);
    }
  });

  test('a thousand ARC sets, tags without end, a From field of a megabyte', async () => {
    const set = (each: number): string =>
      `ARC-Seal: i=${each}; a=rsa-sha256; cv=pass; d=a.example; s=s; b=AAAA\nARC-Message-Signature: i=${each}; a=rsa-sha256; d=a.example; s=s; h=from; bh=AAAA; b=AAAA\nARC-Authentication-Results: i=${each}; x; none\n`;
    for (const header of [
      Array.from({ length: 1000 }, (_, each) => set(each + 1)).join(''),
      `DKIM-Signature: ${'a=b; '.repeat(150_000)}\n`,
      `DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from${':x'.repeat(200_000)}; bh=AAAA; b=AAAA\n`,
      `From: ${'"a" <a@b.example>, '.repeat(40_000)}\n`,
      `From: ${'('.repeat(500_000)}\n`,
      `${'X: y\n z\n'.repeat(4_990)}DKIM-Signature: v=1\n`,
      `X:\n${' z\n'.repeat(9_900)}DKIM-Signature: v=1\n`,
      `${'X: y\n z\n'.repeat(50_000)}DKIM-Signature: v=1\n`,
      `X: ${'y'.repeat(2_000_000)}\n`,
    ]) {
      const begun = performance.now();
      const longest = await held(async () => {
        try {
          await door.arrive(writeLetter('c@d.example', 'Hello\n', header));
        } catch (error) {
          // More than the door takes; the judge takes that for "nothing found".
          assert.match((error as Error).message, /^sender check: the header is too big/);
        }
      });
      assert.ok(performance.now() - begun < 30_000, header.slice(0, 40));
      assert.ok(longest < 2500, `${header.slice(0, 40)} ${longest} ms`);
    }
    assert.ok(
      namesOf(await door.arrive(writeLetter('a@a.example'))).includes('dkim=none'),
      'the next letter is checked',
    );
  });

  test('a big letter is never held: a few chunks are under way', async () => {
    const signed = await signLetter(writeLetter('a@a.example'), 'a.example', 's', key);
    const { header } = contentOf(signed);
    let read = 0;
    const chunk = Buffer.alloc(65_536, `${'x'.repeat(63)}\n`);
    const content: LetterContent = {
      size: 32 * 1_048_576,
      header,
      async *read() {
        yield header;
        for (; read < 32 * 1_048_576; read += chunk.length) yield chunk;
      },
    };
    const longest = await held(async () => {
      assert.ok(namesOf(await door.arrive(content)).includes('dkim=fail'));
    });
    assert.ok(longest < 2500, `${longest} ms`);
    assert.equal(read, content.size);
  });

  test('a client who went away, a letter that cannot be read: the check ends, the thread goes on', async () => {
    const signed = await signLetter(writeLetter('a@a.example'), 'a.example', 's', key);
    const { header } = contentOf(signed);
    const gone = new AbortController();
    const stuck: LetterContent = {
      size: 1_000_000,
      header,
      async *read() {
        yield header;
        gone.abort();
        yield Buffer.alloc(1000);
      },
    };
    await assert.rejects(door.arrive(stuck, {}, gone.signal), /out of time/);
    const broken: LetterContent = {
      size: 1_000_000,
      header,
      async *read() {
        yield header;
        throw new Error('the disk is gone');
      },
    };
    await assert.rejects(door.arrive(broken), /the disk is gone/);
    assert.ok(namesOf(await door.arrive(signed)).includes('dkim=pass'));
    assert.deepEqual(door.lines, []);
  });

  test('a thousand letters at once are all answered, some of them with "too many"', async () => {
    const letter = writeLetter('a@a.example');
    const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, () => door.arrive(letter)));
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    assert.ok(failed.length <= 500);
    for (const each of failed)
      assert.match(String((each as PromiseRejectedResult).reason), /too many letters/);
  });
});

describe('a thread that does not answer', () => {
  test('is replaced; its letters are tried once more and then given up, and nobody waits for ever', async () => {
    const dns = await startDns({ 'silent.example': { fault: 'silent' } });
    const lines: string[] = [];
    const threads = createSenderThreads({
      lookup: { servers: [dns.address] },
      log: (line) => lines.push(line),
      threads: 1,
      milliseconds: 20_000,
      // No thread can be heard so often.
      silence: 0,
    });
    const wishes = { me: 'me.example', spf: true, signatures: true, spfRules: '', spfGuess: '' };
    const letter = { ip: '192.0.2.1', helo: 'x', sender: 'a@silent.example' };
    try {
      const content = contentOf(writeLetter('a@silent.example'));
      await assert.rejects(
        threads.examine(letter, wishes, content, new AbortController().signal),
        /its thread failed/,
      );
      assert.deepEqual(lines, Array(2).fill('sender check: thread replaced: no sign of life'));
    } finally {
      await threads.close();
      await dns.close();
    }
    await assert.rejects(
      threads.examine(letter, wishes, contentOf('A: b\n\n'), new AbortController().signal),
      /closed/,
    );
  });
});

describe('a letter that holds the thread', () => {
  test('is given up alone: those beside it are tried again, each for itself, and checked', async () => {
    const dns = await startDns({});
    const threads = createSenderThreads({
      lookup: { servers: [dns.address] },
      log: () => undefined,
      threads: 1,
      milliseconds: 5000,
      silence: 1000,
    });
    const wishes = { me: 'me.example', spf: true, signatures: true, spfRules: '', spfGuess: '' };
    const examine = (header: string, from: string) =>
      threads.examine(
        { ip: '192.0.2.1', helo: 'x', sender: from },
        wishes,
        contentOf(writeLetter(from, 'Hello.\n', header)),
        new AbortController().signal,
      );
    try {
      await examine('', 'a@first.example');
      // A header that no door lets in; the library needs a minute for it.
      const culprit = examine('X: y\n z\n'.repeat(300_000), 'a@b.example');
      const others = ['a@c.example', 'a@d.example', 'a@e.example'].map((from) => examine('', from));
      await assert.rejects(culprit, /its thread failed: no sign of life/);
      const found = await Promise.all(others);
      assert.deepEqual(
        found.map(({ dmarc }) => dmarc?.domain),
        ['c.example', 'd.example', 'e.example'],
      );
    } finally {
      await threads.close();
      await dns.close();
    }
  });
});

describe('a thread without letters', () => {
  test('ends after its rest and is started again by the next one', async () => {
    const dns = await startDns({});
    const lines: string[] = [];
    const threads = createSenderThreads({
      lookup: { servers: [dns.address] },
      log: (line) => lines.push(line),
      milliseconds: 5000,
      silence: 5000,
      rest: 0,
    });
    const wishes = { me: 'me.example', spf: true, signatures: true, spfRules: '', spfGuess: '' };
    const letter = { ip: '192.0.2.1', helo: 'x', sender: 'a@a.example' };
    try {
      for (const _ of [1, 2]) {
        const content = contentOf(writeLetter('a@a.example'));
        const { spf } = await threads.examine(letter, wishes, content, new AbortController().signal);
        assert.equal(spf?.result, 'none');
        while (threads.running > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(lines, []);
    } finally {
      await threads.close();
      await dns.close();
    }
  });
});

describe('questions that strangers make us ask', () => {
  test('have an end in time and in number, whatever the names are', async () => {
    const dns = await startDns({
      'silent.example': { fault: 'silent' },
      'a.example': { TXT: ['x'], A: ['192.0.2.1'] },
    });
    const lookup = createStrangerLookup({ servers: [dns.address], firstTry: 100, questions: 5 });
    const code = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'found',
        (error: NodeJS.ErrnoException) => error.code ?? '',
      );
    try {
      const late = lookup.open(200);
      const begun = performance.now();
      assert.equal(await code(late.ask('silent.example', 'TXT')), 'ETIMEOUT');
      assert.ok(performance.now() - begun < 8000);
      assert.equal(await code(late.ask('a.example', 'TXT')), 'ETIMEOUT', 'after its time nothing is asked');
      const letter = lookup.open(10_000);
      for (const name of ['', '.', 'a..b', `${'x'.repeat(64)}.example`, `${'x.'.repeat(200)}example`])
        assert.equal(await code(letter.ask(name, 'TXT')), 'EBADNAME', name.slice(0, 20));
      assert.equal(await code(letter.ask('a.example', 'ANY')), 'EBADNAME');
      assert.deepEqual(await letter.ask('a.example.', 'TXT'), [['x']]);
      assert.deepEqual(await letter.ask('A.example', 'TXT'), [['x']]);
      assert.equal(
        dns.queries.filter(({ name, type }) => /^a\.example$/i.test(name) && type === 'TXT').length,
        1,
      );
      assert.equal(await code(letter.ask('none.example', 'MX')), 'ENOTFOUND');
      assert.equal(await code(letter.ask('a.example', 'MX')), 'ENODATA');
      assert.deepEqual(await letter.ask('a.example', 'A'), ['192.0.2.1']);
      assert.equal(await code(letter.ask('a.example', 'A')), 'ETIMEOUT', 'the sixth');
      letter.close();
      late.close();
    } finally {
      lookup.close();
      await dns.close();
    }
  });
});
