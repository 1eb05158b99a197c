// qmHandle: looks at the queue and takes messages out of it, with the options and the words that scripts and fingers know
// (spec/qmail.md 12.1). The original stops qmail and unlinks files; this one asks the running server (send/queue-orders.ts),
// so nothing has to be stopped, or works on the locked queue of one that is stopped.
import { formatQmailDate } from '../formats/date.ts';
import { safe } from '../log.ts';
import { isQueueName } from '../queue/layout.ts';
import type { OrderName, QueueEntry, QueueOrders } from '../send/queue-orders.ts';
import type { CommandContext } from './command.ts';
import { reportFatal } from './fatal.ts';
import { openRunningOrders, openToLook, openToOrder, whoAsks } from './open-orders.ts';
import { type Matcher, matchMessage, parseMatcher, readHeader, shown } from './queue-message.ts';

export const usage = `usage: qmHandle [OPTION ...]

  -a          try to send queued messages now (the server must be running)
  -l -L -R    list all messages, those with local, those with remote recipients; with -N numbers only
  -s          show some statistics
  -mN         show message number N
  -dN         delete message number N
  -fSENDER    delete messages from this sender; -F'RE' from senders that match
  -rRECIPIENT delete messages to this recipient
  -STEXT      delete messages with TEXT in the subject
  -h'RE' -b'RE'   delete messages with a header line, a body line that matches; -H -B look at case
  -t'RE'      try messages with a recipient that matches now
  -D          delete all messages in the queue
  -V          show the version
  -c          colours, -N numbers only

  --show=N    all that is known: recipients, next try, and why they wait
  --bounce=N  return to the sender   --retry=N  try now   --hold=N, --release=N  keep from being tried

Nothing has to be stopped. Exit status 0; 1: a message was not there or is not
deleted; 111: the queue cannot be had.
`;

/** What one word of the command line asks for. */
type Action =
  | { readonly kind: 'flush' | 'stats' | 'version' }
  | { readonly kind: 'list'; readonly which: 'A' | 'L' | 'R' }
  | { readonly kind: 'view' | 'show'; readonly id: string }
  | { readonly kind: 'order'; readonly order: OrderName; readonly id: string }
  | { readonly kind: 'match'; readonly order: 'drop' | 'retryNow'; readonly matcher: Matcher };

interface Parsed {
  readonly actions: readonly Action[];
  readonly isBrief: boolean;
  readonly isColoured: boolean;
}

const longOrders: Readonly<Record<string, OrderName>> = {
  bounce: 'bounceNow',
  retry: 'retryNow',
  hold: 'hold',
  release: 'release',
};

const plainActions: Readonly<Record<string, Action>> = {
  a: { kind: 'flush' },
  l: { kind: 'list', which: 'A' },
  L: { kind: 'list', which: 'L' },
  R: { kind: 'list', which: 'R' },
  s: { kind: 'stats' },
  V: { kind: 'version' },
  D: { kind: 'match', order: 'drop', matcher: { part: 'all' } },
};

function actionWithValue(letter: string, value: string): Action | string {
  if (letter === 'm') return { kind: 'view', id: value };
  if (letter === 'd') return { kind: 'order', order: 'drop', id: value };
  const matcher = parseMatcher(letter, value);
  if (typeof matcher === 'string') return matcher;
  return { kind: 'match', order: letter === 't' ? 'retryNow' : 'drop', matcher };
}

/** The command line; a text says what is wrong with it. */
export function parseArguments(args: readonly string[]): Parsed | string {
  const actions: Action[] = [];
  let isBrief = false;
  let isColoured = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string;
    const [, name, number = ''] = /^--([a-z]+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) {
      const order = Object.hasOwn(longOrders, name) ? longOrders[name] : undefined;
      if (order) actions.push({ kind: 'order', order, id: number });
      else if (name === 'show') actions.push({ kind: 'show', id: number });
      else return `unknown option ${word}`;
      continue;
    }
    if (!/^-[A-Za-z]/.test(word)) return `unknown option ${word}`;
    // getopt: letters without a value may stand together.
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      const plain = plainActions[letter];
      if (plain) actions.push(plain);
      else if (letter === 'N') isBrief = true;
      else if (letter === 'c') isColoured = true;
      else if ('mdfFrShbHBt'.includes(letter)) {
        const value = word.slice(i + 1) || args[++at] || '';
        if (value === '') return `Option ${letter} must have an argument`;
        const action = actionWithValue(letter, value);
        if (typeof action === 'string') return action;
        actions.push(action);
        break;
      } else return `unknown option -${letter}`;
    }
  }
  return { actions, isBrief, isColoured };
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmHandle', context, async () => {
    if (args.length === 0) {
      context.stdout.write(usage);
      return 0;
    }
    const parsed = parseArguments(args);
    if (typeof parsed === 'string') {
      context.stderr.write(`qmHandle: ${parsed}\n${usage}`);
      return 100;
    }
    const { actions } = parsed;
    if (actions.every(({ kind }) => kind === 'flush' || kind === 'version')) {
      for (const action of actions)
        if (action.kind === 'version') context.stdout.write('qmHandle (Facteur)\n');
        else await flush(context);
      return 0;
    }
    const isOrder = actions.some(({ kind }) => kind === 'order' || kind === 'match');
    const orders = isOrder ? await openToOrder(context) : await openToLook(context);
    try {
      const handling = new Handling(orders, parsed, context);
      for (const action of actions) await handling.do(action);
      return handling.end();
    } finally {
      await orders.close();
    }
  });
}

