// What the page "Junk" shows of the moment: whether the DNS lists of the site are lists (RFC 5782 5), and whether its
// scanners answer. Asked all at once, within a few seconds.
import type { BlockList } from '../../../mta/control/block-lists.ts';
import type { ScannerAddress } from '../../../mta/control/scanner-line.ts';
import type { Settings } from '../../../mta/control/settings.ts';
import { createRecordLookup } from '../../../mta/dns/record-lookup.ts';
import { ListHealth, type ListState } from '../../../mta/trust/lists/list-health.ts';
import { pingScanner, type ScannerName, scannerNames } from '../../../mta/trust/scanners/scanners.ts';

/** Milliseconds. */
const listPatience = 3000;
const scannerPatience = 2000;

const listSettings = ['dnsbllist', 'rhsbllist', 'uribllist'] as const;

export interface ListNow {
  readonly setting: (typeof listSettings)[number];
  readonly list: BlockList;
  readonly state: ListState;
}

export interface ScannerNow {
  readonly name: ScannerName;
  /** '' when it is switched off. */
  readonly address: string;
  /** Undefined: it does not answer, or is switched off. */
  readonly milliseconds: number | undefined;
  /** Why it does not answer; a word of the system, '' otherwise. */
  readonly why: string;
}

type JunkNow = Pick<Settings, (typeof listSettings)[number] | 'dnsservers' | ScannerName>;

export const junkStateNames = [...listSettings, 'dnsservers', ...scannerNames] as const;

/** Asks every list for its test entries. */
export async function askListStates(settings: JunkNow): Promise<readonly ListNow[]> {
  const lookup = createRecordLookup(settings.dnsservers, 1000);
  const health = new ListHealth(
    () => undefined,
    () => performance.now(),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ListState>((resolve) => {
    timer = setTimeout(() => resolve('unknown'), listPatience);
  });
  try {
    return await Promise.all(
      listSettings.flatMap((setting) =>
        settings[setting].map(async (list) => ({
          setting,
          list,
          state: await Promise.race([
            health.state(setting === 'dnsbllist' ? 'ip' : 'domain', list.zone, lookup),
            late,
          ]),
        })),
      ),
    );
  } finally {
    clearTimeout(timer);
    lookup.close();
  }
}

const placeOf = (address: ScannerAddress): string =>
  'path' in address
    ? address.path
    : `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;

/** Asks every scanner whether it lives. */
export const askScanners = (settings: JunkNow): Promise<readonly ScannerNow[]> =>
  Promise.all(
    scannerNames.map(async (name) => {
      const line = settings[name];
      if (line === undefined) return { name, address: '', milliseconds: undefined, why: '' };
      const address = placeOf(line.address);
      try {
        return {
          name,
          address,
          milliseconds: await pingScanner(name, line.address, scannerPatience),
          why: '',
        };
      } catch (error) {
        const { code, message } = error as Error & { readonly code?: unknown };
        return { name, address, milliseconds: undefined, why: typeof code === 'string' ? code : message };
      }
    }),
  );
