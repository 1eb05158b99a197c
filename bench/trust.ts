// npm run bench:trust: letters with everything on that judges and signs them, beside Postfix with its filters on the same
// work, in turns. In: SPF, DKIM and DMARC of signed letters from several domains, to the file in the Maildir. Out: letters of
// our own, signed (RSA of 2,048 bits), to the last answer of a sink. Everything runs on a network of its own with its own
// resolver, so it needs root, and Debian's postfix, opendkim, opendmarc, postfix-policyd-spf-python and unbound.
// All of it is one group of processes to the kernel's scheduler: else, on a machine where others work, a server of many
// processes or sessions of its own (Postfix) would get more of the processor than one of few.
//   node bench/trust.ts [--count 2000] [--connections 10] [--sizes 2048,20480] [--runs 3] [--only in|out] [--separate]
// --separate: one process a role, each under its own user, as root runs it.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { programRoot } from '../mta/root.ts';
import { sendLetters } from './load.ts';
import { cpuSeconds } from './processes.ts';
import { startSinkProcess } from './sink.ts';
import { missingProgram, startPeer, startResolver } from './trust-peer.ts';

const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');
const domain = 'bench.com';
const users = Array.from({ length: 10 }, (_, i) => `u${i}`);
const senders = Array.from({ length: 12 }, (_, i) => `sender${i}.com`);
/** Letters that are signed before and used again and again. */
const signedAhead = 400;
/** Letters of one connection. */
const perConnection = 50;

const addresses = { facteur: '10.9.0.1', postfix: '10.9.0.2', sink: '10.9.0.3', own: '10.9.0.4' } as const;
const sinkPort = 2525;
const strangers = (i: number): string => `192.0.2.${(i % 50) + 1}`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '10' },
    sizes: { type: 'string', default: '2048,20480' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    separate: { type: 'boolean', default: false },
  },
});
const [count, connections, runs] = [values.count, values.connections, values.runs].map(Number) as [
  number,
  number,
  number,
];

/** CPU groups of version 1 and 2; a share of eight, so that a busy machine does not make it last for ever. */
const groups = ['/sys/fs/cgroup/cpu/facteur-bench', '/sys/fs/cgroup/facteur-bench'];

/** Runs this program again on a network of its own, with a resolver on its loopback. */
function runInside(directory: string): number {
  const script = `for group in ${groups.join(' ')}; do
  if [ -e "\${group%/*}/cgroup.procs" ] && mkdir -p "$group" && echo $$ > "$group/cgroup.procs"; then
    if [ -e "$group/cpu.shares" ]; then echo 8192 > "$group/cpu.shares"; break; fi
    if [ -e "$group/cpu.weight" ]; then echo 800 > "$group/cpu.weight"; break; fi
  fi
done
ip link set lo up
for address in ${Object.values(addresses).join(' ')} ${Array.from({ length: 50 }, (_, i) => strangers(i)).join(' ')}; do ip address add $address/32 dev lo; done
printf 'nameserver 127.0.0.1\\n' > "$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"`;
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { status } = spawnSync(
    'unshare',
    ['--net', '--mount', 'sh', '-ec', script, 'sh', directory, ...self],
    { stdio: 'inherit', env: { ...process.env, FACTEUR_BENCH_INSIDE: directory } },
  );
  for (const group of groups) spawnSync('rmdir', [group], { stdio: 'ignore' });
  return status ?? 1;
}

interface Target {
  readonly name: string;
  readonly address: string;
  readonly maildirs: readonly string[];
  readonly pids: readonly number[];
}

const filesIn = async (maildirs: readonly string[]): Promise<readonly string[]> =>
  (
    await Promise.all(maildirs.map(async (path) => (await readdir(path)).map((name) => join(path, name))))
  ).flat();

/** A letter of about `size` bytes from a domain. */
function makeLetter(n: number, size: number, sender: string): string {
  const head = `From: Load <load@${sender}>\r\nTo: Reader <reader@${domain}>\r\nSubject: letter ${n} of ${sender}\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${n}.${size}@${sender}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n`;
  const lines: string[] = [];
  for (let at = head.length; at < size; at += 76)
    lines.push(
      `${`${n} ${at} ${'The quick brown fox jumps over the lazy dog. '.repeat(2)}`.slice(0, 74)}\r\n`,
    );
  return head + lines.join('');
}

interface Keys {
  readonly privateKey: string;
  /** Of the records of all senders. */
  readonly record: string;
}

function makeKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    record: `v=DKIM1; k=rsa; p=${der}`,
  };
}

const closed = (letter: string): Buffer => Buffer.from(`${letter}.\r\n`);

async function signAhead(size: number, { privateKey }: Keys): Promise<readonly Buffer[]> {
  const letters: Buffer[] = [];
  for (let n = 0; n < signedAhead; n++) {
    const sender = senders[n % senders.length] as string;
    const letter = makeLetter(n, size, sender);
    const key = { signingDomain: sender, selector: 's', privateKey, canonicalization: 'relaxed/relaxed' };
    const { signatures } = await dkimSign(Buffer.from(letter), { ...key, signatureData: [key] });
    letters.push(closed(signatures + letter));
  }
  return letters;
}

