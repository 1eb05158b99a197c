// qmail-inject's work on a header (spec/qmail.md 9.1): fields in, completed header and envelope out. Generated fields come
// first (Date, Message-ID, From, Cc, Mail-Followup-To), then the given ones in their order with completed addresses.
// Pure: the time, the process number, names and settings are given. Byte strings, one character a byte.
import { lowerAscii, quoteAddress } from '../../formats/address.ts';
import { formatQmailDate } from '../../formats/date.ts';
import { rewriteAddressList } from './address-list.ts';
import { type FieldRule, fieldName, resentNames, ruleOf } from './fields.ts';
import { type RewriteRules, rewriteAddress } from './rewrite.ts';
import { renderField, type Token, tokenize, unquoteTokens } from './tokens.ts';

/** What a user, the environment and the site say about a message (inject/header/author.ts). Byte strings. */
export interface CompletionOptions {
  readonly rules: RewriteRules;
  readonly idhost: string;
  /** From: user, host (undefined: the default host), full name. */
  readonly user: string;
  readonly host: string | undefined;
  readonly name: string | undefined;
  /** The default envelope sender. */
  readonly senderUser: string;
  readonly senderHost: string | undefined;
  /** The envelope sender of -f, not yet completed; undefined: Return-Path or the default. */
  readonly sender: string | undefined;
  /** QMAILINJECT's letters. */
  readonly letters: string;
  /** Addresses in lower case that call for Mail-Followup-To; undefined: no such list. */
  readonly lists: ReadonlySet<string> | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  readonly pid: number;
}

/** A completed header with its envelope. */
export interface CompletedHeader {
  readonly header: string;
  readonly sender: string;
  /** Recipients that the header names. */
  readonly recipients: readonly string[];
  /** Recipient fields that could not be parsed; they stay as they are. */
  readonly unparsed: readonly string[];
}

/** A field or an address that cannot be read; qmail-inject's exit status 100. */
export class HeaderFault extends Error {
  override name = 'HeaderFault';
}

/** Completes one address of an argument, as it is on a command line: unquoted. @throws HeaderFault */
export function completeAddress(address: string, rules: RewriteRules): string {
  const tokens = tokenize(quoteAddress(address));
  if (!tokens) throw new HeaderFault(`unable to parse address: ${address}`);
  const words = tokens.filter(({ kind }) => kind !== 'comment');
  return unquoteTokens(rewriteAddress(words, rules));
}

/**
 * Completes a header.
 * @param fields each with its folded lines and line feed
 * @throws HeaderFault for a field other than a recipient field that cannot be parsed, and a -f that cannot
 */
export function completeHeader(fields: readonly string[], options: CompletionOptions): CompletedHeader {
  const work = new Completion(options);
  for (const field of fields) work.take(field);
  return work.finish();
}

class Completion {
  readonly #options: CompletionOptions;
  readonly #seen = new Set<string>();
  readonly #kept: string[] = [];
  readonly #unparsed: string[] = [];
  readonly #recipients = { header: [] as string[], resent: [] as string[] };
  readonly #followUp: string[] = [];
  #sender: string | undefined;

  constructor(options: CompletionOptions) {
    this.#options = options;
    if (options.sender !== undefined) this.#sender = completeAddress(options.sender, options.rules);
  }

  take(field: string): void {
    const { letters } = this.#options;
    const name = fieldName(field)!;
    if (letters.includes('f') && name === 'from') return;
    if (letters.includes('i') && name === 'message-id') return;
    if (letters.includes('s') && name === 'return-path') return;
    this.#seen.add(name);
    const rule = ruleOf(name);
    const completed = rule.isRewritten ? this.#rewrite(field, rule) : field;
    if (!rule.isDeleted) this.#kept.push(completed);
  }

