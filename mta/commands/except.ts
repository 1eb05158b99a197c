// except: turns a program's answer round (qmail except(1); spec/qmail.md 12.3): its yes (exit 0) becomes 100, its no
// becomes 0, its "try again" (111) stays.
import { askProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';

export const usage = `except: usage: except program [ arg ... ]

Runs the program. It exits 0: exit 100. It exits 111: exit 111. Any other: exit 0.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('except', context, async () => {
    if (args.length === 0) return refuseUsage(usage, context);
    return (await askProgram('except', args, context)) ? 100 : 0;
  });
}
