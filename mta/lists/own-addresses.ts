// Addresses of a list that are read by programs. None of them is ever a subscriber of the list (security.md R10): it would
// write to itself. Pure.
import { splitAddress } from '../formats/address.ts';
import { parseListCommand } from './command-address.ts';
import type { MailingList } from './list.ts';

/** Addresses of a list that programs read: none of them is ever a subscriber of it. */
export function isOwnAddress(
  { outlocal, outhost }: Pick<MailingList, 'outlocal' | 'outhost'>,
  address: string,
): boolean {
  const { local, domain } = splitAddress(address.toLowerCase());
  if (domain !== outhost.toLowerCase()) return false;
  const own = outlocal.toLowerCase();
  if (local === own) return true;
  if (!local.startsWith(`${own}-`)) return false;
  const rest = local.slice(own.length + 1);
  if (/^(?:digest-)?(?:owner|return|accept|reject|confirm|discard)(?:-|$)/.test(rest) || rest === 'digest')
    return true;
  // A list of its own may be called LIST-information: only whole words are commands.
  const command = parseListCommand(rest)?.command ?? 'none';
  const word = rest.replace(/^(?:digest|allow|deny)-/, '').replace(/[-.].*$/s, '');
  return command !== 'none' && word === command;
}
