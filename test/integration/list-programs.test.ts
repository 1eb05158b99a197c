// The programs of posts on a real list directory, with a clock of the test's: ezmlm's times for bounces, returned posts and
// digests, to the second; what is on disk when the queue does not take a post; loops between lists (security.md R10).
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { makeCookie } from '../../mta/lists/cookie.ts';
import { makeList } from '../../mta/lists/make.ts';
import { createSend } from '../../mta/lists/post/send.ts';
import { type ListAnswer, type ListProgram, runListProgram } from '../../mta/lists/program.ts';
import { listPrograms } from '../../mta/lists/programs.ts';
import { findExactly, subscribe } from '../../mta/lists/subscribers.ts';
import type { Outcome } from '../../mta/outcome.ts';
import { type Injected, rememberingInjector } from '../support/local.ts';

const day = 86_400;
const begin = 1_800_000_000;
let root = '';
let directory = '';
let now = begin;
let answer: Outcome;
let injected: Injected[];
let open: ReturnType<typeof rememberingInjector>['injector'];

async function make(
  name: string,
  letters: string,
  words: Readonly<Record<string, string>> = {},
): Promise<string> {
  const place = join(root, name);
  await makeList({
    directory: place,
    dot: join(root, `.qmail-${name}`),
    local: name,
    host: 'example.org',
    letters: new Map([...letters].map((letter) => [letter.toLowerCase(), /[a-z]/.test(letter)])),
    words: new Map(Object.entries(words)),
    edits: false,
    keepsOptions: false,
    programs: '/nowhere/ezmlm',
    etc: '/nowhere',
  });
  return place;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-lists-'));
  directory = await make('talk', 'aipdU');
  now = begin;
  answer = { code: 'K', text: 'ok 1 qp 4711' };
  ({ injector: open, injected } = rememberingInjector(() => answer));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const letter = (subject = 'Hello', fields = '') =>
  `Received: (qmail 7 invoked from network); 15 Jan 2027 08:00:00 -0000\nFrom: Ann <ann@far.org>\nTo: talk@example.org\nSubject: ${subject}\n${fields}\nA body.\n`;

interface Asked {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly place?: string;
}

async function run(name: string, asked: Asked = {}): Promise<ListAnswer> {
  const program: ListProgram =
    name === 'ezmlm-send' ? createSend(async () => 'none') : await listPrograms[name]!();
  const bytes = Buffer.from(asked.message ?? letter(), 'latin1');
  return runListProgram(name, program, {
    args: [...(asked.args ?? []), asked.place ?? directory],
    env: { SENDER: 'ann@far.org', LOCAL: 'talk', HOST: 'example.org', ...asked.env },
    letter: {
      async *open() {
        yield bytes.subarray(0, 50);
        yield bytes.subarray(50);
      },
    },
    injector: async () => open,
    origin: 'alias',
    now,
    etc: '/nowhere',
  });
}
const read = (...path: readonly string[]): Promise<string> => readFile(join(directory, ...path), 'latin1');
const bounce = (rest: string) =>
  run('ezmlm-return', {
    env: { SENDER: '', DEFAULT: rest },
    message: 'Subject: failure notice\n\nno such user\n',
  });

describe('bounces', () => {
  beforeEach(() => subscribe(directory, '.', 'joe@far.org'));
  const warn = async (): Promise<number> => {
    const before = injected.length;
    assert.equal((await run('ezmlm-warn')).status, 0);
    return injected.length - before;
  };
  /** The first moment at which all bounces of this one's directory are due: ten days after its last second. */
  const due = (time: number): number => (Math.floor(time / 10_000) + 1) * 10_000 + 10 * day;

  test('lead to a warning after ten days, to a last try after ten more, and its bounce removes the member', async () => {
    assert.equal((await bounce('3-joe=far.org')).status, 99);
    now += 60;
    await bounce('4-joe=far.org');
    now = due(begin) - 1;
    assert.equal(await warn(), 0, 'a second too early');
    now = due(begin);
    assert.equal(await warn(), 0, 'nobody looks again for 4.8 hours');
    now += (10 * day) / 50;
    assert.equal(await warn(), 1);
    const warning = injected.at(-1)!;
    assert.deepEqual(warning.recipients, ['joe@far.org']);
    const cookie = makeCookie(Buffer.from(await read('key'), 'latin1'), String(now), 'joe@far.org', 'W');
    assert.equal(warning.sender, `talk-return-warn-${now}.${cookie}-joe=far.org@example.org`);
    assert.match(warning.message, / {3}3\n {3}4\n/, 'the numbers of what he missed');
    assert.match(
      warning.message,
      /Content-Type: message\/rfc822\n\nReturn-Path: <>\nSubject: failure notice/,
    );
    const warned = now;
    now += 3600;
    await bounce(warning.sender.slice('talk-return-'.length, -'@example.org'.length));
    now = due(warned + 3600) + day;
    assert.equal(await warn(), 1);
    const probe = injected.at(-1)!;
    assert.match(probe.sender, /^talk-return-probe-/);
    assert.ok((await findExactly(directory, '.', 'joe@far.org')) !== undefined, 'still a member');
    now += 30 * day;
    await bounce(probe.sender.slice('talk-return-'.length, -'@example.org'.length));
    assert.equal(await findExactly(directory, '.', 'joe@far.org'), undefined);
    assert.match(await read('Log'), / -probe joe@far\.org\n$/);
  });

  test('that stop after a warning remove nobody, and those of others than members count for nothing', async () => {
    await bounce('3-joe=far.org');
    await bounce('3-other=far.org');
    now = due(begin) + day;
    assert.equal(await warn(), 1);
    now += 60 * day;
    assert.equal(await warn(), 0);
    assert.deepEqual(await readdir(join(directory, 'bounce', 'd')), []);
    const forged = `probe-${now}.${'a'.repeat(20)}-joe=far.org`;
    assert.match((await bounce(forged)).output, /trash/);
    assert.ok((await findExactly(directory, '.', 'joe@far.org')) !== undefined);
  });

  test('wait where the queue does not take the warning, and none is done where the list says so', async () => {
    await bounce('3-joe=far.org');
    now = due(begin) + day;
    answer = { code: 'Z', text: 'qq write error or disk full (#4.3.0)' };
    assert.equal((await run('ezmlm-warn')).status, 111);
    answer = { code: 'K', text: 'ok 1 qp 1' };
    assert.equal(await warn(), 1, 'the next one tries again at once');
    await bounce('4-joe=far.org');
    await writeFile(join(directory, 'nowarn'), '');
    now += 30 * day;
    assert.equal(await warn(), 0);
  });
});

describe('a post that the queue does not take', () => {
  beforeEach(() => subscribe(directory, '.', 'joe@far.org'));

  test('leaves the number free; the next one has it, in the archive and its index as well', async () => {
    await run('ezmlm-send');
    answer = { code: 'Z', text: 'qq trouble (#4.3.0)' };
    const failed = await run('ezmlm-send', { message: letter('Lost') });
    assert.deepEqual([failed.status, failed.output], [111, 'ezmlm-send: fatal: qq trouble (#4.3.0)\n']);
    assert.equal(await read('num'), '1:0\n');
    answer = { code: 'D', text: 'refused (#5.3.0)' };
    assert.equal((await run('ezmlm-send')).status, 100);
    answer = { code: 'K', text: 'ok 1 qp 1' };
    await run('ezmlm-send', { message: letter('Second') });
    assert.equal(await read('num'), '2:0\n');
    assert.match(await read('archive', '0', '02'), /^Subject: Second$/m);
    const index = await read('archive', '0', 'index');
    assert.deepEqual(
      index.match(/^\d+: .{20} (.*)$/gm)?.map((line) => line.slice(24)),
      ['Hello', 'Second'],
    );
  });

  test('has taken its number before the envelope is given: a crash there costs a number, not a second post', async () => {
    let numbers = '';
    const { injector } = rememberingInjector();
    const first = injector.open('alias');
    open = {
      ...injector,
      open: () => ({
        ...first,
        async finish(sender, recipients) {
          numbers = await read('num');
          return first.finish(sender, recipients);
        },
      }),
    };
    await run('ezmlm-send');
    assert.equal(numbers, '1:0\n');
  });

  test('of a list with a limit is told why, bit by bit; a machine is not answered', async () => {
    const refused = async (message: string, env: Readonly<Record<string, string>> = {}) => {
      const { status, output } = await run('ezmlm-reject', { message, env });
      return `${status} ${output.trim().slice(0, 200)}`;
    };
    assert.equal(await refused(letter()), '0 ');
    await writeFile(join(directory, 'msgsize'), '20:5\n');
    assert.equal(await refused(letter()), '0 ');
    assert.match(await refused(letter('x', '\nand more and more and more\n')), /^100 .*larger than 20 bytes/);
    assert.match(await refused(letter().replace('A body.', '')), /^100 .*shorter than 5 bytes/);
    assert.match(await refused(letter('')), /^100 .*empty Subject/);
    assert.match(await refused(letter('unsubscribe')), /^100 .*commands in the subject/);
    assert.match(await refused(letter().replace('To: talk@', 'To: other@')), /^100 .*must be in To: or Cc:/);
    assert.equal(await refused(letter().replace('To: talk@', 'Cc: x, "Talk" <talk@')), '0 ');
    assert.match(await refused(letter().replace('To: talk@', 'To: (talk@example.org) smalltalk@')), /^100/);
    assert.match(await refused(letter('x', 'Precedence: bulk\n')), /^99 /);
    assert.match(await refused(letter('Away', 'Auto-Submitted: auto-replied (vacation)\n')), /^99 /);
    assert.match(await refused(letter(), { SENDER: '' }), /^100 .*bounce/);
    await writeFile(join(directory, 'headerreject'), 'X-Spam\n');
    assert.match(await refused(letter('x', 'x-spam: yes\n')), /^100 .*x-spam/);
  });
});

describe('loops', () => {
  test('between a list and itself, or two lists that subscribe each other, end at the first letter that comes back', async () => {
    const other = await make('other', 'apU');
    await subscribe(directory, '.', 'talk@example.org');
    await subscribe(directory, '.', 'other@example.org');
    await subscribe(other, '.', 'talk@example.org');
    assert.equal((await run('ezmlm-send')).status, 0);
    const sent = injected.at(-1)!;
    assert.deepEqual([...sent.recipients].sort(), ['other@example.org', 'talk@example.org']);
    for (const place of [directory, other]) {
      const sender = `talk-return-1-talk=example.org@example.org`;
      for (const name of ['ezmlm-send', 'ezmlm-store']) {
        const back = await run(name, { place, message: sent.message, env: { SENDER: sender } });
        assert.equal(back.status, 100, `${name} ${place}`);
        assert.match(back.output, /looping|Mailing-List header/);
      }
    }
    assert.equal(injected.length, 1, 'nothing went out again');
  });

  test('with a bounce or a request end too: neither is posted, moderated or answered', async () => {
    for (const name of ['ezmlm-send', 'ezmlm-store', 'ezmlm-moderate', 'ezmlm-get'])
      for (const SENDER of ['', '#@[]']) {
        const { status } = await run(name, { env: { SENDER, DEFAULT: 'get.1' } });
        assert.equal(status, 100, name);
      }
    assert.equal(injected.length, 0);
  });

  test('a sublist takes what its main list sends, with its number, and nothing else', async () => {
    const sub = await make('sub', 'AUp', { 0: 'talk@example.org' });
    await subscribe(sub, '.', 'joe@far.org');
    await run('ezmlm-send');
    const sent = injected.at(-1)!.message;
    const SENDER = 'talk-return-17-sub=example.org@example.org';
    assert.equal((await run('ezmlm-send', { place: sub, message: sent, env: { SENDER } })).status, 0);
    assert.equal(injected.at(-1)!.sender, 'sub-return-17-@example.org-@[]');
    assert.equal((await run('ezmlm-send', { place: sub, message: sent })).status, 100, 'not its main list');
    assert.equal(
      (await run('ezmlm-send', { place: sub, env: { SENDER } })).status,
      100,
      'no Mailing-List field',
    );
  });
});

describe('moderation', () => {
  let board = '';
  beforeEach(async () => {
    board = await make('board', 'apmU');
    await subscribe(board, 'mod', 'carol@far.org');
  });
  const pending = () => readdir(join(board, 'mod', 'pending'));
  const decide = (word: string, name: string, cookie?: string) => {
    const DEFAULT = `${name}.${cookie ?? /accept-[\d.]+\.([a-p]{20})@/.exec(injected[0]!.message)![1]}`;
    return run(`ezmlm-moderate`, {
      place: board,
      env: { SENDER: 'carol@far.org', LOCAL: `board-${word}-${DEFAULT}`, DEFAULT },
    });
  };

  test('keeps a post for five days, then it goes back to its author, and stubs go', async () => {
    await run('ezmlm-store', { place: board });
    const [name = ''] = await pending();
    assert.match(name, new RegExp(`^${begin}\\.\\d+$`));
    now = begin + 120 * 3600;
    await run('ezmlm-clean', { place: board });
    assert.deepEqual(await pending(), [name], 'a second too early');
    now += 1;
    await run('ezmlm-clean', { place: board });
    assert.deepEqual(await pending(), []);
    assert.deepEqual(injected.at(-1)!.recipients, ['ann@far.org']);
    assert.match(injected.at(-1)!.message, /^Auto-Submitted: auto-replied$/m);
    assert.match((await decide('accept', name)).output, /no longer have/);
  });

  test('takes the first word, tells later ones, and keeps the post when the list cannot have it now', async () => {
    await run('ezmlm-store', { place: board });
    const [name = ''] = await pending();
    assert.equal((await decide('accept', name, 'a'.repeat(20))).status, 100, 'a forged cookie');
    assert.equal((await decide('accept', '../../key')).status, 100);
    answer = { code: 'Z', text: 'full' };
    assert.equal((await decide('accept', name)).status, 111);
    assert.deepEqual(await pending(), [name]);
    answer = { code: 'K', text: 'ok 1 qp 1' };
    assert.equal((await decide('accept', name)).status, 0);
    assert.equal(injected.at(-1)!.sender, 'board-return-1-@example.org-@[]');
    const count = injected.length;
    assert.deepEqual(
      [(await decide('accept', name)).status, (await decide('reject', name)).status],
      [0, 100],
    );
    assert.equal(injected.length, count, 'once');
  });

  test('that cannot ask anybody keeps nothing: the letter is tried again', async () => {
    answer = { code: 'Z', text: 'full' };
    assert.equal((await run('ezmlm-store', { place: board })).status, 111);
    assert.deepEqual(await pending(), []);
  });

  test('of a list that asks its authors sends a post on when its author agrees', async () => {
    const asking = await make('asking', 'apyU');
    await run('ezmlm-store', { place: asking });
    assert.deepEqual(injected[0]!.recipients, ['ann@far.org']);
    assert.match(injected[0]!.sender, /^asking-discard-/);
    const DEFAULT = /^Reply-To: asking-confirm-(.*)@example\.org$/m.exec(injected[0]!.message)?.[1] ?? '';
    const env = { LOCAL: `asking-confirm-${DEFAULT}`, DEFAULT };
    assert.equal((await run('ezmlm-confirm', { place: asking, env })).status, 0);
    assert.equal(injected.at(-1)!.sender, 'asking-return-1-@example.org-@[]');
    assert.equal((await run('ezmlm-confirm', { place: asking, env })).status, 100, 'once');
  });
});

describe('digests', () => {
  test('go out when they are due, and once; what the queue does not take is in the next one', async () => {
    await subscribe(directory, 'digest', 'dora@far.org');
    await run('ezmlm-send', { message: letter('One') });
    assert.equal((await run('ezmlm-tstdig')).status, 0, 'there was none yet');
    assert.equal((await run('ezmlm-tstdig')).status, 99, 'it is being made');
    answer = { code: 'Z', text: 'full' };
    assert.equal((await run('ezmlm-get')).status, 111);
    answer = { code: 'K', text: 'ok 1 qp 1' };
    await run('ezmlm-send', { message: letter('Re: One') });
    now += 3601;
    assert.equal((await run('ezmlm-tstdig')).status, 0);
    assert.equal((await run('ezmlm-get')).status, 0);
    const digest = injected.at(-1)!;
    assert.deepEqual(
      [digest.sender, digest.recipients],
      ['talk-digest-return-1-@example.org-@[]', ['dora@far.org']],
    );
    assert.match(digest.message, /Issue 1$/m);
    assert.match(digest.message, /\nOne\n\t1 by: Ann\n\t2 by: Ann\n/, 'one thread');
    assert.equal(await read('dignum'), `2:0:${now}\n`);
    assert.equal(await read('digissue'), '1:0\n');
    assert.match((await run('ezmlm-get')).output, /nothing to digest/);
    now += 48 * 3600 - 1;
    assert.equal((await run('ezmlm-tstdig')).status, 99);
    now += 1;
    assert.equal((await run('ezmlm-tstdig')).status, 0);
  });

  test('of every form have all posts; taken-out posts are told of', async () => {
    for (const subject of ['One', 'Two']) await run('ezmlm-send', { message: letter(subject) });
    await rm(join(directory, 'archive', '0', '02'));
    for (const form of 'mrvnx') {
      const asked = await run('ezmlm-get', {
        env: { DEFAULT: `get${form}.1_2`, LOCAL: `talk-get${form}.1_2` },
      });
      assert.equal(asked.status, 99, form);
      const { message } = injected.at(-1)!;
      assert.match(message, /^Subject: One$/m);
      assert.match(message, /There is no such message in the archive/, form);
      assert.equal(/^Content-Type: multipart/m.test(message), form !== 'r', form);
    }
    await run('ezmlm-get', { env: { DEFAULT: 'index' } });
    assert.match(injected.at(-1)!.message, /^1: One\n\t15 Jan 2027 Ann\n2: Two\n/m);
    await run('ezmlm-get', { env: { DEFAULT: 'thread.1' } });
    assert.match(injected.at(-1)!.message, /filename="talk_1\.eml"/);
    await run('ezmlm-get', { env: { DEFAULT: 'thread.77' } });
    assert.match(injected.at(-1)!.message, /no such message/);
  });

  test('and answers are for those whom the list lets have them', async () => {
    await run('ezmlm-send');
    const ask = async () => (await run('ezmlm-get', { env: { DEFAULT: 'get.1' } })).status;
    await writeFile(join(directory, 'subgetonly'), '');
    assert.equal(await ask(), 100);
    await subscribe(directory, '.', 'ann@far.org');
    assert.equal(await ask(), 99);
    await writeFile(join(directory, 'modgetonly'), '');
    assert.equal(await ask(), 100);
    assert.equal((await run('ezmlm-get', { env: { DEFAULT: 'dig.wrong' } })).status, 100);
    assert.equal((await run('ezmlm-get', { env: { DEFAULT: 'help' } })).status, 0, 'for the next line');
  });
});

describe('what strangers can ask for', () => {
  const get = (message: string) => run('ezmlm-get', { env: { DEFAULT: 'get.1' }, message });

  test('an answer out of the archive has the header of the request and no more, ten in an hour to one person', async () => {
    assert.equal((await run('ezmlm-send')).status, 0);
    const before = injected.length;
    for (let n = 0; n < 12; n++) assert.equal((await get('Subject: x\n\nBuy this!\n')).status, 99);
    const answers = injected.slice(before);
    assert.equal(answers.length, 10);
    const text = answers[0]!.message;
    assert.match(text, /filename=request\.msg\n\nReturn-Path: <ann@far\.org>\nSubject: x\n/);
    assert.ok(text.includes('A body.') && !text.includes('Buy this!'));
    now += 3601;
    await get('Subject: x\n\n');
    assert.equal(injected.length - before, 11);
  });

  test('a moderated list without moderators asks its owner; an accepted post goes nowhere but out', async () => {
    const place = await make('quiet', 'aipm');
    assert.equal((await run('ezmlm-store', { place })).status, 0);
    assert.deepEqual(injected.at(-1)?.recipients, ['quiet-owner@example.org']);
    const [name = ''] = await readdir(join(place, 'mod', 'pending'));
    const rest = `${name}.${makeCookie(await readFile(join(place, 'key')), name, '', 'a')}`;
    const bytes = Buffer.from(letter(), 'latin1');
    const accepted = await runListProgram('ezmlm-moderate', await listPrograms['ezmlm-moderate']!(), {
      args: [place, '/bin/ezmlm-store', place],
      env: { SENDER: 'mod@far.org', LOCAL: `quiet-accept-${rest}`, DEFAULT: rest },
      letter: {
        async *open() {
          yield bytes;
        },
      },
      injector: async () => open,
      origin: 'alias',
      now,
      etc: '/nowhere',
    });
    assert.deepEqual([accepted.status, /expected ezmlm-send/.test(accepted.output)], [100, true]);
  });
});
