// Names of Sieve scripts (RFC 5804 1.6) and where they lie in an account's home: Pigeonhole's layout, so that a site may
// come from Dovecot, or put it beside us: `sieve/NAME.sieve`, the active one named by the link
// `.dovecot.sieve -> sieve/NAME.sieve`. Pure functions; the files are store.ts.

/** In the account's home. */
export const scriptsDirectory = 'sieve';
/** The active script: a link into that directory, or a file that somebody put there by hand. */
export const activeLink = '.dovecot.sieve';
const ending = '.sieve';

/** How Pigeonhole names a script that lay under the name of the link. */
export const handMadeName = 'dovecot.orig';

/** A file name has 255 bytes; `.sieve` follows, and while it is written `.tmp`. */
const longestName = 245;

/** Why a script cannot have this name, in plain words; undefined: it can. */
export function whyNoScriptName(name: string): string | undefined {
  if (name === '') return 'A script needs a name.';
  // RFC 5804 1.6.
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(name)) return 'A script name cannot hold control characters.';
  if (!name.isWellFormed() || name.includes('\ufffd'))
    return 'This script name holds characters that are not valid.';
  if (name.includes('/')) return 'A script name cannot hold a slash (/).';
  if (name.startsWith('.')) return 'A script name cannot begin with a dot.';
  if (Buffer.byteLength(name) > longestName) return 'This script name is too long.';
  return undefined;
}

/** The file of a script, for names that may be. */
export const fileOf = (name: string): string => `${name}${ending}`;

/** Relative to the home. Only for names that may be. */
export const scriptPath = (name: string): string => `${scriptsDirectory}/${fileOf(name)}`;

/** The script that a file of the directory holds; undefined: it is none. */
export function nameOfFile(file: string): string | undefined {
  if (!file.endsWith(ending)) return undefined;
  const name = file.slice(0, -ending.length);
  return whyNoScriptName(name) === undefined ? name : undefined;
}

/** The script that a link in the home leads to; undefined: it leads out of the directory of scripts. */
export function nameOfTarget(home: string, target: string): string | undefined {
  const inside = target.startsWith(`${home}/`)
    ? target.slice(home.length + 1)
    : target.replace(/^(\.\/)+/, '');
  const [directory, file, ...more] = inside.split('/');
  return directory === scriptsDirectory && file !== undefined && more.length === 0
    ? nameOfFile(file)
    : undefined;
}
