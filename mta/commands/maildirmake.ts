// maildirmake: makes a Maildir (qmail maildirmake(1); spec/qmail.md 12.3). Silent; what is already there is an error.
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { makeMaildir } from '../maildir/create.ts';
import type { CommandContext } from './command.ts';
import { Fatal, refuseUsage, reportFatal, systemFatal } from './fatal.ts';

export const usage = `maildirmake: usage: maildirmake name

Makes the directory name with cur, new and tmp in it, for its owner alone.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('maildirmake', context, async () => {
    const [name] = args;
    if (name === undefined || name === '' || args.length > 1) return refuseUsage(usage, context);
    if (await isThere(name)) throw new Fatal(111, `unable to mkdir ${name}: file already exists`);
    try {
      await makeMaildir(resolve(name));
    } catch (error) {
      throw systemFatal(`unable to mkdir ${name}`, error);
    }
    return 0;
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw systemFatal(`unable to look at ${path}`, error);
  }
}
