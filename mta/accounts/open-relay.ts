// POP before SMTP (spec/vpopmail.md 5.3): a login opens relaying for its address for some time. The table is vpopmail's
// etc/open-smtp, one line `IP:allow,RELAYCLIENT="",RBLSMTPD=""` TAB `SECONDS` an address; after each change etc/tcp.smtp
// and the table are compiled into etc/tcp.smtp.cdb, in one step, under vpopmail's lock. Obsolete, and off unless
// control/poprelayminutes says otherwise: whoever shares the address relays too.
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { compileTcpRules } from '../control/tcp-rules.ts';
import { replaceFile } from './durable.ts';
import { makeEtcDirectory } from './etc-directory.ts';
import { withFileLock } from './lock.ts';

/** One address that may relay. */
export interface OpenedAddress {
  readonly ip: string;
  /** The rule, as tcprules reads it. */
  readonly rule: string;
  /** Of the login, seconds since 1970. */
  readonly at: number;
}

/** Reads etc/open-smtp. Lines without a time are nobody's: clearopensmtp drops them. */
export function parseOpenRelay(text: string): readonly OpenedAddress[] {
  return text.split('\n').flatMap((line) => {
    const [, rule, at] = /^([^\t]+)\t([0-9]{1,12})$/.exec(line) ?? [];
    const ip = rule && /^(?:\[([^\]]+)\]|([^:]+)):/.exec(rule);
    return rule && at && ip ? [{ ip: (ip[1] ?? ip[2])!, rule, at: Number(at) }] : [];
  });
}

const formatOpenRelay = (all: readonly OpenedAddress[]): string =>
  all.map(({ rule, at }) => `${rule}\t${at}\n`).join('');

/** An IPv6 address stands in brackets: colons end an address. */
const ruleOf = (ip: string): string => `${isIP(ip) === 6 ? `[${ip}]` : ip}:allow,RELAYCLIENT="",RBLSMTPD=""`;

const tableOf = (vpopmail: string): string => join(vpopmail, 'etc', 'open-smtp');

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/**
 * Changes the table under its lock and compiles the rules anew when the addresses changed, or always.
 * @throws TcpRulesError naming the line, LockBusyError, and what the files say
 */
async function change(
  vpopmail: string,
  edit: (all: readonly OpenedAddress[]) => readonly OpenedAddress[],
  compilesAlways: boolean,
): Promise<void> {
  const path = tableOf(vpopmail);
  await makeEtcDirectory(vpopmail);
  const { uid, gid } = await stat(join(vpopmail, 'etc'));
  const work = async (): Promise<void> => {
    const all = parseOpenRelay(await readOptional(path));
    const changed = edit(all);
    await replaceFile(path, formatOpenRelay(changed), 0o644, { uid, gid });
    const names = (list: readonly OpenedAddress[]): string =>
      list
        .map(({ rule }) => rule)
        .sort()
        .join('\n');
    if (!compilesAlways && names(all) === names(changed)) return;
    const own = await readOptional(join(vpopmail, 'etc', 'tcp.smtp'));
    const rules = [own.replace(/\n$/, ''), ...changed.map(({ rule }) => rule), ''].join('\n');
    await replaceFile(join(vpopmail, 'etc', 'tcp.smtp.cdb'), compileTcpRules(rules), 0o644, { uid, gid });
  };
  await withFileLock(join(vpopmail, 'etc', 'open-smtp.lock'), work, { owner: { uid, gid } });
}

/** Opens relaying for an address, or opens it longer. `now`: seconds since 1970. */
export async function openRelay(vpopmail: string, ip: string, now: number): Promise<void> {
  const bare = ip.replace(/^::ffff:(?=\d)/i, '');
  if (isIP(bare) === 0) return;
  const opened: OpenedAddress = { ip: bare, rule: ruleOf(bare), at: Math.floor(now) };
  await change(vpopmail, (all) => [...all.filter((one) => one.ip !== bare), opened], false);
}

/** clearopensmtp: closes what is older than so many minutes, and compiles the rules whatever was there. */
export async function closeOldRelays(vpopmail: string, minutes: number, now: number): Promise<void> {
  await change(vpopmail, (all) => all.filter(({ at }) => at + minutes * 60 > now), true);
}
