// The scheduler over a real queue directory: agents are the test's own, everything on disk and every log line is real.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { encodeLetter, encodeStart, newSalt } from '../../mta/queue/journal-format.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import type { SendSettings } from '../../mta/send/settings.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site, withSite } from '../support/send.ts';

/** Every behaviour holds over the plain queue and over the journal in front of it. */
function testBothWays(name: string, run: (journal: Partial<SendSettings>) => Promise<void>): void {
  test(`plain queue: ${name}`, () => run({ queuejournal: 0 }));
  test(`journal: ${name}`, () => run({ queuejournal: 1 }));
}

/** File of a message in a queue directory. */
const fileOf = async (
  queue: string,
  place: 'mess' | 'info' | 'local' | 'remote' | 'todo',
  id: string,
): Promise<string> => (await readQueueLayout(queue)).path(place, id);

testBothWays(
  'one recipient: delivered from memory, gone from the queue, told in qmail-send’s lines',
  async (journal) => {
    await withSite(async (site) => {
      const id = await site.send('s@else.test', ['u@virt.test']);
      await site.logged(/^end msg/);
      assert.deepEqual(await queueFiles(site.queue), []);
      const [request] = site.seen;
      assert.equal(request?.channel, 'local');
      assert.equal(request?.recipient, 'joe-u@virt.test');
      assert.match(
        request?.message?.toString() ?? '',
        /^Received: \(qmail \d+ invoked from network\); .*\nSubject: x\n\nhi\n$/,
      );
      const size = request?.size;
      const uid = process.getuid?.() ?? 0;
      const [qp] = /\d+/.exec(request?.message?.toString() ?? '') ?? [];
      assert.deepEqual(site.log, [
        'status: local 0/10 remote 0/20',
        `new msg ${id}`,
        `info msg ${id}: bytes ${size} from <s@else.test> qp ${qp} uid ${uid}`,
        `starting delivery 1: msg ${id} to local joe-u@virt.test`,
        'status: local 1/10 remote 0/20',
        'delivery 1: success: did_1+0+0/',
        'status: local 0/10 remote 0/20',
        `end msg ${id}`,
      ]);
    }, journal);
  },
);

testBothWays(
  'a deferred letter waits in S5 with its next try in the mtime, and is tried again on ALRM',
  async (journal) => {
    await withSite(async (site) => {
      site.decide = () => temporary('not now');
      await site.send('s@else.test', ['u@far.test']);
      await site.logged(/deferral/);
      // The record is on disk before the role goes to rest; a letter of the journal has a new number then.
      await site.stop();
      const id = (await queueFiles(site.queue))[0]?.slice('info/'.length) as string;
      assert.deepEqual(await queueFiles(site.queue), [`info/${id}`, `mess/${id}`, `remote/${id}`]);
      const info = await stat(await fileOf(site.queue, 'info', id));
      const remote = await stat(await fileOf(site.queue, 'remote', id));
      // (floor(sqrt(age)) + 20)^2: the try may begin in the second after the arrival.
      assert.ok([400, 441].includes(Math.round(remote.mtimeMs / 1000) - Math.round(info.mtimeMs / 1000)));
      assert.equal(await readFile(await fileOf(site.queue, 'remote', id), 'utf8'), 'Tu@far.test\0');
      site.decide = () => success('ok');
      await site.start();
      assert.equal(site.seen.length, 1, 'not due yet');
      await site.logged(/^status: local 0\/10 remote 0\/20$/, 3);
      site.role.retryNow();
      await site.logged(new RegExp(`^end msg ${id}$`));
      assert.deepEqual(await queueFiles(site.queue), []);
    }, journal);
  },
);

