// What qmail-send writes, byte for byte (spec/qmail.md 7.1, 7.2, 7.4; checks 3, 4 and 8 of section 15): marks in channel
// files, the times of the next tries, the lines of a message's life, of its bounces, and of signals.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { makeQueueTree, putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site, withSite } from '../support/send.ts';
import { until } from '../support/serve.ts';

async function withQueue(use: (queue: string, site: Site) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const site = new Site(home);
    try {
      await use(queue, site);
    } finally {
      await site.stop();
    }
  });
}

/** Log lines with message numbers as A, B, ... in the order of their coming, and sizes and uids as N. */
function plainly(log: readonly string[]): string[] {
  const names = new Map<string, string>();
  let count = 0;
  const name = (id: string): string => {
    const known = names.get(id) ?? String.fromCharCode(65 + count++);
    names.set(id, known);
    return known;
  };
  return log.map((line) => {
    const plain = line
      .replace(/(msg |bounce\/|qp )(\d+)/g, (_, word: string, id: string) => word + name(id))
      .replace(/bytes \d+/, 'bytes N')
      .replace(/uid \d+$/, 'uid N');
    // Its number may come again: it is an inode's.
    if (line.startsWith('end msg ')) names.delete(line.slice('end msg '.length));
    return plain;
  });
}

test('T becomes D in place on success and failure, nothing else moves, and a restart tries exactly what is left', () =>
  withQueue(async (queue, site) => {
    const id = await putMessage(queue, {
      info: 'Fs@far.test\0',
      remote: 'Tone@far.test\0Dtwo@far.test\0Tthree@far.test\0T\xfc@far.test\0Tfour@far.test\0',
    });
    const path = (await readQueueLayout(queue)).path('remote', id);
    const before = await readFile(path);
    const inode = (await stat(path)).ino;
    site.decide = ({ recipient }) =>
      recipient.startsWith('one')
        ? success('ok')
        : recipient.startsWith('four')
          ? permanent('no')
          : temporary('busy');
    await site.start();
    await site.logged(/^delivery/, 4);
    await until('the marks', async () => (await readFile(path, 'utf8')).includes('Dfour'));
    const expected = Buffer.from(before);
    expected[0] = 0x44;
    expected[expected.indexOf('Tfour')] = 0x44;
    assert.deepEqual(await readFile(path), expected);
    assert.equal((await stat(path)).ino, inode, 'the same file');
    await site.stop();
    assert.deepEqual(await readFile(path), expected, 'the stop changes its times only');
    site.seen.length = 0;
    site.decide = () => success('ok');
    await site.start();
    await site.role.retryNow();
    await site.logged(new RegExp(`^end msg ${id}$`));
    assert.deepEqual(
      site.seen.filter(({ sender }) => sender !== '').map(({ recipient }) => recipient),
      ['three@far.test', '\xfc@far.test'],
    );
  }));

const schedules = [
  { channel: 'local', ages: [0, 100, 400], next: [100, 400, 900] },
  { channel: 'remote', ages: [0, 400, 1600], next: [400, 1600, 3600] },
] as const;

for (const { channel, ages, next } of schedules)
  test(`${channel} tries come ${next.join(', ')} s after the arrival; a stop saves the next in the mtime, a start obeys it`, () =>
    withQueue(async (queue, site) => {
      const { path } = await readQueueLayout(queue);
      const ids: string[] = [];
      for (const age of ages)
        ids.push(await putMessage(queue, { info: 'Fs@far.test\0', [channel]: 'Tu@here.test\0' }, age));
      site.decide = () => temporary('later');
      const mtime = async (place: 'info' | 'local' | 'remote', id: string): Promise<number> =>
        Math.floor((await stat(path(place, id))).mtimeMs / 1000);
      await site.start();
      await site.logged(/deferral/, ages.length);
      // A crash now would leave these times: everything is due at once.
      for (const id of ids) assert.ok((await mtime(channel, id)) <= Date.now() / 1000 + 1);
      await site.stop();
      for (const [at, id] of ids.entries()) {
        const wait = (await mtime(channel, id)) - (await mtime('info', id));
        // (floor(sqrt(age)) + skip)^2: the first try may begin in the second after the arrival.
        const step = channel === 'local' ? 121 : 441;
        assert.ok(wait === next[at] || (at === 0 && wait === step), `${wait}, expected ${next[at]}`);
      }
      site.log.length = 0;
      site.seen.length = 0;
      site.decide = () => success('ok');
      await site.start();
      await site.send('other@far.test', ['v@here.test']);
      await site.logged(/^end msg/);
      assert.deepEqual(
        site.seen.map(({ recipient }) => recipient),
        ['v@here.test'],
        'nothing else is due',
      );
      assert.ok((await queueFiles(queue)).includes(`info/${ids[0]}`));
    }));

