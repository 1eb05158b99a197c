// What is asked of a list, by the address that was written to: `LIST-subscribe-user=host@HOST`, `LIST-digest-sc.TIME.COOKIE-…`,
// `LIST-get.12_20@HOST`. Read from $DEFAULT, what `default` of the .qmail file stood for (ezmlm-manage(1), ezmlm-get(1)). Pure.
import { lowerAscii } from '../formats/address.ts';
import type { CommandSet } from './list.ts';

/** Everything that has an address. `none`: what is nothing else, which is answered with help. */
export type Command =
  | 'subscribe'
  | 'unsubscribe'
  /** Confirmations: of the subscriber, of a moderator who was asked, of a moderator's own request; to come and to go. */
  | 'sc'
  | 'tc'
  | 'rc'
  | 'uc'
  | 'vc'
  | 'wc'
  | 'list'
  | 'listn'
  | 'log'
  | 'edit'
  | 'ed'
  | 'query'
  | 'info'
  | 'faq'
  | 'help'
  | 'get'
  | 'index'
  | 'thread'
  | 'digest'
  | 'request'
  | 'none';

/** A command address, taken apart. */
export interface ListCommand {
  /** Whose subscribers are meant. */
  readonly set: CommandSet;
  readonly command: Command;
  /** What stands behind the command and its `.` or `_`: `TIME.COOKIE`, `12_20`, a text's name, a word to search. */
  readonly argument: string;
  /** The address behind the next `-`, its last `=` turned into `@`; undefined: none is named, the sender is meant. */
  readonly target: string | undefined;
}

/** Command words that must be there whole, and those that something may follow; ezmlm looks in this order. */
const whole: readonly Command[] = ['listn', 'list', 'help', 'subscribe', 'unsubscribe'];
const started: readonly Command[] = [
  'get',
  'edit',
  'log',
  'query',
  'info',
  'faq',
  'index',
  'thread',
  'digest',
  'request',
];

/**
 * Takes a command address apart. @param text $DEFAULT
 * @returns undefined when it names a set and no command (`LIST-digest@`): an address that nobody has
 */
export function parseListCommand(text: string): ListCommand | undefined {
  const set = (['digest', 'allow', 'deny'] as const).find((name) => lowerAscii(text).startsWith(name));
  // `digest.CODE` starts a digest (ezmlm-get); the other two are sets and nothing else.
  if (set === 'digest' && /^digest(?:\.|$)/i.test(text) && text.length > 6) {
    return { set: '.', ...readCommand(text) };
  }
  if (set === undefined) return { set: '.', ...readCommand(text) };
  return text[set.length] === '-' ? { set, ...readCommand(text.slice(set.length + 1)) } : undefined;
}

function readCommand(text: string): Omit<ListCommand, 'set'> {
  const dash = text.indexOf('-');
  const word = dash < 0 ? text : text.slice(0, dash);
  const target = dash < 0 ? undefined : decodeTarget(text.slice(dash + 1));
  // Cookies are for exactly what was written: these are no words of people.
  const dated = /^([rstuvw]c|ed)\.(.*)$/s.exec(word);
  if (dated) return { command: dated[1] as Command, argument: dated[2] as string, target };
  const lower = lowerAscii(word);
  const exact = whole.find((name) => name === lower);
  if (exact !== undefined) return { command: exact, argument: '', target };
  const begun = started.find((name) => lower.startsWith(name));
  if (begun === undefined) return { command: 'none', argument: '', target };
  return { command: begun, argument: word.slice(begun.length).replace(/^[._]/, ''), target };
}

/** `user=host` to `user@host`: the last `=` is the `@`. */
export function decodeTarget(text: string): string {
  const sign = text.lastIndexOf('=');
  return sign < 0 ? text : `${text.slice(0, sign)}@${text.slice(sign + 1)}`;
}

/** `user@host` to `user=host`: the last `@`. */
export function encodeTarget(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : `${address.slice(0, at)}=${address.slice(at + 1)}`;
}
