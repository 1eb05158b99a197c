// The control files that imapd reads (mta/control/definitions/doors.ts); `Settings` fits as it is.
import type { SettingName, Settings } from '../../mta/control/settings.ts';

export const imapdSettingNames = [
  'cleartextlogin',
  'databytes',
  'imapcomment',
  'imapprefix',
  'maximapconnections',
  'maximapconnectionsperip',
  'scram',
  'sharedindex',
] as const satisfies readonly SettingName[];

export type ImapSettings = Pick<Settings, (typeof imapdSettingNames)[number]>;

/** Bytes of the largest message that APPEND takes: databytes, or 64 MiB where that has no limit. */
export const appendLimit = ({ databytes }: Pick<ImapSettings, 'databytes'>): number =>
  databytes > 0 ? databytes : 64 * 1024 * 1024;
