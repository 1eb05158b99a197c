// Queue files that are torn, or are no files at all (security.md D8; spec/qmail.md 7.4): told in qmail-send's words, left
// for who can mend them, given up after queuelifetime, and never in the way of other messages.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { permanent, success } from '../../mta/outcome.ts';
import { readQueueLayout } from '../../mta/queue/layout.ts';
import { makeQueueTree, putMessage, queueFiles, withTemporaryDirectory } from '../support/queue.ts';
import { Site } from '../support/send.ts';
import { until } from '../support/serve.ts';

const week = 604_800;

async function withQueue(use: (queue: string, site: Site) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const site = new Site(home);
    try {
      await use(queue, site);
    } finally {
      if (site.role) await site.stop();
    }
  });
}

/** Another message goes its way: nobody is in its way. */
async function othersGoOn(site: Site): Promise<void> {
  const id = await site.send('other@far.test', ['other@here.test']);
  await site.logged(new RegExp(`^end msg ${id}$`));
}

const good = 'u1\0p2\0Fs@far.test\0Tu@here.test\0';
const damages: readonly { readonly what: string; readonly todo: string; readonly line: string }[] = [
  {
    what: 'a record of unknown type',
    todo: 'u1\0p2\0Xwhat\0Fs@far.test\0Tu@here.test\0',
    line: 'unknown record type in NAME$',
  },
  {
    what: 'no NUL at its end',
    todo: 'u1\0p2\0Fs@far.test\0Tu@her',
    line: 'trouble reading NAME; will try again later: ',
  },
  {
    what: 'no sender',
    todo: 'u1\0p2\0Tu@here.test\0',
    line: 'trouble reading NAME; will try again later: no sender record',
  },
  {
    what: 'a uid that is no number',
    todo: 'uroot\0p2\0Fs@far.test\0Tu@here.test\0',
    line: 'trouble reading NAME; will try again later: expected a number',
  },
  { what: 'no byte', todo: '', line: 'trouble reading NAME; will try again later: no sender record' },
];

for (const { what, todo, line } of damages)
  test(`a todo with ${what} is told, left, and delivered when it is mended`, () =>
    withQueue(async (queue, site) => {
      const id = await putMessage(queue, { todo });
      await site.start();
      await site.logged(new RegExp(`^warning: ${line.replace('NAME', `todo/${id}`)}`));
      await othersGoOn(site);
      assert.deepEqual(await queueFiles(queue), [`mess/${id}`, `todo/${id}`]);
      await writeFile(join(queue, 'todo', id), good);
      await writeFile(join(queue, 'lock', 'trigger'), '\0', { flag: 'r+' });
      await site.logged(new RegExp(`^end msg ${id}$`));
      assert.equal(site.seen.at(-1)?.recipient, 'u@here.test');
    }));

test('after queuelifetime a damaged todo bounces to its sender, for every recipient that can be read', () =>
  withQueue(async (queue, site) => {
    const bounces: string[] = [];
    site.decide = async ({ recipient, message }) => {
      if (recipient === 's@far.test') bounces.push((message ?? Buffer.alloc(0)).toString());
      return success('ok');
    };
    const id = await putMessage(
      queue,
      {
        mess: 'Subject: precious\n\nwords\n',
        todo: 'u1\0p2\0Fs@far.test\0Ta@here.test\0Xwhat\0Tb@far.test\0',
      },
      week + 3600,
    );
    await site.start();
    await site.logged(new RegExp(`^end msg ${id}$`));
    await until('an empty queue', async () => (await queueFiles(queue)).length === 0);
    assert.equal(bounces.length, 1);
    const [bounce] = bounces as [string];
    assert.match(bounce, /^<a@here\.test>:\nSorry, the envelope of this message was damaged in my queue;/m);
    assert.match(bounce, /^<b@far\.test>:\n/m);
    assert.match(bounce, /^Subject: precious$/m);
    assert.deepEqual(
      site.seen.map(({ recipient }) => recipient),
      ['s@far.test'],
      'nobody got half a message',
    );
  }));

