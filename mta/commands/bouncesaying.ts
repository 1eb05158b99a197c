// bouncesaying: bounces a message with a text, always or when a program says so (qmail bouncesaying(1); spec/qmail.md
// 12.3). Exit 100 is the bounce, 0 lets the delivery go on.
import { askProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';

export const usage = `bouncesaying: usage: bouncesaying error [ program [ arg ... ] ]

Bounces the message with this error. With a program: only when it exits 0; exit 111 means try again later.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('bouncesaying', context, async () => {
    const [text, ...words] = args;
    if (text === undefined) return refuseUsage(usage, context);
    if (words.length > 0 && !(await askProgram('bouncesaying', words, context))) return 0;
    context.stderr.write(`${text}\n`);
    return 100;
  });
}
