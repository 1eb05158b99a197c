// Between the sessions of a door and trust/: who is looked at as a stranger, and what its rules say of the looking
// ($DNSBLLIST, $DNSBLSKIP, $DNSBLFAILCLOSED, $RBLSMTPD; spec/qmail.md 4.1). Pure but for the screen that it opens.
import { ClientScreen, type ScreenRules } from '../trust/screen.ts';
import type { CheckFacts, Speaker } from './checks.ts';
import type { Door } from './door.ts';
import type { SessionPolicy } from './session-policy.ts';

/** Nobody of the site: has not signed in, and may not relay. */
export const isStranger = ({ user, mayRelay }: Speaker): boolean => user === undefined && !mayRelay;

/** A session's screen; undefined where the door has no gate. */
export function openScreen(door: Door, facts: CheckFacts): ClientScreen | undefined {
  if (door.gate === undefined) return undefined;
  const { remoteIp, localIp, network, saysHello = false } = facts;
  return new ClientScreen(door.gate, {
    ip: remoteIp.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, ''),
    saysHello,
    isOwnIp: (ip) => door.isOwnIp(ip, localIp),
    log: (line) => door.crowd.log(network, door.clock(), line),
  });
}

/** What the variables of a client say of its looking at. */
export function screenRules({ variables, dnsbllist }: SessionPolicy, door: Door): ScreenRules {
  const isSet = (name: string): boolean => variables.has(name) && variables.get(name) !== '0';
  return {
    // rblsmtpd(1): set and empty is no question at all.
    isWelcome: variables.get('RBLSMTPD') === '',
    skipsLists: isSet('DNSBLSKIP'),
    failsClosed: isSet('DNSBLFAILCLOSED') || door.settings.dnsblfailclosed === 1,
    dnsbllist,
  };
}
