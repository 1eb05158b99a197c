// Every setting of the system: one table, one entry a setting, one file a setting in control/ (spec/qmail.md 3.2).
// The table says how a file is read, what holds when it is missing, who reads it and whether qmail had it;
// qmail-showctl, the administrator's guide and the tests walk it. The entries are in definitions/, a file a room; the
// reading rules in reading.ts; finding and keeping the files is in settings.ts.
import { doorSettings } from './definitions/doors.ts';
import type { Definitions } from './definitions/entry.ts';
import { historySettings } from './definitions/history.ts';
import { junkSettings } from './definitions/junk.ts';
import { localSettings } from './definitions/local.ts';
import { namesSettings } from './definitions/names.ts';
import { peopleSettings } from './definitions/people.ts';
import { policySettings } from './definitions/policy.ts';
import { queueSettings } from './definitions/queue.ts';
import { remoteSettings } from './definitions/remote.ts';
import { roleSettings } from './definitions/roles.ts';
import { rulesSettings } from './definitions/rules.ts';
import { senderSettings } from './definitions/senders.ts';
import type { Setting, Settings } from './setting-types.ts';

/** The tables of the rooms, in the order in which people are shown them. */
const rooms = {
  names: namesSettings,
  doors: doorSettings,
  policy: policySettings,
  rules: rulesSettings,
  senders: senderSettings,
  junk: junkSettings,
  queue: queueSettings,
  local: localSettings,
  remote: remoteSettings,
  people: peopleSettings,
  roles: roleSettings,
  history: historySettings,
} as const;

export type SettingRoom = keyof typeof rooms;
export const settingRooms = Object.keys(rooms) as readonly SettingRoom[];

/** The table by name. */
export const definitions: Definitions<Settings> = {
  ...rooms.names,
  ...rooms.doors,
  ...rooms.policy,
  ...rooms.rules,
  ...rooms.senders,
  ...rooms.junk,
  ...rooms.queue,
  ...rooms.local,
  ...rooms.remote,
  ...rooms.people,
  ...rooms.roles,
  ...rooms.history,
};

/** The room of a setting. */
export const roomOf = (name: string): SettingRoom | undefined =>
  settingRooms.find((room) => Object.hasOwn(rooms[room], name));

/** All settings: me first, then in the order of the alphabet. */
export const settingTable: readonly Setting[] = Object.entries(definitions)
  .map(([name, entry]) => ({ qmail: false, usesMe: false, atStart: false, ...entry, name }) as Setting)
  .sort((a, b) => (a.name === 'me' ? -1 : b.name === 'me' ? 1 : a.name < b.name ? -1 : 1));
