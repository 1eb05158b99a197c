// The program lines of mail robots and vacations, `| …/bin/autorespond 86400 3 HOME/vacation/message HOME/vacation`, done in
// this process, without a program (spec/vpopmail.md 8.4, spec/qmailadmin.md 4.1). Only this form is taken, with files of the
// home's user below the home: a line that says anything else, or files that are somebody else's, stay a program line. What
// is answered, and how, is reply/autorespond.ts, as for the command; a vacation that goes wrong stops no letter.
import { normalize } from 'node:path';
import { MAX_MESSAGE } from '../accounts/administration/reply-text.ts';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import { type FileOwner, readPrivateFile } from '../maildir/private-file.ts';
import { answerAsRobot, isVacation, type RobotOrder } from '../reply/autorespond.ts';
import { loadLetterStart } from '../reply/letter.ts';
import { judgeExitCode, type ProgramResult, refuseOwner } from './program.ts';

/** A letter that came to a robot's line. */
export interface RobotDelivery {
  readonly sender: string;
  /** $EXT@$HOST. */
  readonly own: string;
  /** Further addresses of the same mailbox. */
  readonly aliases?: readonly string[] | undefined;
  /** The robot's files are below. */
  readonly home: string;
  readonly owner: FileOwner;
  readonly message: Buffer | undefined;
  readonly path: string;
  /** The lines before put it among the junk. */
  readonly isJunk?: boolean | undefined;
}

export interface RobotDesk {
  /** Does what the line says. Undefined: it is not one of these, and its program runs. Never rejects. */
  answer(command: string, delivery: RobotDelivery): Promise<ProgramResult | undefined>;
}

/** Bytes of the text: its words, and a header. */
const MOST_TEXT = MAX_MESSAGE + 16_384;

/** Words that mean themselves to a shell, or one in single quotes; autorespond's `$` for the sender does too. */
const WORD = `(?:'([!-&(-~ ]*)'|([A-Za-z0-9@%_+:,./=-]+))`;
const BARE = `[A-Za-z0-9@%_+:,./-]+`;
const LINE = new RegExp(
  `^[ \\t]*(?:'[!-&(-~ ]*/autorespond'|(?:${BARE}/)?autorespond)[ \\t]+(\\d{1,10})[ \\t]+(\\d{1,10})[ \\t]+${WORD}[ \\t]+${WORD}(?:[ \\t]+([01])(?:[ \\t]+(\\$|'\\$'|${BARE}))?)?[ \\t]*$`,
);

/** What a line of this form asks for; undefined: it is not one. Pure. */
export function readRobotOrder(command: string): RobotOrder | undefined {
  if (command.length > 4096) return undefined;
  const found = LINE.exec(command);
  if (!found) return undefined;
  const [, seconds, count, message, bareMessage, directory, bareDirectory, flag = '1', from = '+'] = found;
  return {
    seconds: Number(seconds),
    count: Number(count),
    message: message ?? bareMessage ?? '',
    directory: directory ?? bareDirectory ?? '',
    quotes: flag !== '0',
    from: from === "'$'" ? '$' : from,
  };
}

const isBelow = (home: string, path: string): boolean =>
  path.startsWith(`${home}/`) && normalize(path) === path;

export function createRobotDesk(injector: Injector, log: Log): RobotDesk {
  async function answer(order: RobotOrder, delivery: RobotDelivery): Promise<ProgramResult | undefined> {
    const { owner, home } = delivery;
    if (![order.message, order.directory].every((path) => isBelow(home, path))) return undefined;
    if (refuseOwner(owner.uid) !== undefined) return undefined;
    const text = await readPrivateFile(order.message, owner, MOST_TEXT);
    if (text === undefined) return undefined;
    const { status, words } = await answerAsRobot(
      order,
      {
        sender: delivery.sender,
        own: delivery.own,
        aliases: delivery.aliases,
        start: await loadLetterStart(delivery.message, delivery.path),
        isJunk: delivery.isJunk,
        now: Math.floor(Date.now() / 1000),
      },
      {
        readText: async () => text.content.toString('latin1'),
        readBeside: async (path, limit) => (await readPrivateFile(path, owner, limit))?.content,
        send: (bytes, sender, recipient) => injector.inject(`uid ${owner.uid}`, bytes, sender, [recipient]),
        owner,
      },
    );
    const output = `autorespond: ${words}\n`;
    if (status === 0) return { effect: 'continue', output };
    if (!isVacation(order)) return { effect: judgeExitCode(status), output };
    // The mailbox has the letter: to try again, or to send it back, would do harm.
    log(`warning: no vacation answer in ${quoted(order.directory)}: ${quoted(words)}`);
    return { effect: 'continue', output };
  }

  return {
    async answer(command, delivery) {
      const order = readRobotOrder(command);
      if (order === undefined) return undefined;
      try {
        return await answer(order, delivery);
      } catch (error) {
        const words = `autorespond: fatal: ${describeError(error)}\n`;
        return { effect: isVacation(order) ? 'continue' : 'temporary', output: words };
      }
    },
  };
}
