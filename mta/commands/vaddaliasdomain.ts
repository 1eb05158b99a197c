// vaddaliasdomain: gives a domain a second name (spec/vpopmail.md 1.5, 3.2). The arguments may come in either order: the
// one that exists is the real domain.

import { addAliasDomain } from '../accounts/alias-domains.ts';
import { listAssignedDomains } from '../accounts/domain-list.ts';
import { changeWords } from '../accounts/onchange.ts';
import { lowerAscii } from '../formats/address.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readOptions, showUsage } from './account-command.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vaddaliasdomain: usage: [options] real_domain alias_domain
options: -v (print version number)
note: for backward compatability, you can swap real_domain and alias_domain.
`;

export const run = accountCommand(usage, async (args, context) => {
  const { home, stdout } = context;
  const { rest, bad } = readOptions('vaddaliasdomain', args, 'v', context);
  const [first = '', second = ''] = rest.map(lowerAscii);
  if (bad !== undefined || first === '' || second === '') return showUsage(usage, context);
  if (first === second) {
    stdout.write('Error: real domain and alias domain are the same!\n');
    return showUsage(usage, context);
  }
  const domains = await listAssignedDomains(home);
  const [hasFirst, hasSecond] = [first, second].map((name) => domains.some((one) => one.name === name));
  if (hasFirst && hasSecond) {
    stdout.write('Error: Both domains already exist, unable to create alias.\n');
    return FAILED;
  }
  if (!hasFirst && !hasSecond) {
    // vpopmail has two blanks there.
    stdout.write(`Error: Neither '${safe(first)}' or '${safe(second)}'  exist, unable to create alias.\n`);
    return FAILED;
  }
  const [real, alias] = hasFirst ? [first, second] : [second, first];
  await addAliasDomain(home, real, alias);
  const owner = domains.find(({ name }) => name === real)!;
  await tellChanges(context, owner, changeWords.aliasDomainAdded(alias, owner.realName));
  return 0;
});
