// Letters of many kinds for Sieve, made from a seed: header fields as programs and people write them, bodies in several
// encodings and charsets, parts within parts, and some that break the rules. Line ends are LF, as letters in the queue.

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function makeChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const froms = [
  'Alice Archer <alice@example.org>',
  'alice@example.org',
  '"Archer, Alice" <Alice.Archer@Example.ORG>',
  'alice+news@example.org (Alice)',
  '<bob@sub.example.com>',
  '=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <joerg@example.de>',
  'List <list-owner@lists.example.net>',
  '"quoted local"@example.org',
  'alice@[192.0.2.1]',
  'MAILER-DAEMON (Mail Delivery System)',
  'Friends: alice@example.org, bob@example.com;',
  'not an address',
];
const recipients = [
  'bob@example.com',
  'Bob <bob@example.com>, Carol <carol@example.net>',
  'bob+lists@example.com',
  'undisclosed-recipients:;',
  '"Bob, the builder" <bob@example.com>,\n\t"Dan" <dan@example.org>',
  'Team: a@example.com, b@example.com;, c@example.com',
  'bob@EXAMPLE.com',
  'bob+a+b@example.com',
];
const subjects = [
  'Hello',
  'Re: Hello World',
  '[list] Re: hello   there',
  '=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=',
  '=?utf-8?B?w5xiZXJyYXNjaHVuZw==?= and =?utf-8?q?more?=',
  '=?utf-8?q?a?= =?utf-8?q?b?=',
  'MAKE MONEY FAST!!!',
  'A long subject that is folded\n over two lines',
  'A tab\n\tfolded one',
  '*stars* and ?marks? and \\backslash',
  '',
  '  spaces around  ',
  'Order 1234 shipped: 50% off',
  'Ticket #00042',
];
const dates = [
  'Mon, 23 Nov 2026 10:15:30 +0100',
  'Tue, 1 Jan 2002 00:00:00 -0500',
  '23 Nov 2026 23:59:59 -0000',
  'Sun, 29 Feb 2004 12:30:00 GMT',
  'Fri, 31 Dec 1999 23:30:00 -0800 (PST)',
  'Thu, 5 Jul 2012 07:08 +0530',
  'no date at all',
];

const words = 'lunch meeting invoice money offer report hello world please reply urgent viagra free'.split(
  ' ',
);

/** `count` letters; the same for the same seed. */
export function makeLetters(seed: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => makeLetter(makeChance(seed * 10_007 + i)));
}

function makeLetter(chance: () => number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const text = (): string =>
    Array.from({ length: 3 + Math.floor(chance() * 12) }, () => pick(words)).join(' ');
  const fields: string[] = [];
  for (let i = 0; i < Math.floor(chance() * 4); i++)
    fields.push(
      `Received: from mx${i}.example.net (mx${i} [192.0.2.${i}])\n\tby mx.example.com; ${pick(dates)}`,
    );
  fields.push(`From: ${pick(froms)}`, `To: ${pick(recipients)}`);
  if (chance() < 0.3) fields.push(`Cc: ${pick(recipients)}`);
  if (chance() < 0.15) fields.push(`Sender: ${pick(froms)}`);
  if (chance() < 0.92) fields.push(`${pick(['Subject', 'SUBJECT', 'subject'])}: ${pick(subjects)}`);
  if (chance() < 0.1) fields.push(`Subject: ${pick(subjects)}`);
  if (chance() < 0.9) fields.push(`Date: ${pick(dates)}`);
  if (chance() < 0.8) fields.push(`Message-ID: <${Math.floor(chance() * 1e9)}@example.org>`);
  if (chance() < 0.3) fields.push(`List-Id: ${pick(['Dev <dev.lists.example.net>', '<news.example.org>'])}`);
  if (chance() < 0.3) fields.push(`X-Spam-Score: ${Math.floor(chance() * 11)}`);
  if (chance() < 0.2) fields.push(`X-Priority: ${pick(['1', '3', '10', 'high', '007'])}`);
  if (chance() < 0.1) fields.push('X-Empty:');
  if (chance() < 0.1) fields.push(`X-Mixed: ${pick(['ABC', 'abc', 'aBc'])}`);
  const { header, body } = makeEntity(0, chance, pick, text);
  fields.push(...header);
  return Buffer.from(`${fields.join('\n')}\n\n${body}`, 'latin1');
}

