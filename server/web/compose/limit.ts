// How much a letter may carry (spec/webmail.md 4.3): control/databytes where the site says it, else 25 MB. Files grow by a
// third when they are sent (base64), so three quarters of it are what can be attached; people are told both.
import type { SettingsReader } from '../../../mta/control/settings.ts';

const usualMessage = 25_000_000;

/** Bytes of files that fit into a letter of so many bytes. Pure. */
export const attachableBytes = (message: number): number => Math.floor((message * 3) / 4);

/** Bytes of files that a letter can carry now. */
export async function readAttachLimit(settings: SettingsReader): Promise<number> {
  const { databytes } = await settings.read(['databytes']);
  return attachableBytes(databytes > 0 ? databytes : usualMessage);
}
