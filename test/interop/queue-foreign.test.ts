// Messages that a foreign qmail-queue puts into a running queue: it links intd/N to todo/N and leaves both, where ours
// renames. All files must go with the message, or the next message with this number cannot be queued (exit 65).
import assert from 'node:assert/strict';
import { link, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings } from '../../mta/control/settings.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { success } from '../../mta/outcome.ts';
import { startQueue } from '../../mta/queue/role.ts';
import { sendSettingNames } from '../../mta/send/settings.ts';
import { writeControl } from '../support/inject.ts';
import { makeQueueTree, queueFiles, withTemporaryDirectory } from '../support/queue.ts';

/** qmail-queue's way in, link by link; then the trigger. */
async function queueAsQmailQueue(queue: string, recipients: readonly string[]): Promise<void> {
  const pid = join(queue, 'pid', `${process.pid}.foreign`);
  const file = await open(pid, 'wx');
  const { ino } = await file.stat();
  const mess = join(queue, 'mess', String(ino % 23), String(ino));
  await rename(pid, mess);
  await file.writeFile(
    'Received: (qmail 1 invoked by uid 1); 22 Nov 2026 00:00:00 -0000\nSubject: foreign\n\n',
  );
  await file.close();
  const intd = join(queue, 'intd', String(ino));
  await writeFile(intd, `u1\0p1\0Fs@far.example\0${recipients.map((one) => `T${one}\0`).join('')}`);
  await link(intd, join(queue, 'todo', String(ino)));
  await writeFile(join(queue, 'lock', 'trigger'), '\0', { flag: 'r+' });
}

for (const recipients of [['one@me.test'], ['one@me.test', 'two@me.test']])
  test(`a foreign message for ${recipients.length} leaves no file behind`, async () => {
    await withTemporaryDirectory(async (home) => {
      const qmail = join(home, 'qmail');
      await writeControl(qmail, { me: 'me.test\n' });
      const queue = await makeQueueTree(qmail);
      const settings = await readSettings(qmail, sendSettingNames);
      const directorySync = createDirectorySync();
      const delivered: string[] = [];
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const agent = {
        deliver: async ({ recipient }: { readonly recipient: string }) => {
          delivered.push(recipient);
          return success('noted');
        },
      };
      const role = await startQueue({
        directory: queue,
        socket: join(home, 'inject'),
        directorySync,
        agents: () => ({ local: agent, remote: agent }),
        settings: () => settings,
        log: (line) => {
          if (line.startsWith('end msg')) end();
        },
      });
      try {
        await queueAsQmailQueue(queue, recipients);
        await ended;
        assert.deepEqual(delivered.sort(), recipients);
        assert.deepEqual(await queueFiles(queue), []);
      } finally {
        await role.close();
        await directorySync.close();
      }
    });
  });
