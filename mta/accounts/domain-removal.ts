// Removing a domain with its accounts, their mail and its alias domains (vpopmail's vdeldomain), in the order that never
// loses a letter which was accepted for somebody who is still there: mail is shut out first (rcpthosts, virtualdomains,
// users/assign), then the directory takes a name that nobody delivers to, then the records go. Until then each step is
// taken back when a later one fails; from then on only the emptying of that directory is left, and who removes a domain of
// the name again finishes it.
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { Home } from '../home.ts';
import { brandFileName } from './brand-file.ts';
import { readControl } from './cdb-store.ts';
import { formatControl } from './directories.ts';
import { unrouteDomains, withAssign, withoutDomains } from './domain-files.ts';
import { parseDomains } from './domain-list.ts';
import type { RunAsOwner } from './durable.ts';
import { asOurselves, replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { holderOf, removeDirectory } from './holder.ts';
import { openAccountStore } from './open-store.ts';
import { tellQmailSend } from './qmail-send-signal.ts';
import { noteRemoval } from './removal-notes.ts';
import type { AccountStore } from './store.ts';
import type { Domain } from './types.ts';
import type { Undo } from './undo.ts';
import { withUndo } from './undo.ts';

/** The domain has alias domains, and nobody said that they may go too. */
export class AliasDomainsError extends Error {
  override readonly name = 'AliasDomainsError';
  readonly aliases: readonly string[];

  constructor(aliases: readonly string[]) {
    super(`the domain has alias domains: ${aliases.join(', ')}`);
    this.aliases = aliases;
  }
}

/**
 * Removes a real domain. `store`: the site's back end when missing. `withAliases`: its alias domains too; without it a
 * domain that has some is an AliasDomainsError, and nothing happens. `as`: does what lies in the domain's place as whose
 * place it is; only users/ and control/ are then touched as who we are. `warn`: told when the removal could not be noted for
 * the webmail (removal-notes.ts); without it that is an error. A directory in which another domain lives stays.
 * Gives the aliases that went. Throws VpopmailError -11 when there is no real domain of that name.
 */
export async function removeDomain(
  home: Home,
  store: AccountStore | undefined,
  name: string,
  options: {
    readonly withAliases?: boolean | undefined;
    readonly as?: RunAsOwner | undefined;
    readonly warn?: ((line: string) => void) | undefined;
  } = {},
): Promise<readonly string[]> {
  const { as = asOurselves } = options;
  const fail = (line: string): never => {
    throw new Error(line);
  };
  const { warn = fail } = options;
  const wanted = name.toLowerCase();
  const aliases = await withAssign(home, async (assign) => {
    const all = assign.text === '' ? [] : parseDomains(assign.text);
    const domain = all.find((one) => one.name === wanted && one.realName === wanted);
    if (domain === undefined) throw new VpopmailError(-11);
    const others = all.filter((one) => one.realName === wanted && one.name !== wanted);
    const names = others.map((one) => one.name);
    if (names.length > 0 && options.withAliases !== true) throw new AliasDomainsError(names);
    const records = store ?? openAccountStore(home);
    const takeBack = await noteRemoval({ home, as, warn }, `@${wanted}`, domain.directory, domain);
    try {
      const left = await withUndo(async (undo) => {
        await unrouteDomains(home, [wanted, ...names], undo);
        undo.push(await assign.write(withoutDomains(assign.text, [wanted, ...names])));
        const remaining = all.filter((one) => one.realName !== wanted);
        const isShared = remaining.some((one) => `${one.directory}/`.startsWith(`${domain.directory}/`));
        const aside = isShared ? undefined : await setAside(domain, as, undo);
        await as(domain, () => records.removeDomain(domain));
        return aside;
      }).catch(async (error: unknown) => {
        await takeBack();
        throw error;
      });
      // Of a directory that is kept elsewhere only the link goes, as with vpopmail.
      if (left !== undefined) await removeDirectory(left, domain, as);
      // One that stays for a domain below it: a look of the name must not come back with the next owner.
      else if (!all.some((one) => one.realName !== wanted && one.directory === domain.directory))
        await as(domain, () => rm(join(domain.directory, brandFileName), { force: true }));
      await countDomainOut(domain, as);
    } finally {
      if (store === undefined) await records.close();
    }
    return names;
  });
  await tellQmailSend(home.qmail);
  return aliases;
}

/** Takes the directory out of everybody's sight in one step. Gives its new name; undefined: there is none to empty. */
async function setAside(domain: Domain, as: RunAsOwner, undo: Undo[]): Promise<string | undefined> {
  const { directory, name } = domain;
  const parent = dirname(directory);
  const aside = join(parent, `.${name}.removed`);
  const holder = await holderOf(parent);
  if (holder === undefined) return undefined;
  // What a removal that was cut short has left.
  await removeDirectory(aside, domain, as);
  const isThere = await as(holder, async () => {
    try {
      await rename(directory, aside);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    return true;
  });
  if (!isThere) return undefined;
  undo.push(() => as(holder, () => rename(aside, directory)));
  await as(holder, () => syncDirectory(parent));
  return aside;
}

/** Counts the domain out of the hashed directories of its base; its place stays free, as with vpopmail. */
async function countDomainOut({ directory, uid, gid, name }: Domain, as: RunAsOwner): Promise<void> {
  // BASE/domains/[hash/]NAME
  const match = /^(.*\/domains)(?:\/[0-9A-Za-z]){0,3}\/[^/]+$/.exec(directory);
  if (match === null || !directory.endsWith(`/${name}`)) return;
  const base = match[1]!;
  await as({ uid, gid }, async () => {
    const control = await readControl(base);
    const users = Math.max(0, control.users - 1);
    const path = join(base, '.dir-control');
    await replaceFile(path, formatControl({ ...control, users }), 0o600, { uid, gid });
  }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}
