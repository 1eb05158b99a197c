// The tests of Sieve on header, envelope, body, parts and dates of a letter (RFC 5228 5, 5173, 5233, 5260, 5703 4), after
// the RFCs' examples and after what other Sieves are known to answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everything, faultsOf, holds, variableAfter } from '../support/sieve.ts';

/** Asks a table of questions about one letter. */
async function ask(
  letter: string | Buffer,
  table: readonly (readonly [string, boolean])[],
  more: Parameters<typeof holds>[1] = {},
): Promise<void> {
  for (const [question, answer] of table)
    assert.equal(await holds(question, { letter, ...more }), answer, question);
}

test('header fields are compared unfolded, decoded, without blanks around them (RFC 5228 2.7.2, RFC 2047)', async () => {
  const letter = [
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?UTF-8?B?YXVz?= =?iso-8859-1?q?_K=F6ln?= (plain)',
    'X-Folded: one\n\ttwo\n  three',
    'X-Blanks:   \t around \t ',
    'X-Cut: =?utf-8?b?w5w=?= =?utf-8?b?w?= x',
    'X-Half: =?utf-8?q?=C3?= =?utf-8?q?=BC?=',
    'X-None: =?utf-8?z?abc?= =?nothing?q?a=E4?=',
    'X-Raw: Gr\xc3\xbc\xc3\x9fe',
    'X-Old: Gr\xfc\xdfe',
    'X-Space : before the colon',
    'Broken line',
    'X-Last: here',
  ].join('\n');
  await ask(Buffer.from(`${letter}\n\nbody\n`, 'latin1'), [
    ['header :is "subject" "Grüßeaus Köln (plain)"', true],
    ['header :is "x-folded" "one two  three"', true],
    ['header :is "x-blanks" "around"', true],
    ['header :contains "x-cut" "Ü"', true],
    ['header :is "x-half" "ü"', true],
    ['header :contains "x-none" "=?utf-8?z?abc?="', true],
    ['header :is "x-raw" "Grüße"', true],
    ['header :is "x-old" "Grüße"', true],
    ['header :is "x-space" "before the colon"', true],
    ['header :is "x-last" "here"', true],
    ['exists "broken"', false],
    // RFC 5228 2.4.2.2: what can be no name is no fault, and nothing has it.
    ['header :contains ["subject:", "", "x y", "ü"] ""', false],
    ['exists "subject:"', false],
    ['address "from:" "x"', false],
    ['header :is "body" ""', false],
  ]);
  await ask('Subject: no body', [['header :is "subject" "no body"', true]]);
  await ask('\nSubject: in the body\n', [['exists "subject"', false]]);
  await ask('', [['exists "subject"', false]]);
});

test('address looks at addresses and not at what is around them (RFC 5228 5.1)', async () => {
  const letter = `From: "Wile E. Coyote, Genius" (still hungry) <coyote@Desert.Example.ORG>
To: Team: a@one.example, "b c"@two.example; , roadrunner+fast+er@acme.example.com
Cc: undisclosed-recipients:;
Reply-To: <@relay.example,@b.example:far@away.example>
Bcc: not an address at all <
Sender: MAILER-DAEMON
X-Forwarded-To: =?utf-8?q?J=C3=B6rg?= <joerg@example.net>

`;
  await ask(letter, [
    ['address :is "from" "coyote@desert.example.org"', true],
    ['address :contains "from" "genius"', false],
    ['address :is :domain "from" "desert.example.org"', true],
    ['address :is :comparator "i;octet" :domain "from" "desert.example.org"', false],
    ['address :is :localpart "from" "coyote"', true],
    ['address :is :all ["to", "from"] "a@one.example"', true],
    ['address :is :localpart "to" "b c"', true],
    ['address :is :domain "to" ["one.example", "none.example"]', true],
    ['address :is :user "to" "roadrunner"', true],
    ['address :is :detail "to" "fast+er"', true],
    ['address :is :detail "to" ""', false],
    ['address :matches :detail "from" "*"', false],
    ['address :is :user "from" "coyote"', true],
    ['address :matches :localpart "cc" "*"', false],
    ['address :is :all "cc" "undisclosed-recipients:;"', true],
    ['address :is "reply-to" "far@away.example"', true],
    ['address :is :localpart "sender" "MAILER-DAEMON"', false],
    ['address :is :all "sender" "MAILER-DAEMON"', true],
    ['address :is :domain "sender" ""', false],
    ['address :is "x-forwarded-to" "joerg@example.net"', true],
    ['address :count "eq" :comparator "i;ascii-numeric" "to" "3"', true],
  ]);
  assert.equal(
    await holds('address :is :detail "to" "fast+er"', { letter, detailSeparator: '-' }),
    false,
    "the separator is the system's",
  );
  assert.equal(
    await holds('address :is :user "to" "a"', { letter: 'To: a-b+c@d.example\n\n', detailSeparator: '-' }),
    true,
  );
});

