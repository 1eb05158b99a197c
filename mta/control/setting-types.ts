// What a setting is: the typed value of each control file, and what the table of settings says of it.
// The table itself is in definitions.ts.
import type { Cdb } from '../formats/cdb.ts';
import type { ListenEntry } from './network.ts';
import type { ControlFile } from './reading.ts';

/** The value of each setting, after defaults. Domain names and keys are in lower case. */
export interface Settings {
  readonly me: string;
  readonly badmailfrom: ReadonlySet<string>;
  readonly bouncefrom: string;
  readonly bouncehost: string;
  readonly bouncemaxbytes: number;
  readonly concurrencylocal: number;
  readonly concurrencyperhost: number;
  readonly concurrencyremote: number;
  readonly databytes: number;
  readonly defaultdelivery: string;
  readonly defaultdomain: string;
  readonly defaulthost: string;
  readonly dnsservers: readonly string[];
  readonly doublebouncehost: string;
  readonly doublebounceto: string;
  readonly envnoathost: string;
  readonly helohost: string;
  readonly idhost: string;
  readonly listen: readonly ListenEntry[];
  /** Undefined when neither it nor me exists. */
  readonly localiphost: string | undefined;
  readonly locals: ReadonlySet<string>;
  readonly maxconnections: number;
  readonly maxconnectionsperip: number;
  readonly maxrcpt: number;
  /** control/morercpthosts.cdb; undefined when missing. Keys are lower-case domains. */
  readonly morercpthosts: Cdb | undefined;
  readonly passwordscheme: 'sha512-crypt' | 'scrypt';
  readonly percenthack: ReadonlySet<string>;
  readonly plusdomain: string;
  readonly qmqpservers: readonly string[];
  /** 1: short letters are made durable in queue/journal/ first; 0: each is an ordinary queue entry at once. */
  readonly queuejournal: number;
  readonly queuelifetime: number;
  /** Undefined when missing. Qmail then relays for everyone; we treat it as an empty list. */
  readonly rcpthosts: ReadonlySet<string> | undefined;
  readonly relayclients: readonly string[];
  readonly smtpgreeting: string;
  /** `relay`, `relay:port`, or '' for "use the MX"; keys as in findBySuffix. */
  readonly smtproutes: ReadonlyMap<string, string>;
  readonly timeoutconnect: number;
  readonly timeoutprogram: number;
  readonly timeoutremote: number;
  readonly timeoutsmtpd: number;
  readonly virtualdomains: ReadonlyMap<string, string>;
  readonly webhosts: readonly string[];
  readonly webproxies: readonly string[];
}

export type SettingName = keyof Settings;

/** One setting of the table. */
export interface Setting<K extends SettingName = SettingName> {
  readonly name: K;
  /** line: first line. int: its digits. list: one entry a line. map: key:value lines. text: the whole file. cdb: NAME.cdb. */
  readonly kind: 'line' | 'int' | 'list' | 'map' | 'text' | 'cdb';
  /** What holds when the file is missing, for people. */
  readonly default: string;
  /** Programs or roles, as in qmail-control(9). */
  readonly readers: string;
  /** One sentence. */
  readonly meaning: string;
  /** True: a file of qmail 1.03. False: of a patch, or ours. */
  readonly qmail: boolean;
  /** True: the default is the line of control/me. */
  readonly usesMe: boolean;
  /** Makes the value. Throws ControlError. */
  read(file: ControlFile): Settings[K];
}