async function flush(context: CommandContext): Promise<void> {
  const orders = await openRunningOrders(context);
  if (!orders) {
    context.stderr.write("Qmail isn't running, can't send messages!\n");
    return;
  }
  await orders.retryAll(whoAsks('qmHandle'));
  await orders.close();
}

/** One run over the queue. */
class Handling {
  readonly #orders: QueueOrders;
  readonly #isBrief: boolean;
  readonly #colours: { readonly message: string; readonly count: string; readonly end: string };
  readonly #context: CommandContext;
  #deleted = 0;
  #isDeleting = false;
  #missed = 0;

  constructor(orders: QueueOrders, { isBrief, isColoured }: Parsed, context: CommandContext) {
    this.#orders = orders;
    this.#isBrief = isBrief;
    this.#colours = isColoured
      ? { message: '\x1b[01;34m', count: '\x1b[01;31m', end: '\x1b[00m' }
      : { message: '', count: '', end: '' };
    this.#context = context;
  }

  /** @returns the exit status */
  end(): number {
    if (this.#isDeleting) this.#warn(`Deleted ${this.#deleted} messages from queue`);
    return this.#missed > 0 ? 1 : 0;
  }

  #print(text: string): void {
    this.#context.stdout.write(text);
  }

  #warn(line: string): void {
    this.#context.stderr.write(`${line}\n`);
  }

  async do(action: Action): Promise<void> {
    switch (action.kind) {
      case 'flush':
        return flush(this.#context);
      case 'version':
        return this.#print('qmHandle (Facteur)\n');
      case 'stats':
        return this.#stats();
      case 'list':
        return this.#list(action.which);
      case 'view':
        return this.#view(action.id);
      case 'show':
        return this.#show(action.id);
      case 'order':
        return this.#order(action.order, action.id);
      case 'match':
        return this.#match(action.order, action.matcher);
    }
  }

  async *#entries(): AsyncGenerator<QueueEntry> {
    let after: string | undefined;
    do {
      const page = await this.#orders.list(after);
      yield* page.entries;
      after = page.next;
    } while (after !== undefined);
  }

  async #list(which: 'A' | 'L' | 'R'): Promise<void> {
    const counts = new Counts();
    for await (const entry of this.#entries()) {
      counts.add(entry);
      // As the original: once for each of its queues.
      if (which !== 'R' && entry.counts.local > 0) await this.#describe(entry, 'L');
      if (which !== 'L' && entry.counts.remote > 0) await this.#describe(entry, 'R');
    }
    this.#print(counts.describe(this.#colours));
  }

  async #describe(entry: QueueEntry, queue: 'L' | 'R'): Promise<void> {
    const { id, size, sender } = entry;
    const lines = [`${id} (${entry.directory}, ${queue})`];
    if (!this.#isBrief) {
      const fields = await readHeader(this.#orders, id);
      const row = (name: string, value: string | undefined): void => {
        if (value !== undefined)
          lines.push(`  ${this.#colours.message}${name}${this.#colours.end}: ${value}`);
      };
      row('Return-path', shown(sender ?? ''));
      for (const name of ['From', 'To', 'Cc', 'Subject', 'Date']) row(name, fields.get(name.toLowerCase()));
      row('Size', `${size} bytes`);
      lines.push('');
    }
    this.#print(`${lines.join('\n')}\n`);
  }

  async #stats(): Promise<void> {
    const counts = new Counts();
    for await (const entry of this.#entries()) counts.add(entry);
    this.#print(counts.describe(this.#colours));
  }

  async #view(id: string): Promise<void> {
    if (!isQueueName(id)) return this.#miss(`${shown(id)} is not a valid message number!`);
    let part = await this.#orders.read(id, 0);
    if (part === undefined) return this.#miss(`Message ${id} not found in the queue!`);
    this.#print(`\n --------------\nMESSAGE NUMBER ${id} \n --------------\n`);
    for (let at = 0; part && part.length > 0; part = await this.#orders.read(id, at)) {
      at += part.length;
      this.#context.stdout.write(part);
    }
  }

  #miss(line: string): void {
    this.#missed += 1;
    this.#warn(line);
  }

  async #show(id: string): Promise<void> {
    const entry = await this.#orders.show(id);
    if (!entry) return this.#miss(`Message ${shown(id)} not found in the queue!`);
    this.#print(describeEntry(entry));
    let seen = entry.recipients.length;
    while (seen < entry.counts.all) {
      const more = await this.#orders.show(id, seen);
      if (!more || more.recipients.length === 0) break;
      this.#print(more.recipients.map((one) => describeRecipient(one, more)).join(''));
      seen += more.recipients.length;
    }
  }

  async #order(order: OrderName, id: string): Promise<void> {
    if (order === 'drop') this.#isDeleting = true;
    if (!isQueueName(id)) return this.#miss(`${shown(id)} is not a valid message number!`);
    const answer = await this.#orders.give(order, id, whoAsks('qmHandle'));
    if (answer.state === 'refused') {
      this.#missed += 1;
      return this.#warn(
        /there is no message/.test(answer.why)
          ? `Message ${id} not found in the queue!`
          : `Message ${id}: ${answer.why}`,
      );
    }
    const later = answer.state === 'later' ? ' when its running deliveries have ended' : '';
    if (order === 'drop') {
      this.#deleted += 1;
      this.#warn(`Deleting message ${id}...${later}`);
    } else this.#warn(`Message ${id}: ${order}${later}`);
  }

  async #match(order: 'drop' | 'retryNow', matcher: Matcher): Promise<void> {
    if (order === 'drop') this.#isDeleting = true;
    if (matcher.part !== 'all') this.#warn(`Looking for messages with ${matcher.words}`);
    const found: string[] = [];
    for await (const entry of this.#entries())
      if (await matchMessage(this.#orders, entry, matcher)) found.push(entry.id);
    if (found.length === 0 && matcher.part !== 'all')
      this.#warn(`No messages with ${matcher.words} found in the queue!`);
    for (const id of found) {
      if (order === 'retryNow') this.#warn(`Message ${id} being tagged for earlier retry!`);
      else if (matcher.part !== 'all') this.#print(`Message ${id} slotted for deletion\n`);
      await this.#order(order, id);
    }
  }
}

/** What -s counts. */
class Counts {
  #total = 0;
  #local = 0;
  #remote = 0;
  #bounces = 0;
  #preprocess = 0;

  add({ counts, isBouncing, state }: QueueEntry): void {
    this.#total += 1;
    if (counts.local > 0) this.#local += 1;
    if (counts.remote > 0) this.#remote += 1;
    if (isBouncing) this.#bounces += 1;
    if (state === 'S4') this.#preprocess += 1;
  }

  describe({ count, end }: { readonly count: string; readonly end: string }): string {
    const row = (words: string, number: number): string => `${count}${words}${end}: ${number}\n`;
    return (
      row('Total messages', this.#total) +
      row('Messages with local recipients', this.#local) +
      row('Messages with remote recipients', this.#remote) +
      row('Messages with bounces', this.#bounces) +
      row('Messages in preprocess', this.#preprocess)
    );
  }
}

const formatTime = (seconds: number): string => formatQmailDate(seconds).replace('-0000', 'GMT');

function describeEntry(entry: QueueEntry): string {
  const { id, sender, birth, size, isHeld, isRunning, isBouncing, state, attempts, damage, counts } = entry;
  const states = [
    isHeld ? 'held' : '',
    isRunning ? 'being tried' : '',
    isBouncing ? 'some recipients failed' : '',
    state === 'S4' ? 'not preprocessed yet' : '',
  ].filter((word) => word !== '');
  const row = (name: string, value: string): string => `  ${name.padEnd(10)} ${value}\n`;
  return (
    `message ${id}\n` +
    row('sender', `<${shown(sender ?? '')}>`) +
    row('arrived', formatTime(birth)) +
    row('size', `${size} bytes`) +
    row('state', states.length > 0 ? states.join(', ') : 'waiting') +
    (attempts
      ? row('tries', `local ${attempts.local}, remote ${attempts.remote} since the server started`)
      : '') +
    (damage === undefined ? '' : row('damaged', shown(damage))) +
    row('recipients', `${counts.all}, ${counts.done} done`) +
    entry.recipients.map((recipient) => describeRecipient(recipient, entry)).join('')
  );
}

function describeRecipient(
  recipient: QueueEntry['recipients'][number],
  { next, isHeld }: QueueEntry,
): string {
  const { channel = 'todo', address, done, report } = recipient;
  const due = channel === 'todo' ? undefined : next[channel];
  const when = isHeld || due === undefined ? '' : `, next try ${formatTime(due)}`;
  const why = report ? `      ${formatTime(report.at)}: ${safe(report.text).replaceAll('_', ' ')}\n` : '';
  return `    ${channel.padEnd(6)} ${shown(address)}: ${done ? 'done' : `waiting${when}`}\n${why}`;
}
