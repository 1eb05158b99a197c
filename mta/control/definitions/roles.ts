// Which user each role runs as when the program is started as root; none of this was in qmail, whose users are compiled
// in (conf-users, conf-groups).
// Each entry of the table says how its file is read and what holds without it; ../definitions.ts joins the rooms.
import { ControlError, readLines } from '../reading.ts';
import type { Definitions } from './entry.ts';

/** Those who need a user: the roles, and `send`, to whom qmail's own qmail-send belongs. */
export const roleUserNames = ['queue', 'send', 'remote', 'smtpd', 'accounts', 'web'] as const;

export type RoleUserName = (typeof roleUserNames)[number];

/** A user and a group by name or number; without a group it is the user's own. */
export interface RoleUserEntry {
  readonly user: string;
  readonly group: string | undefined;
}

/** The values, after defaults. */
export interface RoleSettings {
  readonly roleusers: ReadonlyMap<RoleUserName, RoleUserEntry>;
}

const defaults: Readonly<Record<RoleUserName, string>> = {
  queue: 'qmailq',
  send: 'qmails',
  remote: 'qmailr',
  smtpd: 'qmaild',
  accounts: 'vpopmail',
  web: 'vpopmail',
};

export const roleSettings: Definitions<RoleSettings> = {
  roleusers: {
    kind: 'list',
    default: roleUserNames.map((name) => `${name}:${defaults[name]}`).join(', '),
    readers: 'serve, started as root',
    meaning:
      'User of each role: ROLE:USER or ROLE:USER:GROUP a line, by name or number. send is the user of qmail-send, to whom its part of the queue is given back at the end.',
    atStart: true,
    read: (file) => {
      const users = new Map<RoleUserName, RoleUserEntry>();
      for (const name of roleUserNames) users.set(name, { user: defaults[name], group: undefined });
      for (const line of readLines(file) ?? []) {
        const match = /^([a-z]+):([A-Za-z0-9_][A-Za-z0-9_.-]*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]*))?$/.exec(
          line,
        );
        const name = roleUserNames.find((each) => each === match?.[1]);
        if (!match || !name)
          throw new ControlError(
            file.path,
            line,
            `ROLE:USER or ROLE:USER:GROUP with a role of ${roleUserNames.join(' ')}`,
          );
        users.set(name, { user: match[2] as string, group: match[3] });
      }
      return users;
    },
  },
};
