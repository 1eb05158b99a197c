// The pages of lists on their way from the index worker to the role: as JSON, half the cost of a structured clone.
// The role keeps the rows of first pages that it read last by their text, so the row of a message that did not change is
// the same object from page to page: whoever makes something of it (the list's HTML) may keep that with it. Whole pages
// that did not change are not sent at all: held-pages.ts.

/** The answers that come packed: `{ page: { rows, … }, … }`. */
export const packedCalls: ReadonlySet<string> = new Set(['listWithFolders', 'listConversations']);

interface WithPage {
  readonly page: { readonly rows: readonly object[] } | undefined;
}

export interface PackedPage {
  /** Each by itself, or all as one JSON array. */
  readonly rows: readonly string[] | string;
  /** JSON of all else. */
  readonly rest: string;
}

/** @param isFirst the rows of a first page come again when some of them changed; the others are not kept one by one */
export function packPage(value: unknown, isFirst = true): PackedPage {
  const { page, ...others } = value as WithPage;
  const rows = page?.rows ?? [];
  return {
    rows: isFirst ? rows.map((row) => JSON.stringify(row)) : JSON.stringify(rows),
    rest: JSON.stringify({ ...others, page: page && { ...page, rows: [] } }),
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
    if (value.page === undefined) return value;
    return {
      ...value,
      page: { ...value.page, rows: typeof rows === 'string' ? JSON.parse(rows) : rows.map(readRow) },
    };
  };
}
