// The doors at which mail programs get and send mail, from control/listen, the best of each kind first: TLS from the first
// byte before STARTTLS (RFC 8314 3). Pure.
import type { ListenEntry } from '../../../mta/control/network.ts';

export interface ProgramDoor {
  readonly protocol: 'imap' | 'pop3' | 'smtp';
  readonly security: 'tls' | 'starttls';
  readonly host: string;
  readonly port: number;
}

const kinds = [
  ['imaps', 'imap', 'tls'],
  ['imap', 'imap', 'starttls'],
  ['pop3s', 'pop3', 'tls'],
  ['pop3', 'pop3', 'starttls'],
  ['submissions', 'smtp', 'tls'],
  ['submission', 'smtp', 'starttls'],
] as const;

/** A door that only this machine comes to. */
export const isLoopbackDoor = ({ host }: Pick<ListenEntry, 'host'>): boolean =>
  /^(?:127\.|::1$|localhost$)/.test(host);

/** Those that others can reach; where none is, as on a machine that is tried out, those of the machine itself. */
export function programDoors(host: string, listen: readonly ListenEntry[]): readonly ProgramDoor[] {
  const known = listen.filter(({ name }) => kinds.some(([door]) => door === name));
  const open = known.filter((entry) => !isLoopbackDoor(entry));
  const entries = open.length > 0 ? open : known;
  return kinds.flatMap(([door, protocol, security]) =>
    [...new Set(entries.filter(({ name }) => name === door).map(({ port }) => port))].map((port) => ({
      protocol,
      security,
      host,
      port,
    })),
  );
}

/** The best door of each protocol, in the order of the protocols. */
export const bestDoors = (doors: readonly ProgramDoor[]): readonly ProgramDoor[] =>
  doors.filter(({ protocol }, at) => doors.findIndex((each) => each.protocol === protocol) === at);
