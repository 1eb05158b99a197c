// Letters that take every way through the whole program: to one account, to several, to an account and another host, to
// an address that forwards, to one that bounces, to a host that cannot take it now, with wishes about notifications, to an
// account whose mail filter files, sends on and answers, to a mailing list; one after the other or all at once.
// Each is sent over SMTP and looked for where it belongs; what is found is compared byte for byte.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeSegment } from '../../mta/queue/journal-format.ts';
import { type RunningServer, startServer } from './facteur.ts';
import { domain, makeHome, queued, setControl, succeed } from './serve.ts';
import { RawSmtpClient } from './smtp.ts';
import { type Sink, startSink } from './smtp-sink.ts';

const users = ['u0', 'u1', 'u2', 'u3'] as const;
type User = (typeof users)[number];
const sender = `u3@${domain}`;
/** Its filter: u2 has it in the inbox and in a folder, ann at another host has it, and the sender is answered. */
const filtered = `u2@${domain}`;
const filter = `require ["fileinto", "copy", "mailbox", "vacation"];
if header :contains "Subject" "filter" {
  fileinto :copy :create "Filed";
  redirect :copy "ann@far.example";
  vacation "I am away.";
}
`;
const listName = 'friends';

type Place = User | 'far' | 'later' | 'bounce' | 'notice' | 'filed' | 'answer' | 'archive';

/** A way through the program. */
export interface Trial {
  readonly name: string;
  readonly recipients: readonly string[];
  /** Where a copy must be in the end. */
  readonly arrivesAt: readonly Place[];
  /** Where one may be, and never two different ones: a courtesy that a crash may cost. */
  readonly mayArriveAt?: readonly Place[];
  /** Deliveries of messages that it makes on its way there. */
  readonly sentOn?: number;
  /** What the sender asks about notifications, of each recipient. */
  readonly wishes?: readonly string[];
  /** Lines of the text; many: the letter is streamed, and goes through no journal. */
  readonly lines?: number;
}

export const trials: readonly Trial[] = [
  { name: 'one account', recipients: [`u0@${domain}`], arrivesAt: ['u0'] },
  {
    name: 'three accounts',
    recipients: ['u0', 'u1', 'u2'].map((user) => `${user}@${domain}`),
    arrivesAt: ['u0', 'u1', 'u2'],
  },
  {
    name: 'an account and another host',
    recipients: [`u1@${domain}`, 'ann@far.example'],
    arrivesAt: ['u1', 'far'],
  },
  { name: 'another host', recipients: ['ann@far.example'], arrivesAt: ['far'] },
  { name: 'a forward', recipients: [`forward@${domain}`], arrivesAt: ['u2', 'far'] },
  { name: 'a bounce', recipients: ['nobody@refuse.example'], arrivesAt: ['bounce'] },
  { name: 'a deferral', recipients: ['ann@later.example'], arrivesAt: ['later'] },
  {
    name: 'wishes about notifications',
    recipients: [`u0@${domain}`, 'nobody@refuse.example'],
    arrivesAt: ['u0', 'notice'],
    wishes: [' NOTIFY=SUCCESS', ' NOTIFY=NEVER'],
  },
  { name: 'a long letter', recipients: [`u0@${domain}`], arrivesAt: ['u0'], lines: 7000 },
];

/** Those that a filter and a list rule: for a site that was made with them. */
export const ruledTrials: readonly Trial[] = [
  {
    name: 'a mail filter',
    recipients: [filtered],
    arrivesAt: ['u2', 'filed', 'far'],
    mayArriveAt: ['answer'],
    sentOn: 1,
  },
  { name: 'a list', recipients: [`${listName}@${domain}`], arrivesAt: ['u1', 'far', 'archive'], sentOn: 2 },
];

const domainDirectory = (home: string): string => join(home, 'vpopmail', 'domains', domain);
const noNames = (): [] => [];

