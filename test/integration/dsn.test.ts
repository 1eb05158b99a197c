// Delivery status notifications (RFC 3461) from the queue's side: what a sender asked for is kept beside the queue, goes
// with each delivery, and decides what the sender hears. Over real files; deliveries are the test's.
import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Delivered } from '../../mta/delivery.ts';
import type { DsnRecipient, DsnRequest } from '../../mta/formats/dsn.ts';
import { createInjector } from '../../mta/inject/client.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { permanent, success, temporary } from '../../mta/outcome.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { applyRepair, examineQueue } from '../../mta/queue/repair.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site, withSite } from '../support/send.ts';

const BODY = 'Subject: hello\nX-Mark: kept\n\nsecret body\n';

const asking = (
  recipients: readonly (DsnRecipient | undefined)[],
  more: Omit<DsnRequest, 'recipients'> = {},
): DsnRequest => ({ ...more, recipients });

/** The reports that were sent to s@else.test. */
const reportsTo = (site: Site, address = 's@else.test'): Promise<string[]> =>
  Promise.all(
    site.seen
      .filter(({ recipient, sender }) => recipient === address && sender === '')
      .map(async ({ message, path }) => (message ?? (await readFile(path))).toString()),
  );

test('NOTIFY=SUCCESS: one notice for all recipients, with the fields of RFC 3464 and the header only', async () => {
  await withSite(async (site) => {
    const wish: DsnRecipient = { notify: ['SUCCESS'], orcpt: 'rfc822;First+2Bx@else.test' };
    const dsn = asking([wish, undefined, { notify: ['SUCCESS', 'FAILURE'] }], { envid: 'QQ+2B1' });
    const id = await site.send('s@else.test', ['u@virt.test', 'v@here.test', 'w@here.test'], BODY, dsn);
    await site.logged(/^end msg/, 2);
    const [notice, ...more] = await reportsTo(site);
    assert.deepEqual(more, []);
    assert.match(notice!, /\nSubject: delivery notice\n/);
    assert.match(notice!, /\nContent-Type: multipart\/report; report-type=delivery-status;\n/);
    assert.match(notice!, /\nOriginal-Envelope-Id: QQ\+1\nReporting-MTA: dns; mail\.here\.test\n/);
    assert.match(
      notice!,
      /\nOriginal-Recipient: rfc822; First\+x@else\.test\nFinal-Recipient: rfc822; u@virt\.test\nAction: delivered\nStatus: 2\.0\.0\n/,
    );
    assert.match(notice!, /\nFinal-Recipient: rfc822; w@here\.test\nAction: delivered\n/);
    assert.doesNotMatch(notice!, /v@here\.test|secret body|Hi\. This is the|<[uvw]@[^>]*>:/);
    assert.match(notice!, /\nX-Mark: kept\n/);
    assert.deepEqual(await queueFiles(site.queue), []);
    const qp = site.log.map((line) => /^notice msg \d+ qp (\d+) success$/.exec(line)?.[1]).find(Boolean);
    const order = site.log.filter((line) => /^(notice|end|info) msg/.test(line)).slice(1);
    assert.equal(order[0], `notice msg ${id} qp ${qp} success`);
    assert.match(order[1]!, new RegExp(`^info msg \\d+: .* qp ${qp} uid `));
  });
});

test('what the next host knows of decides who tells: relayed is told by us, passed on is not', async () => {
  await withSite(async (site) => {
    site.decide = ({ recipient }) =>
      recipient === 'a@far.test'
        ? { ...success('ok'), fate: 'passed on' }
        : recipient === 'b@far.test'
          ? { ...success('ok'), fate: 'relayed' }
          : recipient === 'c@far.test'
            ? { ...success('ok'), fate: 'expanded' }
            : success('ok');
    const dsn = asking(Array(3).fill({ notify: ['SUCCESS'] }), { ret: 'HDRS', envid: 'e' });
    await site.send('s@else.test', ['a@far.test', 'b@far.test', 'c@far.test'], BODY, dsn);
    await site.logged(/^end msg/, 2);
    assert.deepEqual(site.seen.find(({ recipient }) => recipient === 'a@far.test')?.dsn, {
      ret: 'HDRS',
      envid: 'e',
      notify: ['SUCCESS'],
    });
    const [notice, ...more] = await reportsTo(site);
    assert.deepEqual(more, []);
    // Deliveries end in any order.
    assert.deepEqual(notice!.match(/^Final-Recipient: .*\nAction: .*$/gm)?.sort(), [
      'Final-Recipient: rfc822; b@far.test\nAction: relayed',
      'Final-Recipient: rfc822; c@far.test\nAction: expanded',
    ]);
  });
});