test('envelope has its own addresses (RFC 5228 5.4), the null sender is empty whatever part is asked for', async () => {
  const circumstances = {
    envelopeFrom: 'tim+news@Example.COM',
    envelopeTo: 'me@example.net',
    authenticatedAs: 'tim@example.com',
  };
  await ask(
    'From: other@example.org\n\n',
    [
      ['envelope :all :is "from" "tim+news@example.com"', true],
      ['envelope "from" "other@example.org"', false],
      ['envelope :domain "from" "example.com"', true],
      ['envelope :detail "from" "news"', true],
      ['envelope :localpart ["from", "to"] "me"', true],
      ['envelope :is "auth" "tim@example.com"', true],
      ['envelope :count "eq" :comparator "i;ascii-numeric" ["from", "to"] "2"', true],
    ],
    circumstances,
  );
  await ask(
    '\n',
    [
      ['envelope :is "from" ""', true],
      ['envelope :domain :is "from" ""', true],
      ['envelope :detail :is "from" ""', true],
      ['envelope :contains "auth" ""', false],
    ],
    { envelopeFrom: '' },
  );
  assert.match(
    faultsOf(`${everything} if envelope "rcpt" "x" {}`)[0] ?? '',
    /expected "from", "to" or "auth"/,
  );
});

test('exists, size and how lists of tests are joined (RFC 5228 5)', async () => {
  const letter = 'Subject: a\nX-Empty:\n\nbody\n';
  await ask(letter, [
    ['exists "subject"', true],
    ['exists ["subject", "x-empty"]', true],
    ['exists ["subject", "x-none"]', false],
    ['not exists "x-none"', true],
    [`size :over ${letter.length}`, false],
    [`size :under ${letter.length}`, false],
    [`size :over ${letter.length - 1}`, true],
    [`size :under ${letter.length + 1}`, true],
    ['allof (true, not false)', true],
    ['allof (true, false, true)', false],
    ['anyof (false, false)', false],
    ['anyof (false, true)', true],
  ]);
  await ask(letter, [['size :over 9M', true]], { size: 10_000_000 });
});

const parts = `Subject: the outer one
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

the prologue
--outer
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe and a soft=
break
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('<html><p class="x">Käse &amp; Brot</p></html>').toString('base64')}
--inner--
--outer
Content-Type: message/rfc822

From: inner@example.org
Subject: the inner one

inner text
--outer
Content-Type: application/pdf; name*0*=utf-8''Gr%C3%BC; name*1="n.pdf"
Content-Disposition: attachment; filename="b\\"x.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--outer--
the epilogue
`;

