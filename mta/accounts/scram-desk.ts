// Where doors ask for SCRAM: the challenge of an account, and whether a proof fits. Who has no verifier, or is no account,
// gets a challenge that nobody can tell from a real one (security.md A3): made of the address and a secret of the site.
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { lowerAscii } from '../formats/address.ts';
import { loadKeyFile } from '../key-file.ts';
import type { FoundAccount, Logins } from './login.ts';
import { scramIterations } from './scram.ts';
import { readScram } from './scram-file.ts';
import type { ScramDesk } from './types.ts';

/** @param state directory of the secret `scram.key` */
export function createScramDesk(
  state: string,
  find: (address: string) => Promise<FoundAccount | undefined>,
  login: Logins['login'],
): ScramDesk {
  let secret: Promise<Buffer> | undefined;
  return {
    async challenge(address) {
      secret ??= loadKeyFile(join(state, 'scram.key')).catch((error: unknown) => {
        secret = undefined;
        throw error;
      });
      const name = lowerAscii(address).slice(0, 320);
      const salt = createHmac('sha256', await secret)
        .update(name)
        .digest()
        .subarray(0, 16)
        .toString('base64');
      const found = await find(address);
      const kept = found && (await readScram(found.account));
      return kept ? { salt: kept.salt, iterations: kept.iterations } : { salt, iterations: scramIterations };
    },
    async check(address, scram, service, ip) {
      const result = await login({ address, password: '', service, ip, scram });
      return result.isGood ? { account: result.found.account, signature: result.signature ?? '' } : undefined;
    },
  };
}
