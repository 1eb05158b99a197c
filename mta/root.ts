// Where the program itself lies: the directory of package.json, the same from the sources and from dist/.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory that holds package.json, views/, static/ and dist/. */
export function programRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('package.json not found above the program');
    directory = parent;
  }
  return directory;
}
