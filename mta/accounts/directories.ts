// Where a new account or domain gets its directory: vpopmail's hashed directories, kept in .dir-control
// (spec/vpopmail.md 1.4, bigdir.c). 99 users lie at the top, then 100 each in 0, 1, ... z, 0/0, 0/1, ... z/z/z.
// Only for new ones: an existing account's directory is what its line says, never computed.

/** Users of one directory. */
const USERS_PER_DIRECTORY = 100;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LAST = ALPHABET.length - 1;
const LEVELS = 3;

/** State of .dir-control that matters: the count and the current path ('' at the top, else `0`, `a/Z`). */
export interface DirectoryControl {
  readonly users: number;
  readonly path: string;
}

/** A domain without users. */
export const freshControl: DirectoryControl = { users: 0, path: '' };

/** Reads .dir-control; undefined when it is not one. The third number of line 6 is wrong in the wild: not read. */
export function parseControl(text: string): DirectoryControl | undefined {
  const lines = text.split('\n');
  const [users = '', path = ''] = [lines[0]?.trim(), lines[7]?.trim()];
  if (!/^[0-9]{1,15}$/.test(users) || (path !== '' && !isHashPath(path))) return undefined;
  return { users: Number(users), path };
}

/** vpopmail's whole state, as files and tables hold it; each triple is one number a level. */
export interface DirectoryState {
  readonly users: number;
  readonly level: number;
  readonly levels: number;
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly modulus: readonly number[];
  readonly index: readonly number[];
  readonly path: string;
}

/** The state that vpopmail's own programs go on from. */
export function stateOf({ users, path }: DirectoryControl): DirectoryState {
  const letters = path === '' ? [] : path.split('/');
  const index = Array.from({ length: LEVELS }, (_, level) =>
    letters[level] === undefined ? 0 : ALPHABET.indexOf(letters[level]),
  );
  const level = Math.max(0, letters.length - 1);
  const [start, end, modulus] = [
    [0, 0, 0],
    [LAST, LAST, LAST],
    [0, 2, 4],
  ];
  return { users, level, levels: LEVELS, start, end, modulus, index, path };
}

/** The eight lines, as vpopmail writes them. */
export function formatControl(control: DirectoryControl): string {
  const { users, level, levels, start, end, modulus, index, path } = stateOf(control);
  const triples = [start, end, modulus, index].map((triple) => triple.join(' '));
  return [users, level, levels, ...triples, path, ''].join('\n');
}

/** Counts one more user; the new state's path is where that user goes. Throws RangeError when z/z/z is full. */
export function nextControl(control: DirectoryControl): DirectoryControl {
  const users = control.users + 1;
  return { users, path: users % USERS_PER_DIRECTORY === 0 ? followingPath(control.path) : control.path };
}

/** Is this the path of a hashed directory, `0` to `z/z/z`? */
export const isHashPath = (text: string): boolean => /^[0-9A-Za-z](?:\/[0-9A-Za-z]){0,2}$/.test(text);

function followingPath(path: string): string {
  if (path === '') return ALPHABET[0]!;
  const digits = path.split('/').map((letter) => ALPHABET.indexOf(letter));
  for (let level = digits.length - 1; level >= 0; level--) {
    if (digits[level]! < LAST) {
      digits[level]!++;
      return digits.map((digit) => ALPHABET[digit]!).join('/');
    }
    digits[level] = 0;
  }
  if (digits.length === LEVELS) throw new RangeError('all hashed directories down to z/z/z are full');
  return [...digits, 0].map((digit) => ALPHABET[digit]!).join('/');
}
