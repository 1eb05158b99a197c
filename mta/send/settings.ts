// The control files that qmail-send reads.
import type { Settings } from '../control/settings.ts';
import { type SrsRules, srsSettingNames } from '../trust/srs.ts';

/** Names of the settings that the scheduler needs; also the list that is read for it. */
export const sendSettingNames = [
  'me',
  'locals',
  'virtualdomains',
  'percenthack',
  'envnoathost',
  'concurrencylocal',
  'concurrencyremote',
  'queuelifetime',
  'bouncefrom',
  'bouncehost',
  'bounceinterval',
  'bouncemaxbytes',
  'doublebounceto',
  'doublebouncehost',
  'idhost',
  'queuejournal',
  'taps',
  'delaywarning',
  'rcpthosts',
  'morercpthosts',
  'relayclients',
  ...srsSettingNames,
] as const satisfies readonly (keyof Settings)[];

/** Without the files of SRS there is none. */
export type SendSettings = Omit<Pick<Settings, (typeof sendSettingNames)[number]>, keyof SrsRules> &
  Partial<SrsRules>;