testBothWays(
  'a refused letter comes back to its sender as one bounce for all recipients',
  async (journal) => {
    await withSite(async (site) => {
      site.decide = ({ recipient }) =>
        recipient.endsWith('else.test') ? success('taken') : permanent(`no such user ${recipient} (#5.1.1)`);
      await site.send('s@else.test', ['a@virt.test', 'one@far.test', 'b@far.test']);
      await site.logged(/^end msg/, 2);
      const bounce = site.seen.find(({ recipient }) => recipient === 's@else.test');
      assert.equal(bounce?.sender, '');
      const text = bounce?.message?.toString() ?? '';
      assert.match(text, /^Received: \(qmail \d+ invoked for bounce\)/);
      assert.match(text, /Hi\. This is the qmail-send program at mail\.here\.test\./);
      // Prepends of both kinds of virtualdomains keys are taken off again.
      for (const address of ['a@virt.test', 'one@far.test', 'b@far.test'])
        assert.match(text, new RegExp(`<${address}>:`));
      assert.doesNotMatch(text, /<joe-a@virt|<box-one@far/);
      assert.deepEqual(await queueFiles(site.queue), []);
    }, journal);
  },
);

testBothWays('the log tells of a bounce before it tells of the bounce’s own way', async (journal) => {
  await withSite(async (site) => {
    site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no (#5.1.1)'));
    const id = await site.send('s@else.test', ['a@far.test', 'b@far.test']);
    await site.logged(/^end msg/, 2);
    const told = site.log.filter((line) => /^(bounce|new|info|end) msg/.test(line)).slice(2);
    const [, qp] = /^bounce msg \d+ qp (\d+)$/.exec(told[0]!)!;
    const [, bounce] = /^new msg (\d+)$/.exec(told[1]!)!;
    assert.equal(told[0], `bounce msg ${id} qp ${qp}`);
    assert.match(told[2]!, new RegExp(`^info msg ${bounce}: .* qp ${qp} uid `));
    assert.deepEqual(told.slice(3).sort(), [`end msg ${id}`, `end msg ${bounce}`].sort());
  }, journal);
});

testBothWays('a bounce that bounces goes to the postmaster, and no further', async (journal) => {
  await withSite(async (site) => {
    site.decide = () => permanent('no (#5.1.1)');
    await site.send('s@else.test', ['a@far.test']);
    await site.logged(/^triple bounce: discarding bounce\/\d+$/);
    // Each letter of the journal ends twice: it goes on under its queue number.
    await site.logged(/^end msg/, journal.queuejournal === 1 ? 6 : 3);
    assert.deepEqual(
      site.seen.map(({ sender, recipient }) => [sender, recipient]),
      [
        ['s@else.test', 'a@far.test'],
        ['', 's@else.test'],
        ['#@[]', 'postmaster@here.test'],
      ],
    );
    assert.deepEqual(await queueFiles(site.queue), []);
  }, journal);
});

test('after a restart exactly the recipients that are left are tried', async () => {
  await withSite(async (site) => {
    site.decide = ({ recipient }) => (recipient === 'b@far.test' ? temporary('busy') : success('ok'));
    const id = await site.send('s@else.test', ['a@far.test', 'b@far.test', 'c@far.test']);
    await site.logged(/success/, 2);
    await site.logged(/deferral/);
    await site.stop();
    assert.equal(
      await readFile(await fileOf(site.queue, 'remote', id), 'utf8'),
      'Da@far.test\0Tb@far.test\0Dc@far.test\0',
    );
    site.seen.length = 0;
    site.decide = () => success('ok');
    await site.start();
    site.role.retryNow();
    await site.logged(/^end msg/);
    assert.deepEqual(
      site.seen.map(({ recipient }) => recipient),
      ['b@far.test'],
    );
  });
});

test('a letter older than queuelifetime is given up after one last try', async () => {
  await withSite(
    async (site, home) => {
      site.decide = ({ sender }) => (sender === '' ? success('ok') : temporary('busy'));
      const id = await site.send('s@else.test', ['a@far.test']);
      await site.logged(/deferral/);
      await site.stop();
      const old = Date.now() / 1000 - 700_000;
      await utimes(await fileOf(join(home, 'queue'), 'info', id), old, old);
      await utimes(await fileOf(join(home, 'queue'), 'remote', id), old, old);
      await site.start();
      await site.logged(/^end msg/, 2);
      assert.ok(
        site.log.some((line) =>
          /failure: busy\/I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long\.\//.test(
            line,
          ),
        ),
      );
      assert.ok(site.seen.some(({ recipient, sender }) => recipient === 's@else.test' && sender === ''));
    },
    { queuelifetime: 604_800 },
  );
});

