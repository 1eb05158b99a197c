// Questions to the person at the terminal: passwords without echo and twice. From a script the answers are the lines of
// standard input, so that no password needs to stand where `ps` shows it; then a new password is asked for once.
import type { ReadStream } from 'node:tty';
import type { CommandContext } from './command.ts';

const LONGEST_LINE = 4096;
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACE = /^[\b\x7f]$/;

/** Asks one thing after the other. */
export interface Questions {
  /** The answer in plain sight; '' when none was given. */
  ask(prompt: string): Promise<string>;
  /** Without echo. */
  askHidden(prompt: string): Promise<string>;
  /** A new password for `who`, at a terminal until both are the same. */
  askTwice(who: string): Promise<string>;
  /** Lets go of standard input. */
  close(): void;
}

/** The password for `who`, or '' when none was given. */
export async function askPassword(who: string, context: CommandContext): Promise<string> {
  const questions = openQuestions(context);
  try {
    return await questions.askTwice(who);
  } finally {
    questions.close();
  }
}

export function openQuestions(context: CommandContext): Questions {
  const stdin = context.stdin as ReadStream;
  return stdin.isTTY === true ? askTerminal(stdin, context) : readAnswers(context);
}

function askTerminal(stdin: ReadStream, { stdout, stderr }: CommandContext): Questions {
  const askHidden = (prompt: string): Promise<string> => readKeys(prompt, stdin, stderr, false);
  return {
    ask: (prompt) => readKeys(prompt, stdin, stdout, true),
    askHidden,
    async askTwice(who) {
      for (;;) {
        const first = await askHidden(`Please enter password for ${who}: `);
        if (first === '') return '';
        if (first === (await askHidden('enter password again: '))) return first;
        stderr.write('Passwords do not match, try again\n');
      }
    },
    close: () => void stdin.pause(),
  };
}

/** Standard input is no terminal: its lines are the answers, and what follows them stays unread. */
function readAnswers({ stdin, stdout }: CommandContext): Questions {
  const chunks = stdin[Symbol.asyncIterator]();
  let text = '';
  let isOver = false;
  const nextLine = async (): Promise<string> => {
    while (!text.includes('\n') && text.length <= LONGEST_LINE && !isOver) {
      const { value, done } = await chunks.next();
      if (done === true) isOver = true;
      else text += typeof value === 'string' ? value : value.toString('utf8');
    }
    const end = text.indexOf('\n');
    const line = end < 0 ? text : text.slice(0, end);
    text = end < 0 ? '' : text.slice(end + 1);
    return line.replace(/\r$/, '');
  };
  return {
    ask: (prompt) => {
      stdout.write(prompt);
      return nextLine();
    },
    askHidden: nextLine,
    askTwice: nextLine,
    // Ends the stream: a pipe that stays open must not keep the command waiting.
    close: () => void chunks.return?.(),
  };
}

function readKeys(
  prompt: string,
  stdin: ReadStream,
  screen: NodeJS.WritableStream,
  isShown: boolean,
): Promise<string> {
  screen.write(prompt);
  stdin.setEncoding('utf8');
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve) => {
    let typed = '';
    const done = (line: string): void => {
      stdin.off('data', onKeys);
      stdin.setRawMode(false);
      stdin.pause();
      screen.write('\n');
      resolve(line);
    };
    const erase = (): void => {
      if (isShown && typed !== '') screen.write('\b \b');
      typed = typed.slice(0, -1);
    };
    const onKeys = (keys: string): void => {
      for (const key of keys) {
        if (key === '\r' || key === '\n') return done(typed);
        if (key === CTRL_C || key === CTRL_D) return done('');
        if (BACKSPACE.test(key)) erase();
        else {
          typed += key;
          if (isShown) screen.write(key);
        }
      }
    };
    stdin.on('data', onKeys);
  });
}
