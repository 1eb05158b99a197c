// DIR/Log and DIR/SET/Log: who came and went, one line a change, `TIME EVENT ADDRESS COMMENT` (ezmlm-idx 7 lib/log). The
// event begins with + or -; `-log` and `ezmlm-list` readers search these. Appended, and not worth losing a change for: a
// Log that cannot be written is passed over, as ezmlm does it. Bytes that are no printable ASCII are `?`.
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../accounts/durable.ts';
import { changeOwner, closeFile, openFile, writeBytes } from '../maildir/calls.ts';

export interface LogEntry {
  /** `+`, `-`, `+manual`, `-mod`, `-probe` ... */
  readonly event: string;
  readonly address: string;
  readonly comment?: string | undefined;
}

/** One line, with its line feed. `seconds` since 1970. Pure. */
export function formatLogLine({ event, address, comment = '' }: LogEntry, seconds: number): string {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const plain = bytes(address).replace(/[^\x21-\x7e]/g, '?');
  const said = bytes(comment)
    .replaceAll('\t', ' ')
    .replace(/[^\x20-\x7e]/g, '?');
  return `${Math.floor(seconds)} ${event} ${plain}${said === '' ? '' : ` ${said}`}\n`;
}

/** Appends lines to the Log in this directory. Never rejects. */
export async function appendToLog(
  directory: string,
  entries: readonly LogEntry[],
  owner?: Owner | undefined,
): Promise<void> {
  if (entries.length === 0) return;
  const now = Date.now() / 1000;
  const text = entries.map((entry) => formatLogLine(entry, now)).join('');
  try {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
    const descriptor = await openFile(join(directory, 'Log'), flags | constants.O_NOFOLLOW, 0o600);
    try {
      if (owner !== undefined && process.geteuid?.() === 0)
        await changeOwner(descriptor, owner.uid, owner.gid);
      await writeBytes(descriptor, Buffer.from(text, 'latin1'));
    } finally {
      await closeFile(descriptor);
    }
  } catch {
    // lib/log.c: the subscription counts, not its line.
  }
}
