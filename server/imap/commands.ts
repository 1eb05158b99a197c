// All commands by name.
import type { AnyCommand } from './command.ts';
import { aclCommands } from './commands/acl.ts';
import { anyStateCommands } from './commands/any-state.ts';
import { appendCommands } from './commands/append.ts';
import { compressCommands } from './commands/compress.ts';
import { copyCommands } from './commands/copy.ts';
import { fetchCommands } from './commands/fetch.ts';
import { folderCommands } from './commands/folders.ts';
import { listCommands } from './commands/list.ts';
import { loginCommands } from './commands/login.ts';
import { metadataCommands } from './commands/metadata.ts';
import { multiSearchCommands } from './commands/multi-search.ts';
import { notifyCommands } from './commands/notify.ts';
import { quotaCommands } from './commands/quota.ts';
import { searchCommands } from './commands/search.ts';
import { selectCommands } from './commands/select.ts';

export const commands: ReadonlyMap<string, AnyCommand> = new Map(
  [
    anyStateCommands,
    loginCommands,
    selectCommands,
    folderCommands,
    listCommands,
    fetchCommands,
    searchCommands,
    multiSearchCommands,
    copyCommands,
    appendCommands,
    quotaCommands,
    aclCommands,
    metadataCommands,
    notifyCommands,
    compressCommands,
  ].flatMap((group) => group.map((command) => [command.name, command] as const)),
);
