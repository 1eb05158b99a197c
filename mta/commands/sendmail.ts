// sendmail: the options that programs give to /usr/sbin/sendmail, turned into a call of qmail-inject or qmail-qread
// (spec/qmail.md 9.2). Options that qmail has no use for are taken and ignored. It completes and queues nothing itself.
import { encodeXtext, type MessageWishes, parseEnvid, parseNotify, parseRet } from '../formats/dsn.ts';
import type { CommandContext } from './command.ts';
import { refuseUsage } from './fatal.ts';
import { parseOptions } from './getopt.ts';

export const usage = `sendmail: usage: sendmail [ -t ] [ -fsender ] [ -Fname ] [ -bp ] [ -bs ] [ arg ... ]

Queues the message on standard input for the recipients named here and, with -t, for those in its header.
  -f SENDER   envelope sender, and author if the message has no From
  -F NAME     full name of the author if the message has no From
  -N WHEN     tell the sender of: never, or a list of success, failure, delay with commas (RFC 3461)
  -R HOW      what a report of failure returns of the message: full, or hdrs for its header
  -V ENVID    the sender's name for the message in reports about it
  -bp         list the queue (mailq)
  -bs         speak SMTP on standard input and output
Ignored: -i -m -v -x -bm -E... -J... -B TYPE -e MODE -o OPTION -p PROTOCOL
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { options, rest, complaint } = parseOptions(args, 'vimte:f:p:o:B:F:E::J::xb:N:R:V:');
  const env: NodeJS.ProcessEnv = { ...context.env };
  let sender: string | undefined;
  let name: string | undefined;
  let takesHeader = false;
  const asked: { N?: string; R?: string; V?: string } = {};
  for (const { letter, value } of options) {
    if (letter === 't') takesHeader = true;
    else if (letter === 'f') sender = value;
    else if (letter === 'F') name = value;
    else if (letter === 'N' || letter === 'R' || letter === 'V') asked[letter] = value;
    else if (letter === 'b') {
      if (value.startsWith('m')) continue;
      return runMode(value, context);
    }
  }
  if (complaint !== undefined) return refuseUsage(usage, context, complaint);
  const wishes = readWishes(asked);
  if (typeof wishes === 'string') return fail(context, `sendmail: fatal: ${wishes}\n`);
  if (sender !== undefined) setAuthor(env, sender);
  if (name !== undefined) env.MAILNAME = name;
  const { run: inject } = await import('./qmail-inject.ts');
  const senderOption = sender === undefined ? [] : ['-f', sender];
  return inject([takesHeader ? '-H' : '-a', ...senderOption, '--', ...rest], { ...context, env }, wishes);
}

/** -N, -R and -V as wishes for every recipient; a reason why not. */
function readWishes(asked: { N?: string; R?: string; V?: string }): MessageWishes | string {
  const notify = asked.N === undefined ? undefined : parseNotify(asked.N);
  if (asked.N !== undefined && notify === undefined)
    return '-N takes never, or success, failure and delay with commas between them';
  const ret = asked.R === undefined ? undefined : parseRet(asked.R);
  if (asked.R !== undefined && ret === undefined) return '-R takes full or hdrs';
  const envid = asked.V === undefined ? undefined : parseEnvid(encodeXtext(asked.V));
  if (asked.V !== undefined && (envid === undefined || !/^[\x20-\x7e]*$/.test(asked.V)))
    return '-V takes up to 100 printable ASCII characters, fewer when some must be encoded (RFC 3461)';
  return { notify, ret, envid };
}

/** -b: what else sendmail can be. */
async function runMode(mode: string, context: CommandContext): Promise<number> {
  switch (mode[0]) {
    case 'p': {
      const { run: list } = await import('./qmail-qread.ts');
      return list([], context);
    }
    case 's': {
      const { run: serve } = await import('./qmail-smtpd.ts');
      return serve([], { ...context, env: smtpEnvironment(context.env) }, { isLocal: true });
    }
    case 'i':
      return fail(
        context,
        'sendmail: fatal: there is no alias database to rebuild (newaliases): aliases are .qmail files\n',
      );
    default:
      return refuseUsage(usage, context);
  }
}

/** sendmail.c smtpd: a program of this machine speaks, and may send anywhere. Under tcpserver PROTO is set already. */
function smtpEnvironment(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  if (env.PROTO !== undefined) return { ...env };
  return {
    ...env,
    RELAYCLIENT: '',
    DATABYTES: '0',
    PROTO: 'TCP',
    TCPLOCALIP: '127.0.0.1',
    TCPLOCALHOST: 'localhost',
    TCPREMOTEIP: '127.0.0.1',
    TCPREMOTEHOST: 'localhost',
    TCPREMOTEINFO: 'sendmail-bs',
  };
}

function fail(context: CommandContext, words: string): number {
  context.stderr.write(words);
  return 100;
}

/** netqmail: who gives a sender writes under that address, without the name of the one who is logged in. */
function setAuthor(env: NodeJS.ProcessEnv, sender: string): void {
  const address = /^<.*>$/s.test(sender) ? sender.slice(1, -1) : sender;
  if (address === '') return; // the null sender is nobody's name
  for (const name of ['QMAILNAME', 'MAILNAME', 'NAME', 'QMAILHOST', 'MAILHOST']) delete env[name];
  const at = address.lastIndexOf('@');
  env.QMAILUSER = at < 0 ? address : address.slice(0, at);
  if (at >= 0) env.QMAILHOST = address.slice(at + 1);
}
