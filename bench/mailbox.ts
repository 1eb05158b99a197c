// Figures of the mailbox index: first page and whole scan of a folder never seen, list pages warm, searches, flags.
// `node bench/mailbox.ts [messages]`, 10,000 unless told. The summariser is the small one of the tests, so the time
// is that of the index and not of the message parser.

import { rename } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createMailboxes } from '../server/mailbox/mailboxes.ts';
import { noSortFacts } from '../server/mailbox/uid-types.ts';
import {
  createFixture,
  createTextSummariser,
  defaultMessage,
  fillFolder,
  summariseText,
} from '../test/support/maildir.ts';

const emptyWire = {
  size: 0,
  envelope: '()',
  body: '()',
  bodyStructure: '()',
  parts: '',
  sort: noSortFacts,
  header: '',
};
const count = Number(process.argv[2] ?? 10_000);
const fixture = await createFixture();
const print = (what: string, value: string): void => {
  process.stdout.write(`${what.padEnd(52)} ${value}\n`);
};

async function time<Result>(
  what: string,
  runs: number,
  work: (run: number) => Promise<Result>,
): Promise<Result> {
  const times: number[] = [];
  let result: Result | undefined;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    result = await work(run);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1]!;
  const worst = times.at(-1)!;
  print(
    what,
    runs === 1 ? `${median.toFixed(1)} ms` : `median ${median.toFixed(2)} ms, worst ${worst.toFixed(1)} ms`,
  );
  return result!;
}

try {
  // Two in three answer the one before the last, so that there are conversations of all lengths.
  const bases = await fillFolder(fixture.maildir, count, (index) => {
    const message = defaultMessage(index);
    const refs = index % 3 === 0 ? [] : [`References: <m${index - 2}@example.org>`];
    return {
      ...message,
      headers: [...(message.headers ?? []), `Message-ID: <m${index}@example.org>`, ...refs],
    };
  });
  const summariser = createTextSummariser((bytes) => {
    const text = bytes.toString('utf8');
    const ids = (name: string): string[] => {
      const line = new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
      return [...line.matchAll(/<([^>]+)>/g)].map((match) => match[1]!);
    };
    const sort = { ...noSortFacts, messageId: ids('Message-ID')[0] ?? '', references: ids('References') };
    return { ...summariseText(text), wire: { ...emptyWire, sort } };
  });
  const mailboxes = createMailboxes({
    state: fixture.state,
    reader: summariser,
    log: (line) => print('log', line),
  });
  const mailbox = await mailboxes.open({ address: 'user@example.net', maildir: fixture.maildir });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  print('messages', String(count));
  const building = performance.now();
  const first = await time('first page, never indexed', 1, () =>
    mailbox.list({ folder: 'INBOX', limit: 50 }),
  );
  print('  rows, progress', `${first.rows.length}, ${first.progress ?? 'done'}`);
  let worst = 0;
  for (;;) {
    const start = performance.now();
    const page = await mailbox.list({ folder: 'INBOX', limit: 50 });
    worst = Math.max(worst, performance.now() - start);
    if (page.progress === undefined && page.total === count) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  print('whole index built', `${(performance.now() - building).toFixed(0)} ms`);
  print('  slowest page meanwhile', `${worst.toFixed(0)} ms`);
  const list = (query: object): Promise<{ older: string | undefined; total: number }> =>
    mailbox.list({ folder: 'INBOX', limit: 50, ...query });
  let older = (await list({})).older;
  await time('list page, warm', 200, () => list({}));
  const listConversations = async (query: object): Promise<{ older: string | undefined }> =>
    (await mailbox.listConversations({ folder: 'INBOX', limit: 50, ...query })).page;
  await time('conversations, warm', 200, () => listConversations({}));
  let olderConversation = (await listConversations({})).older;
  await time('conversations by cursor, going on', 100, async () => {
    olderConversation = (await listConversations({ after: olderConversation })).older;
  });
  await time('conversations, unread', 50, () => listConversations({ filter: 'unread' }));
  await time('list page by cursor, going on', 100, async () => {
    const page = await list({ after: older });
    older = page.older;
  });
  await time('last page', 50, () => list({ before: 'end' }));
  for (const sort of ['from', 'subject', 'size'] as const)
    await time(`list page by ${sort}`, 50, () => list({ sort }));
  await time('list page, unread', 50, () => list({ filter: 'unread' }));
  await time('list page, unread by subject', 50, () => list({ filter: 'unread', sort: 'subject' }));
  await time('folders', 50, () => mailbox.folders());
  const search = (text: string, runs = 20): Promise<{ total: number }> =>
    time(
      `search ${text}`,
      runs,
      (
        run, // Another word each time, so that no result is remembered.
      ) => mailbox.list({ search: `${text} -zz${run}`, limit: 50 }),
    );
  for (const text of [
    `${count - 5}`,
    'river',
    'river coffee',
    'riv*',
    '"order train"',
    'from:person3 is:unread',
  ]) {
    await search(text);
  }
  await search('-river', 3);
  const flagged = (await mailbox.list({ folder: 'INBOX', limit: 50 })).rows.map((row) => row.id);
  await time('star and unstar 50 messages', 20, (run) =>
    mailbox.setFlags(flagged, run % 2 ? '' : 'F', run % 2 ? 'F' : ''),
  );
  await time('list page after a change of our own', 20, async (run) => {
    await mailbox.setFlags(flagged.slice(0, 1), run % 2 ? '' : 'F', run % 2 ? 'F' : '');
    const start = performance.now();
    await list({});
    return performance.now() - start;
  });
  await time('list page after a change by another program', 10, async (run) => {
    const path = (await mailbox.find(flagged[0]!))!.path;
    await rename(path, path.replace(/:2,.*$/, run % 2 ? ':2,S' : ':2,RS'));
    await list({});
  });
  await time('all ids of the folder', 3, () =>
    mailbox.idsMatching({ folder: 'INBOX' }, Date.now(), 1_000_000),
  );
  print('event loop of the role, longest delay', `${(delay.max / 1e6).toFixed(0)} ms`);
  print('memory of the process', `${(process.memoryUsage().rss / 1_048_576).toFixed(0)} MiB`);
  print('parsed in all', `${summariser.asked.length} of ${bases.length}`);
  await mailboxes.close();
} finally {
  await fixture.remove();
}
