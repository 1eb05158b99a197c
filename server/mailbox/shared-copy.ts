// COPY from the mailbox of one account into that of another, or into a folder that takes not all flags: messages are
// read from one and stored in the other as APPEND stores them, all or none (RFC 9051 6.4.7), and count for the owner of
// the folder that they come into. Date and flags go along; one that is gone meanwhile is left out.

import { flagLetters } from './names.ts';
import { permitMessages } from './shared-rights.ts';
import {
  type AppendedMessage,
  type CopyResult,
  type FolderSnapshot,
  MailboxRefusal,
  type UidMailbox,
} from './uid-types.ts';

interface Source {
  readonly uids: UidMailbox;
  readonly folder: string;
}

/** @param target its `rights` say which flags are kept */
export async function copyAcross(
  source: Source,
  uids: readonly number[],
  target: Source & { readonly rights: string },
): Promise<CopyResult> {
  const [snapshot, status] = [
    await source.uids.open(source.folder, true),
    await target.uids.status(target.folder),
  ];
  if (!snapshot || !status) throw new MailboxRefusal('no such folder', 'There is no folder of this name.');
  const taken: number[] = [];
  const messages = readMessages(
    source,
    snapshot,
    [...uids].sort((one, other) => one - other),
    taken,
  );
  const first = await messages.next();
  if (first.done) return { uidValidity: status.uidValidity, pairs: [] };
  const stored = await target.uids.append(
    target.folder,
    permitMessages(startingWith(first.value, messages), target.rights),
  );
  return {
    uidValidity: stored.uidValidity,
    pairs: taken.map((uid, at) => [uid, stored.uids[at]!] as const),
  };
}

/** The messages one after the other, each open until the next is asked for; `taken` gets the UIDs of those that came. */
async function* readMessages(
  { uids: mailbox, folder }: Source,
  snapshot: FolderSnapshot,
  uids: readonly number[],
  taken: number[],
): AsyncGenerator<AppendedMessage, undefined> {
  const places = new Map(Array.from(snapshot.uids, (uid, at) => [uid, at] as const));
  const facts = await mailbox.facts(folder, uids, ['received']);
  const received = new Map(facts.map((fact) => [fact.uid, fact.received] as const));
  for (const uid of uids) {
    const at = places.get(uid);
    const opened = at === undefined ? undefined : await mailbox.openMessage(folder, uid);
    if (at === undefined || opened === undefined) continue;
    taken.push(uid);
    try {
      yield {
        message: opened.handle.createReadStream({ autoClose: false }),
        flags: flagLetters(snapshot.flags[at]!),
        keywords: snapshot.keywordSets[snapshot.keywords[at]!] ?? [],
        received: received.get(uid),
      };
    } finally {
      await opened.handle.close();
    }
  }
  return undefined;
}

/** Ends the messages also when nobody takes them all: the one that is open is closed. */
async function* startingWith(
  first: AppendedMessage,
  rest: AsyncGenerator<AppendedMessage, undefined>,
): AsyncGenerator<AppendedMessage> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
