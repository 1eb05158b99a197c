// The control files that pop3d reads (mta/control/definitions/doors.ts); `Settings` fits as it is.
import type { SettingName, Settings } from '../../mta/control/settings.ts';

export const pop3dSettingNames = [
  'me',
  'cleartextlogin',
  'dovecotuidl',
  'maxpop3connections',
  'maxpop3connectionsperip',
  'pop3marksread',
  'scram',
] as const satisfies readonly SettingName[];

export type Pop3Settings = Pick<Settings, (typeof pop3dSettingNames)[number]>;
