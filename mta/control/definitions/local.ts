// Deliveries to the users of this machine: what qmail-local reads, and the programs around it and the queue.
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { type FilterRule, parseFilterRule } from '../filter-rules.ts';
import { ControlError, type ControlFile, readLine, readLines, readText } from '../reading.ts';
import type { Definitions } from './entry.ts';
import { ownNumber } from './entry.ts';

/** The values, after defaults. Domain names and keys are in lower case. */
export interface LocalSettings {
  readonly defaultdelivery: string;
  readonly filterargs: readonly FilterRule[];
  /** 1: the accounts' own filters are asked. */
  readonly junkfilter: number;
  /** 0: junk goes to the inbox; 1: what our doors marked goes to the folder for junk; 2: also X-Spam-Flag: YES. */
  readonly junkfolder: number;
  /** 1: mail for a full mailbox waits. */
  readonly overquotadefer: number;
  readonly qfilters: readonly FilterRule[];
  /** 0: nobody's mail filters run. */
  readonly sieve: number;
  /** A script that runs before those of domains and accounts; '' for none. */
  readonly sievebefore: string;
  /** Scripts that an account may keep. */
  readonly sievescripts: number;
  /** By name: the value, or undefined for the one that the server was started with. */
  readonly programenv: ReadonlyMap<string, string | undefined>;
  /** Path of a program; '' for none. */
  readonly qmaillocal: string;
  readonly timeoutprogram: number;
}

/** The lines of a file of filters. */
function readFilterRules(file: ControlFile, withChannel: boolean): readonly FilterRule[] {
  return (readLines(file) ?? []).map((line) => {
    const rule = parseFilterRule(line, withChannel);
    const channel = withChannel ? '[local:|remote:]' : '';
    if (rule === undefined)
      throw new ControlError(file.path, line, `DOMAIN:${channel}COMMAND[:VAR=value,...]`);
    return rule;
  });
}

export const localSettings: Definitions<LocalSettings> = {
  defaultdelivery: {
    kind: 'text',
    default: './Maildir/',
    readers: 'local',
    meaning: 'Delivery instructions for a user who has no .qmail file, in the form of a .qmail file.',
    read: (file) => readText(file) || './Maildir/',
  },
  filterargs: {
    kind: 'list',
    default: 'none',
    readers: 'local, remote, spawn-filter',
    meaning:
      'Commands that messages go through on their way out or to a user: DOMAIN:COMMAND, DOMAIN:local:COMMAND or DOMAIN:remote:COMMAND, with :VAR=value,... at the end or without; * and ? in the domain, the first line that fits counts.',
    read: (file) => readFilterRules(file, true),
  },
  junkfilter: {
    kind: 'int',
    default: '0',
    readers: 'local, web, imapd, pop3d',
    meaning:
      'With 1, each account has a filter that learns from what its owner moves into and out of the folder for junk, and puts new junk there once it knows 30 letters of each kind. Its owner may turn it off.',
    read: ownNumber(0, 0, 1),
  },
  junkfolder: {
    kind: 'int',
    default: '0',
    readers: 'local',
    meaning:
      'With 1, a letter that our doors marked as junk (X-Facteur-Verdict) goes to the folder for junk of its account, with 2 also one that has X-Spam-Flag: YES. With 0 it goes to the inbox.',
    read: ownNumber(0, 0, 2),
  },
  overquotadefer: {
    kind: 'int',
    default: '0',
    readers: 'smtpd, qmtpd, local',
    meaning:
      'With 1, mail for a mailbox over its quota is put off: 452 at the doors, and what is in the queue is tried again until queuelifetime. With 0 it is refused or bounced.',
    read: ownNumber(0, 0, 1),
  },
  programenv: {
    kind: 'list',
    default: 'none',
    readers: 'local, remote',
    meaning:
      'Variables of all programs that deliveries run: NAME as the server was started with it, or NAME=value.',
    read: (file) =>
      new Map(
        (readLines(file) ?? []).map((line): [string, string | undefined] => {
          const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(line) ?? [];
          if (name === undefined) throw new ControlError(file.path, line, 'NAME or NAME=value');
          return [name, value];
        }),
      ),
  },
  qfilters: {
    kind: 'list',
    default: 'none',
    readers: 'qmail-qfilter',
    meaning:
      'Commands that new messages go through when QMAILQUEUE is qmail-qfilter: DOMAIN:COMMAND with :VAR=value,... at the end or without, by the domain of the sender; * and ? in the domain, the first line that fits counts.',
    read: (file) => readFilterRules(file, false),
  },
  qmaillocal: {
    kind: 'line',
    default: 'none',
    readers: 'local',
    meaning:
      'Path of a program to run in place of qmail-local, with its arguments; the environment variable QMAILLOCAL of the start wins.',
    read: (file) => readLine(file) ?? '',
  },
  sieve: {
    kind: 'int',
    default: '1',
    readers: 'local',
    meaning:
      'With 1, mail filters (Sieve scripts) of the site, of domains and of accounts rule what becomes of a letter to an account. With 0 none of them runs.',
    read: ownNumber(1, 0, 1),
  },
  sievebefore: {
    kind: 'text',
    default: 'none',
    readers: 'local',
    meaning:
      'A Sieve script that runs on every letter to an account, before the script of its domain (DOMAIN/.sieve) and its own. A letter that it discards or files is done; one that it keeps goes on.',
    read: (file) => readText(file) ?? '',
  },
  sievescripts: {
    kind: 'int',
    default: '32',
    readers: 'web, sieved',
    meaning: 'Sieve scripts that an account may keep.',
    read: ownNumber(32, 1, 1000),
  },
  timeoutprogram: {
    kind: 'int',
    default: '300',
    readers: 'local',
    meaning: 'Seconds that a program of a .qmail file, a filter or QMAILLOCAL may run.',
    read: ownNumber(300, 1, 86_400),
  },
};
