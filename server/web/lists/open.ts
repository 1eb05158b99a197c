// A mailing list for everybody to look at: by the address in the path, when it lives here and its owner made it public
// (ezmlm's flag `public`). Anything else is the same "not there". The archive is open when the list has one that is kept
// for nobody (`modgetonly`, `subgetonly`).
import { join } from 'node:path';
import { aliasFileName } from '../../../mta/accounts/alias-files.ts';
import { lowerAscii, splitAddress } from '../../../mta/formats/address.ts';
import { findDomainList, openDomainList } from '../../../mta/lists/domain-lists.ts';
import { readListFile } from '../../../mta/lists/files.ts';
import type { MailingList } from '../../../mta/lists/list.ts';
import { readNumbers } from '../../../mta/lists/numbers.ts';
import { readText, valuesOf } from '../../../mta/lists/texts.ts';
import type { WebParts } from '../web.ts';

export interface PublicList {
  readonly list: MailingList;
  /** LIST@DOMAIN as it is kept. */
  readonly address: string;
  /** What its owner says of it (text/info). */
  readonly info: string;
  /** Number of the newest post. */
  readonly newest: number;
  readonly hasArchive: boolean;
  readonly hasDigest: boolean;
}

/**
 * Lists of before ezmlm-idx 5 close their archive by options of the line (spec/qmailadmin.md 4.2): `ezmlm-get -P` for
 * moderators, `-s` for members, `-C` for nobody. A line that cannot be read opens nothing.
 */
async function isClosedByLine({ directory }: MailingList): Promise<boolean> {
  const manager = (await readListFile(join(directory, 'manager'))) ?? '';
  const options = [...manager.matchAll(/ezmlm-get((?:\s+-\S+)*)/g)].map(([, words = '']) => words);
  return options.some((words) => /\s-[A-Za-z]*[PsC]/.test(words));
}

/** Characters of the owner's words that are shown. */
const MOST_INFO = 10_000;

export async function openPublicList(
  web: Pick<WebParts, 'accounts'>,
  given: string,
): Promise<PublicList | undefined> {
  const { local, domain: host } = splitAddress(given);
  const name = lowerAscii(local);
  if (name === '' || host === '' || /[\0/]/.test(given) || aliasFileName(name).length > 200) return undefined;
  const domain = await web.accounts.findDomain(host);
  if (domain === undefined || domain.isDisabled) return undefined;
  const directory = await findDomainList(domain, name);
  const list = directory === undefined ? undefined : await openDomainList(domain, directory);
  if (list === undefined || 'odd' in list || !(await list.isSet('public'))) return undefined;
  const [isArchived, forModerators, forMembers, hasDigest] = await Promise.all(
    ['archived', 'modgetonly', 'subgetonly', 'digested'].map((file) => list.isSet(file)),
  );
  return {
    list,
    address: `${list.outlocal}@${list.outhost}`,
    info: (await readText(list, 'info', valuesOf(list))).trim().slice(0, MOST_INFO),
    newest: (await readNumbers(list.directory, 'num'))?.[0] ?? 0,
    hasArchive: isArchived === true && !forModerators && !forMembers && !(await isClosedByLine(list)),
    hasDigest: hasDigest === true,
  };
}
