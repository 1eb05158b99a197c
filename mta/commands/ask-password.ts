// Asking for a password: at a terminal twice and without echo, else the first line of standard input, so that scripts
// need not put a password where `ps` shows it.
import type { ReadStream } from 'node:tty';
import type { CommandContext } from './command.ts';

const LONGEST_LINE = 4096;
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACE = /^[\b\x7f]$/;

/** The password, or '' when none was given. `who` is shown in the prompt. */
export async function askPassword(who: string, context: CommandContext): Promise<string> {
  const stdin = context.stdin as ReadStream;
  if (stdin.isTTY !== true) return readFirstLine(context.stdin);
  for (;;) {
    const first = await readHidden(`Please enter password for ${who}: `, stdin, context.stderr);
    if (first === '') return '';
    const second = await readHidden('enter password again: ', stdin, context.stderr);
    if (first === second) return first;
    context.stderr.write('Passwords do not match, try again\n');
  }
}

/** The first line without its line feed; what follows stays unread. */
async function readFirstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : chunk.toString('utf8');
    if (text.includes('\n') || text.length > LONGEST_LINE) break;
  }
  return text.split('\n')[0]!.replace(/\r$/, '');
}

function readHidden(prompt: string, stdin: ReadStream, screen: NodeJS.WritableStream): Promise<string> {
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
    const onKeys = (keys: string): void => {
      for (const key of keys) {
        if (key === '\r' || key === '\n') return done(typed);
        if (key === CTRL_C || key === CTRL_D) return done('');
        typed = BACKSPACE.test(key) ? typed.slice(0, -1) : typed + key;
      }
    };
    stdin.on('data', onKeys);
  });
}
