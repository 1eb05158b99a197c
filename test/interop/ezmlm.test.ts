// Mailing lists side by side with ezmlm-idx 7 (its programs in $EZMLM_REAL/bin, or /usr/local/bin/ezmlm when it is installed
// there): the same directories from ezmlm-make, byte for byte; each reads the subscribers that the other wrote; requests end
// with the same exit status and letters to the same addresses; a confirmation that one asked for counts with the other.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commandWords, ownEnvironment } from '../support/command-process.ts';

const real =
  process.env.EZMLM_REAL === undefined ? '/usr/local/bin/ezmlm' : join(process.env.EZMLM_REAL, 'bin');
const program = join(real, 'ezmlm-manage');
/** A link to this program is not ezmlm. */
const isReal = existsSync(program) && !realpathSync(program).endsWith('/facteur');
const skip = isReal ? false : `ezmlm-idx is not installed (${program})`;

type Side = 'real' | 'ours';
let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-ezmlm-'));
  await mkdir(join(root, 'qmail'));
  // In qmail-queue's place: keeps the message and the envelope.
  await writeFile(
    join(root, 'queue'),
    '#!/bin/sh\nn=$(ls "$KEEP" | wc -l)\ncat > "$KEEP/$n.message"\ncat <&1 > "$KEEP/$n.envelope"\n',
    { mode: 0o755 },
  );
});
after(() => rm(root, { recursive: true, force: true }));

