// Replying to every message of the corpus and forwarding it gives a message that another parser reads: one sender, a
// subject, the quote, every attached file, nothing beyond 7 bits or 998 octets a line, no control character. What was
// broken or hostile in the original stays there. The drafts are those that the compose page saves. Every
// second message is answered, in one of the two ways by turns; FACTEUR_CORPUS_ALL=1 does both for each.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { programRoot } from '../../mta/root.ts';
import { composeFields, openCompose, postCompose } from '../support/mail-pages.ts';
import { putMessage, type Road, readMaildir, startRoad } from '../support/road.ts';
import type { Client } from '../support/site.ts';

const directory = join(programRoot(), '..', 'shared', 'corpus', 'messages');
const skip = existsSync(directory) ? false : `the corpus is not here (${directory})`;
const width = 4;

describe('answers to the corpus', { skip, timeout: 300_000 }, () => {
  let road: Road;
  let client: Client;
  const ids = new Set<string>();

  before(async () => {
    road = await startRoad({ people: ['alice'] });
    const names = (await readdir(directory)).filter((name) => /\.(eml|mbox)$/.test(name)).sort();
    const seconds = Math.floor(Date.now() / 1000);
    for (const name of names) {
      const bytes = await readFile(join(directory, name));
      await putMessage(road.maildir('alice'), `${seconds}.M1P1Q${name.slice(0, 4)}.corpus`, bytes);
    }
    client = await road.signIn('alice');
    for (let path: string | undefined = '/f/INBOX?view=messages&n=200'; path !== undefined; ) {
      const { body } = await client.get(path);
      for (const [, id] of body.matchAll(/data-id="([\w-]{12})"/g)) ids.add(id as string);
      path = /id="older" href="([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
    }
    assert.equal(ids.size, names.length);
  });
  after(() => road?.close());

  for (const kind of ['reply', 'forward'] as const)
    test(`${kind}: every draft can be saved and is read by another parser`, async () => {
      const turn = kind === 'reply' ? 0 : 1;
      const meant = [...ids].filter((_, n) => process.env.FACTEUR_CORPUS_ALL === '1' || n % 4 === 2 * turn);
      const waiting = [...meant];
      /** What the form holds, by the id of the message it answers. */
      const wanted = new Map<string, { to: string; subject: string; body: string; files: number }>();
      const walk = async (): Promise<void> => {
        for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
          const fields = await openCompose(client, `?${kind}=${id}`);
          const answer = await postCompose(client, { ...fields, save: '1' });
          const page = answer.status === 303 ? await client.get(answer.location) : answer;
          assert.equal(page.status, 200, `${kind} of ${id}: ${page.body.slice(0, 300)}`);
          const saved = composeFields(page.body);
          wanted.set(id, {
            to: saved.to ?? '',
            subject: saved.subject ?? '',
            body: saved.body ?? '',
            files: [...page.body.matchAll(/name="remove" value=/g)].length,
          });
        }
      };
      await Promise.all(Array.from({ length: width }, walk));
      const drafts = await readMaildir(road.maildir('alice'), 'Drafts');
      const faults: string[] = [];
      let seen = 0;
      for (const { bytes } of drafts) {
        const text = bytes.toString('latin1');
        const [, drafted = '', id = ''] = /^X-Draft-Info: type=(\w+); id=([\w-]+)/m.exec(text) ?? [];
        if ((drafted === 'forward') !== (kind === 'forward')) continue;
        const form = wanted.get(id);
        if (!form) {
          faults.push(`a draft of nothing: ${id}`);
          continue;
        }
        seen++;
        const parsed = await simpleParser(bytes);
        const fault = (what: string) => faults.push(`${kind} of ${id} (${form.subject}): ${what}`);
        if (parsed.from?.text !== '"Alice Example" <alice@example.com>') fault(`from ${parsed.from?.text}`);
        if ((parsed.subject ?? '') !== form.subject.trim()) fault(`subject ${parsed.subject}`);
        if (parsed.attachments.length !== form.files)
          fault(`${parsed.attachments.length} of ${form.files} files`);
        const words = (body: string) => body.replaceAll(/[\s>]+/g, ' ').trim();
        if (words(parsed.text ?? '') !== words(form.body)) fault('another text');
        // RFC 6532: an address beyond ASCII makes a header beyond ASCII
        const foreign = /[^\x00-\x7f][^\s@]*@|@[^\s]*[^\x00-\x7f]/.test(form.to)
          ? /[^\t\n\x20-\x7e\x80-\xff]/
          : /[^\t\n\x20-\x7e]/;
        if (foreign.test(text)) fault('a byte beyond 7 bits or a control character');
        if (text.split('\n').some((line) => line.length > 998)) fault('a line of more than 998 octets');
      }
      assert.deepEqual(faults, []);
      assert.equal(seen, meant.length);
    });

  test('the log holds no complaint', () => assert.deepEqual(road.faults(), []));
});
