// Mailing lists on a running system: a post reaches all members in one message and lies in the archive; a moderated one waits
// for its moderator; members whose mail comes back are warned, tried and removed; the archive answers, digests go out.
import assert from 'node:assert/strict';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type Road,
  readMaildir,
  runRoadCommand,
  startRoad,
  waitFor,
  waitForMessage,
} from '../support/road.ts';
import { RawSmtpClient } from '../support/smtp.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

let road: Road;
let sink: Sink;
const domain = 'example.com';
const place = (list: string, ...path: readonly string[]): string =>
  join(road.home, 'vpopmail', 'domains', domain, list, ...path);

async function send(from: string, to: string, subject: string, body = 'Hello.', fields = ''): Promise<void> {
  const client = await RawSmtpClient.connect(road.smtpPort);
  await client.hello();
  const letter = `From: Ann <${from}>\r\nTo: ${to}\r\nSubject: ${subject}\r\n${fields}\r\n${body}\r\n`;
  const reply = await client.sendMessage(from, [to], letter);
  assert.equal(reply.code, 250, reply.text);
  client.close();
}

/** Makes a list as qmailadmin does, and hands it to who owns the domain. */
async function makeList(name: string, letters: string, members: readonly string[]): Promise<void> {
  const base = join(road.home, 'vpopmail', 'domains', domain);
  await runRoadCommand(road, 'ezmlm-make', [
    `-${letters}`,
    '-5',
    `alice@${domain}`,
    join(base, name),
    join(base, `.qmail-${name}`),
    name,
    domain,
  ]);
  await runRoadCommand(road, 'ezmlm-sub', [join(base, name), ...members]);
}

const logOf = (list: string): Promise<string> => readFile(place(list, 'Log'), 'utf8').catch(() => '');

before(async () => {
  sink = await startSink();
  road = await startRoad({
    people: ['alice', 'bob', 'carol'],
    routes: [`sink.example:127.0.0.1:${sink.port}`],
    control: { listsecrets: 'new\nold\n', webhosts: '' },
  });
  await makeList('friends', 'aidpUt', [
    `alice@${domain}`,
    `bob@${domain}`,
    `ghost@${domain}`,
    'far@sink.example',
  ]);
  await writeFile(place('friends', 'rewritefrom'), '');
  await runRoadCommand(road, 'ezmlm-sub', [place('friends'), 'digest', `carol@${domain}`]);
});
after(async () => {
  await road?.close();
  await sink?.close();
});

