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
import { listFolderDirectories } from '../mailbox/folders.ts';
import { flagsOf, splitName, timeOfName } from '../mailbox/names.ts';
import type { ImportSource, Incoming, IncomingFolder } from './import.ts';
import { hashOf } from './import-journal.ts';

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
      const directories = ['', ...(await listFolderDirectories(path)).sort()];
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
    folders: async () => [{ name: 'INBOX', count: undefined, messages: () => readMbox(path) }],
    close: async () => {},
  };
}

const fromLine = /^From \S.*\d{4}/;

/** Messages of an mbox one after the other; identical ones are told apart by how often they came. */
async function* readMbox(path: string): AsyncGenerator<Incoming> {
  let lines: Buffer[] = [];
  let size = 0;
  let from = '';
  let isEmptyBefore = true;
  const seen = new Map<string, number>();
  const finish = (): Incoming | undefined => {
    if (from === '' && size === 0) return undefined;
    // The empty line that ends a message in an mbox is no part of it.
    if (lines.at(-1)?.length === 1) lines.pop();
    const raw = Buffer.concat(lines);
    lines = [];
    size = 0;
    const hash = hashOf(raw);
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return { id: `${hash}.${times}`, ...readStatus(raw, from) };
  };
  for await (const line of linesOf(path)) {
    const text = line.length < 1000 ? line.toString('latin1') : '';
    if (isEmptyBefore && fromLine.test(text)) {
      const message = finish();
      if (message) yield message;
      from = text;
    } else if (from === '') {
      if (text.trim() !== '') throw new Fatal(100, `${path} is no mbox: it does not begin with a From line`);
    } else {
      // mboxrd: one > goes before >*From.
      lines.push(/^>+From /.test(text) ? line.subarray(1) : line);
      size += line.length;
      if (size > largest) throw new Fatal(100, `${path} holds a message over ${largest} bytes`);
    }
    isEmptyBefore = text === '\n' || text === '\r\n';
  }
  const last = finish();
  if (last) yield last;
}

async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>) {
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
      yield data.subarray(0, at + 1);
      data = data.subarray(at + 1);
    }
    rest = data;
    if (rest.length > largest) throw new Fatal(100, `${path} holds a line over ${largest} bytes`);
  }
  if (rest.length > 0) yield rest;
}

/** Flags as mail programs keep them in an mbox; those fields are not kept. */
function readStatus(raw: Buffer, from: string): Omit<Incoming, 'id'> {
  const end = raw.indexOf('\n\n');
  const head = raw.toString('latin1', 0, end < 0 ? raw.length : end + 1);
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*([^\\r\\n]{0,1000})`, 'im').exec(head)?.[1] ?? '';
  const [status, more] = [field('Status'), field('X-Status')];
  const flags = [
    status.includes('R') ? 'S' : '',
    more.includes('A') ? 'R' : '',
    more.includes('F') ? 'F' : '',
    more.includes('D') ? 'T' : '',
    more.includes('T') ? 'D' : '',
  ].join('');
  const kept = head.replace(
    /^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|Content-Length):[^\n]*\n(?:[ \t][^\n]*\n)*/gim,
    '',
  );
  const date = from.replace(/^From \S+\s+/, '').trim();
  // mbox(5): UTC, where no zone is written.
  const time = Date.parse(/[+-]\d{4}|[A-Z]{3,4}\s*(?:\d{4})?$/.test(date) ? date : `${date} UTC`);
  return {
    message: Buffer.concat([Buffer.from(kept, 'latin1'), end < 0 ? Buffer.alloc(0) : raw.subarray(end + 1)]),
    flags,
    keywords: field('X-Keywords')
      .split(/\s+/)
      .filter((word) => word !== ''),
    received: Number.isNaN(time) ? undefined : time,
  };
}
