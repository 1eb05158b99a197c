// Scripts that ask much of one letter: each question that holds adds a flag with its number, and what variables came to is
// told in the text of a vacation. So one run of a foreign Sieve answers a whole table.

export interface Theme {
  readonly name: string;
  readonly require: readonly string[];
  /** Asks the envelope, which is the same for all letters: few of them are asked. */
  readonly isOfEnvelope?: boolean;
  /** Commands before the questions. */
  readonly before?: string;
  /** Tests. */
  readonly questions?: readonly string[];
  /** Commands behind them. */
  readonly after?: string;
}

/** The script of a theme. */
export function scriptOf({ require, before = '', questions = [], after = '' }: Theme): string {
  const needed = [...new Set(['imap4flags', ...require])].map((name) => JSON.stringify(name)).join(', ');
  const asked = questions.map((question, i) => `if ${question} { addflag "q${i}"; }`).join('\n');
  return `require [${needed}];\n${before}\n${asked}\n${after}\n`;
}

const subjectKeys = [
  'hello',
  'Re: *',
  '*list*',
  'a?c',
  '',
  '*',
  '?*',
  '*\\\\**',
  'Order * shipped: *',
  '*ü*',
];
const matchKinds = [':is', ':contains', ':matches'];
const comparatorNames = ['i;octet', 'i;ascii-casemap'];

const product = <A, B>(as: readonly A[], bs: readonly B[]): [A, B][] =>
  as.flatMap((a) => bs.map((b): [A, B] => [a, b]));

const tell = `vacation :handle "told" "\${told}";`;
const variablesAndVacation = ['variables', 'vacation'];

