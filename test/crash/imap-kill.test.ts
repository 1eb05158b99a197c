// kill -9 of imapd in the middle of APPEND, COPY and MOVE of many letters, at one counted call on the Maildir or the index
// after the other (security.md 6, I1): afterwards no letter is lost (of a MOVE it is here or there), what was answered is
// there under the UID that APPENDUID and COPYUID told, no UID ever means another letter, and no folder shows half a one.
// FACTEUR_CRASH=long takes every call; without, a few of each command's, from a random one on.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { programRoot } from '../../mta/root.ts';
import { CallShim, noShim } from '../support/call-shim.ts';
import { ImapClient, testPassword, testUser } from '../support/imap.ts';
import { createFixture, type Fixture } from '../support/maildir.ts';

const isLong = process.env.FACTEUR_CRASH === 'long';
const killsOfEach = Number(process.env.FACTEUR_CRASH_ROUNDS ?? 2);
const lettersAtOnce = isLong ? 20 : 12;

type Folder = 'INBOX' | 'Target';
const folders: readonly Folder[] = ['INBOX', 'Target'];
type Verb = 'APPEND' | 'COPY' | 'MOVE';

/** Letter n, with LF; some are longer than one write. */
const textOf = (n: number): string =>
  `Subject: letter ${n}\n\n${`line of letter ${n}\n`.repeat(n % 5 === 0 ? 8000 : 3)}`;

const numberOf = (text: string): number => Number(/^Subject: letter (\d+)$/m.exec(text)?.[1]);

/** Letters by UID, of each folder. */
type Shown = Record<Folder, Map<number, number>>;

class Ordeal {
  readonly #fixture: Fixture;
  readonly #shim: CallShim;
  #child: ChildProcess | undefined;
  #port = 0;
  #last = 0;
  /** What a UID was ever seen or told to be. */
  readonly #meaning: Shown = { INBOX: new Map(), Target: new Map() };
  readonly #validity = new Map<Folder, string>();
  kills = 0;
  readonly calls: string[] = [];

  constructor(fixture: Fixture, shim: CallShim) {
    this.#fixture = fixture;
    this.#shim = shim;
  }

