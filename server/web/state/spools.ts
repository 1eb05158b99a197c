// The directories of accounts under state/drafts and state/outbox: each is called as its account, encoded as part of a path.
import { readdir } from 'node:fs/promises';
import { isMissing } from '../../../mta/control/cached-file.ts';

/** The names in a directory; none when it is not there. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The account of a directory's name; undefined: no name of ours. */
export function addressOfSpool(name: string): string | undefined {
  try {
    const address = decodeURIComponent(name);
    return address.includes('@') && encodeURIComponent(address) === name ? address : undefined;
  } catch {
    return undefined;
  }
}
