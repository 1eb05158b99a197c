// Links to this program by the names of its commands, and beside them the file .facteur-site that says whose they are:
// bin/facteur reads it when such a link is called with an environment that knows nothing of the site. A name that is there
// and is not such a link is never replaced.
import { chmod, mkdir, readlink, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, resolveHome } from './home.ts';
import { errorCode } from './maildir/calls.ts';

/** Says whose the links are. The parts of a site that lie in its home are not named. */
export async function writeSite(directory: string, site: Home): Promise<void> {
  const { home, qmail, vpopmail, state } = site;
  const usual = resolveHome({ home }, {}, home);
  const lines = [
    `FACTEUR_HOME=${home}`,
    ...(qmail === usual.qmail ? [] : [`FACTEUR_QMAIL=${qmail}`]),
    ...(vpopmail === usual.vpopmail ? [] : [`FACTEUR_VPOPMAIL=${vpopmail}`]),
    ...(state === usual.state ? [] : [`FACTEUR_STATE=${state}`]),
  ];
  if (lines.some((line) => line.includes('\n')))
    throw new Error('a directory of the site has a line feed in its name');
  const path = join(directory, '.facteur-site');
  await writeFile(`${path}.tmp`, `${lines.join('\n')}\n`, { mode: 0o644 });
  // Whoever calls a link may read it, whatever our umask.
  await chmod(`${path}.tmp`, 0o644);
  await rename(`${path}.tmp`, path);
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
