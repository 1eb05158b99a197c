// forward: sends the message on standard input on to other addresses (qmail forward(1); spec/qmail.md 12.3). For lines
// of .qmail files: the sender is $NEWSENDER, and $DTLINE goes in front, which lets the queue see a loop.
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { readMessage, requireVariable, sendMessage } from './outgoing.ts';

export const usage = `forward: usage: forward address ...

Forwards the message on standard input. $NEWSENDER and $DTLINE are set by qmail-local.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('forward', context, async () => {
    const sender = requireVariable('NEWSENDER', context);
    const prefix = requireVariable('DTLINE', context);
    // qmail's forward takes the message then and gives it to nobody.
    if (args.length === 0) return refuseUsage(usage, context);
    const content = readMessage(context.stdin);
    const number = await sendMessage({ prefix, content, sender, recipients: args }, context);
    context.stderr.write(`forward: ${number}\n`);
    return 0;
  });
}
