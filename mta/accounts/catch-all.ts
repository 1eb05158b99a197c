// Who gets the mail for local parts that nobody has: the instruction in a domain's .qmail-default (spec/vpopmail.md 1.6).
import { join } from 'node:path';
import { lowerAscii } from '../formats/address.ts';
import { parseDotQmail } from '../local/dot-qmail.ts';
import type { CatchAll } from '../local/vdelivermail-line.ts';
import { parseVdelivermailLine } from '../local/vdelivermail-line.ts';
import { showLine } from './administration/dot-qmail-lines.ts';
import { readKeptFile } from './kept-files.ts';
import type { AccountRecord } from './store.ts';
import type { Domain } from './types.ts';

const MAX_FILE = 65_536;

/** The instruction; undefined when the file is missing or holds something else. */
async function readInstruction(domain: Domain): Promise<CatchAll | undefined> {
  const found = await readKeptFile(join(domain.directory, '.qmail-default'), MAX_FILE);
  const first = found.kind === 'file' ? parseDotQmail(showLine(found.text), false)[0] : undefined;
  return first?.type === 'program' ? parseVdelivermailLine(first.command, '', domain.realName) : undefined;
}

/** Which accounts get that mail, by their address or by their directory? (vpopmail isCatchall) */
export async function findCatchAllAccount(
  domain: Domain,
): Promise<(record: Pick<AccountRecord, 'name' | 'directory'>) => boolean> {
  const instruction = await readInstruction(domain);
  return ({ name, directory }) => {
    if (instruction?.type === 'forward')
      return lowerAscii(instruction.address) === `${name}@${domain.realName}`;
    if (instruction?.type !== 'directory') return false;
    // vadddomain -e NAME wrote DOM/NAME, wherever the account's home lies by now.
    return [directory, join(domain.directory, name)].includes(instruction.path);
  };
}
