// clearopensmtp: closes relaying for addresses whose last login is too long ago (spec/vpopmail.md 3.4, 5.3); for cron.
// Prints nothing when all went well.
import { closeOldRelays } from '../accounts/open-relay.ts';
import { readSettings } from '../control/settings.ts';
import { TcpRulesError } from '../control/tcp-rules.ts';
import { quoted } from '../log.ts';
import { FAILED, reportFailure } from './account-command.ts';
import type { CommandContext } from './command.ts';

export const usage = `clearopensmtp: usage: clearopensmtp

Drops the addresses of vpopmail's etc/open-smtp that are older than control/poprelayminutes, and compiles
etc/tcp.smtp.cdb out of etc/tcp.smtp and those that are left.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stdout.write(usage);
    return args[0] === '--help' ? 0 : FAILED;
  }
  const { qmail, vpopmail } = context.home;
  try {
    const { poprelayminutes } = await readSettings(qmail, ['poprelayminutes']);
    if (poprelayminutes === 0) {
      context.stdout.write('POP before SMTP is off: control/poprelayminutes is 0\n');
      return 0;
    }
    await closeOldRelays(vpopmail, poprelayminutes, Date.now() / 1000);
    return 0;
  } catch (error) {
    if (!(error instanceof TcpRulesError)) return reportFailure(error, context);
    context.stdout.write(`Error: etc/tcp.smtp: ${quoted(error.message)}\n`);
    return FAILED;
  }
}
