// Sources of an import that are files: a Maildir++ with its folders, flags and keywords, as any server left it, and an
// mbox (mboxo, mboxrd). Read only.
import { constants, createReadStream } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fatal, systemFatal } from '../../mta/commands/fatal.ts';
import { errorCode, readNames } from '../../mta/maildir/calls.ts';
import { decodeFolderName } from '../../mta/maildir/folder-name.ts';
import { keywordsOfLetters } from '../../mta/maildir/keyword-files.ts';
import { loadCourierKeywords, readDovecotKeywords } from '../../mta/maildir/keywords.ts';
import { createNameSource } from '../../mta/maildir/name.ts';
import { pooledCalls } from '../mailbox/file-calls.ts';
import { listFolderDirectories } from '../mailbox/folders.ts';
import { flagsOf, splitName, timeOfName } from '../mailbox/names.ts';
import { MboxFault, readMbox } from '../transfer/mbox.ts';
import type { ImportSource, Incoming, IncomingFolder } from './import.ts';

/** A message that is larger is no mail. */
const largest = 512 * 1_048_576;

export async function openMaildirSource(given: string): Promise<ImportSource> {
  const path = resolve(given);
  const faults: string[] = [];
  try {
    if (!(await lstat(join(path, 'cur'))).isDirectory()) throw new Error();
  } catch (error) {
    throw systemFatal(`${path} is no Maildir`, error);
  }
  return {
    name: `maildir:${path}`,
    faults,
    async folders() {
      const directories = [
        '',
        ...(await listFolderDirectories({ maildir: path, files: pooledCalls })).sort(),
      ];
      return Promise.all(directories.map((directory) => readFolder(path, directory, faults)));
    },
    close: async () => {},
  };
}

async function readFolder(path: string, directory: string, faults: string[]): Promise<IncomingFolder> {
  const folder = directory === '' ? path : join(path, directory);
  const files: string[] = [];
  for (const half of ['new', 'cur']) {
    const names = await readNames(join(folder, half)).catch((error: unknown) => {
      faults.push(`${folder}/${half}: ${errorCode(error)}`);
      return [];
    });
    for (const name of names)
      if (!name.startsWith('.') && !name.startsWith(':')) files.push(`${half}/${name}`);
  }
  const order = (file: string): number => timeOfName(file.slice(4));
  files.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  return {
    name: directory === '' ? 'INBOX' : decodeFolderName(directory).normalize('NFC'),
    count: files.length,
    async *messages(isDone) {
      const letters = await readDovecotKeywords({ directory: folder, owner: undefined });
      const names = createNameSource('import');
      const courier = await loadCourierKeywords({ directory: folder, owner: undefined, names }).catch(
        () => undefined,
      );
      for (const file of files) {
        const { base, info } = splitName(file.slice(4));
        const id = `${directory}/${base}`;
        if (isDone(id)) continue;
        const found = await readMessage(join(folder, file)).catch(
          (error: unknown) => errorCode(error) || 'error',
        );
        if (typeof found === 'string') {
          faults.push(`${folder}/${file}: ${found}`);
          continue;
        }
        const flags = flagsOf(info);
        const keywords = [...new Set([...keywordsOfLetters(flags, letters), ...(courier?.get(base) ?? [])])];
        yield {
          id,
          message: found.content,
          flags: flags.replace(/[^DFPRST]/g, ''),
          keywords,
          received: found.time,
        };
      }
    },
  };
}

async function readMessage(path: string): Promise<{ readonly content: Buffer; readonly time: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw Object.assign(new Error('no regular file'), { code: 'no regular file' });
    if (stats.size > largest) throw Object.assign(new Error('too large'), { code: 'too large' });
    return { content: await file.readFile(), time: Math.floor(stats.mtimeMs) };
  } finally {
    await file.close();
  }
}

export async function openMboxSource(given: string): Promise<ImportSource> {
  const path = resolve(given);
  const stats = await lstat(path).catch((error: unknown) => {
    throw systemFatal(`unable to read ${path}`, error);
  });
  if (!stats.isFile()) throw new Fatal(100, `${path} is no regular file`);
  return {
    name: `mbox:${path}`,
    faults: [],
    folders: async () => [{ name: 'INBOX', count: undefined, messages: () => messagesOf(path) }],
    close: async () => {},
  };
}

/** Messages of an mbox; what is wrong with the file ends the command. */
async function* messagesOf(path: string): AsyncGenerator<Incoming> {
  try {
    yield* readMbox(createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>, largest);
  } catch (error) {
    if (error instanceof MboxFault) throw new Fatal(100, `${path} ${error.message}`);
    throw error;
  }
}
