// Comma-separated values (RFC 4180) as records, both ways: separators and line ends as programs really write them, one torn
// line tears no other, and what is written is never taken for a formula by a spreadsheet. Knows no columns. Pure.

/** One record of a file; `line` is where it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** A quotation mark that does not end, or text behind one that did. */
  readonly isTorn: boolean;
}

/** The separator of a file: what its first line holds most of. */
export function findSeparator(text: string): string {
  const first = text.slice(0, 10_000).split(/\r?\n/, 1)[0] ?? '';
  const count = (separator: string): number => first.split(separator).length;
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0]!;
}

/** Splits a file into records. An unended quotation mark tears only its own line. */
export function splitCsv(text: string, separator: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const begun = { at, line };
    const cells: string[] = [];
    let isTorn = false;
    for (let more = true; more; ) {
      let cell = '';
      if (source[at] === '"') {
        at++;
        for (;;) {
          const end = source.indexOf('"', at);
          if (end < 0) {
            isTorn = true;
            break;
          }
          cell += source.slice(at, end);
          at = end + 1;
          if (source[at] !== '"') break;
          cell += '"';
          at++;
        }
        if (isTorn) break;
      }
      const rest = at;
      while (at < source.length && source[at] !== separator && source[at] !== '\n' && source[at] !== '\r')
        at++;
      if (rest !== at && cell !== '') isTorn = true;
      cells.push(cell + source.slice(rest, at));
      more = source[at] === separator;
      if (more) at++;
    }
    if (isTorn) {
      const end = source.indexOf('\n', begun.at);
      at = end < 0 ? source.length : end;
      line = begun.line;
    } else line += source.slice(begun.at, at).split('\n').length - 1;
    if (source[at] === '\r') at++;
    if (source[at] === '\n') at++;
    line++;
    if (isTorn || cells.some((cell) => cell.trim() !== '')) records.push({ line: begun.line, cells, isTorn });
  }
  return records;
}

/** The way back of `safeCell`: the apostrophe that kept a cell from being a formula. */
export const plainCell = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell).trim();

/** A cell that a spreadsheet shows and does not run: formulas begin with = + - @, a tab or a carriage return. */
export function safeCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",;\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of a file. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(safeCell).join(',')}\r\n`;
