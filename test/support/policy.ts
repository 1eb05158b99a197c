// A door with everything that decides about its clients: a qmail home with control files and programs of the test's own,
// access rules read from there, a DNS server where names are asked for. Programs are shell scripts that note in files of
// the home what they saw.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TcpRulesFile } from '../../mta/control/tcp-rules-file.ts';
import { createDnsLookup } from '../../mta/dns/lookup.ts';
import type { SmtpdSettings } from '../../mta/smtpd/settings.ts';
import type { DnsZone } from './dns.ts';
import { startDns } from './dns.ts';
import { startTestServer, type TestNetstringServer } from './qmtp.ts';
import { startTestSmtpd, type TestSmtpd } from './smtp.ts';

export interface PolicyHome {
  readonly home: string;
  /** Writes home/control/NAME. */
  control(name: string, text: string | Buffer): Promise<void>;
  /** Writes an executable home/bin/NAME with this shell text, and gives its path. */
  script(name: string, text: string): Promise<string>;
  /** What a script noted; waits until it is there and ends in a line feed. */
  note(name: string): Promise<string>;
}

/** Makes a home; removed after the tests of the file. */
export async function makePolicyHome(): Promise<PolicyHome> {
  const home = await mkdtemp(join(tmpdir(), 'facteur-policy-'));
  after(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));
  await mkdir(join(home, 'control'));
  await mkdir(join(home, 'bin'));
  return {
    home,
    control: (name, text) => writeFile(join(home, 'control', name), text),
    script: async (name, text) => {
      const path = join(home, 'bin', name);
      await writeFile(path, `#!/bin/sh\n${text}\n`);
      await chmod(path, 0o755);
      return path;
    },
    note: async (name) => {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const text = await readFile(join(home, name), 'utf8').catch(() => '');
        if (text.endsWith('\n')) return text;
        if (Date.now() > deadline) throw new Error(`nothing in ${name}: ${JSON.stringify(text)}`);
        await pause(20);
      }
    },
  };
}

interface DoorWishes {
  readonly settings?: Partial<SmtpdSettings>;
  readonly zone?: DnsZone;
  /** Where clients are asked for their users. */
  readonly identPort?: number;
}

async function doorOptions({ home }: PolicyHome, { zone, identPort }: DoorWishes) {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const files = new Map(
    ['smtp', 'submission', 'qmtp', 'qmqp'].map((name) => [
      name,
      new TcpRulesFile(join(home, 'control', `tcp.${name}`), log),
    ]),
  );
  let lookup: ReturnType<typeof createDnsLookup> | undefined;
  if (zone !== undefined) {
    const dns = await startDns(zone);
    const made = createDnsLookup([dns.address], 5);
    lookup = made;
    after(async () => {
      made.close();
      await dns.close();
    });
  }
  const made = lookup;
  return {
    lines,
    options: {
      log,
      rules: (name: string) => files.get(name),
      ...(made && { dns: () => made }),
      ...(identPort && { identPort }),
      programs: { directory: home, env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME_OF_TEST: home } },
    },
  };
}

/** Starts the door smtp, or those named, over a home. */
export async function startPolicySmtpd(
  home: PolicyHome,
  { settings, names, ...wishes }: DoorWishes & { readonly names?: readonly ('smtp' | 'submission')[] } = {},
): Promise<TestSmtpd> {
  const { lines, options } = await doorOptions(home, wishes);
  const smtpd = await startTestSmtpd(settings, { ...options, ...(names && { names }) });
  return { ...smtpd, lines };
}

/** Starts qmtpd or qmqpd over a home. */
export async function startPolicyServer(
  protocol: 'qmtp' | 'qmqp',
  home: PolicyHome,
  { settings, ...wishes }: DoorWishes = {},
): Promise<TestNetstringServer> {
  const { lines, options } = await doorOptions(home, wishes);
  return { ...(await startTestServer(protocol, settings, options)), lines };
}
