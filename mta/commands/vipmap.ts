// vipmap: which domain is meant by user names without one, by the local address of the connection (spec/vpopmail.md 3.2).
import { addIpMapping, readIpMap, removeIpMapping } from '../accounts/ip-map.ts';
import { lowerAscii } from '../formats/address.ts';
import { safe } from '../log.ts';
import { accountCommand, FAILED, readOptions, showUsage } from './account-command.ts';

export const usage = `vipmap: usage: [options] ip domain
options: -d delete mapping
         -a add mapping
         -p print mapping
         -v show version
`;

export const run = accountCommand(usage, async (args, context) => {
  const { home, stdout } = context;
  const { options, rest, bad } = readOptions('vipmap', args, 'vpda', context);
  if (bad !== undefined || args.length === 0) return showUsage(usage, context);
  const action = options.findLast(({ letter }) => letter !== 'v')?.letter ?? 'p';
  if (action === 'p') {
    for (const { ip, domain } of await readIpMap(home)) stdout.write(`${safe(ip)} ${safe(domain)}\n`);
    return 0;
  }
  const [ip, domain] = rest;
  if (ip === undefined || domain === undefined) return showUsage(usage, context);
  // One line of the file, two words: nothing else may get in.
  if (!/^[0-9A-Fa-f.:]+$/.test(ip) || !/^[A-Za-z0-9.-]+$/.test(domain)) {
    stdout.write(`Error: ${safe(ip)} ${safe(domain)} is no address and domain\n`);
    return FAILED;
  }
  const mapping = { ip, domain: lowerAscii(domain) };
  await (action === 'a' ? addIpMapping(home, mapping) : removeIpMapping(home, mapping));
  return 0;
});