type Pick = <T>(list: readonly T[]) => T;

function makeEntity(
  depth: number,
  chance: () => number,
  pick: Pick,
  text: () => string,
): { header: string[]; body: string } {
  const roll = chance();
  if (depth < 3 && roll < (depth === 0 ? 0.45 : 0.3)) return makeMultipart(depth, chance, pick, text);
  if (depth > 0 && depth < 3 && roll < 0.4) {
    const inner = makeEntity(depth + 1, chance, pick, text);
    const header = ['From: inner@example.org', `Subject: ${pick(['Inner', 'Fwd: hello'])}`, ...inner.header];
    return { header: ['Content-Type: message/rfc822'], body: `${header.join('\n')}\n\n${inner.body}` };
  }
  if (roll < 0.5)
    return { header: depth === 0 && roll < 0.47 ? [] : ['Content-Type: text/plain'], body: `${text()}\n` };
  const kind = pick(['qp', 'base64', 'html', 'attachment', 'latin1', 'calendar']);
  switch (kind) {
    case 'qp':
      return {
        header: ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable'],
        body: `Gr=C3=BC=C3=9Fe, ${text()} soft=\nbreak =3D equals\n`,
      };
    case 'base64':
      return {
        header: ['Content-Type: text/plain; charset="UTF-8"', 'Content-Transfer-Encoding: base64'],
        body: `${Buffer.from(`Grüße ${text()}\nsecond line\n`).toString('base64')}\n`,
      };
    case 'html':
      return {
        header: ['Content-Type: text/html; charset=us-ascii'],
        body: `<html><body><p class="hidden">${text()}</p><b>bold</b> &amp; more</body></html>\n`,
      };
    case 'attachment':
      return {
        header: [
          `Content-Type: application/pdf; name="${pick(['report.pdf', 'Invoice 12.pdf'])}"`,
          `Content-Disposition: ${pick(['attachment', 'inline'])}; filename="${pick(['report.pdf', 'a.exe'])}"`,
          'Content-Transfer-Encoding: base64',
        ],
        body: `${Buffer.from(`%PDF ${text()}`).toString('base64')}\n`,
      };
    case 'latin1':
      return {
        header: ['Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: 8bit'],
        body: `Gr\xfc\xdfe ${text()}\n`,
      };
    default:
      return {
        header: ['Content-Type: text/calendar; method=REQUEST'],
        body: `BEGIN:VCALENDAR\nEND:VCALENDAR\n`,
      };
  }
}

function makeMultipart(
  depth: number,
  chance: () => number,
  pick: Pick,
  text: () => string,
): { header: string[]; body: string } {
  const boundary = `b${depth}-${Math.floor(chance() * 1e6)}`;
  const parts = Array.from({ length: 1 + Math.floor(chance() * 3) }, () =>
    makeEntity(depth + 1, chance, pick, text),
  );
  const prologue = chance() < 0.4 ? `prologue ${text()}\n` : '';
  const epilogue = chance() < 0.3 ? `epilogue ${text()}\n` : '';
  const end = chance() < 0.1 ? '' : `--${boundary}--\n${epilogue}`;
  const body = parts
    .map(({ header, body }) => `--${boundary}\n${header.join('\n')}${header.length > 0 ? '\n' : ''}\n${body}`)
    .join('\n');
  return {
    header: [`Content-Type: multipart/${pick(['mixed', 'alternative', 'related'])}; boundary="${boundary}"`],
    body: `${prologue}${body}\n${end}`,
  };
}
