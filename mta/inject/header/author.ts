// Who writes and how, from the environment and the control files: qmail-inject's chains of variables (qmail-inject(8),
// "ENVIRONMENT VARIABLES"). Pure; texts in, byte strings for header completion out.
import type { Settings } from '../../control/settings.ts';
import { lowerAscii } from '../../formats/address.ts';
import { type CompletionOptions, HeaderFault } from './complete.ts';
import { createRewriteRules } from './rewrite.ts';

/** The control files that qmail-inject reads. */
export const injectSettingNames = ['defaultdomain', 'defaulthost', 'plusdomain', 'idhost'] as const;
export type InjectSettings = Pick<Settings, (typeof injectSettingNames)[number]>;

/** UTF-8 text as a byte string, one character a byte. */
export const toByteString = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** A byte string as the UTF-8 text that it holds; undefined when it is no UTF-8. */
export function fromByteString(bytes: string): string | undefined {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return toByteString(text) === bytes ? text : undefined;
}

/** The first of these variables that is set, as a byte string. */
export function firstVariable(
  env: Readonly<NodeJS.ProcessEnv>,
  ...names: readonly string[]
): string | undefined {
  const name = names.find((candidate) => env[candidate] !== undefined);
  return name === undefined ? undefined : toByteString(env[name]!);
}

/** What varies from message to message. */
export interface Occasion {
  /** The value of -f. */
  readonly sender: string | undefined;
  /** Lines of $QMAILMFTFILE. */
  readonly lists: readonly string[] | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  readonly pid: number;
}

/** The options of header completion. @throws HeaderFault when a default host or domain is no name */
export function completionOptions(
  env: Readonly<NodeJS.ProcessEnv>,
  settings: InjectSettings,
  occasion: Occasion,
): CompletionOptions {
  const first = (...names: readonly string[]): string | undefined => firstVariable(env, ...names);
  const setting = (variable: string, value: string): string => first(variable) ?? toByteString(value);
  const rules = createRewriteRules({
    defaulthost: setting('QMAILDEFAULTHOST', settings.defaulthost),
    defaultdomain: setting('QMAILDEFAULTDOMAIN', settings.defaultdomain),
    plusdomain: setting('QMAILPLUSDOMAIN', settings.plusdomain),
  });
  if ('bad' in rules) throw new HeaderFault(`unable to parse this line:\n${rules.bad}`);
  const user = first('QMAILUSER', 'MAILUSER', 'USER', 'LOGNAME') ?? 'anonymous';
  const host = first('QMAILHOST', 'MAILHOST');
  const { sender, lists, now, pid } = occasion;
  return {
    rules,
    idhost: setting('QMAILIDHOST', settings.idhost),
    user,
    host,
    name: first('QMAILNAME', 'MAILNAME', 'NAME'),
    senderUser: first('QMAILSUSER') ?? user,
    senderHost: first('QMAILSHOST') ?? host,
    sender: sender === undefined ? undefined : toByteString(withoutAngles(sender)),
    letters: env.QMAILINJECT ?? '',
    lists: lists && new Set(lists.map((line) => lowerAscii(toByteString(line)))),
    now,
    pid,
  };
}

/** `-f '<>'` and `-f '<user@host>'`, as sendmail's callers write them. */
export const withoutAngles = (sender: string): string =>
  /^<.*>$/s.test(sender) ? sender.slice(1, -1) : sender;
