// Dovecot's setting pop3_uidl_format: how a server that ran on these Maildirs before made the UIDLs of POP3
// (spec/maildir-imap.md 3.8). Pure. Which messages it told of, and what it stored of single ones, is dovecot-uidlist.ts.

/** What a UIDL can be made of. */
export interface UidlFacts {
  readonly uid: number;
  readonly uidValidity: number;
  readonly base: string;
  readonly guid: string;
}

/**
 * Dovecot's pop3_uidl_format: `%08Xu%08Xv` of 2.3 (width, `X` for hexadecimal) and `%{uid | hex(8)}` of 2.4, with uid,
 * uidvalidity, filename and guid.
 */
export function formatDovecotUidl(format: string, facts: UidlFacts): string {
  return format.replace(
    variable,
    (whole, width: string, hex: string, letter: string, name: string, filter?: string, digits = '') => {
      const value = variableValue(letter || name, facts);
      if (typeof value !== 'number') return value ?? whole;
      if (name)
        return filter === undefined ? String(value) : value.toString(16).padStart(Number(digits), '0');
      const text = hex ? value.toString(16) : String(value);
      return width.startsWith('0')
        ? text.padStart(Number(width), '0')
        : text.padStart(Number(width || 0), ' ');
    },
  );
}

const variable =
  /%(?:(\d{0,3})(X?)([uvfg])|\{\s*(uid|uidvalidity|filename|guid)\s*(\|\s*hex(?:\((\d{1,2})\))?\s*)?\})/g;

function variableValue(name: string, facts: UidlFacts): string | number | undefined {
  if (name === 'u' || name === 'uid') return facts.uid;
  if (name === 'v' || name === 'uidvalidity') return facts.uidValidity;
  if (name === 'f' || name === 'filename') return facts.base;
  return name === 'g' || name === 'guid' ? facts.guid : undefined;
}

/** Is it a format that we can follow? Without a variable that tells messages apart every UIDL would be the same. */
export const isUidlFormat = (format: string): boolean =>
  !/[^\x21-\x7e]/.test(format.replace(variable, '')) &&
  !format.replace(variable, '').includes('%') &&
  [...format.matchAll(variable)].some(
    ([, , , letter, name]) => !['v', 'uidvalidity'].includes(letter ?? name ?? 'v'),
  );
