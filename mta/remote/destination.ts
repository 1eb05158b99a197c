// The destination of a recipient's mail, as far as deliveries at once are concerned: the relay that control/qmtproutes or
// smtproutes names, else the mail domain. Pure. Relays by sender are left out: their mail counts where it would go without.
// Two domains with the same mail hosts count as two: their hosts are known only later.
import type { Destination } from '../delivery.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { chooseRoute, type RouteFiles } from './route.ts';

/** control/concurrencyperhost when there is none. */
export const defaultConcurrencyPerHost = 500;

export interface DestinationSettings extends Omit<RouteFiles, 'authsenders'> {
  readonly concurrencyperhost?: number | undefined;
}

/** @param recipient the address that will stand in RCPT */
export function findDestination(recipient: string, settings: DestinationSettings): Destination {
  const domain = lowerAscii(splitAddress(recipient).domain);
  const limit = settings.concurrencyperhost ?? defaultConcurrencyPerHost;
  const route = chooseRoute(settings, undefined, domain).route;
  if (route.kind !== 'relay') return { name: domain, limit, isOnlyWay: false };
  const everything = chooseRoute(settings, undefined, '').route;
  const isOnlyWay =
    everything.kind === 'relay' && everything.host === route.host && everything.port === route.port;
  return { name: `${route.host} ${route.port}`, limit, isOnlyWay };
}