test('a queue taken over in S4, with half-done preprocessing, is preprocessed anew', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    // As a killed qmail-send leaves it: mess and todo, and a stale info and local.
    const probe = join(queue, 'pid', 'x');
    await writeFile(
      probe,
      'Received: (qmail 1 invoked by uid 7); 1 Nov 2026 00:00:00 -0000\nSubject: old\n\nold\n',
    );
    const id = String((await stat(probe, { bigint: true })).ino);
    const layout = await readQueueLayout(queue);
    const { link } = await import('node:fs/promises');
    await link(probe, layout.path('mess', id));
    await rm(probe);
    await writeFile(layout.path('todo', id), 'u7\0p1\0Fs@else.test\0Tu@here.test\0Tv@far.test\0');
    await writeFile(layout.path('info', id), 'Fwrong@else.test\0');
    await writeFile(layout.path('local', id), 'Tstale@here.test\0');
    const site = await new Site(home).start();
    try {
      await site.logged(/^end msg/);
      assert.deepEqual(
        site.seen.map(({ channel, recipient, sender }) => `${channel} ${recipient} ${sender}`).sort(),
        ['local u@here.test s@else.test', 'remote v@far.test s@else.test'],
      );
      assert.ok(
        site.log.includes(`info msg ${id}: bytes ${site.seen[0]?.size} from <s@else.test> qp 1 uid 7`),
      );
      assert.deepEqual(await queueFiles(queue), []);
    } finally {
      await site.stop();
    }
  });
});

testBothWays('letters that a crash left in the journal are delivered by the next start', async (journal) => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    await mkdir(join(queue, 'journal'));
    const letters = [1, 2].map((n) => ({
      id: String(1_700_000_000_000_000 + n),
      envelope: Buffer.from(`u1\0p${n}\0Fs@else.test\0Tu${n}@here.test\0`),
      message: Buffer.from(`Subject: left ${n}\n\nx\n`),
    }));
    const salt = newSalt();
    await writeFile(
      join(queue, 'journal', '1700000000000000.1'),
      Buffer.concat([encodeStart(salt), ...letters.flatMap((letter) => encodeLetter(salt, letter))]),
    );
    const site = await new Site(home, journal).start();
    try {
      await site.logged(/^end msg/, 2);
      assert.ok(site.log.includes('restored 2 letters from the journal'));
      assert.deepEqual(site.seen.map(({ recipient }) => recipient).sort(), ['u1@here.test', 'u2@here.test']);
      assert.deepEqual(await queueFiles(queue), []);
    } finally {
      await site.stop();
    }
  });
});

testBothWays(
  'letters that come in while the queue is being read at start are not taken for old ones',
  async (journal) => {
    await withTemporaryDirectory(async (home) => {
      await makeQueueTree(home);
      // A start that has something to read, again and again: what is written meanwhile must not be half seen.
      for (let round = 0; round < 6; round++) {
        const site = new Site(home, journal);
        site.decide = ({ recipient }) => (recipient.startsWith('wait') ? temporary('later') : success('ok'));
        await site.start();
        const count = 40;
        await Promise.all(
          Array.from({ length: count }, (_, i) =>
            site.send('s@else.test', [`a${i}@here.test`, `b${i}@far.test`]),
          ),
        );
        await site.send('s@else.test', ['wait1@here.test', 'wait2@far.test']);
        await site.logged(/success/, 2 * count);
        await site.logged(/deferral/, 2);
        await site.stop();
        assert.equal(new Set(site.seen.map(({ recipient }) => recipient)).size, 2 * count + 2);
        assert.equal(
          (await queueFiles(site.queue)).filter((file) => file.startsWith('mess/')).length,
          round + 1,
        );
      }
    });
  },
);

