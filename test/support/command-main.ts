// Runs one command of mta/commands/table.ts as a process of its own, as server/main.ts does: node command-main.ts NAME ARGS.
import { join } from 'node:path';
import { ezmlmCommands } from '../../mta/commands/ezmlm-table.ts';
import { qmailCommands } from '../../mta/commands/table.ts';
import { vpopmailCommands } from '../../mta/commands/vpopmail-table.ts';
import { resolveHome } from '../../mta/home.ts';
import { programRoot } from '../../mta/root.ts';

const [name = '', ...args] = process.argv.slice(2);
process.umask(0o077);
const command = await { ...vpopmailCommands, ...qmailCommands, ...ezmlmCommands }[name]!.load();
process.exitCode = await command.run(args, {
  home: resolveHome({}, process.env, join(programRoot(), 'var')),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