test('an address without the form of one is matched only whole, the list goes on behind it (RFC 5228 2.7.4)', async () => {
  for (const [field, part, matched] of [
    ['nsb', 'all', ['nsb']],
    ['nsb', 'localpart', []],
    ['John Doe', 'all', ['John Doe']],
    ['abel, bianchi, x@y.example', 'all', ['x@y.example']],
    ['a@b.example and more, c@d.example', 'all', ['a@b.example']],
    ['<>', 'all', ['<>']],
    ['', 'domain', ['']],
    ['"us er"@y.example', 'all', ['"us er"@y.example']],
    ['"us er"@y.example', 'localpart', ['us er']],
    ['a..b@y.example', 'all', ['"a..b"@y.example']],
    ['<@r.example,@s.example:a@y.example>', 'all', ['a@y.example']],
    ['a@b.example (no end', 'localpart', []],
    ['Team: a@y.example, b@y.example;, c@z.example', 'localpart', ['a', 'b', 'c']],
    ['x@y <a@z.example>', 'all', ['a@z.example']],
    ['j\u00f6rg@ex\u00e4mple.example', 'localpart', ['j\u00f6rg']],
  ] as const)
    await ask(`To: ${field}\n\n`, [
      ...matched.map((key): [string, boolean] => [`address :${part} :is "to" ${JSON.stringify(key)}`, true]),
      [`address :${part} :count "eq" :comparator "i;ascii-numeric" "to" "${matched.length}"`, true],
    ]);
});

test('body: raw, by content, as text (RFC 5173)', async () => {
  await ask(parts, [
    ['body :raw :contains "=FC=DFe"', true],
    ['body :raw :contains "Grüße"', false],
    ['body :raw :contains "the outer one"', false],
    ['body :raw :contains "the prologue\n--outer"', true],
    ['body :content "text" :contains "Grüße and a softbreak"', true],
    ['body :content "text/plain" :contains "Käse"', false],
    ['body :content "TEXT/HTML" :contains "<p class=\\"x\\">Käse"', true],
    ['body :content "text/" :contains ""', false],
    ['body :content "/html" :contains ""', false],
    ['body :content "text/html/x" :contains ""', false],
    ['body :content "" :contains "%PDF"', true],
    ['body :content "application/pdf" :is "%PDF"', true],
    ['body :content "multipart" :contains "the prologue"', true],
    ['body :content "multipart" :contains "the epilogue"', true],
    ['body :content "multipart" :contains "Käse"', false],
    ['body :content "message/rfc822" :contains "Subject: the inner one"', true],
    ['body :content "message/rfc822" :contains "inner text"', false],
    ['body :content "text/plain" :contains "inner text"', true],
    ['body :text :is "Käse & Brot"', true],
    ['body :contains "softbreak"', true],
    ['body :text :contains "class"', false],
    ['body :text :contains "%PDF"', false],
    ['body :count "gt" :comparator "i;ascii-numeric" "2"', true],
  ]);
  await ask('Subject: no type\n\nplain body\n', [
    ['body :content "text/plain" :contains "plain body"', true],
    ['body :raw :is "plain body\n"', true],
  ]);
  // RFC 5173 4: without an empty line there is no body; with one it is there, and empty.
  await ask('Subject: no body', [
    ['body :raw :is ""', false],
    ['body :contains ""', false],
    ['body :content "text" :contains ""', false],
  ]);
  await ask('Subject: empty body\n\n', [['body :raw :is ""', true]]);
  // RFC 5173 6: no match variables.
  assert.equal(
    await variableAfter('v', `set "v" "before"; if body :raw :matches "*inner*" { set "v" "in\${1}"; }`, {
      letter: parts,
    }),
    'in',
  );
});

