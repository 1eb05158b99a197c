// vdominfo: shows a domain, or all of them with their aliases (spec/vpopmail.md 3.2, 3.3). Output as vpopmail's, but that
// "users" is the number of accounts and not a counter that may be wrong.
import { listAssignedDomains } from '../accounts/domain-list.ts';
import { VpopmailError } from '../accounts/errors.ts';
import type { AccountStore } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { lowerAscii } from '../formats/address.ts';
import { accountCommand, readOptions, showUsage, withSite } from './account-command.ts';

export const usage = `vdominfo: usage: [options] [domain]
options: -v (print version number)
         -a (display all fields, this is the default)
         -n (display domain name)
         -u (display uid field)
         -g (display gid field)
         -d (display domain directory)
         -t (display total users)
         -r (display real domain)
`;

export const run = accountCommand(usage, async (args, context) => {
  const { options, rest, bad } = readOptions('vdominfo', args, 'vanugdtr', context);
  if (bad !== undefined) return showUsage(usage, context);
  // vpopmail: the last of -a and a field rules.
  const last = options.findLast(({ letter }) => letter !== 'v')?.letter ?? 'a';
  const fields = last === 'a' ? 'a' : options.map(({ letter }) => letter).join('');
  const domains = await listAssignedDomains(context.home);
  const wanted = rest[0] === undefined ? undefined : lowerAscii(rest[0]);
  return withSite(context, async ({ store }) => {
    if (wanted === undefined) {
      for (const domain of domains)
        context.stdout.write(`${await formatDomain(domain, fields, domains, store)}\n`);
      return 0;
    }
    const found = domains.find(({ name }) => name === wanted);
    const shown = domains.filter(({ realName }) => realName === found?.realName);
    if (found === undefined) {
      context.stdout.write('Invalid domain name\n');
      return new VpopmailError(-11).exitStatus;
    }
    for (const domain of shown)
      if (domain.name === domain.realName)
        context.stdout.write(await formatDomain(domain, fields, domains, store));
    for (const { name, realName } of shown) if (name !== realName) context.stdout.write(`alias: ${name}\n`);
    return 0;
  });
});

async function formatDomain(
  { name, realName, uid, gid, directory }: Domain,
  fields: string,
  domains: readonly Domain[],
  store: AccountStore,
): Promise<string> {
  const has = (letter: string): boolean => fields === 'a' || fields.includes(letter);
  const title = name === realName ? name : `${name} (alias of ${realName})`;
  const real = domains.find((one) => one.name === realName);
  const users = has('t') && real !== undefined ? await store.count(real) : 0;
  const label = (text: string): string => (fields === 'a' ? text.padEnd(8) : '');
  return [
    has('n') ? `${label('domain: ')}${title}\n` : '',
    has('u') ? `${label('uid:')}${uid}\n` : '',
    has('g') ? `${label('gid:')}${gid}\n` : '',
    has('d') ? `${label('dir:')}${directory}\n` : '',
    has('t') ? `${label('users:')}${users}\n` : '',
    fields !== 'a' && has('r') ? `${realName}\n` : '',
  ].join('');
}
