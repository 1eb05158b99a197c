// Alias domains: a second name of a domain, which has no directory and no accounts of its own (spec/vpopmail.md 1.5).
// A line of users/assign that leads to the real domain's directory, one of virtualdomains that leads to itself, and one
// of rcpthosts; with accounts in SQL a row of aliasdomains, for other software. All of them or none: a failed change is
// taken back.
import type { Home } from '../home.ts';
import {
  hasAssignLine,
  routeDomain,
  unrouteDomains,
  withAssign,
  withDomainAssigned,
  withoutDomains,
} from './domain-files.ts';
import { parseDomains } from './domain-list.ts';
import { VpopmailError } from './errors.ts';
import { checkDomainName } from './names.ts';
import { openAccountStore } from './open-store.ts';
import { tellQmailSend } from './qmail-send-signal.ts';
import type { AccountStore } from './store.ts';
import type { Domain } from './types.ts';
import { withUndo } from './undo.ts';

const domainsOf = (text: string): readonly Domain[] => (text === '' ? [] : parseDomains(text));

/**
 * Makes `alias` a name of the domain `real` (of its real domain, when that is an alias itself). Throws VpopmailError
 * -12 and -26 for names, -13 when `alias` is there, -11 when `real` is not.
 */
export async function addAliasDomain(home: Home, real: string, alias: string): Promise<void> {
  const [wanted, name] = [checkDomainName(real), checkDomainName(alias)];
  await withAssign(home, (assign) =>
    withUndo(async (undo) => {
      if (hasAssignLine(assign.text, name)) throw new VpopmailError(-13);
      const domain = domainsOf(assign.text).find((one) => one.name === wanted);
      if (domain === undefined) throw new VpopmailError(-11);
      const { realName, directory } = domain;
      undo.push(await assign.write(withDomainAssigned(assign.text, name, realName, directory, domain)));
      await withStore(home, async (store) => {
        await store.addAliasDomain(domain, name);
        undo.push(() => withStore(home, (again) => again.removeAliasDomain(name)));
      });
      await routeDomain(home, name, undo);
    }),
  );
  await tellQmailSend(home.qmail);
}

async function withStore(home: Home, act: (store: AccountStore) => Promise<void>): Promise<void> {
  const store = openAccountStore(home);
  try {
    await act(store);
  } finally {
    await store.close();
  }
}

/** Removes an alias domain; the real one stays. Throws VpopmailError -11 when there is no alias of that name. */
export async function removeAliasDomain(home: Home, alias: string): Promise<void> {
  const name = alias.toLowerCase();
  await withAssign(home, (assign) =>
    withUndo(async (undo) => {
      const domain = domainsOf(assign.text).find((one) => one.name === name);
      if (domain === undefined || domain.realName === name) throw new VpopmailError(-11);
      await unrouteDomains(home, [name], undo);
      undo.push(await assign.write(withoutDomains(assign.text, [name])));
      await withStore(home, (store) => store.removeAliasDomain(name));
    }),
  );
  await tellQmailSend(home.qmail);
}
