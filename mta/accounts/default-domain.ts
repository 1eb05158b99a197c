// The domain of a user name that came without one (vpopmail's vset_default_domain, spec/vpopmail.md 3.1): the variable
// VPOPMAIL_DOMAIN, else the domain of the local address that the client connected to (TCPLOCALIP, ip-map.ts), else the
// first line of etc/defaultdomain. '' when nothing says.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { plainIp, readIpMap } from './ip-map.ts';

/** @param env the environment of the command, or of the connection */
export async function findDefaultDomain(home: Home, env: Readonly<NodeJS.ProcessEnv>): Promise<string> {
  const { VPOPMAIL_DOMAIN: named, TCPLOCALIP: localIp } = env;
  // vpopmail ok_env_chars: what cannot be in a name becomes an underscore, and no domain has one.
  if (named !== undefined && named !== '') return lowerAscii(named).replace(/[^a-z0-9._@-]/g, '_');
  if (localIp !== undefined && localIp !== '') {
    const mapping = (await readIpMap(home)).find(({ ip }) => ip === plainIp(localIp));
    if (mapping !== undefined) return lowerAscii(mapping.domain);
  }
  try {
    const text = await readFile(join(home.vpopmail, 'etc', 'defaultdomain'), 'utf8');
    return lowerAscii(text.split('\n')[0]!.trim());
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
