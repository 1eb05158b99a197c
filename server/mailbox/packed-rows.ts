// The pages of lists on their way from the index worker to the role: each row as JSON, half the cost of a structured clone.
// The role keeps the rows that it read last by their text, so the row of a message that did not change is the same object
// from page to page: whoever makes something of it (the list's HTML) may keep that with it.

/** The answers that come packed: `{ page: { rows, … }, … }`. */
export const packedCalls: ReadonlySet<string> = new Set(['listWithFolders', 'listConversations']);

interface WithPage {
  readonly page: { readonly rows: readonly object[] };
}

export interface PackedPage {
  readonly rows: readonly string[];
  /** JSON of all else. */
  readonly rest: string;
}

export function packPage(value: unknown): PackedPage {
  const { page, ...others } = value as WithPage;
  return {
    rows: page.rows.map((row) => JSON.stringify(row)),
    rest: JSON.stringify({ ...others, page: { ...page, rows: [] } }),
  };
}

/** Rows kept; a row and its text take about 3 kB. */
const mostKept = 1_000;

/** Reads packed pages. Rows are shared: nobody changes them. */
export function createPageReader(): (packed: PackedPage) => unknown {
  // Two generations: what was not asked for while as many others came goes.
  let young = new Map<string, object>();
  let old = new Map<string, object>();
  const readRow = (text: string): object => {
    const known = young.get(text);
    if (known) return known;
    const row = old.get(text) ?? (JSON.parse(text) as object);
    if (young.size >= mostKept / 2) {
      old = young;
      young = new Map();
    }
    young.set(text, row);
    return row;
  };
  return ({ rows, rest }) => {
    const value = JSON.parse(rest) as WithPage;
    return { ...value, page: { ...value.page, rows: rows.map(readRow) } };
  };
}
