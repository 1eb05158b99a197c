// What RFC 4314 4 lets through of flags: \Seen by `s`, \Deleted by `t`, all others by `w`. A command that may set some of
// its flags sets these; one that may set none is refused.

import type { AppendedMessage, FlagChange, StoreResult, UidMailbox } from './uid-types.ts';
import { MailboxRefusal } from './uid-types.ts';

/** Letters of a Maildir that stand for flags of clients. */
const letters = 'DFPRST';

const rightFor = (letter: string): string => (letter === 'S' ? 's' : letter === 'T' ? 't' : 'w');

/** Of these letters those that may be changed. */
const permitLetters = (flags: string, rights: string): string =>
  [...flags].filter((letter) => rights.includes(rightFor(letter))).join('');

const permitKeywords = (keywords: readonly string[], rights: string): readonly string[] =>
  rights.includes('w') ? keywords : [];

/** STORE with what the rights allow of it. @throws MailboxRefusal('no right') when that is nothing */
export async function permitStore(
  place: { readonly uids: UidMailbox; readonly folder: string; readonly rights: string },
  uids: readonly number[],
  change: FlagChange,
  unchangedSince: number | undefined,
): Promise<StoreResult> {
  const { folder, rights } = place;
  if (['s', 't', 'w'].every((right) => rights.includes(right)))
    return place.uids.store(folder, uids, change, unchangedSince);
  const flags = permitLetters(change.flags, rights);
  const keywords = permitKeywords(change.keywords, rights);
  const asked = change.flags.length + change.keywords.length;
  const isNothing = flags === '' && keywords.length === 0 && (asked > 0 || change.mode === 'replace');
  if (change.mode !== 'replace') {
    if (isNothing) throw new MailboxRefusal('no right', '');
    return place.uids.store(folder, uids, { mode: change.mode, flags, keywords }, unchangedSince);
  }
  const changeable = permitLetters(letters, rights);
  if (changeable === '') throw new MailboxRefusal('no right', '');
  // Flags that may not be changed stay: what is asked for is added, the rest of what may be changed is taken away.
  const added = await place.uids.store(folder, uids, { mode: 'add', flags, keywords }, unchangedSince);
  const rest = [...changeable].filter((letter) => !flags.includes(letter)).join('');
  const others = rights.includes('w') ? await otherKeywords(place.uids, folder, keywords) : [];
  const left = uids.filter((uid) => !added.modified.includes(uid));
  const removed = await place.uids.store(folder, left, { mode: 'remove', flags: rest, keywords: others });
  return { ...removed, modified: added.modified };
}

/** Keywords of the folder besides these. */
async function otherKeywords(
  uids: UidMailbox,
  folder: string,
  kept: readonly string[],
): Promise<readonly string[]> {
  const names = new Set(kept.map((name) => name.toLowerCase()));
  const known = (await uids.open(folder, true))?.knownKeywords ?? [];
  return known.filter((name) => !names.has(name.toLowerCase()));
}

/** Messages for a folder with the flags that the rights allow there: RFC 4314 4, APPEND and COPY leave out the others. */
export function permitMessages<Messages extends readonly AppendedMessage[] | AsyncIterable<AppendedMessage>>(
  messages: Messages,
  rights: string,
): Messages | AsyncIterable<AppendedMessage> {
  if (['s', 't', 'w'].every((right) => rights.includes(right))) return messages;
  return eachPermitted(messages, rights);
}

async function* eachPermitted(
  messages: readonly AppendedMessage[] | AsyncIterable<AppendedMessage>,
  rights: string,
): AsyncGenerator<AppendedMessage> {
  for await (const message of messages)
    yield {
      ...message,
      flags: permitLetters(message.flags, rights),
      keywords: permitKeywords(message.keywords, rights),
    };
}
