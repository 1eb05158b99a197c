// Where the roles of separate processes meet: sockets and directories in HOME/run.
import { join } from 'node:path';
import type { Home } from '../../mta/home.ts';

export const rolePaths = ({ run }: Pick<Home, 'run'>) => ({
  /** Everybody's way into the queue. */
  inject: join(run, 'inject'),
  /** Where those who come in by it prove who they are. */
  who: join(run, 'who'),
  /** Orders about messages in the queue: for root, or the user of a site that is one user's. */
  orders: join(run, 'orders'),
  /** The queue asks local, and remote, to deliver. */
  local: join(run, 'local'),
  remote: join(run, 'remote'),
  /** smtpd asks about recipients and passwords. */
  accounts: join(run, 'accounts'),
  /** The web has accounts, aliases and domains changed. */
  admin: join(run, 'admin'),
  /** The web asks what became of letters. */
  history: join(run, 'history'),
  /** smtpd tells what it found out about letters, for reports. */
  reports: join(run, 'reports'),
  /** Long messages and what programs read, for the users who get them. */
  spool: join(run, 'spool'),
});
