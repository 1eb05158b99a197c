// install-links: makes a directory of links to bin/facteur, one for every command of mta/commands/, so that old programs
// and scripts find qmail's and vpopmail's names (sendmail, qmail-inject, vadduser ...) in it. A name that is already
// there and is not such a link is never replaced: that may be the qmail which still runs.
import { mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { errorCode } from '../maildir/calls.ts';
import { programRoot } from '../root.ts';
import type { CommandContext } from './command.ts';
import { reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: install-links DIR

Makes links to this program in DIR, one for every command: sendmail, qmail-inject, vadduser ...
What is already there under such a name is kept, and told; then the exit status is 111.
`;

/** Names of sendmail that are no files of their own. */
const otherNames = ['facteur', 'mailq'];

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('install-links', context, async () => {
    const [directory] = args;
    // What looks like an option or could not be typed is a mistake, and no directory.
    if (directory === undefined || args.length > 1 || /^-|[\x00-\x1f\x7f]/.test(directory)) {
      context.stderr.write(usage);
      return 100;
    }
    const program = join(programRoot(), 'bin', 'facteur');
    const kept = await makeLinks(resolve(directory), await listCommands(), program).catch(
      (error: unknown) => {
        throw systemFatal(`unable to make links in ${directory}`, error);
      },
    );
    for (const name of kept)
      context.stdout.write(`kept: ${join(directory, name)} is there and is no link to ${program}\n`);
    return kept.length > 0 ? 111 : 0;
  });
}

/** Names of the command files beside this one: those that export `run` and `usage`. */
export async function listCommands(): Promise<readonly string[]> {
  const own = extname(import.meta.filename);
  const names: string[] = [];
  for (const file of (await readdir(dirname(import.meta.filename))).sort()) {
    if (extname(file) !== own) continue;
    const found: Record<string, unknown> = await import(`./${file}`);
    if (typeof found.run === 'function' && typeof found.usage === 'string') names.push(basename(file, own));
  }
  return [...names, ...otherNames];
}

/** Makes a link for each name. @returns the names that something else has. Throws system errors. */
export async function makeLinks(
  directory: string,
  names: readonly string[],
  program: string,
): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const kept: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    try {
      await symlink(program, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      const target = await readlink(path).catch(() => '');
      if (target !== program) kept.push(name);
    }
  }
  return kept;
}
