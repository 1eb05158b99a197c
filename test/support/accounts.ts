// A private site in a temporary directory for tests of accounts and commands, and commands run with captured output.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Command } from '../../mta/commands/command.ts';
import { type Home, resolveHome } from '../../mta/home.ts';

/** An empty home; `remove` when done. */
export async function makeEmptyHome(): Promise<{ readonly home: Home; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-accounts-'));
  const home = resolveHome({ home: join(directory, 'home') }, {}, '');
  return { home, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A home with the directories of a site and no domain: me, locals, rcpthosts are mail.example.test. */
export async function makeBareSite(): Promise<{ readonly home: Home; remove(): Promise<void> }> {
  const site = await makeEmptyHome();
  const { qmail, vpopmail } = site.home;
  for (const name of ['control', 'users', 'alias']) await mkdir(join(qmail, name), { recursive: true });
  await mkdir(join(vpopmail, 'domains'), { recursive: true });
  for (const name of ['me', 'locals', 'rcpthosts'])
    await writeFile(join(qmail, 'control', name), 'mail.example.test\n');
  return site;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command file with captured streams. */
export async function runCommand(
  command: Command,
  home: Home,
  args: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<Ran> {
  const outputs = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        outputs[name] += String(chunk);
        done();
      },
    });
  const status = await command.run(args, {
    home,
    env,
    stdin: Readable.from([Buffer.from(input)]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
  });
  return { status, ...outputs };
}

/** Is this program installed? */
export const hasProgram = (name: string, ...args: string[]): boolean =>
  spawnSync(name, args).error === undefined;