describe('a mailing list', { timeout: 90_000 }, () => {
  test('sends a post to all its members in one message, each with a sender of his own, and keeps it', async () => {
    await send('ann@far.example', `friends@${domain}`, 'First words');
    const { bytes } = await waitForMessage(road.maildir('alice'), 'First words');
    const letter = bytes.toString('latin1');
    assert.match(letter, /^Return-Path: <friends-return-1-example\.com-alice=example\.com@example\.com>$/m);
    assert.match(letter, /^Subject: First words$/m);
    assert.match(letter, /^List-ID: <friends\.example\.com>$/m);
    assert.match(
      letter,
      /^From: "Ann via friends" <friends@example\.com>\nReply-To: Ann <ann@far\.example>$/m,
    );
    assert.match(letter, /^Unsubscribe: friends-unsubscribe@example\.com$/m, 'the trailer');
    await waitForMessage(road.maildir('bob'), 'First words');
    const [out] = await waitFor('the letter of another host', () =>
      sink.messages.length > 0 ? sink.messages : undefined,
    );
    assert.equal(out?.from, 'friends-return-1-far=sink.example@example.com');
    const archived = await readFile(place('friends', 'archive', '0', '01'), 'latin1');
    assert.match(
      archived,
      /^Return-Path: <ann@far\.example>\nDelivered-To: mailing list friends@example\.com\n/,
    );
    assert.match(archived, /^From: Ann <ann@far\.example>$/m, 'as its author wrote it');
    assert.match(
      await readFile(place('friends', 'archive', '0', 'index'), 'latin1'),
      /^1: [a-p]{20} First words\n/,
    );
    assert.match(await readFile(place('friends', 'num'), 'latin1'), /^1:0\n$/);
  });

  test('warns a member whose mail comes back, tries him a last time, and removes him', async () => {
    /** What bounced did so eleven days ago. */
    const age = async (kind: 'd' | 'w'): Promise<void> => {
      const directory = place('friends', 'bounce', 'd');
      const found = await waitFor(`a bounce of kind ${kind}`, async () => {
        for (const name of await readdir(directory).catch(() => []))
          for (const file of await readdir(join(directory, name)).catch(() => []))
            if (file.startsWith(kind)) return name;
        return undefined;
      });
      await rename(join(directory, found), join(directory, String(Number(found) - 100)));
      await rm(place('friends', 'bounce', 'lastd'), { force: true });
    };
    await age('d');
    await send('ann@far.example', `friends@${domain}`, 'Second words');
    await age('w');
    assert.ok(!(await logOf('friends')).includes('-probe'), 'not yet');
    await send('ann@far.example', `friends@${domain}`, 'Third words');
    const log = await waitFor('the removal', async () => {
      const text = await logOf('friends');
      return text.includes('-probe') ? text : undefined;
    });
    assert.match(log, /^\d+ -probe ghost@example\.com$/m);
    assert.equal(log.match(/-probe/g)?.length, 1, 'and nobody else');
    await waitForMessage(road.maildir('bob'), 'Third words');
  });

  test('answers out of its archive, and sends a digest to who wants one', async () => {
    await send(`bob@${domain}`.replace(domain, 'sink.example'), `friends-get.1_2@${domain}`, 'please');
    const answer = await waitFor('the answer', () =>
      sink.messages.find(({ content }) => content.includes('Digest of: get.1_2')),
    );
    assert.match(String(answer.content), /multipart\/digest/);
    assert.match(String(answer.content), /filename="friends_2\.eml"/);
    assert.match(String(answer.content), /^Subject: Second words/m);
    assert.ok(!String(answer.content).includes('Third words'));
    const { bytes } = await waitForMessage(road.maildir('carol'), 'friends Digest');
    assert.match(
      bytes.toString('latin1'),
      /^Return-Path: <friends-digest-return-1-example\.com-carol=example\.com@/m,
    );
    assert.match(bytes.toString('latin1'), /First words\n\t1 by: Ann\n/);
    assert.match(await readFile(place('friends', 'dignum'), 'latin1'), /^[123]:0:\d+\n$/);
  });

  test('gives members of other hosts a link by which their mail program takes them off, and nobody else', async () => {
    const post = sink.messages.find(({ content }) => content.includes('First words'));
    const header = String(post?.content).split('\n\n')[0]!;
    const [, link = ''] =
      /^List-Unsubscribe: <(https:[^>]+)>,\n\t<mailto:friends-unsubscribe@/m.exec(header) ?? [];
    assert.match(header, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    assert.equal(header.match(/^List-Unsubscribe:/gm)?.length, 1);
    const { pathname, searchParams } = new URL(link);
    assert.equal(searchParams.get('member'), 'far@sink.example');
    const ask = async (
      change: Readonly<Record<string, string>>,
      body: string | FormData,
      method = 'POST',
    ) => {
      const query = new URLSearchParams({ ...Object.fromEntries(searchParams), ...change });
      const options = method === 'GET' ? { method } : { method, body };
      return (await fetch(`${road.base}${pathname}?${query}`, options)).status;
    };
    const oneClick = 'List-Unsubscribe=One-Click';
    assert.equal(await ask({}, '', 'PUT'), 405);
    assert.equal(await ask({ token: '' }, '', 'GET'), 403);
    assert.equal(await ask({}, '', 'GET'), 200);
    assert.equal(await ask({}, 'List-Unsubscribe=Maybe'), 400);
    assert.equal(await ask({ member: `alice@${domain}` }, oneClick), 403);
    assert.equal(await ask({ list: `board@${domain}` }, oneClick), 403);
    assert.equal(await ask({ token: '' }, oneClick), 403);
    assert.equal(await ask({}, oneClick.padEnd(10_000, '&')), 413);
    const members = () => runRoadCommand(road, 'ezmlm-list', [place('friends')]);
    assert.match(await members(), /^far@sink\.example$/m);
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    assert.equal(await ask({}, form), 200);
    assert.doesNotMatch(await members(), /far@/);
    assert.match(await members(), /^bob@example\.com$/m);
    assert.match(await logOf('friends'), /^\d+ - far@sink\.example one-click$/m);
    assert.equal(await ask({}, oneClick), 200, 'again');
  });

  test('a person who opens the link sees who leaves what, and leaves by the button of that page', async () => {
    const post = sink.messages.find(({ content }) => content.includes('First words'));
    const [, link = ''] = /^List-Unsubscribe: <(https:[^>]+)>/m.exec(String(post?.content)) ?? [];
    const members = () => runRoadCommand(road, 'ezmlm-list', [place('friends')]);
    await runRoadCommand(road, 'ezmlm-sub', [place('friends'), 'far@sink.example']);
    const { pathname, search } = new URL(link);
    const page = await (await fetch(road.base + pathname + search)).text();
    assert.match(page, /<h1><bdi>friends@example\.com<\/bdi><\/h1>/);
    assert.match(page, /messages of this list to far@sink\.example/);
    assert.match(await members(), /^far@sink\.example$/m, 'looking changes nothing');
    const [, action = ''] = /<form method="post" action="([^"]+)"/.exec(page) ?? [];
    const button = new URLSearchParams({ 'List-Unsubscribe': 'One-Click', from: 'page' });
    assert.match(page, /name="List-Unsubscribe" value="One-Click"/);
    assert.match(page, /<button class="button" name="from" value="page">/);
    const answer = await fetch(road.base + action.replaceAll('&amp;', '&'), { method: 'POST', body: button });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /role="status">Unsubscribed\.</);
    assert.doesNotMatch(await members(), /far@/);
  });

  test('that is moderated gives posts to its moderator, whose answer sends them on or back', async () => {
    await makeList('board', 'amUpI', [`alice@${domain}`]);
    await runRoadCommand(road, 'ezmlm-sub', [place('board'), 'mod', `carol@${domain}`]);
    const ask = async (subject: string): Promise<string> => {
      await send('ann@sink.example', `board@${domain}`, subject);
      return (await waitForMessage(road.maildir('carol'), subject)).bytes.toString('latin1');
    };
    const first = await ask('May I');
    assert.match(first, /^Auto-Submitted: auto-generated$/m);
    const accept = /^Reply-To: (\S+)$/m.exec(first)?.[1] ?? '';
    assert.match(accept, /^board-accept-\d+\.\d+\.[a-p]{20}@example\.com$/);
    assert.equal((await readdir(place('board', 'mod', 'pending'))).length, 1);
    assert.ok(!(await readMaildir(road.maildir('alice'))).some(({ bytes }) => bytes.includes('May I')));
    await send('carol@sink.example', accept.replace(/[a-p]{20}/, 'a'.repeat(20)), 'forged');
    await send('carol@sink.example', accept, 'yes');
    await waitForMessage(road.maildir('alice'), 'May I');
    assert.match(
      await readFile(place('board', 'archive', '0', '01'), 'latin1'),
      /^Return-Path: <ann@sink\.example>/,
    );
    await waitFor('the post is off the shelf', async () =>
      (await readdir(place('board', 'mod', 'pending'))).length === 0 ? true : undefined,
    );
    const reject = /^From: (\S+)$/m.exec(await ask('No way'))?.[1] ?? '';
    await send('carol@sink.example', reject, 'no', '%%% Start\r\nBe kind.\r\n%%% End');
    const back = await waitFor('the post that comes back', () =>
      sink.messages.find(({ content }) => content.includes('Be kind.')),
    );
    assert.match(String(back.content), /^Subject: No way/m);
    assert.equal(back.from, `board-return-@${domain}`);
  });
});

