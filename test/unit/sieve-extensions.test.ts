// Extensions of Sieve that change how a script runs: variables (RFC 5229), include (RFC 6609), ihave (RFC 5463), environment
// (RFC 5183), spamtest and virustest (RFC 5235), questions to the mailbox (RFC 5490, 8579, 7352), parts in loops (RFC 5703).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMailto } from '../../mta/sieve/mailto.ts';
import { actionsOf, everything, faultsOf, holds, runSieve, variableAfter } from '../support/sieve.ts';

test('variables: set, read, their modifiers by precedence (RFC 5229 3 and 4)', async () => {
  for (const [commands, value] of [
    [`set "v" "a"; set "V" "\${v}b";`, 'ab'],
    [`set "v" "\${unset}x\${}\${ v}\${v-}\${1a}$";`, `x\${}\${ v}\${v-}\${1a}$`],
    [`set "v" "&\${v}&"; set "v" "\${\${v}";`, `\${&&`],
    [`set "v" "\\\${x}";`, ''],
    ['set :upper "v" "üa1";', 'ÜA1'],
    ['set :lower :upperfirst "v" "JUMBLED lETTERS";', 'Jumbled letters'],
    ['set :lowerfirst "v" "ABC";', 'aBC'],
    ['set :length "v" "a😀ü";', '3'],
    ['set :length "v" "";', '0'],
    ['set :quotewildcard "v" "Rock*? \\\\";', 'Rock\\*\\? \\\\'],
    ['set :length :quotewildcard "v" "**";', '4'],
    ['set :quoteregex "v" "a.(b)";', 'a\\.\\(b\\)'],
    ['set :encodeurl "v" "a b/ü*";', 'a%20b%2F%C3%BC%2A'],
    ['set :upper :encodeurl "v" "a&b";', 'A%26B'],
    [
      `set "a" "v"; if string :matches "foo bar" "* *" { set "v" "\${2} \${1} \${0} \${3}"; }`,
      'bar foo foo bar ',
    ],
    // RFC 5229 3.2: a match that fails changes nothing, one that succeeds all.
    [`if string :matches "ab" "?b" {} if string :matches "x" "y*" {} set "v" "\${1}";`, 'a'],
    [`if string :matches "ab" "??" {} if string :matches "x" "*" {} set "v" "\${1}\${2}";`, 'x'],
    [`if string :is "ab" "ab" {} set "v" "\${0}";`, ''],
    [`if string :matches "abcdefghijklm" "?????????????" {} set "v" "\${1}\${10}\${13}";`, 'ajm'],
  ] as const)
    assert.equal(await variableAfter('v', commands), value, commands);
  for (const [question, answer] of [
    ['string ["a", "b"] ["c", "B"]', true],
    ['string :count "eq" :comparator "i;ascii-numeric" ["", "a", "b"] "2"', true],
    ['string :value "lt" :comparator "i;ascii-numeric" "9" "10"', true],
    [`string "\${unset}" ""`, true],
  ] as const)
    assert.equal(await holds(question), answer, question);
});