  /** The field with completed addresses, which are noted as the rule says. */
  #rewrite(field: string, rule: FieldRule): string {
    const tokens = tokenize(field);
    const list = tokens && this.#rewriteList(tokens);
    if (list) this.#note(list.addresses, rule);
    if (list?.isParsed) return renderField([...tokens!.slice(0, 2), ...list.tokens]);
    if (!rule.recipients) throw new HeaderFault(`unable to parse this line:\n${field.trimEnd()}`);
    this.#unparsed.push(field.trimEnd());
    return field;
  }

  /** Tokens of a whole field: its name and the colon are passed over. */
  #rewriteList(tokens: readonly Token[]) {
    return rewriteAddressList(tokens.slice(2), (address) => rewriteAddress(address, this.#options.rules));
  }

  #note(addresses: readonly string[], rule: FieldRule): void {
    if (rule.recipients) for (const address of addresses) this.#recipients[rule.recipients].push(address);
    if (rule.isFollowedUp) for (const address of addresses) this.#followUp.push(address);
    if (rule.isSender && addresses.length > 0) this.#sender ??= this.#verp(addresses[0]!);
  }

  /** QMAILINJECT=r: each recipient gets a sender of its own. */
  #verp(sender: string): string {
    return this.#options.letters.includes('r') ? `${sender}-@[]` : sender;
  }

  finish(): CompletedHeader {
    const isResent = resentNames.some((name) => this.#seen.has(name));
    const sender = this.#sender ?? this.#defaultSender();
    const generated = isResent
      ? this.#generate('Resent-')
      : [...this.#generate(''), ...this.#mailFollowupTo()];
    return {
      header: [...generated, ...this.#kept].join(''),
      sender,
      recipients: this.#recipients[isResent ? 'resent' : 'header'],
      unparsed: this.#unparsed,
    };
  }

  #defaultSender(): string {
    const { letters, senderUser, senderHost, now, pid } = this.#options;
    let user = senderUser;
    if (letters.includes('m')) user += `-${now}.${pid}`;
    if (letters.includes('r')) user += '-';
    const list = this.#parseOwn(
      `Return-Path: ${quoteString(user)}${senderHost === undefined ? '' : `@${senderHost}`}`,
    );
    return this.#verp(list.addresses[0] ?? '');
  }

  #generate(prefix: '' | 'Resent-'): string[] {
    const { now, pid, idhost } = this.#options;
    const lacks = (name: string): boolean => !this.#seen.has(`${prefix}${name}`.toLowerCase());
    const fields: string[] = [];
    if (lacks('Date')) fields.push(`${prefix}Date: ${formatQmailDate(now)}\n`);
    if (lacks('Message-ID'))
      fields.push(`${prefix}Message-ID: <${compactTime(now)}.${pid}.qmail@${idhost}>\n`);
    if (lacks('From')) fields.push(`${prefix}${this.#defaultFrom()}`);
    if (lacks('To') && lacks('Cc')) fields.push(`${prefix}Cc: recipient list not shown: ;\n`);
    return fields;
  }

  #defaultFrom(): string {
    const { letters, user, host, name } = this.#options;
    // The user is a local part, whatever at signs are in it.
    const local = quoteAddress(`${user}@`).slice(0, -1);
    const address = host === undefined ? local : `${local}@${host}`;
    let text = address;
    if (name !== undefined)
      text = letters.includes('c')
        ? `${address} (${escapeQuoted(name)})`
        : `${quoteString(name)} <${address}>`;
    const { tokens } = this.#parseOwn(`From: ${text}`);
    return renderField(tokens);
  }

  /** A field of our own making: whatever the environment held, it has to be a field. */
  #parseOwn(field: string): { tokens: readonly Token[]; addresses: readonly string[] } {
    const tokens = tokenize(field);
    const list = tokens && this.#rewriteList(tokens);
    if (!list?.isParsed) throw new HeaderFault(`unable to parse this line:\n${field}`);
    return { tokens: [...tokens!.slice(0, 2), ...list.tokens], addresses: list.addresses };
  }

  #mailFollowupTo(): string[] {
    const { lists } = this.#options;
    if (!lists || this.#seen.has('mail-followup-to')) return [];
    if (!this.#followUp.some((address) => lists.has(lowerAscii(address)))) return [];
    // qmail-inject: what was noted last comes first.
    return [`Mail-Followup-To: ${this.#followUp.map(quoteAddress).reverse().join(',\n  ')}\n`];
  }
}

/** Control characters would end the field or be shown in no way. */
const escapeQuoted = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/["[\]()\\]/g, '\\$&');

const quoteString = (text: string): string => `"${escapeQuoted(text)}"`;

/** `20261122082000`, UTC. */
const compactTime = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '');
