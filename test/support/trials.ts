// Letters that take every way through the whole program: to one account, to several, to an account and another host, to
// an address that forwards, to one that bounces, to a host that cannot take it now, with wishes about notifications; one
// after the other or all at once.
// Each is sent over SMTP and looked for where it belongs; what is found is compared byte for byte.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeSegment } from '../../mta/queue/journal-format.ts';
import { type RunningServer, startServer } from './facteur.ts';
import { domain, makeHome, queued, setControl } from './serve.ts';
import { RawSmtpClient } from './smtp.ts';
import { type Sink, startSink } from './smtp-sink.ts';

const users = ['u0', 'u1', 'u2', 'u3'] as const;
type User = (typeof users)[number];
const sender = `u3@${domain}`;

/** A way through the program. */
export interface Trial {
  readonly name: string;
  readonly recipients: readonly string[];
  /** Where a copy must be in the end. */
  readonly arrivesAt: readonly (User | 'far' | 'later' | 'bounce' | 'notice')[];
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

/** Several letters under way at the same time. */
export const batch: readonly Trial[] = [0, 1, 2, 4, 5].map((at) => trials[at] as Trial);

export interface SentLetter {
  readonly trial: Trial;
  readonly tag: string;
  readonly body: string;
  /** The last reply; 0 when the server went away. */
  readonly code: number;
}

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
  /** RCPT commands that later.example had seen when the last letter for it was sent. */
  #refusals = 0;

  private constructor(home: string, sinks: Sinks, later: { rcpt?: string }) {
    this.home = home;
    this.#sinks = sinks;
    this.#later = later;
  }

  static async make(home: string, journal: number): Promise<TrialSite> {
    await makeHome(home, users);
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
    await writeFile(
      join(home, 'vpopmail', 'domains', domain, '.qmail-forward'),
      `&u2@${domain}\n&ann@far.example\n`,
    );
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
    const body = `Subject: ${trial.name}\nX-Tag: ${tag}\n\n${text}`;
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
    return { trial, tag, body, code };
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

  /** Are all the copies there? Looks at names only, so it is true a little early. */
  async look(letters: readonly SentLetter[]): Promise<Findings> {
    const copies = await this.#copies();
    const wrong: string[] = [];
    let duplicates = 0;
    for (const { trial, tag, body, code } of letters) {
      const found = copies.filter((copy) => copy.text.includes(`X-Tag: ${tag}\n`));
      for (const place of trial.arrivesAt) {
        const here = found.filter((copy) => copy.place === place);
        if (here.length === 0 && code === 250) wrong.push(`${tag} (${trial.name}) is not at ${place}`);
        duplicates += Math.max(0, here.length - 1);
      }
      for (const { place, text } of found) {
        if (!trial.arrivesAt.includes(place)) wrong.push(`${tag} (${trial.name}) is at ${place}`);
        else if (place !== 'bounce' && place !== 'notice' && !text.endsWith(`\n${body}`))
          wrong.push(`${tag} (${trial.name}) is torn at ${place}`);
      }
    }
    return { wrong, duplicates };
  }

  async #copies(): Promise<{ place: Trial['arrivesAt'][number]; text: string }[]> {
    const found: { place: Trial['arrivesAt'][number]; text: string }[] = [];
    for (const user of users)
      for (const part of ['new', 'cur']) {
        const directory = join(this.#maildir(user), part);
        for (const name of await readdir(directory)) {
          const text = await readFile(join(directory, name), 'latin1');
          const subject = /\nSubject: (failure|delivery) notice\n/.exec(text)?.[1];
          const report = subject === undefined ? undefined : subject === 'failure' ? 'bounce' : 'notice';
          found.push({ place: report ?? user, text });
        }
      }
    for (const place of ['far', 'later'] as const)
      for (const { content } of this.#sinks[place].messages)
        found.push({ place, text: content.toString('latin1') });
    return found;
  }

  #maildir(user: User): string {
    return join(this.home, 'vpopmail', 'domains', domain, user, 'Maildir');
  }

  /** Names in the Maildirs' tmp. */
  async maildirLeftovers(): Promise<string[]> {
    return (await Promise.all(users.map((user) => readdir(join(this.#maildir(user), 'tmp'))))).flat();
  }

  /** Removes every delivered copy, so that the next look is short. */
  async forget(): Promise<void> {
    for (const user of users)
      for (const part of ['new', 'cur', 'tmp'])
        for (const name of await readdir(join(this.#maildir(user), part)))
          await rm(join(this.#maildir(user), part, name));
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