/** What a letter of our own is. */
function reportOf(text: string): Place | undefined {
  const head = text.slice(0, text.indexOf('\n\n') + 1);
  if (/\nAuto-Submitted: auto-replied\n/.test(head) && /\nSubject: Auto: /.test(head)) return 'answer';
  const subject = /\nSubject: (failure|delivery) notice\n/.exec(text)?.[1];
  return subject === undefined ? undefined : subject === 'failure' ? 'bounce' : 'notice';
}

/** The filter of u2, and a list of u1 and of somebody elsewhere. */
async function makeRules(home: string): Promise<void> {
  const place = join(domainDirectory(home), listName);
  const dot = join(domainDirectory(home), `.qmail-${listName}`);
  await succeed(['sieve', '--home', home, 'put', filtered, 'main'], filter);
  await succeed(['sieve', '--home', home, 'activate', filtered, 'main']);
  await succeed(['ezmlm-make', '--home', home, '-aipUDT', place, dot, listName, domain]);
  await succeed(['ezmlm-sub', '--home', home, place, `u1@${domain}`, 'ann@far.example']);
}

/** Several letters under way at the same time. */
export const batch: readonly Trial[] = [0, 1, 2, 4, 5].map((at) => trials[at] as Trial);

export interface SentLetter {
  readonly trial: Trial;
  readonly tag: string;
  readonly body: string;
  /** Behind the header, which a list writes anew. */
  readonly text: string;
  /** The last reply; 0 when the server went away. */
  readonly code: number;
}

/** "At most one per delivery that was in flight." */
export const mostDuplicates = ({ arrivesAt, sentOn = 0 }: Trial): number => arrivesAt.length + sentOn;

/** What a look at all places found wrong with some letters, or counted. */
export interface Findings {
  readonly wrong: readonly string[];
  readonly duplicates: number;
}

type Sinks = Readonly<Record<'far' | 'refuse' | 'later', Sink>>;

/** A home with its accounts, and hosts of the outside world. */
export class TrialSite {
  readonly home: string;
  readonly #sinks: Sinks;
  readonly #later: { rcpt?: string };
  #tags = 0;
  readonly #seenPosts = new Set<string>();
  /** RCPT commands that later.example had seen when the last letter for it was sent. */
  #refusals = 0;

  private constructor(home: string, sinks: Sinks, later: { rcpt?: string }) {
    this.home = home;
    this.#sinks = sinks;
    this.#later = later;
  }

  /** @param isRuled with the filter and the list of `ruledTrials` */
  static async make(home: string, journal: number, isRuled = false): Promise<TrialSite> {
    await makeHome(home, users);
    if (isRuled) await makeRules(home);
    const later: { rcpt?: string } = {};
    const sinks = {
      far: await startSink(),
      refuse: await startSink({ replies: { rcpt: '550 5.1.1 nobody here has that name' } }),
      later: await startSink({ replies: later }),
    };
    const routes = Object.entries(sinks).map(([name, { port }]) => `${name}.example:127.0.0.1:${port}\n`);
    await setControl(home, 'smtproutes', routes.join(''));
    await setControl(home, 'relayclients', '127.0.0.1\n');
    await setControl(home, 'queuejournal', `${journal}\n`);
    await writeFile(join(domainDirectory(home), '.qmail-forward'), `&u2@${domain}\n&ann@far.example\n`);
    return new TrialSite(home, sinks, later);
  }

  start(wrapper: readonly string[] = []): Promise<RunningServer> {
    return startServer(this.home, 'smtp=127.0.0.1:0', [], wrapper);
  }

  /** What a shim must watch: the mail, not the locks and sockets. */
  get mailDirectories(): readonly string[] {
    return ['qmail/queue', 'qmail/users', 'vpopmail'].map((part) => join(this.home, part));
  }

