// What people type into To, Cc and Bcc (spec/webmail.md 4.2), and what must never come out of it (security.md W3).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Account } from '../../mta/accounts/types.ts';
import { checkRecipients } from '../../server/web/compose/check.ts';
import { noFields } from '../../server/web/compose/drafts.ts';
import {
  cleanHeaderText,
  formatRecipient,
  parseAddress,
  parseRecipients,
} from '../../server/web/compose/recipients.ts';
import { fieldsOfQuery, parseSeed, seedOfQuery, seedText } from '../../server/web/compose/seed.ts';
import { english } from '../../server/web/words/words.ts';

describe('lists of recipients', () => {
  for (const [typed, expected] of [
    ['bob@example.org', ['bob@example.org']],
    [
      'bob@example.org, carla@example.org; dan@example.org\neve@example.org',
      ['bob@example.org', 'carla@example.org', 'dan@example.org', 'eve@example.org'],
    ],
    ['Bob Jones <bob@example.org>', ['bob@example.org']],
    ['"Jones, Bob" <bob@example.org>, x@y.example', ['bob@example.org', 'x@y.example']],
    ['bob@example.org (Bob, the first)', ['bob@example.org']],
    ['Team: bob@example.org, "C, D" <carla@example.org>;', ['bob@example.org', 'carla@example.org']],
    ['undisclosed-recipients:;', []],
    ['mailto:bob@example.org', ['bob@example.org']],
    ['bob@EXAMPLE.org, Bob@example.ORG', ['bob@example.org']],
    ['jörg@bücher.example', ['jörg@bücher.example']],
    ['info@bücher.example', ['info@xn--bcher-kva.example']],
    ['"a b"@example.org', ['"a b"@example.org']],
    ['bob@[192.0.2.1]', ['bob@[192.0.2.1]']],
    ['  ,, ; \n', []],
  ] as const) {
    test(JSON.stringify(typed), () => {
      const parsed = parseRecipients(typed);
      assert.deepEqual(parsed.faults, []);
      assert.deepEqual(
        parsed.recipients.map((one) => one.envelope),
        expected,
      );
    });
  }
  for (const typed of [
    'carla@',
    '@example.org',
    'bob',
    'bob@exa mple.org',
    'bob@example..org',
    'bob@-x.org',
    'a@b@',
    'bob@127.1',
    'bob@１２７.１',
    '<bob@example.org',
    'Bob <bob@example.org> x',
    'b..c@example.org',
    `${'x'.repeat(65)}@example.org`,
    `bob@${'x'.repeat(64)}.org`,
    'bob@example.org\u200b',
    'bo\u202eb@example.org',
    '"a\tb"@example.org',
    'bob@ex%61mple.org',
  ]) {
    test(`${JSON.stringify(typed)} is not a full address`, () => {
      const parsed = parseRecipients(typed);
      assert.deepEqual(parsed.recipients, []);
      assert.equal(parsed.faults.length, 1);
      assert.match(parsed.faults[0]!.words, /is not a full address/);
    });
  }
  test('one bad address leaves the others', () => {
    const parsed = parseRecipients('bob@example.org, carla@, dan@example.org');
    assert.equal(parsed.recipients.length, 2);
    assert.equal(parsed.faults[0]?.text, 'carla@');
  });
  test('an input of 100 kB is refused, not walked for long', () => {
    for (const filler of ['(', '"\\', 'a@', '<', ',']) {
      const started = performance.now();
      parseRecipients(filler.repeat(50_000));
      parseRecipients(filler.repeat(30_000));
      assert.ok(performance.now() - started < 1000, filler);
    }
  });
  test('names come back from their text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (name) => {
        const clean = cleanHeaderText(name);
        const [read] = parseRecipients(formatRecipient({ name, address: 'bob@example.org' })).recipients;
        assert.equal(read?.envelope, 'bob@example.org');
        if (clean !== '' && clean !== 'bob@example.org')
          assert.equal(read?.name.replace(/\s+/g, ' '), clean.replace(/\s+/g, ' '));
      }),
    );
  });
  test('whatever is typed, an address has one line, one @ outside quotes and no separator', () => {
    const alphabet = fc.constantFrom(...'ab@.<>",;:() \\\r\n\u0000\u2028\u0085\u560a\ud800'.split(''));
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 60 }), (characters) => {
        for (const one of parseRecipients(characters.join('')).recipients) {
          assert.doesNotMatch(one.envelope, /[\x00-\x1f\x7f\u0085\u2028\u2029]/);
          // spec/security.md R6: within quotes they are text.
          assert.doesNotMatch(one.envelope.replace(/"(?:[^"\\]|\\.)*"/g, '""'), /[<>]/);
          assert.doesNotMatch(one.name, /[\x00-\x1f\x7f\u0085\u2028\u2029]/);
          assert.ok(parseAddress(one.envelope));
          assert.ok(one.envelope.isWellFormed() && one.name.isWellFormed());
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the check before sending', () => {
  const accounts = {
    findDomain: async (domain: string) =>
      domain === 'ours.example'
        ? { name: domain, realName: domain, directory: '/', uid: 1, gid: 1 }
        : undefined,
    recipientExists: async (address: string) => address === 'alice@ours.example',
    findAccount: async (address: string) =>
      address === 'bob@ours.example' ? ({ address } as Account) : undefined,
  };
  const parts = { accounts, log: () => {}, t: english.t, most: 100 };
  const check = (fields: Partial<typeof noFields>) => checkRecipients({ ...noFields, ...fields }, parts);

  test('asks for a recipient', async () => {
    assert.deepEqual((await check({})).faults, [{ field: 'to', words: 'Say who this message is for.' }]);
  });
  test('a local mailbox that does not exist is named', async () => {
    const { faults } = await check({ to: 'alice@ours.example', cc: 'bbo@ours.example' });
    assert.deepEqual(faults, [
      { field: 'cc', words: 'There is no mailbox bbo@ours.example. Did you mean bob?' },
    ]);
  });
  test('a mailbox that nobody could have meant is named alone', async () => {
    const { faults } = await check({ to: 'nobody@ours.example' });
    assert.deepEqual(faults, [{ field: 'to', words: 'There is no mailbox nobody@ours.example.' }]);
  });
  test('a domain without a dot is only good when it is ours', async () => {
    assert.equal((await check({ to: 'bob@localhost' })).faults.length, 1);
  });
  test('the same address in two fields is written to once, where it stands first', async () => {
    const checked = await check({ to: 'bob@example.org', bcc: 'BOB@example.org, dan@example.org' });
    assert.deepEqual(
      checked.bcc.map((one) => one.envelope),
      ['dan@example.org'],
    );
  });
  test('more than a hundred recipients are refused', async () => {
    const to = Array.from({ length: 101 }, (_, n) => `r${n}@example.org`).join(',');
    assert.match((await check({ to })).faults[0]?.words ?? '', /100 recipients; this one has 101/);
  });
  test('a lookup that fails is left to the queue and logged', async () => {
    const lines: string[] = [];
    const broken = {
      ...accounts,
      recipientExists: async () => {
        throw new Error('disk\non fire');
      },
    };
    const checked = await checkRecipients(
      { ...noFields, to: 'x@ours.example' },
      { ...parts, accounts: broken, log: (line) => lines.push(line) },
    );
    assert.deepEqual(checked.faults, []);
    assert.equal(lines.length, 1);
    assert.ok(!lines[0]!.includes('\n'));
  });
});

