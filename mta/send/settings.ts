// The control files that qmail-send reads.
import type { Settings } from '../control/settings.ts';

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
] as const satisfies readonly (keyof Settings)[];

export type SendSettings = Pick<Settings, (typeof sendSettingNames)[number]>;
