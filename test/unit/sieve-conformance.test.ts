// What Sieves are known to answer where the RFCs leave a reader in doubt, extension by extension: after the cases that other
// implementations publish, as facts, in letters and words of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, everything, faultsOf, holds, variableAfter } from '../support/sieve.ts';

const letter = `Received: from far.example by near.example; Wed, 22 Jul 2009 01:02:03 +0200
From: "Stephan" <stephan+sieve@friep.example.com>
To: nico@nl.example.com, harry@de.example.com
Cc: undisclosed-recipients:;
Resent-To: Idiot <idiot@example.org>
Apparently-To: someone@example.net
Return-Receipt-Requested: receipt@example.net
Sender: friep-bounces@ant.example.com
Subject: Frobnitzm *is* ?here? \\o/
X-Score: 00302
X-Numbers: 1000
X-Numbers: 20
X-Word: 300x
X-Nothing:
X-Ends: abcabcabc
Date: Mon, 20 Jul 2009 21:44:43 +0300
Delivery-Date: Wed, 22 Jul 2009 21:44:43 +0300
X-Dates: 31 Feb 99 nonsense
List-Id: The list <friep.lists.example.com>

body
`;

/** Questions that hold, and such that do not. */
async function table(yes: readonly string[], no: readonly string[] = []): Promise<void> {
  for (const question of yes) assert.equal(await holds(question, { letter }), true, question);
  for (const question of no) assert.equal(await holds(question, { letter }), false, question);
}

test('wildcards at the start, at the end, one behind another, escaped', () =>
  table(
    [
      'header :matches "x-nothing" "*"',
      'header :matches "x-nothing" ""',
      'header :matches "x-ends" "abc*abc"',
      'header :matches "x-ends" "*abc"',
      'header :matches "x-ends" "*c*c*c"',
      'header :matches "x-ends" "?????????"',
      'header :matches "x-ends" "a**c"',
      'address :matches "from" "*@fri*p*examp*.com"',
      'address :matches "from" "?tephan+sieve@friep.example.com"',
      'header :matches "subject" "*\\\\*is\\\\* \\\\?*\\\\? *"',
      'header :matches "subject" "*\\\\\\\\o/"',
      'header :matches :comparator "i;octet" "subject" "F*"',
    ],
    [
      'header :matches "x-ends" "abc*abcabcabc"',
      'header :matches "x-ends" "????????"',
      'header :matches "x-ends" "*d"',
      'header :matches "subject" "*\\\\*was*"',
      'header :matches :comparator "i;octet" "subject" "f*"',
      'address :matches "from" "*+sieve@friep.example.om"',
    ],
  ));

test('relations of numbers: leading zeros, what is no number, several values against several keys', () =>
  table(
    [
      'header :value "eq" :comparator "i;ascii-numeric" "x-score" "302"',
      'header :value "le" :comparator "i;ascii-numeric" "x-score" ["1", "302"]',
      'header :value "gt" :comparator "i;ascii-numeric" "x-numbers" ["3000", "30"]',
      'header :value "eq" :comparator "i;ascii-numeric" "x-word" "300"',
      'header :value "gt" :comparator "i;ascii-numeric" "x-nothing" "300"',
      'header :count "eq" :comparator "i;ascii-numeric" "x-numbers" "002"',
      'header :count "eq" :comparator "i;ascii-numeric" "x-none" "0"',
      'address :count "eq" :comparator "i;ascii-numeric" ["to", "cc"] "3"',
      'address :count "eq" :comparator "i;ascii-numeric" :localpart ["to", "cc"] "2"',
      'header :count "ge" :comparator "i;ascii-numeric" ["received", "subject"] ["2"]',
      'string :value "lt" :comparator "i;octet" "abcce" "abcde"',
      'string :value "lt" "" "a"',
      'string :value "gt" "abcd" "abcCE"',
    ],
    [
      'header :value "lt" :comparator "i;ascii-numeric" "x-score" "2"',
      'header :value "gt" :comparator "i;ascii-numeric" "x-numbers" "1000"',
      'header :value "eq" :comparator "i;ascii-numeric" "x-nothing" "40"',
      'header :value "ge" :comparator "i;ascii-numeric" "x-none" "0"',
    ],
  ));

test('fields that hold addresses, whatever their names, and groups that hold none', () =>
  table(
    [
      'address "resent-to" "idiot@example.org"',
      'address "apparently-to" "someone@example.net"',
      'address "return-receipt-requested" "receipt@example.net"',
      'address :user "from" "stephan"',
      'address :detail :contains "from" "IEV"',
      'address :localpart ["to", "cc"] "harry"',
    ],
    [
      'address :localpart "cc" "undisclosed-recipients"',
      'address :contains :domain "cc" ""',
      'address :detail "to" ""',
      'address :user :is "from" "stephan+sieve"',
      'address "from" "Stephan"',
    ],
  ));

