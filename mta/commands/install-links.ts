// install-links: makes a directory of links to bin/facteur, one for every command of mta/commands/, so that old programs
// and scripts find qmail's and vpopmail's names (sendmail, qmail-inject, vadduser ...) in it. A name that is already
// there and is not such a link is never replaced: that may be the qmail which still runs.
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { makeLinks, writeSite } from '../program-links.ts';
import { programRoot } from '../root.ts';
import type { CommandContext } from './command.ts';
import { reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: install-links DIR

Makes links to this program in DIR, one for every command: sendmail, qmail-inject, vadduser ... Called by such a link
without FACTEUR_HOME or FACTEUR_QMAIL, a command belongs to the site that was named here (DIR/.facteur-site).
What is already there under such a name is kept, and told; then the exit status is 111.
`;

/** Names of sendmail that are no files of their own, and what the server's wing has. */
const otherNames = ['facteur', 'mailq', 'newaliases', 'qmail-start'];

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('install-links', context, async () => {
    const [directory] = args;
    // What looks like an option or could not be typed is a mistake, and no directory.
    if (directory === undefined || args.length > 1 || /^-|[\x00-\x1f\x7f]/.test(directory)) {
      context.stderr.write(usage);
      return 100;
    }
    const program = join(programRoot(), 'bin', 'facteur');
    const place = resolve(directory);
    const kept = await makeLinks(place, await listCommands(), program).catch((error: unknown) => {
      throw systemFatal(`unable to make links in ${directory}`, error);
    });
    await writeSite(place, context.home).catch((error: unknown) => {
      throw systemFatal(`unable to write in ${directory}`, error);
    });
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
