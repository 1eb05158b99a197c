// ~vpopmail/etc, where the site's limits, password policy and address map lie (spec/vpopmail.md 1.1). A site that vpopmail
// never was installed on has none until something is written there.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeMissingDirectory } from './durable.ts';

/**
 * Makes it when it is missing: vpopmail's own, and open to read, whatever the umask, for whoever owns a domain asks the
 * limits and the policy there.
 */
export async function makeEtcDirectory(vpopmail: string): Promise<void> {
  const { uid, gid } = await stat(vpopmail);
  await makeMissingDirectory(join(vpopmail, 'etc'), 0o755, { uid, gid });
}
