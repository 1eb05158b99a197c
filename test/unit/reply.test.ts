// Reply rules (spec/webmail.md 4.6) as tables.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  attributionLine,
  forwardHead,
  forwardText,
  quoteText,
  withoutSignature,
} from '../../server/web/compose/quote.ts';
import {
  type Answered,
  chooseRecipients,
  conversationSubject,
  forwardSubject,
  listAddress,
  messageId,
  type ReplyKind,
  reachesMore,
  replySubject,
  threadHeaders,
  withOneReplyMark,
} from '../../server/web/compose/reply.ts';
import { english } from '../../server/web/words/words.ts';

const people = (...addresses: string[]) => addresses.map((address) => ({ name: '', address }));
const mail = (parts: Partial<Answered>): Answered => ({
  from: people('bob@example.org'),
  to: people('alice@ours.example'),
  cc: [],
  replyTo: [],
  mailReplyTo: [],
  mailFollowupTo: [],
  listPost: '',
  messageId: '<m1@example.org>',
  references: [],
  inReplyTo: '',
  subject: 'Report',
  ...parts,
});
const isOwn = (address: string) => /^alice(\+[a-z]+)?@ours\.example$/i.test(address);

describe('recipients of a reply', () => {
  const table: { name: string; kind: ReplyKind; mail: Partial<Answered>; to: string[]; cc: string[] }[] = [
    { name: 'goes to From', kind: 'reply', mail: {}, to: ['bob@example.org'], cc: [] },
    {
      name: 'prefers Reply-To',
      kind: 'reply',
      mail: { replyTo: people('desk@example.org') },
      to: ['desk@example.org'],
      cc: [],
    },
    {
      name: 'prefers Mail-Reply-To over Reply-To',
      kind: 'reply',
      mail: { replyTo: people('list@example.org'), mailReplyTo: people('b@example.org') },
      to: ['b@example.org'],
      cc: [],
    },
    {
      name: 'to all: the rest of To and Cc goes to Cc, in order, without own addresses and doubles',
      kind: 'replyall',
      mail: {
        to: people('alice@ours.example', 'carla@example.org', 'BOB@example.org'),
        cc: people('dan@example.org', 'alice+shop@ours.example', 'Carla@example.org'),
      },
      to: ['bob@example.org'],
      cc: ['carla@example.org', 'dan@example.org'],
    },
    {
      name: 'to all: Mail-Followup-To is used exactly',
      kind: 'replyall',
      mail: { mailFollowupTo: people('list@example.org'), cc: people('dan@example.org') },
      to: ['list@example.org'],
      cc: [],
    },
    {
      name: 'to all of a list that sets Reply-To: the sender is not lost',
      kind: 'replyall',
      mail: {
        replyTo: people('list@example.org'),
        listPost: '<mailto:list@example.org>',
        to: people('list@example.org'),
      },
      to: ['list@example.org'],
      cc: ['bob@example.org'],
    },
    {
      name: 'to the list goes to List-Post',
      kind: 'replylist',
      mail: { listPost: 'list@example.org' },
      to: ['list@example.org'],
      cc: [],
    },
    {
      name: 'to the list prefers Mail-Followup-To',
      kind: 'replylist',
      mail: { listPost: '<mailto:list@example.org>', mailFollowupTo: people('all@example.org') },
      to: ['all@example.org'],
      cc: [],
    },
    {
      name: 'to one own message goes to whom it went',
      kind: 'reply',
      mail: { from: people('alice@ours.example'), to: people('bob@example.org', 'carla@example.org') },
      to: ['bob@example.org', 'carla@example.org'],
      cc: [],
    },
    {
      name: 'to all of one own message keeps its Cc',
      kind: 'replyall',
      mail: {
        from: people('alice@ours.example'),
        to: people('bob@example.org'),
        cc: people('dan@example.org'),
      },
      to: ['bob@example.org'],
      cc: ['dan@example.org'],
    },
    {
      name: 'to a message to oneself goes to oneself',
      kind: 'reply',
      mail: { from: people('alice@ours.example'), to: people('alice@ours.example') },
      to: ['alice@ours.example'],
      cc: [],
    },
    {
      name: 'leaves out what is no address',
      kind: 'replyall',
      mail: {
        replyTo: people('undisclosed-recipients'),
        to: people('x', 'carla@example.org\r\nBcc: evil@example.net'),
      },
      to: ['bob@example.org'],
      cc: [],
    },
  ];
  for (const row of table) {
    test(row.name, () => {
      const targets = chooseRecipients(mail(row.mail), row.kind, isOwn);
      assert.deepEqual(
        targets.to.map((one) => one.address),
        row.to,
      );
      assert.deepEqual(
        targets.cc.map((one) => one.address),
        row.cc,
      );
    });
  }
  test('a reply that reaches a whole list offers the one person', () => {
    const listed = mail({ replyTo: people('list@example.org'), listPost: '<mailto:list@example.org>' });
    assert.equal(chooseRecipients(listed, 'reply', isOwn).privately?.address, 'bob@example.org');
    assert.equal(chooseRecipients(mail({}), 'reply', isOwn).privately, undefined);
  });
  test('reply all is only offered when it reaches more people', () => {
    assert.equal(reachesMore(mail({}), isOwn), false);
    assert.equal(reachesMore(mail({ cc: people('alice@ours.example') }), isOwn), false);
    assert.equal(reachesMore(mail({ cc: people('dan@example.org') }), isOwn), true);
  });
  test('List-Post: NO and foreign schemes are no address', () => {
    assert.equal(listAddress('NO'), undefined);
    assert.equal(listAddress('<https://example.org/post>'), undefined);
    assert.equal(listAddress('<mailto:list%2Bpost@example.org?subject=x>'), 'list+post@example.org');
  });
});

