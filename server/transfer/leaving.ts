// The messages of a folder on their way out of a mailbox, in the order of their UIDs, each with what an archive keeps of
// it. The mailbox is only read. Used by the command `mailbox export` and by the webmail.
import { flagLetters } from '../mailbox/names.ts';
import type { Mailbox } from '../mailbox/types.ts';
import type { FolderSnapshot } from '../mailbox/uid-types.ts';

/** One message on its way out. */
export interface Leaving {
  readonly folder: string;
  readonly uid: number;
  readonly flags: string;
  readonly keywords: readonly string[];
  /** Milliseconds since 1970. */
  readonly received: number;
  readonly emailId: string;
  /** Undefined: it is gone. */
  read(): Promise<Buffer | undefined>;
}

const asked = 500;

/** Messages of a folder; none when there is no such folder. */
export async function* leavingMessages(mailbox: Mailbox, folder: string): AsyncGenerator<Leaving> {
  const snapshot = await mailbox.uids.open(folder, true);
  if (!snapshot) return;
  for (let from = 0; from < snapshot.uids.length; from += asked)
    yield* await describe(mailbox, snapshot, from);
}

async function describe(
  mailbox: Mailbox,
  snapshot: FolderSnapshot,
  from: number,
): Promise<readonly Leaving[]> {
  const { folder } = snapshot;
  const uids = [...snapshot.uids.subarray(from, from + asked)];
  const facts = await mailbox.uids.facts(folder, uids, ['received', 'emailId']);
  return facts.map(({ uid, received, emailId }) => {
    const at = snapshot.uids.indexOf(uid, from);
    return {
      folder,
      uid,
      flags: flagLetters(snapshot.flags[at]!),
      keywords: snapshot.keywordSets[snapshot.keywords[at]!] ?? [],
      received: received ?? 0,
      emailId: emailId ?? '',
      async read() {
        const opened = await mailbox.uids.openMessage(folder, uid);
        if (!opened) return undefined;
        try {
          return await opened.handle.readFile();
        } finally {
          await opened.handle.close();
        }
      },
    };
  });
}

/** Where a message stands in a ZIP archive: a directory a folder. */
export const archiveName = ({ folder, uid }: Pick<Leaving, 'folder' | 'uid'>): string =>
  `${folder.replaceAll('.', '/')}/${String(uid).padStart(8, '0')}.eml`;