  async #start(): Promise<void> {
    const { root, maildir, state } = this.#fixture;
    const main = join(programRoot(), 'test', 'support', 'imap-process.ts');
    const [program = '', ...args] = [...this.#shim.wrapper, process.execPath, main, root, maildir, state];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    const [text] = (await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('imapd did not start'))),
    ])) as [Buffer];
    this.#port = Number(/^port (\d+)$/m.exec(text.toString())?.[1]);
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async #signIn(): Promise<ImapClient> {
    if (!this.#child) await this.#start();
    const client = await ImapClient.connect(this.#port);
    await client.ok(`LOGIN ${testUser} "${testPassword}"`);
    return client;
  }

  /** One APPEND of so many new letters (RFC 3502). */
  #append(folder: Folder): { readonly command: string; readonly letters: readonly number[] } {
    const letters = Array.from({ length: lettersAtOnce }, () => ++this.#last);
    const literals = letters.map((n) => {
      const text = textOf(n).replaceAll('\n', '\r\n');
      return ` {${text.length}+}\r\n${text}`;
    });
    return { command: `APPEND ${folder}${literals.join('')}`, letters };
  }

  /** Takes note of UIDs that an answer tells of. */
  #note(folder: Folder, uids: string, letters: readonly number[]): void {
    const told = expand(uids);
    assert.equal(told.length, letters.length, uids);
    for (const [at, uid] of told.entries()) this.#mean(folder, uid, letters[at]!);
  }

  #mean(folder: Folder, uid: number, letter: number): void {
    const meaning = this.#meaning[folder];
    assert.equal(meaning.get(uid) ?? letter, letter, `UID ${uid} of ${folder} was another letter`);
    meaning.set(uid, letter);
  }

  /** Does it with the server dead after call n; 0: counts the calls. @returns how many there were */
  async run(verb: Verb, n: number): Promise<number> {
    const client = await this.#signIn();
    const filling = this.#append('INBOX');
    const filled = await client.send(filling.command);
    this.#note('INBOX', /APPENDUID \d+ (\S+)\]/.exec(filled.tagged)![1]!, filling.letters);
    if (!(await client.send('STATUS Target (MESSAGES)')).tagged.startsWith('OK'))
      await client.ok('CREATE Target');
    await client.ok('SELECT INBOX');
    const added = verb === 'APPEND' ? this.#append('Target') : { command: `${verb} 1:* Target`, letters: [] };
    const child = this.#child!;
    const died = once(child, 'exit');
    this.#shim.arm(n === 0 ? 'count' : 'kill', n);
    client.write(`x ${added.command}\r\n`);
    const said: string[] = [];
    try {
      while (said.at(-1)?.startsWith('x ') !== true) said.push(await client.line());
    } catch {
      // The connection ended with the server.
    }
    const count = this.#shim.count;
    const where = this.#shim.call(n);
    if (this.#shim.wasHit) {
      await died;
      this.kills += 1;
      this.#child = undefined;
    }
    this.#shim.disarm();
    client.destroy();
    const told = { INBOX: new Set<number>(), Target: new Set<number>() };
    if (verb !== 'MOVE') for (const letter of filling.letters) told.INBOX.add(letter);
    const isDone = said.at(-1)?.startsWith('x OK') === true;
    if (n === 0) assert.ok(isDone, said.join('\n'));
    for (const line of said) {
      const [, from = '', to = ''] = /\[COPYUID \d+ (\S+) (\S+)\]/.exec(line) ?? [];
      const letters =
        from === '' ? added.letters : expand(from).map((uid) => this.#meaning.INBOX.get(uid) ?? 0);
      const uids = to || /\[APPENDUID \d+ (\S+)\]/.exec(line)?.[1];
      if (uids === undefined) continue;
      this.#note('Target', uids, letters);
      for (const letter of letters) told.Target.add(letter);
    }
    if (isDone) assert.equal(told.Target.size, lettersAtOnce, said.join('\n'));
    try {
      await this.#compare(filling.letters, told);
    } catch (error) {
      throw new Error(`${verb}, killed at call ${n} (${where}): ${(error as Error).message}`);
    }
    return count;
  }

  /** What a client finds, and what lies on disk; then all goes, for the next one. */
  async #compare(letters: readonly number[], told: Record<Folder, ReadonlySet<number>>): Promise<void> {
    const client = await this.#signIn();
    const there = { INBOX: new Set<number>(), Target: new Set<number>() };
    for (const folder of folders) {
      const opened = (await client.ok(`SELECT ${folder}`)).join('\n');
      const validity = /UIDVALIDITY (\d+)/.exec(opened)![1]!;
      assert.equal(validity, this.#validity.get(folder) ?? validity, `UIDVALIDITY of ${folder}`);
      this.#validity.set(folder, validity);
      for (const line of await client.ok('UID FETCH 1:* (BODY.PEEK[])')) {
        const [, uid, text = ''] = /^\* \d+ FETCH \(UID (\d+) BODY\[\] \{\d+\}\r\n(.*)\)$/s.exec(line) ?? [];
        const letter = numberOf(text.replaceAll('\r\n', '\n'));
        assert.equal(text.replaceAll('\r\n', '\n'), textOf(letter), `half a letter in ${folder}`);
        this.#mean(folder, Number(uid), letter);
        there[folder].add(letter);
      }
      const onDisk = new Set<number>();
      for (const part of ['new', 'cur']) {
        const directory = join(this.#fixture.maildir, folder === 'INBOX' ? '' : '.Target', part);
        for (const name of await readdir(directory)) {
          const text = await readFile(join(directory, name), 'latin1');
          assert.equal(text, textOf(numberOf(text)), `half a letter on disk: ${name}`);
          onDisk.add(numberOf(text));
        }
      }
      assert.deepEqual([...there[folder]].sort(), [...onDisk].sort(), `what ${folder} shows and holds`);
      for (const letter of told[folder])
        assert.ok(there[folder].has(letter), `${letter} is not in ${folder}`);
    }
    for (const letter of letters)
      assert.ok(there.INBOX.has(letter) || there.Target.has(letter), `letter ${letter} is lost`);
    for (const folder of folders) {
      await client.ok(`SELECT ${folder}`);
      if (there[folder].size > 0) await client.ok('STORE 1:* +FLAGS.SILENT (\\Deleted)');
      await client.ok('EXPUNGE');
    }
    client.destroy();
  }

  async killAll(verb: Verb): Promise<void> {
    const count = await this.run(verb, 0);
    this.calls.push(`${verb}: ${count}`);
    const step = isLong ? 1 : Math.max(1, Math.ceil(count / killsOfEach));
    for (let n = isLong ? 1 : 1 + Math.floor(Math.random() * step); n <= count; n += step)
      await this.run(verb, n);
  }
}

/** The UIDs of a set. */
function expand(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}

async function killAtCalls(t: TestContext): Promise<void> {
  const fixture = await createFixture();
  const shim = new CallShim(fixture.root, [fixture.maildir, fixture.state]);
  const ordeal = new Ordeal(fixture, shim);
  try {
    for (const verb of ['APPEND', 'COPY', 'MOVE'] as const) await ordeal.killAll(verb);
    t.diagnostic(`${ordeal.kills} kills; calls of ${ordeal.calls.join(', ')}`);
    assert.ok(ordeal.kills >= (isLong ? 100 : killsOfEach), 'the calls were met');
  } finally {
    await ordeal.end();
    shim.close();
    await fixture.remove();
  }
}

test(
  'imapd is killed in the middle of APPEND, COPY and MOVE: nothing is lost or torn, and UIDs that were told hold',
  { skip: noShim(), timeout: isLong ? 3_600_000 : 240_000 },
  killAtCalls,
);