describe('what a compose address may set', () => {
  const fields = (query: Record<string, string>) => fieldsOfQuery((name) => query[name] ?? '');
  test('a mailto link is taken apart (RFC 6068)', () => {
    const read = fields({
      to: 'mailto:bob%40x@example.org,c@example.org?cc=d@example.org&subject=A%20%26%20B&body=one%0D%0Atwo&bcc=e@example.org',
    });
    assert.deepEqual(read, {
      ...noFields,
      to: 'bob@x@example.org,c@example.org',
      cc: 'd@example.org',
      bcc: 'e@example.org',
      subject: 'A & B',
      body: 'one\ntwo',
    });
  });
  test('attach and sender headers are ignored', () => {
    const read = fields({ to: 'mailto:a@b.example?attach=/etc/passwd&from=x@y.example&__proto__=z' });
    assert.deepEqual(read, { ...noFields, to: 'a@b.example' });
  });
  test('line breaks in a subject are blanks', () => {
    assert.equal(fields({ subject: 'a\r\nBcc: evil@example.net' }).subject, 'a Bcc: evil@example.net');
  });
  test('a seed comes back from its text, and nothing else is one', () => {
    const seed = seedOfQuery((name) => ({ reply: 'abcdefghij_-', in: 'Projects.Ä:b' })[name] ?? '');
    assert.ok(seed);
    assert.deepEqual(parseSeed(seedText(seed)), seed);
    for (const bad of ['', 'reply', 'reply:../../etc:0:', 'run:abcdefghij_-:0:', 'reply:abcdefghij_-:2:']) {
      assert.equal(parseSeed(bad), undefined);
    }
  });
});