test('a message for two: each line of its life', () =>
  withSite(async (site) => {
    site.decide = ({ recipient }) =>
      recipient.startsWith('b') ? temporary('a b%c\nd\xe9\n') : success('did 1+0+0\n');
    await site.send('s%x y@else.test', ['a@here.test', 'b@here.test']);
    await site.logged(/deferral/);
    await site.logged(/success/);
    await site.role.rest();
    assert.deepEqual(plainly(site.log).slice(0, 3), [
      'status: local 0/10 remote 0/20',
      'new msg A',
      'info msg A: bytes N from <s_x_y@else.test> qp B uid N',
    ]);
    const lines = new Set(plainly(site.log).slice(3));
    for (const line of [
      'starting delivery 1: msg A to local a@here.test',
      'starting delivery 2: msg A to local b@here.test',
      'delivery 1: success: did_1+0+0/',
      'delivery 2: deferral: a_b_c/d__/',
    ])
      assert.ok(lines.has(line), `${line}\n${[...lines].join('\n')}`);
    assert.equal(site.log.at(-1), 'status: exiting');
  }));

test('failure, bounce, double bounce, triple bounce: the lines and the envelopes', () =>
  withSite(async (site) => {
    site.decide = () => permanent('no (#5.1.1)');
    await site.send('s@far.test', ['u@far.test']);
    await site.logged(/^end msg/, 3);
    assert.deepEqual(
      plainly(site.log).filter((line) => !line.startsWith('end msg')),
      [
        'status: local 0/10 remote 0/20',
        'new msg A',
        'info msg A: bytes N from <s@far.test> qp B uid N',
        'starting delivery 1: msg A to remote u@far.test',
        'status: local 0/10 remote 1/20',
        'delivery 1: failure: no_(#5.1.1)/',
        'status: local 0/10 remote 0/20',
        'bounce msg A qp C',
        'new msg D',
        'info msg D: bytes N from <> qp C uid N',
        'starting delivery 2: msg D to remote s@far.test',
        'status: local 0/10 remote 1/20',
        'delivery 2: failure: no_(#5.1.1)/',
        'status: local 0/10 remote 0/20',
        'bounce msg D qp E',
        'new msg F',
        'info msg F: bytes N from <#@[]> qp E uid N',
        'starting delivery 3: msg F to local postmaster@here.test',
        'status: local 1/10 remote 0/20',
        'delivery 3: failure: no_(#5.1.1)/',
        'status: local 0/10 remote 0/20',
        'triple bounce: discarding bounce/F',
      ],
    );
    const double = site.seen[2];
    assert.equal(double?.sender, '#@[]');
    const text = double?.message?.toString() ?? '';
    assert.ok(
      text.includes(
        'I tried to deliver a bounce message to this address, but the bounce bounced!\n\n<s@far.test>:\nno (#5.1.1)\n\n--- Below this line is the original bounce.\n',
      ),
      text,
    );
  }));

test('without doublebounceto a double bounce is discarded, and told', () =>
  withSite(
    async (site) => {
      site.decide = () => permanent('no');
      const id = await site.send('', ['u@far.test']);
      await site.logged(/^end msg/);
      assert.ok(site.log.includes(`double bounce: discarding bounce/${id}`));
      assert.deepEqual(await queueFiles(site.queue), []);
    },
    { doublebounceto: '' },
  ));

test('a VERP template is expanded for each recipient, and its bounce goes to the sender behind it', () =>
  withSite(async (site) => {
    site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no'));
    await site.send('list-@host.test-@[]', ['u@d.test', 'v@e.test']);
    await site.logged(/^end msg/, 2);
    assert.deepEqual(site.seen.map(({ sender, recipient }) => `${sender} ${recipient}`).sort(), [
      ' list-@host.test',
      'list-u=d.test@host.test u@d.test',
      'list-v=e.test@host.test v@e.test',
    ]);
    assert.ok(site.log.some((line) => line.includes('from <list-@host.test-@[]>')));
  }));

test('TERM begins nothing, waits for what runs with exitasap in its status, saves, and exits', () =>
  withSite(async (site) => {
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    site.decide = async () => {
      await waiting;
      return temporary('later');
    };
    await site.send('s@far.test', ['a@here.test', 'b@far.test']);
    await site.logged(/^starting delivery 2/);
    const rested = site.role.rest();
    await site.role.injector.inject('network', Buffer.from('x\n'), 's@far.test', ['c@here.test']);
    finish();
    await rested;
    const after = site.log.slice(
      site.log.findIndex((line) => line.startsWith('status: local 1/10 remote 1/20')) + 1,
    );
    // Which of the two ends first is theirs to say.
    assert.deepEqual(
      after.map((line) =>
        line.replace(/delivery \d/, 'delivery N').replace('local 1/10 remote 0/20', 'local 0/10 remote 1/20'),
      ),
      [
        'delivery N: deferral: later/',
        'status: local 0/10 remote 1/20 exitasap',
        'delivery N: deferral: later/',
        'status: local 0/10 remote 0/20 exitasap',
        'status: exiting',
      ],
    );
  }));
