// What somebody who signed in may send (security.md W6, X7): under which addresses, and to how many recipients. The same rules
// for submission and the webmail: the addresses are those of own-addresses.ts, the numbers those of sending-limits.ts.
import type { SettingsReader } from '../control/settings.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { keptAddress } from '../formats/idn.ts';
import { type Log, quoted } from '../log.ts';
import { levelOf, type Standing } from './administration/authority.ts';
import { type AddressSite, createAddressFinder } from './administration/own-addresses.ts';
import {
  openSendingCounter,
  type SendingAlarm,
  type SendingCounter,
  sendingRefusalWords,
} from './sending-limits.ts';
import { openStateFile } from './state-file.ts';

export interface SubmissionDesk {
  /** Those of some addresses that are not the account's to write under. @param account its own address */
  findForeign(account: string, addresses: readonly string[]): Promise<readonly string[]>;
  /** Counts recipients before they are sent to. Undefined: they may be; else why not now, in one line. */
  spend(account: string, recipients: number): Promise<string | undefined>;
  /** The letter was not sent after all. */
  giveBack(account: string, recipients: number): Promise<void>;
}

export interface OpenedSubmissionDesk extends SubmissionDesk {
  /** Who reached a limit within a day, the latest first. */
  alarms(): Promise<readonly SendingAlarm[]>;
  close(): Promise<void>;
}

const mostAddresses = 50;

export interface SubmissionDeskOptions {
  readonly site: AddressSite;
  readonly settings: SettingsReader;
  /** Undefined: nothing is counted. */
  readonly state: string | undefined;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createSubmissionDesk(options: SubmissionDeskOptions): OpenedSubmissionDesk {
  const { site, settings, state, log, now } = options;
  const find = createAddressFinder(
    site,
    now,
    async () => (await settings.read(['allowedsenders'], 1000)).allowedsenders,
  );
  let opened: Promise<(SendingCounter & { close(): void }) | undefined> | undefined;
  const counter = () => {
    if (state === undefined) return Promise.resolve(undefined);
    // Mail goes on where nothing can be counted; the log says so once.
    opened ??= openStateFile(state, (database) => openSendingCounter(database, now)).catch(
      (error: unknown) => {
        log(`alert: what people send is not counted: ${quoted(String(error))}`);
        return undefined;
      },
    );
    return opened;
  };

  /** Where the aliases are not ours to read, the names of the account itself are its own. */
  async function isOwn(who: Standing, address: string): Promise<boolean> {
    try {
      return (await find(who, address)).isOwn === true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      const { local, domain } = splitAddress(address);
      return local === who.name && (await site.accounts.findDomain(domain))?.realName === who.domain;
    }
  }

  return {
    async findForeign(account, addresses) {
      const { local, domain } = splitAddress(account);
      const who = { level: levelOf(local, 0), address: account, name: local, domain };
      const foreign: string[] = [];
      for (const address of new Set(
        addresses.slice(0, mostAddresses).map((each) => lowerAscii(keptAddress(each))),
      )) {
        if (address === account) continue;
        if (!(await isOwn(who, address))) foreign.push(address);
      }
      return addresses.length > mostAddresses ? [...foreign, ...addresses.slice(mostAddresses)] : foreign;
    },
    async spend(account, recipients) {
      const { relaylimits } = await settings.read(['relaylimits'], 1000);
      const refusal = (await counter())?.spend(lowerAscii(account), recipients, relaylimits);
      if (refusal === undefined) return undefined;
      const { who, span, most } = refusal;
      if (refusal.isNew)
        log(
          `alert: sending limit: ${quoted(who)} reached ${most} recipients ${span === 'hour' ? 'an hour' : 'a day'}, last by ${quoted(account)}`,
        );
      return sendingRefusalWords(refusal);
    },
    async giveBack(account, recipients) {
      (await counter())?.giveBack(lowerAscii(account), recipients);
    },
    alarms: async () => (await counter())?.alarms() ?? [],
    close: async () => (await opened)?.close(),
  };
}
