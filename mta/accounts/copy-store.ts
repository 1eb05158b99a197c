// Copies the accounts of domains from one back end to another: what vconvert does between vpasswd files and tables
// (spec/vpopmail.md 3.4). Homes and mail stay where they are, and so does the source: a copy that fails leaves the site
// as it was. What the target has already is changed, not doubled, so a copy that was cut short is made again.
import { isMissing } from '../control/cached-file.ts';
import { VpopmailError } from './errors.ts';
import type { AccountStore } from './store.ts';
import type { Domain } from './types.ts';

/** What was copied of one domain. */
export interface CopyReport {
  readonly domain: string;
  /** Accounts that the target did not have. */
  readonly added: number;
  /** Accounts that it had, and that are as in the source now. */
  readonly changed: number;
  /** Lines of aliases, where both back ends have a table of them. */
  readonly aliasLines: number;
}

/**
 * Copies domains one after the other: records with their directories, last logins, limits, the counters of hashed
 * directories, and aliases of tables. `done` is told after each. Throws what the stores throw; domains before stay
 * copied.
 */
export async function copyAccounts(
  source: AccountStore,
  target: AccountStore,
  domains: readonly Domain[],
  done: (report: CopyReport) => void = () => undefined,
): Promise<void> {
  for (const domain of domains) done(await copyDomain(source, target, domain));
}

async function copyDomain(source: AccountStore, target: AccountStore, domain: Domain): Promise<CopyReport> {
  await target.addDomain(domain).catch((error: unknown) => {
    // The domain is there, perhaps from a copy that was cut short.
    if (!(error instanceof VpopmailError) || error.code !== -13) throw error;
  });
  const control = await source.directoryControl(domain);
  const { added, changed } = await target.storeAll(domain, source.each(domain), control);
  for await (const record of source.each(domain)) {
    const login = await source.lastLogin(domain, record);
    if (login === undefined) continue;
    await target.recordLogin(domain, record, login).catch((error: unknown) => {
      // Files keep it in the home: without one there is no place for it.
      if (!isMissing(error)) throw error;
    });
  }
  const limits = await source.limits(domain);
  if (limits !== undefined) await target.setLimits(domain, limits);
  return { domain: domain.realName, added, changed, aliasLines: await copyAliases(source, target, domain) };
}

/** Gives how many lines the target did not have. */
async function copyAliases(source: AccountStore, target: AccountStore, domain: Domain): Promise<number> {
  const [from, to] = [await source.aliasTable(), await target.aliasTable()];
  if (from === undefined || to === undefined) return 0;
  let copied = 0;
  for (const [alias, lines] of await from.list(domain)) {
    const had = await to.find(domain, alias);
    for (const line of lines.filter((one) => !had.includes(one))) {
      await to.insert(domain, alias, line);
      copied++;
    }
  }
  return copied;
}
