// The option letters of ezmlm-idx 7 and the files of the list directory that they stand for (ezmlm-make(1), ezmlm(5);
// spec/qmailadmin.md 4.2). A file that is there means yes; a list may also carry all letters in one line: DIR/flags, or
// `F:` of an old DIR/config, small for yes and capital for no, and these win over the files. Pure.

export interface FlagLetter {
  readonly letter: string;
  readonly file: string;
  /** For pages and --help. */
  readonly meaning: string;
}

export const flagLetters: readonly FlagLetter[] = [
  { letter: 'a', file: 'archived', meaning: 'messages are kept in an archive' },
  { letter: 'b', file: 'modgetonly', meaning: 'only moderators read the archive' },
  { letter: 'd', file: 'digested', meaning: 'there is a digest list' },
  { letter: 'f', file: 'prefix', meaning: 'subjects get a prefix' },
  { letter: 'g', file: 'subgetonly', meaning: 'only subscribers read the archive' },
  { letter: 'h', file: 'nosubconfirm', meaning: 'subscribing needs no confirmation' },
  { letter: 'i', file: 'threaded', meaning: 'indices by thread and author are kept' },
  { letter: 'j', file: 'nounsubconfirm', meaning: 'unsubscribing needs no confirmation' },
  { letter: 'k', file: 'deny', meaning: 'addresses can be denied posting' },
  { letter: 'l', file: 'modcanlist', meaning: 'remote administrators may list subscribers' },
  { letter: 'm', file: 'modpost', meaning: 'posts are moderated' },
  { letter: 'n', file: 'modcanedit', meaning: 'remote administrators may edit texts' },
  { letter: 'o', file: 'modpostonly', meaning: 'posts of others than moderators are rejected' },
  { letter: 'p', file: 'public', meaning: 'anybody may subscribe and ask' },
  { letter: 'r', file: 'remote', meaning: 'moderators may subscribe and unsubscribe others' },
  { letter: 's', file: 'modsub', meaning: 'subscriptions are moderated' },
  { letter: 't', file: 'addtrailer', meaning: 'a trailer is added to posts' },
  { letter: 'u', file: 'subpostonly', meaning: 'only subscribers post' },
  { letter: 'w', file: 'nowarn', meaning: 'nobody is warned or removed for bounces' },
  { letter: 'x', file: 'mimeremove', meaning: 'MIME parts of some types are removed' },
  { letter: 'y', file: 'confirmpost', meaning: 'senders confirm their posts' },
];

/** Options with a word, and the file that keeps it (`<=FLAGS=>` sections of texts may name these too). */
export const flagDigits: readonly FlagLetter[] = [
  { letter: '0', file: 'sublist', meaning: 'main list of a sublist' },
  { letter: '3', file: 'fromheader', meaning: 'From field of posts' },
  { letter: '5', file: 'owner', meaning: 'address of the owner' },
  { letter: '6', file: 'subdb', meaning: 'database of subscribers' },
  { letter: '7', file: 'modpost', meaning: 'directory of moderators of posts' },
  { letter: '8', file: 'modsub', meaning: 'directory of moderators of subscriptions' },
  { letter: '9', file: 'remote', meaning: 'directory of remote administrators' },
];

const byFile = new Map(flagLetters.map((flag) => [flag.file, flag.letter]));
const byLetter = new Map([...flagLetters, ...flagDigits].map((flag) => [flag.letter, flag.file]));

/** The letter of a flag file; undefined: none stands for it. */
export const letterOfFile = (file: string): string | undefined => byFile.get(file);
/** The file of a letter or digit. */
export const fileOfLetter = (letter: string): string | undefined => byLetter.get(letter);

/** Letters that are decided: true for small ones, false for capitals. All else in the line does not count. */
export function parseFlagLine(line: string): ReadonlyMap<string, boolean> {
  const letters = new Map<string, boolean>();
  for (const letter of line) {
    if (/[a-z]/.test(letter)) letters.set(letter, true);
    else if (/[A-Z]/.test(letter)) letters.set(letter.toLowerCase(), false);
  }
  return letters;
}

/** An old DIR/config: one letter, a colon and a value a line; lines of another form end it (ezmlm-make -+). */
export function parseOldConfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line[1] !== ':') break;
    values.set(line[0] as string, line.slice(2));
  }
  return values;
}
