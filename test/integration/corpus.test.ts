// Every message of the corpus goes the whole road: over SMTP into a Maildir, and onto every page that shows it. What
// SMTP must refuse is refused with its reply, and put into the Maildir as a file instead, as an old site's mail would
// be. Stored bytes are the bytes sent under our trace lines; no page of any message is an error, empty or slow. Header
// list, print and the kinds of answer come by turns; FACTEUR_CORPUS_ALL=1 asks for each of each message.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { programRoot } from '../../mta/root.ts';
import { putMessage, type Road, readMaildir, startRoad, waitFor } from '../support/road.ts';
import type { Client } from '../support/site.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const directory = join(programRoot(), '..', 'shared', 'corpus', 'messages');
const skip = existsSync(directory) ? false : `the corpus is not here (${directory})`;
/** Requests at the same time. */
const width = 3;
/** No page may take longer, milliseconds; three other test files run beside this one. */
const patience = 5000;
const mebibyte = 1024 * 1024;

/** Messages in which there is nothing to read: attachments alone, parts that are empty, HTML alone and without a word. */
const textless =
  '0008 0022 0031 0037 0040 0041 0063 0073 0083 0090 0091 0092 0093 0094 0105 0107 0114 0118 0125 0129 0140 0146 0168 0183 0186 0193 0205 0206 0213 0214 0215 0302';

const isWhole = process.env.FACTEUR_CORPUS_ALL === '1';
/** Pages that are made of the same parts for every message: one of them for each, by turns. */
const takeTurns = (pages: readonly string[], turn: number | undefined): readonly string[] =>
  turn === undefined ? pages : [pages[turn % pages.length] as string];

interface Letter {
  readonly file: string;
  /** As in a Maildir: LF line ends, the last line ended. */
  readonly content: Buffer;
  /** Names the letter in its envelope, and so in its Return-Path. */
  readonly sender: string;
}

/** What no line of SMTP may carry; all other letters must be taken. */
const isRefused = (content: Buffer): boolean => content.includes(13) || content.includes(0);

async function readLetters(): Promise<readonly Letter[]> {
  const names = (await readdir(directory)).filter((name) => /\.(eml|mbox)$/.test(name)).sort();
  return Promise.all(
    names.map(async (file) => {
      const text = (await readFile(join(directory, file))).toString('latin1').replaceAll('\r\n', '\n');
      const content = Buffer.from(text.endsWith('\n') ? text : `${text}\n`, 'latin1');
      return { file, content, sender: `c${file.slice(0, 4)}@corpus.example` };
    }),
  );
}

/** LF to CRLF and dots doubled (RFC 5321 4.5.2), with the end of the data. */
const onTheWire = (content: Buffer): Buffer =>
  Buffer.from(`${content.toString('latin1').replace(/^\./gm, '..').replaceAll('\n', '\r\n')}.\r\n`, 'latin1');

/** Does the work of `items`, some at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const walk = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, walk));
}

/** Sends letters one after the other on a connection, and on a new one when the server closed it. */
async function sendAll(
  port: number,
  letters: Letter[],
  done: (letter: Letter, reply: string) => void,
): Promise<void> {
  let client: RawSmtpClient | undefined;
  for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) {
    if (client === undefined) {
      client = await RawSmtpClient.connect(port);
      await client.hello();
    }
    for (const line of [
      `MAIL FROM:<${letter.sender}> BODY=8BITMIME`,
      'RCPT TO:<alice@example.com>',
      'DATA',
    ]) {
      const { code, text } = await client.command(line);
      assert.ok(code === 250 || code === 354, `${letter.file}: ${line}: ${text}`);
    }
    await client.send(onTheWire(letter.content));
    const { code, text } = await client.read(30_000);
    done(letter, text);
    if (code !== 250 || letters.length % 50 === 0) {
      client.close();
      client = undefined;
    }
  }
  client?.close();
}

