// New accounts and new passwords in vpopmail's files: the user's directory with its Maildir, the line in vpasswd
// (spec/vpopmail.md 1.4, 2.1, 3.4). One change at a time a domain, under vpopmail's lock. The directory is there and
// durable before the line names it, so nobody ever meets an account without a Maildir; a failed change leaves nothing.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { makeMaildir } from '../maildir/create.ts';
import type { DirectoryControl } from './directories.ts';
import { formatControl, freshControl, nextControl, parseControl } from './directories.ts';
import type { Owner } from './durable.ts';
import { createFile, makeDirectory, replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { parseLimits } from './limits.ts';
import { checkUserName, cleanField, MAX_DIRECTORY, MAX_GECOS, MAX_PASSWORD } from './names.ts';
import { storedQuota } from './quota.ts';
import type { Domain } from './types.ts';
import { formatVpasswdEntry, parseVpasswd, setVpasswdLine, textToLatin1, updateVpasswd } from './vpasswd.ts';

/** What a new account is made of. */
export interface NewAccount {
  /** Local part. */
  readonly name: string;
  /** A stored hash (PasswordHasher.hash), or what `vadduser -e` was given. */
  readonly passwordHash: string;
  /** The name when missing. */
  readonly gecos?: string | undefined;
  /** As typed; an invalid one is stored empty, as vpopmail does. The domain's default when missing. */
  readonly quota?: string | undefined;
}

/** vpopmail pw_uid of users made without APOP. */
const POP_USER = 1;

/** Checks a clear password before it is hashed. Throws VpopmailError. */
export function checkPassword(password: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD) throw new VpopmailError(-27);
  if (/[\0\r\n]/.test(password)) throw new VpopmailError(-20, 'a password cannot hold line ends or NUL');
}

/** Adds an account to a domain. `vpopmailDir` is for its default limits. Throws VpopmailError. */
export async function addAccountFiles(
  domain: Domain,
  vpopmailDir: string,
  account: NewAccount,
): Promise<void> {
  const name = checkUserName(account.name);
  const gecos = cleanField(account.gecos ?? name) || name;
  if (Buffer.byteLength(gecos) > MAX_GECOS) throw new VpopmailError(-28);
  if (/[:\n]/.test(account.passwordHash)) throw new VpopmailError(-20, 'a password hash holds no colon');
  const quota = await quotaOf(domain, vpopmailDir, account.quota);
  let made: string | undefined;
  try {
    await updateVpasswd(domain.directory, domain, async (text) => {
      if (parseVpasswd(text).entries.some((entry) => entry.name === name)) throw new VpopmailError(-2);
      const control = nextControl(await readControl(domain.directory));
      const directory = join(domain.directory, control.path, name);
      if (Buffer.byteLength(directory) > MAX_DIRECTORY) throw new VpopmailError(-30, directory);
      await makeHashDirectories(domain.directory, control.path, domain);
      await makeUserDirectory(directory, quota, domain, () => {
        made = directory;
      });
      await replaceFile(join(domain.directory, '.dir-control'), formatControl(control), 0o600, domain);
      const { passwordHash: password } = account;
      const entry = { name, password, uid: POP_USER, flags: 0, gecos, directory, quota };
      return setVpasswdLine(text, name, textToLatin1(formatVpasswdEntry(entry)));
    });
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Stores a new hash for an account. `onlyIf`: do it only while the stored hash is still this one. Throws VpopmailError
 * -10 when there is no such account.
 */
export async function setPasswordHash(
  domain: Domain,
  name: string,
  passwordHash: string,
  onlyIf?: string | undefined,
): Promise<void> {
  await updateVpasswd(domain.directory, domain, (text) => {
    const entry = parseVpasswd(text).entries.find((one) => one.name === name);
    if (entry === undefined) throw new VpopmailError(-10);
    if (onlyIf !== undefined && entry.password !== onlyIf) return undefined;
    // The clear password of an old site would no longer fit: emptied, as `vadduser -e` does.
    const clear = entry.clear === undefined ? {} : { clear: '' };
    return setVpasswdLine(text, name, formatVpasswdEntry({ ...entry, password: passwordHash, ...clear }));
  });
}

async function quotaOf(domain: Domain, vpopmailDir: string, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) return storedQuota(wanted) ?? '';
  const read = (path: string): Promise<string | undefined> =>
    readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  const text =
    (await read(join(domain.directory, '.qmailadmin-limits'))) ??
    (await read(join(vpopmailDir, 'etc', 'vlimits.default')));
  const { defaultQuota, defaultMessages } = parseLimits(text);
  return storedQuota(`${defaultQuota}S,${defaultMessages}C`) ?? 'NOQUOTA';
}

/** Reads .dir-control; a missing one is that of a domain without users. Throws VpopmailError for a broken one. */
export async function readControl(directory: string): Promise<DirectoryControl> {
  const path = join(directory, '.dir-control');
  try {
    const control = parseControl(await readFile(path, 'latin1'));
    if (control === undefined) throw new VpopmailError(-17, `${path}: expected vpopmail's eight lines`);
    return control;
  } catch (error) {
    if (isMissing(error)) return freshControl;
    throw error;
  }
}

/** Makes `0`, `0/1` ... below a directory when they are missing. */
export async function makeHashDirectories(base: string, path: string, owner: Owner): Promise<void> {
  let parent = base;
  for (const part of path === '' ? [] : path.split('/')) {
    const directory = join(parent, part);
    try {
      await makeDirectory(directory, 0o700, owner);
      await syncDirectory(parent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    parent = directory;
  }
}

async function makeUserDirectory(
  directory: string,
  quota: string,
  owner: Owner,
  onMade: () => void,
): Promise<void> {
  try {
    await makeDirectory(directory, 0o700, owner);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new VpopmailError(-7, directory);
    throw error;
  }
  onMade();
  const maildir = join(directory, 'Maildir');
  await makeMaildir(maildir, { owner });
  if (quota !== '' && quota !== 'NOQUOTA')
    await createFile(join(maildir, 'maildirsize'), `${quota}\n0 0\n`, 0o600, owner);
  // vpopmail: no login yet; the file's time is the account's.
  await createFile(join(directory, 'lastauth'), '0.0.0.0', 0o600, owner);
  for (const path of [maildir, directory, dirname(directory)]) await syncDirectory(path);
}
