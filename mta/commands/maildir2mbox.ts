// maildir2mbox: moves the messages of a Maildir into an mbox file (qmail maildir2mbox(1); spec/qmail.md 12.3), oldest first.
// Unlike qmail's it appends in place: a rename would lose what a delivery is just writing to the old file. The mbox is
// locked both ways, by flock as qmail-local does and by MAIL.lock as mail programs do. Messages leave the Maildir only
// when the mbox is on disk; when something fails before, the mbox is cut back to what it was.
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../accounts/durable.ts';
import { makeFromLine } from '../local/environment.ts';
import { createMboxQuoter } from '../local/mbox-quoting.ts';
import { errorCode } from '../maildir/calls.ts';
import { lockFile, QueueLockError } from '../queue/lock.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: maildir2mbox

Moves the messages of the Maildir $MAILDIR to the end of the mbox file $MAIL. $MAILTMP, which qmail needs, is not used.
`;

const LOCK_MS = 30_000;

interface Letter {
  readonly path: string;
  /** Seconds since 1970. */
  readonly time: number;
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('maildir2mbox', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const { MAIL, MAILDIR } = context.env;
    if (!MAIL) throw new Fatal(111, 'MAIL not set');
    if (!MAILDIR) throw new Fatal(111, 'MAILDIR not set');
    const letters = await listLetters(MAILDIR);
    if (letters.length === 0) return 0;
    const mbox = await openMbox(MAIL);
    try {
      await withLocks(MAIL, () => appendLetters(mbox, MAIL, letters));
    } finally {
      await mbox.close();
    }
    for (const { path } of letters)
      await unlink(path).catch((error: unknown) => {
        // It is in the mbox too, and will be there twice after the next run.
        context.stderr.write(`maildir2mbox: warning: unable to remove ${path}: ${errorCode(error)}\n`);
      });
    return 0;
  });
}

async function listLetters(maildir: string): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  for (const directory of ['new', 'cur']) {
    const names = await readdir(join(maildir, directory)).catch((error: unknown) => {
      throw systemFatal(`unable to scan ${join(maildir, directory)}`, error);
    });
    for (const name of names) {
      if (name.startsWith('.')) continue;
      const path = join(maildir, directory, name);
      const stats = await stat(path).catch(() => undefined); // somebody else moved it
      if (stats?.isFile()) letters.push({ path, time: Math.floor(stats.mtimeMs / 1000) });
    }
  }
  return letters.sort((a, b) => a.time - b.time || (a.path < b.path ? -1 : 1));
}

async function openMbox(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  } catch (error) {
    throw systemFatal(`unable to open ${path}`, error);
  }
}

async function withLocks(path: string, work: () => Promise<void>): Promise<void> {
  const dotLock = `${path}.lock`;
  try {
    await (await open(dotLock, 'wx', 0o600)).close();
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new Fatal(111, `${path} is locked: ${dotLock} exists; try again later`);
    throw systemFatal(`unable to create ${dotLock}`, error);
  }
  try {
    const lock = await lockFile(path, LOCK_MS);
    try {
      await work();
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (error instanceof QueueLockError) throw new Fatal(111, `unable to lock: ${error.message}`);
    throw error;
  } finally {
    await unlink(dotLock).catch(() => undefined); // a mail program may have broken it
  }
}

async function appendLetters(mbox: FileHandle, path: string, letters: readonly Letter[]): Promise<void> {
  const { size } = await mbox.stat();
  try {
    await mbox.writeFile(await separatorAfter(mbox, size));
    for (const letter of letters) await appendLetter(mbox, letter);
    await mbox.sync();
    if (size === 0) await syncDirectory(dirname(resolve(path)));
  } catch (error) {
    await mbox.truncate(size);
    if (error instanceof Fatal) throw error;
    throw systemFatal(`unable to write ${path}`, error);
  }
}

/** A message begins after an empty line; what somebody left unfinished gets one. */
async function separatorAfter(mbox: FileHandle, size: number): Promise<string> {
  if (size === 0) return '';
  const { buffer, bytesRead } = await mbox.read(Buffer.alloc(2), 0, 2, Math.max(0, size - 2));
  const end = buffer.toString('latin1', 0, bytesRead);
  return end === '\n\n' ? '' : end.endsWith('\n') ? '\n' : '\n\n';
}

async function appendLetter(mbox: FileHandle, letter: Letter): Promise<void> {
  const source = await open(letter.path, 'r').catch((error: unknown) => {
    throw systemFatal(`unable to read ${letter.path}`, error);
  });
  try {
    const quoter = createMboxQuoter();
    let isFirst = true;
    for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      if (isFirst) await mbox.writeFile(fromLineOf(chunk, letter.time));
      isFirst = false;
      await mbox.writeFile(quoter.push(chunk));
    }
    if (isFirst) await mbox.writeFile(fromLineOf(Buffer.alloc(0), letter.time));
    await mbox.writeFile(quoter.end());
  } finally {
    await source.close();
  }
}

/** The sender of a Return-Path in the first line; qmail: `XXX` when there is none. */
function fromLineOf(start: Buffer, time: number): Buffer {
  const line = start.toString('latin1', 0, 1024).split('\n')[0]!;
  const found = /^return-path:[ \t]*<?(.*?)>?[ \t\r]*$/i.exec(line)?.[1];
  return Buffer.from(makeFromLine(found ?? 'XXX', time), 'latin1');
}
