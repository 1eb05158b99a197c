// qmail-remote: one message to recipients at one host, as qmail-rspawn asks for it, message on descriptor 0
// (spec/qmail.md 1.4, 8). What the running server does in itself, for hooks that end in this program (QMAILREMOTE) and for
// scripts. The answer is qmail-remote's: a report of each recipient (r, h, s) and one of the message (K, Z, D), each
// ended by NUL; the exit status is 0 whatever happened.
import { join } from 'node:path';
import { ControlError, readSettings } from '../control/settings.ts';
import { remoteMemory } from '../home.ts';
import { describeError } from '../maildir/calls.ts';
import { temporary } from '../outcome.ts';
import { openClientCertificate } from '../remote/client-certificate.ts';
import { createRemoteAgent, remoteSettingNames } from '../remote/delivery.ts';
import type { Report } from '../remote/session.ts';
import { openSitePolicies } from '../remote/sts.ts';
import { readTlsPolicies } from '../remote/tls-hosts.ts';
import { departureSettingNames, openSiteSigner } from '../trust/letter-signer.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { withMessageCopy } from './message-copy.ts';

export const usage = `usage: qmail-remote HOST SENDER RECIPIENT ...

Sends the message on descriptor 0 to the recipients at HOST (control/smtproutes, MX, address) in one SMTP transaction.
Prints a report for each recipient (r, h or s and a text) and one for the message (K, Z or D), each ended by NUL.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [host, sender, ...recipients] = args;
  // qmail-remote perm_usage.
  const report =
    host === undefined || sender === undefined || recipients.length === 0
      ? {
          recipients: [],
          message: { code: 'D' as const, text: 'I (qmail-remote) was invoked improperly. (#5.3.5)' },
        }
      : await transact(host, sender, recipients, context);
  context.stdout.write(renderReport(report));
  return 0;
}

/** As qmail-remote writes it: texts end in a line feed unless they are empty. */
export function renderReport({ recipients, message }: Report): string {
  const records = [...recipients.map(({ letter, text }) => letter + text), `${message.code}${message.text}`];
  return records
    .map(
      (record) =>
        `${record.replaceAll('\0', '?')}${record.length > 1 && !record.endsWith('\n') ? '\n' : ''}\0`,
    )
    .join('');
}

async function transact(
  host: string,
  sender: string,
  recipients: readonly string[],
  { home, stdin }: CommandContext,
): Promise<Report> {
  try {
    const settings = await readSettings(home.qmail, [...remoteSettingNames, ...departureSettingNames]);
    // Descriptor 2 is the report pipe too.
    const log = () => undefined;
    const agent = createRemoteAgent({
      settings: () => settings,
      signer: openSiteSigner(home.qmail, () => settings, log),
      log,
      tcptoPath: join(home.qmail, 'queue', 'lock', 'tcpto'),
      tlsPolicyOf: readTlsPolicies(home.qmail),
      clientCertificate: openClientCertificate(home.qmail, log),
      stsPolicies: openSitePolicies(remoteMemory(home), log),
    });
    try {
      return await withMessageCopy(stdin, ({ path, size }) =>
        agent.transact({ id: 'remote', path, size, host, sender, recipients }),
      );
    } finally {
      await agent.close();
    }
  } catch (error) {
    if (error instanceof ControlError)
      return failed(`Unable to read control files: ${error.message}. (#4.3.0)`);
    if (error instanceof Fatal) return failed(`Unable to read message: ${error.message}. (#4.3.0)`);
    // qmail-rspawn must hear something: without a report it would speak of a crash.
    return failed(`Internal error in qmail-remote: ${describeError(error)}. (#4.3.0)`);
  }
}

const failed = (text: string): Report => ({ recipients: [], message: temporary(text) });
