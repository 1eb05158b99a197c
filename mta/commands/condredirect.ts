// condredirect: sends a message elsewhere when a program says so (qmail condredirect(1); spec/qmail.md 12.3). Exit 99
// makes qmail-local skip the rest of the .qmail file; exit 0 lets it go on. The sender stays $SENDER.
import { askProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { requireVariable, rereadMessage, sendMessage } from './outgoing.ts';

export const usage = `condredirect: usage: condredirect newaddress program [ arg ... ]

Runs the program on the message. Exit 0: the message goes to newaddress and nowhere else. Exit 111: try again later.
Any other: the delivery goes on.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('condredirect', context, async () => {
    const [address, ...words] = args;
    if (address === undefined || words.length === 0) return refuseUsage(usage, context);
    const sender = requireVariable('SENDER', context);
    const prefix = requireVariable('DTLINE', context);
    if (!(await askProgram('condredirect', words, context))) return 0;
    const content = rereadMessage();
    const number = await sendMessage({ prefix, content, sender, recipients: [address] }, context);
    context.stderr.write(`condredirect: ${number}\n`);
    return 99;
  });
}
