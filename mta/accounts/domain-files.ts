// The lines of a domain in the files that qmail shares with vpopmail: users/assign with its cdb, virtualdomains, locals,
// rcpthosts and morercpthosts (spec/vpopmail.md 1.3). Each file is changed under vpopmail's lock and replaced in one
// durable step. A domain's mail is let in last and shut out first, so that no letter is accepted which nobody would
// deliver. Which lines go where is control-lines.ts; directories and accounts are domains.ts and domain-removal.ts.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import { makeCdb } from '../formats/cdb.ts';
import type { Home } from '../home.ts';
import { compileAssign, formatAssignment, parseAssign } from './assign.ts';
import {
  addAssignLine,
  addListLine,
  assignLineDomain,
  countListLines,
  mapLineDomain,
  removeAssignLine,
  removeListLine,
  removeMapLine,
  setMapLine,
} from './control-lines.ts';
import type { Owner } from './durable.ts';
import { replaceFile } from './durable.ts';
import { withFileLock } from './lock.ts';
import type { Undo } from './undo.ts';
import { textToLatin1 } from './vpasswd.ts';

/** vpopmail: rcpthosts with this many lines is full, more go to morercpthosts. */
const RCPTHOSTS_LINES = 50;

/** A file as latin1, so that every byte survives; undefined when it is missing. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** users/assign while its lock is held. */
export interface LockedAssign {
  /** As it was read; '' when it is missing. It could be parsed. */
  readonly text: string;
  /** Replaces it and compiles it into users/cdb. Gives what takes it back. */
  write(text: string): Promise<Undo>;
}

/**
 * Runs `work` while holding the lock of users/assign: one change of the domains at a time. `bulk`: users/cdb is not
 * compiled (`vadddomain -O`). Throws AssignError for a file that breaks its rules, and leaves it alone; LockBusyError.
 */
export async function withAssign<T>(
  home: Home,
  work: (assign: LockedAssign) => Promise<T>,
  bulk = false,
): Promise<T> {
  const path = join(home.qmail, 'users', 'assign');
  return withFileLock(`${path}.lock`, async () => {
    const text = (await readText(path)) ?? '';
    if (text !== '') parseAssign(text);
    const store = async (wanted: string): Promise<void> => {
      const whole = wanted === '' ? '.\n' : wanted;
      // Compiled first: a bad file is refused before it is written.
      compileAssign(whole);
      await replaceFile(path, Buffer.from(whole, 'latin1'), 0o644);
      if (!bulk) await compileUsers(home.qmail);
    };
    return work({
      text,
      write: async (wanted) => {
        const back = (): Promise<void> => store(text);
        // Written, but not compiled: that too is taken back.
        await store(wanted).catch(async (error: unknown) => {
          await back().catch(() => undefined);
          throw error;
        });
        return back;
      },
    });
  });
}

/** Has users/assign a line of this domain, be it real or an alias? */
export const hasAssignLine = (text: string, domain: string): boolean =>
  text.split('\n').some((line) => assignLineDomain(line)?.toLowerCase() === domain);

/** users/assign with the line of a domain; for an alias domain, `user` and `directory` are the real one's. */
export function withDomainAssigned(
  text: string,
  domain: string,
  user: string,
  directory: string,
  owner: Owner,
): string {
  const line = formatAssignment({
    wildcard: true,
    local: `${domain}-`,
    user,
    uid: String(owner.uid),
    gid: String(owner.gid),
    home: textToLatin1(directory),
    dash: '-',
    ext: '',
  });
  return addAssignLine(text, line);
}

/** users/assign without the lines of these domains. */
export const withoutDomains = (text: string, domains: readonly string[]): string =>
  domains.reduce((left, domain) => removeAssignLine(left, domain), text);

/** qmail-newu: compiles users/assign into users/cdb. Throws AssignError and leaves the cdb alone; throws ENOENT. */
export async function compileUsers(qmailDir: string): Promise<void> {
  const users = join(qmailDir, 'users');
  const text = await readFile(join(users, 'assign'), 'latin1');
  // cdb.tmp, then rename, mode 0644: what qmail-newu does.
  await replaceFile(join(users, 'cdb'), compileAssign(text), 0o644);
}

const controlPath = (home: Home, file: string): string => join(home.qmail, 'control', file);

type Edit = (text: string) => string;

/** Edits a control file; `back` gets the text as it is then. A file that does not change is not written. */
async function change(home: Home, file: string, undo: Undo[], edit: Edit, back: Edit): Promise<boolean> {
  const changed = await editControlFile(controlPath(home, file), edit);
  if (changed) undo.push(() => editControlFile(controlPath(home, file), back));
  return changed;
}

async function editControlFile(path: string, edit: Edit): Promise<boolean> {
  return withFileLock(`${path}.lock`, async () => {
    const text = await readText(path);
    const edited = edit(text ?? '');
    if (edited === (text ?? '')) return false;
    await replaceFile(path, Buffer.from(edited, 'latin1'), 0o644);
    return true;
  });
}

