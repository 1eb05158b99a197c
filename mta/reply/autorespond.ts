// What autorespond does (autorespond 2.0; spec/vpopmail.md 8.4): answers a letter with the text of a file, one sender only
// so often. The command (commands/autorespond.ts) and local delivery, which knows its lines (local/robot-line.ts), both
// come here. An answer says that it is one, and its envelope sender is empty unless one is named, so that nothing comes
// back and nothing goes round (RFC 3834). A directory named `vacation` is somebody's own, others are mail robots.
import { join } from 'node:path';
import { readHeader } from '../accounts/administration/reply-text.ts';
import { quoteAddress } from '../formats/address.ts';
import { describeError } from '../maildir/calls.ts';
import type { FileOwner } from '../maildir/private-file.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { openAnswerLog } from './answer-log.ts';
import { isLooping, passedAddresses, whyNotAnswered } from './answerable.ts';
import {
  type Answered,
  answeredSubject,
  machineFields,
  originFields,
  threadFields,
  toField,
} from './compose.ts';
import { type LetterStart, quoteText } from './letter.ts';
import {
  CONTACTS_FILE,
  isContact,
  MOST_CONTACTS,
  MOST_RULES,
  phaseOf,
  RULES_FILE,
  readVacationRules,
  type VacationRules,
} from './vacation-rules.ts';

/** The arguments of autorespond. */
export interface RobotOrder {
  /** At most `count` answers to a sender in so many seconds. */
  readonly seconds: number;
  readonly count: number;
  /** The file with the text. */
  readonly message: string;
  /** Where the log is. */
  readonly directory: string;
  /** Quotes the letter. */
  readonly quotes: boolean;
  /** Envelope sender of the answer: '$' is the address written to, '+' the null sender. */
  readonly from: string;
}

