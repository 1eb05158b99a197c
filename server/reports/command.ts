// dmarc-report: the line of .qmail files that reads DMARC reports, and TLS reports (RFC 8460). A letter that is one is kept
// for the admin pages and needs no other delivery (exit 99); everything else goes on to the lines that follow (exit 0), so
// that nothing that is no report is lost. What cannot be kept now is tried again (111).
import { join } from 'node:path';
import type { CommandContext } from '../../mta/commands/command.ts';
import { refuseUsage, reportFatal, systemFatal } from '../../mta/commands/fatal.ts';
import { readSettings } from '../../mta/control/settings.ts';
import { lowerAscii } from '../../mta/formats/address.ts';
import { quoted } from '../../mta/log.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { openReportDatabase } from '../../mta/trust/dmarc-reports/database.ts';
import type { ReceivedReport } from './read-report.ts';
import { findTlsReport } from './read-tls-report.ts';
import { openReceivedReports } from './received.ts';
import { openReceivedTlsReports } from './received-tls.ts';
import { findReport } from './unpack-report.ts';

export const usage = `dmarc-report: usage: dmarc-report

A line of a .qmail file: reads the message on standard input. A DMARC or TLS report about a domain of this site is kept for the
admin pages, and the lines that follow are not done; any other message goes on to them.
`;

/** Bytes of a letter: packed reports have some kB, and senders give up at 10 MB. */
const mostBytes = 16 * 2 ** 20;

async function readLetter(stdin: NodeJS.ReadableStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > mostBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * What our own door found about the sender, where it looked (RFC 8601): `pass`, `fail` ...; undefined: nothing is said. Fields
 * of strangers with our name do not get this far.
 */
export function dmarcResultOf(letter: Buffer, me: string): string | undefined {
  const end = letter.indexOf('\n\n');
  const header = letter.toString('latin1', 0, end < 0 ? letter.length : end).replace(/\r?\n[ \t]+/g, ' ');
  for (const line of header.split('\n')) {
    const [, host = '', results = ''] =
      /^authentication-results:\s*([^\s;]+)\s*(?:\d+\s*)?;(.*)$/i.exec(line) ?? [];
    if (lowerAscii(host) !== lowerAscii(me)) continue;
    const result = /(?:^|;)\s*dmarc\s*=\s*([a-z]+)/i.exec(results)?.[1];
    if (result !== undefined) return result.toLowerCase();
  }
  return undefined;
}

/** Is the report about a domain of ours: that of the address, one below it, or another that we take mail for? */
function isOurs(
  { domain }: Pick<ReceivedReport, 'domain'>,
  host: string,
  rcpthosts: ReadonlySet<string> | undefined,
): boolean {
  return domain === host || domain.endsWith(`.${host}`) || rcpthosts?.has(domain) === true;
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('dmarc-report', context, async () => {
    if (args.length > 0) return refuseUsage(usage, context);
    const goOn = (why: string): number => {
      context.stdout.write(`dmarc-report: not kept: ${quoted(why)}\n`);
      return 0;
    };
    const { me, rcpthosts } = await readSettings(context.home.qmail, ['me', 'rcpthosts']);
    const letter = await readLetter(context.stdin);
    if (letter === undefined) return goOn('the message is too large');
    const result = dmarcResultOf(letter, me);
    // RFC 9990 3.5.2: reports pass DMARC, so that nobody can forge them.
    if (result !== undefined && result !== 'pass') return goOn(`its sender is not proven (dmarc=${result})`);
    const found = await findReport(letter);
    const tls = 'why' in found ? await findTlsReport(letter) : undefined;
    if ('why' in found && tls === undefined) return goOn(found.why);
    const report = 'why' in found ? tls! : found.report;
    if (!isOurs(report, lowerAscii(context.env.HOST ?? ''), rcpthosts))
      return goOn(`it is about ${report.domain}`);
    const path = join(context.home.state, 'dmarc.sqlite');
    try {
      const database = openReportDatabase(path);
      const seconds = Math.floor(Date.now() / 1000);
      const isNew =
        'why' in found
          ? openReceivedTlsReports(database).store(tls!, seconds)
          : openReceivedReports(database).store(found.report, seconds);
      database.close();
      const { organization, domain } = report;
      context.stdout.write(
        `dmarc-report: ${isNew ? 'kept' : 'known'}: ${domain} by ${quoted(organization)}\n`,
      );
      return 99;
    } catch (error) {
      // The domain's user may have no way into the state directory: that is not better tomorrow.
      if (['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'EACCES'].some((code) => errorCode(error).startsWith(code)))
        return goOn(`${path} cannot be written by uid ${process.geteuid?.()}`);
      throw systemFatal(`unable to keep the report in ${path}`, error);
    }
  });
}
