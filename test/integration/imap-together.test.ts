// Several sessions at one folder, each doing what it likes, while another program renames and delivers: every client's
// picture (numbers, UIDs, flags) stays right by what it is told alone, and in the end all have the same (security.md I4).
import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type ImapClient, startImapSite } from '../support/imap.ts';
import { putMessage } from '../support/maildir.ts';

const sessions = 6;
const steps = 40;
const notify =
  'NOTIFY SET (selected-delayed (MessageNew (UID FLAGS) MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName))';

/** Numbers that look random and are the same in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % sides;
  };
}

/** A client that believes what it is told, and checks that it can be. */
class Follower {
  readonly client: ImapClient;
  /** UID of each message, 0 where it was not told. */
  uids: number[] = [];
  readonly flags = new Map<number, string>();

  constructor(client: ImapClient) {
    this.client = client;
  }

  hear(lines: readonly string[]): void {
    for (const line of lines) {
      // RFC 7162 3.2.11: what came until here was of the folder that was open before.
      if (line.startsWith('* OK [CLOSED]')) {
        this.uids = [];
        this.flags.clear();
      }
      const [, number = '', word = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)/.exec(line) ?? [];
      const n = Number(number);
      if (word === 'EXISTS') {
        assert.ok(n >= this.uids.length, `EXISTS ${n} after ${this.uids.length}`);
        while (this.uids.length < n) this.uids.push(0);
      } else if (word === 'EXPUNGE') {
        assert.ok(n >= 1 && n <= this.uids.length, `${line} of ${this.uids.length}`);
        this.uids.splice(n - 1, 1);
      } else if (word === 'FETCH') {
        assert.ok(n >= 1 && n <= this.uids.length, `${line} of ${this.uids.length}`);
        const uid = Number(/UID (\d+)/.exec(line)?.[1] ?? 0);
        const known = this.uids[n - 1];
        if (uid !== 0) {
          assert.ok(known === 0 || known === uid, `${line}, but ${n} was ${known}`);
          this.uids[n - 1] = uid;
        }
        const flags = /FLAGS \(([^)]*)\)/.exec(line)?.[1];
        const whose = this.uids[n - 1];
        if (flags !== undefined && whose) this.flags.set(whose, flags.replace(/ ?\\Recent/, ''));
      }
    }
    const told = this.uids.filter((uid) => uid !== 0);
    for (let at = 1; at < told.length; at++) assert.ok(told[at]! > told[at - 1]!, 'UIDs go up');
  }

  async do(command: string): Promise<readonly string[]> {
    const { lines, tagged } = await this.client.send(command);
    assert.doesNotMatch(tagged, /^BAD|SERVERBUG/, command);
    if (/^(?:FETCH|STORE|SEARCH)/.test(command))
      assert.ok(!lines.some((line) => line.endsWith(' EXPUNGE')), `${command}: ${lines.join()}`);
    this.hear(lines);
    return lines;
  }

  /** One thing of many. */
  step(dice: (sides: number) => number, name: string): Promise<unknown> {
    const size = this.uids.length;
    const some = size === 0 ? '1:*' : `${1 + dice(size)}:${1 + dice(size)}`;
    const flag = ['\\Seen', '\\Flagged', '\\Answered', 'one', 'two', '\\Deleted'][dice(6)];
    switch (dice(12)) {
      case 0:
      case 1:
        return this.do(
          `APPEND Shared (${flag}) {25+}\r\nSubject: by ${name}${' '.repeat(9 - name.length)}\r\n\r\n`,
        );
      case 2:
      case 3:
        return this.do(`STORE ${some} ${dice(2) === 0 ? '+' : '-'}FLAGS (${flag})`);
      case 4:
        return this.do(`UID STORE ${1 + dice(200)}:* +FLAGS.SILENT (${flag})`);
      case 5:
        return this.do(dice(3) === 0 ? 'EXPUNGE' : 'NOOP');
      case 6:
        return this.do(`FETCH ${some} (UID FLAGS)`);
      case 7:
        return this.do(`UID SEARCH ${['UNSEEN', 'SUBJECT by', 'KEYWORD one', 'LARGER 5'][dice(4)]}`);
      case 8:
        return this.do(size === 0 ? 'NOOP' : `COPY ${some.split(':')[0]} Shared`);
      case 9:
        return this.do(`UID SORT (${['SUBJECT', 'REVERSE ARRIVAL', 'SIZE'][dice(3)]}) UTF-8 ALL`);
      case 10:
        return dice(4) === 0 ? this.do('SELECT Shared') : this.do('CHECK');
      default:
        return this.do(`FETCH ${some} (UID BODY.PEEK[HEADER])`);
    }
  }
}

test('sessions at one folder and a program beside them never tell a client what is not so', async () => {
  const site = await startImapSite();
  try {
    const followers: Follower[] = [];
    for (let n = 0; n < sessions; n++) followers.push(new Follower(await site.signIn()));
    await followers[0]!.do('CREATE Shared');
    for (const follower of followers) await follower.do('SELECT Shared');
    // Some are told at any time, and still can count.
    for (const follower of followers.filter((_, n) => n % 2 === 1)) await follower.do(notify);
    let isOver = false;
    const cur = join(site.maildir, '.Shared', 'cur');
    const beside = (async () => {
      const dice = createDice(99);
      while (!isOver) {
        await putMessage(site.maildir, { folder: '.Shared', half: 'new', subject: 'beside' });
        const names = await readdir(cur);
        const name = names[dice(names.length || 1)];
        if (name) {
          const base = name.replace(/:2,.*/, '');
          // Somebody else may have renamed it meanwhile.
          await rename(join(cur, name), join(cur, `${base}:2,${['', 'S', 'FS', 'R'][dice(4)]}`)).catch(
            () => undefined,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      await Promise.all(
        followers.map(async (follower, n) => {
          const dice = createDice(n + 1);
          for (let step = 0; step < steps; step++) await follower.step(dice, `s${n}`);
        }),
      );
    } finally {
      isOver = true;
      await beside;
    }
    for (const follower of followers) {
      // Renames of the last moment are seen by a second look.
      for (let look = 0; look < 3; look++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        await follower.do('NOOP');
      }
      await follower.do('FETCH 1:* (UID FLAGS)');
    }
    // All are in cur by now: nothing moves between two looks.
    assert.deepEqual(await readdir(join(site.maildir, '.Shared', 'new')), []);
    const expected = (await readdir(cur)).length;
    const pictures: string[] = [];
    for (const follower of followers) {
      pictures.push(
        follower.uids
          .map((uid) => `${uid} ${[...(follower.flags.get(uid) ?? '').split(' ')].sort().join(' ')}`)
          .join('\n'),
      );
      assert.equal(follower.uids.length, expected);
    }
    for (const picture of pictures) assert.equal(picture, pictures[0]);
    assert.deepEqual(
      site.log.filter((line) => line.includes('bug')),
      [],
    );
  } finally {
    await site.close();
  }
});