  /** Sends one letter; the answer may be that there is none. The first try at later.example is deferred. */
  async send(server: RunningServer, trial: Trial): Promise<SentLetter> {
    this.#tags += 1;
    const tag = `T${this.#tags}`;
    const text = `..dots of ${tag}\n.\nand a line\n`.repeat(trial.lines ?? 3);
    const fields = `To: ${trial.recipients.join(', ')}\nMessage-ID: <${tag}@trials.example>\n`;
    const body = `Subject: ${trial.name}\nX-Tag: ${tag}\n${fields}\n${text}`;
    if (trial.arrivesAt.includes('later')) {
      this.#later.rcpt = '451 4.2.1 come again';
      this.#refusals = this.#askedLater();
    }
    let code = 0;
    const client = await RawSmtpClient.connect(server.ports.smtp as number).catch(() => undefined);
    try {
      const wire = body.replace(/^\./gm, '..').replaceAll('\n', '\r\n').slice(0, -2);
      if (client && (await client.hello()).code === 250)
        code = (await client.sendMessage(sender, trial.recipients, wire, trial.wishes)).code;
    } finally {
      client?.close();
    }
    return { trial, tag, body, text, code };
  }

  /** later.example takes mail from now on. */
  openLater(): void {
    delete this.#later.rcpt;
  }

  /** Has later.example refused the last letter for it? Connections are used again, so commands are counted. */
  get hasDeferred(): boolean {
    return this.#later.rcpt !== undefined && this.#askedLater() > this.#refusals;
  }

