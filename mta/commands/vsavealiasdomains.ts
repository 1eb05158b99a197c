// vsavealiasdomains: copies alias domains from users/assign into the database's table aliasdomains, where other software
// looks for them (spec/vpopmail.md 3.2). users/assign stays the truth; a site without a database has no such table.
import { listDomains } from '../accounts/domain-list.ts';
import { lowerAscii } from '../formats/address.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readOptions, showUsage, withSite } from './account-command.ts';

export const usage = `
Usage: vsavealiasdomains [options] [real_domain] [alias_domain]
options:          -v (print version number)
                  -h (help)
                  -A (saves all aliases of all domains to MySQL)
vsavealiasdomains domain (saves all aliases of a domain to MySQL)
vsavealiasdomains real_domain alias_domain (saves an alias domain to MySQL)

`;

export const run = accountCommand(usage, async (args, context) =>
  withSite(context, async ({ store }) => {
    const { home, stdout } = context;
    if ((await store.kind()) === 'cdb') {
      stdout.write('\nPlease keep accounts in a database (control/vpopmailauth) to use this program\n\n');
      return FAILED;
    }
    const { options, rest, bad } = readOptions('vsavealiasdomains', args, 'vAh', context);
    if (bad !== undefined || options.some(({ letter }) => letter === 'h')) return showUsage(usage, context);
    const [real, wanted] = rest.map(lowerAscii);
    if (real !== undefined && real === wanted) {
      stdout.write('Error: real domain and alias domain are the same!\n');
      return showUsage(usage, context);
    }
    const isAll = real === undefined && options.some(({ letter }) => letter === 'A');
    if (real === undefined && !isAll) return showUsage(usage, context, 0);
    const domains = await listDomains(home);
    const found = isAll ? domains : domains.filter(({ name, aliases }) => [name, ...aliases].includes(real!));
    if (found.length === 0) {
      stdout.write(isAll ? 'No domain found\n' : `${safe(real!)} does not exist\n`);
      return 0;
    }
    let saved = 0;
    for (const domain of found)
      for (const alias of domain.aliases) {
        if (wanted !== undefined && alias !== wanted) continue;
        await store.addAliasDomain(domain, alias);
        stdout.write(
          isAll
            ? `Alias: ${alias} Real domain: ${domain.name} saved\n`
            : `Alias: ${alias}  Real domain: ${domain.name}     saved\n`,
        );
        saved++;
      }
    if (saved === 0 && wanted !== undefined)
      stdout.write(`No alias ${safe(wanted)} found for domain ${safe(real!)}\n`);
    else if (saved === 0)
      stdout.write(isAll ? 'No aliases found\n' : `No aliases found for domain ${safe(real!)}\n`);
    return 0;
  }),
);
