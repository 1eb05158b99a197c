import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandEnd, runTableCommand } from '../support/command-process.ts';
import { withInjectSite, writeControl } from '../support/inject.ts';

const run = (
  home: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> =>
  runTableCommand('new-inject', args, { input, env: { FACTEUR_HOME: home, USER: 'joe', ...env } });

test('new-inject queues the rebuilt message for its header’s recipients, from left to right', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const input =
      'To: a\nBcc: c@far.test\nTo: b@far.test\nDate: Fri, 1 Feb 99 3:04 EST\nSubject: s\n\nbody\nlast';
    const done = await run(home, [], input, { MAILNAME: 'Joe' });
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, '', '']);
    const { sender, recipients, message } = await takeMessage(3);
    assert.equal(sender, 'joe@host.default.test');
    assert.deepEqual(recipients, ['a@host.default.test', 'b@far.test', 'c@far.test']);
    assert.match(
      message,
      /^Date: 1 Feb 1999 03:04:00 -0500\nMessage-ID: <\d{14}\.\d+\.qmail@me\.test>\nFrom: "Joe" <joe@host\.default\.test>\nTo: a@host\.default\.test, b@far\.test\nSubject: s\n\nbody\nlast\n$/,
    );
  });
});

test('new-inject -n prints an envelope that new-inject takes again', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const printed = await run(
      home,
      ['-n', '-f', 's@far.test', 'x', 'y@far.test'],
      'From: z@far.test\n\nhi\n',
    );
    assert.match(
      printed.stdout,
      /^Envelope-Sender: s@far\.test\nEnvelope-Recipients:\n {2}x@host\.default\.test,\n {2}y@far\.test,\nDate: /,
    );
    assert.equal((await run(home, [], printed.stdout)).status, 0);
    const { sender, recipients, message } = await takeMessage(2);
    assert.deepEqual([sender, recipients], ['s@far.test', ['x@host.default.test', 'y@far.test']]);
    assert.doesNotMatch(message, /^Envelope/m);
    assert.match(message, /^From: z@far\.test$/m);
  });
});

test('-a, -h, -H choose recipients; -f, -S, -M, -R and QMAILINJECT the sender', async () => {
  await withInjectSite(async ({ home, takeMessage }) => {
    const sent = async (args: readonly string[], count: number, env: Record<string, string> = {}) => {
      const done = await run(home, args, 'Return-Path: <p@far.test>\nTo: h@far.test\n\nx\n', env);
      assert.deepEqual([done.status, done.stderr], [0, '']);
      const { sender, recipients } = await takeMessage(count);
      return [sender, ...recipients];
    };
    assert.deepEqual(await sent(['-a', 'x@far.test'], 1), ['p@far.test', 'x@far.test']);
    assert.deepEqual(await sent(['-h', '-f', '', 'x@far.test'], 1), ['', 'h@far.test']);
    assert.deepEqual(await sent(['-HS', 'x@far.test'], 2), [
      'joe@host.default.test',
      'h@far.test',
      'x@far.test',
    ]);
    // Each recipient has its sender at delivery.
    assert.deepEqual(await sent(['-RS'], 1), ['joe-h=far.test@host.default.test', 'h@far.test']);
    const [perMessage] = await sent([], 1, { QMAILINJECT: 'sm' });
    assert.match(perMessage ?? '', /^joe-\d+\.\d+@host\.default\.test$/);
  });
});

test('control/rewrite says how hosts are written, and $QMAILREWRITEFILE before it', async () => {
  await withInjectSite(async ({ home }) => {
    await writeControl(join(home, 'qmail'), { rewrite: '=:here.test\n-.local:out.test\n' });
    const input = 'To: a, b@x.local, c@cs\n\n\n';
    const byControl = await run(home, ['-n'], input);
    assert.match(byControl.stdout, /^To: a@here\.test, b@out\.test, c@cs$/m);
    const own = join(home, 'own');
    await writeFile(own, '=:own.test\n');
    const byFile = await run(home, ['-n'], input, { QMAILREWRITEFILE: own });
    assert.match(byFile.stdout, /^To: a@own\.test, b@x\.local, c@cs$/m);
    const none = await run(home, ['-n'], input, { QMAILREWRITEFILE: join(home, 'none') });
    assert.match(none.stdout, /^To: a@here\.test, /m);
    await writeFile(own, 'nonsense\n');
    const wrong = await run(home, ['-n'], input, { QMAILREWRITEFILE: own });
    assert.equal(wrong.status, 111);
    assert.match(wrong.stderr, /^new-inject: fatal: .*own: "nonsense" is wrong; expected =POST:NEW/);
  });
});

test('new-inject refuses wrong options and mail to nobody that can be read', async () => {
  await withInjectSite(async ({ home, left }) => {
    const usage = await run(home, ['-x'], '');
    assert.equal(usage.status, 100);
    assert.match(usage.stderr, /^new-inject: usage: new-inject \[ -nNaAhHFIMRS \] \[ -f sender \]/);
    const unread = await run(home, [], 'To: "open\n\n\n');
    assert.deepEqual(
      [unread.status, unread.stderr],
      [100, 'new-inject: fatal: unable to parse this line:\nTo: "open\n'],
    );
    assert.equal(left, 0);
  });
});
