// Queues as qmail leaves them, written by hand (spec/qmail.md 2.3, 2.4, 15.5): each state is taken up as qmail-send would,
// over a plain todo and over a split one (big-todo). What is not a message is left alone; what is old and none is swept.
import assert from 'node:assert/strict';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { success, temporary } from '../../mta/outcome.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { makeQueueTree, putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site } from '../support/send.ts';
import { until } from '../support/serve.ts';

const hours = 3600;

/** A queue made by hand, and a site over it once it is filled. */
async function withQueue(
  options: { readonly split?: number; readonly bigTodo?: boolean },
  use: (queue: string, start: (decide?: Site['decide']) => Promise<Site>) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home, options.split, options.bigTodo);
    let site: Site | undefined;
    try {
      await use(queue, async (decide) => {
        site = new Site(home);
        if (decide) site.decide = decide;
        return site.start();
      });
    } finally {
      await site?.stop();
    }
  });
}

const recipientsOf = (site: Site): string[] =>
  site.seen.map(({ channel, sender, recipient }) => `${channel} ${sender} ${recipient}`).sort();

for (const bigTodo of [false, true]) {
  const kind = bigTodo ? 'split todo' : 'plain todo';

  test(`${kind}: S2 and S3 wait, S4 is preprocessed anew, S5 goes on with what is not done`, () =>
    withQueue({ bigTodo }, async (queue, start) => {
      const envelope = (sender: string, ...to: string[]): string =>
        `u7001\0p27196\0F${sender}\0${to.map((one) => `T${one}\0`).join('')}`;
      const s2 = await putMessage(queue, {});
      const s3 = await putMessage(queue, { intd: envelope('s3@far.test', 'u@here.test') });
      // intd and todo are one file with two names, as qmail-queue leaves it.
      const s4 = await putMessage(queue, { intd: envelope('s4@far.test', 'u@here.test') });
      const layout = await readQueueLayout(queue);
      await link(layout.path('intd', s4), layout.path('todo', s4));
      // Preprocessing was cut short: its files say something else than todo.
      await putMessage(queue, {
        intd: envelope('half@far.test', 'a@here.test', 'b@far.test'),
        todo: envelope('half@far.test', 'a@here.test', 'b@far.test'),
        info: 'Fwrong@far.test\0',
        local: 'Twrong@here.test\0',
        remote: 'Twro',
      });
      await putMessage(queue, {
        info: 'Fs5@far.test\0',
        local: 'Ddone@here.test\0Topen@here.test\0',
        remote: 'Topen@far.test\0Ddone@far.test\0',
      });
      // Nothing left to do but the bounce; then nothing at all.
      await putMessage(queue, { info: 'Fback@far.test\0', bounce: '<gone@far.test>:\nNo.\n\n' });
      await putMessage(queue, { info: 'Fover@far.test\0' });
      const site = await start();
      await site.logged(/^end msg/, 6);
      await site.role.retryNow();
      assert.deepEqual(recipientsOf(site), [
        'local half@far.test a@here.test',
        'local s4@far.test u@here.test',
        'local s5@far.test open@here.test',
        'remote  back@far.test',
        'remote half@far.test b@far.test',
        'remote s5@far.test open@far.test',
      ]);
      assert.ok(site.log.includes(`info msg ${s4}: bytes 67 from <s4@far.test> qp 27196 uid 7001`));
      assert.ok(!site.log.some((line) => /^(?:warning|alert)/.test(line)), site.log.join('\n'));
      await until('what is done is gone', async () => (await queueFiles(queue)).length === 3);
      assert.deepEqual(await queueFiles(queue), [`intd/${s3}`, `mess/${s2}`, `mess/${s3}`].sort());
    }));

  test(`${kind}: what qmail-queue links into a running queue is found when it pulls the trigger`, () =>
    withQueue({ bigTodo }, async (queue, start) => {
      const site = await start();
      await site.logged(/^status/);
      const layout = await readQueueLayout(queue);
      const id = await putMessage(queue, { intd: 'u1\0p2\0Fs@far.test\0Ta@here.test\0Tb@here.test\0' });
      await link(layout.path('intd', id), layout.path('todo', id));
      await writeFile(join(queue, 'lock', 'trigger'), '\0', { flag: 'r+' });
      await site.logged(new RegExp(`^end msg ${id}$`));
      assert.deepEqual(recipientsOf(site), ['local s@far.test a@here.test', 'local s@far.test b@here.test']);
      assert.deepEqual(await queueFiles(queue), []);
    }));

  test(`${kind}: our own messages lie where qmail-send of this queue looks for them`, () =>
    withQueue({ bigTodo, split: 7 }, async (queue, start) => {
      const site = await start(() => temporary('later'));
      const id = await site.send('s@far.test', ['a@here.test', 'b@far.test']);
      await site.logged(/deferral/, 2);
      const part = String(Number(id) % 7);
      for (const place of ['mess', 'info', 'local', 'remote'])
        assert.ok((await stat(join(queue, place, part, id))).isFile(), place);
      assert.equal(await readFile(join(queue, 'local', part, id), 'latin1'), 'Ta@here.test\0');
    }));
}