/** Puts a domain off, or takes it back: its line in control/disableddomains. */
export async function setDomainDisabled(home: Home, name: string, isDisabled: boolean): Promise<void> {
  await editControlFile(controlPath(home, 'disableddomains'), (text) =>
    isDisabled ? addListLine(text, name) : removeListLine(text, name),
  );
}

/** Makes mail for a domain ours: not local, virtual, and accepted from outside, in this order. */
export async function routeDomain(home: Home, name: string, undo: Undo[]): Promise<void> {
  const listed = (text: string): boolean =>
    text.split('\n').some((line) => lowerAscii(line.trimEnd()) === name);
  const locals = await readText(controlPath(home, 'locals'));
  const me = (await readText(controlPath(home, 'me')))?.split('\n')[0]?.trimEnd();
  // Without the file, the one local domain is me: taking me out of the locals needs an empty file.
  if (locals === undefined && me !== undefined && lowerAscii(me) === name) {
    await replaceFile(controlPath(home, 'locals'), '', 0o644);
    undo.push(() => rm(controlPath(home, 'locals'), { force: true }));
  }
  if (locals !== undefined && listed(locals))
    await change(
      home,
      'locals',
      undo,
      (text) => removeListLine(text, name),
      (text) => addListLine(text, name),
    );
  await change(
    home,
    'virtualdomains',
    undo,
    (text) => setMapLine(text, name, name),
    (text) => removeMapLine(text, name),
  );
  const few = countListLines((await readText(controlPath(home, 'rcpthosts'))) ?? '') < RCPTHOSTS_LINES;
  const file = few ? 'rcpthosts' : 'morercpthosts';
  if (!few) undo.push(() => settleMoreRcpthosts(home));
  await change(
    home,
    file,
    undo,
    (text) => addListLine(text, name),
    (text) => removeListLine(text, name),
  );
  if (!few) await settleMoreRcpthosts(home);
}

/** The other way round: mail for these domains is no longer accepted, then no longer virtual. */
export async function unrouteDomains(home: Home, names: readonly string[], undo: Undo[]): Promise<void> {
  const gone = new Set(names);
  const kept = (text: string, nameOf: (line: string) => string | undefined): string[] =>
    text.split('\n').filter((line) => gone.has(lowerAscii(nameOf(line) ?? '')));
  const without = (text: string, remove: (text: string, name: string) => string): string =>
    names.reduce(remove, text);
  for (const file of ['rcpthosts', 'morercpthosts', 'disableddomains']) {
    const there = kept((await readText(controlPath(home, file))) ?? '', (line) => line.trimEnd());
    if (there.length === 0) continue;
    const isCompiled = file === 'morercpthosts';
    if (isCompiled) undo.push(() => settleMoreRcpthosts(home));
    await change(
      home,
      file,
      undo,
      (text) => without(text, removeListLine),
      (text) => there.reduce((all, line) => addListLine(all, line.trimEnd()), text),
    );
    if (isCompiled) await settleMoreRcpthosts(home);
  }
  const routes = kept((await readText(controlPath(home, 'virtualdomains'))) ?? '', mapLineDomain);
  await change(
    home,
    'virtualdomains',
    undo,
    (text) => without(text, removeMapLine),
    (text) =>
      routes.reduce((all, line) => {
        const colon = line.indexOf(':');
        return setMapLine(all, line.slice(0, colon), line.slice(colon + 1));
      }, text),
  );
}

/** qmail-newmrh: control/morercpthosts into its cdb. */
export const compileMoreRcpthosts = (qmailDir: string): Promise<void> =>
  compileKeyFile(join(qmailDir, 'control', 'morercpthosts'));

/** After a change of morercpthosts: its cdb anew; when nothing is left in it, both go, as with vpopmail. */
async function settleMoreRcpthosts(home: Home): Promise<void> {
  const path = controlPath(home, 'morercpthosts');
  if (((await readText(path)) ?? '') !== '') return compileMoreRcpthosts(home.qmail);
  // The cdb first: it alone is what lets mail in.
  await rm(`${path}.cdb`, { force: true });
  await rm(path, { force: true });
}

/** A file of keys into its cdb, as qmail-newmrh and qmail-newmvrt do it: keys in lower case, no data. */
export async function compileKeyFile(path: string): Promise<void> {
  const keys = ((await readText(path)) ?? '')
    .split('\n')
    .map((line) => lowerAscii(line.replace(/[ \t]+$/, '')))
    .filter((line) => line !== '' && !line.startsWith('#'));
  const entries = keys.map((key): [Buffer, Buffer] => [Buffer.from(key, 'latin1'), Buffer.alloc(0)]);
  await replaceFile(`${path}.cdb`, makeCdb(entries), 0o644);
}
