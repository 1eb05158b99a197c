// vconvert: copies accounts between vpasswd files and the database (-c -m, -m -c), takes those of /etc/passwd (-e) or of a
// file of name:hash lines (-p) into a domain, or writes sqwebmail's password files (-S) (spec/vpopmail.md 3.4). The source
// stays as it is; which of two the site uses is control/vpopmailauth's to say, afterwards.

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccount } from '../accounts/account-changes.ts';
import { openCdbStore } from '../accounts/cdb-store.ts';
import { type CopyReport, copyAccounts } from '../accounts/copy-store.ts';
import { listAssignedDomains } from '../accounts/domain-list.ts';
import { replaceFile } from '../accounts/durable.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { changeWords } from '../accounts/onchange.ts';
import { openSqlStoreOf } from '../accounts/open-store.ts';
import type { AccountStore } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { readSettings } from '../control/settings.ts';
import { lowerAscii } from '../formats/address.ts';
import { safe } from '../log.ts';
import { accountCommand, readOptions, showUsage, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { findColonLine } from './system-user.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vconvert: usage
 The first option sets which format to convert FROM,
 the second option sets which format to convert TO.
 -e = etc format
 -c = cdb format
 -m = sql format
 -p file = lines of name:hash
 -S = set sqwebmail passwords
 -v = version
 -d = debug info
`;

/** A name and a hash for a new account. */
interface Found {
  readonly name: string;
  readonly gecos: string;
  readonly hash: string;
}

/** Does one domain. @returns whether all of it could be done; what could not is told */
type Conversion = (domain: Domain) => Promise<boolean>;

export const run = accountCommand(usage, async (args, context) => {
  const { options, rest, bad } = readOptions('vconvert', args, 'mcep:Svd', context);
  const formats = options.filter(({ letter }) => 'mcepS'.includes(letter));
  const [from, to] = [formats[0]?.letter, formats[0]?.letter === 'S' ? 'S' : formats[1]?.letter];
  if (bad !== undefined || from === undefined || to === undefined) return showUsage(usage, context);
  const way = `${from}${to}`;
  if (way === 'SS') return withSite(context, ({ store }) => all(rest, writeSqwebmail(store), context));
  if (way === 'cm' || way === 'mc') return copy(way, rest, context);
  if ((from === 'e' || from === 'p') && (to === 'c' || to === 'm')) {
    const found = from === 'e' ? await readSystemUsers() : await readHashes(formats[0]!.value);
    return withStore(to, context, (store) => all(rest, addFound(store, found, context), context));
  }
  context.stdout.write('unknown conversion\n');
  return showUsage(usage, context);
});

/** Runs a conversion over the domains that are named, or over all. */
async function all(names: readonly string[], convert: Conversion, context: CommandContext): Promise<number> {
  const { stdout } = context;
  const domains = await listAssignedDomains(context.home);
  const one = async (domain: Domain | undefined): Promise<void> => {
    const isWhole = domain !== undefined && domain.name === domain.realName && (await convert(domain));
    stdout.write(isWhole ? 'done\n' : 'domain conversion failed\n');
  };
  for (const name of names) {
    stdout.write(`converting ${safe(name)} `);
    await one(domains.find((domain) => domain.name === lowerAscii(name)));
  }
  if (names.length > 0) return 0;
  for (const domain of domains) {
    if (domain.name !== domain.realName) {
      stdout.write(`${domain.name} is an alias of ${domain.realName}.\n`);
      continue;
    }
    stdout.write(`converting ${domain.name}...    `);
    await one(domain);
  }
  return 0;
}

/** Opens the store of a format; the database is the one that the site names, or the one it has a server file of. */
async function withStore<T>(
  format: string,
  { home }: CommandContext,
  work: (store: AccountStore) => Promise<T>,
): Promise<T> {
  let store: AccountStore;
  if (format === 'c') store = openCdbStore();
  else {
    const { vpopmailauth } = await readSettings(home.qmail, ['vpopmailauth']);
    const hasPgsql = await access(join(home.vpopmail, 'etc', 'vpopmail.pgsql')).then(
      () => true,
      () => false,
    );
    store = await openSqlStoreOf(
      home,
      vpopmailauth === 'cdb' ? (hasPgsql ? 'pgsql' : 'mysql') : vpopmailauth,
    );
  }
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function copy(way: string, names: readonly string[], context: CommandContext): Promise<number> {
  return withStore(way[0]!, context, (source) =>
    withStore(way[1]!, context, (target) =>
      all(
        names,
        async (domain) => {
          const reports: CopyReport[] = [];
          try {
            const convert = () =>
              copyAccounts(source, target, [domain], (report) => void reports.push(report));
            // Files of the domain are its user's to write; the other way they are only read.
            if (way === 'mc') await (await ownerRights(domain.directory))(domain, convert);
            else await convert();
          } catch (error) {
            context.stderr.write(`vconvert: ${domain.name}: ${safe((error as Error).message)}\n`);
          }
          return reports.length > 0;
        },
        context,
      ),
    ),
  );
}

/** Users of the machine whose hash can be a password's. */
async function readSystemUsers(): Promise<readonly Found[]> {
  const [passwd, shadow] = await Promise.all([
    readFile('/etc/passwd', 'utf8'),
    readFile('/etc/shadow', 'utf8').catch(() => ''),
  ]);
  const found: Found[] = [];
  for (const line of passwd.split('\n')) {
    const [name = '', password = '', , , gecos = ''] = line.split(':');
    const hash = password.length > 1 ? password : (findColonLine(shadow, name)?.[1] ?? '');
    // Locked ones, and those of services.
    if (hash.length > 2 && !/^[!*]/.test(hash)) found.push({ name, gecos: gecos.replace(/,.*/, ''), hash });
  }
  return found;
}

async function readHashes(path: string): Promise<readonly Found[]> {
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/);
  return lines.flatMap((line) => {
    const [name = '', hash = ''] = line.split(/[: \t]+/);
    return name === '' || hash === '' ? [] : [{ name, gecos: name, hash }];
  });
}

/** Adds accounts that are not there; what cannot be added is told, and the others are. */
const addFound =
  (store: AccountStore, found: readonly Found[], context: CommandContext): Conversion =>
  async (domain) => {
    const { home, stdout } = context;
    const as = await ownerRights(domain.directory);
    for (const { name, gecos, hash } of found) {
      try {
        const account = { name, gecos, passwordHash: hash };
        await as(domain, () => createAccount(store, domain, home.vpopmail, account));
        await tellChanges(context, domain, changeWords.accountAdded(`${name}@${domain.realName}`));
      } catch (error) {
        if (!(error instanceof VpopmailError)) throw error;
        stdout.write(`user ${safe(name)} domain ${domain.name} did not add: ${error.text}\n`);
      }
    }
    return true;
  };

const writeSqwebmail =
  (store: AccountStore): Conversion =>
  async (domain) => {
    // What is written lies where the domain's user says: his directories may hold links.
    const as = await ownerRights(domain.directory);
    for await (const { directory, password } of store.each(domain)) {
      const path = join(directory, 'Maildir', 'sqwebmail-pass');
      await as(domain, () => replaceFile(path, `\t${password}\n`, 0o600, domain));
    }
    return true;
  };