test('dates: what is none never matches, a count of such is 0, order is that of the text', () =>
  table(
    [
      'date :originalzone "date" "date" "2009-07-20"',
      'date :originalzone "delivery-date" "julian" "55034"',
      'date :originalzone "date" "iso8601" "2009-07-20T21:44:43+03:00"',
      'date :originalzone "date" "std11" "Mon, 20 Jul 2009 21:44:43 +0300"',
      'date :zone "+0200" "date" "hour" "20"',
      'date :zone "+0200" "date" "zone" "+0200"',
      'date :originalzone "date" "weekday" "1"',
      'date :originalzone :value "le" "delivery-date" "date" "2009-07-22"',
      'date :count "eq" :comparator "i;ascii-numeric" "x-none" "date" "0"',
      'date :count "eq" :comparator "i;ascii-numeric" "x-dates" "date" "0"',
      'date :index 1 :originalzone "received" "second" "03"',
    ],
    [
      'date :originalzone "date" "month" "7"',
      'date :contains "x-dates" "year" "9"',
      'date :originalzone "x-none" "year" "2009"',
    ],
  ));

test('variables: what a match leaves, where lists of tests end early, and when a name has a value', async () => {
  for (const [commands, value] of [
    // anyof and allof end where they are decided: the tests behind set nothing.
    [
      `if anyof (string :matches "puk pok puk pok" "pu*ok", string :matches "kip aap" "kip *") { set "v" "\${1}"; }`,
      'k pok puk p',
    ],
    [`if allof (string :matches "x" "?", string :matches "y" "z*") {} set "v" "\${0}";`, 'x'],
    [`if string :matches "frop" ["a*", "fr?p", "*"] { set "v" "\${1}\${000001}"; }`, 'oo'],
    [
      `if header :matches "list-id" "*<*@*" {} elsif header :matches "list-id" "*<*.*" { set "v" "\${1}|\${2}|\${3}"; }`,
      'The list |friep|lists.example.com>',
    ],
    [`if string :matches "a b c d e f g" "? ? ? ? ? ? ?" { set "v" "\${1}\${3}\${7}\${8}"; }`, 'acg'],
    [`if string :matches "prefix-" "prefix-*" { set "v" "<\${1}>"; }`, '<>'],
    [`if not string :matches "a" "b*" { set "v" "no\${1}"; }`, 'no'],
    [
      `if header :regex "sender" "([^-@]*)-([^-@]*)(-bounces)?@ant.example.com" { set "v" "\${1}|\${2}|\${3}"; }`,
      'friep|bounces|',
    ],
    [
      `if string :regex "abcdefghijkl" "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)" { set "v" "\${1}\${10}\${12}"; }`,
      'ajl',
    ],
    [`if string :regex "frop" "(a)?frop" { set "v" "<\${1}>"; }`, '<>'],
    [`setflag "f" ["\\\\Seen", "$a $b", "\\\\seen"]; set "v" "\${f}";`, '\\Seen $a $b'],
    [`set "v" text:\nline \${v}one\n..\n.\n;`, 'line one\n.\n'],
  ] as const)
    assert.equal(await variableAfter('v', commands, { letter }), value, commands);
});

test('flags are asked for without case, each of a string by itself, and no flag is no flag', async () => {
  for (const [before, question, answer] of [
    ['', 'hasflag ""', false],
    ['', 'hasflag :contains ""', false],
    ['setflag "v" "Aflag Bflag";', 'hasflag ["u", "v"] ["bFLAG", "none"]', true],
    ['setflag "v" "Junk $label";', 'hasflag :contains "v" "junk forward"', true],
    ['setflag "v" "Junk $label";', 'hasflag :contains "v" "forward"', false],
    ['addflag "a b"; addflag "c";', 'hasflag :count "eq" :comparator "i;ascii-numeric" "3"', true],
    ['addflag "a b"; removeflag ["A", "x"];', 'hasflag "a"', false],
  ] as const)
    assert.equal(await holds(question, { letter }, before), answer, `${before} ${question}`);
});

test('actions that are one by RFC 5228 2.10.3, also between scripts that include one another', async () => {
  const scripts = { other: 'require "fileinto"; fileinto "A"; redirect "x@example.org";' };
  assert.deepEqual(
    await actionsOf(
      `${everything} fileinto "A"; include "other"; redirect "X@example.org"; keep; fileinto "INBOX";`,
      {
        scripts,
      },
    ),
    ['fileinto A', 'redirect x@example.org', 'keep'],
  );
  assert.deepEqual(
    await actionsOf(`${everything} include "no"; fileinto "A";`, {
      scripts: { no: 'require "reject"; reject "x";' },
    }),
    ['error: found fileinto beside reject; expected only one of them for a letter'],
  );
});

test('tags and arguments in wrong places are faults, each told once', () => {
  for (const [script, count] of [
    ['if header :index "1" "a" "b" {}', 1],
    ['if header :index 1 :last :last "a" "b" {}', 1],
    ['if body :raw :text "x" {}', 1],
    ['if body :content "x" {}', 1],
    ['if body {}', 1],
    ['if environment "x" {}', 1],
    ['if duplicate :seconds "a" {}', 1],
    ['if specialuse_exists {}', 1],
    ['if valid_notify_method {}', 1],
    ['if spamtest "1" "2" {}', 1],
    ['addflag;', 1],
    ['set "a";', 1],
    ['addheader "a";', 1],
    ['deleteheader;', 1],
    ['include;', 1],
    ['return "x";', 1],
    ['stop true;', 1],
    ['keep anyof (true);', 1],
    ['vacation;', 1],
    ['notify "mailto:a@b.example" "x";', 1],
    ['foreverypart true {}', 1],
  ] as const)
    assert.equal(
      faultsOf(`${everything}${script}`).length,
      count,
      `${script} ${faultsOf(`${everything}${script}`)}`,
    );
});
