// control/environment: the variables that a session of smtpd, qmtpd or qmqpd begins with, NAME=value a line, as the run
// script under supervise exported them. Rules in tcp.smtp win over them. A line that is none is told in `warnings`, and so
// is RELAYCLIENT, which belongs to clients.
import { numberedLines } from './bad-list.ts';
import type { ControlFile } from './reading.ts';

export interface SessionVariables {
  readonly variables: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** Reads control/environment. Values may be in quotes, as in a shell; a leading `export ` does not count. */
export function readVariables(file: ControlFile): SessionVariables {
  const variables = new Map<string, string>();
  const warnings: string[] = [];
  for (const [number, line] of numberedLines(file.text ?? '')) {
    const [, name, value = ''] = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    const refuse = (why: string) =>
      warnings.push(`${file.path} line ${number}: ${JSON.stringify(line)} does not count: ${why}`);
    if (name === undefined || value.includes('\0')) refuse('expected NAME=value');
    // Under tcpserver it would have been set for everybody too: an open relay that nobody can have meant.
    else if (name === 'RELAYCLIENT') refuse('it would let everybody relay; put it into a rule of tcp.smtp');
    else variables.set(name, /^(["'])(.*)\1$/.exec(value)?.[2] ?? value);
  }
  return { variables, warnings };
}
