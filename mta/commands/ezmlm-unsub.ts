// ezmlm-unsub: removes addresses from a set of a mailing list (ezmlm-unsub(1)).
import type { CommandContext } from './command.ts';
import { changeSet } from './list-members.ts';

export const usage = `ezmlm-unsub: usage: ezmlm-unsub [-HnN] [-h hash] [-t tag] dir [set] [box@domain [name]] ...

Removes addresses from the subscribers of the list in dir, or from its set: digest, mod, allow, deny. Without addresses
they are read from standard input, one a line. With -n each is followed by a name for the Log.
`;

export const run = (args: readonly string[], context: CommandContext): Promise<number> =>
  changeSet('ezmlm-unsub', usage, false, args, context);
