// qmail-lspawn is a part of qmail-start and is run by nobody else: the name is here so that who calls it hears what to call.
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-start [ defaultdelivery [ logger arg ... ] ]

qmail-lspawn starts local deliveries inside qmail-start (and facteur serve); it is no program of its own.
`;

export async function run(_args: readonly string[], { stderr }: CommandContext): Promise<number> {
  stderr.write('qmail-lspawn: fatal: it is a part of qmail-start, and of facteur serve: run one of these\n');
  return 111;
}
