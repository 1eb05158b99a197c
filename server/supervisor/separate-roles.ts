// The roles as processes of their own (root): binds every socket, makes the places where roles meet, gives each role its
// user, starts them, keeps them running and ends them in order. This parent is root and reads nothing that a stranger
// wrote: it copies log lines and understands only the one report of each role.
import { chmod, chown, lstat, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { RoleUser, SiteUsers } from '../../mta/accounts/role-users.ts';
import { readCertificateFiles, writeCertificateFiles } from '../../mta/certificates/files.ts';
import { doorMemory, type Home, remoteMemory } from '../../mta/home.ts';
import { whoMode } from '../../mta/inject/identity.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { lockFile, QueueLockError } from '../../mta/queue/lock.ts';
import { QueueOwnerError, returnQueue, takeQueue } from '../../mta/queue/ownership.ts';
import type { ListenAddress } from '../../mta/service.ts';
import { keysDirectory } from '../../mta/trust/dkim-files.ts';
import { pickOutgoing } from '../../mta/trust/outgoing-watch.ts';
import { mayTellHistory } from '../history/lines.ts';
import { type BoundPort, type BoundSocket, bindPort, bindSocket } from './bind.ts';
import { ChildRole } from './child-role.ts';
import { doorNames } from './doors.ts';
import { watchCertificateFiles } from './kept-certificates.ts';
import { isMailboxRole, mailboxRoleOf, mailboxRoles } from './mailbox-doors.ts';
import { rolePaths } from './role-paths.ts';
import type { RolePlan, SeparateRole } from './role-plan.ts';
import type { Roles, RolesOptions } from './roles.ts';
import { QueueTakenError, StartError } from './start-error.ts';
import { giveKeysTo, giveStateTo } from './state-owner.ts';
import { isWebDoor, webDoorNames } from './web-doors.ts';

export interface SeparateRolesOptions extends RolesOptions {
  readonly users: SiteUsers;
}

/** Milliseconds between the queue's rest and that of remote and local: what the queue has just begun shall not fail by it. */
const restGap = 200;

/** Starts everything. @throws StartError when a port cannot be had, or the queue has another runner */
export async function startSeparateRoles(options: SeparateRolesOptions): Promise<Roles> {
  const { home, listen, isChosen, users } = options;
  let history: ChildRole | undefined;
  let smtpd: ChildRole | undefined;
  const pick = pickOutgoing((line) => smtpd?.observe(line));
  const log: Log = (line) => {
    options.log(line);
    if (!mayTellHistory(line)) return;
    history?.observe(line);
    if (smtpd) pick(line);
  };
  const problems: string[] = [];
  const ports: BoundPort[] = [];
  const sockets = new Map<SeparateRole | 'orders' | 'reports', BoundSocket>();
  const children: ChildRole[] = [];
  let hasQueue = false;
  let watch: { close(): void } | undefined;
  const tell = (problem: string): void => {
    problems.push(problem);
    log(`alert: ${quoted(problem)}`);
  };
  const closeAll = async (): Promise<void> => {
    watch?.close();
    const of = (...roles: readonly SeparateRole[]): ChildRole[] =>
      children.filter(({ role }) => roles.includes(role));
    // No delivery is begun any more. Doors close first, the queue after them, so that what is under way still gets in.
    for (const child of of('queue')) child.tell('rest');
    const cut = setTimeout(() => {
      for (const name of ['remote', 'local'] as const) for (const child of of(name)) child.tell('rest');
    }, restGap);
    await Promise.all(of('smtpd', 'web', ...mailboxRoles).map((child) => child.stop()));
    await Promise.all(of('queue', 'accounts', 'admin').map((child) => child.stop()));
    clearTimeout(cut);
    await Promise.all(of('local', 'remote').map((child) => child.stop()));
    // The last lines of the others are history too.
    await Promise.all(of('history').map((child) => child.stop()));
    for (const bound of [...ports, ...sockets.values()]) bound.close();
    if (hasQueue) await returnToQmail(home, users, log);
  };

  try {
    const isPeoples = (name: string): boolean => isWebDoor(name) || name === 'vpopmaild';
    const served = listen.filter(
      ({ name }) => isPeoples(name) || mailboxRoleOf(name) || doorNames.some((each) => each === name),
    );
    const others = listen.filter((entry) => !served.includes(entry));
    if (others.length > 0 && isChosen)
      tell(`not served by this version: ${others.map(({ name }) => name).join(', ')}`);
    // One after the other: of two lines with one port the second is the wrong one.
    for (const entry of served) ports.push(await bindPort(entry));
    await takeFromQmail(home, users);
    hasQueue = true;
    await makePlaces(home, users);
    const paths = rolePaths(home);
    const root = { uid: 0, gid: 0 };
    sockets.set('queue', await bindSocket(paths.inject, 0o666, root));
    sockets.set('orders', await bindSocket(paths.orders, 0o600, root));
    sockets.set('local', await bindSocket(paths.local, 0o600, users.queue));
    sockets.set('remote', await bindSocket(paths.remote, 0o600, users.queue));
    sockets.set('accounts', await bindSocket(paths.accounts, 0o600, users.smtpd));
    sockets.set('history', await bindSocket(paths.history, 0o600, users.web));
    sockets.set('reports', await bindSocket(paths.reports, 0o600, users.smtpd));
    sockets.set('admin', await bindSocket(paths.admin, 0o600, users.web));
    const mailDoors = ports.filter(({ entry }) => mailboxRoleOf(entry.name));
    const doors = ports.filter(({ entry }) => !isPeoples(entry.name) && !mailboxRoleOf(entry.name));
    // One webmail, in clear text for a proxy and over TLS; and administration over lines, by the same role.
    const pages = webDoorNames.flatMap((name) =>
      ports.filter(({ entry }) => entry.name === name).slice(0, 1),
    );
    const people = [...pages, ...ports.filter(({ entry }) => entry.name === 'vpopmaild')];
    const portsOf: Partial<Record<SeparateRole, readonly BoundPort[]>> = {
      smtpd: doors,
      web: people,
      imapd: mailDoors.filter(({ entry }) => mailboxRoleOf(entry.name) === 'imapd'),
      pop3d: mailDoors.filter(({ entry }) => mailboxRoleOf(entry.name) === 'pop3d'),
      sieved: mailDoors.filter(({ entry }) => mailboxRoleOf(entry.name) === 'sieved'),
    };
    const names = new Set<string>();
    const tlsSpeaker = tlsRoles.find((role) => (portsOf[role] ?? []).length > 0);
    const start = async (role: SeparateRole): Promise<void> => {
      const own = portsOf[role] ?? [];
      const seconds = { queue: sockets.get('orders'), history: sockets.get('reports') };
      const second = role === 'queue' || role === 'history' ? seconds[role] : undefined;
      const child = makeChild(
        role,
        { ports: own, socket: sockets.get(role), second },
        { ...options, log, tlsSpeaker },
      );
      if (role === 'history') history = child;
      if (role === 'smtpd') smtpd = child;
      children.push(child);
      const report = await child.start();
      if (report.state === 'failed') throw new StartError(report.problem);
      if (report.state === 'away') return tell(report.problem);
      for (const problem of report.problems) tell(problem);
      for (const name of report.served) names.add(name);
    };
    // Who is asked comes before who asks: a socket that nobody has listened on yet refuses.
    const stages: readonly (readonly SeparateRole[])[] = [
      ['history'],
      doors.length > 0 ? ['local', 'remote', 'accounts'] : ['local', 'remote'],
      people.length > 0 ? ['queue', 'admin'] : ['queue'],
      [
        ...(doors.length > 0 ? (['smtpd'] as const) : []),
        ...(people.length > 0 ? (['web'] as const) : []),
        ...mailboxRoles.filter((role) => (portsOf[role] ?? []).length > 0),
      ],
    ];
    for (const stage of stages) await Promise.all(stage.map(start));
    const addresses: ListenAddress[] = [
      { name: 'inject', address: paths.inject },
      ...[...doors, ...people, ...mailDoors]
        .filter(({ entry }) => names.has(entry.name))
        .map(({ entry, port }) => ({ name: entry.name, address: `${bracketed(entry.host)}:${port}`, port })),
    ];
    let closing: Promise<void> | undefined;
    const all = (order: 'reload' | 'retry'): void => {
      for (const child of children) child.tell(order);
    };
    const reload = async (): Promise<void> => {
      await renew();
      all('reload');
    };
    const renew = async (): Promise<void> => {
      try {
        const certificates = await readCertificates(home);
        for (const child of children) if (speaksTls(child.role)) child.renew(certificates);
      } catch (error) {
        log(`alert: unable to reread the certificates, keeping the old ones: ${quoted(String(error))}`);
      }
    };
    watch = watchCertificateFiles(home.qmail, renew);
    return {
      addresses,
      problems,
      table: describeRoles(children, users),
      reload,
      retryNow: () => all('retry'),
      broken: new Promise(() => undefined),
      close: () => {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** What the parent bound for a role, in the order of its descriptors. */
interface BoundForRole {
  readonly ports: readonly BoundPort[];
  readonly socket: BoundSocket | undefined;
  readonly second: BoundSocket | undefined;
}

function makeChild(
  role: SeparateRole,
  bound: BoundForRole,
  options: SeparateRolesOptions & { readonly tlsSpeaker: SeparateRole | undefined },
): ChildRole {
  const { ports, socket, second } = bound;
  const { home, isChosen, given, log, users } = options;
  // Standard input, output and error are 0 to 2.
  const first = 3;
  return new ChildRole({
    role,
    user: staysRoot(role) ? undefined : roleUser(users, role),
    log,
    descriptors: [...ports, ...[socket, second].filter((one) => one !== undefined)].map(
      ({ descriptor }) => descriptor,
    ),
    plan: async (): Promise<RolePlan> => {
      // Read as root, so that the key can be root's: only the role that speaks TLS gets it.
      const certificates = speaksTls(role) ? await readCertificates(home) : undefined;
      return {
        role,
        home,
        listen: ports.map(({ entry }, index) => ({ ...entry, descriptor: first + index })),
        isChosen,
        given,
        socket: socket ? first + ports.length : undefined,
        second: second ? first + ports.length + (socket ? 1 : 0) : undefined,
        uids: {
          queue: users.queue.uid,
          smtpd: users.smtpd.uid,
          web: users.web.uid,
          alias: users.alias,
        },
        people: { uid: users.accounts.uid, gid: users.accounts.gid },
        certificates,
        speaksOfTls: role === options.tlsSpeaker,
      };
    },
  });
}

/** Certificates and keys of the doors. */
const readCertificates = async (home: Home): Promise<string> =>
  writeCertificateFiles(await readCertificateFiles(home.qmail));

/** local becomes who gets the mail; admin is mostly the owner of the domains, and root for users/ and control/. */
const staysRoot = (role: SeparateRole): role is 'local' | 'admin' => role === 'local' || role === 'admin';

/** They are shown the certificates, and new ones while they run. */
const tlsRoles: readonly SeparateRole[] = ['smtpd', ...mailboxRoles, 'web'];
const speaksTls = (role: SeparateRole): boolean => tlsRoles.includes(role);

/** The history lies in state/, which is the webmail's; imapd, pop3d and sieved read and change the same homes. */
const roleUser = (users: SiteUsers, role: Exclude<SeparateRole, 'local' | 'admin'>): RoleUser =>
  users[role === 'history' || isMailboxRole(role) ? 'web' : role];

/** Gives the queue to its role, while nobody serves it. @throws StartError */
async function takeFromQmail(home: Home, users: SiteUsers): Promise<void> {
  const directory = await realpath(join(home.qmail, 'queue'));
  try {
    await whileLocked(directory, () => takeQueue(directory, users));
  } catch (error) {
    if (error instanceof QueueLockError && error.isTaken) throw new QueueTakenError(directory);
    if (error instanceof QueueLockError || error instanceof QueueOwnerError)
      throw new StartError(error.message);
    throw error;
  }
}

/** After a clean end the queue is qmail's, owners included. */
async function returnToQmail(home: Home, users: SiteUsers, log: Log): Promise<void> {
  try {
    const directory = await realpath(join(home.qmail, 'queue'));
    await whileLocked(directory, () => returnQueue(directory, users));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    log(`warning: cannot give the queue back to ${users.send.name}: ${quoted(words)}`);
  }
}

async function whileLocked(directory: string, act: () => Promise<unknown>): Promise<void> {
  const lock = await lockFile(`${directory}/lock/sendmutex`);
  try {
    await act();
  } finally {
    await lock.release();
  }
}

/** run/ with what is in it, remote/ for remote, trust/ for the doors, and state/ for the webmail. */
async function makePlaces(home: Home, users: SiteUsers): Promise<void> {
  const { who, spool } = rolePaths(home);
  await mkdir(home.run, { recursive: true });
  await owned(home.run, 0o711, { uid: 0, gid: 0 });
  await mkdir(who, { recursive: true });
  await owned(who, whoMode, users.queue);
  await mkdir(spool, { recursive: true });
  await owned(spool, 0o711, { uid: 0, gid: 0 });
  await mkdir(remoteMemory(home), { recursive: true });
  await owned(remoteMemory(home), 0o700, users.remote);
  await mkdir(home.state, { recursive: true });
  await giveStateTo(home.state, users.web);
  await giveKeysTo(keysDirectory(home.qmail), users.remote);
  const trust = doorMemory(home);
  await mkdir(trust, { recursive: true });
  await giveStateTo(trust, users.smtpd);
}

/** A directory in a place where only root makes names. */
async function owned(path: string, mode: number, owner: { uid: number; gid: number }): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw new StartError(`${path}: expected a directory`);
  await chown(path, owner.uid, owner.gid);
  await chmod(path, mode);
}

/** What runs as whom, a line a role. */
function describeRoles(children: readonly ChildRole[], users: SiteUsers): readonly string[] {
  const works: Readonly<Record<SeparateRole, string>> = {
    accounts: 'reads accounts and checks passwords',
    queue: 'the queue and its schedule',
    local: 'becomes the user who gets the mail',
    remote: 'sends to other hosts',
    smtpd: 'takes mail from the network',
    web: 'webmail',
    imapd: 'serves IMAP',
    pop3d: 'serves POP3',
    sieved: 'serves ManageSieve',
    history: 'keeps what became of letters',
    admin: 'changes accounts and domains',
  };
  const row = (name: string, pid: number | undefined, user: string, work: string): string =>
    `${name.padEnd(9)} ${String(pid ?? '-').padStart(7)} ${user.padEnd(18)} ${work}`;
  return [
    row('parent', process.pid, 'root', 'holds the sockets, starts the roles'),
    ...children.map(({ role, pid }) =>
      row(role, pid, staysRoot(role) ? 'root' : roleUser(users, role).name, works[role]),
    ),
  ];
}
