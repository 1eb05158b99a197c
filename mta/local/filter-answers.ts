// What mail filters send of their own: vacation answers (RFC 5230) and notices by mail (RFC 5435, RFC 5436). Who may be
// answered, how often and in which form is mta/reply's, as for all automatic answers. Sent under the null sender, so that
// nothing comes back; a copy goes into a folder where the script says so (RFC 8580). None of it puts a letter off: what
// cannot be sent is told in the log.
import type { Accounts } from '../accounts/types.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import { namedRecipient, whyNotAnswered } from '../reply/answerable.ts';
import { enterAnswer } from '../reply/answered.ts';
import { composeReply, splitFrom } from '../reply/compose.ts';
import { type LetterStart, readLetterStart } from '../reply/letter.ts';
import { composeNotice, isNotice } from '../reply/notice.ts';
import { readMailto } from '../sieve/mailto.ts';
import type { FileCarbonCopy, SieveAction } from '../sieve/types.ts';
import type { FilterFolders } from './filter-folders.ts';
import type { FilteredLetter } from './mail-filters.ts';
import type { Mailbox, MailboxStore } from './mailbox-store.ts';

type Action<T extends SieveAction['type']> = Extract<SieveAction, { type: T }>;

/** The letter that is answered or told of. */
export interface AnsweredLetter {
  readonly letter: FilteredLetter;
  readonly mailbox: Mailbox;
  /** Its beginning. */
  readonly bytes: Buffer;
  /** It went to the folder for junk. */
  readonly isJunk: boolean;
}

export interface FilterAnswers {
  /** Neither rejects. */
  answer(action: Action<'vacation'>, about: AnsweredLetter): Promise<void>;
  notify(action: Action<'notify'>, about: AnsweredLetter): Promise<void>;
}

export interface FilterAnswerParts {
  /** Tells which addresses are somebody's own. */
  readonly accounts: Pick<Accounts, 'submission'>;
  readonly injector: Injector;
  readonly store: MailboxStore;
  readonly folders: FilterFolders;
  readonly log: Log;
}

export function createFilterAnswers(parts: FilterAnswerParts): FilterAnswers {
  const { accounts, injector, store, folders, log } = parts;

  /** Those that the account may write under (security.md W6): a script can name any. */
  async function keepOwn(
    { letter, mailbox }: AnsweredLetter,
    named: readonly string[],
  ): Promise<readonly string[]> {
    const sure = new Set([letter.wanted, mailbox.address].map(lowerAscii));
    const asked = named.filter((address) => !sure.has(lowerAscii(address)));
    if (asked.length === 0) return named;
    const foreign = (await accounts.submission?.findForeign(mailbox.address, asked)) ?? asked;
    const others = new Set(foreign.map(lowerAscii));
    return named.filter((address) => !others.has(lowerAscii(address)));
  }

  /** Undefined: the answer is from the address that was written to. */
  async function ownFrom(about: AnsweredLetter, from: string | undefined): Promise<string | undefined> {
    const address = splitFrom(from ?? '')?.address;
    if (address === undefined || (await keepOwn(about, [address])).length > 0) return from;
    log(
      `warning: mail filter of ${quoted(about.mailbox.address)}: it may not write as ${quoted(address)}, and its answers do not`,
    );
    return undefined;
  }

  async function answer(
    action: Action<'vacation'>,
    about: AnsweredLetter,
    start: LetterStart,
  ): Promise<void> {
    const { mailbox } = about;
    const { sender, wanted } = about.letter;
    const own = [wanted, mailbox.address, ...action.addresses];
    const why = whyNotAnswered({ sender, own, isPersonal: true, isJunk: about.isJunk }, start);
    if (why !== undefined) return;
    const now = Math.floor(Date.now() / 1000);
    const entered = await enterAnswer({
      directory: mailbox.directory,
      owner: mailbox.owner,
      handle: action.handle,
      sender,
      seconds: action.seconds,
      now,
    });
    if (!entered) return;
    const message = composeReply(
      // RFC 5230 5.1: from the address that its sender knows.
      {
        sender,
        own: namedRecipient(await keepOwn(about, own), start.fields) ?? wanted,
        fields: start.fields,
        seconds: now,
      },
      {
        subject: action.subject,
        from: await ownFrom(about, action.from),
        text: action.reason,
        isEntity: action.mime,
      },
    );
    try {
      await send(message, mailbox, [sender]);
    } catch (error) {
      await entered.takeBack();
      throw error;
    }
    await copy(message, mailbox, action.fcc);
  }

  async function notify(action: Action<'notify'>, about: AnsweredLetter, start: LetterStart): Promise<void> {
    const { mailbox, letter } = about;
    // RFC 5436 2.7.1: never a notice about a notice.
    if (isNotice(start.fields) || about.isJunk) return;
    const to = readMailto(action.method);
    if (typeof to === 'string') throw new Error(`${action.method.slice(0, 200)}: ${to}`);
    const message = composeNotice({
      own: mailbox.address,
      to,
      from: await ownFrom(about, action.from),
      importance: action.importance,
      message: action.message,
      sender: letter.sender,
      fields: start.fields,
      seconds: Math.floor(Date.now() / 1000),
    });
    await send(message, mailbox, [...new Set([...to.to, ...to.cc, ...to.bcc])]);
    await copy(message, mailbox, action.fcc);
  }

  async function send(message: Buffer, { owner }: Mailbox, recipients: readonly string[]): Promise<void> {
    const outcome = await injector.inject(`uid ${owner.uid}`, message, '', recipients);
    if (outcome.code !== 'K') throw new Error(outcome.text);
  }

  async function copy(message: Buffer, mailbox: Mailbox, fcc: FileCarbonCopy | undefined): Promise<void> {
    if (fcc === undefined) return;
    const maildir = await folders.findPlace(mailbox, fcc);
    if (maildir === undefined) throw new Error(`there is no folder ${fcc.mailbox} for a copy`);
    const letter = { sender: '', message, path: '', size: message.length };
    const { quota } = mailbox;
    const stored = await store.store(letter, mailbox, { maildir, quota, isBare: true, flags: fcc.flags });
    if (stored.effect !== 'continue') throw new Error(stored.output);
  }

  const quietly = async (
    what: string,
    { mailbox }: AnsweredLetter,
    work: () => Promise<void>,
  ): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log(`warning: mail filter of ${quoted(mailbox.address)}: ${what}: ${quoted(words)}`);
    }
  };

  return {
    answer: (action, about) =>
      quietly('no vacation answer', about, () => answer(action, about, readLetterStart(about.bytes))),
    notify: (action, about) =>
      quietly('no notice', about, () => notify(action, about, readLetterStart(about.bytes))),
  };
}