test('after queuelifetime a todo whose sender cannot be read is set aside with all its bytes', () =>
  withQueue(async (queue, site) => {
    const id = await putMessage(queue, { mess: 'whose?\n', todo: 'u1\0p', intd: 'u1\0p' }, week + 3600);
    await site.start();
    await site.logged(new RegExp(`^alert: no sender in todo/${id}: message ${id} is now in queue/aside$`));
    await othersGoOn(site);
    assert.deepEqual(await queueFiles(queue), []);
    assert.deepEqual((await readdir(join(queue, 'aside'))).sort(), [
      `${id}.intd`,
      `${id}.mess`,
      `${id}.todo`,
    ]);
    assert.equal(await readFile(join(queue, 'aside', `${id}.mess`), 'utf8'), 'whose?\n');
    assert.equal(await readFile(join(queue, 'aside', `${id}.todo`), 'utf8'), 'u1\0p');
  }));

test('a damaged local file waits, the remote one goes on; after queuelifetime the rest bounces', () =>
  withQueue(async (queue, site) => {
    const id = await putMessage(queue, {
      info: 'Fs@far.test\0',
      local: 'Tone@here.test\0Xtwo@here.test\0',
      remote: 'Tthree@far.test\0',
    });
    const layout = await readQueueLayout(queue);
    await site.start();
    await site.logged(new RegExp(`^warning: unknown record type in ${layout.name('local', id)}!$`));
    await site.logged(/^delivery \d+: success/);
    await othersGoOn(site);
    assert.ok(!site.seen.some(({ recipient }) => recipient === 'one@here.test'));
    const old = Date.now() / 1000 - week - 3600;
    await site.stop();
    for (const place of ['info', 'local'] as const) await utimes(layout.path(place, id), old, old);
    await site.start();
    await site.logged(new RegExp(`^end msg ${id}$`));
    const bounce = site.seen.find(({ recipient }) => recipient === 's@far.test')?.message?.toString() ?? '';
    assert.match(bounce, /^<one@here\.test>:\nSorry, the envelope/m);
    await until('an empty queue', async () => (await queueFiles(queue)).length === 0);
  }));

test('an info without a byte is told and left', () =>
  withQueue(async (queue, site) => {
    const id = await putMessage(queue, { info: '', local: 'Tu@here.test\0' });
    const { name } = await readQueueLayout(queue);
    await site.start();
    await site.logged(
      new RegExp(`^warning: trouble reading ${name('info', id)}; will try again later: no sender record`),
    );
    await othersGoOn(site);
    assert.deepEqual(await queueFiles(queue), [`info/${id}`, `local/${id}`, `mess/${id}`]);
  }));

const strange: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'a FIFO': async (path) => {
    execFileSync('mkfifo', [path]);
  },
  'a directory': (path) => mkdir(path),
  'a symbolic link': async (path) => {
    await writeFile(`${path}.target`, good);
    await symlink(`${path}.target`, path);
  },
};

