// All commands by name.
import type { AnyCommand } from './command.ts';
import { anyStateCommands } from './commands/any-state.ts';
import { fetchCommands } from './commands/fetch.ts';
import { listCommands } from './commands/list.ts';
import { loginCommands } from './commands/login.ts';
import { selectCommands } from './commands/select.ts';

export const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [...anyStateCommands, ...loginCommands, ...selectCommands, ...listCommands, ...fetchCommands].map(
    (command) => [command.name, command],
  ),
);
