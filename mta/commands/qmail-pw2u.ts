// qmail-pw2u: turns passwd(5) on standard input into users/assign on standard output (qmail-pw2u(8); spec/qmail.md 12.2),
// so that qmail-newu can compile it. Nothing is printed when it fails: half an assignment would lose mail.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeAssignFromPasswd,
  type PasswdAssignFiles,
  type PasswdLine,
  UnknownUserError,
} from '../accounts/passwd-assign.ts';
import { isMissing } from '../control/cached-file.ts';
import { readLines } from '../control/reading.ts';
import type { CommandContext } from './command.ts';
import { Fatal, refuseUsage, reportFatal, systemFatal } from './fatal.ts';
import { parseOptions } from './getopt.ts';
import { readMessage } from './outgoing.ts';

export const usage = `qmail-pw2u: usage: qmail-pw2u [ -/ohHuUC ] [ -c char ]

Turns passwd lines on standard input into users/assign on standard output.
  -o   skip users whose home is missing (the default); -h: stop at the first; -H: do not look at homes
  -u   allow upper case in user names; -U: skip such users (the default)
  -c char   break character between name and extension (the default is -); -C: no extensions
  -/   extensions in .qmail/ext, not .qmail-ext
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-pw2u', context, async () => {
    const { options, rest, complaint } = parseOptions(args, '/ohHuUCc:');
    if (complaint !== undefined) {
      context.stderr.write(`qmail-pw2u: ${complaint}\n`);
      return 100;
    }
    if (rest.length > 0) return refuseUsage(usage, context);
    const last = (letters: string) => options.findLast(({ letter }) => letters.includes(letter));
    const brk = last('Cc');
    const chunks: Buffer[] = [];
    for await (const chunk of readMessage(context.stdin)) chunks.push(chunk);
    const homes = last('ohH')?.letter ?? 'o';
    try {
      const text = await makeAssignFromPasswd(
        Buffer.concat(chunks).toString('latin1'),
        await readFiles(join(context.home.qmail, 'users')),
        {
          breakCharacter: brk === undefined ? '-' : brk.value.slice(0, 1),
          slashDash: last('/') !== undefined,
          allowUpperCase: last('uU')?.letter === 'u',
        },
        (user) => ownsHome(user, homes),
      );
      context.stdout.write(Buffer.from(text, 'latin1'));
      return 0;
    } catch (error) {
      if (error instanceof UnknownUserError) throw new Fatal(111, error.message);
      throw error;
    }
  });
}

async function ownsHome({ uid, home }: PasswdLine, strategy: string): Promise<boolean> {
  if (strategy === 'H') return true;
  try {
    return (await stat(Buffer.from(home, 'latin1'))).uid === Number(uid);
  } catch (error) {
    if (!isMissing(error) || strategy === 'h') throw systemFatal(`unable to stat ${home}`, error);
    return false;
  }
}

async function readFiles(users: string): Promise<PasswdAssignFiles> {
  const text = async (name: string): Promise<string | undefined> => {
    try {
      return await readFile(join(users, name), 'latin1');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw systemFatal(`unable to read users/${name}`, error);
    }
  };
  const lines = async (name: string): Promise<readonly string[] | undefined> =>
    readLines({ path: join(users, name), text: await text(name), me: undefined });
  return {
    include: await lines('include'),
    exclude: await lines('exclude'),
    mailnames: await lines('mailnames'),
    subusers: await lines('subusers'),
    append: await text('append'),
  };
}
