// The facteur command: finds the site's directories, then runs one command. `facteur NAME ARGS`, or a link called NAME.
// Commands are loaded when they are called, so that each starts fast.
import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import type { CommandContext } from '../mta/commands/command.ts';
import { ezmlmCommands } from '../mta/commands/ezmlm-table.ts';
import { type CommandEntry, qmailCommands } from '../mta/commands/table.ts';
import { vpopmailCommands } from '../mta/commands/vpopmail-table.ts';
import { type HomeOptions, resolveHome } from '../mta/home.ts';
import { programRoot } from '../mta/root.ts';

/** Every command with what it does, for the overview. */
const commands: Readonly<Record<string, CommandEntry>> = {
  serve: { load: () => import('./supervisor/serve.ts'), summary: 'run the mail system' },
  start: {
    load: () => import('./supervisor/start.ts'),
    summary: 'make a first home if there is none, then serve',
  },
  'qmail-start': {
    load: () => import('./supervisor/qmail-start.ts'),
    summary: 'queue, local and remote, for old boot scripts',
  },
  role: { load: () => import('./supervisor/role.ts'), summary: 'one role of serve (serve starts it)' },
  'local-worker': {
    load: () => import('./supervisor/local-worker.ts'),
    summary: 'deliveries of one user (serve starts it)',
  },
  quickstart: { load: () => import('./quickstart/command.ts'), summary: 'make a home ready to serve' },
  'dmarc-report': {
    load: () => import('./reports/command.ts'),
    summary: '.qmail: keep DMARC reports for the admin pages',
  },
  mailbox: {
    load: () => import('./mailbox-commands/command.ts'),
    summary: 'check, rebuild, fill or copy out a mailbox',
  },
  'qmail-inject': {
    load: () => import('../mta/commands/qmail-inject.ts'),
    summary: 'complete and send a message',
  },
  sendmail: { load: () => import('../mta/commands/sendmail.ts'), summary: "send a message, sendmail's way" },
  'qmail-queue': {
    load: () => import('../mta/commands/qmail-queue.ts'),
    summary: 'queue a message from fd 0 and fd 1',
  },
  'qmail-newu': { load: () => import('../mta/commands/qmail-newu.ts'), summary: 'compile users/assign' },
  'qmail-qread': { load: () => import('../mta/commands/qmail-qread.ts'), summary: 'list the queue' },
  'qmail-qstat': { load: () => import('../mta/commands/qmail-qstat.ts'), summary: 'count the queue' },
  'qmail-showctl': { load: () => import('../mta/commands/qmail-showctl.ts'), summary: 'show every setting' },
  ...vpopmailCommands,
  ...qmailCommands,
  ...ezmlmCommands,
};

/** Their arguments are another program's command line from the first word on: nothing in it is ours. */
const runners: ReadonlySet<string> = new Set([
  'bouncesaying',
  'checkpassword',
  'condredirect',
  'except',
  'predate',
  'preline',
  'qmail-popup',
  'qmail-start',
  'tcp-env',
]);

/** sendmail is known by this name too. */
const otherNames: ReadonlyMap<string, readonly string[]> = new Map([
  ['mailq', ['sendmail', '-bp']],
  ['newaliases', ['sendmail', '-bi']],
]);

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`);
  return [
    'usage: facteur COMMAND [--home DIR] [ARGUMENTS]',
    '',
    ...lines,
    '',
    '--home DIR (or FACTEUR_HOME) names the site; --qmail, --vpopmail and --state (FACTEUR_QMAIL, ...) move its parts.',
    'facteur COMMAND --help tells more.',
    '',
  ].join('\n');
}

/**
 * Takes the options that name directories out of the arguments, wherever they stand before `--`.
 * @param isRunner only those before the first word that is no option
 */
function takeHomeOptions(
  args: readonly string[],
  isRunner: boolean,
): {
  options: HomeOptions;
  rest: string[];
  problem?: string;
} {
  const options: Record<string, string> = {};
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') return { options, rest: [...rest, ...args.slice(i)] };
    const match = /^--(home|qmail|vpopmail|state)(?:=(.*))?$/s.exec(arg);
    if (!match) {
      if (isRunner && !arg.startsWith('-')) return { options, rest: [...rest, ...args.slice(i)] };
      rest.push(arg);
      continue;
    }
    const value = match[2] ?? args[++i];
    if (!value) return { options, rest, problem: `--${match[1]} needs a directory` };
    options[match[1] as string] = value;
  }
  return { options, rest };
}

async function main(argv: readonly string[]): Promise<number> {
  const [called = '--help', ...given] = argv;
  if (called === '--help' || called === '-h' || called === 'help') {
    process.stdout.write(overview());
    return 0;
  }
  const [name = called, ...extra] = otherNames.get(called) ?? [called];
  const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!known) {
    process.stderr.write(
      `facteur: no command is named ${JSON.stringify(called)}; facteur --help lists them\n`,
    );
    return 100;
  }
  const { options, rest, problem } = takeHomeOptions([...extra, ...given], runners.has(name));
  if (problem) {
    process.stderr.write(`${name}: ${problem}\n`);
    return 100;
  }
  const command = await known.load();
  if (rest[0] === '--help') {
    process.stdout.write(command.usage.endsWith('\n') ? command.usage : `${command.usage}\n`);
    return 0;
  }
  const context: CommandContext = {
    home: resolveHome(options, process.env, join(programRoot(), 'var')),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  return command.run(rest, context);
}

/**
 * Watches what commands print. A reader that went away, as with `| head`, wants no more lines, and that is no fault of
 * anybody; lines that cannot be written for another reason make the command a failed one.
 * @returns says whether that happened
 */
function watchOutput(): () => boolean {
  let isLost = false;
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isLost) return;
    isLost = true;
    process.exitCode = 111;
    process.stderr.write(`facteur: cannot write the output: ${error.message}\n`);
  });
  return () => isLost;
}

/**
 * Compiled code is kept beside the program by whoever owns it, so that each command starts fast. Never in a directory
 * that everybody may write, as Node's default is: what lies there would run as us.
 */
function enableOwnCache(): void {
  const runtime = join(programRoot(), '.runtime');
  const owner = statSync(runtime, { throwIfNoEntry: false });
  if (owner?.uid === process.getuid?.() && ((owner?.mode ?? 0) & 0o022) === 0)
    enableCompileCache(join(runtime, 'compile-cache'));
}

/** What to say about an error that no command took care of. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `bug: ${String(error)}`;
  // A wrong setting, or the system's own words with the path: the person who reads them can act on them.
  if (error.name === 'ControlError' || (error as NodeJS.ErrnoException).syscall !== undefined)
    return error.message;
  // All else is our own bug: a trace for us.
  return `bug: ${error.stack}`;
}

enableOwnCache();
// vpopmail's and qmail's own rule: nobody else reads what is made here, and programs of .qmail lines inherit it.
process.umask(0o077);
const isOutputLost = watchOutput();
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = isOutputLost() ? 111 : status;
  },
  (error: unknown) => {
    process.stderr.write(`facteur: ${describeError(error)}\n`);
    // "Try again": mail programs keep what they could not hand over.
    process.exitCode = 111;
  },
);
