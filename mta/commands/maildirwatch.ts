// maildirwatch: shows in a window of a VT100 what has come into a Maildir and was not looked at yet (spec/qmail.md 12.3), again
// every 30 seconds, until it is ended. It opens messages of new/ to read, changes nothing, and prints printable ASCII only:
// what strangers wrote must not move the cursor.
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeaderReader } from '../inject/header/header-reader.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: maildirwatch

Shows sender, recipient and subject of the new messages of the Maildir $MAILDIR, the newest last, every 30 seconds.
`;

const CLEAR = '\x1b[H\x1b[J';
/** Two lines each, in 24 lines. */
const MOST_SHOWN = 11;
const COLUMNS = 79;
const HEADER_BYTES = 64 * 1024;
const PAUSE_MS = 30_000;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('maildirwatch', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const { MAILDIR } = context.env;
    if (!MAILDIR) throw new Fatal(111, 'MAILDIR not set');
    for (;;) {
      context.stdout.write(CLEAR + (await describeNew(MAILDIR)));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  });
}

/** What one look shows. @throws Fatal 111 when there is no such Maildir */
export async function describeNew(maildir: string): Promise<string> {
  const directory = join(maildir, 'new');
  const names = await readdir(directory).catch((error: unknown) => {
    throw systemFatal(`unable to scan ${directory}`, error);
  });
  // The name of a message begins with its time.
  const letters = names.filter((name) => !name.startsWith('.'));
  letters.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
  const shown = await Promise.all(
    letters.slice(-MOST_SHOWN).map((name) => describeLetter(join(directory, name))),
  );
  const left = letters.length - MOST_SHOWN;
  return `${left > 0 ? `${left} more\n` : ''}${shown.join('')}`;
}

async function describeLetter(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  // Another program has taken it.
  if (file === undefined) return '';
  const reader = new HeaderReader();
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    reader.push(buffer.subarray(0, bytesRead));
  } catch {
    return ''; // no file at all
  } finally {
    await file.close();
  }
  const readField = (name: string): string => {
    const field = reader.fields.find((line) => new RegExp(`^${name}[ \t]*:`, 'i').test(line)) ?? '';
    return field
      .slice(field.indexOf(':') + 1)
      .replace(/\s+/g, ' ')
      .trim();
  };
  const line = (text: string): string => `${text.replace(/[^\x20-\x7e]/g, '_').slice(0, COLUMNS)}\n`;
  const sender = readField('return-path').replace(/^<|>$/g, '');
  return line(`FROM ${sender} TO ${readField('delivered-to')}`) + line(`    ${readField('subject')}`);
}
