// A domain of a hundred thousand accounts in a server: nothing that is asked or changed of them holds up its event loop for
// more than 50 ms, and a change needs no memory of the size of the files. What counts is the processor time of one turn, at
// best of several: others use the machine too.
import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as giveTurn } from 'node:timers/promises';
import { createAccount, removeAccount } from '../../mta/accounts/account-changes.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import { compileVpasswdInTurns } from '../../mta/accounts/vpasswd-lines.ts';

const COUNT = 100_000;
const MOST_MS = 50;
const hash = `$6$saltsalt$${'a'.repeat(86)}`;
const store = openCdbStore();
let root: string;
let domain: Domain;
let size = 0;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-turns-'));
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const directory = join(root, 'domains', 'large.example');
  domain = { name: 'large.example', realName: 'large.example', directory, ...owner };
  await mkdir(directory, { recursive: true });
  const lines = Array.from({ length: COUNT }, (_, at) => {
    const name = `user${String(at).padStart(6, '0')}`;
    return `${name}:${hash}:1:0:User ${at}:${directory}/0/${name}:NOQUOTA\n`;
  });
  const text = Buffer.from(lines.join(''));
  const cdb = await compileVpasswdInTurns(text);
  await writeFile(join(directory, 'vpasswd'), text);
  await writeFile(join(directory, 'vpasswd.cdb'), cdb);
  size = text.length + cdb.length;
});
after(() => rm(root, { recursive: true, force: true }));

/** Processor time of this thread, or where Node cannot tell of the process (ms). */
function usedTime(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}

/** Does something several times until the event loop was not held up. Gives the longest turn at best (ms). */
async function holdUp(work: (round: number) => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8 && best >= MOST_MS; round++) {
    let longest = 0;
    let isOver = false;
    const watching = (async () => {
      for (let last = usedTime(); !isOver; ) {
        await giveTurn();
        const now = usedTime();
        longest = Math.max(longest, now - last);
        last = now;
      }
    })();
    await work(round);
    isOver = true;
    await watching;
    best = Math.min(best, longest);
  }
  return best;
}

const add = (name: string): Promise<unknown> =>
  createAccount(store, domain, join(root, 'vpopmail'), { name, passwordHash: hash });

/** As after a change by another program: nothing that was known holds. */
const touch = (): Promise<void> => utimes(join(domain.directory, 'vpasswd'), new Date(), new Date());

const operations: Readonly<Record<string, (round: number) => Promise<unknown>>> = {
  'the first page of accounts': async () => {
    await touch();
    await store.list(domain, { limit: 50 });
  },
  'a page in the middle': () => store.list(domain, { after: 'user050000', limit: 50 }),
  'a search for one': () => store.list(domain, { search: 'user 99999', limit: 50 }),
  'a search that fits all': () => store.list(domain, { search: 'user', limit: 50 }),
  'all accounts, one after the other': async () => {
    let seen = 0;
    for await (const { name } of store.each(domain)) if (name.startsWith('user')) seen++;
    assert.equal(seen, COUNT);
  },
  'an account more, and one less': async (round) => {
    await add(`more${round}`);
    await removeAccount(store, domain, `more${round}`);
  },
  'an account more after a change by hand': async (round) => {
    await appendFile(join(domain.directory, 'vpasswd'), `zz${round}:${hash}:1:0:By hand:/d/zz:NOQUOTA\n`);
    await add(`hand${round}`);
  },
  'a change of all': async (round) => {
    await store.changeAll(domain, (old) => ({ ...old, flags: round + 1 }));
  },
};

for (const [what, work] of Object.entries(operations))
  test(`${what} of a hundred thousand: the event loop goes on`, async () => {
    const longest = await holdUp(work);
    assert.ok(longest < MOST_MS, `held up for ${longest.toFixed(0)} ms at best`);
  });

test('an account more needs a tenth of the memory that its files would take', async () => {
  // Warm, and the cdb is that of the text again.
  await add('warm');
  const held = (): number => process.memoryUsage().arrayBuffers;
  const start = held();
  let most = start;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, held());
      await giveTurn();
    }
  })();
  await add('measured');
  isOver = true;
  await watching;
  assert.ok(most - start < size / 10, `${most - start} bytes more for files of ${size}`);
  const text = await readFile(join(domain.directory, 'vpasswd'));
  assert.ok(
    (await readFile(join(domain.directory, 'vpasswd.cdb'))).equals(await compileVpasswdInTurns(text)),
  );
});
