// qmail-local: one local delivery as qmail-lspawn asks for it, message on descriptor 0 (spec/qmail.md 6.1). What the
// running server does in itself, for hooks that end in this program (QMAILLOCAL), for scripts, and with -n to see what
// an address would do. Runs as the user whose mail it is; root delivers for the owner of the home.
import { hostname } from 'node:os';
import type { ControllingUser } from '../accounts/users.ts';
import { ControlError } from '../control/settings.ts';
import type { Instruction } from '../local/dot-qmail.ts';
import { createQmailLocal, type QmailLocal } from '../local/qmail-local.ts';
import { type Outcome, temporary } from '../outcome.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { parseOptions } from './getopt.ts';
import { findHomeOwner, withLocalParts } from './local-parts.ts';
import { withMessageCopy } from './message-copy.ts';

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
    const owner = await findHomeOwner(home);
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

const withQmailLocal = <T>(
  context: CommandContext,
  defaultdelivery: string,
  use: (qmailLocal: QmailLocal) => Promise<T>,
): Promise<T> =>
  withLocalParts('qmail-local', context, async (parts) => {
    const qmailLocal = createQmailLocal({
      ...parts,
      home: context.home,
      settings: () => ({ ...parts.settings, defaultdelivery }),
      hostname: hostname(),
      siteVariables: () => parts.siteVariables,
    });
    try {
      return await use(qmailLocal);
    } finally {
      qmailLocal.close();
    }
  });

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