test('a message of S4 that is delivered at once leaves nothing of its interrupted preprocessing', () =>
  withQueue({}, async (queue, start) => {
    const envelope = 'u1\0p2\0Fs@far.test\0Tu@here.test\0';
    await putMessage(queue, {
      intd: envelope,
      todo: envelope,
      info: 'Fs@far.test\0',
      local: 'Tu@here.test\0',
      remote: '',
    });
    const site = await start();
    await site.logged(/^end msg/);
    assert.deepEqual(await queueFiles(queue), []);
  }));

test('what waits in the extra channels of a patched qmail goes on as remote mail, by its own times, and a crash doubles none', () =>
  withQueue({}, async (queue, start) => {
    for (const channel of ['suppl0', 'suppl1'])
      for (let part = 0; part < 23; part++)
        await mkdir(join(queue, channel, String(part)), { recursive: true });
    const extra = async (channel: string, id: string, text: string, age = 0): Promise<string> => {
      const path = join(queue, channel, String(Number(id) % 23), id);
      await writeFile(path, text);
      const at = Date.now() / 1000 - age;
      await utimes(path, at, at);
      return path;
    };
    const alone = await putMessage(queue, { info: 'Falone@far.test\0' });
    await extra('suppl0', alone, 'Ddone@slow.test\0Topen@slow.test\0');
    const both = await putMessage(queue, { info: 'Fboth@far.test\0', remote: 'Ta@far.test\0Db@far.test\0' });
    await extra('suppl0', both, 'Tc@slow.test\0Dd@slow.test\0');
    // A crash after the move, before the old file was gone.
    await extra('suppl1', both, 'Ta@far.test\0Tb@far.test\0Te@slower.test\0');
    const later = await putMessage(queue, { info: 'Flater@far.test\0' });
    await extra('suppl1', later, 'Tlater@slow.test\0', -1000);
    // Preprocessing was cut short: todo says what holds.
    const again = await putMessage(queue, { todo: 'u1\0p2\0Fagain@far.test\0Tx@far.test\0' });
    await extra('suppl0', again, 'Twrong@slow.test\0');
    const orphan = await extra('suppl0', '4242', 'Tnobody@slow.test\0');
    const site = await start();
    await site.logged(/^end msg/, 3);
    assert.deepEqual(recipientsOf(site), [
      'remote again@far.test x@far.test',
      'remote alone@far.test open@slow.test',
      'remote both@far.test a@far.test',
      'remote both@far.test c@slow.test',
      'remote both@far.test e@slower.test',
    ]);
    assert.deepEqual(await queueFiles(queue), [`info/${later}`, `mess/${later}`, `remote/${later}`]);
    assert.ok(site.log.includes('warning: 4 files of extra channels (suppl) are now in remote'));
    assert.ok(
      site.log.some((line) => line.startsWith('warning: no info for suppl0/') && line.includes('/4242')),
    );
    assert.equal(await readFile(orphan, 'latin1'), 'Tnobody@slow.test\0');
  }));

test('a damaged file of an extra channel loses none of its bytes to remote, and the message waits', () =>
  withQueue({}, async (queue, start) => {
    const id = await putMessage(queue, { info: 'Fs@far.test\0', remote: 'Da@far.test\0' });
    const directory = join(queue, 'suppl0', String(Number(id) % 23));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, id), 'Tb@slow.test\0Tc@slo');
    const site = await start();
    const layout = await readQueueLayout(queue);
    await site.logged(/^warning: trouble reading remote/);
    assert.equal(await readFile(layout.path('remote', id), 'latin1'), 'Da@far.test\0Tb@slow.test\0Tc@slo');
  }));

for (const split of [1, 23, 151])
  test(`conf-split ${split} is read off the directories`, () =>
    withQueue({ split }, async (queue, start) => {
      const id = await putMessage(queue, { info: 'Fs@far.test\0', local: 'Tu@here.test\0' });
      const site = await start();
      await site.logged(new RegExp(`^end msg ${id}$`));
      assert.deepEqual(await queueFiles(queue), []);
    }));

test('split directories that disagree, or have a gap, are refused with the directory and what is expected', () =>
  withQueue({}, async (queue, start) => {
    await mkdir(join(queue, 'local', '23'));
    await assert.rejects(start(), {
      message: `${queue}/local: 24 subdirectories, but mess has 23; expected the same number`,
    });
    await rm(join(queue, 'local', '23'), { recursive: true });
    await rename(join(queue, 'info', '5'), join(queue, 'info', 'five'));
    await assert.rejects(start(), { message: `${queue}/info/5: missing, but info/22 is there` });
    await rename(join(queue, 'info', 'five'), join(queue, 'info', '5'));
    await start();
  }));