/** Records as a zone file has them; long texts in strings. */
function zoneOf({ record }: Keys): readonly string[] {
  const text = (name: string, value: string): string =>
    `${name}. 300 IN TXT ${(value.match(/.{1,255}/g) ?? []).map((part) => `"${part}"`).join(' ')}`;
  return [
    ...senders.flatMap((name) => [
      text(name, 'v=spf1 ip4:192.0.2.0/24 -all'),
      text(`_dmarc.${name}`, `v=DMARC1; p=reject; rua=mailto:reports@${name}`),
      text(`s._domainkey.${name}`, record),
      `${name}. 300 IN MX 10 mail.${name}.`,
      `mail.${name}. 300 IN A 192.0.2.1`,
    ]),
    ...Array.from({ length: 50 }, (_, i) => [
      `${i + 1}.2.0.192.in-addr.arpa. 300 IN PTR out${i + 1}.${senders[0]}.`,
      `out${i + 1}.${senders[0]}. 300 IN A 192.0.2.${i + 1}`,
    ]).flat(),
    'load.example. 300 IN A 192.0.2.1',
  ];
}

interface Home extends Target {
  readonly key: { readonly selector: string; readonly path: string };
}

/** Our own site: as quickstart makes it, which has the checks on, with its RSA key alone for signing. */
async function makeHome(home: string): Promise<Omit<Home, 'pids'>> {
  await execute(facteur, ['quickstart', '--home', home, '--domain', domain]);
  const maildirs: string[] = [];
  for (const user of users) {
    await execute(facteur, ['vadduser', '--home', home, `${user}@${domain}`, 'bench-password']);
    const { stdout } = await execute(facteur, ['vuserinfo', '--home', home, '-d', `${user}@${domain}`]);
    maildirs.push(join(stdout.replace(/^dir:\s*/, '').trim(), 'Maildir', 'new'));
  }
  const control = join(home, 'qmail', 'control');
  const keys = join(control, 'domainkeys', domain);
  const selector = (await readdir(keys)).find((name) => name.startsWith('r')) as string;
  await writeFile(join(control, 'dkimselectors'), `${domain}:${selector}\n`);
  await writeFile(join(control, 'relayclients'), `${addresses.own}\n`);
  await writeFile(join(control, 'smtproutes'), `:[${addresses.sink}]:${sinkPort}\n`);
  if (values.separate) {
    const { uid, gid } = await stat(join(home, 'vpopmail', 'domains', domain));
    const roles = ['queue:7794:7000', 'send:7796:7000', 'remote:7795:7000', 'smtpd:7791:7001'];
    const people = ['accounts', 'web'].map((role) => `${role}:${uid}:${gid}`);
    await writeFile(join(control, 'roleusers'), `${[...roles, ...people].join('\n')}\n`);
  }
  return {
    name: 'facteur',
    address: addresses.facteur,
    maildirs,
    key: { selector, path: join(keys, selector) },
  };
}

