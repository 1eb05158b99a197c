// autorespond: answers a message with a text, for mail robots and vacations (autorespond 2.0; spec/vpopmail.md 8.4). It
// keeps a file A<pid>.<time> with the sender's address for each answer, and answers one sender only so often. Machines are
// not answered (RFC 3834 2). Whom it answers and with what is reply/autorespond.ts; this is its command line, its
// variables and its exit statuses.
import { readFile } from 'node:fs/promises';
import { readPrivateFile } from '../maildir/private-file.ts';
import { permanent, success, temporary } from '../outcome.ts';
import { answerAsRobot } from '../reply/autorespond.ts';
import { HEAD_BYTES, type LetterStart, readLetterStart } from '../reply/letter.ts';
import type { CommandContext } from './command.ts';
import { Fatal, refuseUsage, reportFatal } from './fatal.ts';
import { readMessage, requireVariable, sendMessage } from './outgoing.ts';

export const usage = `autorespond: usage: autorespond time num message dir [ flag arsender ]

Answers the message on standard input with the file message, at most num times in time seconds to one sender. dir holds
a file for each answer. flag: 1 quotes the text of the message (the default), 0 does not. arsender: envelope sender of
the answer; $ is the address that was written to, + and the default are the empty one.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('autorespond', context, async () => {
    const [time = '', count = '', message, directory, flag = '1', from = '+', ...more] = args;
    const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);
    if (!isNumber(time) || !isNumber(count) || !message || !directory || more.length > 0)
      return refuseUsage(usage, context);
    const sender = requireVariable('SENDER', context);
    const own = `${requireVariable('EXT', context)}@${requireVariable('HOST', context)}`;
    const answer = await answerAsRobot(
      { seconds: Number(time), count: Number(count), message, directory, quotes: flag !== '0', from },
      { sender, own, start: await readStart(context.stdin), now: Math.floor(Date.now() / 1000) },
      {
        readText: (path) => readFile(path, 'latin1'),
        readBeside: async (path, limit) => (await readPrivateFile(path, undefined, limit))?.content,
        send: (bytes, envelope, recipient) => send(bytes, envelope, recipient, context),
        owner: undefined,
      },
    );
    context.stderr.write(`autorespond: ${answer.words}\n`);
    return answer.status;
  });
}

async function send(bytes: Buffer, sender: string, recipient: string, context: CommandContext) {
  async function* content(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  try {
    return success(
      await sendMessage({ prefix: '', content: content(), sender, recipients: [recipient] }, context),
    );
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    return error.status === 100 ? permanent(error.message) : temporary(error.message);
  }
}

/** The beginning of the message; the rest is read and dropped. */
async function readStart(stdin: NodeJS.ReadableStream): Promise<LetterStart> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readMessage(stdin)) {
    if (bytes < HEAD_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  }
  return readLetterStart(Buffer.concat(chunks));
}
