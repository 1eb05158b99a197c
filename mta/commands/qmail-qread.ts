// qmail-qread: lists the queue, exactly in qmail's form (spec/qmail.md 12.1), so that scripts over it keep working.
// Messages that are still in todo are not shown, as in qmail.
import { formatQmailDate } from '../formats/date.ts';
import { decodeChannel, decodeInfo } from '../queue/envelope.ts';
import { namesIn, readSmallFile, statFile } from '../queue/files.ts';
import { isQueueName, type QueueLayout } from '../queue/layout.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { asFatal, openQueue } from './open-queue.ts';

export const usage = `usage: qmail-qread

Lists the messages of the queue that are preprocessed: date, number, size, sender, then each recipient; done ones marked.
`;

/** Bytes outside 32..126 print as _, each byte of a letter its own; NULs end records. */
const printable = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte) => (byte !== 0 && (byte < 32 || byte > 126) ? 0x5f : byte)));

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
  if (!message && (await statFile(infoPath))) throw new Error('file does not exist');
  if (!info || !infoStats || !message) return ''; // delivered while we looked
  let out = `${formatDate(Math.floor(infoStats.mtime))}  #${id}  ${message.size}  <${decodeInfo(printable(info))}> ${
    bounce ? ' bouncing' : ''
  }\n`;
  for (const channel of ['local', 'remote'] as const) {
    const bytes = await readSmallFile(layout.path(channel, id));
    for (const { address, done } of bytes ? decodeChannel(printable(bytes)) : [])
      out += `${done ? '  done' : ''}\t${channel}\t${address}\n`;
  }
  return out;
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-qread', context, async () => {
    if (args.length > 0) return refuseUsage(usage, context);
    const layout = await openQueue(context);
    for (const directory of layout.directoriesOf('info')) {
      const names = await namesIn(directory).catch((error: unknown) => {
        throw asFatal(error);
      });
      for (const id of names.filter(isQueueName)) {
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
  });
}
