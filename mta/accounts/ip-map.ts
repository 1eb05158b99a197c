// vpopmail's etc/ip_alias_map: which domain is meant by a user name without one, by the address of this machine that the
// client connected to (spec/vpopmail.md 3.1, vipmap). Lines `IP DOMAIN`; the first that fits counts. A line that is no
// such pair is nobody's and stays as it is.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { Home } from '../home.ts';
import { defaultOwner } from './domains.ts';
import { replaceFile } from './durable.ts';
import { makeEtcDirectory } from './etc-directory.ts';
import { withFileLock } from './lock.ts';

/** One mapping. */
export interface IpMapping {
  readonly ip: string;
  readonly domain: string;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

function parseLine(line: string): IpMapping | undefined {
  const [ip = '', domain = ''] = line.split(/[ \t\r]+/).filter((word) => word !== '');
  return ip === '' || ip.startsWith('#') || domain === '' ? undefined : { ip, domain };
}

/** The mappings of a text in its order. */
export const parseIpMap = (text: string): readonly IpMapping[] =>
  linesOf(text).flatMap((line) => parseLine(line) ?? []);

/** An address as the map has it: of an IPv4 address in IPv6 form, the IPv4 one (Courier gives it so). */
export const plainIp = (ip: string): string => ip.replace(/^::ffff:/i, '');

const path = (home: Home): string => join(home.vpopmail, 'etc', 'ip_alias_map');

async function readText(home: Home): Promise<string> {
  try {
    return await readFile(path(home), 'latin1');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

export const readIpMap = async (home: Home): Promise<readonly IpMapping[]> =>
  parseIpMap(await readText(home));

/** Adds a mapping; the same one twice is once. */
export async function addIpMapping(home: Home, wanted: IpMapping): Promise<void> {
  await edit(home, (lines) => [...without(lines, wanted), `${wanted.ip} ${wanted.domain}`]);
}

/** Removes a mapping, if it is there. */
export const removeIpMapping = (home: Home, wanted: IpMapping): Promise<void> =>
  edit(home, (lines) => without(lines, wanted));

const without = (lines: readonly string[], { ip, domain }: IpMapping): string[] =>
  lines.filter((line) => {
    const mapping = parseLine(line);
    return mapping?.ip !== ip || mapping.domain !== domain;
  });

async function edit(home: Home, change: (lines: readonly string[]) => string[]): Promise<void> {
  const owner = await defaultOwner();
  await makeEtcDirectory(home.vpopmail);
  await withFileLock(
    `${path(home)}.lock`,
    async () => {
      const text = await readText(home);
      const edited = change(linesOf(text))
        .map((line) => `${line}\n`)
        .join('');
      if (edited !== text) await replaceFile(path(home), Buffer.from(edited, 'latin1'), 0o600, owner);
    },
    { owner },
  );
}
