// Who gets the mail for local parts that nobody has: the instruction in a domain's .qmail-default (spec/vpopmail.md 1.6).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import { parseDotQmail } from '../local/dot-qmail.ts';
import type { CatchAll } from '../local/vdelivermail-line.ts';
import { parseVdelivermailLine } from '../local/vdelivermail-line.ts';
import type { AccountRecord } from './store.ts';
import type { Domain } from './types.ts';

/** The instruction; undefined when the file is missing or holds something else. */
export async function readCatchAll(domain: Domain): Promise<CatchAll | undefined> {
  try {
    const text = await readFile(join(domain.directory, '.qmail-default'), 'utf8');
    const first = parseDotQmail(text, false)[0];
    return first?.type === 'program' ? parseVdelivermailLine(first.command, '', domain.realName) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Does this account get that mail, by its address or by its directory? (vpopmail isCatchall) */
export async function isCatchAll(
  domain: Domain,
  { name, directory }: Pick<AccountRecord, 'name' | 'directory'>,
): Promise<boolean> {
  const instruction = await readCatchAll(domain);
  if (instruction?.type === 'forward')
    return lowerAscii(instruction.address) === `${name}@${domain.realName}`;
  if (instruction?.type !== 'directory') return false;
  // vadddomain -e NAME wrote DOM/NAME, wherever the account's home lies by now.
  return [directory, join(domain.directory, name)].includes(instruction.path);
}
