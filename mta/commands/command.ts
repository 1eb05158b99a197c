// What every command of mta/commands/ and server/ gets, and how it is called: `facteur NAME ARGS` runs the `run` of
// the file NAME.ts, and so does a link named NAME in a bin/ directory. A command file exports `usage` (shown by
// --help) and `run`; its answer is the exit status. It touches no other stream, directory or variable than these.
import type { Home } from '../home.ts';

/** The surroundings of a command. */
export interface CommandContext {
  readonly home: Home;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** A command file. */
export interface Command {
  readonly usage: string;
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
