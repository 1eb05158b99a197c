// autorespond as qmail-local calls it (spec/vpopmail.md 8.4, security.md X7): whom it answers, how often, and what it says.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTableCommand } from '../support/command-process.ts';
import { withInjectSite } from '../support/inject.ts';

const text =
  'From: help@host.test\nSubject: We got it\nCould not open the log\nMIME-Version: 1.0\n\nThank you.\n';
const letter = 'From: Sue <sue@far.org>\nMessage-ID: <1@far.org>\nSubject: Hello\n\nA question.\n';

test('autorespond answers a person so often in so many seconds, and no machine', () =>
  withInjectSite(async (site) => {
    const directory = join(site.home, 'HELP');
    await mkdir(directory);
    const file = join(directory, 'message');
    await writeFile(file, text);
    const run = (message: string, sender = 'sue@far.org', count = '2', more: readonly string[] = []) =>
      runTableCommand('autorespond', ['10000', count, file, directory, ...more], {
        file: message,
        env: { SENDER: sender, EXT: 'help', HOST: 'host.test', FACTEUR_HOME: site.home },
      });

    const first = await run(letter);
    assert.equal(first.status, 0, first.stderr);
    const answer = await site.takeMessage(1);
    // RFC 3834 3.3: nothing can come back to it.
    assert.equal(answer.sender, '');
    assert.deepEqual(answer.recipients, ['sue@far.org']);
    assert.match(
      answer.message,
      /^Delivered-To: Autoresponder\nTo: <sue@far\.org>\nAuto-Submitted: auto-replied\nPrecedence: bulk\nIn-Reply-To: <1@far\.org>\nReferences: <1@far\.org>\nFrom: help@host\.test\nSubject: We got it\nMIME-Version: 1\.0\n\nThank you\.\n\n-------- Original Message --------\n\n> A question\.\n$/m,
    );
    const [entry = ''] = (await readdir(directory)).filter((name) => name !== 'message');
    assert.match(entry, /^A\d+\.\d+$/);
    assert.equal(await readFile(join(directory, entry), 'utf8'), 'sue@far.org');

    // Its own answer, and that of another, is a loop.
    const looped = await run(answer.message.slice(answer.message.indexOf('Date:')), 'other@far.org');
    assert.equal(looped.status, 100);
    const marked = (field: string): string => `${field}\n${letter}`;
    for (const [message, sender] of [
      [letter, ''],
      [letter, '#@[]'],
      [letter, 'MAILER-DAEMON@far.org'],
      [letter, 'nobody'],
      [letter, 'Help@Host.test'],
      [letter, 'list-owner@far.org'],
      [letter, 'x y@far.org'],
      [marked('Mailing-List: contact x'), 'a@far.org'],
      [marked('List-Id: <x.far.org>'), 'a@far.org'],
      [marked('Precedence:  Bulk'), 'a@far.org'],
      [marked('Precedence: junk'), 'a@far.org'],
      [marked('Precedence:\n list'), 'a@far.org'],
      [marked('Auto-Submitted: auto-replied'), 'a@far.org'],
    ] as const) {
      const end = await run(message, sender);
      assert.equal(end.status, 0, end.stderr);
      assert.match(end.stderr, /^autorespond: no answer: /, `${sender} ${message}`);
    }
    assert.equal(site.left, 0);

    // The second answer is the last; an old entry no longer counts, and goes.
    assert.equal((await run(letter, 'SUE@far.org', '2', ['0', '$'])).status, 0);
    const second = await site.takeMessage(1);
    assert.equal(second.sender, 'help@host.test');
    assert.ok(!second.message.includes('Original Message'));
    assert.match((await run(letter)).stderr, /has had enough/);
    assert.equal(site.left, 0);
    await writeFile(join(directory, 'A1.1000'), 'sue@far.org');
    await run(letter);
    assert.ok(!(await readdir(directory)).includes('A1.1000'));

    const missing = await runTableCommand('autorespond', ['10', '1', join(directory, 'none'), directory], {
      file: letter,
      env: { SENDER: 'new@far.org', EXT: 'help', HOST: 'host.test', FACTEUR_HOME: site.home },
    });
    assert.equal(missing.status, 111);
    assert.equal((await runTableCommand('autorespond', ['10', 'x'], {})).status, 100);
  }));
