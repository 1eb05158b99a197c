// qmail-popup: the first half of a POP3 session (qmail-popup(8); spec/qmail.md 10.1): takes a name and a password, or an
// APOP digest, and hands them on descriptor 3 to a checkpassword program, which runs the second half. One attempt a
// connection: afterwards the program's end is the session's.
import { type Child, startChild } from './child.ts';
import type { CommandContext } from './command.ts';
import { type Pop3Command, Pop3Connection } from './pop3-connection.ts';

export const usage = `usage: qmail-popup hostname subprogram [ arg ... ]

Reads a POP3 name and password from standard input and runs subprogram, a checkpassword program, with them on descriptor 3.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [host, ...subprogram] = args;
  if (host === undefined || subprogram.length === 0) {
    context.stdout.write('-ERR usage: popup hostname subprogram\r\n');
    return 1;
  }
  const connection = new Pop3Connection(context.stdin, context.stdout);
  const stamp = `<${process.pid}.${Math.floor(Date.now() / 1000)}@${host}>`;
  await connection.reply(`+OK ${stamp}`);
  const login = await readLogin(connection);
  const isHandedOver = await connection.pause();
  if (login === undefined) return 1;
  if (!isHandedOver) {
    // Bytes that we have read would never reach the program.
    await connection.reply('-ERR wait for the answer to your password');
    return 1;
  }
  const child = startChild(subprogram, {
    env: { ...context.env },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  sendLogin(child, Buffer.from(`${login.name}\0${login.password}\0${stamp}\0`, 'latin1'));
  return judgeEnd(child, connection, context);
}

/** A program may end without reading: its end says enough. */
function sendLogin({ process: child }: Child, bytes: Buffer): void {
  const pipe = child?.stdio[3];
  if (!pipe || !('write' in pipe)) return;
  pipe.on('error', () => undefined);
  pipe.end(bytes);
}

async function judgeEnd(
  { ended }: Child,
  connection: Pop3Connection,
  context: CommandContext,
): Promise<number> {
  const end = await ended;
  if (end.kind === 'exited' && end.status === 0) return 0;
  if (end.kind === 'not run') context.stderr.write(`qmail-popup: fatal: unable to run it: ${end.reason}\n`);
  const isCrashed = end.kind === 'crashed';
  await connection.reply(isCrashed ? '-ERR aack, child crashed' : '-ERR authorization failed');
  return 1;
}

interface Login {
  readonly name: string;
  readonly password: string;
}

/** Talks until there is a name and a password; undefined when there will be none. */
async function readLogin(connection: Pop3Connection): Promise<Login | undefined> {
  let name: string | undefined;
  for (;;) {
    const command = await connection.readCommand();
    if (command === undefined) return undefined;
    const answer = decideReply(command, name);
    if (typeof answer === 'object') return answer;
    if (command.verb === 'user' && answer === '+OK ') name = command.argument;
    await connection.reply(answer);
    if (command.verb === 'quit') return undefined;
  }
}

/** The reply to one command, or the login that it completes. */
export function decideReply({ verb, argument }: Pop3Command, name: string | undefined): string | Login {
  // A NUL would make three fields of one on descriptor 3.
  if (argument.includes('\0')) return '-ERR syntax error';
  switch (verb) {
    case 'user':
      return argument === '' ? '-ERR syntax error' : '+OK ';
    case 'pass':
      if (name === undefined) return '-ERR USER first';
      return argument === '' ? '-ERR syntax error' : { name, password: argument };
    case 'apop': {
      const space = argument.indexOf(' ');
      if (space < 0) return '-ERR syntax error';
      return { name: argument.slice(0, space), password: argument.slice(space + 1) };
    }
    case 'quit':
    case 'noop':
      return '+OK ';
    default:
      return '-ERR authorization first';
  }
}
