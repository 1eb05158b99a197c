// The delivery history of a site, by control/historydays.
import { ControlError, readSettings } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { openHistory } from './history.ts';
import type { History } from './types.ts';

/** Undefined when the site wants none, or none can be kept: mail goes on, and a line says why. */
export async function openSiteHistory(home: Home, log: Log): Promise<History | undefined> {
  try {
    const { historydays } = await readSettings(home.qmail, ['historydays']);
    if (historydays === 0) return undefined;
    return await openHistory({ state: home.state, days: historydays, log });
  } catch (error) {
    if (!(error instanceof ControlError) && (error as NodeJS.ErrnoException).syscall === undefined)
      throw error;
    log(`warning: no delivery history is kept: ${quoted((error as Error).message)}`);
    return undefined;
  }
}
