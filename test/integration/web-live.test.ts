// GET /events (webmail.md 2.7): its headers and numbers, what it tells of a mailbox, resuming, limits, and its end with the
// session and with the program.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compareRows } from '../../server/web/live/mailbox-events.ts';
import { createStreams } from '../../server/web/live/streams.ts';
import { createLive } from '../../server/web/state/live.ts';
import { type MailSite, startMailSite } from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
});
after(() => site.close());

interface Heard {
  readonly kind: string;
  readonly number: string;
  readonly value: Record<string, unknown>;
}

/** An open answer of /events. */
class Listener {
  readonly response: IncomingMessage;
  readonly heard: Heard[] = [];
  text = '';
  isEnded = false;
  #waiting: (() => void)[] = [];

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      this.text += piece;
      this.#parse();
    });
    for (const name of ['end', 'close', 'error'])
      response.on(name, () => {
        this.isEnded = true;
        this.#wake();
      });
  }

  #parse(): void {
    this.heard.length = 0;
    for (const block of this.text.split('\n\n').slice(0, -1)) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      const text = field('data');
      const value = text.startsWith('{') ? JSON.parse(text) : { text };
      this.heard.push({ kind: field('event'), number: field('id'), value });
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Waits until it is so; fails after a while. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const end = Date.now() + 15_000;
    while (!isSo()) {
      if (Date.now() > end) throw new Error(`waited in vain until ${what}; heard ${this.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  find(kind: string, folder?: string): Heard | undefined {
    return this.heard.findLast(
      (event) => event.kind === kind && (folder === undefined || event.value.folder === folder),
    );
  }

  close(): void {
    this.response.destroy();
  }
}

function listen(
  of: Client,
  options: { readonly tag?: string; readonly last?: string } = {},
): Promise<Listener> {
  const tag = options.tag ?? site.web.liveTag(alice);
  const cookie = [...of.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const last = options.last === undefined ? {} : { 'last-event-id': options.last };
  return new Promise((resolve, reject) => {
    request(`${of.base}/events?of=${tag}`, { headers: { cookie, ...last }, agent: false }, (response) =>
      resolve(new Listener(response)),
    )
      .on('error', reject)
      .end();
  });
}

const opened = async (listener: Listener): Promise<string> => {
  await listener.until('it is open', () => listener.find('counts') !== undefined);
  return listener.heard.find(({ number }) => number !== '')!.number;
};

describe('/events', () => {
  test('is an event stream that nobody stores or holds back, and says which build runs', async () => {
    const listener = await listen(client);
    await opened(listener);
    const { headers, statusCode } = listener.response;
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.equal(headers['content-encoding'], undefined);
    assert.match(site.web.assetsHash, /^[\w-]{12}$/);
    assert.equal(listener.find('version')?.value.text, site.web.assetsHash);
    listener.close();
  });

  test('tells of a new message, of one that was read elsewhere and of one that went, with numbers that count', async () => {
    const listener = await listen(client);
    await opened(listener);
    const base = await site.deliver(alice, { subject: 'First', flags: '' });
    await listener.until('the message is there', () => listener.find('add', 'INBOX') !== undefined);
    const [id] = listener.find('add')!.value.ids as string[];
    assert.match(id!, /^[\w-]{12}$/);
    await listener.until('it is counted', () => listener.find('folder', 'INBOX')?.value.total === 1);
    assert.equal(listener.find('folder')?.value.unread, 1);
    const { maildir } = await site.account(alice);
    await rename(join(maildir, 'cur', `${base}:2,`), join(maildir, 'cur', `${base}:2,S`));
    await listener.until('it is read', () => listener.find('folder', 'INBOX')?.value.unread === 0);
    assert.deepEqual(listener.find('change', 'INBOX')?.value.ids, [id]);
    await (await site.web.mailboxOf(alice))!.move([id!], 'Archive');
    await listener.until('it is gone', () => listener.find('remove', 'INBOX') !== undefined);
    assert.deepEqual(listener.find('remove')?.value.ids, [id]);
    const numbers = listener.heard.flatMap(({ number }) => (number === '' ? [] : [Number(number)]));
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => numbers[0]! + at),
    );
    listener.close();
  });

  test('a page that comes back hears what it missed; one that was away too long loads again', async () => {
    const first = await listen(client);
    const number = await opened(first);
    first.close();
    await first.until('it is closed', () => first.isEnded);
    site.web.live.tell(alice, { kind: 'outbox' });
    const second = await listen(client, { last: number });
    await opened(second);
    await second.until('it hears it', () => second.find('outbox') !== undefined);
    // The mailbox of the test before may have had something to say meanwhile.
    assert.ok(Number(second.find('outbox')?.number) > Number(number));
    assert.equal(second.find('reload'), undefined);
    second.close();
    const third = await listen(client, { last: '17' });
    await opened(third);
    assert.ok(third.find('reload'));
    third.close();
  });

  test('wants a session, and the account that the page was made for', async () => {
    assert.equal((await site.client().get('/events?of=x', { 'x-fragment': '1' })).status, 401);
    assert.equal((await client.get(`/events?of=${site.web.liveTag('bob@example.com')}`)).status, 409);
    assert.equal((await client.get('/events')).status, 409);
  });

  test('ends with its session, and no other does', async () => {
    const other = await site.signIn(alice);
    const [mine, theirs] = await Promise.all([listen(client), listen(other)]);
    await Promise.all([opened(mine), opened(theirs)]);
    const csrf = await other.token();
    assert.equal((await other.post('/logout', { csrf })).status, 303);
    await theirs.until('it ended', () => theirs.isEnded);
    assert.equal(theirs.find('end')?.value.text, 'signedout');
    site.web.live.tell(alice, { kind: 'outbox' });
    await mine.until('it goes on', () => mine.find('outbox') !== undefined);
    mine.close();
  });

  test('a page that only listens does not keep its session alive', () => {
    const cookie = client.cookies.get('sid')!;
    site.advance(3600_000);
    const seen = site.web.sessions.find(cookie, true)!.lastSeen;
    assert.equal(site.web.sessions.find(cookie, true)!.lastSeen, seen);
    assert.equal(site.web.sessions.find(cookie)!.refreshed, true);
    assert.notEqual(site.web.sessions.find(cookie)!.lastSeen, seen);
    site.advance(-3600_000);
  });

  test('sender and subject of new messages are told for notifications, of those unread in the Inbox only', async () => {
    await site.web.mailboxOf(alice).then((mailbox) => mailbox!.ensureFolder('Lists'));
    await site.deliver(alice, { folder: 'Lists', subject: 'Elsewhere' });
    await site.deliver(alice, { subject: 'Fresh <b>', from: 'Zoë <zoe@example.org>' });
    await site.deliver(alice, { subject: 'Old', flags: 'S' });
    const pages = await Promise.all(['/f/INBOX', '/f/Lists'].map((path) => client.get(path)));
    const text = pages.map(({ body }) => body).join('');
    const ids = [...text.matchAll(/data-id="([\w-]{12})"/g)].map((match) => match[1]);
    const answer = await client.get(`/events/new?ids=${ids.join(',')},../etc,AAAAAAAAAAAA`);
    const told = JSON.parse(answer.body) as { from: string; subject: string; href: string }[];
    assert.deepEqual(
      told.map(({ from, subject }) => [from, subject]),
      [['Zoë', 'Fresh <b>']],
    );
    assert.match(told[0]!.href, /^\/m\/[\w-]{12}\?in=INBOX$/);
  });

  test('the end of the program does not wait for open pages, which hear of it', async () => {
    const short = await startMailSite();
    const cookie = `sid=${short.web.sessions.begin(alice, false, 'test')}`;
    const listener = await new Promise<Listener>((resolve, reject) => {
      request(
        `${short.base}/events?of=${short.web.liveTag(alice)}`,
        { headers: { cookie }, agent: false },
        (response) => resolve(new Listener(response)),
      )
        .on('error', reject)
        .end();
    });
    await opened(listener);
    const began = performance.now();
    await short.close();
    assert.ok(performance.now() - began < 9000, 'it waited for the stream');
    assert.equal(listener.find('end')?.value.text, 'restart');
  });
});

describe('the limits of streams', () => {
  /** As much of an answer as a stream needs. */
  function fakeAnswer() {
    const written: string[] = [];
    const closers: (() => void)[] = [];
    const answer = {
      writableLength: 0,
      isDestroyed: false,
      write: (text: string) => written.push(text) > 0,
      end: () => {},
      destroy() {
        answer.isDestroyed = true;
        for (const close of closers) close();
      },
      once: (_name: string, close: () => void) => void closers.push(close),
    };
    return { answer, written, res: answer as never };
  }
  const of = (account: string, address = '') => ({ account, session: 's', address });

  test('the oldest of an account makes room; over the limit of all or of an address none is opened', () => {
    const streams = createStreams({ all: 4, ofAccount: 2, ofAddress: 2 });
    let closed = 0;
    const first = fakeAnswer();
    streams.open(first.res, of('a'), () => closed++);
    streams.open(fakeAnswer().res, of('a'), () => closed++);
    assert.ok(streams.open(fakeAnswer().res, of('a'), () => closed++));
    assert.equal(closed, 1);
    assert.match(first.written.join(''), /event: end\ndata: later/);
    assert.ok(streams.open(fakeAnswer().res, of('b', '192.0.2.1'), () => {}));
    assert.ok(streams.open(fakeAnswer().res, of('c', '192.0.2.1'), () => {}));
    assert.equal(streams.size, 4);
    assert.equal(
      streams.open(fakeAnswer().res, of('d'), () => {}),
      undefined,
    );
    streams.of('a')[0]!.end('later');
    assert.equal(
      streams.open(fakeAnswer().res, of('d', '192.0.2.1'), () => {}),
      undefined,
    );
    assert.ok(streams.open(fakeAnswer().res, of('d', '192.0.2.2'), () => {}));
  });

  test('who does not read is let go, and nothing is kept for it', () => {
    const streams = createStreams();
    const { answer, res } = fakeAnswer();
    let closed = 0;
    const stream = streams.open(res, of('a', '192.0.2.1'), () => closed++)!;
    answer.writableLength = 65 * 1024;
    stream.say('x', 'y');
    assert.ok(answer.isDestroyed);
    assert.equal(streams.size, 0);
    assert.deepEqual(streams.accounts(), []);
    assert.equal(closed, 1);
  });

  test('thousands of open pages are cheap: a line to each, no timer of its own', () => {
    const streams = createStreams();
    const answers = Array.from({ length: 4000 }, () => fakeAnswer());
    answers.forEach(({ res }, n) => {
      streams.open(res, of(`user${n % 1000}@example.com`, `192.0.${n % 200}.1`), () => {});
    });
    assert.equal(streams.size, 4000);
    const began = performance.now();
    streams.ping();
    assert.ok(performance.now() - began < 500);
    assert.ok(answers.every(({ written }) => written.at(-1) === ':\n\n'));
    streams.endAll('restart');
    assert.equal(streams.size, 0);
  });
});

describe('what is told', () => {
  const rows = (text: string) =>
    new Map(text.split(' ').flatMap((part): [string, string][] => (part === '' ? [] : [[part[0]!, part]])));

  test('comes of comparing rows', () => {
    assert.deepEqual(compareRows(rows('a bS c'), rows('d a b')), {
      add: ['d'],
      change: ['b'],
      remove: ['c'],
    });
    assert.deepEqual(compareRows(rows(''), rows('')), { add: [], change: [], remove: [] });
  });

  test('a row that newer ones pushed off the end is not told as removed', () => {
    const before = new Map(Array.from({ length: 100 }, (_, n) => [`m${n}`, '']));
    const after = new Map([['new', ''], ...[...before].slice(0, 99)]);
    assert.deepEqual(compareRows(before, after), { add: ['new'], change: [], remove: [] });
  });

  test('numbers of an account that nobody looked after for a while are not known any more', () => {
    let now = 1_700_000_000_000;
    const live = createLive(() => now);
    const stop = live.listen('a', () => {});
    live.tell('a', { kind: 'outbox' });
    const last = live.last('a');
    live.forget('a');
    assert.deepEqual(live.since('a', last), [], 'it is listened to');
    stop();
    live.forget('a');
    now += 30_000;
    live.listen('a', () => {});
    assert.equal(live.since('a', last), undefined);
  });
});
