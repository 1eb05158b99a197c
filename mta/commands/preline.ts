// preline: runs a program on a message with the lines in front that mbox readers expect (qmail preline(1); spec/qmail.md
// 12.3): $UFLINE, $RPLINE, $DTLINE, each of which can be left out. Exit status is the program's.
import { feedProgram } from './child.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage, reportFatal } from './fatal.ts';
import { parseOptions } from './getopt.ts';
import { readMessage, requireVariable } from './outgoing.ts';

export const usage = `preline: usage: preline cmd [ arg ... ]

Runs cmd with the From_ line, Return-Path and Delivered-To in front of the message on standard input.
  -f -r -d   without the From_ line, Return-Path, Delivered-To (-F -R -D: with it, the default)
`;

/** In their order in front of the message. */
const lines = [
  ['f', 'UFLINE'],
  ['r', 'RPLINE'],
  ['d', 'DTLINE'],
] as const;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('preline', context, async () => {
    const { options, rest, complaint } = parseOptions(args, 'frdFRD');
    if (complaint !== undefined || rest.length === 0) return refuseUsage(usage, context, complaint);
    const isOn = (letter: string): boolean =>
      options.findLast((option) => option.letter.toLowerCase() === letter)?.letter !== letter;
    const prefix = lines
      .filter(([letter]) => isOn(letter))
      .map(([, variable]) => requireVariable(variable, context))
      .join('');
    return feedProgram(rest, withPrefix(prefix, context.stdin), context);
  });
}

async function* withPrefix(prefix: string, stdin: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  if (prefix !== '') yield Buffer.from(prefix, 'utf8');
  yield* readMessage(stdin);
}