function run(
  side: Side,
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
) {
  const [command = '', ...words] = side === 'real' ? [join(real, name)] : commandWords(name);
  const file = join(root, 'input');
  const ended = spawnSync(
    '/bin/sh',
    ['-c', 'umask 022; exec "$@" < "$0"', file, command, ...words, ...args],
    {
      encoding: 'latin1',
      env: {
        ...ownEnvironment,
        EZMLM_BIN: '/usr/local/bin/ezmlm',
        // Only the programs' own texts and descriptions: ours are others.
        ...(side === 'ours' ? { EZMLM_ETC: '/nowhere' } : {}),
        FACTEUR_HOME: root,
        QMAILQUEUE: join(root, 'queue'),
        ...env,
      },
      ...prepare(file, input),
    },
  );
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

function prepare(file: string, input: string): { cwd: string } {
  spawnSync('tee', [file], { input: Buffer.from(input, 'latin1'), stdio: ['pipe', 'ignore', 'ignore'] });
  return { cwd: root };
}

/** All files of a directory with their modes, contents and where links lead; the key's is its own. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const path = join(directory, name);
    const stats = await stat(path);
    const content = stats.isDirectory() || name.endsWith('key') ? '' : await readFile(path, 'latin1');
    const target = await readlink(path).catch(() => '');
    found[name] = `${(stats.mode & 0o7777).toString(8)} ${target} ${target === '' ? content : ''}`;
  }
  return found;
}

describe('beside ezmlm-idx', { skip, timeout: 400_000 }, () => {
  test('ezmlm-make makes and changes the same directories', async () => {
    const place = join(root, 'made');
    const [dir, dot] = [join(place, 'dir'), join(place, '.qmail-list')];
    const make = [dir, dot, 'list', 'example.org'];
    const cases = [
      [make],
      [
        ['-aBDgHIJLMNpQRSTu', '-5owner@example.org', ...make],
        ['-+', '-Adsm', dir],
        ['-e', '-t', '-5', 'new@example.org', ...make],
        ['-+', dir, dot, 'other', 'example.net'],
        ['-ee', '-0', 'main@example.net', '-3', 'The List <l@x>', ...make],
      ],
      [['-abdfghijklmnopqrstuwy', '-7', 'posts', '-8', 'subs', '-9', 'remote', ...make, 'digestcode']],
    ];
    for (const steps of cases) {
      const results: Record<string, string>[][] = [];
      for (const side of ['real', 'ours'] as const) {
        await rm(place, { recursive: true, force: true });
        await mkdir(place);
        const seen: Record<string, string>[] = [];
        for (const args of steps) {
          assert.deepEqual(run(side, 'ezmlm-make', args), { status: 0, stdout: '', stderr: '' });
          seen.push(await snapshot(place));
        }
        results.push(seen);
      }
      assert.deepEqual(results[1], results[0]);
      assert.equal(readlinkSync(`${dot}-default`), join(dir, 'manager'));
    }
  });

  test('each finds and removes the subscribers that the other added', async () => {
    const dir = join(root, 'subs');
    assert.equal(
      run('real', 'ezmlm-make', [dir, join(root, '.qmail-subs'), 'subs', 'example.org']).status,
      0,
    );
    const addresses = Array.from({ length: 300 }, (_, i) => `User.${i}+x@Host${i % 7}.Example.org`);
    addresses.push(
      'a b@example.org',
      'J\xc3\xb6rg@example.org',
      '"q"@example.org',
      `${'l'.repeat(380)}@example.org`,
    );
    const known = addresses.map((address) => address.replace(/@.*/, (domain) => domain.toLowerCase())).sort();
    const list = (side: Side): readonly string[] =>
      run(side, 'ezmlm-list', [dir]).stdout.trimEnd().split('\n').sort();
    for (const [writer, reader] of [
      ['ours', 'real'],
      ['real', 'ours'],
    ] as const) {
      assert.equal(run(writer, 'ezmlm-sub', [dir], {}, `# all\n${addresses.join('\n')}\n`).status, 0);
      assert.deepEqual(list(reader), known, `${reader} reads ${writer}`);
      assert.deepEqual(list(writer), known);
      for (const [sender, status] of [
        ['USER.7+X@host0.example.org', 0],
        ['prvs=123456789=user.7+x@host0.example.org', 0],
        ['nobody@example.org', 99],
      ] as const)
        assert.equal(run(reader, 'ezmlm-issubn', [dir], { SENDER: sender }).status, status, sender);
      assert.equal(run(reader, 'ezmlm-list', ['-n', dir]).stdout, `${known.length}\n`);
      const upper = known.map((address) => address.replace(/[a-z]+/g, (letters) => letters.toUpperCase()));
      assert.equal(run(reader, 'ezmlm-unsub', [dir], {}, `${upper.join('\n')}\n`).status, 0);
      assert.equal(
        run(writer, 'ezmlm-list', ['-n', dir]).stdout,
        '0\n',
        `${reader} removes what ${writer} added`,
      );
    }
  });

  test('requests end with the same status, letters and subscribers, and confirmations of one count with the other', async () => {
    const letter = 'From: "Ann" <ann@far.org>\nSubject: hi\n\nPlease.\n';
    const keep = join(root, 'kept');
    const ask = async (side: Side, dir: string, word: string, sender: string) => {
      await rm(keep, { recursive: true, force: true });
      await mkdir(keep);
      const env = { KEEP: keep, SENDER: sender, DEFAULT: word, LOCAL: `talk-${word}`, HOST: 'example.org' };
      const { status } = run(side, 'ezmlm-manage', [dir], env, letter);
      const names = await readdir(keep);
      const envelope = names.includes('0.envelope') ? await readFile(join(keep, '0.envelope'), 'latin1') : '';
      const message = names.includes('0.message') ? await readFile(join(keep, '0.message'), 'latin1') : '';
      return { status, envelope, confirm: /^Reply-To: talk-(\S+)@example\.org$/m.exec(message)?.[1] ?? '' };
    };
    const counts: string[] = [];
    for (const side of ['real', 'ours'] as const) {
      const other = side === 'real' ? 'ours' : 'real';
      const dir = join(root, `talk-${side}`);
      const options = ['-aprlns', dir, join(root, `.qmail-talk-${side}`), 'talk', 'example.org'];
      assert.equal(run('real', 'ezmlm-make', options).status, 0);
      for (const moderator of ['mod@far.org', 'second@far.org'])
        assert.equal(run('real', 'ezmlm-sub', [dir, 'mod', moderator]).status, 0);
      const said: string[] = [];
      const note = async (asked: Side, word: string, sender: string): Promise<string> => {
        const { status, envelope, confirm } = await ask(asked, dir, word, sender);
        said.push(`${word.replace(/\d{6,}\.[a-p]{20}/, 'COOKIE')} ${sender}: ${status} ${envelope}`);
        return confirm;
      };
      for (const [word, sender] of [
        ['help', 'ann@far.org'],
        ['subscribe', ''],
        ['subscribe', '#@[]'],
        ['subscribe', 'nohost'],
        ['digest', 'ann@far.org'],
        ['list', 'ann@far.org'],
        ['list', 'mod@far.org'],
        ['listn-mod=far.org', 'ann@far.org'],
        ['log', 'MOD@far.org'],
        ['log.x', 'ann@far.org'],
        ['query', 'ann@far.org'],
        ['query-bob=far.org', 'mod@far.org'],
        ['faq', 'ann@far.org'],
        ['edit', 'mod@far.org'],
        ['edit.info', 'ann@far.org'],
        ['edit.no.such', 'mod@far.org'],
        ['deny-subscribe', 'ann@far.org'],
        ['tc.1.aaaaaaaaaaaaaaaaaaaa-ann=far.org', 'ann@far.org'],
        ['nonsense', 'bob@far.org'],
      ] as const)
        await note(side, word, sender);
      // One asks, the other understands: subscriber, moderator, and back.
      const asked = await note(side, 'subscribe', 'ann@far.org');
      const moderated = await note(other, asked, 'ann@far.org');
      await note(side, moderated, 'second@far.org');
      const digest = await note(other, 'digest-subscribe-ann=far.org', 'mod@far.org');
      await note(side, digest, 'mod@far.org');
      const leave = await note(other, 'unsubscribe', 'ann@far.org');
      assert.equal(run(side, 'ezmlm-list', [dir]).stdout, 'ann@far.org\n');
      await note(side, leave, 'ann@far.org');
      assert.equal(run(other, 'ezmlm-list', [dir]).stdout, '');
      assert.equal(run(other, 'ezmlm-list', [dir, 'digest']).stdout, 'ann@far.org\n');
      const log = (await readFile(join(dir, 'Log'), 'latin1')).replace(/^\d+|[ ]+$/gm, '');
      counts.push(`${said.join('\n')}\n${log}`);
    }
    assert.equal(counts[1], counts[0]);
  });
});
