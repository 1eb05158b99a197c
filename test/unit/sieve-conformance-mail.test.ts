// The second part of what Sieves are known to answer: what concerns addresses, edits of the header, notices, answers, parts,
// loops of includes. After the cases that other implementations publish, as facts, in letters and words of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, everything, faultsOf, holds, runSieve, variableAfter } from '../support/sieve.ts';

const letter = `Delivered-To: nico@nl.example.com
Received: from b.example by c.example; Tue, 24 Nov 2026 03:30:00 -0330
Received: from a.example by b.example; Tue, 24 Nov 2026 06:45:00 +0000
From: "Harry, of the \\"North\\"" <harry+n@[192.0.2.7]>
To: Friends: a@one.example, "b c"@two.example;, (comment) D@Three.Example
Cc: nobody, @broken, x@@y, fine@four.example
X-Mark: one
X-Mark: two
X-Mark: three
Subject: =?iso-8859-1?q?Gr=FC=DFe?= und =?utf-8?b?TWVocg==?=
Auto-Submitted: no
Content-Type: multipart/mixed; boundary="=b="

prologue words
--=b=
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Stra=DFe=
 here
--=b=
Content-Type: message/rfc822

Subject: within
Content-Type: text/html; charset=utf-8

<p>Th&auml;t <b>is</b> it</p>
--=b=
Content-Type: application/octet-stream; name="a.bin"
Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.bin

base words
--=b=--
epilogue words
`;

async function table(yes: readonly string[], no: readonly string[] = []): Promise<void> {
  for (const question of yes) assert.equal(await holds(question, { letter }), true, question);
  for (const question of no) assert.equal(await holds(question, { letter }), false, question);
}

/** Scripts, each with exactly one fault. */
function refused(scripts: readonly string[]): void {
  for (const script of scripts)
    assert.equal(
      faultsOf(`${everything} ${script}`).length,
      1,
      `${script} ${faultsOf(`${everything} ${script}`)}`,
    );
}

test('addresses out of groups, comments, quotes and brackets; what is none is passed over', () =>
  table(
    [
      'address :localpart "from" "harry+n"',
      'address :user "from" "harry"',
      'address :domain "from" "[192.0.2.7]"',
      'address :localpart "to" "b c"',
      'address "to" "d@three.example"',
      'address :comparator "i;octet" "to" "D@Three.Example"',
      'address :count "eq" :comparator "i;ascii-numeric" "to" "3"',
      'header :is "subject" "Grüße und Mehr"',
    ],
    ['address :domain "to" "friends"', 'address :contains "from" "North"', 'address :detail "to" ""'],
  ));

test('an address that mail goes to is one and whole', () => {
  refused(
    [
      '@x.example',
      'x',
      'x@',
      'A B x@y.example',
      'A B <x@y.example',
      ' x y @  y.example',
      '@',
      '<>',
      'X <x@',
      'x@y.example;',
      'x@y.example,z@y.example',
      'x@y.example,%&!',
    ].flatMap((address) => [
      `redirect ${JSON.stringify(address)};`,
      `vacation :from ${JSON.stringify(address)} "away";`,
    ]),
  );
  assert.deepEqual(
    faultsOf(`${everything} redirect "\\"A; <b>\\" <x@y.example>"; redirect "rüdiger@y.example";`),
    [],
  );
});

test('notices: the address, its fields, the options and how many there are', async () => {
  refused([
    'notify "mailto:x@y.example;?a=b";',
    'notify "mailto:x@y.example?he<=b";',
    'notify "mailto:x@y.example?a=b>";',
    'notify "mailto:x@y.example?a:=b";',
    'notify "mailto:x%23y.example";',
    'notify "mailto:x@y.example?to=x%23y.example";',
    'notify "xmpp:x@y.example";',
    'notify :options "" "mailto:x@y.example";',
    'notify :options "plain" "mailto:x@y.example";',
    'notify :options "_a=" "mailto:x@y.example";',
    'notify :options "=a" "mailto:x@y.example";',
    'notify :options "a=b\nc" "mailto:x@y.example";',
  ]);
  const many = (count: number): string =>
    Array.from({ length: count }, (_, i) => `notify "mailto:x${i}@y.example";`).join(' ');
  assert.equal((await actionsOf(everything + many(4))).length, 5);
  assert.deepEqual(await actionsOf(everything + many(5)), [
    'error: found more than 4 notices; expected at most 4',
  ]);
});

test('names of folders are UTF-8 and say something', async () => {
  refused(['fileinto "";', 'fileinto "a\tb";', `fileinto "\${hex:ff}";`, 'fileinto :specialuse "Junk" "x";']);
  assert.deepEqual(await actionsOf(`${everything} set "n" "a\${hex:fe}"; fileinto "\${n}";`), [
    'error: found "a\ufffd" as the name of a folder; expected text in UTF-8',
  ]);
});

