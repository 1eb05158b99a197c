// imapd, pop3d or sieved, as a process of its own: the Maildirs' owner, as the webmail is, with accounts and mailboxes of its own
// over the same files. The certificate comes from the parent, which alone may read the key.
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import type { Log } from '../../mta/log.ts';
import type { Service } from '../../mta/service.ts';
import { keepPlannedCertificates } from './kept-certificates.ts';
import { openMailRooms } from './mail-rooms.ts';
import {
  type MailboxDoorsOptions,
  type MailboxRole,
  startImapDoors,
  startPop3Doors,
  startSieveDoors,
} from './mailbox-doors.ts';
import type { RunningRole } from './role.ts';
import type { RolePlan } from './role-plan.ts';
import type { LiveSettings } from './settings.ts';

/** Starts the role of a plan. @throws StartError when nothing can be served; ControlError */
export async function startMailboxRole(
  role: MailboxRole,
  plan: RolePlan,
  live: LiveSettings,
  log: Log,
): Promise<Omit<RunningRole, 'reload'>> {
  const { home } = plan;
  const problems: string[] = [];
  const certificates = keepPlannedCertificates(plan, log, (words) => problems.push(words));
  const accounts = openAccounts({
    home,
    users: openUsers(home.qmail),
    trustsClosedHomes: true,
    writesLogins: true,
    log,
  });
  const rooms = openMailRooms(home, log, false);
  const closeParts = async (): Promise<void> => {
    certificates.close();
    await rooms.close();
    await accounts.close();
  };
  try {
    const service = await startDoorsOf(role, live, {
      listen: plan.listen,
      tls: certificates.now,
      accounts,
      mailboxes: rooms.mailboxes,
      log,
      problem: plan.isChosen ? (line) => problems.push(line) : log,
    });
    return {
      served: service.addresses.map(({ name }) => name),
      problems,
      renew: certificates.renew,
      close: async () => {
        await service.close();
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

/** Reads the settings of the role and starts its doors, in whichever process. @throws StartError; ControlError */
export async function startDoorsOf(
  role: MailboxRole,
  live: LiveSettings,
  options: Omit<MailboxDoorsOptions<never>, 'settings'>,
): Promise<Service> {
  switch (role) {
    case 'imapd':
      return startImapDoors({ ...options, settings: await live.open('imapd') });
    case 'pop3d':
      return startPop3Doors({ ...options, settings: await live.open('pop3d') });
    case 'sieved':
      return startSieveDoors({ ...options, settings: await live.open('sieved') });
  }
}