for (const [what, make] of Object.entries(strange))
  test(`${what} in the place of a queue file holds up only its own message`, () =>
    withQueue(async (queue, site) => {
      const layout = await readQueueLayout(queue);
      const ids: Record<string, string> = {};
      for (const place of ['todo', 'info', 'local', 'bounce', 'mess'] as const) {
        const id = await putMessage(
          queue,
          place === 'todo' ? {} : { info: 'Fs@far.test\0', local: 'Tu@here.test\0' },
        );
        ids[place] = id;
        // Kept beside, so that its inode number comes to nobody else.
        const path = layout.path(place, id);
        if (place !== 'todo' && place !== 'bounce') await rename(path, `${path}.kept`);
        await make(layout.path(place, id));
      }
      site.decide = ({ recipient }) => (recipient === 'u@here.test' ? permanent('no') : success('ok'));
      await site.start();
      await site.logged(new RegExp(`^warning: .*${layout.name('todo', ids.todo as string)}`));
      await site.logged(new RegExp(`^warning: .*${layout.name('info', ids.info as string)}`));
      await site.logged(new RegExp(`^warning: .*${layout.name('local', ids.local as string)}`));
      await site.logged(
        /^alert: unable to append to bounce message; HELP! sleeping\.\.\.: |^warning: .*bounce/,
      );
      await site.logged(/^delivery \d+: deferral: Sorry,_message_is_not_a_regular_file\._\(#4\.3\.5\)\/$/);
      // More of them than file threads: not one of them may wait for a FIFO.
      for (let n = 0; n < 8; n++) {
        const id = await putMessage(queue, {});
        await make(layout.path('todo', id));
      }
      await writeFile(join(queue, 'lock', 'trigger'), '\0', { flag: 'r+' });
      await othersGoOn(site);
      assert.ok(!site.log.some((line) => line.includes('bug')), site.log.join('\n'));
    }));

test(
  'a message whose file belongs to a stranger is deferred with qmail-lspawn’s words',
  {
    skip: process.geteuid?.() !== 0 && 'needs root: only root can give files away',
  },
  () =>
    withQueue(async (queue, site) => {
      const id = await putMessage(queue, { info: 'Fs@far.test\0', local: 'Tu@here.test\0' });
      const path = (await readQueueLayout(queue)).path('mess', id);
      await chown(path, 7009, 7000);
      await site.start();
      await site.logged(/^delivery 1: deferral: Sorry,_message_has_wrong_owner\._\(#4\.3\.5\)\/$/);
      assert.equal(site.seen.length, 0);
      await chown(path, process.geteuid?.() as number, 0);
      await site.role.retryNow();
      await site.logged(new RegExp(`^end msg ${id}$`));
    }),
);

for (const what of ['missing', 'a regular file', 'a directory'] as const)
  test(`lock/trigger ${what}: told, and our own mail goes on`, () =>
    withQueue(async (queue, site) => {
      const trigger = join(queue, 'lock', 'trigger');
      await rm(trigger);
      if (what === 'a regular file') await writeFile(trigger, '');
      if (what === 'a directory') await mkdir(trigger);
      await site.start();
      await site.logged(
        /^warning: unable to open lock\/trigger: .*; todo is looked at every 25 minutes only$/,
      );
      await othersGoOn(site);
    }));

test('lock/sendmutex missing is made; held by another program it is qmail-send’s line and no start', () =>
  withQueue(async (queue, site) => {
    const mutex = join(queue, 'lock', 'sendmutex');
    await rm(mutex);
    await site.start();
    await othersGoOn(site);
    await site.role.close();
    const holder = spawn('flock', ['--exclusive', '--no-fork', mutex, 'cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    holder.stdin.write('x');
    await once(holder.stdout, 'data');
    await assert.rejects(site.start(), /already locked by another program/);
    assert.equal(site.log.at(-1), 'alert: cannot start: qmail-send is already running');
    holder.stdin.end();
    await once(holder, 'close');
    await site.start();
  }));

test('a todo with 100,000 recipients is preprocessed whole, and others are delivered meanwhile', () =>
  withTemporaryDirectory(async (home) => {
    const queue = await makeQueueTree(home);
    const site = new Site(home, { concurrencyremote: 0 });
    const to = Array.from({ length: 100_000 }, (_, n) => `Tu${n}@far.test\0`).join('');
    const id = await putMessage(queue, { todo: `u1\0p2\0Fs@far.test\0${to}` });
    try {
      await site.start();
      await othersGoOn(site);
      const { path } = await readQueueLayout(queue);
      await until('info without todo', async () => !(await queueFiles(queue)).includes(`todo/${id}`));
      assert.equal(await readFile(path('remote', id), 'latin1'), to);
    } finally {
      await site.stop();
    }
  }));
