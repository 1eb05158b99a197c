// The header of a message as new-inject and ofmipd build it (mess822, spec/qmail.md 9.3, 11): what a mail program wrote is
// taken apart and put together in one order. Fields of one name are merged, addresses rewritten, Date and Message-ID are
// always there. What cannot be read as addresses stays as it is. Pure; byte strings, one character a byte.
import { lowerAscii, quoteAddress } from '../../formats/address.ts';
import { normalizeMailDate } from '../../formats/date.ts';
import { rewriteAddressList } from './address-list.ts';
import { fieldName, resentNames } from './fields.ts';
import { type HostRewrite, rewriteListAddress } from './host-rules.ts';
import { comma, renderField, type Token, tokenize } from './tokens.ts';

/** Addresses of all fields of one name. */
interface MergedList {
  readonly tokens: Token[];
  /** Rewritten, unquoted, from left to right. */
  readonly addresses: string[];
  /** Fields that are no address lists, whole. */
  readonly unparsed: string[];
}

/** Names that are lists of addresses, in the order in which they are written; the others only say who. */
const listNames = [
  'From',
  'Sender',
  'Reply-To',
  'Mail-Reply-To',
  'Mail-Followup-To',
  'To',
  'Cc',
  'Notice-Requested-Upon-Delivery-To',
] as const;
const envelopeNames = ['Bcc', 'Return-Path', 'Envelope-Recipients', 'Envelope-Sender'] as const;
type ListName = (typeof listNames)[number] | (typeof envelopeNames)[number];

const lists: ReadonlyMap<string, ListName> = new Map<string, ListName>([
  ...[...listNames, ...envelopeNames].map((name): [string, ListName] => [name.toLowerCase(), name]),
  ['apparently-to', 'Bcc'],
]);

/** Fields that go to the top as they are: the trace of a message that has been on its way. */
const traceNames: ReadonlySet<string> = new Set([
  'received',
  'delivered-to',
  'errors-to',
  'return-receipt-to',
  ...resentNames,
]);

/** What varies from message to message. */
export interface RebuildOptions {
  /** Behind the time in a new Message-ID: `.PID.qmail@idhost`. */
  readonly idAppend: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** The author: the name, undefined or empty for none, and the finished address. `wins`: over a From that is there. */
  readonly author: { readonly name: string | undefined; readonly address: string; readonly wins: boolean };
  /** QMAILINJECT=i: a new Message-ID. */
  readonly dropsMessageId?: boolean | undefined;
  /** Addresses in lower case that call for Mail-Followup-To. */
  readonly followUpLists?: ReadonlySet<string> | undefined;
}

/** Takes a header apart. */
export class HeaderParts {
  readonly #rewrite: HostRewrite;
  readonly #lists = new Map<ListName, MergedList>();
  readonly #seen = new Set<ListName>();
  #date: string | undefined;
  #messageId = '';
  #trace = '';
  #others = '';

  constructor(fields: readonly string[], rewrite: HostRewrite) {
    this.#rewrite = rewrite;
    for (const field of fields) this.#take(field);
  }