test('a failure is told to who did not ask, and not to who asked for something else', async () => {
  await withSite(async (site) => {
    site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no such user (#5.1.1)'));
    const dsn = asking([
      { notify: ['NEVER'] },
      { notify: ['SUCCESS', 'DELAY'] },
      { orcpt: 'rfc822;o@else.test' },
      { notify: ['FAILURE'] },
      undefined,
    ]);
    const recipients = ['a@far.test', 'b@far.test', 'c@virt.test', 'd@far.test', 'e@far.test'];
    await site.send('s@else.test', recipients, BODY, { ...dsn, envid: 'e+3D' });
    await site.logged(/^end msg/, 2);
    const [bounce, ...more] = await reportsTo(site);
    assert.deepEqual(more, []);
    assert.match(bounce!, /\nOriginal-Envelope-Id: e=\n/);
    assert.deepEqual(bounce!.match(/^(?:Original|Final)-Recipient: .*$/gm)?.sort(), [
      'Final-Recipient: rfc822; c@virt.test',
      'Final-Recipient: rfc822; d@far.test',
      'Final-Recipient: rfc822; e@far.test',
      'Original-Recipient: rfc822; o@else.test',
    ]);
    assert.match(bounce!, /secret body/);
    // Nobody at all: the message just ends.
    await site.send('s@else.test', ['x@far.test'], BODY, asking([{ notify: ['NEVER'] }]));
    await site.logged(/^end msg/, 3);
    assert.equal((await reportsTo(site)).length, 1);
    assert.deepEqual(await queueFiles(site.queue), []);
  });
});

test('RET=HDRS returns the header only, RET=FULL and nothing the whole message', async () => {
  await withSite(async (site) => {
    site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no (#5.1.1)'));
    for (const ret of ['HDRS', 'FULL'] as const)
      await site.send(`${ret}@else.test`, ['x@far.test'], BODY, asking([{ notify: ['FAILURE'] }], { ret }));
    await site.logged(/^end msg/, 4);
    const [header] = await reportsTo(site, 'HDRS@else.test');
    assert.match(header!, /\nContent-Type: text\/rfc822-headers/);
    assert.match(header!, /\nX-Mark: kept\n/);
    assert.doesNotMatch(header!, /secret body/);
    assert.match(header!, /\nHi\. This is the qmail-send program/);
    assert.match((await reportsTo(site, 'FULL@else.test'))[0]!, /secret body/);
  });
});

test('NOTIFY=DELAY: one notice after delaywarning, over restarts too, and none unasked', async () => {
  await withSite(
    async (site) => {
      site.decide = ({ sender }) =>
        sender === '' ? success('ok') : temporary('Connected to 192.0.2.1 but greeting failed. (#4.4.2)');
      const dsn = asking([{ notify: ['DELAY'], orcpt: 'rfc822;o@else.test' }, undefined]);
      const id = await site.send('s@else.test', ['a@far.test', 'b@far.test'], BODY, dsn);
      await site.logged(/deferral/, 2);
      await site.stop();
      assert.deepEqual(await queueFiles(site.queue), [
        `dsn/${id}`,
        `info/${id}`,
        `mess/${id}`,
        `remote/${id}`,
      ]);
      const info = (await readQueueLayout(site.queue)).path('info', id);
      const birth = Math.floor(Date.now() / 1000) - 5000;
      await utimes(info, birth, birth);
      site.log.length = 0;
      await site.start();
      await site.role.retryNow();
      await site.logged(/^notice msg \d+ qp \d+ delay$/);
      await site.logged(/^end msg/);
      const [notice] = await reportsTo(site);
      assert.match(notice!, /\nSubject: delay notice\n/);
      assert.match(
        notice!,
        /\nOriginal-Recipient: rfc822; o@else\.test\nFinal-Recipient: rfc822; a@far\.test\nAction: delayed\nStatus: 4\.4\.2\n/,
      );
      assert.match(notice!, /\nWill-Retry-Until: /);
      assert.doesNotMatch(notice!, /b@far\.test|secret body/);
      await site.stop();
      await site.start();
      const before = site.log.filter((line) => /deferral/.test(line)).length;
      await site.role.retryNow();
      await site.logged(/deferral/, before + 2);
      await site.stop();
      assert.equal((await reportsTo(site)).length, 1);
      await site.start();
    },
    { delaywarning: 3600 },
  );
});

test('success is told at once when other recipients still wait, and not again at the end', async () => {
  await withSite(async (site) => {
    site.decide = ({ recipient }) => (recipient === 'b@far.test' ? temporary('busy') : success('ok'));
    const both = asking([{ notify: ['SUCCESS'] }, { notify: ['SUCCESS'] }]);
    await site.send('s@else.test', ['a@far.test', 'b@far.test'], BODY, both);
    await site.logged(/^notice msg \d+ qp \d+ success$/);
    site.decide = () => success('ok');
    await site.role.retryNow();
    await site.logged(/^end msg/, 3);
    const told = (await reportsTo(site)).map((text) => text.match(/^Final-Recipient: .*$/gm));
    assert.deepEqual(told, [
      ['Final-Recipient: rfc822; a@far.test'],
      ['Final-Recipient: rfc822; b@far.test'],
    ]);
    assert.deepEqual(await queueFiles(site.queue), []);
  });
});

test('nobody is told about a message without a sender, and its failure is the postmaster’s all the same', async () => {
  await withSite(async (site) => {
    site.decide = ({ recipient }) =>
      recipient === 'bad@far.test' ? permanent('no (#5.1.1)') : success('ok');
    await site.send('', ['u@here.test'], BODY, asking([{ notify: ['SUCCESS'] }]));
    await site.send('', ['bad@far.test'], BODY, asking([{ notify: ['NEVER'] }]));
    await site.logged(/^end msg/, 3);
    assert.deepEqual(
      site.seen.map(({ sender, recipient }) => `${sender} ${recipient}`),
      [' u@here.test', ' bad@far.test', '#@[] postmaster@here.test'],
    );
  });
});

test('the journal is passed by: the wishes are a file before the message is acknowledged', async () => {
  await withTemporaryDirectory(async (home) => {
    await makeQueueTree(home);
    const site = await new Site(home, { queuejournal: 1 }).start();
    try {
      // Open from the first: whenever a delivery asks, it waits for this.
      const first = Promise.withResolvers<Delivered>();
      site.decide = () => first.promise;
      const id = await site.send('s@else.test', ['u@here.test'], BODY, asking([{ notify: ['NEVER'] }]));
      assert.deepEqual(await readdir(join(site.queue, 'dsn')), [id]);
      assert.ok((await queueFiles(site.queue)).includes(`mess/${id}`));
      assert.equal((await stat(join(site.queue, 'dsn', id))).mode & 0o777, 0o600);
      first.resolve(success('ok'));
      await site.logged(/^end msg/);
      // No more than what every message has: no file.
      const second = Promise.withResolvers<Delivered>();
      site.decide = () => second.promise;
      await site.send('s@else.test', ['u@here.test'], BODY, asking([undefined], { ret: 'FULL' }));
      assert.deepEqual(await readdir(join(site.queue, 'dsn')), []);
      second.resolve(success('ok'));
      await site.logged(/^end msg/, 2);
    } finally {
      await site.stop();
    }
  });
});

test('over run/inject the wishes come with the envelope, and an empty recipient does not shift them', async () => {
  await withSite(async (site, home) => {
    const injector = createInjector(join(home, 'inject'));
    const dsn = asking([undefined, { notify: ['NEVER'] }, { notify: ['DELAY'] }], { envid: 'e9' });
    const outcome = await injector.inject(
      'network',
      Buffer.from(BODY),
      's@else.test',
      ['', 'a@far.test', 'b@far.test'],
      dsn,
    );
    assert.equal(outcome.code, 'K');
    await site.logged(/^end msg/);
    injector.close();
    assert.deepEqual(
      site.seen.map(({ recipient, dsn: wish }) => [recipient, wish?.notify, wish?.envid]).sort(),
      [
        ['a@far.test', ['NEVER'], 'e9'],
        ['b@far.test', ['DELAY'], 'e9'],
      ],
    );
  });
});

/** A queue with one waiting message whose sender wants to hear of nothing, and its number. */
async function leaveWaiting(home: string): Promise<string> {
  await makeQueueTree(home);
  const site = await new Site(home).start();
  site.decide = () => temporary('later');
  const id = await site.send('s@else.test', ['u@far.test'], BODY, asking([{ notify: ['NEVER'] }]));
  await site.logged(/deferral/);
  await site.stop();
  return id;
}

test('a torn file, and one of another message, count as absent: the log says so, the message goes its way', async () => {
  for (const [damage, words] of [
    ['torn', /^warning: dsn\/\d+ is torn; the message goes on without its sender's wishes$/],
    ['foreign', /^warning: dsn\/\d+ is not of this message; removed$/],
    ['empty', /^warning: dsn\/\d+ is torn/],
  ] as const)
    await withTemporaryDirectory(async (home) => {
      const id = await leaveWaiting(home);
      const queue = join(home, 'queue');
      const path = join(queue, 'dsn', id);
      const bytes = await readFile(path);
      if (damage === 'torn') await writeFile(path, bytes.subarray(0, bytes.length - 10));
      if (damage === 'empty') await writeFile(path, '');
      // As when qmail had the queue meanwhile and the number came again.
      if (damage === 'foreign') await appendFile((await readQueueLayout(queue)).path('mess', id), 'x');
      const site = await new Site(home).start();
      try {
        site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no (#5.1.1)'));
        await site.role.retryNow();
        await site.logged(words);
        await site.logged(/^end msg/, 2);
        assert.equal((await reportsTo(site)).length, 1, 'without wishes a failure is told');
        assert.deepEqual(await queueFiles(queue), []);
      } finally {
        await site.stop();
      }
    });
});

test('a file that cannot be read holds its message back, but not for ever', async () => {
  await withTemporaryDirectory(async (home) => {
    const id = await leaveWaiting(home);
    const queue = join(home, 'queue');
    const path = join(queue, 'dsn', id);
    await rm(path);
    await mkdir(path); // unreadable for root too
    const site = new Site(home);
    site.decide = ({ sender }) => (sender === '' ? success('ok') : permanent('no (#5.1.1)'));
    await site.start();
    await site.role.retryNow();
    await site.logged(/^warning: trouble reading dsn\/\d+; will try again later/);
    await site.stop();
    assert.deepEqual(site.seen, []);
    const info = (await readQueueLayout(queue)).path('info', id);
    const old = Math.floor(Date.now() / 1000) - 700_000;
    await utimes(info, old, old);
    await site.start();
    await site.role.retryNow();
    await site.logged(
      /^warning: trouble reading dsn\/\d+ \(.+\); the message goes on without its sender's wishes$/,
    );
    await site.logged(/^bounce msg/);
    await rm(path, { recursive: true });
    await site.stop();
  });
});

test('files of messages that qmail finished meanwhile are swept at the start', async () => {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    await mkdir(join(queue, 'dsn'));
    await writeFile(join(queue, 'dsn', '4711'), 'left over');
    await writeFile(join(queue, 'dsn', 'notes.txt'), 'not ours');
    const site = await new Site(home).start();
    await site.logged(/^status/);
    await site.stop();
    assert.deepEqual(await readdir(join(queue, 'dsn')), ['notes.txt']);
  });
});

test('a message in S4 keeps its wishes over a crash', async () => {
  await withTemporaryDirectory(async (home) => {
    const id = await leaveWaiting(home);
    const queue = join(home, 'queue');
    const layout = await readQueueLayout(queue);
    // As a kill leaves it that came before the preprocessing.
    await writeFile(layout.path('todo', id), 'u1\0p1\0Fs@else.test\0Tu@far.test\0');
    for (const place of ['info', 'remote'] as const) await rm(layout.path(place, id));
    const site = await new Site(home).start();
    try {
      site.decide = () => permanent('no (#5.1.1)');
      await site.logged(/^end msg/);
      assert.deepEqual(await reportsTo(site), []);
      assert.deepEqual(await queueFiles(queue), []);
    } finally {
      await site.stop();
    }
  });
});

test('queue-repair takes the wishes along; one without a message is in nobody’s way', async () => {
  await withTemporaryDirectory(async (home) => {
    const id = await leaveWaiting(home);
    const copied = join(home, 'copied');
    await mkdir(copied);
    const queue = join(copied, 'queue');
    await cp(join(home, 'queue'), queue, {
      recursive: true,
      preserveTimestamps: true,
      filter: (source) => !source.endsWith('trigger'),
    });
    const layout = await readQueueLayout(queue);
    const inode = String((await stat(layout.path('mess', id), { bigint: true })).ino);
    await writeFile(join(queue, 'dsn', inode), 'of nobody');
    const plan = await examineQueue(layout);
    assert.deepEqual([plan.blocked, plan.orphans], [[], []]);
    const sync = createDirectorySync();
    await applyRepair(layout, plan, sync);
    await sync.close();
    assert.deepEqual(await queueFiles(queue), [
      `dsn/${inode}`,
      `info/${inode}`,
      `mess/${inode}`,
      `remote/${inode}`,
    ]);
    const site = await new Site(copied).start();
    try {
      site.decide = () => permanent('no (#5.1.1)');
      await site.role.retryNow();
      await site.logged(/^end msg/);
      assert.deepEqual(await reportsTo(site), [], 'its wish is still believed');
    } finally {
      await site.stop();
    }
  });
});
