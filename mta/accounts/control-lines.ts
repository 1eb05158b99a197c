// One line more or less in the files that qmail shares with vpopmail: users/assign, virtualdomains, rcpthosts, locals
// (spec/vpopmail.md 1.3). Pure functions on the whole text: the line goes to its sorted place, every other line stays as
// it is. Texts are read as latin1, so that bytes of any charset survive.

/** vpopmail's sort key: the last two labels first, `mail.example.com` as `example.com.mail`. */
export function domainSortKey(domain: string): string {
  const labels = domain.split('.');
  return labels.length <= 2 ? domain : [...labels.slice(-2), ...labels.slice(0, -2)].join('.');
}

/** The domain of a line, or undefined when the line is not one of a domain (comment, other entry). */
type DomainOf = (line: string) => string | undefined;

const linesOf = (text: string): string[] => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

const join = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** The text without some lines; when there is none of them, exactly the text. */
function withoutLines(text: string, isGone: (line: string) => boolean): string {
  const lines = linesOf(text);
  const kept = lines.filter((line) => !isGone(line));
  return kept.length === lines.length ? text : join(kept);
}

function insertSorted(lines: string[], line: string, domainOf: DomainOf, end: number): string[] {
  const key = domainSortKey(domainOf(line) ?? '');
  const following = lines.findIndex((one, index) => {
    const domain = index < end ? domainOf(one) : undefined;
    return domain !== undefined && domainSortKey(domain) > key;
  });
  lines.splice(following < 0 ? end : following, 0, line);
  return lines;
}

/** The domain of a users/assign line that is one of vpopmail's: `+domain-:`, with a dot in it. */
export const assignLineDomain: DomainOf = (line) => {
  const match = /^\+([^:]*\.[^:]*)-:/.exec(line);
  return match?.[1];
};

const listLineDomain: DomainOf = (line) => (line === '' || line.startsWith('#') ? undefined : line);

/** The domain of a line of a map file. */
export const mapLineDomain: DomainOf = (line) => {
  const colon = line.indexOf(':');
  return colon < 0 || line.startsWith('#') ? undefined : line.slice(0, colon);
};

/** users/assign with a line more. `text` '' makes the file; a text without its final dot is the caller's error. */
export function addAssignLine(text: string, line: string): string {
  const lines = text === '' ? ['.'] : linesOf(text);
  const dot = lines.findIndex((one) => one.startsWith('.'));
  return join(insertSorted(lines, line, assignLineDomain, dot));
}

/** users/assign without the line of this domain. */
export function removeAssignLine(text: string, domain: string): string {
  return withoutLines(text, (line) => assignLineDomain(line)?.toLowerCase() === domain);
}

/** A list file (rcpthosts, locals) with this domain; unchanged when it is there. */
export function addListLine(text: string, domain: string): string {
  const lines = linesOf(text);
  if (lines.some((line) => line.trimEnd().toLowerCase() === domain)) return text;
  return join(insertSorted(lines, domain, listLineDomain, lines.length));
}

export function removeListLine(text: string, domain: string): string {
  return withoutLines(text, (line) => line.trimEnd().toLowerCase() === domain);
}

/** A map file (virtualdomains) with `domain:value`; a line of that domain is replaced. */
export function setMapLine(text: string, domain: string, value: string): string {
  const lines = linesOf(removeMapLine(text, domain));
  return join(insertSorted(lines, `${domain}:${value}`, mapLineDomain, lines.length));
}

export function removeMapLine(text: string, domain: string): string {
  return withoutLines(text, (line) => mapLineDomain(line)?.toLowerCase() === domain);
}

/** How many entries a list file has. */
export function countListLines(text: string): number {
  return linesOf(text).filter((line) => listLineDomain(line) !== undefined).length;
}
