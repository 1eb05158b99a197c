// The peers of bench/list.ts, Debian's packages in private directories: Postfix, which expands the members itself (XVERP), and
// GNU Mailman 3 behind it, which gives Postfix a letter for each member (verp_delivery_interval 1), as its sites have it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { noPostfix, startPostfix } from '../test/support/postfix.ts';

const mailmanPrograms = '/usr/lib/mailman3/bin';
/** Debian's user of mailing lists. */
const mailmanUser = 'list';

/** Why a peer cannot be had here; undefined: it can. */
export function whyNoPeer(name: string): string | undefined {
  if (noPostfix) return noPostfix;
  if (name === 'mailman' && !existsSync(mailmanPrograms)) return 'mailman3 is not installed';
  return undefined;
}

export interface PeerOptions {
  /** Is made; others must be able to walk to it. */
  readonly directory: string;
  /** Of 127.0.0.1, where Postfix takes letters. */
  readonly port: number;
  /** Of 127.0.0.1, where everything goes. */
  readonly sinkPort: number;
  /** Deliveries at once. */
  readonly concurrency: number;
  /** Where the list's program takes posts by LMTP. */
  readonly list?: { readonly address: string; readonly lmtpPort: number } | undefined;
}

export interface Peer {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** A Postfix that relays to the sink, and gives posts of a list to its program. */
export async function startRelay(options: PeerOptions): Promise<Peer> {
  const { directory, port, sinkPort, concurrency, list } = options;
  const postfix = await startPostfix(directory, {
    listen: `127.0.0.1:${port}`,
    services: ['lmtp unix - - n - - lmtp'],
    main: {
      myhostname: 'relay.bench.example',
      inet_interfaces: '127.0.0.1',
      mynetworks: '127.0.0.0/8',
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
      smtpd_authorized_verp_clients: '127.0.0.1',
      relayhost: `[127.0.0.1]:${sinkPort}`,
      smtp_destination_concurrency_limit: String(concurrency),
      transport_maps: list ? `inline:{{${list.address} = lmtp:[127.0.0.1]:${list.lmtpPort}}}` : '',
    },
  });
  return { pids: [postfix.pid], stop: () => postfix.stop() };
}

/** Before a program: it runs as Mailman's user, and ends with us. */
const asMailman = (directory: string, program: string): string[] => [
  `--reuid=${mailmanUser}`,
  `--regid=${mailmanUser}`,
  '--clear-groups',
  '--pdeathsig=TERM',
  join(mailmanPrograms, program),
  '-C',
  join(directory, 'mailman.cfg'),
];

const runMailman = (directory: string, args: readonly string[], input = ''): string => {
  const line = [...asMailman(directory, 'mailman'), ...args];
  const { status, stdout, stderr } = spawnSync('setpriv', line, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`mailman ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** Makes members with Mailman's own model, all in one transaction: its commands take a minute for each thousand. */
const addMembers = (count: number): string => `from mailman.database.transaction import transaction
from mailman.interfaces.action import Action
from mailman.interfaces.member import MemberRole
from mailman.model.address import Address
from mailman.model.member import Member
from mailman.model.preferences import Preferences
from mailman.utilities.datetime import now

def add(i):
    address = Address('member%d@sink.example' % i, '')
    address.preferences = Preferences()
    address.verified_on = now()
    config.db.store.add(address)
    member = Member(MemberRole.member, m.list_id, address)
    member.preferences = Preferences()
    config.db.store.add(member)

config.db.store.autoflush = False
any(add(i) for i in range(${count}))
m.default_nonmember_action = Action.accept
m.admin_immed_notify = False
commit()
print('members:', m.members.member_count)
`;

/** Mailman with one list, whose members take what it sends through the Postfix on `port`. */
export async function startMailman(
  options: Pick<PeerOptions, 'directory' | 'port'> & {
    readonly list: NonNullable<PeerOptions['list']>;
    readonly members: number;
  },
): Promise<Peer> {
  const { directory, port, list, members } = options;
  const idOf = (flag: string): number =>
    Number(spawnSync('id', [flag, mailmanUser], { encoding: 'utf8' }).stdout.trim());
  await mkdir(directory, { recursive: true });
  await chown(directory, idOf('-u'), idOf('-g'));
  await chmod(directory, 0o755);
  await writeFile(
    join(directory, 'mailman.cfg'),
    `[mailman]
site_owner: postmaster@bench.example
layout: here
[paths.here]
bin_dir: ${mailmanPrograms}
var_dir: ${join(directory, 'var')}
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: ${port}
lmtp_host: 127.0.0.1
lmtp_port: ${list.lmtpPort}
verp_delivery_interval: 1
[webservice]
port: ${list.lmtpPort + 1}
`,
  );
  runMailman(directory, ['create', '-d', list.address]);
  const told = runMailman(directory, ['shell', '-l', list.address], addMembers(members));
  if (!told.includes(`members: ${members}\n`)) throw new Error(`Mailman's list has other members: ${told}`);
  // Its end is that of all its runners.
  const child = spawn('setpriv', asMailman(directory, 'master'), { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  for (let tries = 0; !(await isListening(list.lmtpPort)); tries++) {
    if (child.exitCode !== null || tries > 1200) throw new Error('Mailman does not listen');
    await pause(50);
  }
  return {
    pids: [child.pid as number],
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