test('who asks to come is asked back and subscribed by his answer, and so he goes', {
  timeout: 60_000,
}, async () => {
  const word = async (subject: string): Promise<string> => {
    const { bytes } = await waitForMessage(road.maildir('carol'), subject);
    return /^Reply-To: (\S+)$/m.exec(bytes.toString('latin1'))?.[1] ?? '';
  };
  const members = (): Promise<string> => runRoadCommand(road, 'ezmlm-list', [place('friends')]);
  await send(`carol@${domain}`, `friends-subscribe@${domain}`, 'let me in');
  await send(`carol@${domain}`, await word('Please confirm: subscribe to friends@'), 'yes');
  await waitForMessage(road.maildir('carol'), 'Welcome to friends@');
  assert.match(await members(), /^carol@example\.com$/m);
  await send(`carol@${domain}`, `friends-unsubscribe@${domain}`, 'let me out');
  await send(`carol@${domain}`, await word('Please confirm: leave friends@'), 'yes');
  await waitForMessage(road.maildir('carol'), 'Goodbye from friends@');
  assert.doesNotMatch(await members(), /carol/);
  assert.match(
    await logOf('friends'),
    /\d \+ carol@example\.com Ann <carol@example\.com>\n(?:.*\n)*\d+ - carol@example\.com\n$/,
  );
});

test('nothing failed on the way', () => {
  assert.deepEqual(road.faults(), []);
});
