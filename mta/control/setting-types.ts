// What a setting is: the typed value of each control file, and what the table of settings says of it.
// The values are told in definitions/, a file a room; the table is joined in definitions.ts.
import type { DoorSettings } from './definitions/doors.ts';
import type { Entry } from './definitions/entry.ts';
import type { HistorySettings } from './definitions/history.ts';
import type { JunkSettings } from './definitions/junk.ts';
import type { LocalSettings } from './definitions/local.ts';
import type { NamesSettings } from './definitions/names.ts';
import type { PeopleSettings } from './definitions/people.ts';
import type { PolicySettings } from './definitions/policy.ts';
import type { QueueSettings } from './definitions/queue.ts';
import type { RemoteSettings } from './definitions/remote.ts';
import type { RoleSettings } from './definitions/roles.ts';
import type { RulesSettings } from './definitions/rules.ts';
import type { SenderSettings } from './definitions/senders.ts';

/** The value of each setting, after defaults. Domain names and keys are in lower case. */
export interface Settings
  extends DoorSettings,
    HistorySettings,
    JunkSettings,
    LocalSettings,
    NamesSettings,
    PeopleSettings,
    PolicySettings,
    QueueSettings,
    RemoteSettings,
    RoleSettings,
    RulesSettings,
    SenderSettings {}

export type SettingName = keyof Settings;

/** One setting of the table. */
export interface Setting<K extends SettingName = SettingName> extends Required<Entry<Settings[K]>> {
  readonly name: K;
}