describe('subjects', () => {
  for (const [subject, reply, forward] of [
    ['Report', 'Re: Report', 'Fwd: Report'],
    ['Re: Report', 'Re: Report', 'Fwd: Re: Report'],
    ['RE: AW: Sv: Re[3]: Report', 'Re: Report', 'Fwd: RE: AW: Sv: Re[3]: Report'],
    ['Fwd: Report', 'Re: Fwd: Report', 'Fwd: Report'],
    ['WG: TR: Report', 'Re: WG: TR: Report', 'Fwd: Report'],
    ['[dev] Re: Report', 'Re: [dev] Report', 'Fwd: [dev] Re: Report'],
    ['Re: [dev] Re: Report', 'Re: [dev] Re: Report', 'Fwd: Re: [dev] Re: Report'],
    ['Regarding: x', 'Re: Regarding: x', 'Fwd: Regarding: x'],
    ['回复：报告', 'Re: 报告', 'Fwd: 回复：报告'],
    ['', 'Re:', 'Fwd:'],
  ] as const) {
    test(`“${subject}”`, () => {
      assert.equal(replySubject(subject), reply);
      assert.equal(forwardSubject(subject), forward);
    });
  }
  test('a conversation is called without marks of answers, a row shows one', () => {
    assert.equal(conversationSubject('Re: AW: [dev] Re: Fwd: plans'), '[dev] Fwd: plans');
    assert.equal(conversationSubject('Re:'), 'Re:');
    assert.equal(withOneReplyMark('Re: AW: plans'), 'Re: plans');
    assert.equal(withOneReplyMark('AW: plans'), 'AW: plans');
    assert.equal(withOneReplyMark('plans'), 'plans');
  });
  test('a hundred thousand prefixes take no time', () => {
    const started = performance.now();
    replySubject('Re: '.repeat(25_000));
    assert.ok(performance.now() - started < 1000);
  });
});

describe('thread headers', () => {
  test('References grows by the parent', () => {
    assert.deepEqual(threadHeaders(mail({ references: ['<a@x>', '<b@x>'] })), {
      inReplyTo: '<m1@example.org>',
      references: ['<a@x>', '<b@x>', '<m1@example.org>'],
    });
  });
  test('without References the parent’s In-Reply-To stands in', () => {
    assert.deepEqual(threadHeaders(mail({ inReplyTo: '<a@x>' })).references, ['<a@x>', '<m1@example.org>']);
  });
  test('of many ids the first and the last nineteen stay', () => {
    const references = Array.from({ length: 60 }, (_, n) => `<${n}@x>`);
    const kept = threadHeaders(mail({ references })).references;
    assert.equal(kept.length, 20);
    assert.equal(kept[0], '<0@x>');
    assert.equal(kept[18], '<59@x>');
    assert.equal(kept[19], '<m1@example.org>');
  });
  test('ids that would break a header are no ids', () => {
    for (const bad of ['', 'x', 'a b@x', 'a@x\r\nBcc: e@x', `${'x'.repeat(2000)}@x`, 'a@x>,<b@x', 'ü@x']) {
      assert.equal(messageId(bad), '');
    }
  });
});

describe('quotes', () => {
  const at = new Date(2026, 10, 22, 8, 20).getTime();
  const original = {
    from: [{ name: 'Bob Jones', address: 'bob@example.org' }],
    to: people('alice@ours.example'),
    cc: people('carla@example.org'),
    sent: at,
    received: at,
    subject: 'Report',
    plainText: 'Hello Alice,\n\n> older\nbye\n-- \nBob\nACME',
  };
  const head = (one: typeof original | (Omit<typeof original, 'sent'> & { sent: undefined })) =>
    attributionLine(one, english.t, 'en');
  test('the attribution names date and author', () => {
    assert.equal(head(original), 'On 22 Nov 2026 at 08:20, Bob Jones wrote:');
    assert.equal(head({ ...original, sent: undefined, received: Number.NaN }), 'Bob Jones wrote:');
  });
  test('the text is quoted one level deeper and its signature is dropped', () => {
    assert.equal(
      quoteText(original, head(original)),
      'On 22 Nov 2026 at 08:20, Bob Jones wrote:\n> Hello Alice,\n>\n> > older\n> bye',
    );
  });
  test('long paragraphs are wrapped with soft breaks', () => {
    const quoted = quoteText({ plainText: 'word '.repeat(60).trim() }, 'x');
    for (const line of quoted.split('\n')) assert.ok(line.length <= 76, line);
    assert.match(quoted, /> word .* \n> word/);
  });
  test('a forward says who wrote what to whom', () => {
    const text = forwardText(original, forwardHead(original, english.t, 'en'));
    for (const part of [
      'Forwarded message',
      'From: Bob Jones <bob@example.org>',
      'Subject: Report',
      'To: alice@ours.example',
      'Cc: carla@example.org',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(text.includes('ACME'), 'a forward keeps the signature');
  });
  test('names with line breaks stay one line', () => {
    const text = head({ ...original, from: [{ name: 'Bob\r\nBcc: x', address: 'b@x.example' }] });
    assert.ok(text.includes('Bob Bcc: x wrote:'));
  });
  test('only a whole `-- ` line is a signature', () => {
    assert.equal(withoutSignature('a\n--\nb'), 'a\n--\nb');
    assert.equal(withoutSignature('a\n-- \nb'), 'a');
  });
});
