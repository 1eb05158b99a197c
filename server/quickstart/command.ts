// The command quickstart: makes a home ready to serve and says who can sign in. One line and exit 111 when it cannot.
import { parseArgs } from 'node:util';
import type { CommandContext } from '../../mta/commands/command.ts';
import { resolveHome } from '../../mta/home.ts';
import { QuickstartError, quickstart } from './quickstart.ts';

export const usage = `usage: quickstart --domain DOMAIN [--home DIR] [--host HOST] [--password-file FILE]
Makes a new home in DIR: control files, queue, and the domain with its postmaster account.
  --domain DOMAIN       the first mail domain, such as example.com
  --home DIR            a directory that does not exist yet or is empty
  --host HOST           this machine's full name; mail.DOMAIN when not given
  --password-file FILE  its first line is the postmaster's password; else one is made up and shown
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const wanted = readArguments(args);
  if (typeof wanted === 'string') {
    stderr.write(`quickstart: ${wanted}\n${usage}`);
    return 100;
  }
  if (wanted.help === true) {
    stdout.write(usage);
    return 0;
  }
  const { domain, host, 'password-file': passwordFile } = wanted;
  if (domain === undefined) {
    stderr.write(`quickstart: --domain is needed\n${usage}`);
    return 100;
  }
  const home = wanted.home === undefined ? context.home : resolveHome({ home: wanted.home }, {}, wanted.home);
  try {
    const { address, password } = await quickstart({ home, domain, host, passwordFile });
    stdout.write(`${home.home} is ready.\n`);
    stdout.write(`address:  ${address}\n`);
    stdout.write(
      `password: ${passwordFile === undefined ? password : `the first line of ${passwordFile}`}\n`,
    );
    stdout.write(
      'certificate: self-signed, so mail programs will warn of it until a real one is in control/servercert.pem\n',
    );
    return 0;
  } catch (error) {
    if (!(error instanceof QuickstartError)) throw error;
    stderr.write(`quickstart: fatal: ${error.message}\n`);
    return 111;
  }
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: 'boolean', short: 'h' },
        home: { type: 'string' },
        domain: { type: 'string' },
        host: { type: 'string' },
        'password-file': { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    return (error as Error).message.split('\n')[0]!;
  }
}
