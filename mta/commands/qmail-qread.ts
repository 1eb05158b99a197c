// qmail-qread: lists the queue, exactly in qmail's form (spec/qmail.md 12.1), so that scripts over it keep working.
// Messages that are still in todo are not shown, as in qmail.
import { join } from 'node:path';
import { formatQmailDate } from '../formats/date.ts';
import { decodeChannel, decodeInfo } from '../queue/envelope.ts';
import { namesIn, readSmallFile, statFile } from '../queue/files.ts';
import { isQueueName, type QueueLayout, QueueLayoutError, readQueueLayout } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-qread

Lists the messages of the queue that are preprocessed: date, number, size, sender, then each recipient; done ones marked.
`;

/** Bytes outside 32..126 print as _. */
function printable(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8'))
    out += byte < 32 || byte > 126 ? '_' : String.fromCharCode(byte);
  return out;
}

/** qmail-qread's date: `22 Nov 2026 08:20:00 GMT`. */
const formatDate = (seconds: number): string => formatQmailDate(seconds).replace('-0000', 'GMT');

async function describe(layout: QueueLayout, id: string): Promise<string> {
  const infoPath = layout.path('info', id);
  const info = await readSmallFile(infoPath);
  const [infoStats, message, bounce] = await Promise.all([
    statFile(infoPath),
    statFile(layout.path('mess', id)),
    statFile(layout.path('bounce', id)),
  ]);
  if (!message && (await statFile(infoPath))) throw new Error(`${layout.path('mess', id)} does not exist`);
  if (!info || !infoStats || !message) return ''; // delivered while we looked
  let out = `${formatDate(Math.floor(infoStats.mtime))}  #${id}  ${message.size}  <${printable(decodeInfo(info))}> ${
    bounce ? ' bouncing' : ''
  }\n`;
  for (const channel of ['local', 'remote'] as const) {
    const bytes = await readSmallFile(layout.path(channel, id));
    for (const { address, done } of bytes ? decodeChannel(bytes) : [])
      out += `${done ? '  done' : ''}\t${channel}\t${printable(address)}\n`;
  }
  return out;
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stderr.write(usage);
    return 100;
  }
  let layout: QueueLayout;
  try {
    layout = await readQueueLayout(join(context.home.qmail, 'queue'));
  } catch (error) {
    if (!(error instanceof QueueLayoutError)) throw error;
    context.stderr.write(`qmail-qread: fatal: ${error.message}\n`);
    return 111;
  }
  for (const directory of layout.directoriesOf('info')) {
    for (const id of (await namesIn(directory)).filter(isQueueName)) {
      try {
        context.stdout.write(await describe(layout, id));
      } catch (error) {
        context.stdout.write(
          `warning: trouble with #${id}: ${error instanceof Error ? error.message : String(error)}\n`,
        );
      }
    }
  }
  return 0;
}
