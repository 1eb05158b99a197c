// The rows of a list as HTML, as bytes that go out as they are, made once: the mailbox gives the same object for a page that
// did not change (mailbox/held-pages.ts), and for a row of a first page that did not (packed-rows.ts); with it is kept what
// was made of it last. It is made again when anything differs that its HTML is made of: what all rows of a page share is
// in `page`, the rest in `own`.
import { type ListState, listAddress } from './address.ts';
import type { RowContext } from './rows.ts';

interface Painted {
  readonly page: string;
  readonly own: string;
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

function keepPainted(of: object, page: string, own: string, make: () => Buffer): Buffer {
  const known = kept.get(of);
  if (known?.page === page && known.own === own) return known.html;
  const html = make();
  kept.set(of, { page, own, html });
  return html;
}

/** One row of a page: `own` is what its HTML is made of besides the row, `make` is called when that is not known. */
export interface RowPaint {
  readonly row: object;
  readonly own: string;
  readonly make: () => string;
}

/**
 * The rows of a page one below the other.
 * @param isFirst its rows come again when others of it changed: each is kept, too
 */
export function paintRows(page: object, mark: string, isFirst: boolean, rows: readonly RowPaint[]): Buffer {
  return keepPainted(page, mark, rows.map(({ own }) => own).join('\0'), () =>
    isFirst
      ? Buffer.concat(
          rows.map(({ row, own, make }) => keepPainted(row, mark, own, () => Buffer.from(make()))),
        )
      : Buffer.from(rows.map(({ make }) => make()).join('')),
  );
}
