// mailto: URIs as notify takes them (RFC 6068, RFC 5436 2): to whom, with which subject, text and further fields. Fields that
// would lie about the notification, or that are the program's own, are left out (RFC 5436 2.3, 2.7).
import { quoted } from './language/source.ts';
import { readPlainAddresses } from './letter/addresses.ts';

const MOST_LENGTH = 8192;
/** Recipients of one notification. */
const MOST_RECIPIENTS = 8;
const MOST_FIELDS = 20;

export interface Mailto {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string | undefined;
  readonly body: string | undefined;
  /** Further fields by their names, without line ends in their values. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/** RFC 5436 2.3: never taken from the URI. */
const ownFields: ReadonlySet<string> = new Set(
  `from sender reply-to date message-id received return-path auto-submitted mime-version in-reply-to references
   resent-from resent-to resent-cc resent-bcc resent-date resent-sender resent-message-id delivered-to
   content-type content-transfer-encoding content-disposition content-id importance`.split(/\s+/),
);

/** Reads a URI; a string says why it is no mailto that can be served. */
export function readMailto(uri: string): Mailto | string {
  if (uri.length > MOST_LENGTH) return `expected a URI of at most ${MOST_LENGTH} characters`;
  if (!/^mailto:/i.test(uri)) return 'expected a URI that begins with "mailto:"';
  if (!/^[!-~]*$/.test(uri) || /["<>\\^`{|}]/.test(uri))
    return 'expected only characters of a URI, others as %XX';
  const rest = uri.slice('mailto:'.length).replace(/#.*$/s, '');
  const question = rest.indexOf('?');
  const recipients = { to: [] as string[], cc: [] as string[], bcc: [] as string[] };
  const fields: { name: string; value: string }[] = [];
  let subject: string | undefined;
  let body: string | undefined;
  const addTo = (kind: keyof typeof recipients, list: string): string | undefined => {
    if (list === '') return undefined;
    const decoded = decode(list);
    // Commas may be written as %2C too: it is a list either way.
    const addresses = decoded === undefined ? undefined : readPlainAddresses(decoded);
    if (addresses === undefined) return `expected addresses such as name@example.com, not ${quoted(list)}`;
    for (const address of addresses) if (!recipients[kind].includes(address)) recipients[kind].push(address);
    return undefined;
  };
  const wrong = addTo('to', question < 0 ? rest : rest.slice(0, question));
  if (wrong !== undefined) return wrong;
  for (const pair of question < 0 ? [] : rest.slice(question + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 1 ? undefined : decode(pair.slice(0, equals));
    const value = equals < 1 ? undefined : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined || !/^[!-9;-~]{1,76}$/.test(name))
      return `expected fields such as subject=Hello behind "?", not ${quoted(pair)}`;
    const small = name.toLowerCase();
    if (small === 'to' || small === 'cc' || small === 'bcc') {
      const fault = addTo(small, pair.slice(equals + 1));
      if (fault !== undefined) return fault;
    } else if (small === 'body') body = value.replaceAll('\r\n', '\n');
    else if (small === 'subject') subject = oneLine(value);
    else if (!ownFields.has(small) && fields.length < MOST_FIELDS)
      fields.push({ name, value: oneLine(value) });
  }
  const count = recipients.to.length + recipients.cc.length + recipients.bcc.length;
  if (count === 0) return 'expected at least one recipient';
  if (count > MOST_RECIPIENTS) return `expected at most ${MOST_RECIPIENTS} recipients`;
  return { ...recipients, subject, body, fields };
}

const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
