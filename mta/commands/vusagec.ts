// vusagec: how much an account or a domain holds (spec/vpopmail.md 7.5). Asks vpopmail's usage daemon when
// etc/vusagec.conf names one; without it the Maildirs are counted, which is slower and always right.
import { readFile } from 'node:fs/promises';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { safe } from '../log.ts';
import { errorCode } from '../maildir/calls.ts';
import { countMaildir } from '../maildir/quota.ts';
import { accountCommand, type OpenedSite, withSite } from './account-command.ts';

export const usage = `Usage: vusagec <email|@domain> [...]
`;

interface Usage {
  readonly bytes: bigint;
  readonly files: bigint;
}

/** How a daemon is reached. */
export interface UsageServer {
  readonly address: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly timeoutMs: number;
}

export const run = accountCommand(usage, async (args, context) => {
  const { stdout, home } = context;
  if (args.length === 0) {
    stdout.write(usage);
    return 1;
  }
  const server = parseUsageConfig(await readConfig(join(home.vpopmail, 'etc', 'vusagec.conf')));
  let daemon: UsageDaemon | undefined;
  if (server !== undefined) {
    daemon = await openDaemon(server).catch((error: unknown) => {
      context.stderr.write(`client_connect: ${(error as Error).message}\n`);
      return undefined;
    });
    if (daemon === undefined) {
      stdout.write('client_connect failed\n');
      return 1;
    }
  }
  try {
    return await withSite(context, async (site) => {
      for (const name of args) {
        const answer = await (daemon ? daemon.ask(name) : count(name, site)).catch((error: unknown) => {
          context.stderr.write(`client_query: ${safe((error as Error).message)}\n`);
          return 'failed' as const;
        });
        stdout.write(formatUsage(name, answer));
      }
      return 0;
    });
  } finally {
    daemon?.close();
  }
});

function formatUsage(name: string, answer: Usage | undefined | 'failed'): string {
  if (answer === 'failed') return 'client_query failed\n';
  if (answer === undefined) return `${safe(name)}: No data available\n`;
  return `${safe(name.replace(/^@/, ''))}: ${answer.bytes} byte(s) in ${answer.files} file(s)\n`;
}

async function readConfig(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Reads `Server: Disable = True; Filename = /path; Remote = IP:PORT; Timeout = 1;`. Undefined: there is no daemon. */
export function parseUsageConfig(text: string | undefined): UsageServer | undefined {
  if (text === undefined) return undefined;
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)(?:\/\/|#).*/g, '$1');
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^|[\\s;:{])${name}\\s*=\\s*([^;\\n]*)`, 'i').exec(plain)?.[1]?.trim() || undefined;
  if (value('Disable')?.toLowerCase() === 'true') return undefined;
  const timeout = Number(value('Timeout'));
  const timeoutMs = timeout > 0 ? timeout * 1000 : 1000;
  const remote = /^(.*):([0-9]{1,5})$/.exec(value('Remote') ?? '');
  if (remote !== null) return { address: { host: remote[1]!, port: Number(remote[2]) }, timeoutMs };
  const path = value('Filename');
  return path === undefined ? undefined : { address: { path }, timeoutMs };
}

interface UsageDaemon {
  ask(name: string): Promise<Usage | undefined>;
  close(): void;
}

const ANSWER_BYTES = 16;

async function openDaemon({ address, timeoutMs }: UsageServer): Promise<UsageDaemon> {
  const socket: Socket = connect(address as NetConnectOpts);
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('timeout')));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    close: () => socket.destroy(),
    async ask(name) {
      const bytes = Buffer.from(name);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
      let answer = Buffer.alloc(0);
      while (answer.length < ANSWER_BYTES) {
        const { value, done } = await chunks.next();
        if (done === true) throw new Error('the connection has ended');
        answer = Buffer.concat([answer, value]);
      }
      // -1: not watched.
      if (answer.readBigInt64BE(0) === -1n) return undefined;
      return { bytes: answer.readBigUInt64BE(0), files: answer.readBigUInt64BE(8) };
    },
  };
}

/** Counts the Maildir of an account, or of all of a domain. Undefined: there is no such one. */
async function count(name: string, { store, accounts }: OpenedSite): Promise<Usage | undefined> {
  const at = name.lastIndexOf('@');
  const domain = at < 0 ? undefined : await accounts.findDomain(name.slice(at + 1));
  if (domain === undefined) return undefined;
  if (at > 0) {
    const record = await store.find(domain, name.slice(0, at).toLowerCase());
    return record && countHome(record.directory);
  }
  let [bytes, files] = [0n, 0n];
  for await (const { directory } of store.each(domain)) {
    const one = await countHome(directory);
    bytes += one.bytes;
    files += one.files;
  }
  return { bytes, files };
}

async function countHome(directory: string): Promise<Usage> {
  try {
    const { bytes, count: files } = await countMaildir(join(directory, 'Maildir'));
    return { bytes: BigInt(bytes), files: BigInt(files) };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return { bytes: 0n, files: 0n };
  }
}
