// The scanners of a site (control/rspamd, control/spamd, control/clamd): as checks of letters, and whether they answer now.
import { request } from 'node:http';
import type { JunkSettings } from '../../control/definitions/junk.ts';
import type { ScannerAddress } from '../../control/scanner-line.ts';
import type { Log } from '../../log.ts';
import type { LetterCheck } from '../types.ts';
import { createClamdCheck } from './clamd.ts';
import { converse } from './conversation.ts';
import { createRspamdCheck, httpPlace } from './rspamd.ts';
import { createSpamdCheck } from './spamd.ts';

export const scannerNames = ['rspamd', 'spamd', 'clamd'] as const;
export type ScannerName = (typeof scannerNames)[number];

type ScannerSettings = Pick<JunkSettings, ScannerName | 'junkscore' | 'rejectscore'> & {
  readonly me: string;
};

/** All of them as checks, and whether each is switched on at the moment. */
export function createScannerChecks(
  settings: () => ScannerSettings,
  log: Log,
): readonly { readonly check: LetterCheck; readonly isOn: () => boolean }[] {
  const create = { rspamd: createRspamdCheck, spamd: createSpamdCheck, clamd: createClamdCheck };
  return scannerNames.map((name) => {
    const line = () => settings()[name];
    const check = create[name]({ line, points: settings, me: () => settings().me, log });
    return { check, isOn: () => line() !== undefined };
  });
}

/** What is asked, with the byte that ends the answer, and what is right. */
const questions = {
  spamd: { ask: 'PING SPAMC/1.5\r\n\r\n', last: 10, expected: /^SPAMD\/[0-9.]+ 0 PONG/ },
  clamd: { ask: 'zPING\0', last: 0, expected: /^PONG/ },
} as const;

function pingHttp(address: ScannerAddress, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...httpPlace(address), path: '/ping', agent: false, signal }, (response) => {
      response.setEncoding('utf8');
      response.once('data', (text: string) => {
        resolve(text);
        asked.destroy();
      });
      response.on('error', reject);
      response.on('end', () => reject(new Error('no answer')));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/**
 * Does a scanner answer now?
 * @param patience milliseconds
 * @returns milliseconds that it took. @throws with the reason
 */
export async function pingScanner(
  name: ScannerName,
  address: ScannerAddress,
  patience = 2000,
): Promise<number> {
  const begun = performance.now();
  const signal = AbortSignal.timeout(patience);
  const isRight = await (async () => {
    if (name === 'rspamd') return /^pong/.test(await pingHttp(address, signal));
    const { ask, last, expected } = questions[name];
    return expected.test((await converse(address, (send) => send(ask), last, signal)).toString('latin1'));
  })();
  if (!isRight) throw new Error('something else answers there');
  return Math.round(performance.now() - begun);
}
