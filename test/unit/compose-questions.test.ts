// What is asked once before a message leaves (spec/webmail.md 4.2, 4.3), and whether a domain takes mail.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createMailDomains, type MailDomains } from '../../server/supervisor/mail-domains.ts';
import { noFields } from '../../server/web/compose/drafts.ts';
import { likelyNames } from '../../server/web/compose/likely-names.ts';
import { openQuestions, speaksOfFile } from '../../server/web/compose/questions.ts';
import { recipientsOf } from '../../server/web/compose/recipients.ts';
import { english } from '../../server/web/words/words.ts';
import { type DnsServer, startDns } from '../support/dns.ts';

const { t } = english;
const ask = async (
  fields: Partial<typeof noFields>,
  more: Partial<Parameters<typeof openQuestions>[2]> & { readonly files?: number } = {},
) => {
  const typed = { ...noFields, subject: 'Hello', body: 'Text', to: 'bob@example.org', ...fields };
  const attachments = Array.from({ length: more.files ?? 0 }, (_, index) => ({
    id: `a${index}`,
    file: 'part',
    name: 'a.txt',
    type: 'text/plain',
    size: 1,
  }));
  const parts = { t, confirmed: '', neverAsk: [], findMailDomain: undefined, ...more };
  return openQuestions({ fields: typed, attachments }, recipientsOf(typed), parts);
};
const names = async (...args: Parameters<typeof ask>) => (await ask(...args)).map(({ name }) => name);

describe('questions before a message leaves', () => {
  test('no subject and no text are asked about once, and not at all by who does not want it', async () => {
    assert.deepEqual(await names({ subject: '', body: '' }), ['subject', 'body']);
    assert.deepEqual(await names({ subject: '', body: '' }, { confirmed: 'subject' }), ['body']);
    assert.deepEqual(await names({ subject: '', body: '' }, { confirmed: 'subject,body' }), []);
    assert.deepEqual(await names({ subject: '', body: '' }, { neverAsk: ['subject'] }), ['body']);
    assert.deepEqual(await names({ body: '' }, { files: 1 }), [], 'a file alone is a message');
  });

  test('more than five open recipients of several domains will see each other', async () => {
    const six = Array.from({ length: 6 }, (_, n) => `r${n}@${n % 2 ? 'a' : 'b'}.example`).join(', ');
    assert.deepEqual(await names({ to: six }), ['open']);
    assert.deepEqual(await names({ to: '', bcc: six }), []);
    assert.deepEqual(await names({ to: six.replaceAll('b.example', 'a.example') }), [], 'one house');
    assert.deepEqual(await names({ to: six.split(', ').slice(1).join(', ') }), []);
  });

  test('a text that speaks of a file without one', () => {
    const speaks = (body: string, subject = 'x') => speaksOfFile({ subject, body }, t);
    for (const body of ['See the attached report.', 'Attachment follows', 'I send contract.pdf', 'ENCLOSED:'])
      assert.equal(speaks(body), true, body);
    for (const body of [
      'Never unattached.',
      '> See the attached report.\nThanks',
      'Thanks\n-- \nAttached to my phone',
      'See https://example.org/contract.pdf',
      'A pdf would be nice',
    ])
      assert.equal(speaks(body), false, body);
    assert.equal(speaks('x', 'Attached: minutes'), true);
  });

  test('a domain that takes no mail is named; nobody waits longer than two seconds for an answer', async () => {
    const [question] = await ask(
      { to: 'a@gone.example, b@there.example' },
      { findMailDomain: async (domain) => (domain === 'gone.example' ? 'none' : 'there') },
    );
    assert.match(question?.words ?? '', /No mail server was found for gone\.example/);
    assert.equal(question?.canStop, false);
    const began = performance.now();
    assert.deepEqual(await names({}, { findMailDomain: () => new Promise(() => {}) }), []);
    assert.ok(performance.now() - began < 6000);
  });
});

describe('a mistyped name', () => {
  for (const [typed, meant] of [
    ['bbo', 'bob'],
    ['bobb', 'bob'],
    ['ana', 'anna'],
    ['crala', 'carla'],
    ['clara', 'carla'],
    ['karla', 'carla'],
  ] as const) {
    const isNear = typed !== 'clara';
    test(`${typed}: ${meant} is ${isNear ? '' : 'not '}one slip away`, () => {
      assert.equal(likelyNames(typed).includes(meant), isNear);
    });
  }
  test('nothing is guessed at a letter or a novel, and no guess leaves the name', () => {
    assert.deepEqual(likelyNames('a'), []);
    assert.deepEqual(likelyNames('a'.repeat(40)), []);
    assert.ok(likelyNames('a/b').every((name) => !name.includes('/')));
  });
});

describe('does a domain take mail', () => {
  let dns: DnsServer;
  let domains: MailDomains;
  let directory: string;
  before(async () => {
    dns = await startDns({
      'mx.site.net': { MX: [[10, 'mail.site.net']] },
      'null.site.net': { MX: [[0, '.']] },
      'bare.site.net': { A: ['192.0.2.1'] },
      'empty.site.net': { TXT: ['x'] },
      'broken.site.net': { fault: 'SERVFAIL' },
    });
    directory = await mkdtemp(join(tmpdir(), 'facteur-domains-'));
    await mkdir(join(directory, 'control'));
    await writeFile(join(directory, 'control', 'me'), 'mail.site.net\n');
    await writeFile(join(directory, 'control', 'dnsservers'), `127.0.0.1:${dns.port}\n`);
    await writeFile(join(directory, 'control', 'smtproutes'), 'routed.net:127.0.0.1\n');
    domains = createMailDomains(directory);
  });
  after(async () => {
    domains.close();
    await dns.close();
    await rm(directory, { recursive: true });
  });
  for (const [domain, answer] of [
    ['mx.site.net', 'there'],
    ['null.site.net', 'none'],
    ['bare.site.net', 'there'],
    ['empty.site.net', 'none'],
    ['nothing.site.net', 'none'],
    ['broken.site.net', 'unknown'],
    ['routed.net', 'there'],
    ['somebody.example', 'unknown'],
    ['mail.test', 'unknown'],
    ['192.0.2.1', 'unknown'],
  ] as const) {
    test(`${domain}: ${answer}`, async () => {
      assert.equal(await domains.find(domain), answer);
    });
  }
});
