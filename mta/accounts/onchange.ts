// vpopmail's hook ~v/etc/onchange (spec/vpopmail.md 3.5): a program of the site that hears of each change, to copy it to
// another machine for instance. It runs after the change, as the user of the domain, for ten seconds at most, and only
// when control/onchange is 1 and the file is executable; what it does or says never undoes the change.
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

export interface OnchangeParts {
  readonly home: Home;
  readonly settings: SettingsReader;
  readonly programs: Programs;
  readonly log: Log;
}

/** Runs the hook with its words, `add_user joe@example.com` and the like. Never rejects. */
export async function runOnchange(
  { home, settings, programs, log }: OnchangeParts,
  owner: Owner,
  words: readonly string[],
): Promise<void> {
  const path = join(home.vpopmail, 'etc', 'onchange');
  const tell = (what: string): void =>
    log(`warning: ${quoted(path)} after ${quoted(words.join(' '))}: ${what}`);
  try {
    if (!(await settings.read(['onchange'])).onchange) return;
    await access(path, constants.X_OK);
    const input = await openFile('/dev/null', constants.O_RDONLY);
    try {
      const end = await programs.run({
        words: [path, ...words],
        directory: home.vpopmail,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        input,
        owner: { uid: owner.uid, gid: owner.gid },
        timeout: SECONDS,
        outputLimit: 1024,
      });
      if (end.kind === 'exited' && end.code === 0) return;
      tell(end.kind === 'exited' ? `exit ${end.code}: ${quoted(end.output.toString('latin1'))}` : end.kind);
    } finally {
      dropFile(input);
    }
  } catch (error) {
    if (!isMissing(error)) tell(quoted(String(error)));
  }
}
