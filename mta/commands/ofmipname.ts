// ofmipname: compiles a table of names and addresses from standard input into a cdb for ofmipd (ofmipname(8),
// spec/qmail.md 11). Lines are `key:name:address:`; the cdb has for each key the name, NUL and the address. The old cdb
// stays until the new one is durable.
import { makeCdb } from '../formats/cdb.ts';
import type { CommandContext } from './command.ts';
import { replaceCompiled } from './compiled-file.ts';
import { reportFatal } from './fatal.ts';
import { readMessage } from './outgoing.ts';

export const usage = `ofmipname: usage: ofmipname cdb tmp

Reads lines KEY:NAME:ADDRESS: from standard input and writes them to TMP, which then becomes CDB.
`;

const COLON = 0x3a;
const HASH = 0x23;

/** One line without its line feed; undefined: a comment, or no such line. */
export function parseNameLine(line: Buffer): readonly [Buffer, Buffer] | undefined {
  if (line[0] === HASH) return undefined;
  const first = line.indexOf(COLON);
  const second = line.indexOf(COLON, first + 1);
  const third = line.indexOf(COLON, second + 1);
  if (first < 0 || second <= first || third <= second) return undefined;
  const name = line.subarray(first + 1, second);
  return [
    line.subarray(0, first),
    Buffer.concat([name, Buffer.from('\0'), line.subarray(second + 1, third)]),
  ];
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('ofmipname', context, async () => {
    const [cdb, temporary] = args;
    if (cdb === undefined || temporary === undefined || args.length > 2) {
      context.stderr.write(usage);
      return 100;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of readMessage(context.stdin)) chunks.push(chunk);
    const records = splitLines(Buffer.concat(chunks)).map(parseNameLine);
    await replaceCompiled(cdb, temporary, makeCdb(records.filter((record) => record !== undefined)));
    return 0;
  });
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    lines.push(bytes.subarray(from, end < 0 ? bytes.length : end));
    from = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}