test('edits: each sees the ones before it; what shows the way of a letter stays', async () => {
  for (const [commands, field, value] of [
    ['deleteheader "x-mark";', 'X-Mark', ''],
    ['deleteheader :index 2 "x-mark";', 'X-Mark', 'one|three|'],
    ['deleteheader :index 1 :last "x-mark";', 'X-Mark', 'one|two|'],
    ['deleteheader :index 9 "x-mark";', 'X-Mark', 'one|two|three|'],
    ['deleteheader :matches "x-mark" "t*";', 'X-Mark', 'one|'],
    ['deleteheader :index 1 :is "x-mark" "two";', 'X-Mark', 'one|two|three|'],
    ['addheader "X-Mark" "zero"; deleteheader :index 1 "x-mark";', 'X-Mark', 'one|two|three|'],
    ['addheader :last "X-Mark" "four"; deleteheader :index 1 :last "x-mark";', 'X-Mark', 'one|two|three|'],
    ['addheader "X-Mark" "a"; addheader "X-Mark" "b";', 'X-Mark', 'b|a|one|two|three|'],
    ['deleteheader "x-mark"; addheader "X-Mark" "ü";', 'X-Mark', 'ü|'],
    ['addheader "X-New" "a\n b\r\nX-Bad: c";', 'X-New', 'a b X-Bad: c|'],
    ['deleteheader "received"; deleteheader "delivered-to";', 'Delivered-To', 'nico@nl.example.com|'],
    ['deleteheader :contains "auto-submitted" "";', 'Auto-Submitted', 'no|'],
  ] as const) {
    const ask = [1, 2, 3, 4, 5].map(
      (index) => `if header :index ${index} :matches "${field}" "*" { set "v" "\${v}\${1}|"; }`,
    );
    assert.equal(await variableAfter('v', `${commands} ${ask.join(' ')}`, { letter }), value, commands);
  }
  const { headers } = await runSieve(`${everything} addheader "X-A" "b\n\nc"; keep;`, { letter });
  assert.match(String(headers[1]), /^X-A: b c\nDelivered-To/);
});

test('bodies: what is around parts, encoded, within a letter within', () =>
  table(
    [
      'body :raw :contains "Stra=DFe"',
      'body :raw :contains "epilogue"',
      'body :contains "Straße here"',
      'body :contains "Thät is it"',
      'body :content "multipart" :contains "prologue words"',
      'body :content "multipart/mixed" :contains "epilogue words"',
      'body :content "message" :contains "Subject: within"',
      'body :content ["text/html", "image"] :contains "<b>is</b>"',
      'body :content "application/octet-stream" :contains "base words"',
      'body :content "" :contains "Straße"',
      'body :content "text" :matches "*Straße*"',
    ],
    [
      'body :contains "prologue"',
      'body :contains "base words"',
      'body :content "text/plain" :contains "Thät"',
      'body :content "text/" :contains "e"',
      'body :content "message/rfc822" :contains "Thät"',
      'body :raw :contains "Straße"',
    ],
  ));

test('parts: kinds, names, what a loop is at', async () => {
  await table(
    [
      'header :mime :anychild :param "filename" "content-disposition" "€.bin"',
      'header :mime :anychild :param ["name", "x"] :matches "content-type" "*.bin"',
      'header :mime :anychild :contenttype "content-type" "message/rfc822"',
      'header :mime :anychild :is "subject" "within"',
      'exists :mime :anychild "content-disposition"',
      'header :mime :type "content-type" "multipart"',
    ],
    ['exists :mime "content-disposition"', 'header :mime :subtype "content-type" "plain"'],
  );
  const kinds = `foreverypart { if header :mime :contenttype :matches "content-type" "*" { set "v" "\${v}\${1} "; } }`;
  assert.equal(
    await variableAfter('v', kinds, { letter }),
    'multipart/mixed text/plain message/rfc822 text/html application/octet-stream ',
  );
});

test('dates in zones of half hours and across the day', () =>
  table(
    [
      'date :index 1 :originalzone "received" "zone" "-0330"',
      'date :index 1 :zone "+0000" "received" "time" "07:00:00"',
      'date :index 2 :zone "+1800" "received" "date" "2026-11-25"',
      'date :index 1 :last :zone "-0700" "received" "weekday" "1"',
      'date :zone "-1000" "received" "iso8601" "2026-11-23T21:00:00-10:00"',
    ],
    ['date "subject" "year" ""', 'date :index 3 "received" "year" "2026"'],
  ));

test('scripts that include one another in a circle, end where the circle closes, and the letter is kept', async () => {
  const scripts = {
    a: 'require "include"; include "b";',
    b: 'require "include"; include "a";',
    self: 'require "include"; include "self";',
    main: 'keep;',
    twice: `require ["include", "variables"]; global "n"; set "n" "\${n}x";`,
  };
  for (const name of ['a', 'self', 'main']) {
    const { actions, error } = await runSieve(`${everything} redirect "x@y.example"; include "${name}";`, {
      scripts,
    });
    assert.match(error?.message ?? '', /included in itself/, name);
    assert.deepEqual(actions, []);
  }
  const count = (how: string): Promise<string | undefined> =>
    variableAfter('n', `global "n"; include ${how} "twice"; include ${how} "twice";`, { scripts });
  assert.deepEqual([await count(''), await count(':once')], ['xx', 'x']);
});

test('an answer says who it is from as people read it', async () => {
  for (const [given, from] of [
    ['=?utf-8?q?G=C3=BCnther?= K. <g@y.example>', 'Günther K. <g@y.example>'],
    ['Günther <g@y.example>', 'Günther <g@y.example>'],
    ['g@y.example', 'g@y.example'],
  ] as const) {
    const { actions } = await runSieve(`${everything} vacation :from "${given}" "away";`);
    assert.equal(actions[0]?.type === 'vacation' && actions[0].from, from);
  }
});