test('letters that break the rules of MIME are read as the next best thing', async () => {
  for (const [letter, question] of [
    ['Content-Type: multipart/mixed\n\nno boundary lunch\n', 'body :raw :contains "lunch"'],
    ['Content-Type: multipart/mixed; boundary=x\n\n--x\n\nnever closed lunch', 'body :contains "lunch"'],
    [
      // RFC 2046 5.1.1: a boundary that begins with the outer one.
      'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=xy\n\n--xy\n\na\n--xy--\n--x--\n',
      'header :mime :anychild :count "eq" :comparator "i;ascii-numeric" "content-type" "2"',
    ],
    [
      'Content-Transfer-Encoding: quoted-printable\n\nlunch  \nis=20\nlate\n',
      'body :contains "lunch\nis \nlate"',
    ],
    ['Content-Type: text/plain; charset=utf-7\n\nGr+APwA3w-e\n', 'body :contains "Gr\u00fc\u00dfe"'],
    ['Content-Type: text/html\n\n<p title="a > b">lunch</p>&#150;\n', 'body :is "lunch \u2013"'],
    [
      'Content-Type: Text/(of a kind) Plain ; x=y\n\n',
      'header :mime :contenttype :comparator "i;octet" "content-type" "Text/Plain"',
    ],
    ['Content-Type: text plain\n\n', 'header :mime :type "content-type" ""'],
    ['Subject: text/plain; x=y\n\n', 'header :mime :subtype "subject" ""'],
    ['Content-Type: nonsense\n\nlunch\n', 'body :contains "lunch"'],
    ['Content-Type: text/plain; charset=no-such\n\nlunch\n', 'body :contains "lunch"'],
    ['Content-Transfer-Encoding: base64\n\n!!!bHVu!Y2g=\n', 'body :contains "lunch"'],
    ['Content-Transfer-Encoding: quoted-printable\n\nlu=nch=6C=6cu=\n', 'body :contains "lu=nchllu"'],
    [
      'Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: in a digest\n\nlunch\n--x--\n',
      'header :mime :anychild "subject" "in a digest"',
    ],
  ] as const)
    assert.equal(await holds(question, { letter }), true, letter);
});

test('mime: fields of parts, their kinds and parameters (RFC 5703 4)', async () => {
  await ask(parts, [
    ['header :mime :contenttype "content-type" "multipart/mixed"', true],
    ['header :mime :type "content-type" "multipart"', true],
    ['header :mime :anychild :subtype "content-disposition" ""', true],
    ['header :mime :subtype "content-type" "mixed"', true],
    ['header :mime :subtype "content-type" "html"', false],
    ['header :mime :anychild :subtype "content-type" "html"', true],
    ['header :mime :anychild :contenttype "content-type" "application/pdf"', true],
    ['header :mime :anychild :param "filename" "content-disposition" "b\\"x.pdf"', true],
    ['header :mime :anychild :param ["name"] :contains "content-type" "Grün.pdf"', true],
    ['header :mime :anychild :param "none" :matches "content-type" "*"', false],
    ['header :mime :anychild :type "content-disposition" "attachment"', true],
    ['header :mime :anychild "subject" "the inner one"', true],
    ['header "subject" "the inner one"', false],
    ['address :mime :anychild :localpart "from" "inner"', true],
    ['exists :mime :anychild ["content-disposition", "from"]', true],
    ['exists :mime "content-disposition"', false],
  ]);
  for (const [question, fault] of [
    ['header :type "a" "b"', /found :type without :mime/],
    ['header :anychild "a" "b"', /found :anychild without :mime/],
    ['header :mime :type :subtype "a" "b"', /found the tag :subtype beside :type/],
  ] as const)
    assert.match(faultsOf(`${everything} if ${question} {}`)[0] ?? '', fault);
});

