// qmail-local: one local delivery as qmail-lspawn asks for it, message on descriptor 0 (spec/qmail.md 6.1). What the
// running server does in itself, for hooks that end in this program (QMAILLOCAL), for scripts, and with -n to see what
// an address would do. Runs as the user whose mail it is; root delivers for the owner of the home.
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { openAccounts } from '../accounts/accounts.ts';
import type { ControllingUser } from '../accounts/users.ts';
import { ControlError, readSettings } from '../control/settings.ts';
import { chooseSiteVariables } from '../hooks/variables.ts';
import { asUser } from '../inject/as-user.ts';
import type { Instruction } from '../local/dot-qmail.ts';
import { createQmailLocal, type QmailLocal } from '../local/qmail-local.ts';
import { describeError } from '../maildir/calls.ts';
import { createDirectorySync } from '../maildir/directory-sync.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { createPrograms } from '../programs.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { parseOptions } from './getopt.ts';
import { withMessageCopy } from './message-copy.ts';
import { openInjector } from './outgoing.ts';

export const usage = `qmail-local: usage: qmail-local [ -nN ] user homedir local dash ext domain sender aliasempty

Delivers the message on descriptor 0 to local@domain as .qmail files in homedir say; without one as aliasempty says.
  -n   print what would be done, one line each
Exit 0: done. 100: failed for good. 111: try again.
`;

const statuses = { K: 0, D: 100, Z: 111 } as const;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { options, rest, bad } = parseOptions(args, 'nN');
  const [user = '', home = '', local = '', dash = '', ext = '', domain = '', sender = '', aliasEmpty = ''] =
    rest;
  if (bad !== undefined || rest.length !== 8 || !home.startsWith('/')) {
    context.stderr.write(usage);
    return 100;
  }
  const isDryRun = options.at(-1)?.letter === 'n';
  const outcome = await withQmailLocal(context, aliasEmpty, async (qmailLocal) => {
    const owner = await findOwner(home);
    if ('code' in owner) return owner;
    const controlling: ControllingUser = { user, home, dash, ext, ...owner };
    if (isDryRun) return showPlan(qmailLocal, controlling, context);
    if (controlling.uid === 0) return temporary('Not allowed to perform deliveries as root.');
    return withMessageCopy(context.stdin, ({ path, size }) =>
      qmailLocal.deliver(
        { id: 'local', path, size, sender, recipient: `${local}@${domain}` },
        controlling,
        local,
        domain,
      ),
    );
  }).catch((error: unknown) => {
    if (error instanceof Fatal || error instanceof ControlError) return temporary(error.message);
    throw error;
  });
  const text = outcome.text === '' || outcome.text.endsWith('\n') ? outcome.text : `${outcome.text}\n`;
  (outcome.code === 'K' ? context.stdout : context.stderr).write(text);
  return statuses[outcome.code];
}

/** Whoever runs this; root acts for the home's owner, and for nobody when that is root. */
async function findOwner(home: string): Promise<{ readonly uid: number; readonly gid: number } | Outcome> {
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) return { uid, gid: process.getegid?.() ?? 0 };
  try {
    return await stat(home);
  } catch (error) {
    return temporary(`Unable to switch to ${home}: ${describeError(error)}. (#4.3.0)`);
  }
}

async function withQmailLocal<T>(
  context: CommandContext,
  defaultdelivery: string,
  use: (qmailLocal: QmailLocal) => Promise<T>,
): Promise<T> {
  const { home, env, stderr } = context;
  const { timeoutprogram, overquotadefer } = await readSettings(home.qmail, [
    'timeoutprogram',
    'overquotadefer',
  ]);
  const accounts = openAccounts({ home });
  const directorySync = createDirectorySync();
  const programs = createPrograms();
  const injector = asUser(await openInjector(context), process.getuid?.() ?? 0);
  // Like qmail-local: everything that the caller has in its environment, too.
  const inherited = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const siteVariables = { ...Object.fromEntries(inherited), ...chooseSiteVariables(home, env) };
  const qmailLocal = createQmailLocal({
    home,
    accounts,
    injector,
    settings: () => ({ defaultdelivery, timeoutprogram, overquotadefer }),
    directorySync,
    hostname: hostname(),
    programs,
    siteVariables: () => siteVariables,
    log: (line) => void stderr.write(`qmail-local: ${line}\n`),
  });
  const stop = (): void => void programs.stop();
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.once(signal, stop);
  try {
    return await use(qmailLocal);
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, stop);
    qmailLocal.close();
    injector.close();
    await Promise.all([programs.stop(), accounts.close(), directorySync.close()]);
  }
}

async function showPlan(
  qmailLocal: QmailLocal,
  user: ControllingUser,
  { stdout, stderr }: CommandContext,
): Promise<Outcome> {
  const plan = await qmailLocal.plan(user);
  if ('code' in plan) return plan;
  if (plan.isSticky) stderr.write('Warning: home directory is sticky.\n');
  const count = { file: 0, forward: 0, program: 0 };
  for (const line of plan.lines) {
    if (line.type === 'refuse') return temporary(line.text);
    count[line.type === 'maildir' || line.type === 'mbox' ? 'file' : line.type]++;
    stdout.write(`${line.type} ${argumentOf(line)}\n`);
  }
  return { code: 'K', text: `did ${count.file}+${count.forward}+${count.program}` };
}

function argumentOf(line: Exclude<Instruction, { readonly type: 'refuse' }>): string {
  if (line.type === 'program') return line.command;
  return line.type === 'forward' ? line.address : line.path;
}
