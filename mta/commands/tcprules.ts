// tcprules: compiles access rules for tcpserver from standard input (tcprules(1); spec/qmail.md 4.5). The cdb is written
// under the second name, synced, and renamed: readers see the old rules or the new ones. On a bad line nothing changes.
import { compileTcpRules, TcpRulesError } from '../control/tcp-rules.ts';
import { quoted } from '../log.ts';
import type { CommandContext } from './command.ts';
import { replaceCompiled } from './compiled-file.ts';
import { Fatal, reportFatal } from './fatal.ts';
import { readMessage } from './outgoing.ts';

export const usage = `tcprules: usage: tcprules rules.cdb rules.tmp

Compiles the rules on standard input into rules.cdb. rules.tmp is a name in the same file system, overwritten.
One rule a line: ADDRESS:allow or ADDRESS:deny, then any number of ,VARIABLE="value".
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('tcprules', context, async () => {
    const [cdb, temporary] = args;
    if (cdb === undefined || temporary === undefined || args.length > 2) {
      context.stderr.write(usage);
      return 100;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of readMessage(context.stdin)) chunks.push(chunk);
    const bytes = compile(Buffer.concat(chunks).toString('latin1'));
    await replaceCompiled(cdb, temporary, bytes);
    return 0;
  });
}

function compile(text: string): Buffer {
  try {
    return compileTcpRules(text);
  } catch (error) {
    if (!(error instanceof TcpRulesError)) throw error;
    throw new Fatal(100, `unable to parse this line: ${quoted(error.text)} (line ${error.line})`);
  }
}
