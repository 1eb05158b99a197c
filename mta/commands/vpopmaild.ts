// vpopmaild: administration over a line protocol (spec/vpopmail.md 7), on the connection that tcpserver gives as
// descriptors 0 and 1. For programs of the same machine: passwords cross the connection in clear, so it belongs on
// 127.0.0.1 (`tcpserver -H -R 127.0.0.1 89 vpopmaild`), as vpopmail's user.
import { join } from 'node:path';
import { openAccounts } from '../accounts/accounts.ts';
import { openAdministration } from '../accounts/administration/open-administration.ts';
import { openAccountStore } from '../accounts/open-store.ts';
import { createPasswordHasher } from '../accounts/password.ts';
import { openSecondFactor } from '../accounts/second-factor.ts';
import { findAdministrationRole } from '../calls/administration-calls.ts';
import { streamLog } from '../log.ts';
import { serveVpopmaild } from '../vpopmaild/session.ts';
import type { CommandContext } from './command.ts';
import { DescriptorStream } from './descriptor-stream.ts';
import { reportFatal } from './fatal.ts';

export const usage = `usage: tcpserver -H -R 127.0.0.1 89 vpopmaild

Speaks vpopmail's line protocol on descriptors 0 and 1: login USER@DOMAIN PASSWORD, then help.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('vpopmaild', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const { home, env } = context;
    const ip = (env.TCPREMOTEIP ?? '').replace(/^::ffff:(?=\d)/i, '');
    const log = streamLog(context.stderr);
    const store = openAccountStore(home);
    const hasher = createPasswordHasher({ threads: 1 });
    const accounts = openAccounts({ home, store, hasher, writesLogins: true, log });
    // A running server has it in a role, which also keeps the audit log; without one the files are changed from here.
    const administration =
      (await findAdministrationRole(join(home.run, 'admin'))) ??
      (await openAdministration({ home, store, hasher, log }));
    const stream = new DescriptorStream(context.stdin, context.stdout, { remote: ip, local: '' });
    try {
      const secondFactor = openSecondFactor();
      return await serveVpopmaild(stream, ip, { home, store, accounts, secondFactor, administration, log });
    } finally {
      stream.end();
      await stream.gone;
      await administration.close();
      await accounts.close();
      await hasher.close();
      await store.close();
    }
  });
}
