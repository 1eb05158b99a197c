// courierimapacl: who may do what in one folder (RFC 4314; spec/maildir-imap.md 3.4). Pure functions: the bytes of the
// file, the words of a client, the rights that result for one account (Courier's ACL2=UNION). Whose lists are read for
// a folder, and what a right allows, is the server's.

/** Letters in Courier's order. */
const order = 'aceilrstwx';

export interface AclEntry {
  /** `owner`, `anyone`, `user=LOGIN`, `group=NAME`, `administrators`; a leading `-` makes it negative. */
  readonly identifier: string;
  /** Of `aceilrstwx`, in that order. */
  readonly rights: string;
}

/** Who asks. */
export interface AclSubject {
  readonly login: string;
  /** Is the Maildir theirs? */
  readonly isOwner: boolean;
  readonly groups: readonly string[];
}

/** What a Maildir without a list has. */
export const defaultAcl: readonly AclEntry[] = [
  { identifier: 'owner', rights: order },
  { identifier: 'administrators', rights: order },
];

/** Entries past this many are dropped. */
const mostEntries = 1000;

/** Reads courierimapacl. Lines without an identifier are passed over; of an identifier named twice the last line rules. */
export function parseAcl(content: Buffer): AclEntry[] {
  const found = new Map<string, AclEntry>();
  for (const line of content.toString('utf8').split('\n', mostEntries * 2)) {
    const space = line.lastIndexOf(' ');
    if (space <= 0) continue;
    const identifier = cleanIdentifier(line.slice(0, space));
    if (identifier === undefined || found.size === mostEntries) continue;
    found.set(identifier, { identifier, rights: sortRights(line.slice(space + 1)) });
  }
  return [...found.values()];
}

export const formatAcl = (entries: readonly AclEntry[]): Buffer =>
  Buffer.from(
    entries
      .filter(({ identifier }) => cleanIdentifier(identifier) !== undefined)
      .map(({ identifier, rights }) => `${identifier} ${sortRights(rights)}\n`)
      .join(''),
    'utf8',
  );

/** The identifier as stored: `anonymous` is `anyone`, `group=administrators` is `administrators`. Undefined: none of Courier's forms. */
export function cleanIdentifier(text: string): string | undefined {
  const isNegative = text.startsWith('-');
  const name = isNegative ? text.slice(1) : text;
  if (name.length > 512 || /[\x00-\x1f\x7f]/.test(name)) return undefined;
  const plain = name === 'anonymous' ? 'anyone' : name === 'group=administrators' ? 'administrators' : name;
  if (!/^(owner|anyone|administrators|(user|group)=.+)$/.test(plain)) return undefined;
  return isNegative ? `-${plain}` : plain;
}

/** Rights in Courier's order, none twice. RFC 2086 `d` stands for `e`, `t` and `x` (RFC 4314 2.1.1); `p` is not offered. */
export function sortRights(rights: string): string {
  const wanted = rights.replaceAll('d', 'etx');
  return [...order].filter((letter) => wanted.includes(letter)).join('');
}

/** Rights as clients of RFC 2086 read them: with `d` when any of `e`, `t`, `x` is there. */
export const withOldRights = (rights: string): string =>
  /[etx]/.test(rights) ? [...`${rights}d`].sort().join('') : rights;

/**
 * What `subject` may do (ACL2=UNION): the union of all entries that name them, minus the union of all negative ones.
 * The owner keeps `a`; administrators may everything.
 */
export function computeRights(entries: readonly AclEntry[], subject: AclSubject): string {
  if (subject.groups.includes('administrators')) return order;
  let given = '';
  let taken = '';
  for (const { identifier, rights } of entries) {
    const isNegative = identifier.startsWith('-');
    if (!names(isNegative ? identifier.slice(1) : identifier, subject)) continue;
    if (isNegative) taken += rights;
    else given += rights;
  }
  const left = [...sortRights(given)].filter((letter) => !sortRights(taken).includes(letter)).join('');
  return subject.isOwner ? sortRights(`${left}a`) : left;
}

function names(identifier: string, subject: AclSubject): boolean {
  if (identifier === 'anyone') return true;
  if (identifier === 'owner') return subject.isOwner;
  if (identifier.startsWith('user=')) return identifier.slice(5) === subject.login;
  return identifier.startsWith('group=') && subject.groups.includes(identifier.slice(6));
}

/** Why a list is refused: it would take `a` or `l` from the owner or anything from administrators. Undefined: it may be stored. */
export function refuseAcl(entries: readonly AclEntry[]): string | undefined {
  for (const { identifier, rights } of entries) {
    const sorted = sortRights(rights);
    const takesOwner =
      identifier === 'owner' ? !/a.*l/.test(sorted) : identifier === '-owner' && /[al]/.test(sorted);
    if (takesOwner) return 'The owner of a folder keeps the rights a and l.';
    const takesAdministrators =
      identifier === 'administrators' ? sorted !== order : identifier === '-administrators' && sorted !== '';
    if (takesAdministrators) return 'Administrators keep all rights.';
  }
  return undefined;
}
