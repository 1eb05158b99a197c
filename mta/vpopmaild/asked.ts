// What the commands read out of their lines: words, addresses, the asker as the administration knows him.
import type { Actor } from '../accounts/administration.ts';
import { NoSuchObject } from '../accounts/administration.ts';
import { isUserName, parseEmail } from '../accounts/names.ts';
import type { AccountRecord } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { lowerAscii } from '../formats/address.ts';
import { fail, type Major } from './replies.ts';
import type { Asking } from './session.ts';

/** The asker; what he may do is read anew for each command. */
export const actorOf = ({ person }: Asking): Actor => ({
  kind: 'account',
  address: `${person.name}@${person.domain.realName}`,
  ip: person.ip,
});

/** The words of a command; the last of `count` takes the rest of the line, blanks and all. */
export function wordsOf({ rest }: Asking, count: number): readonly string[] {
  const words: string[] = [];
  let left = rest.trimStart();
  while (words.length < count - 1 && left !== '') {
    const [, word = '', more = ''] = /^(\S+)\s?(.*)$/s.exec(left) ?? [];
    words.push(word);
    left = words.length < count - 1 ? more.trimStart() : more;
  }
  if (left !== '') words.push(left);
  return words;
}

export interface AskedAddress {
  readonly name: string;
  readonly domain: string;
  readonly address: string;
}

/** An address of a command; `wrong` is the error of one that is none. */
export function addressOf(text: string, wrong: Major, minor: number): AskedAddress {
  const { name, domain } = parseEmail(text);
  if (!isUserName(name) || !/^[a-z0-9.-]{1,255}$/.test(domain)) fail(wrong, minor);
  return { name, domain, address: `${name}@${domain}` };
}

/** Rank 2 sees its own domain only. */
export function checkOwnDomain({ person }: Asking, domain: string, minor: number): void {
  if (person.rank < 3 && lowerAscii(domain) !== person.domain.realName) fail(11, minor);
}

/** A domain that the asker administers now. */
export async function ownDomain(asking: Asking, name: string, minor: number): Promise<Domain> {
  const { accounts, administration } = asking.site;
  checkOwnDomain(asking, name, minor);
  const level = await administration.level(actorOf(asking));
  const domain = await accounts.findDomain(name);
  if (domain === undefined || level === undefined || level === 'user') return fail(11, minor);
  return { ...domain, name: domain.realName };
}

/** The record of an account that the asker sees now. */
export async function seenRecord(asking: Asking, asked: AskedAddress, minor: number): Promise<AccountRecord> {
  const { accounts, administration, store } = asking.site;
  try {
    await administration.account(actorOf(asking), asked.address);
  } catch (error) {
    if (!(error instanceof NoSuchObject)) throw error;
    return fail(12, minor);
  }
  const domain = await accounts.findDomain(asked.domain);
  const record = domain && (await store.find(domain, asked.name));
  return record ?? fail(12, minor);
}

/** Only for administrators of the system, as they are now. */
export async function checkSystem(asking: Asking, minor: number): Promise<void> {
  if ((await asking.site.administration.level(actorOf(asking))) !== 'system') fail(9, minor);
}

/** `[page per_page]`: the part of a list that is asked for. */
export function pageOf(words: readonly string[]): { readonly start: number; readonly count: number } {
  const [page, count] = words.map((word) => (/^[0-9]{1,6}$/.test(word) ? Number(word) : 0));
  if (!page || !count) return { start: 0, count: Number.POSITIVE_INFINITY };
  return { start: (page - 1) * count, count };
}