export const themes: readonly Theme[] = [
  {
    name: 'header with every match type',
    require: [],
    questions: [
      ...product(matchKinds, subjectKeys).map(([kind, key]) => `header ${kind} "subject" "${key}"`),
      'header :is ["subject", "x-none", "from"] ["Hello", "alice@example.org"]',
      'header :contains "received" "mx1"',
      'header :is "x-empty" ""',
      'header :contains "x-empty" ""',
      'header :contains "x-none" ""',
      'header :matches "list-id" "*<*.example.*>"',
      'header :contains ["from", "to", "cc"] "@EXAMPLE."',
    ],
  },
  {
    name: 'comparators',
    require: ['comparator-i;ascii-numeric', 'relational'],
    questions: [
      ...product(comparatorNames, ['ABC', 'abc', 'aBc']).map(
        ([name, key]) => `header :comparator "${name}" :is "x-mixed" "${key}"`,
      ),
      ...product(['gt', 'ge', 'lt', 'le', 'eq', 'ne'], ['3', '7', '10', 'high']).map(
        ([relation, key]) =>
          `header :value "${relation}" :comparator "i;ascii-numeric" ["x-priority", "x-spam-score"] "${key}"`,
      ),
      ...product(['gt', 'lt', 'ge'], ['abb', 'ABCD', 'b']).map(
        ([relation, key]) => `header :value "${relation}" "x-mixed" "${key}"`,
      ),
      ...product(['gt', 'eq', 'ne', 'lt'], ['0', '1', '2']).map(
        ([relation, key]) =>
          `header :count "${relation}" :comparator "i;ascii-numeric" ["received", "cc"] "${key}"`,
      ),
      'header :is :comparator "i;ascii-numeric" "x-priority" "7"',
      'address :count "ge" :comparator "i;ascii-numeric" "to" "2"',
    ],
  },
  {
    name: 'address and its parts',
    require: ['subaddress'],
    questions: [
      ...product(
        [':all', ':localpart', ':domain', ':user', ':detail'],
        ['alice', 'alice@example.org', 'example.org', 'bob', 'news', 'lists', 'a+b', '', 'example.com'],
      ).map(([part, key]) => `address ${part} :is ["from", "to", "cc"] "${key}"`),
      'address :contains "sender" "alice"',
      'address :matches "from" "*@*.*"',
      'address :domain :contains "to" "EXAMPLE"',
      'address :comparator "i;octet" :domain :is "to" "EXAMPLE.com"',
      'address :localpart :is "from" "quoted local"',
      'address :domain :is "from" "[192.0.2.1]"',
    ],
  },
  {
    name: 'envelope',
    require: ['subaddress', 'envelope'],
    isOfEnvelope: true,
    questions: [
      'envelope :is "from" "alice@example.org"',
      'envelope :localpart :is "from" "alice"',
      'envelope :detail :is "to" "lists"',
      'envelope :user :is "to" "bob"',
      'envelope :domain :is ["from", "to"] "example.com"',
    ],
  },
  {
    name: 'exists, size and how tests are joined',
    require: [],
    questions: [
      'exists "subject"',
      'exists ["subject", "date"]',
      'exists ["cc", "x-none"]',
      'not exists "list-id"',
      'exists "x-empty"',
      'size :over 500',
      'size :under 1K',
      'size :over 1K',
      'allof (exists "subject", size :under 2K)',
      'anyof (exists "cc", header :contains "subject" "hello")',
      'not anyof (exists "cc", not exists "list-id")',
      'allof (not false, true, anyof (false, true))',
    ],
  },
  {
    name: 'regular expressions',
    require: ['regex'],
    questions: [
      'header :regex "subject" "^re: "',
      'header :regex "subject" "hello|money"',
      'header :regex "subject" "[0-9]{4}"',
      'header :regex "subject" "^$"',
      'header :regex "subject" "(^|[^a-z])list([^a-z]|$)"',
      'header :regex "from" "@[^.]+\\\\.(org|net)"',
      'header :regex :comparator "i;octet" "subject" "[A-Z]{4,}"',
      'header :regex :comparator "i;octet" "subject" "^[[:upper:]][[:lower:]]+$"',
      'header :regex "x-priority" "^[[:digit:]]+$"',
      'address :regex :localpart "to" "^.$"',
      'header :regex "subject" "a+b*c?"',
      'header :regex "subject" "\\\\*stars\\\\*"',
    ],
  },
  {
    name: 'variables of wildcards',
    require: variablesAndVacation,
    before: `set "told" "";
if header :matches "subject" "*:*" { set "told" "\${told}|\${0}|\${1}|\${2}|\${3}"; }
if header :matches "from" "*<*@*>" { set "told" "\${told}|\${1}|\${2}|\${3}"; }
if header :matches "to" "?*@*e*" { set "told" "\${told}|\${1}|\${2}|\${3}|\${4}"; }
if header :matches :comparator "i;octet" ["x-none", "list-id"] "*<*.*" { set "told" "\${told}|\${1}|\${2}|\${3}"; }
if address :matches :domain "to" "*.*" { set "told" "\${told}|\${1}|\${2}"; }
if header :matches "subject" "*e*o*" { set "told" "\${told}|\${1}|\${2}|\${3}"; }
if header :matches "subject" ["no*", "*"] { set "told" "\${told}|\${1}|\${2}"; }`,
    after: tell,
  },
  {
    name: 'variables of regular expressions',
    require: [...variablesAndVacation, 'regex'],
    before: `set "told" "";
if header :regex "subject" "(re: *)?(.*)" { set "told" "\${told}|\${0}|\${1}|\${2}"; }
if header :regex "from" "([a-z]+)@([a-z.]+)" { set "told" "\${told}|\${0}|\${1}|\${2}"; }
if header :regex "subject" "([a-z]+) ([a-z]+)" { set "told" "\${told}|\${1}|\${2}"; }
if header :regex "date" "([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})" { set "told" "\${told}|\${1}-\${2}-\${3}"; }
if header :regex "list-id" "<(([a-z]+)\\\\.)+([a-z]+)>" { set "told" "\${told}|\${1}|\${2}|\${3}"; }`,
    after: tell,
  },
  {
    // Case of ASCII only: Pigeonhole changes no other letters.
    name: 'set and its modifiers',
    require: [...variablesAndVacation, 'enotify'],
    before: `set "told" "";
if header :matches "subject" "*" { set "s" "\${1}"; }
if header :matches ["date", "x-mixed"] "*" { set "l" "\${1}*"; }
set :upper :quotewildcard "a" "\${l}";
set :lower :upperfirst "b" "\${l}";
set :upperfirst "c" "\${l}";
set :lowerfirst "d" "\${l}";
set :length "e" "\${s}";
set :quotewildcard "f" "\${s}";
set :lower :length "g" "x\${s}y";
set :encodeurl "h" "\${s}";
set "told" "\${a}|\${b}|\${c}|\${d}|\${e}|\${f}|\${g}|\${h}|\${unset}|\${1x}|\${|\${A}|$\{s}";`,
    questions: [
      // Named, since Pigeonhole minds case here where no comparator is (RFC 5228 2.7.3 does not).
      `string :comparator "i;octet" :is "\${e}" "5"`,
      `string :comparator "i;ascii-casemap" :matches "\${s}" "*hello*"`,
      `string :comparator "i;ascii-casemap" :contains ["", "\${s}"] ["WORLD", "fast"]`,
      `string :comparator "i;octet" "\${1}" ""`,
    ],
    after: tell,
  },
  {
    name: 'body as it stands',
    require: ['body'],
    questions: [
      'body :raw :contains "lunch"',
      'body :raw :contains "MONEY"',
      'body :raw :contains "Content-Type: text/html"',
      'body :raw :contains "prologue"',
      'body :raw :matches "*offer*"',
      'body :raw :contains ""',
      'body :raw :contains ["viagra", "free"]',
      'body :raw :is "x"',
    ],
  },
  {
    name: 'body by content',
    require: ['body'],
    questions: product(
      ['text', 'text/plain', 'text/html', '', 'application/pdf', 'message/rfc822', 'text/calendar'],
      ['lunch', 'Grüße', 'softbreak', 'second', 'bold', '%PDF', 'BEGIN:VCAL', 'Inner', 'Subject: '],
    )
      .filter(([type, key]) => key !== 'Subject: ' || type === 'message/rfc822')
      .map(([type, key]) => `body :content "${type}" :contains "${key}"`),
  },
  {
    name: 'body of multiparts',
    require: ['body'],
    questions: [
      'body :content "multipart" :contains "prologue"',
      'body :content "multipart" :contains "epilogue"',
      'body :content "multipart/mixed" :contains "lunch"',
      'body :content ["multipart", "text/html"] :contains "hidden"',
      'body :content "text/" :contains "lunch"',
      'body :content "/plain" :contains "lunch"',
      'body :content "text/plain/x" :contains "lunch"',
    ],
  },
  {
    name: 'body as text',
    require: ['body'],
    questions: [
      'body :text :contains "lunch"',
      'body :contains "Grüße"',
      'body :text :contains "softbreak"',
      'body :text :contains "<p"',
      'body :text :contains "bold"',
      'body :text :contains "& more"',
      'body :text :contains "%PDF"',
      'body :text :contains "class="',
      'body :text :contains "Inner"',
    ],
  },
  {
    name: 'dates',
    require: ['date', 'relational', 'index'],
    questions: [
      ...product(
        ['year', 'month', 'day', 'hour', 'minute', 'second', 'weekday', 'zone', 'julian'],
        ['2026', '11', '23', '10', '15', '30', '1', '+0100', '61367', '00', '59', '5', '05', '-0500'],
      )
        .filter((_, i) => i % 2 === 0)
        .map(([part, key]) => `date :originalzone "date" "${part}" "${key}"`),
      'date :zone "+0000" "date" "date" "2026-11-23"',
      'date :zone "-0800" "date" "date" "1999-12-31"',
      'date :zone "+0530" "date" "time" "07:08:00"',
      'date :originalzone "date" "iso8601" "2026-11-23T10:15:30+01:00"',
      'date :originalzone "date" "std11" "Tue, 01 Jan 2002 00:00:00 -0500"',
      'date :originalzone "date" "std11" "Thu, 05 Jul 2012 07:08:00 +0530"',
      'date :zone "+0000" :value "ge" "date" "date" "2005-01-01"',
      'date :zone "+0000" "received" "year" "2026"',
      'date :index 1 :zone "+0000" "received" "year" "1999"',
      'date :index 1 :last :zone "+0000" "received" "month" "12"',
      'date "date" "hour" "09"',
    ],
  },
  {
    name: 'dates told',
    require: [...variablesAndVacation, 'date'],
    before: `set "told" "";
${[
  'year',
  'month',
  'day',
  'date',
  'julian',
  'hour',
  'minute',
  'second',
  'time',
  'iso8601',
  'std11',
  'zone',
  'weekday',
]
  .flatMap((part) => [
    `if date :originalzone :matches "date" "${part}" "*" { set "told" "\${told}|\${0}"; }`,
    `if date :zone "+0345" :matches "date" "${part}" "*" { set "told" "\${told}|\${0}"; }`,
  ])
  .join('\n')}`,
    after: tell,
  },
  {
    // One name each: with several, Pigeonhole counts over all of them.
    name: 'index and last',
    require: [...variablesAndVacation, 'index'],
    before: `set "told" "";
${[':index 1', ':index 2', ':index 1 :last', ':index 3', ':index 2 :last']
  .flatMap((which) => [
    `if header ${which} :matches "received" "*" { set "told" "\${told}|\${1}"; }`,
    `if header ${which} :matches "subject" "*" { set "told" "\${told}|\${1}"; }`,
    `if address ${which} :matches "to" "*@*" { set "told" "\${told}|\${1}"; }`,
  ])
  .join('\n')}`,
    after: tell,
  },
  {
    name: 'flags',
    require: ['relational', 'comparator-i;ascii-numeric'],
    before: `setflag "\\\\Seen";
if header :contains "subject" "hello" { addflag ["\\\\Flagged \\\\Answered", "$label1"]; }
if exists "cc" { removeflag "\\\\seen"; }
if exists "list-id" { setflag ["a b", "\\\\draft", "a", "\\\\Recent", "\\\\bogus"]; }`,
    questions: [
      'hasflag "\\\\Seen"',
      'hasflag :contains "lab"',
      'hasflag :count "ge" :comparator "i;ascii-numeric" "2"',
      'hasflag ["\\\\Flagged", "a"]',
      'hasflag "b a"',
      'hasflag :matches "?"',
    ],
  },
  {
    name: 'flags in variables',
    require: [...variablesAndVacation],
    before: `set "told" "";
setflag "mine" ["a", "b c"];
addflag "mine" "\\\\Seen";
if exists "cc" { removeflag "mine" ["B"]; }
if hasflag "mine" "b" { set "told" "\${told}b"; }
if hasflag ["mine", "other"] ["\\\\seen"] { set "told" "\${told}s"; }
if hasflag :contains "mine" "e" { set "told" "\${told}e"; }`,
    after: tell,
  },
  {
    // A parameter that is not there has no value here, an empty one in Pigeonhole: so none is asked for with `*`.
    name: 'parts of the letter',
    require: [...variablesAndVacation, 'mime', 'foreverypart'],
    before: `set "told" "";
foreverypart {
  set "told" "\${told}|";
  if header :mime :contenttype :matches "content-type" "*" { set "told" "\${told}\${1}"; }
  if header :mime :type :is "content-type" "text" { set "told" "\${told} t"; }
  if header :mime :subtype :is "content-type" ["plain", "pdf"] { set "told" "\${told} s"; }
  if header :mime :param ["name", "charset"] :matches "content-type" "?*" { set "told" "\${told} p=\${0}"; }
  if header :mime :param "filename" :matches "content-disposition" "?*" { set "told" "\${told} f=\${0} {first}\${1}{/first}"; }
  if header :mime :type :is "content-disposition" "attachment" { set "told" "\${told} att"; }
  if header :matches "subject" "*" { set "told" "\${told} S"; }
  if header :mime :matches "subject" "*" { set "told" "\${told} M=\${1}"; }
  if exists :mime "content-transfer-encoding" { set "told" "\${told} cte"; }
}`,
    questions: [
      'header :mime :anychild :contenttype :is "content-type" "text/html"',
      'header :mime :anychild :type :is "content-type" "application"',
      'header :mime :anychild :param "filename" :contains "content-disposition" ".exe"',
      'header :mime :contenttype :is "content-type" "text/plain"',
      'exists :mime :anychild "content-disposition"',
      'address :mime :anychild :localpart "from" "inner"',
      'header :mime :anychild :is "subject" "Inner"',
    ],
    after: tell,
  },
  {
    // No loops within loops: Debian's Pigeonhole 0.5.19 calls its own binary of them corrupt.
    name: 'loops and break',
    require: [...variablesAndVacation, 'mime', 'foreverypart'],
    before: `set "told" "";
foreverypart :name "outer" {
  set "told" "\${told}(";
  if header :mime :subtype "content-type" "html" { break; }
  if header :mime :type "content-type" "application" { break :name "outer"; }
  set "told" "\${told})";
}`,
    after: tell,
  },
  {
    name: 'text of parts',
    require: [...variablesAndVacation, 'mime', 'foreverypart', 'extracttext'],
    before: `set "told" "";
foreverypart {
  if header :mime :type "content-type" "text" {
    extracttext "t";
    if header :mime :subtype "content-type" "html" { set "told" "\${told}|{html}\${t}{/html}"; }
    else { set "told" "\${told}|\${t}"; }
  }
}`,
    after: tell,
  },
  {
    name: 'first characters of texts',
    require: [...variablesAndVacation, 'mime', 'foreverypart', 'extracttext'],
    before: `set "told" "";
foreverypart {
  if header :mime :contenttype "content-type" "text/plain" {
    extracttext :first 2 "t";
    set "told" "\${told}|{first}\${t}{/first}";
    extracttext :upper :first 2 "t";
    set "told" "\${told}|{first}\${t}{/first}";
  }
}`,
    after: tell,
  },
  {
    name: 'edits of the header',
    require: [...variablesAndVacation, 'editheader', 'index'],
    before: `set "told" "";
addheader "X-New" "first";
addheader :last "X-New" "last";
addheader "Subject" "added";
if exists "cc" { deleteheader "cc"; }
deleteheader :index 1 "received";
deleteheader :contains "from" "alice";
deleteheader :index 1 :last "subject";
deleteheader :matches "to" ["*lists*", "undisclosed*"];
deleteheader :is :comparator "i;octet" "X-Mixed" "abc";
if header :matches "subject" "*" { set "told" "\${told}|\${1}"; }
if header :index 1 :last :matches "x-new" "*" { set "told" "\${told}|\${1}"; }`,
    questions: [
      'exists "cc"',
      'exists "received"',
      'exists "from"',
      'exists "to"',
      'exists "subject"',
      'exists "x-mixed"',
      'header :is "x-new" "first"',
    ],
    after: tell,
  },
  {
    name: 'where letters go',
    require: ['fileinto', 'copy', 'mailbox'],
    before: `if header :contains "list-id" "dev" { fileinto "Lists.Dev"; }
if header :contains "subject" "money" { discard; stop; }
if address :domain "from" "example.de" { fileinto :flags ["\\\\Seen", "de"] "German"; keep; }
if exists "cc" { redirect :copy "archive@example.net"; }
if header :is "x-priority" "1" { redirect "Pager <pager@example.net>"; fileinto :copy :create "Urgent"; }
if size :over 800 { fileinto "Big"; fileinto "Big"; }
elsif header :contains "subject" "hello" { addflag "greeting"; keep; }
else { addflag "rest"; }`,
  },
  {
    name: 'stop and implicit keep',
    require: ['fileinto', 'copy'],
    before: `if header :contains "subject" "hello" { stop; }
if exists "list-id" { fileinto :copy "Lists"; stop; }
if header :contains "subject" "re:" { discard; keep; }
if exists "cc" { discard; }`,
  },
  {
    name: 'refusals and answers',
    require: ['reject', 'vacation', 'fileinto'],
    before: `if header :contains "subject" "money" { reject "No money."; stop; }
if exists "list-id" { discard; stop; }
if header :contains "subject" "hello" { vacation :days 3 :subject "Away" :addresses ["bob@example.net"] :handle "h" "Back soon."; }
if exists "cc" { fileinto "Seen"; }`,
  },
  {
    name: 'encoded characters and long texts',
    require: [...variablesAndVacation, 'encoded-character'],
    before: `set "told" text: # as it is
first line
..dotted
\${hex:40}\${unicode: 263a}\${hex: 4g}\${unicode:40 41}
.
;`,
    questions: [
      `header :contains "from" "alice\${hex:40}example"`,
      `header :contains "subject" "\${unicode:fc}"`,
      `header :contains "subject" "\${hex:c3 bc}"`,
    ],
    after: tell,
  },
];
