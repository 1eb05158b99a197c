// ezmlm-make: makes a mailing list, or changes one (ezmlm-make(1); mta/lists/make.ts does the work).
import { dirname, resolve } from 'node:path';
import { type MakeRequest, makeList } from '../lists/make.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage } from './fatal.ts';
import { parseOptions } from './getopt.ts';
import { reportListErrors } from './list-command.ts';
import { asOwnerOf, findListSite } from './list-programs.ts';

export const usage = `ezmlm-make: usage: ezmlm-make [-+] [-a..zA..Z] [-C file] [-0356789 word] dir dot local host [code]

Makes the list local@host in the directory dir, with the links dot (/home/joe/.qmail-list), dot-owner, dot-default and so on.
A small letter sets an option, its capital does not; -a and -p are set when nothing is said.
  -a archive           -b archive for moderators    -d digest             -f subject prefix
  -g archive for subscribers                        -h subscribe without confirmation
  -i thread index      -j unsubscribe without confirmation                -l moderators list
  -m moderated posts   -n moderators edit texts     -o only moderators post
  -p public            -r remote administration     -s moderated subscriptions
  -t trailer           -u only subscribers post     -w no warnings        -x remove MIME parts
  -y authors confirm
  -0 main list  -3 From field  -5 owner  -6 database  -7 -8 -9 moderators of posts, of subscriptions, remote
  -e changes the list in dir; -+ the same, and what is not said stays. Twice: also files that owners change.
  -c describe the list by .ezmlmrc beside dot; -C by another file or directory
`;

const optionSpec = '+aAbBcC:dDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ0:3:4:5:6:7:8:9:';

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportListErrors('ezmlm-make', context, async () => {
    const { options, rest, complaint } = parseOptions(args, optionSpec);
    const [directory, dot, local, host, digestCode, ...more] = rest;
    if (complaint !== undefined) return refuseUsage(usage, context, complaint);
    if (options.some(({ letter }) => letter === 'v' || letter === 'V')) {
      context.stderr.write('ezmlm-make version: of Facteur, as ezmlm-idx 7.2\n');
      return 0;
    }
    if (directory === undefined || more.length > 0) return refuseUsage(usage, context);
    const count = (letter: string): number => options.filter((one) => one.letter === letter).length;
    const letters = new Map<string, boolean>();
    for (const { letter } of options)
      if (/[a-z]/i.test(letter) && letter !== 'C')
        letters.set(letter.toLowerCase(), letter === letter.toLowerCase());
    const wanted: MakeRequest = {
      directory,
      dot,
      local,
      host,
      digestCode,
      letters,
      words: new Map(
        options.filter(({ letter }) => /[0-9]/.test(letter)).map(({ letter, value }) => [letter, value]),
      ),
      edits: letters.get('e') === true || count('+') > 0,
      keepsOptions: count('+') > 0,
      forces: count('+') > 1 || count('e') > 1,
      usesDotTemplate: letters.get('c') === true,
      template: options.findLast(({ letter }) => letter === 'C')?.value,
      ...(await findListSite(context)),
    };
    // A new list belongs to whose .qmail files lead to it.
    const place = dot === undefined ? directory : dirname(resolve(dot));
    await asOwnerOf(place, () => makeList(wanted));
    return 0;
  });
}