test('at the start, S2 and S3 and names in pid that nobody touched for 36 hours go; mess with todo or info never', () =>
  withQueue({}, async (queue, start) => {
    const old = await putMessage(queue, { intd: 'u1\0' }, 37 * hours);
    const young = await putMessage(queue, { intd: 'u1\0' }, 35 * hours);
    // mess was read a minute ago: somebody may be at work on it.
    const read = await putMessage(queue, {}, 37 * hours);
    const layout = await readQueueLayout(queue);
    await utimes(layout.path('mess', read), Date.now() / 1000 - 60, Date.now() / 1000 - 37 * hours);
    const waiting = await putMessage(queue, { info: 'Fs@far.test\0', remote: 'Tu@far.test\0' }, 100 * hours);
    const torn = await putMessage(queue, { todo: 'u1\0p' }, 100 * hours);
    for (const [name, age] of [
      ['1.2.3', 37],
      ['4.5.6', 35],
    ] as const) {
      await writeFile(join(queue, 'pid', name), '');
      const at = Date.now() / 1000 - age * hours;
      await utimes(join(queue, 'pid', name), at, at);
    }
    const site = await start(() => temporary('later'));
    await site.logged(new RegExp(`^removed the leftover of an unfinished message ${old}$`));
    await until('the old name in pid is gone', async () => !(await queueFiles(queue)).includes('pid/1.2.3'));
    const files = await queueFiles(queue);
    for (const file of [`mess/${young}`, `intd/${young}`, `mess/${read}`, `mess/${waiting}`, `mess/${torn}`])
      assert.ok(files.includes(file), file);
    assert.ok(files.includes('pid/4.5.6'));
    assert.ok(!files.includes(`mess/${old}`) && !files.includes(`intd/${old}`));
  }));

test('names that are not numbers are no messages', () =>
  withQueue({}, async (queue, start) => {
    for (const name of ['README', '12x', '-5', '007', '0', '1 2', `${'9'.repeat(21)}`]) {
      await writeFile(join(queue, 'todo', name), 'u1\0p2\0Fs@far.test\0Tu@here.test\0');
      await writeFile(join(queue, 'info', '3', name), 'Fs@far.test\0');
    }
    const site = await start();
    await site.send('s@far.test', ['u@here.test']);
    await site.logged(/^end msg/);
    assert.equal(site.seen.length, 1);
    assert.ok(!site.log.some((line) => /^(?:warning|alert)/.test(line)), site.log.join('\n'));
  }));

test('a copied queue, whose names are no inode numbers, is told at the start and delivered as it is', () =>
  withQueue({}, async (queue, start) => {
    const layout = await readQueueLayout(queue);
    const id = await putMessage(queue, {});
    const other = String(Number(id) + 1_000_000);
    await rename(layout.path('mess', id), layout.path('mess', other));
    await writeFile(layout.path('info', other), 'Fs@far.test\0');
    await writeFile(layout.path('local', other), 'Tu@here.test\0');
    // The names are looked at while the queue is taken up: its message stays until that is told.
    const told = Promise.withResolvers<void>();
    const site = await start(async () => {
      await told.promise;
      return success('ok');
    });
    await site.logged(
      new RegExp(
        `^alert: 1 names in \\S+/mess are not inode numbers \\(first: ${other}\\): the queue was copied`,
      ),
    );
    told.resolve();
    await site.logged(new RegExp(`^end msg ${other}$`));
  }));

test('an info without its message is told and left', () =>
  withQueue({}, async (queue, start) => {
    const id = await putMessage(queue, { info: 'Fs@far.test\0', local: 'Tu@here.test\0' });
    // Kept elsewhere, so that the next message does not get its inode number.
    await rename((await readQueueLayout(queue)).path('mess', id), join(queue, 'kept'));
    const site = await start();
    await site.logged(new RegExp(`^warning: no message file for info/${id}; left alone$`));
    await site.send('s@far.test', ['u@here.test']);
    await site.logged(/^end msg/);
    assert.deepEqual(await queueFiles(queue), [`info/${id}`, `local/${id}`]);
  }));

test('a todo whose message vanishes while the server runs is told and left', () =>
  withQueue({}, async (queue, start) => {
    const id = await putMessage(queue, { todo: 'u1\0p2\0Fs@far.test\0Tu@here.test\0' });
    const layout = await readQueueLayout(queue);
    await rename(layout.path('todo', id), join(queue, 'todo', 'kept'));
    await rename(layout.path('mess', id), join(queue, 'kept'));
    const site = await start();
    await rename(join(queue, 'todo', 'kept'), layout.path('todo', id));
    await writeFile(join(queue, 'lock', 'trigger'), '\0');
    await site.logged(
      new RegExp(`^warning: unable to stat ${layout.name('mess', id)}; will try again later$`),
    );
    await site.send('s@far.test', ['u@here.test']);
    await site.logged(/^end msg/);
    assert.deepEqual(await queueFiles(queue), [`todo/${id}`]);
  }));
