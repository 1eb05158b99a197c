// splogger: sends the lines on standard input to syslog (qmail splogger(8); spec/qmail.md 12.3), each with its time in
// front; `alert:` and `warning:` lines with that priority. Syslog is reached by logger(1), one process for all lines,
// which takes a priority with each. Where there is no /dev/log the same lines go to standard output, and it says so.
import { stat } from 'node:fs/promises';
import { type Child, startChild } from './child.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal } from './fatal.ts';
import { readMessage } from './outgoing.ts';

export const usage = `usage: splogger [ tag [ facility ] ]

Sends each line on standard input to syslog under tag (splogger), facility a number (2, mail). Without a syslog on this
machine the lines go to standard output, with PRIORITY in angle brackets and the tag in front.
`;

const MAIL = 2;
/** splogger: longer lines are folded; what continues a line has a + in place of the blank. */
const FOLD = 800;
const priorities = { alert: 1, warning: 4, info: 6 } as const;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('splogger', context, async () => {
    const [tag = 'splogger', facility = String(MAIL)] = args;
    if (args.length > 2 || !/^[0-9]{1,2}$/.test(facility) || Number(facility) > 23) {
      context.stderr.write(usage);
      return 100;
    }
    const sink = await openSink(tag, context);
    const folder = createSplogger(Number(facility));
    for await (const chunk of readMessage(context.stdin))
      for (const line of folder.push(chunk, Date.now() / 1000)) await sink.write(line);
    for (const line of folder.end(Date.now() / 1000)) await sink.write(line);
    await sink.end();
    return 0;
  });
}

/** Makes `<PRIORITY>SECONDS.MICROS text` lines from bytes; `seconds` since 1970. */
export function createSplogger(facility: number) {
  let held = '';
  let stamp = '';
  let isContinued = false;
  let priority: number = priorities.info;

  const emit = (text: string, seconds: number): string => {
    if (!isContinued) {
      stamp = seconds.toFixed(6);
      const kind = text.startsWith('alert:') ? 'alert' : text.startsWith('warning:') ? 'warning' : 'info';
      priority = priorities[kind];
    }
    const line = `<${facility * 8 + priority}>${stamp}${isContinued ? '+' : ' '}${text}`;
    isContinued = true;
    return line;
  };
  const push = (chunk: Buffer, seconds: number): string[] => {
    const lines: string[] = [];
    for (const byte of chunk) {
      if (byte === 10) {
        lines.push(...end(seconds));
        continue;
      }
      if (held.length >= FOLD) {
        lines.push(emit(held, seconds));
        held = '';
      }
      held += byte < 32 || byte > 126 ? '?' : String.fromCharCode(byte);
    }
    return lines;
  };
  /** The line ends here; empty ones are not logged. */
  const end = (seconds: number): string[] => {
    const lines = held === '' ? [] : [emit(held, seconds)];
    held = '';
    isContinued = false;
    return lines;
  };
  return { push, end };
}

interface LineSink {
  write(line: string): Promise<void>;
  end(): Promise<void>;
}

async function openSink(tag: string, context: CommandContext): Promise<LineSink> {
  const log = await stat('/dev/log').catch(() => undefined);
  if (log?.isSocket()) {
    const words = ['logger', '--prio-prefix', '--tag', tag];
    const child = startChild(words, { env: { ...context.env }, stdio: ['pipe', 'inherit', 'inherit'] });
    return loggerSink(child);
  }
  context.stderr.write('splogger: there is no /dev/log; lines go to standard output\n');
  return {
    write: (line) => writeLine(context.stdout, line.replace('>', `>${tag}: `)),
    end: () => Promise.resolve(),
  };
}

function loggerSink({ process: child, ended }: Child): LineSink {
  const stdin = child?.stdin;
  let isOpen = stdin !== undefined && stdin !== null;
  stdin?.on('error', () => {
    isOpen = false;
  });
  const end = async (): Promise<void> => {
    stdin?.end();
    const result = await ended;
    if (result.kind === 'not run') throw new Fatal(111, `unable to run logger: ${result.reason}`);
    if (result.kind === 'crashed' || result.status !== 0) throw new Fatal(111, 'logger has failed');
  };
  return {
    write: async (line) => {
      if (!isOpen) return end();
      await Promise.race([writeLine(stdin!, line), ended]);
    },
    end,
  };
}

async function writeLine(stream: NodeJS.WritableStream, line: string): Promise<void> {
  if (!stream.write(`${line}\n`)) await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
}
