// ezmlm-sub: adds addresses to a set of a mailing list (ezmlm-sub(1)).
import type { CommandContext } from './command.ts';
import { changeSet } from './list-members.ts';

export const usage = `ezmlm-sub: usage: ezmlm-sub [-HnN] [-h hash] [-t tag] dir [set] [box@domain [name]] ...

Adds addresses to the subscribers of the list in dir, or to its set: digest, mod, allow, deny. Without addresses they are
read from standard input, one a line. With -n each is followed by a name for the Log.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  changeSet('ezmlm-sub', usage, true, args, context);
