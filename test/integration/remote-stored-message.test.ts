// The message of a remote delivery as it is read from the queue: a small one is kept in memory for the next recipients, and
// never taken for another that got its number, and so its name, later.
import assert from 'node:assert/strict';
import { rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createMessageReader, type StoredMessage } from '../../mta/remote/message.ts';
import { withTemporaryDirectory } from '../support/queue.ts';

async function textOf(message: StoredMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message.chunks()) chunks.push(chunk);
  await message.close();
  return Buffer.concat(chunks).toString('latin1');
}

/** Until its last change is so old that no other could have the same times. */
async function settled(path: string): Promise<void> {
  while (Date.now() - (await stat(path)).ctimeMs < 100) await pause(10);
}

test('a small message is read from the disk once, and another of its name and size is read anew', async () => {
  await withTemporaryDirectory(async (directory) => {
    const place = { path: join(directory, '17'), size: 6 };
    const reader = createMessageReader();
    await writeFile(place.path, 'first\n');
    assert.equal(await textOf(await reader.open(place)), 'first\n');
    await settled(place.path);
    const kept = await reader.open(place);
    assert.equal(await reader.open(place), kept);
    await writeFile(join(directory, 'other'), 'other\n');
    await rename(join(directory, 'other'), place.path);
    assert.equal(await textOf(await reader.open(place)), 'other\n');
    assert.equal(await textOf(kept), 'first\n');
  });
});

test('a file written over in place is not taken for what it was a moment ago', async () => {
  await withTemporaryDirectory(async (directory) => {
    const place = { path: join(directory, '17'), size: 6 };
    const reader = createMessageReader();
    for (let n = 0; n < 50; n++) {
      const text = `no ${String(n).padStart(2, '0')}\n`;
      await writeFile(place.path, text);
      assert.equal(await textOf(await reader.open(place)), text);
    }
  });
});

for (const [text, size] of [
  ['half', 9],
  ['too long\n', 4],
] as const)
  test(`a message of ${text.length} bytes that should have ${size} is damaged, small or large`, async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, '17');
      const reader = createMessageReader();
      await writeFile(path, text);
      await assert.rejects(reader.open({ path, size }), /expected/);
      const filling = '.'.repeat(300_000);
      await writeFile(path, filling + text);
      const large = await reader.open({ path, size: 300_000 + size });
      await assert.rejects(textOf(large), /expected/);
      await large.close();
    });
  });
