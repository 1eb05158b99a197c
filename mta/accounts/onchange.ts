// vpopmail's hook ~v/etc/onchange (spec/vpopmail.md 3.5): a program of the site that hears of each change, to copy it to
// another machine for instance. It runs after the change, as the user of the domain, for ten seconds at most, and only
// when control/onchange is 1 and the file is executable; what it does or says never undoes the change. The administration
// and the commands both tell it in the words of `changeWords`.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { SettingsReader } from '../control/settings.ts';
import type { Home } from '../home.ts';
import { type Log, quoted } from '../log.ts';
import { dropFile, openFile } from '../maildir/calls.ts';
import type { Programs } from '../programs.ts';
import type { Owner } from './durable.ts';

const SECONDS = 10;

/** A change in the hook's words: the command, what was changed, and with what. */
export type ChangeWords = readonly [command: string, object: string, detail?: string];

/** What there is to tell, as vpopmail 5.6 tells it. Addresses are user@domain. */
export const changeWords = {
  domainAdded: (domain: string): ChangeWords => ['add_domain', domain],
  domainRemoved: (domain: string): ChangeWords => ['del_domain', domain],
  aliasDomainAdded: (alias: string, real: string): ChangeWords => ['add_alias_domain', alias, real],
  aliasDomainRemoved: (alias: string, real: string): ChangeWords => [
    'del_domain',
    `${alias} alias of ${real}`,
  ],
  accountAdded: (address: string): ChangeWords => ['add_user', address],
  accountChanged: (address: string): ChangeWords => ['mod_user', address],
  accountRemoved: (address: string): ChangeWords => ['del_user', address],
  aliasLineAdded: (address: string, line: string): ChangeWords => ['valias_insert', address, line],
  aliasLineRemoved: (address: string, line: string): ChangeWords => ['valias_remove', address, line],
  aliasRemoved: (address: string): ChangeWords => ['valias_delete', address],
} as const;

export interface OnchangeParts {
  readonly home: Home;
  readonly settings: SettingsReader;
  readonly programs: Programs;
  readonly log: Log;
}

/** Runs the hook with the words of one change. Never rejects. */
export async function runOnchange(
  { home, settings, programs, log }: OnchangeParts,
  owner: Owner,
  [command, object, detail = '-']: ChangeWords,
): Promise<void> {
  const path = join(home.vpopmail, 'etc', 'onchange');
  const tell = (what: string): void =>
    log(`warning: ${quoted(path)} after ${quoted(`${command} ${object}`)}: ${what}`);
  try {
    if (!(await settings.read(['onchange'])).onchange) return;
    if (!(await isProgram(path))) return;
    const input = await openFile('/dev/null', constants.O_RDONLY);
    try {
      const end = await programs.run({
        // vpopmail: always four, `-` where there is nothing to say, and the last empty.
        words: [path, command, object, detail, ''],
        directory: home.vpopmail,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        input,
        owner: { uid: owner.uid, gid: owner.gid },
        timeout: SECONDS,
        outputLimit: 1024,
      });
      if (end.kind === 'not run') throw end.error;
      if (end.kind === 'exited' && end.code === 0) return;
      tell(end.kind === 'exited' ? `exit ${end.code}: ${quoted(end.output.toString('latin1'))}` : end.kind);
    } finally {
      dropFile(input);
    }
  } catch (error) {
    tell(quoted(String(error)));
  }
}

/** False when there is none; one that may not be run is an error. */
async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
