// Paths in program lines of .qmail files, which a shell reads.

/** A path as one word for the shell: as it is, as vpopmail writes it, or in quotes when it has blanks and the like. */
export function shellWord(path: string): string {
  return /^[\p{L}\p{N}_./+-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
