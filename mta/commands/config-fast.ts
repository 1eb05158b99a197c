// config-fast: writes the control files that a host's full name makes (qmail INSTALL; spec/qmail.md 12.2), without DNS.
import { HostFileExistsError, hostFiles, writeHostFiles } from '../control/host-files.ts';
import { isDomainName, lowerAscii } from '../formats/address.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `usage: config-fast FQDN

Writes QMAIL/control/me, defaultdomain, plusdomain, locals and rcpthosts for a host of this name.
Files that exist and say something else are never replaced.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('config-fast', context, async () => {
    const [given] = args;
    if (given === undefined || args.length > 1) {
      context.stderr.write(usage);
      return 100;
    }
    const fqdn = lowerAscii(given);
    if (!isDomainName(fqdn)) throw new Fatal(100, `${JSON.stringify(given)} is not a host name`);
    context.stdout.write(`Your fully qualified host name is ${fqdn}.\n`);
    await putHostFiles(fqdn, [], context);
    return 0;
  });
}

/** Writes the files and says so, as qmail's scripts do. @throws Fatal */
export async function putHostFiles(
  fqdn: string,
  locals: readonly string[],
  context: CommandContext,
): Promise<void> {
  const files = hostFiles(fqdn, locals);
  try {
    await writeHostFiles(context.home.qmail, files);
  } catch (error) {
    if (error instanceof HostFileExistsError) throw new Fatal(111, error.message);
    throw systemFatal('unable to write control files', error);
  }
  for (const [name, text] of files)
    context.stdout.write(`Putting ${text.trimEnd().replaceAll('\n', ', ')} into control/${name}...\n`);
  const names = [fqdn, ...locals].join(', ');
  context.stdout.write(
    `SMTP messages are now accepted for ${names} only.\n` +
      'A host that you add to locals or virtualdomains has to go into rcpthosts too.\n',
  );
}
