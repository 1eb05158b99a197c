// What the index file of an account is called: readable, so that who looks into the state directory finds an account's
// own, and no two accounts or Maildirs have one. Pure; the file itself is schema.ts.
import { createHash } from 'node:crypto';

/** Name of the index file of an account: readable, and unique by address and place of the Maildir. */
export function indexFileName(address: string, maildir: string): string {
  const hash = createHash('sha256').update(`${address}\0${maildir}`).digest('hex').slice(0, 16);
  return `${readableName(address)}-${hash}.sqlite`;
}

const readableName = (address: string): string =>
  address
    .toLowerCase()
    .replace(/[^a-z0-9@._-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 80);

/**
 * Could a file be an index of an account, or of one of a domain (`@domain`), wherever its Maildir is? Addresses that differ
 * in odd characters only have one name.
 */
export function mayBeIndexOf(fileName: string, address: string): boolean {
  const name = /^(.*)-[0-9a-f]{16}\.sqlite(?:-wal|-shm)?$/.exec(fileName)?.[1];
  if (name === undefined) return false;
  return address.startsWith('@') ? name.endsWith(readableName(address)) : name === readableName(address);
}