async function startServer(home: string): Promise<ChildProcess> {
  const line = [
    'serve',
    '--home',
    home,
    '--listen',
    `smtp=${addresses.facteur}:25`,
    '--log',
    join(home, 'log'),
  ];
  const server = spawn(facteur, [...line, ...(values.separate ? [] : ['--one-process'])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of server.stdout as NodeJS.ReadableStream) {
    text += chunk;
    if (/^ready$/m.test(text)) return server;
  }
  throw new Error(`the server did not start: ${text}`);
}

/** Letters a second, from the first connection to the last letter at its end; and CPU seconds for 1,000. */
interface Measured {
  readonly rate: number;
  readonly accepted: number;
  readonly cpu: number;
}

/** @param arrived letters at their end so far */
async function measure(
  target: Target,
  load: Omit<Parameters<typeof sendLetters>[0], 'host' | 'port' | 'count' | 'connections' | 'perConnection'>,
  arrived: () => Promise<number>,
): Promise<Measured> {
  const [before, cpu, started] = [await arrived(), await cpuSeconds(target.pids), performance.now()];
  const where = { host: target.address, port: 25, count, connections, perConnection };
  const result = await sendLetters({ ...load, ...where });
  if (result.accepted !== count)
    throw new Error(`${target.name} took ${result.accepted} letters of ${count}, ${result.failed} failed`);
  const acceptedAt = performance.now();
  while ((await arrived()) < before + count) {
    if (performance.now() > started + 300_000) throw new Error(`${target.name} keeps letters back`);
    await pause(20);
  }
  const seconds = (performance.now() - started) / 1000;
  const used = (await cpuSeconds(target.pids)) - cpu;
  return {
    rate: count / seconds,
    accepted: count / ((acceptedAt - started) / 1000),
    cpu: (used / count) * 1000,
  };
}

/** Every letter that arrived must say that all three checks were made and passed. */
async function checkResults({ name, maildirs }: Target): Promise<void> {
  const [path] = await filesIn(maildirs);
  const text = await readFile(path as string, 'utf8');
  const fields = (
    text.slice(0, text.indexOf('\n\n')).match(/^Authentication-Results:.*(?:\n[ \t].*)*/gim) ?? []
  ).join('\n');
  for (const check of ['spf', 'dkim', 'dmarc'])
    if (!new RegExp(`\\b${check}=pass\\b`).test(fields))
      throw new Error(`${name} made no ${check} check: ${fields}`);
}

const rows = new Map<string, number[]>();

function print(work: string, run: number, measured: ReadonlyMap<string, Measured>): void {
  for (const [name, { rate, accepted, cpu }] of measured)
    process.stdout.write(
      `| ${run} | ${work} | ${name} | ${accepted.toFixed(0)} | ${rate.toFixed(0)} | ${cpu.toFixed(2)} |\n`,
    );
  const ratio = (measured.get('facteur')?.rate ?? 0) / (measured.get('postfix')?.rate ?? Number.NaN);
  rows.set(work, [...(rows.get(work) ?? []), ratio]);
}

/** All rounds of one kind of work, in turns; who begins changes. */
async function compare(
  work: string,
  targets: readonly Target[],
  one: (target: Target) => Promise<Measured>,
): Promise<void> {
  for (let run = 0; run <= runs; run++) {
    const measured = new Map<string, Measured>();
    for (const target of run % 2 === 0 ? targets : targets.toReversed())
      measured.set(target.name, await one(target));
    // The first round warms both up.
    if (run > 0) print(work, run, measured);
  }
}

async function compareAll(targets: readonly Target[], keys: Keys): Promise<void> {
  process.stdout.write(
    `${count} letters a round, ${connections} connections, ${perConnection} letters each\n\n`,
  );
  process.stdout.write(
    '| run | work | server | accepted/s | end to end/s | CPU s per 1,000 |\n|---|---|---|---|---|---|\n',
  );
  const sink = await startSinkProcess(addresses.sink, sinkPort);
  for (const size of values.sizes.split(',').map(Number)) {
    if (values.only !== 'out') {
      const letters = await signAhead(size, keys);
      const load = {
        size,
        sender: (n: number) => `load@${senders[(n % signedAhead) % senders.length]}`,
        recipient: (n: number) => `${users[n % users.length]}@${domain}`,
        letter: (n: number) => letters[n % signedAhead] as Buffer,
        from: strangers,
      };
      await compare(`in, ${size} bytes`, targets, async (target) => {
        for (const path of await filesIn(target.maildirs)) await rm(path);
        const measured = await measure(target, load, async () => (await filesIn(target.maildirs)).length);
        await checkResults(target);
        return measured;
      });
    }
    if (values.only !== 'in') {
      const load = {
        size,
        sender: `${users[0]}@${domain}`,
        recipient: (n: number) => `reader${n}@far.com`,
        letter: (n: number) => closed(makeLetter(n, size, domain)),
        from: () => addresses.own,
      };
      await compare(`out, ${size} bytes`, targets, (target) => measure(target, load, sink.count));
    }
  }
  await sink.stop();
  process.stdout.write('\n| work | Facteur to Postfix, end to end, each round | median |\n|---|---|---|\n');
  for (const [work, ratios] of rows) {
    const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] as number;
    process.stdout.write(
      `| ${work} | ${ratios.map((each) => each.toFixed(2)).join(', ')} | ${median.toFixed(2)} |\n`,
    );
  }
}

async function runAll(directory: string): Promise<void> {
  const keys = makeKeys();
  const resolver = await startResolver(directory, zoneOf(keys));
  const home = join(directory, 'home');
  const { key, ...ours } = await makeHome(home);
  const keyCopy = join(directory, 'signing-key.pem');
  await copyFile(key.path, keyCopy);
  const peer = await startPeer({
    directory: join(directory, 'peer'),
    address: addresses.postfix,
    domain,
    users,
    relayClient: addresses.own,
    relayHost: `[${addresses.sink}]:${sinkPort}`,
    key: { selector: key.selector, path: keyCopy },
  });
  const server = await startServer(home);
  try {
    const targets = [
      { ...ours, pids: [server.pid as number] },
      { name: 'postfix', address: addresses.postfix, maildirs: peer.maildirs, pids: peer.pids },
    ];
    await compareAll(targets, keys);
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    await peer.stop();
    await resolver.stop();
  }
}

const inside = process.env.FACTEUR_BENCH_INSIDE;
if (inside !== undefined) await runAll(inside);
else {
  const missing = missingProgram();
  if (missing !== undefined || process.getuid?.() !== 0)
    throw new Error(missing === undefined ? 'bench/trust.ts needs root' : `${missing} is not installed`);
  const directory = await mkdtemp(join(tmpdir(), 'facteur-bench-'));
  await chmod(directory, 0o755);
  try {
    process.exitCode = runInside(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
