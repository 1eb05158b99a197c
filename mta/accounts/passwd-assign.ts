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

/** passwd has no user alias: users/assign would have no catch-all. */
export class NoAliasUserError extends Error {
  override name = 'NoAliasUserError';
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
 * @throws NoAliasUserError, and what `ownsHome` throws
 */
export async function makeAssignFromPasswd(
  passwd: string,
  files: PasswdAssignFiles,
  options: PasswdAssignOptions,
  ownsHome: (user: PasswdLine) => Promise<boolean>,
): Promise<string> {
  const mailnames = new Map((files.mailnames ?? []).map((line) => splitOnce(line)));
  let text = '';
  let hasAlias = false;
  for (const line of passwd.split('\n')) {
    const user = parsePasswdLine(line);
    if (user === undefined || Number(user.uid) === 0) continue;
    if (!options.allowUpperCase && /[A-Z]/.test(user.name)) continue;
    if (files.include !== undefined && !files.include.includes(user.name)) continue;
    if (files.exclude?.includes(user.name) === true) continue;
    if (!(await ownsHome(user))) continue;
    text += formatUser(user, mailnames.get(user.name), files.subusers ?? [], options);
    if (user.name === 'alias') hasAlias = true;
  }
  if (!hasAlias) throw new NoAliasUserError('unable to find alias user');
  return `${text}${files.append ?? ''}.\n`;
}

function formatUser(
  user: PasswdLine,
  names: string | undefined,
  subusers: readonly string[],
  { breakCharacter, slashDash }: PasswdAssignOptions,
): string {
  const who = `${user.name}:${user.uid}:${user.gid}:${user.home}`;
  const dash = slashDash ? '-/' : '-';
  const hasExtensions = breakCharacter !== '';
  let text = user.name === 'alias' ? `+:${who}:${dash}::\n` : '';
  for (const name of (names ?? user.name).split(':').filter((one) => one !== '')) {
    text += `=${name}:${who}:::\n`;
    if (hasExtensions) text += `+${name}${breakCharacter}:${who}:${dash}::\n`;
  }
  for (const line of subusers) {
    const [sub = '', owner, pre] = line.split(':');
    if (sub === '' || owner !== user.name || pre === undefined) continue;
    text += `=${sub}:${who}:${dash}:${pre}:\n`;
    if (hasExtensions) text += `+${sub}${breakCharacter}:${who}:${dash}:${pre}${breakCharacter}:\n`;
  }
  return text;
}

function splitOnce(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}