/** One letter for a robot. */
export interface RobotLetter {
  readonly sender: string;
  /** The address that it came to. */
  readonly own: string;
  /** Further addresses of the same person. */
  readonly aliases?: readonly string[] | undefined;
  readonly start: LetterStart;
  /** The delivery took it for junk. */
  readonly isJunk?: boolean | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

export interface RobotParts {
  /** The text, as latin1. Rejects with system errors. */
  readText(path: string): Promise<string>;
  /** A file beside it, at most `limit` bytes; undefined: there is none. Rejects with system errors. */
  readBeside(path: string, limit: number): Promise<Buffer | undefined>;
  send(message: Buffer, sender: string, recipient: string): Promise<Outcome>;
  /** As in {@link openAnswerLog}. */
  readonly owner: FileOwner | undefined;
}

/** What came of it: `status` as the program exits, `words` as it prints them, without its name. */
export interface RobotAnswer {
  readonly status: 0 | 100 | 111;
  readonly words: string;
}

/** Somebody's own answer while away, and no robot's. */
export const isVacation = ({ directory }: Pick<RobotOrder, 'directory'>): boolean =>
  /\/vacation\/?$/.test(directory);

/** Answers a letter, or says why not. Never rejects. */
export async function answerAsRobot(
  order: RobotOrder,
  letter: RobotLetter,
  parts: RobotParts,
): Promise<RobotAnswer> {
  const { sender, own, start, now } = letter;
  const isPersonal = isVacation(order);
  // autorespond: a loop is for good. A person's mailbox has the letter, and nothing is to be said to a machine.
  if (!isPersonal && isLooping(start.fields))
    return { status: 100, words: 'this message is looping: it is an answer of an autoresponder' };
  const failed = (what: string, error: unknown): RobotAnswer => ({
    status: 111,
    words: `fatal: ${what}: ${describeError(error)}`,
  });
  let rules: VacationRules | undefined;
  try {
    const found = isPersonal ? await readRules(order, letter, parts) : undefined;
    if (typeof found === 'string') return { status: 0, words: `no answer: ${found}` };
    rules = found;
  } catch (error) {
    return failed(`unable to read the rules in ${order.directory}`, error);
  }
  // Without rules the owner's other addresses are not known: what was sent on to us by one is taken for his.
  const others = rules?.addresses ?? (isPersonal ? passedAddresses(start.fields) : []);
  const aliases = [...(letter.aliases ?? []), ...others];
  const reason = whyNotAnswered({ sender, own: [own, ...aliases], isPersonal, isJunk: letter.isJunk }, start);
  if (reason !== undefined) return { status: 0, words: `no answer: ${reason}` };
  let text: string;
  try {
    text = await parts.readText(order.message);
  } catch (error) {
    return failed(`unable to read ${order.message}`, error);
  }
  let entry: { takeBack(): Promise<void> } | undefined;
  try {
    const log = await openAnswerLog(order.directory, parts.owner);
    try {
      entry = await log.enter({ sender, count: order.count, seconds: order.seconds, now });
      if (entry === undefined) return { status: 0, words: 'no answer: this sender has had enough of them' };
      const outcome = await sendAnswer(order, letter, text, parts);
      if (outcome.code === 'K') return { status: 0, words: /\bqp \d+/.exec(outcome.text)?.[0] ?? 'ok' };
      // It was not answered: the next try may be.
      await entry.takeBack();
      return { status: outcome.code === 'D' ? 100 : 111, words: `fatal: ${outcome.text}` };
    } finally {
      log.close();
    }
  } catch (error) {
    return failed(`unable to keep the log in ${order.directory}`, error);
  }
}

/** The rules of a vacation, if it has any; or why this letter gets no answer by them. */
async function readRules(
  { directory }: RobotOrder,
  { sender, now }: RobotLetter,
  { readBeside }: RobotParts,
): Promise<VacationRules | string | undefined> {
  const file = await readBeside(join(directory, RULES_FILE), MOST_RULES);
  if (file === undefined) return undefined;
  const rules = readVacationRules(file.toString('utf8'));
  if (rules === undefined) return 'the rules of the vacation cannot be read';
  const phase = phaseOf(rules, now * 1000);
  if (phase !== 'on') return phase === 'ahead' ? 'the vacation has not begun' : 'the vacation is over';
  if (!rules.contactsOnly) return rules;
  const contacts = await readBeside(join(directory, CONTACTS_FILE), MOST_CONTACTS);
  return isContact(contacts?.toString('utf8') ?? '', sender) ? rules : 'its sender is not among the contacts';
}

async function sendAnswer(
  order: RobotOrder,
  { sender, own, start, now }: RobotLetter,
  text: string,
  { send }: RobotParts,
): Promise<Outcome> {
  const quote = order.quotes ? quoteText(start) : '';
  const answer = formatAnswer(text, { own, sender, fields: start.fields, seconds: now }, quote);
  const envelope = order.from === '$' ? own : order.from === '+' ? '' : order.from;
  try {
    return await send(Buffer.from(answer, 'latin1'), envelope, sender);
  } catch (error) {
    return temporary(`unable to send the answer: ${describeError(error)}`);
  }
}

/** Fields of the text that the answer has its own of. */
const OURS = ['date', 'message-id', 'to', 'delivered-to', 'auto-submitted', 'precedence'];

/** The answer as byte string: our header, the fields of the text that are any, its words, the quote. Pure. */
export function formatAnswer(text: string, answered: Answered, quote: string): string {
  const { fields: said, body } = readHeader(text);
  const has = (name: string): boolean => said.some((field) => field.name === name);
  const own = Buffer.from(quoteAddress(answered.own), 'utf8').toString('latin1');
  const header = [
    ...originFields(answered),
    'Delivered-To: Autoresponder',
    toField(answered),
    ...(has('from') ? [] : [`From: <${own}>`]),
    ...(has('subject') ? [] : [`Subject: ${answeredSubject(answered.fields, 'Re: ')}`]),
    ...machineFields,
    ...threadFields(answered.fields),
    ...said.filter(({ name }) => !OURS.includes(name)).flatMap((field) => field.lines),
  ];
  return `${header.join('\n')}\n\n${body.replace(/\n*$/, '\n')}${quote}`;
}