  /** Who sent it: Envelope-Sender, else Return-Path unless told otherwise; undefined: neither says. */
  sender(usesReturnPath: boolean): string | undefined {
    return (
      this.#list('Envelope-Sender').addresses.at(-1) ??
      (usesReturnPath ? this.#list('Return-Path').addresses.at(-1) : undefined)
    );
  }

  /** To whom: Envelope-Recipients, or without such a field To, Cc, Bcc and Apparently-To. */
  get recipients(): readonly string[] {
    const names = this.#seen.has('Envelope-Recipients')
      ? (['Envelope-Recipients'] as const)
      : (['To', 'Cc', 'Bcc'] as const);
    return names.flatMap((name) => this.#list(name).addresses);
  }

  /** Fields that could not be read as addresses. */
  get unparsed(): readonly string[] {
    return [...this.#lists.values()].flatMap((list) => list.unparsed);
  }

  #list(name: ListName): MergedList {
    let list = this.#lists.get(name);
    if (list === undefined) {
      list = { tokens: [], addresses: [], unparsed: [] };
      this.#lists.set(name, list);
    }
    return list;
  }

  #take(field: string): void {
    const name = fieldName(field)!;
    const listed = lists.get(name);
    if (listed !== undefined) this.#takeList(listed, field);
    else if (name === 'date') this.#date ??= normalizeMailDate(field.slice(field.indexOf(':') + 1));
    else if (name === 'message-id') this.#messageId += field;
    else if (traceNames.has(name)) this.#trace += field;
    else if (name !== 'content-length') this.#others += field;
  }

  #takeList(name: ListName, field: string): void {
    this.#seen.add(name);
    const merged = this.#list(name);
    const tokens = tokenize(field);
    const list =
      tokens && rewriteAddressList(tokens.slice(2), (address) => rewriteListAddress(address, this.#rewrite));
    if (!list?.isParsed) {
      merged.unparsed.push(field);
      return;
    }
    // A field without any address says nothing.
    const isGroup = list.tokens.some(({ kind }) => kind === ':');
    if (list.addresses.length === 0 && !isGroup) return;
    if (merged.tokens.length > 0 && merged.tokens.at(-1)?.kind !== ',') merged.tokens.push(comma);
    merged.tokens.push(...list.tokens);
    merged.addresses.push(...[...list.addresses].reverse());
  }

  /** Puts it together again. */
  render(options: RebuildOptions): string {
    const { now, author } = options;
    const date = this.#date ?? normalizeMailDate(new Date(now * 1000).toUTCString())!;
    const messageId =
      this.#messageId === '' || options.dropsMessageId
        ? `Message-ID: <${compactTime(now)}${options.idAppend}>\n`
        : this.#messageId;
    const replacesFrom = author.wins || !this.#has('From');
    const written = listNames.map((name) => {
      const shy = name === 'To' && !this.#has('To') && !this.#has('Cc') ? shyCc : '';
      if (name === 'From' && replacesFrom) return renderAuthor(author);
      if (name === 'Mail-Followup-To' && !this.#has(name)) return this.#followUp(options.followUpLists);
      return shy + this.#renderList(name);
    });
    return [this.#trace, `Date: ${date}\n`, messageId, ...written, this.#others].join('');
  }

  #has(name: ListName): boolean {
    const list = this.#lists.get(name);
    return list !== undefined && (list.tokens.length > 0 || list.unparsed.length > 0);
  }

  #renderList(name: ListName): string {
    const { tokens, unparsed } = this.#list(name);
    const parsed = tokens.length === 0 ? '' : renderField([...nameTokens(name), ...tokens]);
    return parsed + unparsed.join('');
  }

  #followUp(wanted: ReadonlySet<string> | undefined): string {
    const to = this.#list('To').addresses.concat(this.#list('Cc').addresses);
    if (!wanted || !to.some((address) => wanted.has(lowerAscii(address)))) return '';
    return `Mail-Followup-To: ${to.map(quoteAddress).join(',\n  ')}\n`;
  }
}

const shyCc = 'Cc: recipient list not shown: ;\n';

const nameTokens = (name: string): Token[] => [
  { kind: 'atom', text: name },
  { kind: ':', text: ':' },
];

function renderAuthor({ name, address }: RebuildOptions['author']): string {
  // Control characters would end the field or be shown in no way.
  const words = (name ?? '').replace(/[\x00-\x1f\x7f]+/g, ' ');
  const shown = quoteAddress(address);
  if (words === '') return `From: ${shown}\n`;
  return renderField([
    ...nameTokens('From'),
    { kind: 'quote', text: words },
    { kind: '<', text: '<' },
    ...(tokenize(shown) ?? []),
    { kind: '>', text: '>' },
  ]);
}

/** `20261122082000`, UTC. */
const compactTime = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
