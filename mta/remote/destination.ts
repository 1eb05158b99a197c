// The destination of a recipient's mail, as far as deliveries at once are concerned: the list of domains with a limit of
// its own (control/suppls0, suppls1), the relay that control/qmtproutes or
// smtproutes names, else the mail domain. Pure. Relays by sender are left out: their mail counts where it would go without.
// Two domains with the same mail hosts count as two: their hosts are known only later.
import type { Destination } from '../delivery.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { chooseRoute, type RouteFiles } from './route.ts';

/** control/concurrencyperhost when there is none. */
export const defaultConcurrencyPerHost = 500;

/** Domains that share a limit: the extra channels of the patched qmails (spec/qmail.md 3.2). */
export interface SharedLimits {
  readonly suppls0?: ReadonlySet<string> | undefined;
  readonly suppls1?: ReadonlySet<string> | undefined;
  readonly concurrencysuppl0?: number | undefined;
  readonly concurrencysuppl1?: number | undefined;
}

export interface DestinationSettings extends Omit<RouteFiles, 'authsenders'>, SharedLimits {
  readonly concurrencyperhost?: number | undefined;
}

/** @param recipient the address that will stand in RCPT */
export function findDestination(recipient: string, settings: DestinationSettings): Destination {
  const domain = lowerAscii(splitAddress(recipient).domain);
  // Their order is that of the channels; names with a blank are no domain's.
  if (settings.suppls0?.has(domain))
    return { name: 'of suppls0', limit: settings.concurrencysuppl0 ?? 20, isOnlyWay: false };
  if (settings.suppls1?.has(domain))
    return { name: 'of suppls1', limit: settings.concurrencysuppl1 ?? 20, isOnlyWay: false };
  const limit = settings.concurrencyperhost ?? defaultConcurrencyPerHost;
  const route = chooseRoute(settings, undefined, domain).route;
  if (route.kind !== 'relay') return { name: domain, limit, isOnlyWay: false };
  const everything = chooseRoute(settings, undefined, '').route;
  const isOnlyWay =
    everything.kind === 'relay' && everything.host === route.host && everything.port === route.port;
  return { name: `${route.host} ${route.port}`, limit, isOnlyWay };
}
