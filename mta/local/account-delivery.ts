// Everything that delivers to the accounts of a domain, put together: vdelivermail with the Maildirs, the desk for junk, the
// mail filters and the warnings. For qmail-local of this process, and for the command vdelivermail.
import type { Stats } from 'node:fs';
import type { DeliveryAccounts } from '../accounts/types.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import type { MaildirAnchors } from '../maildir/anchor.ts';
import type { MaildirDelivery } from '../maildir/deliver.ts';
import { createNameSource } from '../maildir/name.ts';
import type { Programs } from '../programs.ts';
import { compileScript } from '../sieve/compile.ts';
import { runScript } from '../sieve/run.ts';
import { createScriptReader } from '../sieve/script-reader.ts';
import { createFilterReader } from '../trust/bayes/filter-file.ts';
import type { DotQmailReader } from './dot-qmail-files.ts';
import { createFilterActions } from './filter-actions.ts';
import { createFilterAnswers } from './filter-answers.ts';
import { createFilterFaults } from './filter-faults.ts';
import { createFilterFolders } from './filter-folders.ts';
import { createJunkDesk } from './junk.ts';
import { createMailFilters } from './mail-filters.ts';
import { createMailboxStore } from './mailbox-store.ts';
import { createQuotaWarner } from './quota-warning.ts';
import type { RobotDesk } from './robot-line.ts';
import { createVdelivermail, type Vdelivermail } from './vdelivermail.ts';

/** Control files, as they are now. */
export interface AccountDeliverySettings {
  /** 1: mail for a full mailbox waits. */
  readonly overquotadefer: number;
  /** As control/junkfolder, junkfilter, sieve and sievebefore; missing: 0 and ''. */
  readonly junkfolder?: number | undefined;
  readonly junkfilter?: number | undefined;
  readonly sieve?: number | undefined;
  readonly sievebefore?: string | undefined;
}

export interface AccountDeliveryOptions {
  readonly accounts: DeliveryAccounts;
  readonly injector: Injector;
  readonly maildirs: MaildirDelivery;
  readonly anchors: MaildirAnchors;
  readonly dotQmail: DotQmailReader;
  readonly programs: Programs;
  readonly robots: RobotDesk;
  /** vpopmail's directory, for texts of all domains. */
  readonly vpopmail: string;
  /** For file names in Maildirs. */
  readonly hostname: string;
  readonly settings: () => AccountDeliverySettings;
  /** A stat that deliveries at the same time share. */
  readonly statDirectory: (path: string) => Promise<Stats>;
  /** How old a look at the account files may be, in milliseconds. */
  readonly trustMs?: number | undefined;
  readonly log: Log;
}

export function createAccountDelivery(options: AccountDeliveryOptions): Vdelivermail {
  const { maildirs, anchors, injector, hostname, settings, statDirectory, trustMs, log } = options;
  const names = createNameSource(hostname);
  const junk = createJunkDesk({
    settings: () => {
      const { junkfolder = 0, junkfilter = 0 } = settings();
      return { junkfolder, junkfilter };
    },
    filters: createFilterReader(trustMs),
    names,
    log,
  });
  const store = createMailboxStore({ ...options, junk, names });
  const folders = createFilterFolders(names);
  const answers = createFilterAnswers({ accounts: options.accounts, injector, store, folders, log });
  const filters = createMailFilters({
    settings: () => {
      const { sieve = 0, sievebefore = '' } = settings();
      return { sieve, sievebefore };
    },
    scripts: createScriptReader({ compile: compileScript, trustMs }),
    runScript,
    folders,
    actions: createFilterActions({ store, folders, answers, injector, log }),
    faults: createFilterFaults(store, log),
    statDirectory,
    hostname,
    log,
  });
  return createVdelivermail({
    ...options,
    store,
    filters,
    quotaWarner: createQuotaWarner(maildirs, anchors, log),
  });
}
