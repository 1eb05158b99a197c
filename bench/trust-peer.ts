// The peer of bench/trust.ts: a private Postfix with the filters that its sites put beside it, Debian's packages as they
// come: policyd-spf (SPF), OpenDKIM (checks what comes in, signs what goes out), OpenDMARC; and unbound, the resolver that
// both servers ask.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostfix } from '../test/support/postfix.ts';

/** What is missing here of the peer; undefined: nothing. */
export const missingProgram = (): string | undefined =>
  ['postfix', 'opendkim', 'opendmarc', 'policyd-spf', 'unbound', 'unshare', 'ip'].find(
    (name) => spawnSync('sh', ['-c', 'command -v "$0"', name]).status !== 0,
  );

export interface Program {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a program that stays, and waits until it listens. @param place port of 127.0.0.1, or path of a socket */
async function startProgram(line: readonly string[], place: number | string): Promise<Program> {
  const [program = '', ...args] = line;
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  const isThere = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = typeof place === 'number' ? connect(place, '127.0.0.1') : connect(place);
      const end = (answer: boolean): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('connect', () => end(true)).once('error', () => end(false));
    });
  for (let tries = 0; !(await isThere()); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`${program} does not listen`);
    await pause(50);
  }
  return {
    pid: child.pid as number,
    async stop() {
      // OpenDKIM and OpenDMARC think about a gentler signal for seconds.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The resolver on 127.0.0.1, which knows these records (as a zone file has them) and no others. */
export async function startResolver(directory: string, records: readonly string[]): Promise<Program> {
  const lines = [
    'server:',
    'interface: 127.0.0.1',
    'do-daemonize: no',
    'username: ""',
    'chroot: ""',
    `directory: "${directory}"`,
    `pidfile: "${join(directory, 'unbound.pid')}"`,
    'use-syslog: no',
    'logfile: "/dev/null"',
    'module-config: "iterator"',
    'do-ip6: no',
    'local-zone: "." static',
    ...records.map((record) => `local-data: '${record}'`),
    'remote-control:',
    'control-enable: no',
  ];
  const path = join(directory, 'unbound.conf');
  await writeFile(path, `${lines.join('\n')}\n`);
  return startProgram(['unbound', '-d', '-c', path], 53);
}

export interface PeerOptions {
  /** Is made. */
  readonly directory: string;
  /** Where it listens, on port 25. */
  readonly address: string;
  readonly domain: string;
  readonly users: readonly string[];
  /** Whose mail is relayed and signed. */
  readonly relayClient: string;
  /** `[address]:port`. */
  readonly relayHost: string;
  /** Signs what leaves. */
  readonly key: { readonly selector: string; readonly path: string };
}

export interface Peer {
  readonly pids: readonly number[];
  readonly maildirs: readonly string[];
  stop(): Promise<void>;
}

/** Starts it whole. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  const { directory, domain, users, key } = options;
  const place = (name: string): string => join(directory, name);
  const me = `mail.${domain}`;
  await mkdir(directory, { recursive: true });
  // Debian's user without rights.
  const nobody = 65_534;
  const maildirs: string[] = [];
  for (const user of users)
    for (const part of ['', 'tmp', 'new', 'cur']) {
      const path = join(directory, 'mail', user, 'Maildir', part);
      await mkdir(path, { recursive: true });
      await chown(path, nobody, nobody);
      if (part === 'new') maildirs.push(path);
    }
  await writeFile(place('vmailbox'), users.map((user) => `${user}@${domain} ${user}/Maildir/\n`).join(''));
  await writeFile(place('internal'), `${options.relayClient}\n`);
  await writeFile(
    place('opendkim.conf'),
    `Mode sv
Socket local:${place('dkim.socket')}
UMask 000
Canonicalization relaxed/relaxed
Nameservers 127.0.0.1
Domain ${domain}
Selector ${key.selector}
KeyFile ${key.path}
RequireSafeKeys no
InternalHosts ${place('internal')}
ExternalIgnoreList ${place('internal')}
AlwaysAddARHeader yes
AuthservID ${me}
Background no
Syslog no
`,
  );
  await writeFile(
    place('opendmarc.conf'),
    `Socket local:${place('dmarc.socket')}
UMask 000
AuthservID ${me}
TrustedAuthservIDs ${me}
IgnoreHosts ${place('internal')}
HistoryFile ${place('dmarc-history')}
PublicSuffixList /usr/share/publicsuffix/public_suffix_list.dat
RejectFailures true
Background false
Syslog false
`,
  );
  await writeFile(
    place('policyd-spf.conf'),
    `debugLevel = 0
TestOnly = 1
HELO_reject = Fail
Mail_From_reject = Fail
PermError_reject = False
TempError_Defer = False
Header_Type = AR
Authserv_Id = ${me}
skip_addresses = 127.0.0.0/8
`,
  );
  await chmod(directory, 0o755);
  const filters = [
    await startProgram(['opendkim', '-f', '-x', place('opendkim.conf')], place('dkim.socket')),
    await startProgram(['opendmarc', '-f', '-c', place('opendmarc.conf')], place('dmarc.socket')),
  ];
  const postfix = await startPostfix(place('postfix'), {
    listen: `${options.address}:25`,
    services: [
      `policyd-spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf ${place('policyd-spf.conf')}`,
    ],
    main: {
      myhostname: me,
      inet_interfaces: options.address,
      mynetworks: options.relayClient,
      relayhost: options.relayHost,
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
      smtpd_recipient_restrictions:
        'permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/policyd-spf',
      'policyd-spf_time_limit': '3600',
      smtpd_milters: `unix:${place('dkim.socket')}, unix:${place('dmarc.socket')}`,
      milter_default_action: 'tempfail',
      virtual_mailbox_domains: domain,
      virtual_mailbox_base: place('mail'),
      virtual_mailbox_maps: `texthash:${place('vmailbox')}`,
      virtual_uid_maps: `static:${nobody}`,
      virtual_gid_maps: `static:${nobody}`,
      virtual_mailbox_limit: '0',
      message_size_limit: '52428800',
    },
  });
  return {
    pids: [postfix.pid, ...filters.map(({ pid }) => pid)],
    maildirs,
    async stop() {
      await postfix.stop();
      for (const filter of filters) await filter.stop();
    },
  };
}