test('index and last choose among fields of one name (RFC 5260 6)', async () => {
  const letter = 'X: one\nX: two\nY: other\nX: three\nTo: a@example.org\nTo: b@example.org\n\n';
  await ask(letter, [
    ['header :index 1 "x" "one"', true],
    ['header :index 2 "x" "two"', true],
    ['header :index 1 :last "x" "three"', true],
    ['header :last :index 3 "x" "one"', true],
    ['header :index 4 :contains "x" ""', false],
    ['header :index 2 "x" "one"', false],
    ['address :index 2 :localpart "to" "b"', true],
    ['address :index 2 :last :localpart "to" "b"', false],
  ]);
  assert.match(
    faultsOf(`${everything} if header :index 0 "x" "y" {}`)[0] ?? '',
    /found :index 0; expected 1 or more/,
  );
  assert.match(faultsOf(`${everything} if header :last "x" "y" {}`)[0] ?? '', /found :last without :index/);
});

test('date and its parts, in every zone (RFC 5260 4)', async () => {
  const letter = `Received: from a by b; Mon, 23 Nov 2026 23:30:05 -0500
Received: from x by a; Sun, 1 Feb 2004 00:00:00 +0000
Date: Sat, 28 Feb 2004 22:15:09 -0330
X-Old: 3 Jan 49 04:05 EST
X-Bad: yesterday

`;
  await ask(letter, [
    ...(
      [
        ['year', '2004'],
        ['month', '02'],
        ['day', '28'],
        ['date', '2004-02-28'],
        ['julian', '53063'],
        ['hour', '22'],
        ['minute', '15'],
        ['second', '09'],
        ['time', '22:15:09'],
        ['iso8601', '2004-02-28T22:15:09-03:30'],
        ['std11', 'Sat, 28 Feb 2004 22:15:09 -0330'],
        ['zone', '-0330'],
        ['weekday', '6'],
      ] as const
    ).map(([part, value]): [string, boolean] => [`date :originalzone :is "date" "${part}" "${value}"`, true]),
    ['date :zone "+0200" "date" "date" "2004-02-29"', true],
    ['date :zone "+0200" "date" "weekday" "0"', true],
    ['date "date" "time" "01:45:09"', true],
    ['date "date" "iso8601" "2004-02-29T01:45:09Z"', true],
    ['date :value "ge" :originalzone "date" "hour" "18"', true],
    ['date :originalzone "received" "date" "2026-11-23"', true],
    ['date :originalzone "received" "date" "2004-02-01"', false],
    ['date :index 2 :originalzone "received" "date" "2004-02-01"', true],
    ['date :originalzone "x-old" "date" "2049-01-03"', true],
    ['date :zone "+0000" "x-old" "time" "09:05:00"', true],
    ['date :matches "x-bad" "year" "*"', false],
    ['date :matches "x-none" "year" "*"', false],
  ]);
  assert.equal(await holds('date "date" "hour" "02"', { letter, zone: 'Europe/Paris' }), true);
  assert.equal(
    await holds('date "date" "hour" "01"', { letter, zone: 'No/Such_Zone' }),
    true,
    'counts as UTC',
  );
});

test('currentdate is the time of the delivery (RFC 5260 5)', async () => {
  await ask('\n', [
    ['currentdate :zone "+0000" "iso8601" "2026-11-23T09:15:30Z"', true],
    ['currentdate :zone "-1000" "date" "2026-11-22"', true],
    ['currentdate "weekday" "1"', true],
    [
      'allof (currentdate :value "ge" "date" "2026-11-01", currentdate :value "le" "date" "2026-11-30")',
      true,
    ],
  ]);
  // Summer and winter of a zone by its name.
  const summer = { now: new Date('2026-07-01T12:00:00Z'), zone: 'America/New_York' };
  assert.equal(await holds('currentdate "zone" "-0400"', summer), true);
  assert.equal(await holds('currentdate "zone" "-0500"', { zone: 'America/New_York' }), true);
  assert.match(
    faultsOf(`${everything} if currentdate "yesr" "2" {}`)[0] ?? '',
    /found the date part "yesr"; expected one of year/,
  );
  assert.match(
    faultsOf(`${everything} if currentdate :zone "UTC" "year" "2" {}`)[0] ?? '',
    /found the zone "UTC"; expected an offset/,
  );
});
