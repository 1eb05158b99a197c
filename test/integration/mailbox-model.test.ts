// Random histories against a plain model: whatever was delivered, flagged, moved, removed and undone, by us or by
// another program, lists, filters and counters are what counting by hand gives, before and after a rebuild.
import assert from 'node:assert/strict';
import { readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { flagsOf, splitName } from '../../server/mailbox/names.ts';
import type { ActionResult, Mailbox } from '../../server/mailbox/types.ts';
import { listAll, makeFixtureFolder, openFixture, putMessage } from '../support/maildir.ts';

const directories = { INBOX: '', Archive: '.Archive', Work: '.Work' } as const;
type Name = keyof typeof directories;
const folderName = fc.constantFrom<Name>('INBOX', 'Archive', 'Work');
const letters = fc.string({ unit: fc.constantFrom('S', 'F', 'R', 'D'), maxLength: 2 });
const at = fc.nat({ max: 50 });

const step = fc.oneof(
  fc.record({
    kind: fc.constant('deliver' as const),
    folder: folderName,
    isNew: fc.boolean(),
    flags: letters,
    attach: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('flags' as const),
    at,
    count: fc.integer({ min: 1, max: 4 }),
    add: letters,
    remove: letters,
  }),
  fc.record({
    kind: fc.constant('move' as const),
    at,
    count: fc.integer({ min: 1, max: 4 }),
    to: folderName,
  }),
  fc.record({ kind: fc.constant('remove' as const), at }),
  fc.record({ kind: fc.constant('undo' as const) }),
  fc.record({ kind: fc.constant('foreign rename' as const), at, flags: letters }),
  fc.record({ kind: fc.constant('foreign move' as const), at, to: folderName }),
  fc.record({ kind: fc.constant('foreign unlink' as const), at }),
  fc.record({ kind: fc.constant('look' as const), folder: folderName }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Files as they lie on disk: the truth. */
async function readFiles(
  maildir: string,
): Promise<{ folder: Name; half: string; name: string; base: string; flags: string; attach: boolean }[]> {
  const files = [];
  for (const [folder, directory] of Object.entries(directories) as [Name, string][]) {
    for (const half of ['cur', 'new']) {
      for (const name of (await readdir(join(maildir, directory, half))).sort()) {
        const { base, info } = splitName(name);
        // Told by what is in it: a message that meets its own old name on the way gets another.
        const text = await readFile(join(maildir, directory, half, name), 'latin1');
        const attach = /^X-Attachment: 1$/m.test(text);
        files.push({ folder, half, name, base, flags: flagsOf(info), attach });
      }
    }
  }
  return files;
}

async function checkAll(mailbox: Mailbox, maildir: string): Promise<void> {
  const listed = new Map<Name, Awaited<ReturnType<typeof listAll>>>();
  for (const folder of Object.keys(directories) as Name[])
    listed.set(folder, await listAll(mailbox, { folder }, 7));
  const files = await readFiles(maildir);
  const folders = await mailbox.folders();
  for (const [folder, rows] of listed) {
    const here = files.filter((file) => file.folder === folder);
    assert.deepEqual(
      rows.map((row) => `${row.base} ${row.flags}`).sort(),
      here.map((file) => `${file.base} ${file.flags}`).sort(),
      `rows of ${folder}`,
    );
    const counts = folders.find((entry) => entry.name === folder)!;
    assert.equal(counts.total, here.length, `total of ${folder}`);
    assert.equal(
      counts.unread,
      here.filter((file) => !file.flags.includes('S')).length,
      `unread of ${folder}`,
    );
    const filters = {
      unread: here.filter((file) => !file.flags.includes('S')),
      starred: here.filter((file) => file.flags.includes('F')),
      attach: here.filter(({ attach }) => attach),
    };
    for (const [filter, wanted] of Object.entries(filters) as [keyof typeof filters, typeof here][]) {
      const page = await mailbox.list({ folder, filter, limit: 200 });
      assert.equal(page.total, wanted.length, `${filter} of ${folder}`);
      assert.deepEqual(new Set(page.rows.map((row) => row.base)), new Set(wanted.map((file) => file.base)));
    }
  }
  const starred = await mailbox.list({ filter: 'starred', limit: 200 });
  assert.equal(starred.total, files.filter((file) => file.flags.includes('F')).length);
  const found = await mailbox.list({ search: 'from:sender', limit: 200 });
  assert.equal(found.total, files.length);
}

async function takeStep(
  mailbox: Mailbox,
  maildir: string,
  step: Step,
  undos: ActionResult['undo'][],
): Promise<void> {
  const files = await readFiles(maildir);
  const pick = (index: number): (typeof files)[number] | undefined =>
    files[index % Math.max(1, files.length)];
  const pathOf = (file: (typeof files)[number]): string =>
    join(maildir, directories[file.folder], file.half, file.name);
  const idsOf = async (first: number, count: number): Promise<string[]> => {
    const rows = await listAll(mailbox, { folder: 'INBOX' });
    return Array.from(
      { length: Math.min(count, rows.length) },
      (_, i) => rows[(first + i) % rows.length]!.id,
    );
  };
  switch (step.kind) {
    case 'deliver': {
      await putMessage(maildir, {
        folder: directories[step.folder],
        half: step.isNew ? 'new' : 'cur',
        flags: [...new Set(step.flags)].sort().join(''),
        ...(step.attach ? { headers: ['X-Attachment: 1'] } : {}),
      });
      break;
    }
    case 'flags':
      undos.push((await mailbox.setFlags(await idsOf(step.at, step.count), step.add, step.remove)).undo);
      break;
    case 'move':
      undos.push((await mailbox.move(await idsOf(step.at, step.count), step.to, 'INBOX')).undo);
      break;
    case 'remove':
      await mailbox.remove(await idsOf(step.at, 1));
      break;
    case 'undo': {
      const undo = undos.pop();
      if (undo) await mailbox.restore(undo);
      break;
    }
    case 'foreign rename': {
      const file = pick(step.at);
      if (!file) break;
      const flags = [...new Set(step.flags)].sort().join('');
      await rename(pathOf(file), join(maildir, directories[file.folder], 'cur', `${file.base}:2,${flags}`));
      break;
    }
    case 'foreign move': {
      const file = pick(step.at);
      if (file)
        await rename(
          pathOf(file),
          join(maildir, directories[step.to], 'cur', `${file.base}:2,${file.flags}`),
        );
      break;
    }
    case 'foreign unlink': {
      const file = pick(step.at);
      if (file) await unlink(pathOf(file));
      break;
    }
    case 'look':
      await mailbox.list({ folder: step.folder, limit: 5 });
      break;
  }
}

test('lists, filters and counters equal counting by hand after any history', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const opened = await openFixture();
      try {
        await makeFixtureFolder(opened.maildir, '.Archive');
        await makeFixtureFolder(opened.maildir, '.Work');
        const undos: ActionResult['undo'][] = [];
        for (const one of steps) await takeStep(opened.mailbox, opened.maildir, one, undos);
        await checkAll(opened.mailbox, opened.maildir);
        const { mailbox } = await opened.restart({ index: steps.length % 2 === 0 });
        await checkAll(mailbox, opened.maildir);
      } finally {
        await opened.close();
      }
    }),
    {
      numRuns: Number(process.env.FACTEUR_TEST_RUNS ?? 15),
      interruptAfterTimeLimit: 110_000,
      markInterruptAsFailure: false,
    },
  );
});
