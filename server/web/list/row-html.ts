// The rows of a list as HTML, each made once: the mailbox gives the same object for a row that did not change
// (mailbox/packed-rows.ts), and with it is kept what was made of it last, as bytes that go out as they are. A row is made
// again when anything differs that its HTML is made of: what all rows of a page share is in `page`, the rest in `mark`.
import { type ListState, listAddress } from './address.ts';
import type { RowContext } from './rows.ts';

interface Painted {
  readonly page: string;
  readonly mark: string;
  readonly html: Buffer;
}

const kept = new WeakMap<object, Painted>();

/** All that rows of a page have in common, as one text. */
export function pageMark(
  state: ListState,
  context: RowContext & { readonly own: string },
  shared: {
    readonly lang: string;
    readonly icons: string;
    readonly threads: boolean;
    readonly folders: readonly { readonly name: string; readonly role: string; readonly label: string }[];
  },
): string {
  const { formats, now, labels, own } = context;
  return [
    listAddress(state, { before: '', after: '', open: '' }),
    shared.lang,
    formats.zone,
    // What is "today" and "this year" in the times of rows.
    formats.date(now),
    shared.icons,
    shared.threads,
    own,
    ...labels.flatMap(({ keyword, name, color }) => [keyword, name, color]),
    ...shared.folders.flatMap(({ name, role, label }) => [name, role, label]),
  ].join('\0');
}

/** One row's HTML: `make` is called when it is not known. */
export function paintRow(row: object, page: string, mark: string, make: () => string): Buffer {
  const known = kept.get(row);
  if (known?.page === page && known.mark === mark) return known.html;
  const html = Buffer.from(make());
  kept.set(row, { page, mark, html });
  return html;
}
