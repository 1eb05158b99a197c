// After Send, by the real program (spec/webmail.md 4.9, 4.10): kill -9 between the click and the letter's leaving; a letter
// that the other side does not take waits on the Outbox page, where its sender can have it tried or stop it, and nobody
// else; what became of it is marked in Sent.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { composeFields, openCompose, postCompose } from '../support/mail-pages.ts';
import { chooseUndoSeconds, type Road, readMaildir, startRoad, waitFor } from '../support/road.ts';
import { needsRoot } from '../support/root.ts';
import type { Client } from '../support/site.ts';
import { type Sink, startSink } from '../support/smtp-sink.ts';

describe('after Send', { timeout: 90_000 }, () => walk(false));
describe(
  'the same under root, where each role is a process of its own',
  { timeout: 120_000, skip: needsRoot },
  () => walk(true),
);

function walk(separate: boolean): void {
  let road: Road;
  let taking: Sink;
  let busy: Sink;
  let never: Sink;
  let client: Client;
  before(async () => {
    taking = await startSink();
    busy = await startSink({
      replies: { rcpt: ['451 4.3.2 come back later', '451 4.3.2 come back later', '250 ok'] },
    });
    never = await startSink({ replies: { rcpt: '451 4.3.2 come back later' } });
    road = await startRoad({
      separate,
      undoSeconds: 5,
      people: ['alice', 'bob'],
      routes: [
        `taking.example:127.0.0.1:${taking.port}`,
        `busy.example:127.0.0.1:${busy.port}`,
        `never.example:127.0.0.1:${never.port}`,
      ],
    });
    client = await road.signIn('alice');
  });
  after(async () => {
    await road?.close();
    for (const sink of [taking, busy, never]) await sink?.close();
  });
  const send = async (to: string, subject: string) => {
    const form: Record<string, string> = await openCompose(client);
    const answer = await postCompose(client, { ...form, to, subject, body: 'Text', send: '1' });
    assert.equal(answer.status, 303, composeFields(answer.body).subject);
    return answer;
  };
  const outbox = async (who = client) => (await who.get('/v/outbox')).body;
  const shows = (what: RegExp) =>
    waitFor(`the Outbox shows ${what}`, async () => {
      const page = await outbox();
      return what.test(page) ? page : undefined;
    });
  const order = async (fields: Record<string, string>, who = client) => {
    const csrf = await who.token();
    const answer = await who.post('/outbox', { csrf, return: '/v/outbox', ...fields });
    return (await who.get(answer.location)).body;
  };

  test('kill -9 between the click and the leaving: it leaves after the start, once', async () => {
    await send('carla@taking.example', 'Held over a crash');
    assert.equal(taking.messages.length, 0);
    await road.crash();
    // Before anybody asks for it: what was asked once is kept in memory.
    chooseUndoSeconds(`${road.home}/state`, ['alice'], 0);
    client = await road.signIn('alice');
    await waitFor('the letter has left', () => (taking.messages.length > 0 ? true : undefined), 20);
    await waitFor('the Outbox is empty', async () =>
      /Nothing waits here/.test(await outbox()) ? true : undefined,
    );
    assert.equal(taking.messages.length, 1);
    const copies = await readMaildir(road.maildir('alice'), 'Sent');
    assert.equal(copies.length, 1);
    await waitFor('its mark in Sent', async () =>
      /class="i fate fate-delivered"/.test((await client.get('/f/Sent')).body) ? true : undefined,
    );
  });

  test('a letter that is not taken waits with the reason and the next try; tried by hand it arrives', async () => {
    await send('dan@busy.example', 'Come back later');
    const page = await shows(
      /Come back later[\s\S]*dan@busy\.example[\s\S]*not yet: tried once[\s\S]*come back later/i,
    );
    assert.match(page, /Next try at \d\d:\d\d\./);
    assert.match(
      (await client.get('/f/Sent')).body,
      /class="i fate fate-deferred"><title>not delivered to all yet</,
    );
    const queued = /name="queued" value="([^"]+)"/.exec(page)?.[1] ?? '';

    const bob = await road.signIn('bob');
    assert.doesNotMatch(await outbox(bob), /Come back later/);
    assert.match(await order({ queued, do: 'stop' }, bob), /This message is not waiting any more\./);

    assert.match(await order({ queued, do: 'retry' }), /It is tried now\./);
    await shows(/tried 2 times/);
    await order({ queued, do: 'retry' });
    await waitFor('it arrives', () => (busy.messages.length === 1 ? true : undefined));
    await waitFor('the Outbox is empty', async () =>
      /Nothing waits here/.test(await outbox()) ? true : undefined,
    );
  });

  test('stopped by its sender it never arrives, and its mark says so', async () => {
    await send('eve@never.example', 'Never mind');
    const page = await shows(/Never mind[\s\S]*name="do" value="stop"/);
    const queued = /name="queued" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const answer = await order({ queued, do: 'stop' });
    assert.match(answer, /Stopped\. Who did not have it yet will not get it\.|It stops after that/);
    await waitFor('the Outbox is empty', async () =>
      /Nothing waits here/.test(await outbox()) ? true : undefined,
    );
    await waitFor('its mark in Sent', async () =>
      /fate-cancelled"><title>sending was stopped</.test((await client.get('/f/Sent')).body)
        ? true
        : undefined,
    );
    assert.equal(never.messages.length, 0);
    const bounces = (await readMaildir(road.maildir('alice'))).filter(({ bytes }) =>
      bytes.includes('failure notice'),
    );
    assert.equal(bounces.length, 0, 'no bounce for what was stopped by hand');
    const faults = road.faults().filter((line) => /letter|sending|send of|message of/.test(line));
    assert.deepEqual(faults, []);
  });
}