test('names of variables are names, and namespaces are refused (RFC 5229 3)', () => {
  for (const [script, fault] of [
    ['set "a.b" "x";', /found "a.b" as the name of a variable; expected letters, digits and "_"/],
    ['set "1" "x";', /found "1" as the name/],
    ['set "a-b" "x";', /found "a-b" as the name/],
    ['set "" "x";', /found "" as the name/],
    [`set "\${x}" "y";`, /found a name that holds variables/],
    [`set "x" "\${company.name}";`, /found the variable "company.name" of a namespace/],
    ['set :upper :lower "x" "y";', /found the tag :lower beside :upper/],
    ['set :lowerfirst :upperfirst "x" "y";', /found the tag :upperfirst beside :lowerfirst/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
  assert.match(
    faultsOf('require "variables"; set :encodeurl "a" "b";')[0] ?? '',
    /expected require "enotify"/,
  );
  assert.deepEqual(faultsOf(`require "fileinto"; fileinto "\${a.b}";`), [], 'without variables it is text');
});

test('variables are bounded: their length, their number, and what is made of them', async () => {
  const double = `set "v" "\${v}\${v}";`.repeat(40);
  const grown = await variableAfter('v', `set "v" "0123456789"; ${double}`);
  assert.equal(grown?.length, 16_384);
  const many = Array.from({ length: 300 }, (_, i) => `set "v${i}" "x";`).join('');
  assert.deepEqual(await actionsOf(`${everything}${many}`), [
    'error: found more than 256 variables; expected at most 256 (the next was "v256")',
  ]);
  const wide = await actionsOf(
    `${everything} set "v" "0123456789"; ${double} reject "${`\${v}`.repeat(100)}";`,
  );
  assert.ok((wide[0]?.length ?? 0) <= 16_400);
});

test('include runs other scripts with their own variables, and global ones for all (RFC 6609)', async () => {
  const scripts = {
    one: `${everything} global "shared"; set "own" "inner"; set "shared" "\${shared}+one"; fileinto "one-\${own}";`,
    stopper: 'stop;',
    returner: `${everything} fileinto "before"; return; fileinto "never";`,
    looper: `${everything} include "looper";`,
    caller: `${everything} include "main";`,
    deep: `${everything} include "one";`,
    space: `${everything} set "global.shared" "\${global.shared}!";`,
    broken: 'fail;',
    wrong: `${everything}\n\nerror "deep down";`,
    flagger: `${everything} addflag "f";`,
  };
  for (const [script, actions] of [
    [`set "own" "outer"; include "one"; fileinto "\${own}";`, ['fileinto one-inner', 'fileinto outer']],
    [
      `global "shared"; set "shared" "s"; include "one"; fileinto "\${shared}";`,
      ['fileinto one-inner', 'fileinto s+one'],
    ],
    [
      `include "one"; include "space"; fileinto "x\${global.shared}";`,
      ['fileinto one-inner', 'fileinto x+one!'],
    ],
    ['include "stopper"; discard;', ['implicit keep']],
    ['include "returner"; fileinto "after";', ['fileinto before', 'fileinto after']],
    ['return; discard;', ['implicit keep']],
    ['if true { return; } discard;', ['implicit keep']],
    ['include :once "one"; include :once "one"; include :once "deep";', ['fileinto one-inner']],
    ['include :optional "none"; discard;', ['discard']],
    ['include "flagger"; keep;', ['keep [f]']],
    [
      'include "none";',
      ['error: found no personal script "none"; expected one without faults, or :optional'],
    ],
    [
      'include :global "broken";',
      ['error: found no global script "broken"; expected one without faults, or :optional'],
    ],
    [
      'include "looper";',
      [
        'error: in the included script "looper", line 1, column N: found the script "looper" included in itself; expected another script',
      ],
    ],
    [
      'include "caller";',
      [
        'error: in the included script "caller", line 1, column N: found the script "main" included in itself; expected another script',
      ],
    ],
    [
      'include "wrong";',
      ['error: in the included script "wrong", line 3, column N: the script says: deep down'],
    ],
  ] as const)
    assert.deepEqual(
      (await actionsOf(`${everything}${script}`, { scripts })).map((action) =>
        action.replace(/column \d+/, 'column N'),
      ),
      actions,
      script,
    );
  for (const [script, fault] of [
    ['include "";', /found "" as the name of a script/],
    ['include "a/b";', /found "a\/b" as the name of a script/],
    [`include "\${x}";`, /found the name of a script with variables/],
    ['include :personal :global "x";', /found the tag :global beside :personal/],
    ['set "a" "b"; global "a";', /found global for "a", which was used before/],
    ['global "a.b";', /found "a.b" as the name of a variable/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
});

test('includes are bounded in depth and number', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`s${i}`, `${everything} include "s${i + 1}";`]),
  );
  assert.match(
    (await actionsOf(`${everything} include "s0";`, { scripts: chain }))[0] ?? '',
    /more than 10 deep/,
  );
  const fan = {
    a: `${everything}${'include "b";'.repeat(20)}`,
    b: `${everything}${'include "c";'.repeat(20)}`,
    c: 'keep;',
  };
  assert.match(
    (await actionsOf(`${everything} include "a";`, { scripts: fan }))[0] ?? '',
    /more than 100 includes in one run/,
  );
});

test('ihave: what we have is enabled from there on, what we lack is not even checked (RFC 5463)', async () => {
  for (const [script, actions] of [
    ['require "ihave"; if ihave "fileinto" { fileinto "A"; } else { nonsense; }', ['fileinto A']],
    ['require "ihave"; if ihave ["fileinto", "vnd.none"] { nonsense :x 5; } else { discard; }', ['discard']],
    ['require "ihave"; if allof (ihave "vnd.none", nonsense) { more; } keep;', ['keep']],
    ['require "ihave"; if not ihave "vnd.none" { discard; }', ['discard']],
    ['require "ihave"; if anyof (ihave "vnd.none", true) { discard; }', ['discard']],
    [
      'require "ihave"; if ihave "comparator-i;ascii-numeric" { if header :comparator "i;ascii-numeric" "x-priority" "7" { discard; } }',
      ['discard'],
    ],
    // RFC 5463 4: what changes how strings are read cannot come halfway.
    ['require "ihave"; if ihave "variables" { discard; }', ['implicit keep']],
    ['require ["ihave", "variables"]; if ihave "variables" { discard; }', ['discard']],
    ['require "ihave"; error "stop\nhere";', ['error: the script says: stop here']],
    [
      'require "ihave"; if ihave "vnd.none" { } elsif ihave "copy" { redirect :copy "a@b.example"; }',
      ['redirect a@b.example', 'implicit keep'],
    ],
  ] as const)
    assert.deepEqual(await actionsOf(script), actions, script);
  assert.match(faultsOf('require "ihave"; if true { nonsense; }')[0] ?? '', /found "nonsense"/);
  assert.match(
    faultsOf('require "ihave"; fileinto "A"; if ihave "fileinto" {}')[0] ?? '',
    /expected require "fileinto"/,
  );
  assert.match(faultsOf('if ihave "copy" {}')[0] ?? '', /expected require "ihave"/);
});

test('environment, spamtest and virustest say what the delivery was told (RFC 5183, RFC 5235)', async () => {
  const circumstances = { spam: { score: 7, percent: 62 }, virus: 1 };
  for (const [question, answer] of [
    ['environment :matches "domain" "*.com"', true],
    ['environment "location" "MDA"', true],
    ['environment "PHASE" "during"', true],
    ['environment :contains "remote-ip" ""', false],
    ['environment :contains "constructor" ""', false],
    ['spamtest :value "ge" :comparator "i;ascii-numeric" "7"', true],
    ['spamtest :value "gt" :comparator "i;ascii-numeric" "7"', false],
    ['spamtest :percent :value "eq" :comparator "i;ascii-numeric" "62"', true],
    ['spamtest "7"', true],
    ['virustest :value "eq" :comparator "i;ascii-numeric" "1"', true],
  ] as const)
    assert.equal(await holds(question, circumstances), answer, question);
  assert.match(
    faultsOf('require "spamtest"; if spamtest :percent "1" {}')[0] ?? '',
    /expected require "spamtestplus"/,
  );
});

test('questions to the mailbox: mailboxexists, specialuse_exists, duplicate', async () => {
  const asked: string[] = [];
  const mailbox = {
    exists: async (name: string) => ['INBOX', 'Lists/Dev'].includes(name),
    findSpecialUse: async (use: string) => ({ '\\Junk': 'Spam', '\\Archive': 'Old' })[use],
    isDuplicate: async (...question: [string, string, number, boolean]) => {
      asked.push(question.join(' '));
      return question[1].includes('twice');
    },
  };
  const letter = 'Message-ID: <twice@example.org>\nX-Id: once\n\n';
  for (const [question, answer] of [
    ['mailboxexists "INBOX"', true],
    ['mailboxexists ["INBOX", "Lists/Dev"]', true],
    ['mailboxexists ["INBOX", "None"]', false],
    ['specialuse_exists "\\\\Junk"', true],
    ['specialuse_exists ["\\\\Junk", "\\\\Sent"]', false],
    ['specialuse_exists "Spam" ["\\\\Junk"]', true],
    ['specialuse_exists "Spam" ["\\\\Junk", "\\\\Archive"]', false],
    ['duplicate', true],
    ['duplicate :header "X-Id" :seconds 60 :last', false],
    [`duplicate :handle "h" :uniqueid "twice \${1}"`, true],
    ['duplicate :header "X-None"', false],
  ] as const)
    assert.equal(await holds(question, { letter, mailbox }), answer, question);
  assert.deepEqual(asked, [' <twice@example.org> 604800 false', ' once 60 true', 'h twice  604800 false']);
  assert.match(
    faultsOf(`${everything} if duplicate :header "a" :uniqueid "b" {}`)[0] ?? '',
    /:uniqueid beside :header/,
  );
  const often = `${everything}${'if mailboxexists "x" {}'.repeat(201)}`;
  assert.match((await actionsOf(often, { mailbox }))[0] ?? '', /more than 200 questions to the mailbox/);
});

const manyParts = `Subject: outer
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: text/plain; charset=iso-8859-1

Sch\xf6n, this is the text
--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html

<p>Hello <b>there</b></p>
--b
Content-Type: image/png

PNG
--b--
--a--
`;

test('loops over the parts of a letter, loops in loops, break, and the text of a part (RFC 5703 3 and 7)', async () => {
  const letter = Buffer.from(manyParts, 'latin1');
  const kind = `if header :mime :contenttype :matches "content-type" "*/*" { set "k" "\${2}"; }`;
  for (const [commands, value] of [
    [`foreverypart { ${kind} set "v" "\${v}|\${k}"; }`, '|mixed|plain|alternative|html|png'],
    [
      `foreverypart { ${kind} set "v" "\${v}|\${k}"; if string "\${k}" "html" { break; } }`,
      '|mixed|plain|alternative|html',
    ],
    [
      `foreverypart :name "o" { ${kind} set "v" "\${v}|\${k}"; foreverypart { set "v" "\${v}."; if header :mime :subtype "content-type" "png" { break :name "o"; } } }`,
      '|mixed....',
    ],
    [
      `foreverypart { ${kind} set "v" "\${v}|\${k}"; foreverypart { set "v" "\${v}."; break; } }`,
      '|mixed.|plain|alternative.|html|png',
    ],
    [
      `foreverypart { if header :mime :type "content-type" "text" { extracttext "t"; set "v" "\${v}|\${t}"; } }`,
      '|Schön, this is the text|Hello there',
    ],
    [`foreverypart { extracttext :first 5 :upper "t"; set "v" "\${v}|\${t}"; }`, '||SCHÖN||HELLO|'],
    [`foreverypart { set "v" "\${v}."; } if header "subject" "outer" { set "v" "\${v}!"; }`, '.....!'],
  ] as const)
    assert.equal(await variableAfter('v', commands, { letter }), value, commands);
  assert.equal(
    await variableAfter('v', `foreverypart { set "v" "\${v}."; }`, { letter: 'Subject: x\n\nplain\n' }),
    '.',
  );
  assert.deepEqual(await actionsOf(`${everything} foreverypart { stop; } discard;`, { letter }), [
    'implicit keep',
  ]);
  for (const [script, fault] of [
    ['break;', /found break outside of a loop/],
    [
      'foreverypart :name "a" { break :name "b"; }',
      /found break to the loop "b"; expected the name of a foreverypart around it/,
    ],
    ['extracttext "t";', /found extracttext outside of a loop/],
    ['foreverypart;', /found foreverypart without a block/],
    [`${'foreverypart {'.repeat(5)}${'}'.repeat(5)}`, /found more than 4 loops within one another/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
});

test('letters of very many parts, fields and levels cost no more than others', async () => {
  const bomb = `Content-Type: multipart/mixed; boundary=a\n\n${'--a\n\nx\n'.repeat(100_000)}`;
  const fields = `${'A: b\n'.repeat(150_000)}\nbody\n`;
  const nested = `${Array.from({ length: 5000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`).join('')}\n`;
  const folded = `Subject: a\n${' '.repeat(100)}\n${' x\n'.repeat(200_000)}\n`;
  const wordy = `Subject: ${'=?utf-8?q?a?= '.repeat(50_000)}\nTo: ${'a@b.example, '.repeat(50_000)}\n\n`;
  const dashes = `Content-Type: multipart/mixed; boundary=-\n\n${'-'.repeat(900_000)}`;
  for (const letter of [bomb, fields, nested, folded, wordy, dashes]) {
    const start = process.cpuUsage();
    const { error } = await runSieve(
      `${everything} if anyof (header :contains ["subject", "a"] "zz", address "to" "none", body :contains "zz",
        header :mime :anychild :contains "content-type" "zz", exists :mime :anychild "x") {}
        foreverypart { if header :mime "x" "y" {} }`,
      { letter },
    );
    assert.ok(error === undefined || /too much/.test(error.message), error?.message);
    assert.ok(process.cpuUsage(start).user < 1_500_000, letter.slice(0, 40));
  }
});

test('mailto URIs (RFC 6068, RFC 5436 2.3): to whom, what, and nothing that would lie', () => {
  assert.deepEqual(
    readMailto(
      'mailto:a@b.example,%22c%20d%22@e.example?to=f@g.example&cc=h@i.example&subject=Hi%20there%0d%0aX:%20y&body=a%0D%0Ab&X-A=1&From=x@y.example&received=z',
    ),
    {
      to: ['a@b.example', 'c d@e.example', 'f@g.example'],
      cc: ['h@i.example'],
      bcc: [],
      subject: 'Hi there X: y',
      body: 'a\nb',
      fields: [{ name: 'X-A', value: '1' }],
    },
  );
  for (const [uri, why] of [
    ['http://example.org/', /begins with "mailto:"/],
    ['mailto:?subject=x', /at least one recipient/],
    [`mailto:${Array.from({ length: 9 }, (_, i) => `a${i}@b.example`).join(',')}`, /at most 8 recipients/],
    ['mailto:a@b.example?=x', /expected fields/],
    ['mailto:%ff@b.example', /expected addresses/],
    [`mailto:${'a'.repeat(9000)}`, /at most 8192 characters/],
    ['mailto:a@b.example%0d%0aBcc:c@d.example', /expected addresses/],
  ] as const)
    assert.match(String(readMailto(uri)), why, uri.slice(0, 60));
});
