// What SORT compares is kept from one SORT to the next: messages that come in between are sorted as if all had come at
// once, and one that could not be read is read when it is asked for again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noSortFacts } from '../../server/mailbox/uid-types.ts';
import type { SortCriterion } from '../../server/message/imap/sort.ts';
import { SortTable } from '../../server/message/imap/sort-table.ts';
import { formatThreads, threadMessages } from '../../server/message/imap/thread.ts';

const words = ['', 'ALPHA', 'BETA', 'É', 'GAMMA', '𝒵', '\uff21', 'ZETA', 'ALPHA B'];
const message = (uid: number) => ({
  uid,
  received: 1_600_000_000_000 - uid,
  sortFacts: {
    ...noSortFacts,
    baseSubject: `${words[(uid * 7) % 9]}${uid % 4 === 0 ? uid : ''}`,
    from: words[(uid * 5) % 9]!,
    sent: uid % 3 === 0 ? 0 : 1_500_000_000_000 + ((uid * 7919) % 1000),
    messageId: `${uid}@example.net`,
    references: uid % 5 === 0 && uid > 5 ? [`${uid - 5}@example.net`] : [],
  },
});
const by = (...keys: SortCriterion['key'][]): SortCriterion[] =>
  keys.map((key, i) => ({ key, isReverse: i === 1 }));
const upTo = (last: number): Uint32Array => Uint32Array.from({ length: last }, (_, i) => i + 1);
const hash = (name: string): number => Number.parseInt(name, 10);

describe('table of sort keys', () => {
  for (const criteria of [
    by('SUBJECT'),
    by('SUBJECT', 'FROM'),
    by('FROM', 'SUBJECT'),
    by('DATE'),
    by('CC', 'DATE'),
  ]) {
    it(`sorts by ${criteria.map(({ key }) => key).join(' ')} as if all had come at once`, async () => {
      const grown = new SortTable(1);
      for (const last of [10, 11, 40, 41, 300]) {
        for (const uid of upTo(last)) grown.add(message(uid));
        const fresh = new SortTable(1);
        for (const uid of upTo(last)) fresh.add(message(uid));
        const uids = upTo(last).filter((uid) => uid % 6 !== 0);
        const sorted = await grown.sort(uids, criteria);
        assert.deepEqual(sorted, await fresh.sort(uids, criteria));
        assert.deepEqual(sorted.toSorted(), uids);
      }
    });
  }

  it('orders texts by the octets of their UTF-8', async () => {
    const table = new SortTable(1);
    for (const [i, baseSubject] of words.entries())
      table.add({ uid: i + 1, received: 1, sortFacts: { ...noSortFacts, baseSubject } });
    const expected = words
      .map((word, i) => ({ bytes: Buffer.from(word), uid: i + 1 }))
      .sort((a, b) => a.bytes.compare(b.bytes))
      .map(({ uid }) => uid);
    assert.deepEqual([...(await table.sort(upTo(words.length), by('SUBJECT')))], expected);
  });

  it('leaves out what it does not have, and asks again for what could not be read', async () => {
    const table = new SortTable(1);
    table.add(message(1));
    table.add({ uid: 2, received: 5 });
    assert.deepEqual([...(await table.sort(upTo(3), by('SUBJECT')))], [2, 1]);
    assert.ok(table.has(1) && !table.has(2) && !table.has(3));
    table.add(message(2));
    assert.ok(table.has(2));
    assert.deepEqual([...(await table.sort(upTo(2), by('SUBJECT')))], [1, 2]);
    assert.equal(table.size, 2);
  });

  it('threads by numbers of names as by the names', async () => {
    const table = new SortTable(1, hash);
    for (const uid of upTo(60)) table.add(message(uid));
    const named = Array.from(upTo(60), (uid) => {
      const { received, sortFacts } = message(uid);
      const sent = sortFacts.sent || received;
      return { uid, received, facts: { ...sortFacts, sent } };
    });
    for (const algorithm of ['REFERENCES', 'REFS', 'ORDEREDSUBJECT'] as const) {
      const text = async (rows: Parameters<typeof threadMessages>[0]) =>
        formatThreads(await threadMessages(rows, algorithm), (uid) => uid);
      assert.equal(await text(table.threadRows(upTo(60))), await text(named), algorithm);
    }
  });
});
