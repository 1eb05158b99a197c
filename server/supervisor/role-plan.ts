// What the parent tells a role that runs as a process of its own (the first line on its standard input), and what the
// role answers (one line on its standard output): JSON, written and read only here. After its plan the role takes single
// words: reload, retry, rest, stop; the end of its standard input means that the parent is gone, and is a stop.
import type { ListenEntry } from '../../mta/control/network.ts';
import type { Home } from '../../mta/home.ts';
import type { GivenSettings } from './settings.ts';

export const separateRoles = [
  'accounts',
  'queue',
  'local',
  'remote',
  'smtpd',
  'web',
  'imapd',
  'pop3d',
  'sieved',
  'history',
  'admin',
] as const;
export type SeparateRole = (typeof separateRoles)[number];

export const roleOrders = ['reload', 'retry', 'rest', 'stop'] as const;
export type RoleOrder = (typeof roleOrders)[number];

/** What stands before the certificate files (JSON) when they have changed, on the standard input of a role that speaks TLS. */
export const certificateMark = 'certificates ';

/** What stands before a log line on the standard input of the role that keeps the delivery history. */
export const logMark = 'log ';

export interface RolePlan {
  readonly role: SeparateRole;
  readonly home: Home;
  /** Ports with their descriptors. */
  readonly listen: readonly (ListenEntry & { readonly descriptor: number })[];
  /** Somebody named these listeners: one that cannot be served is a problem, not only left out. */
  readonly isChosen: boolean;
  readonly given?: GivenSettings | undefined;
  /** The Unix socket that it answers on. */
  readonly socket: number | undefined;
  /** A second socket: on which the queue takes orders, and history what reports are made of. */
  readonly second: number | undefined;
  /** Numbers of the users that it must know. */
  readonly uids: {
    readonly queue: number;
    readonly smtpd: number;
    readonly web: number;
    readonly alias: number | undefined;
  };
  /** Whose the virtual domains are, usually. */
  readonly people: { readonly uid: number; readonly gid: number };
  /** The certificate files, which the role itself may not be able to read: writeCertificateFiles. Undefined: it speaks no TLS. */
  readonly certificates: string | undefined;
  /** This role tells what is wrong with a certificate, and when one comes to its end. */
  readonly speaksOfTls: boolean;
}

/** What a role says once. */
export type RoleReport =
  | {
      readonly state: 'ready';
      /** Names of the listeners that are served. */
      readonly served: readonly string[];
      readonly problems: readonly string[];
    }
  /** It will not come, whatever the others do: it is its own settings that are wrong. */
  | { readonly state: 'away'; readonly problem: string }
  /** Nothing can be served. */
  | { readonly state: 'failed'; readonly problem: string };

/** Longest report that is believed. */
export const reportLimit = 64 * 1024;

/** Exit statuses of a role. */
export const exitStatus = { stopped: 0, away: 100, failed: 111 } as const;

/** A line of a role; undefined when it is no report. */
export function parseReport(line: string): RoleReport | undefined {
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { state, served, problems, problem } = (said ?? {}) as Record<string, unknown>;
  const isWords = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((each) => typeof each === 'string');
  if (state === 'ready' && isWords(served) && isWords(problems)) return { state, served, problems };
  if ((state === 'away' || state === 'failed') && typeof problem === 'string') return { state, problem };
  return undefined;
}
