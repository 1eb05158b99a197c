// Follows a folder through UIDs as a session would, and notes what must never be: a message that vanished though nobody
// removed it, a UID that comes twice, a number that goes down. Run as a process of its own it answers in JSON when its
// standard input ends: `node uid-follower.ts STATE MAILDIR FOLDER`.
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailbox } from '../../server/mailbox/types.ts';
import { createTextSummariser } from './maildir.ts';

export interface Followed {
  readonly uids: readonly number[];
  readonly rounds: number;
  readonly changes: number;
  readonly faults: readonly string[];
}

/** Asks for changes, and now and then for all, until `isOver`; then once more. */
export async function followFolder(
  mailbox: Mailbox,
  folder: string,
  isOver: () => boolean,
): Promise<Followed> {
  const faults: string[] = [];
  const opened = (await mailbox.uids.open(folder, false))!;
  const known = new Set(opened.uids);
  let { highestModseq, uidNext } = opened;
  let changes = 0;
  let rounds = 0;
  for (let isLast = false; !isLast; rounds++) {
    isLast = isOver();
    const told = (await mailbox.uids.changesSince(folder, highestModseq, false))!;
    if (told.highestModseq < highestModseq) faults.push(`MODSEQ fell to ${told.highestModseq}`);
    if (told.isCut) faults.push('the log was cut');
    if (told.vanished.length > 0) faults.push(`vanished ${told.vanished.join(' ')}`);
    for (const { uid, modseq } of told.changed) {
      if (modseq <= highestModseq) faults.push(`${uid} told twice`);
      if (!known.has(uid) && uid < uidNext) faults.push(`${uid} came below UIDNEXT ${uidNext}`);
      known.add(uid);
      changes += 1;
    }
    if (told.messages !== known.size) faults.push(`${told.messages} messages, ${known.size} UIDs known`);
    ({ highestModseq, uidNext } = told);
    if (rounds % 10 > 0 && !isLast) continue;
    const snapshot = (await mailbox.uids.open(folder, false))!;
    const now = new Set(snapshot.uids);
    for (const uid of known) if (!now.has(uid)) faults.push(`${uid} is missing`);
    if (now.size !== snapshot.uids.length) faults.push('a UID is there twice');
    for (const uid of now) known.add(uid);
    ({ highestModseq, uidNext } = snapshot);
  }
  return { uids: [...known].sort((a, b) => a - b), rounds, changes, faults };
}

if (import.meta.main) {
  const [state = '', maildir = '', folder = ''] = process.argv.slice(2);
  let isOver = false;
  process.stdin.on('end', () => {
    isOver = true;
  });
  process.stdin.resume();
  const mailboxes = createMailboxes({
    state,
    reader: createTextSummariser(),
    log: (line) => process.stderr.write(`${line}\n`),
    hostname: 'test.example',
    workers: 1,
  });
  const mailbox = await mailboxes.open({ address: 'user@example.net', maildir });
  process.stdout.write('ready\n');
  const followed = await followFolder(mailbox, folder, () => isOver);
  await mailboxes.close();
  process.stdout.write(`${JSON.stringify(followed)}\n`);
}
