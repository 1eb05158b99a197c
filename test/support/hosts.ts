// Several hosts on this machine: each is a network namespace of Linux with addresses and a table of mounts of its own, all
// on one bridge and with no way out. Programs run on a host behind its `wrapper`; files and Unix sockets are those of all.
// A host ends with the test that made it, even one that is killed: its holder reads from a pipe of the test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type ProgramEnd, runProgram } from './root.ts';

/** Why hosts cannot be made here; false: they can. */
export const noHosts: string | false = whyNoHosts();

function whyNoHosts(): string | false {
  const missing = ['unshare', 'nsenter', 'ip'].find((name) => spawnSync(name, ['-V']).error !== undefined);
  if (missing !== undefined) return `${missing} is not installed`;
  const trial = 'ip link add bridge1 type bridge && ip link add veth1 type veth peer name veth2';
  const { status, stderr } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', trial], {
    encoding: 'utf8',
  });
  return status === 0 ? false : `no network namespaces here: ${stderr.trim()}`;
}

export interface Host {
  /** A program behind it runs on the host. */
  readonly wrapper: readonly string[];
  /** Runs a program on the host to its end. */
  run(line: readonly string[], input?: string): Promise<ProgramEnd>;
}

export interface HostNetwork {
  /** The host that all others are joined to; it has the addresses given to `openHostNetwork`. */
  readonly hub: Host;
  /**
   * @param addresses with their prefix lengths: `10.9.0.1/24`
   * @param resolver file in the place of /etc/resolv.conf
   */
  addHost(addresses: readonly string[], resolver?: string): Promise<Host>;
  close(): Promise<void>;
}

interface Holder {
  readonly host: Host;
  readonly pid: number;
  end(): Promise<void>;
}

async function startHolder(): Promise<Holder> {
  const child: ChildProcess = spawn(
    'unshare',
    ['--net', '--mount', 'sh', '-c', 'ip link set lo up && echo ready && exec cat'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  await Promise.race([
    once(child.stdout!, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`unshare ended with status ${code}`))),
  ]);
  const pid = child.pid as number;
  const wrapper = ['nsenter', `--target=${pid}`, '--net', '--mount', '--'];
  return {
    pid,
    host: { wrapper, run: (line, input) => runProgram([...wrapper, ...line], undefined, input) },
    async end() {
      child.stdin?.end();
      await exited;
    },
  };
}

async function must({ run }: Host, script: string): Promise<void> {
  const { status, stderr } = await run(['sh', '-ec', script]);
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
}

/** Makes a network with its first host. @param addresses with their prefix lengths */
export async function openHostNetwork(addresses: readonly string[]): Promise<HostNetwork> {
  const hub = await startHolder();
  const holders = [hub];
  const add = (device: string, all: readonly string[]) =>
    all.map((each) => `ip address add ${each} dev ${device}`).join('; ');
  await must(
    hub.host,
    `ip link add bridge1 type bridge; ${add('bridge1', addresses)}; ip link set bridge1 up`,
  );
  return {
    hub: hub.host,
    async addHost(own, resolver) {
      const port = `port${holders.length}`;
      const holder = await startHolder();
      holders.push(holder);
      await must(
        hub.host,
        `ip link add ${port} type veth peer name eth0 netns ${holder.pid}; ip link set ${port} master bridge1 up`,
      );
      await must(holder.host, `${add('eth0', own)}; ip link set eth0 up`);
      if (resolver !== undefined) await must(holder.host, `mount --bind ${resolver} /etc/resolv.conf`);
      return holder.host;
    },
    async close() {
      await Promise.all(holders.map((holder) => holder.end()));
    },
  };
}

/** Writes a resolv.conf that believes what this server says of DNSSEC. */
export const writeResolver = (path: string, server: string): Promise<void> =>
  writeFile(path, `nameserver ${server}\noptions trust-ad\n`);
