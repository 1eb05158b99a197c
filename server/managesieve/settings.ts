// The control files that sieved reads (mta/control/definitions/doors.ts, local.ts); `Settings` fits as it is.
import type { SettingName, Settings } from '../../mta/control/settings.ts';

export const sievedSettingNames = [
  'me',
  'cleartextlogin',
  'maxsieveconnections',
  'maxsieveconnectionsperip',
  'scram',
  'sievescripts',
] as const satisfies readonly SettingName[];

export type SievedSettings = Pick<Settings, (typeof sievedSettingNames)[number]>;