testBothWays(
  'ALRM during a delivery counts for it too: it is tried again at once when it fails',
  async (journal) => {
    await withSite(async (site) => {
      let tries = 0;
      site.decide = async () => {
        tries += 1;
        if (tries > 2) return success('ok');
        site.role.retryNow();
        // Until the call has come through: it waits for the queue to be read at start.
        await new Promise((resolve) => setTimeout(resolve, 20));
        return temporary('not yet');
      };
      await site.send('s@else.test', ['u@far.test']);
      await site.logged(/success/);
      assert.equal(tries, 3);
    }, journal);
  },
);

test('one ALRM is one more try of each waiting message, also of those that begin in its own millisecond', async () => {
  await withSite(async (site) => {
    site.decide = () => temporary('not now');
    for (let i = 0; i < 8; i++) await site.send('s@else.test', [`u${i}@here.test`]);
    await site.logged(/deferral/, 8);
    site.role.retryNow();
    await site.logged(/deferral/, 16);
    site.decide = () => success('ok');
    await site.send('s@else.test', ['last@here.test']);
    await site.logged(/^end msg/);
    await site.logged(/^status: local 0/, 4);
    assert.equal(site.seen.length, 17);
  });
});

test('a torn todo file is set aside and told, everything else goes on', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const layout = await readQueueLayout(queue);
    await writeFile(layout.path('mess', '7777'), 'x\n');
    await writeFile(layout.path('todo', '7777'), 'u7\0p1\0Fs@else.te');
    const site = await new Site(home).start();
    try {
      await site.logged(
        /^warning: trouble reading todo\/7777; will try again later: the record at byte 6 has no end$/,
      );
      await site.send('s@else.test', ['u@here.test']);
      await site.logged(/^end msg/);
      assert.deepEqual(await queueFiles(queue), ['mess/7777', 'todo/7777']);
    } finally {
      await site.stop();
    }
  });
});

test('a message that another program puts into todo is found by the trigger', async () => {
  await withSite(async (site) => {
    const layout = await readQueueLayout(site.queue);
    await site.logged(/^status/);
    await writeFile(layout.path('mess', '8888'), 'Subject: foreign\n\nx\n');
    await writeFile(layout.path('todo', '8888'), 'u1\0p2\0F\0Tu@here.test\0');
    await writeFile(join(site.queue, 'lock', 'trigger'), '\0');
    await site.logged(/^end msg 8888$/);
    assert.equal(site.seen[0]?.recipient, 'u@here.test');
  });
});

testBothWays('a bug in an agent defers the letter and is told; the queue lives on', async (journal) => {
  await withSite(async (site) => {
    let failed = false;
    site.decide = ({ recipient }) => {
      if (recipient === 'u@here.test' && !failed) {
        failed = true;
        throw new TypeError('boom');
      }
      return success('ok');
    };
    await site.send('s@else.test', ['u@here.test']);
    await site.logged(/^alert: bug in local delivery 1: TypeError: boom/);
    await site.logged(/deferral: Internal_error_in_delivery/);
    await site.send('s@else.test', ['v@here.test']);
    await site.logged(/^end msg/);
  }, journal);
});

test('concurrency 0 holds a channel, deliveries never exceed the limit', async () => {
  await withSite(
    async (site) => {
      let running = 0;
      let most = 0;
      site.decide = async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return success('ok');
      };
      await Promise.all(Array.from({ length: 30 }, (_, i) => site.send('s@else.test', [`u${i}@here.test`])));
      await site.send('s@else.test', ['held@far.test']);
      await site.logged(/^end msg/, 30);
      assert.equal(most, 3);
      assert.equal(site.seen.filter(({ channel }) => channel === 'remote').length, 0);
    },
    { concurrencylocal: 3, concurrencyremote: 0 },
  );
});
