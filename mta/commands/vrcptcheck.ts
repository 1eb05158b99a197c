// vrcptcheck: does this address exist? `user@domain` on descriptor 3; exit 0 yes, 1 no, 111 not to be told now
// (spec/vpopmail.md 3.4), for an SMTP server that asks before it accepts. Decided by what delivery would do, so lists,
// extensions, wildcards and catch-alls exist, which vpopmail's own program denies.
import { openAccounts } from '../accounts/accounts.ts';
import { safe } from '../log.ts';
import type { CommandContext } from './command.ts';
import { readDescriptor } from './descriptor.ts';

export const usage = `vrcptcheck: reads user@domain on descriptor 3
exit 0: somebody gets mail of this address; 1: nobody does; 111: try again
`;

/** More than any address of SMTP. */
const LONGEST = 2048;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args[0] === '--help') {
    context.stdout.write(usage);
    return 0;
  }
  let address: string;
  try {
    address = (await readDescriptor(3, LONGEST)).toString('utf8').replace(/[\0\r\n].*/s, '');
  } catch {
    context.stderr.write('vrcptcheck: Error while reading file descriptor 3\n');
    return 111;
  }
  const accounts = openAccounts({ home: context.home });
  try {
    return address.includes('@') && (await accounts.recipientExists(address)) ? 0 : 1;
  } catch (error) {
    context.stderr.write(`vrcptcheck: ${safe((error as Error).message)}\n`);
    return 111;
  } finally {
    await accounts.close();
  }
}
