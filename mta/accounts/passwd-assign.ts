// users/assign made from passwd(5) (qmail-pw2u(8); spec/qmail.md 12.2): which user of the machine gets which addresses.
// Pure: whether a home counts is asked of a function. Byte strings (latin1), so that every byte of passwd survives.

/** The files that steer it, each undefined when missing. */
export interface PasswdAssignFiles {
  /** users/include: only these users. */
  readonly include?: readonly string[] | undefined;
  /** users/exclude: not these. */
  readonly exclude?: readonly string[] | undefined;
  /** users/mailnames, `user:name:name...`: the addresses of a user in place of the login name. */
  readonly mailnames?: readonly string[] | undefined;
  /** users/subusers, `sub:user:pre:`: the address sub and sub-* are user's, by .qmail-pre and .qmail-pre-*. */
  readonly subusers?: readonly string[] | undefined;
  /** users/append: lines that are added as they are. */
  readonly append?: string | undefined;
}

export interface PasswdAssignOptions {
  /** '' gives nobody extensions. */
  readonly breakCharacter: string;
  /** `.qmail/ext` in place of `.qmail-ext`. */
  readonly slashDash: boolean;
  readonly allowUpperCase: boolean;
}

/** A user of passwd(5), fields as written. */
export interface PasswdLine {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  readonly home: string;
}

/** passwd has no such user: without alias there is no catch-all, and a subuser needs its owner. */
export class UnknownUserError extends Error {
  override name = 'UnknownUserError';
}

/** One line of passwd(5); undefined when it is none. */
export function parsePasswdLine(line: string): PasswdLine | undefined {
  const [name = '', , uid = '', gid = '', , home, shell] = line.split(':');
  if (name === '' || line.includes('\0') || shell === undefined || home === undefined) return undefined;
  if (!/^[0-9]+$/.test(uid) || !/^[0-9]+$/.test(gid)) return undefined;
  return { name, uid, gid, home };
}

/**
 * The text of users/assign. `ownsHome` says whether a user's home is there and the user's own.
 * @throws UnknownUserError, and what `ownsHome` throws
 */
export async function makeAssignFromPasswd(
  passwd: string,
  files: PasswdAssignFiles,
  options: PasswdAssignOptions,
  ownsHome: (user: PasswdLine) => Promise<boolean>,
): Promise<string> {
  const mailnames = new Map((files.mailnames ?? []).map((line) => splitOnce(line)));
  let text = '';
  /** By name, what follows it in a line; the first of two users of one name counts, as in qmail's constmap. */
  const owners = new Map<string, string>();
  for (const line of passwd.split('\n')) {
    const user = parsePasswdLine(line);
    if (user === undefined || Number(user.uid) === 0) continue;
    if (!options.allowUpperCase && /[A-Z]/.test(user.name)) continue;
    if (files.include !== undefined && !files.include.includes(user.name)) continue;
    if (files.exclude?.includes(user.name) === true) continue;
    if (!(await ownsHome(user))) continue;
    text += formatUser(user, mailnames.get(user.name), options);
    owners.set(user.name, describeOwner(user));
  }
  if (!owners.has('alias')) throw new UnknownUserError('unable to find alias user');
  for (const line of files.subusers ?? []) text += formatSubuser(line, owners, options);
  return `${text}${files.append ?? ''}.\n`;
}

function formatUser(
  user: PasswdLine,
  names: string | undefined,
  { breakCharacter, slashDash }: PasswdAssignOptions,
): string {
  const who = describeOwner(user);
  const dash = slashDash ? '-/' : '-';
  const hasExtensions = breakCharacter !== '';
  let text = user.name === 'alias' ? `+:${who}:${dash}::\n` : '';
  for (const name of (names ?? user.name).split(':').filter((one) => one !== '')) {
    text += `=${name}:${who}:::\n`;
    if (hasExtensions) text += `+${name}${breakCharacter}:${who}:${dash}::\n`;
  }
  return text;
}

const describeOwner = ({ name, uid, gid, home }: PasswdLine): string => `${name}:${uid}:${gid}:${home}`;

/** Subusers come last, in the order of their file: of two equal keys in users/assign the first one counts. */
function formatSubuser(
  line: string,
  owners: ReadonlyMap<string, string>,
  { breakCharacter, slashDash }: PasswdAssignOptions,
): string {
  const [sub = '', owner, pre, ...end] = line.split(':');
  if (owner === undefined || pre === undefined) return '';
  const who = owners.get(owner);
  if (who === undefined) throw new UnknownUserError(`unable to find ${owner} user for subuser`);
  if (sub === '' || end.length === 0) return '';
  const rest = `${who}:${slashDash ? '-/' : '-'}:${pre}`;
  // The files are .qmail-pre-ext, whatever character separates an address from its extension.
  return `=${sub}:${rest}:\n${breakCharacter === '' ? '' : `+${sub}${breakCharacter}:${rest}-:\n`}`;
}

function splitOnce(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}