  #askedLater(): number {
    const commands = this.#sinks.later.connections.flatMap((connection) => connection.commands);
    return commands.filter((line) => line.startsWith('RCPT')).length;
  }

  /** Files of letters that are not done: what the next start would take up. */
  async unfinished(): Promise<string[]> {
    const files = await this.#unfinished();
    // A bounce may come into a place that was read already while its cause goes from one that was not.
    return files.length > 0 ? files : this.#unfinished();
  }

  async #unfinished(): Promise<string[]> {
    const files = (await queued(this.home)).filter((file) => /^(todo|info|local|remote|bounce)\//.test(file));
    const journal = join(this.home, 'qmail', 'queue', 'journal');
    for (const name of await readdir(journal).catch(() => [])) {
      const bytes = await readFile(join(journal, name)).catch(() => Buffer.alloc(0));
      for (const { id } of decodeSegment(bytes).letters) files.push(`journal/${id}`);
    }
    return files;
  }

  /** Lets the server work, trying everything now again and again, until the queue is empty. */
  async drain(server: RunningServer, seconds = 30): Promise<void> {
    this.openLater();
    const deadline = Date.now() + seconds * 1000;
    for (let round = 0; (await this.unfinished()).length > 0; round++) {
      if (server.process.exitCode !== null || server.process.signalCode !== null)
        throw new Error(`the server ended: ${server.stderr().slice(-2000)}`);
      if (Date.now() > deadline)
        throw new Error(
          `still in the queue: ${(await this.unfinished()).join(' ')}\n${server.stderr().slice(-3000)}`,
        );
      if (round % 10 === 9) server.process.kill('SIGALRM');
      await pause(15);
    }
  }

  /**
   * Are all the copies there? Looks at names only, so it is true a little early.
   * @param mayGiveWay the disk failed: a folder may have given way to the inbox
   */
  async look(letters: readonly SentLetter[], mayGiveWay = false): Promise<Findings> {
    const copies = await this.#copies();
    const wrong: string[] = [];
    let duplicates = 0;
    for (const { trial, tag, body, text, code } of letters) {
      const about = `${tag} (${trial.name})`;
      const found = copies.filter(
        (copy) =>
          copy.text.includes(`X-Tag: ${tag}\n`) ||
          copy.text.includes(`\nIn-Reply-To: <${tag}@trials.example>\n`),
      );
      const at = (place: Place): number => found.filter((copy) => copy.place === place).length;
      for (const place of trial.arrivesAt) {
        const isInstead = mayGiveWay && place === 'filed' && at('u2') > 0;
        if (at(place) === 0 && code === 250 && !isInstead) wrong.push(`${about} is not at ${place}`);
        duplicates += Math.max(0, at(place) - 1);
      }
      for (const place of trial.mayArriveAt ?? []) {
        const ids = found.flatMap((copy) =>
          copy.place === place ? (/\nMessage-ID: (.*)\n/i.exec(copy.text)?.[1] ?? '') : [],
        );
        if (new Set(ids).size > 1) wrong.push(`${about} is ${ids.length} times at ${place}`);
      }
      // A list writes the header anew.
      const ending = trial.arrivesAt.includes('archive') ? `\n\n${text}` : `\n${body}`;
      for (const { place, text: copy } of found) {
        if (![...trial.arrivesAt, ...(trial.mayArriveAt ?? [])].includes(place))
          wrong.push(`${about} is at ${place}`);
        else if (!['bounce', 'notice', 'answer'].includes(place) && !copy.endsWith(ending))
          wrong.push(`${about} is torn at ${place}`);
      }
    }
    return { wrong, duplicates };
  }

  async #copies(): Promise<{ place: Place; text: string }[]> {
    const found: { place: Place; text: string }[] = [];
    for (const [place, maildir] of this.#maildirs())
      for (const part of ['new', 'cur']) {
        const directory = join(maildir, part);
        for (const name of await readdir(directory).catch(noNames)) {
          const text = await readFile(join(directory, name), 'latin1');
          found.push({ place: reportOf(text) ?? place, text });
        }
      }
    for (const path of await this.#archived())
      found.push({ place: 'archive', text: await readFile(path, 'latin1') });
    for (const place of ['far', 'later'] as const)
      for (const { content } of this.#sinks[place].messages)
        found.push({ place, text: content.toString('latin1') });
    return found;
  }

  #maildir(user: User): string {
    return join(domainDirectory(this.home), user, 'Maildir');
  }

  #maildirs(): readonly (readonly [Place, string])[] {
    return [
      ...users.map((user) => [user, this.#maildir(user)] as const),
      ['filed', join(this.#maildir('u2'), '.Filed')],
    ];
  }

  /** Posts of the list since the last look at all that is there, which are whole. */
  async #archived(): Promise<string[]> {
    const archive = join(domainDirectory(this.home), listName, 'archive');
    const whole: string[] = [];
    for (const entry of await readdir(archive, { recursive: true, withFileTypes: true }).catch(noNames)) {
      const path = join(entry.parentPath, entry.name);
      if (!/^\d\d$/.test(entry.name) || !entry.isFile() || this.#seenPosts.has(path)) continue;
      if ((await stat(path)).mode & 0o100) whole.push(path);
    }
    return whole;
  }

  /** Names in the Maildirs' tmp. */
  async maildirLeftovers(): Promise<string[]> {
    return (await Promise.all(users.map((user) => readdir(join(this.#maildir(user), 'tmp'))))).flat();
  }

  /** Removes every delivered copy, so that the next look is short. */
  async forget(): Promise<void> {
    for (const [, maildir] of this.#maildirs())
      for (const part of ['new', 'cur', 'tmp'])
        for (const name of await readdir(join(maildir, part)).catch(noNames))
          await rm(join(maildir, part, name));
    // The list keeps its posts, and its number; the filter answers the sender again.
    for (const path of await this.#archived()) this.#seenPosts.add(path);
    await rm(join(domainDirectory(this.home), 'u2', 'facteur-answered'), { force: true });
    for (const sink of Object.values(this.#sinks)) sink.messages.length = 0;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#sinks).map((sink) => sink.close()));
  }
}

/** Resolves when the program is gone, false after some seconds when it is not. */
export async function hasEnded({ process: child }: RunningServer, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (child.exitCode === null && child.signalCode === null) {
    if (Date.now() > deadline) return false;
    await pause(5);
  }
  return true;
}

/** For the end of a test: whatever it found, its server does not outlive it. */
export async function endServer(server: RunningServer | undefined): Promise<void> {
  if (server && server.process.exitCode === null && server.process.signalCode === null) await server.kill();
}
