// A site for tests of what injects: control files, an empty queue, the queue role running with agents that only note what
// they were to deliver.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../mta/control/settings.ts';
import type { DeliveryRequest } from '../../mta/delivery.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { success } from '../../mta/outcome.ts';
import { startQueue } from '../../mta/queue/role.ts';
import { sendSettingNames } from '../../mta/send/settings.ts';
import { makeQueueTree, withTemporaryDirectory } from './queue.ts';

/** One message as it was queued. */
export interface QueuedCopy {
  readonly sender: string;
  /** Sorted: deliveries keep no order. */
  readonly recipients: readonly string[];
  /** Without the queue's own Received line. */
  readonly message: string;
  /** That line. */
  readonly received: string;
  /** What the sender asked about notifications, of each recipient, without what was not said. */
  readonly wishes: readonly (DeliveryRequest['dsn'] | undefined)[];
}

export interface InjectSite {
  readonly home: string;
  /** The next message that has `count` recipients delivered. Messages are queued one after the other in these tests. */
  takeMessage(count: number): Promise<QueuedCopy>;
  /** Deliveries that nobody took. */
  readonly left: number;
}

/** Writes control files. */
export async function writeControl(qmail: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(qmail, 'control'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(qmail, 'control', name), text);
}

/** Runs a site with me.test as its name, host.test as default host and `use` on it. */
export function withInjectSite(use: (site: InjectSite) => Promise<void>): Promise<void> {
  return withTemporaryDirectory(async (home) => {
    const qmail = join(home, 'qmail');
    await writeControl(qmail, {
      me: 'me.test\n',
      defaultdomain: 'default.test\n',
      defaulthost: 'host\n',
      plusdomain: 'plus.test\n',
    });
    await makeQueueTree(qmail);
    await mkdir(join(home, 'run'));
    const requests: { request: DeliveryRequest; message: Buffer }[] = [];
    let wake = (): void => undefined;
    const agent = {
      deliver: async (request: DeliveryRequest) => {
        requests.push({ request, message: request.message ?? (await readFile(request.path)) });
        wake();
        return success('noted');
      },
    };
    const settings = await readSettings(qmail, sendSettingNames);
    const directorySync = createDirectorySync();
    const role = await startQueue({
      directory: join(qmail, 'queue'),
      socket: join(home, 'run', 'inject'),
      directorySync,
      agents: () => ({ local: agent, remote: agent }),
      settings: () => settings,
      log: () => undefined,
    });
    try {
      await use({
        home,
        takeMessage: async (count) => {
          while (requests.length < count)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          const taken = requests.splice(0, count);
          const first = taken[0]!;
          const text = first.message.toString('utf8');
          const end = text.indexOf('\n') + 1;
          return {
            sender: first.request.sender,
            recipients: taken.map(({ request }) => request.recipient).sort(),
            received: text.slice(0, end),
            wishes: taken.map(({ request: { dsn } }) => dsn && JSON.parse(JSON.stringify(dsn))),
            message: text.slice(end),
          };
        },
        get left() {
          return requests.length;
        },
      });
    } finally {
      await role.close();
      await directorySync.close();
    }
  });
}
