// qbiff: tells the terminals where the user is logged in that mail has come (qmail qbiff(1); spec/qmail.md 12.3), those
// that were opened to it by `biff y` (chmod u+x). Never a reason for mail to wait: it exits 0 whatever happens.
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { HeaderReader } from '../inject/header/header-reader.ts';
import type { CommandContext } from './command.ts';
import { readMessage } from './outgoing.ts';

export const usage = `usage: qbiff

Writes sender and subject of the message on standard input to the terminals of $USER. $SENDER and $RECIPIENT are set by
qmail-local.
`;

const SUBJECT_LIMIT = 500;

export async function run(_args: readonly string[], context: CommandContext): Promise<number> {
  const { USER, SENDER, RECIPIENT } = context.env;
  if (!USER || SENDER === undefined || RECIPIENT === undefined) return 0;
  try {
    const notice = formatNotice(RECIPIENT, SENDER, await readSubject(context.stdin));
    const utmp = await readFile('/run/utmp').catch(() => Buffer.alloc(0));
    for (const line of terminalsOf(utmp, USER)) await writeToTerminal(`/dev/${line}`, notice);
  } catch (error) {
    context.stderr.write(`qbiff: warning: ${(error as Error).message}\n`);
  }
  return 0;
}

/** What strangers wrote must not move the cursor: everything but printable ASCII becomes `_`. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_');

export function formatNotice(recipient: string, sender: string, subject: string): string {
  const what = subject === '' ? '' : `    ${printable(subject)}\r\n`;
  return `\r\n\x07*** TO <${printable(recipient)}> FROM <${printable(sender)}>\r\n${what}`;
}

async function readSubject(stdin: NodeJS.ReadableStream): Promise<string> {
  const reader = new HeaderReader();
  for await (const chunk of readMessage(stdin)) if (reader.push(chunk)) break;
  const field = reader.fields.find((line) => /^subject[ \t]*:/i.test(line)) ?? '';
  const value = field.slice(field.indexOf(':') + 1);
  return value.replace(/\s+/g, ' ').trim().slice(0, SUBJECT_LIMIT);
}

/** utmp(5) of glibc: records of 384 bytes; 7 is a user process. Lines below /dev of this user, each once. */
export function terminalsOf(utmp: Buffer, user: string): readonly string[] {
  const text = (from: number, length: number): string =>
    utmp.toString('latin1', from, from + length).replace(/\0.*/s, '');
  const lines = new Set<string>();
  for (let at = 0; at + 384 <= utmp.length; at += 384) {
    const line = text(at + 8, 32);
    if (utmp.readInt16LE(at) !== 7 || text(at + 44, 32) !== user) continue;
    if (/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)?$/.test(line)) lines.add(line);
  }
  return [...lines];
}

/** Writes to a terminal of ours whose owner may execute it, which is the sign for it. Anything else is left alone. */
export async function writeToTerminal(path: string, notice: string): Promise<boolean> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const stats = await file.stat();
    const isOpen =
      stats.isCharacterDevice() && stats.uid === process.geteuid?.() && (stats.mode & 0o100) !== 0;
    if (isOpen) await file.write(notice);
    return isOpen;
  } catch {
    return false; // a terminal that takes nothing now
  } finally {
    await file.close();
  }
}
