// qmail-showctl: says what every control file does to this system (spec/qmail.md 12.1). The stock files come first, with
// stock qmail's words and order, then the settings that qmail did not have, then files that nobody reads. A value that
// cannot be used is told where it stands; nothing is changed.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePasswd } from '../accounts/passwd-file.ts';
import { isMissing } from '../control/cached-file.ts';
import { describeForeignFile } from '../control/foreign-files.ts';
import { ControlError, readLine, readLines, readNumber } from '../control/reading.ts';
import { readSettings, type Setting, settingTable } from '../control/settings.ts';
import { hidePasswords, listUnknownFiles, otherFiles, runScriptFiles } from '../control/site-files.ts';
import type { Home } from '../home.ts';
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-showctl
Shows every setting of QMAIL/control: what is set, what holds by default, and files that have no meaning.
`;

/** Stock words: a string with the value in the middle; `none` is what a missing list means. */
type Stock =
  | {
      readonly kind: 'line' | 'int';
      readonly before: string;
      readonly after?: string;
      readonly missing?: string;
    }
  | { readonly kind: 'list'; readonly before: string; readonly after: string; readonly none: string };

const RCPTHOSTS = 'SMTP clients may send messages to recipients at ';

const stock: Readonly<Record<string, Stock>> = {
  badmailfrom: {
    kind: 'list',
    before: '',
    after: ' not accepted in MAIL FROM.',
    none: 'Any MAIL FROM is allowed.',
  },
  bouncefrom: { kind: 'line', before: 'Bounce user name is ' },
  bouncehost: { kind: 'line', before: 'Bounce host name is ' },
  concurrencylocal: { kind: 'int', before: 'Local concurrency is ' },
  concurrencyremote: { kind: 'int', before: 'Remote concurrency is ' },
  databytes: { kind: 'int', before: 'SMTP DATA limit is ', after: ' bytes' },
  defaultdomain: { kind: 'line', before: 'Default domain name is ' },
  defaulthost: { kind: 'line', before: 'Default host name is ' },
  doublebouncehost: { kind: 'line', before: '2B recipient host: ' },
  doublebounceto: { kind: 'line', before: '2B recipient user: ' },
  envnoathost: { kind: 'line', before: 'Presumed domain name is ' },
  helohost: { kind: 'line', before: 'SMTP client HELO host name is ' },
  idhost: { kind: 'line', before: 'Message-ID host name is ' },
  localiphost: { kind: 'line', before: 'Local IP address becomes ' },
  locals: {
    kind: 'list',
    before: 'Messages for ',
    after: ' are delivered locally.',
    none: 'Messages for me are delivered locally.',
  },
  me: { kind: 'line', before: 'My name is ', missing: 'undefined! Uh-oh' },
  percenthack: {
    kind: 'list',
    before: 'The percent hack is allowed for user%host@',
    after: '.',
    none: 'The percent hack is not allowed.',
  },
  plusdomain: { kind: 'line', before: 'Plus domain name is ' },
  qmqpservers: { kind: 'list', before: 'QMQP server: ', after: '.', none: 'No QMQP servers.' },
  queuelifetime: { kind: 'int', before: 'Message lifetime in the queue is ', after: ' seconds' },
  // Stock qmail says here that any recipient is allowed; that is the one default we do not share.
  rcpthosts: {
    kind: 'list',
    before: RCPTHOSTS,
    after: '.',
    none: 'SMTP clients may not send messages to anybody.',
  },
  morercpthosts: { kind: 'list', before: RCPTHOSTS, after: '.', none: 'No effect.' },
  smtpgreeting: { kind: 'line', before: 'SMTP greeting: 220 ' },
  smtproutes: { kind: 'list', before: 'SMTP route: ', after: '', none: 'No artificial SMTP routes.' },
  timeoutconnect: { kind: 'int', before: 'SMTP client connection timeout is ', after: ' seconds' },
  timeoutremote: { kind: 'int', before: 'SMTP client data timeout is ', after: ' seconds' },
  timeoutsmtpd: { kind: 'int', before: 'SMTP server data timeout is ', after: ' seconds' },
  virtualdomains: { kind: 'list', before: 'Virtual domain: ', after: '', none: 'No virtual domains.' },
};

const TROUBLE = 'Oops! Trouble reading this file.\n';

/** qmail-showctl safeput: each byte of a letter its own. Files and names are read as byte strings. */
const printable = (text: string): string =>
  [...Buffer.from(text, 'latin1')]
    .map((byte) => (byte < 32 || byte > 126 ? '?' : String.fromCharCode(byte)))
    .join('');

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args[0] === '--help') {
    context.stdout.write(usage);
    return 0;
  }
  const { stdout, stderr, home } = context;
  if (args.length > 0) {
    stderr.write(usage);
    return 100;
  }
  const control = join(home.qmail, 'control');
  stdout.write(await describeBuild(home.qmail));
  let names: string[];
  try {
    names = await readdir(control, 'latin1');
  } catch {
    stdout.write('Oops! Unable to chdir to control.\n');
    return 111;
  }
  const me = await readMe(control);
  for (const [name, words] of Object.entries(stock)) {
    stdout.write(`\n${name}: ${await describeStock(control, name, words, me)}`);
    if (name === 'morercpthosts') stdout.write(`\nmorercpthosts.cdb: ${await compareCdb(control)}`);
  }
  const ours = settingTable.filter(({ name }) => stock[name] === undefined);
  for (const setting of ours) {
    stdout.write(`\n${setting.name}: ${await describeOurs(control, setting)}`);
    if (setting.kind === 'rules' && names.includes(`${setting.name}.cdb`))
      stdout.write(`\n${setting.name}.cdb: ${await compareRules(control, setting.name)}`);
  }
  for (const line of await describeSqlFiles(home)) stdout.write(`\n${line}\n`);
  for (const [name, words] of Object.entries({ ...otherFiles, ...runScriptFiles }))
    if (names.includes(name)) stdout.write(`\n${name}: ${words}\n`);
  for (const name of listUnknownFiles(names)) stdout.write(`\n${printable(name)}: ${describeUnread(name)}\n`);
  return 0;
}

/** stock qmail's words, unless it is a file of a patched qmail, on which somebody relies perhaps. */
function describeUnread(name: string): string {
  const words = describeForeignFile(name);
  return words === undefined
    ? 'I have no idea what this file does.'
    : `Of a patched qmail, not obeyed here. ${words}`;
}

/** A vpopmail that was built for a database left its file: does control/vpopmailauth say so, and who may read it? */
async function describeSqlFiles({ qmail, vpopmail }: Home): Promise<readonly string[]> {
  const chosen = await readSettings(qmail, ['vpopmailauth']).catch(() => undefined);
  const lines: string[] = [];
  for (const kind of ['mysql', 'pgsql'] as const) {
    const path = join(vpopmail, 'etc', `vpopmail.${kind}`);
    const stats = await stat(path).catch(() => undefined);
    const isChosen = chosen?.vpopmailauth === kind;
    if (stats === undefined && isChosen)
      lines.push(`vpopmailauth: Oops! ${printable(path)} is missing: there are no accounts without it.`);
    if (stats === undefined) continue;
    if (!isChosen && chosen !== undefined)
      lines.push(
        `vpopmail.${kind}: Oops! This vpopmail keeps its accounts in a database, but vpopmailauth says ${chosen.vpopmailauth}. Write ${kind} into control/vpopmailauth, or remove the file.`,
      );
    if ((stats.mode & 0o007) !== 0)
      lines.push(
        `vpopmail.${kind}: Oops! Everybody on this machine can read the password in it. Mode 0640 is right.`,
      );
  }
  return lines;
}

/** What is compiled into qmail. The ids are those of this machine, as far as its users exist. */
async function describeBuild(qmail: string): Promise<string> {
  const [passwd, group] = await Promise.all([readOptional('/etc/passwd'), readOptional('/etc/group')]);
  const users = parsePasswd(passwd ?? '');
  const uid = (name: string): string => String(users.get(name)?.uid ?? 'none');
  const gid = (name: string): string =>
    new RegExp(`^${name}:[^:\n]*:([0-9]+):`, 'm').exec(group ?? '')?.[1] ?? 'none';
  const uids = ['alias', 'qmaild', 'qmaill', 'root', 'qmailp', 'qmailq', 'qmailr', 'qmails'].map(uid);
  return [
    `qmail home directory: ${qmail}.`,
    'user-ext delimiter: -.',
    'paternalism (in decimal): 2.',
    'silent concurrency limit: 120.',
    `subdirectory split: ${await countSplit(join(qmail, 'queue', 'mess'))}.`,
    `user ids: ${uids.join(', ')}.`,
    `group ids: ${['nofiles', 'qmail'].map(gid).join(', ')}.`,
    '',
  ].join('\n');
}

async function countSplit(mess: string): Promise<number> {
  try {
    return (await readdir(mess)).filter((name) => /^[0-9]+$/.test(name)).length;
  } catch {
    // Without a queue: what a new one gets.
    return 23;
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The name that other settings fall back to; a file that cannot be used is told in its own place. */
async function readMe(control: string): Promise<string | undefined> {
  try {
    return readLine({ path: 'me', text: (await readControl(control, 'me')).text, me: undefined });
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

async function readControl(
  control: string,
  name: string,
): Promise<{ readonly text: string | undefined; readonly trouble: boolean }> {
  try {
    return { text: await readOptional(join(control, name)), trouble: false };
  } catch {
    // The caller tells it in qmail's words.
    return { text: undefined, trouble: true };
  }
}

async function describeStock(
  control: string,
  name: string,
  words: Stock,
  me: string | undefined,
): Promise<string> {
  const { text, trouble } = await readControl(control, name);
  if (trouble) return TROUBLE;
  const file = { path: join(control, name), text, me };
  try {
    if (words.kind === 'list') {
      const lines = readLines(file);
      if (lines === undefined) return `(Default.) ${words.none}\n`;
      const shown = hidePasswords(name, lines);
      const told = `\n${shown.map((line) => `${words.before}${printable(line)}${words.after}\n`).join('')}`;
      const setting = settingTable.find((one) => one.name === name);
      return told + describeWarnings(setting?.read(file));
    }
    const setting = settingTable.find((one) => one.name === name);
    const value = words.kind === 'int' ? readNumber(file)?.toString() : readLine(file);
    const usual = setting?.usesMe === true ? (me ?? name) : (words.missing ?? setting?.default ?? '');
    const plain = words.kind === 'int' ? usual.replace(/[^0-9].*/, '') : usual;
    const shown =
      value === undefined ? `(Default.) ${words.before}${plain}` : `${words.before}${printable(value)}`;
    return `${shown}${words.after ?? ''}.\n`;
  } catch (error) {
    if (error instanceof ControlError) return `Oops! ${printable(error.message)}.\n`;
    throw error;
  }
}

async function findTime(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Which of the two the door goes by; see control/tcp-rules-file.ts. */
async function compareRules(control: string, name: string): Promise<string> {
  const [text, cdb] = await Promise.all([name, `${name}.cdb`].map((each) => findTime(join(control, each))));
  return text !== undefined && cdb !== undefined && text > cdb
    ? `Oops! ${name}.cdb is older than ${name}, which counts instead.\n`
    : `These compiled rules count, not the text of ${name}.\n`;
}

async function compareCdb(control: string): Promise<string> {
  const [source, compiled] = await Promise.all(
    ['morercpthosts', 'morercpthosts.cdb'].map((name) => findTime(join(control, name))),
  );
  if (source === undefined)
    return compiled === undefined
      ? '(Default.) No effect.\n'
      : "Oops! morercpthosts.cdb exists but morercpthosts doesn't.\n";
  if (compiled === undefined) return "Oops! morercpthosts exists but morercpthosts.cdb doesn't.\n";
  return Math.floor(source / 1000) > Math.floor(compiled / 1000)
    ? 'Oops! morercpthosts.cdb is older than morercpthosts.\n'
    : 'Modified recently enough; hopefully up to date.\n';
}

/** What is wrong with single lines of a value, a line each. */
const describeWarnings = (value: unknown): string =>
  ((value as { readonly warnings?: readonly string[] } | undefined)?.warnings ?? [])
    .map((line) => `Oops! ${printable(line)}.\n`)
    .join('');

/** A setting that qmail did not have: its meaning, then what is set. */
async function describeOurs(control: string, setting: Setting): Promise<string> {
  const { text, trouble } = await readControl(control, setting.name);
  if (trouble) return TROUBLE;
  if (setting.kind === 'cdb' && (await findTime(join(control, `${setting.name}.cdb`))) !== undefined)
    return `${setting.meaning}\n`;
  if (text === undefined) return `(Default.) ${setting.meaning} Now: ${setting.default}.\n`;
  const file = { path: join(control, setting.name), text, me: undefined };
  try {
    const warnings = describeWarnings(setting.read(file));
    const hasLines = ['list', 'map', 'text', 'rules'].includes(setting.kind);
    const lines = hasLines ? readLines(file)! : [readLine(file)!];
    const values = hidePasswords(setting.name, lines).map(printable);
    return values.length === 1
      ? `${setting.meaning} Now: ${values[0]}.\n${warnings}`
      : `${setting.meaning} Now:\n${values.map((value) => `${value}\n`).join('')}${warnings}`;
  } catch (error) {
    if (error instanceof ControlError) return `Oops! ${printable(error.message)}.\n`;
    throw error;
  }
}
