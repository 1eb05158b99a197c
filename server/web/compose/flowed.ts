// format=flowed (RFC 3676): how the text of the form becomes lines of at most 72 columns on the wire, and back again
// when a draft is opened. In the form a line is a paragraph; quoted lines start with `>`. Guarantees that
// unquoted text comes back from `fromFlowed(toFlowed(text))` as it was, save for trailing spaces.

const width = 72;

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** Encodes the text of the form; LF line ends, no line feed at the end is added or lost. */
export function toFlowed(text: string): string {
  const lines: string[] = [];
  for (const line of joinQuoted(plainLines(text))) lines.push(...wrapLine(line));
  return lines.join('\n');
}

/** Decodes format=flowed text to paragraphs; quotes keep `> ` marks, one per depth. */
export function fromFlowed(text: string, deleteSpace = false): string {
  const out: string[] = [];
  let open: Line | undefined;
  const close = () => {
    if (open) out.push(markQuote(open));
    open = undefined;
  };
  for (const raw of text.replace(/\r\n?/g, '\n').split('\n')) {
    const marks = /^>*/.exec(raw)?.[0] ?? '';
    let content = raw.slice(marks.length);
    // RFC 3676 4.4: space-stuffing is taken away before anything is judged
    if (content.startsWith(' ')) content = content.slice(1);
    if (open && open.depth !== marks.length) close();
    // RFC 3676 4.3: the signature separator is fixed though it ends with a space
    if (content === '-- ') {
      close();
      out.push(markQuote({ depth: marks.length, text: content }));
      continue;
    }
    const flows = content.endsWith(' ');
    const piece = flows && deleteSpace ? content.slice(0, -1) : content;
    open = { depth: marks.length, text: (open?.text ?? '') + piece };
    if (!flows) close();
  }
  close();
  return out.join('\n');
}

/** Text of the form: every line break of every kind is LF, controls but TAB are gone, surrogates are whole. */
export function cleanBody(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}

function plainLines(text: string): readonly Line[] {
  return text.split('\n').map((line) => {
    const marks = /^(?:> ?)+/.exec(line)?.[0] ?? '';
    const depth = marks.replaceAll(' ', '').length;
    return { depth, text: line.slice(marks.length) };
  });
}

/** Quoted lines that end with a space flow on (they were wrapped for the form); our own lines are paragraphs. */
function joinQuoted(lines: readonly Line[]): readonly Line[] {
  const out: Line[] = [];
  let flowing = false;
  for (const line of lines) {
    const last = out.at(-1);
    if (flowing && last && last.depth === line.depth) {
      out[out.length - 1] = { depth: last.depth, text: last.text + line.text };
    } else out.push(line);
    flowing = line.depth > 0 && line.text.endsWith(' ') && line.text !== '-- ';
  }
  return out.map((line) => (line.text === '-- ' ? line : { ...line, text: line.text.trimEnd() }));
}

function wrapLine(line: Line): readonly string[] {
  if (line.text === '-- ') return [stuffed(line)];
  return wrapWords(line.text, Math.max(20, width - line.depth - 2)).map((text) =>
    stuffed({ depth: line.depth, text }),
  );
}

/** Breaks after spaces, the space staying at the end of the line; a long word stays whole. */
export function wrapWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > columns) {
    let cut = rest.lastIndexOf(' ', columns - 1);
    if (cut <= 0) cut = rest.indexOf(' ', columns);
    // spaces at the start of a line would be lost in the break: they belong to the line before
    if (cut < 0 || rest.slice(0, cut).trim() === '') break;
    while (rest[cut + 1] === ' ') cut++;
    if (cut + 1 >= rest.length) break;
    // a piece of only `--` would read as a signature separator
    if (rest.slice(0, cut + 1) === '-- ') break;
    lines.push(rest.slice(0, cut + 1));
    rest = rest.slice(cut + 1);
  }
  lines.push(rest);
  return lines;
}

/** RFC 3676 4.4 and 4.5: quote marks, then a space where the text would be misread without. */
function stuffed(line: Line): string {
  if (line.depth > 0) return `${'>'.repeat(line.depth)} ${line.text}`.replace(/^(>+) $/, '$1');
  return /^(?: |>|From )/.test(line.text) ? ` ${line.text}` : line.text;
}

const markQuote = (line: Line): string =>
  line.depth === 0 ? line.text : `${'> '.repeat(line.depth)}${line.text}`.trimEnd();

/** Wraps the quoted lines of a text for the form: soft breaks keep their space, so they flow again when sent. */
export function wrapQuotes(text: string): string {
  return joinQuoted(plainLines(text))
    .flatMap((line) => {
      if (line.depth === 0) return [line.text];
      const marks = '> '.repeat(line.depth);
      if (line.text.trim() === '') return [marks.trimEnd()];
      return wrapWords(line.text, Math.max(20, width - marks.length)).map((piece) => marks + piece);
    })
    .join('\n');
}
