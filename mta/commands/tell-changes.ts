// Tells the site's hook etc/onchange what one of vpopmail's commands changed (accounts/onchange.ts), after it is done: what
// the hook does or says is told on standard error and never changes the command's exit status.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../accounts/durable.ts';
import { type ChangeWords, runOnchange } from '../accounts/onchange.ts';
import type { CommandContext } from './command.ts';

/** Runs the hook once for each change, one after the other. Never rejects. */
export async function tellChanges(
  { home, stderr }: CommandContext,
  owner: Owner,
  ...changes: readonly ChangeWords[]
): Promise<void> {
  // Most sites have no hook, and a command starts sooner without what running one needs.
  const isHere = await access(join(home.vpopmail, 'etc', 'onchange')).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
  if (!isHere) return;
  const { openSettings } = await import('../control/settings.ts');
  const { createPrograms } = await import('../programs.ts');
  const programs = createPrograms();
  const log = (line: string): void => void stderr.write(`${line}\n`);
  const parts = { home, settings: openSettings(home.qmail), programs, log };
  try {
    for (const change of changes) await runOnchange(parts, owner, change);
  } finally {
    await programs.stop();
  }
}