/** The text that a page shows in an element with this id, or in its body: scripts, styles and templates left out. */
function textOf(html: string, id?: string): string {
  let text = '';
  const walk = (node: DefaultTreeAdapterTypes.ChildNode, inside: boolean): void => {
    if (node.nodeName === '#text' && inside) text += (node as DefaultTreeAdapterTypes.TextNode).value;
    if (!('tagName' in node) || ['script', 'style', 'template', 'head'].includes(node.tagName)) return;
    const here =
      inside ||
      (id === undefined
        ? node.tagName === 'body'
        : node.attrs.some((one) => one.name === 'id' && one.value === id));
    for (const child of node.childNodes) walk(child, here);
  };
  for (const child of parse(html).childNodes) walk(child, false);
  return text.trim();
}

/** Addresses of the attachments that a message page links. */
function partsOf(html: string): ReadonlySet<string> {
  const links = html.matchAll(/href="(\/m\/[\w-]{12}\/part\/[^"]*)"/g);
  return new Set([...links].map(([, path]) => (path as string).replaceAll('&amp;', '&')));
}

describe('the corpus on the whole road', { skip, timeout: 300_000 }, () => {
  let road: Road;
  let client: Client;
  let letters: readonly Letter[];
  const slow: string[] = [];
  const faulty: string[] = [];
  const taken: Letter[] = [];
  const refused = new Map<string, string>();
  let messages: readonly string[] = [];

  before(async () => {
    letters = await readLetters();
    road = await startRoad({ people: ['alice'] });
  });
  after(() => road?.close());

  /** Asks for a page that must be there, with a text on it. */
  async function ask(
    path: string,
    isEmpty: (body: string) => boolean = (body) => textOf(body, 'main') === '',
  ): Promise<string> {
    const start = performance.now();
    const answer = await client.get(path);
    const took = Math.round(performance.now() - start);
    if (took > patience) slow.push(`${path} took ${took} ms`);
    if (answer.status !== 200)
      faulty.push(`${path} answered ${answer.status}: ${textOf(answer.body).slice(0, 200)}`);
    else if (isEmpty(answer.body)) faulty.push(`${path} is empty`);
    else if (
      /[\0\x01-\x08\x0b\x0c\x0e-\x1f]/.test(answer.body) &&
      /html/.test(answer.headers.get('content-type') ?? '')
    )
      faulty.push(`${path} holds a control character`);
    return answer.body;
  }

  test('SMTP takes what is canonical and refuses bare CR and NUL with 550 5.5.2', async () => {
    const waiting = [...letters];
    const sendSome = () =>
      sendAll(road.smtpPort, waiting, (letter, reply) => {
        if (reply.startsWith('250 ')) taken.push(letter);
        else refused.set(letter.file, reply);
      });
    await Promise.all(Array.from({ length: width }, sendSome));
    for (const letter of letters) {
      const reply = refused.get(letter.file);
      if (isRefused(letter.content)) assert.match(reply ?? 'taken', /^550 5\.5\.2 /, letter.file);
      else assert.equal(reply, undefined, letter.file);
    }
    assert.ok(refused.size > 0 && taken.length > 250, 'both kinds are there');
  });

  test('each lies in the Maildir as it was sent, under Return-Path, Delivered-To and two Received', async () => {
    const stored = await waitFor(
      'all letters',
      async () => {
        const found = await readMaildir(road.maildir('alice'));
        return found.length >= taken.length ? found : undefined;
      },
      60,
    );
    assert.equal(stored.length, taken.length);
    const bySender = new Map(
      stored.map(({ bytes }) => [
        /^Return-Path: <(.*)>\n/.exec(bytes.toString('latin1', 0, 200))?.[1],
        bytes,
      ]),
    );
    for (const letter of taken) {
      const bytes = bySender.get(letter.sender);
      assert.ok(bytes, `${letter.file} is not there`);
      const trace = bytes.toString('latin1', 0, bytes.length - letter.content.length);
      assert.match(
        trace,
        /^Return-Path: <.*>\nDelivered-To: .*alice@example\.com\nReceived: \(qmail \d+ invoked [^\n]*\); [^\n]*\nReceived: from [^\n]*\n(?: +[^\n]*\n)*$/,
        letter.file,
      );
      assert.ok(bytes.subarray(trace.length).equals(letter.content), `${letter.file} was changed`);
    }
  });

  test('every list page shows them, in every folder, filter and order', async () => {
    for (const letter of letters) {
      if (!refused.has(letter.file)) continue;
      const seconds = Math.floor(Date.now() / 1000);
      await putMessage(
        road.maildir('alice'),
        `${seconds}.M1P1Q${letter.file.slice(0, 4)}.corpus`,
        letter.content,
      );
    }
    client = await road.signIn('alice');
    const ids = new Set<string>();
    for (const query of [
      '',
      '?filter=unread',
      '?filter=starred',
      '?filter=attach',
      '?sort=from',
      '?sort=subject',
      '?sort=size',
      '?dir=asc&n=200',
    ]) {
      const seen = new Set<string>();
      const first = `/f/INBOX?view=messages${query.replace('?', '&')}`;
      for (let path: string | undefined = first; path !== undefined; ) {
        const page = await ask(path);
        for (const [, id] of page.matchAll(/data-id="([\w-]{12})"/g)) seen.add(id as string);
        path = /id="older" href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
      }
      if (!/filter=(?:starred|attach)/.test(query)) assert.equal(seen.size, letters.length, query);
      for (const id of seen) ids.add(id);
    }
    assert.equal(ids.size, letters.length);
    // As conversations there are fewer rows, and those of several open.
    const conversations = new Set<string>();
    let rows = 0;
    for (let path: string | undefined = '/f/INBOX?n=200'; path !== undefined; ) {
      const page = await ask(path);
      rows += page.match(/<li class="row/g)?.length ?? 0;
      for (const [, href] of page.matchAll(/class="row-link" href="(\/c\/[^"#]+)/g))
        conversations.add((href as string).replaceAll('&amp;', '&'));
      path = /id="older" href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    assert.ok(
      rows < letters.length && conversations.size > 0,
      `${rows} rows, ${conversations.size} of several`,
    );
    for (const path of conversations) await ask(path);
    for (const path of [
      '/f/Sent',
      '/f/Drafts',
      '/f/Junk',
      '/f/Trash',
      '/f/Archive',
      '/v/starred',
      '/search?q=the',
      '/search?q=from:a',
      '/search?q=has:attachment',
      '/compose',
    ])
      await ask(path);
    messages = [...ids];
    assert.deepEqual(faulty, []);
  });

  test('every message opens, in every view, with every attachment, and can be answered', async () => {
    const without: string[] = [];
    await inParallel(messages, async (id) => {
      const page = await ask(`/m/${id}`);
      const plain = await ask(`/m/${id}?body=text`);
      const frame = await ask(`/m/${id}/body`, (body) => !body.includes('<body'));
      const turn = isWhole ? undefined : messages.indexOf(id);
      for (const view of takeTurns(['headers', 'print'], turn)) await ask(`/m/${id}/${view}`);
      for (const kind of takeTurns(['reply', 'replyall', 'forward'], turn))
        await ask(`/compose?${kind}=${id}`, (body) => !body.includes('<textarea'));
      for (const path of partsOf(`${page}${plain}`)) await ask(path, () => false);
      const file = await ask(`/m/${id}/eml`, (body) => body === '');
      const source = await ask(`/m/${id}/source`, (body) => body === '');
      if (source.slice(0, mebibyte / 4) !== file.slice(0, mebibyte / 4))
        faulty.push(`/m/${id}/source is another text`);
      const letter = letters.find(({ content }) => file.endsWith(new TextDecoder().decode(content)));
      if (!letter) faulty.push(`/m/${id}/eml is not what was sent`);
      const hasText = page.includes('<iframe class="message-frame')
        ? textOf(frame) !== '' || frame.includes('<img')
        : page.includes('class="text-block');
      if (!hasText) without.push(letter?.file.slice(0, 4) ?? id);
    });
    assert.deepEqual(faulty, []);
    assert.deepEqual(slow, []);
    assert.equal(without.sort().join(' '), textless);
  });

  test('what was opened is read, and the log holds no complaint', async () => {
    assert.match((await client.get('/f/INBOX?filter=unread')).body, /No unread mail here\./);
    assert.deepEqual(road.faults(), []);
  });
});
