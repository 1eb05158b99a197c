// What scripts do to a letter (RFC 5228 2.10 and 4, RFC 3894, 5232, 5230, 5429, 5435, 5293 ...): which actions follow, which
// are one, which go not together, and what is kept when nothing was said or something went wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIEVE_ACTIONS } from '../../mta/sieve/types.ts';
import { actionsOf, coyote, everything, faultsOf, runSieve } from '../support/sieve.ts';

/** Each script with all capabilities, and its actions. */
async function does(table: readonly (readonly [string, readonly string[]])[]): Promise<void> {
  for (const [script, actions] of table)
    assert.deepEqual(await actionsOf(`${everything}${script}`), actions, script);
}

test('the implicit keep stays until something takes its place (RFC 5228 2.10.2)', async () => {
  await does([
    ['', ['implicit keep']],
    ['keep;', ['keep']],
    ['keep; keep;', ['keep']],
    ['keep; fileinto "INBOX";', ['keep']],
    ['fileinto "inbox"; keep;', ['fileinto inbox']],
    ['discard;', ['discard']],
    ['discard; keep;', ['discard', 'keep']],
    ['fileinto "A";', ['fileinto A']],
    ['fileinto :copy "A";', ['fileinto A', 'implicit keep']],
    ['fileinto "A"; fileinto "A"; fileinto "B";', ['fileinto A', 'fileinto B']],
    // RFC 5232 5: the last list of flags wins.
    ['fileinto :flags "\\\\Seen a" "A"; fileinto :flags "b" "A";', ['fileinto A [b]']],
    ['setflag "c"; keep :flags "a"; keep;', ['keep [c]']],
    ['redirect "a@b.example";', ['redirect a@b.example']],
    ['redirect :copy "a@b.example";', ['redirect a@b.example', 'implicit keep']],
    ['redirect "a@b.example"; redirect "A@B.example"; keep;', ['redirect a@b.example', 'keep']],
    ['redirect "Coyote <a@b.example>";', ['redirect a@b.example']],
    ['reject "no";', ['reject no']],
    ['ereject "no"; discard;', ['ereject no', 'discard']],
    ['vacation "gone";', ['vacation 604800 gone', 'implicit keep']],
    ['notify "mailto:a@b.example";', ['notify mailto:a@b.example', 'implicit keep']],
    ['stop; discard;', ['implicit keep']],
    ['fileinto "A"; stop; fileinto "B";', ['fileinto A']],
  ]);
  for (const [script, isDone] of [
    ['', false],
    ['keep;', false],
    ['discard;', true],
    ['discard; keep;', false],
    ['fileinto "A";', true],
    ['fileinto :copy "A";', false],
    ['fileinto :copy "INBOX";', false],
    ['fileinto "INBOX";', true],
    ['redirect :copy "a@b.example";', false],
    ['reject "no";', true],
  ] as const)
    assert.equal((await runSieve(`${everything}${script}`)).isDone, isDone, script);
});

test('fileinto with :create and :specialuse (RFC 5490, RFC 8579)', async () => {
  await does([
    ['fileinto :create "A/B";', ['fileinto A/B create']],
    ['fileinto :specialuse "\\\\Junk" "Spam";', ['fileinto Spam \\Junk']],
    [
      'fileinto :specialuse "\\\\Junk" :create :copy "Spam";',
      ['fileinto Spam create \\Junk', 'implicit keep'],
    ],
    [`set "f" "Lists"; fileinto "\${f}.\${f}";`, ['fileinto Lists.Lists']],
    [`fileinto "\${none}";`, ['error: found a folder without a name; expected one']],
    [
      `set "n" "a\nb"; fileinto "\${n}";`,
      ['error: found "a b" as the name of a folder; expected no control characters'],
    ],
  ]);
  for (const [script, fault] of [
    ['fileinto "";', /found a folder without a name/],
    [`fileinto "${'x'.repeat(1001)}";`, /more than 1000 bytes/],
    ['fileinto :specialuse "Junk" "A";', /found the special use "Junk"; expected one such as/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault);
});

test('there are not more actions and redirects than may be: the run is an error, and none is carried out', async () => {
  const many = Array.from({ length: SIEVE_ACTIONS }, (_, i) => `fileinto "F${i}";`).join('');
  assert.equal((await actionsOf(`${everything}${many}`)).length, SIEVE_ACTIONS);
  const { actions, error, isDone } = await runSieve(`${everything}\n${many}\nfileinto "one more";`);
  assert.deepEqual(actions, []);
  assert.equal(isDone, false);
  assert.deepEqual([error?.line, error?.message], [3, 'found more than 32 actions; expected at most 32']);
  await does([
    [
      [1, 2, 3, 4, 5].map((i) => `redirect "a${i}@b.example";`).join(''),
      ['error: found more than 4 redirects; expected at most 4'],
    ],
    // The implicit keep is never one too many.
    [
      many.replaceAll('fileinto', 'fileinto :copy'),
      [...many.matchAll(/F\d+/g)].map(([f]) => `fileinto ${f}`).concat('implicit keep'),
    ],
  ]);
});

test('what a refused letter cannot be as well is an error (RFC 5429 2.5); there is one vacation (RFC 5230 4.7)', async () => {
  const only = (a: string, b: string): string[] => [
    `error: found ${a} beside ${b}; expected only one of them for a letter`,
  ];
  await does([
    ['fileinto "A"; reject "no";', only('reject', 'fileinto')],
    ['keep; ereject "no";', only('ereject', 'keep')],
    ['reject "no"; redirect "a@b.example";', only('redirect', 'reject')],
    ['vacation "gone"; reject "no";', only('reject', 'vacation')],
    ['reject "no"; vacation "gone";', only('vacation', 'reject')],
    ['reject "a"; reject "b";', ['error: found a second reject for one letter; expected one']],
    ['vacation "a"; vacation "b";', ['error: found a second vacation for one letter; expected one']],
  ]);
});

test('vacation says how often, to whom and as whom (RFC 5230, RFC 6131)', async () => {
  const vacation = async (script: string): Promise<Record<string, unknown>> => {
    const { actions, error } = await runSieve(`${everything}${script}`);
    assert.equal(error, undefined);
    return actions[0] as unknown as Record<string, unknown>;
  };
  for (const [script, seconds] of [
    ['vacation "x";', 604_800],
    ['vacation :days 23 "x";', 23 * 86_400],
    ['vacation :days 0 "x";', 86_400],
    ['vacation :days 1000 "x";', 365 * 86_400],
    ['vacation :seconds 1800 "x";', 1800],
    ['vacation :seconds 0 "x";', 0],
  ] as const)
    assert.equal((await vacation(script)).seconds, seconds, script);
  const full = await vacation(
    'vacation :mime :addresses ["tjs@example.edu", "Tim <ts4z@landru.example.edu>"] :from "Me <me@example.org>" :subject "Away\r\nBcc: x" :handle "h" :fcc "Sent" :flags "\\\\Seen" :create text:\nContent-Type: text/plain\n\nGone.\n.\n;',
  );
  assert.deepEqual(full, {
    type: 'vacation',
    seconds: 604_800,
    subject: 'Away Bcc: x',
    from: 'Me <me@example.org>',
    addresses: ['tjs@example.edu', 'ts4z@landru.example.edu'],
    mime: true,
    handle: 'h',
    reason: 'Content-Type: text/plain\n\nGone.\n',
    fcc: { mailbox: 'Sent', flags: ['\\Seen'], create: true, specialUse: undefined },
  });
  // Without a handle, answers that differ are different ones, and the same one stays the same.
  const handles = await Promise.all(
    ['vacation "a";', 'vacation :days 3 "a";', 'vacation "b";', 'vacation :subject "s" "a";'].map(vacation),
  );
  assert.equal(handles[0]?.handle, handles[1]?.handle);
  assert.equal(new Set(handles.map(({ handle }) => handle)).size, 3);
  for (const [script, fault] of [
    ['vacation :days 1 :seconds 5 "x";', /found the tag :seconds beside :days/],
    ['vacation :from "nobody" "x";', /found "nobody"; expected one address/],
    ['vacation :addresses ["a@b.example", "c@"] "x";', /found "c@"; expected one address/],
    ['vacation :flags "a" "x";', /found :flags without :fcc/],
    ['vacation :days "3" "x";', /found the string "3" behind :days; expected a number/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
  await does([
    [
      'vacation :mime "no header here";',
      ['error: found a text behind vacation :mime that begins with no header field; expected a MIME entity'],
    ],
  ]);
});

test('flags: set, added, taken away, asked for (RFC 5232)', async () => {
  await does([
    ['setflag "\\\\Seen"; keep;', ['keep [\\Seen]']],
    ['setflag "\\\\seen"; addflag ["$a $b", "\\\\FLAGGED"];', ['implicit keep [\\Seen $a $b \\Flagged]']],
    ['addflag ["a", "A", "b a"];', ['implicit keep [a b]']],
    ['addflag "a b c"; removeflag ["B", "x"];', ['implicit keep [a c]']],
    ['addflag "a"; setflag "";', ['implicit keep']],
    ['addflag ["\\\\Recent", "\\\\bogus", "(x)", "a%", "good", ""];', ['implicit keep [good]']],
    [
      'addflag "a"; fileinto :flags "b" "F"; fileinto "G"; keep;',
      ['fileinto F [b]', 'fileinto G [a]', 'keep [a]'],
    ],
    ['addflag "a"; fileinto "F"; addflag "b"; fileinto "F";', ['fileinto F [a b]']],
    ['keep :flags ["x", "y"];', ['keep [x y]']],
    ['addflag "a"; keep :flags "";', ['keep']],
    ['addflag "a b"; if hasflag "B" { discard; }', ['discard']],
    ['addflag "a b"; if hasflag ["c", "x b"] { discard; }', ['discard']],
    ['addflag "a b"; if hasflag :contains "c" { discard; }', ['implicit keep [a b]']],
    ['addflag "a b"; if hasflag :count "eq" :comparator "i;ascii-numeric" "2" { discard; }', ['discard']],
    // RFC 5232 3 and 4: variables by name.
    [`set "v" "a b"; addflag "v" "\\\\Seen"; fileinto :flags "\${v}" "F";`, ['fileinto F [a b \\Seen]']],
    ['setflag "v" "x"; if hasflag ["w", "v"] "x" { discard; }', ['discard']],
    [`setflag "v" "x y"; removeflag "v" "x"; keep :flags "\${v}";`, ['keep [y]']],
  ]);
  assert.match(faultsOf('require "imap4flags"; addflag "v" "x";')[0] ?? '', /expected require "variables"/);
  assert.match(
    faultsOf('require "fileinto"; fileinto :flags "x" "F";')[0] ?? '',
    /expected require "imap4flags"/,
  );
});

test('redirect with the DSN words of SMTP (RFC 6009)', async () => {
  const { actions } = await runSieve(
    `${everything} redirect :copy :notify "FAILURE,delay" :ret "hdrs" "a@b.example";`,
  );
  assert.deepEqual(actions[0], {
    type: 'redirect',
    address: 'a@b.example',
    dsn: { notify: 'FAILURE,DELAY', ret: 'HDRS' },
    edits: 0,
    line: 1,
  });
  for (const [script, fault] of [
    [
      'redirect :notify "NEVER,DELAY" "a@b.example";',
      /found "NEVER,DELAY" behind :notify; expected "NEVER", or/,
    ],
    ['redirect :notify "" "a@b.example";', /expected "NEVER", or/],
    ['redirect :ret "ALL" "a@b.example";', /found "ALL" behind :ret; expected "FULL" or "HDRS"/],
    ['redirect "a@b.example, c@d.example";', /expected one address/],
    ['redirect "";', /expected one address/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
});

test('notify by mail (RFC 5435, RFC 5436)', async () => {
  const { actions } = await runSieve(
    `${everything} notify :from "me@example.org" :importance "1" :options ["a=b"] :message "news" "mailto:a@b.example?subject=x";`,
  );
  assert.deepEqual(actions[0], {
    type: 'notify',
    method: 'mailto:a@b.example?subject=x',
    from: 'me@example.org',
    importance: 1,
    message: 'news',
    options: ['a=b'],
    fcc: undefined,
  });
  for (const [script, fault] of [
    ['notify "xmpp:a@b.example";', /expected a URI that begins with "mailto:"/],
    ['notify "mailto:";', /expected at least one recipient/],
    ['notify "mailto:a@b.example,c";', /expected addresses such as name@example.com, not "a@b\.example,c"/],
    ['notify "mailto:a b@c.example";', /expected only characters of a URI/],
    ['notify "mailto:a@b.example?subject";', /expected fields such as subject=Hello/],
    ['notify :importance "4" "mailto:a@b.example";', /found the importance "4"; expected "1", "2" or "3"/],
  ] as const)
    assert.match(faultsOf(`${everything}${script}`)[0] ?? '', fault, script);
  await does([
    ['if valid_notify_method ["mailto:a@b.example", "mailto:?to=c@d.example"] { discard; }', ['discard']],
    ['if valid_notify_method ["mailto:a@b.example", "tel:+1"] { discard; }', ['implicit keep']],
    ['if notify_method_capability "mailto:a@b.example" "online" "maybe" { discard; }', ['discard']],
    ['if notify_method_capability "mailto:a@b.example" "online" "yes" { discard; }', ['implicit keep']],
    ['if notify_method_capability "tel:+1" "online" "maybe" { discard; }', ['implicit keep']],
    [
      `set "m" "x"; notify "\${m}";`,
      ['error: found the method "x"; expected a URI that begins with "mailto:"'],
    ],
  ]);
});

test('edits of the header are seen by tests and stored by the actions behind them (RFC 5293)', async () => {
  const letter = 'Received: one\nX: 1\nx: 2\n folded\nSubject: old\nX: 3\nReceived: two\n\nbody\n';
  const edited = async (script: string): Promise<string[]> => {
    const { headers, error } = await runSieve(`${everything}${script}`, { letter });
    assert.equal(error, undefined, script);
    return headers.map(String);
  };
  const plain = letter.slice(0, letter.indexOf('\n\n') + 1);
  for (const [script, header] of [
    ['addheader "Y" "new";', `Y: new\n${plain}`],
    ['addheader :last "Y" "new";', `${plain}Y: new\n`],
    ['addheader "Y" "a\r\nBcc: b";', `Y: a Bcc: b\n${plain}`],
    ['addheader "Y" "ü";', `Y: =?utf-8?B?w7w=?=\n${plain}`],
    ['deleteheader "x";', plain.replace('X: 1\nx: 2\n folded\n', '').replace('X: 3\n', '')],
    ['deleteheader :index 2 "X";', plain.replace('x: 2\n folded\n', '')],
    ['deleteheader :index 1 :last "X";', plain.replace('X: 3\n', '')],
    ['deleteheader :matches "X" "2*";', plain.replace('x: 2\n folded\n', '')],
    ['deleteheader :index 1 :contains "X" ["1", "3"];', plain.replace('X: 1\n', '')],
    ['deleteheader "subject" "old";', plain.replace('Subject: old\n', '')],
  ] as const)
    assert.deepEqual(await edited(script), [plain, header], script);
  for (const script of [
    'deleteheader "received";',
    'deleteheader "auto-submitted";',
    'deleteheader "none";',
    'deleteheader :index 2 :contains "X" "3";',
  ])
    assert.deepEqual(await edited(script), [], script);
  const several = await runSieve(
    `${everything} fileinto "before"; addheader "Y" "1"; fileinto "between"; if exists "y" { deleteheader "y"; } keep;`,
    { letter },
  );
  assert.deepEqual(
    several.actions.map((action) => ('edits' in action ? action.edits : -1)),
    [0, 1, 2],
  );
  assert.deepEqual(several.headers.map(String), [plain, `Y: 1\n${plain}`, plain]);
  const wide = (await edited(`addheader "Y" "${'word '.repeat(60)}";`))[1] ?? '';
  assert.ok(
    wide.split('\n').every((line) => line.length <= 78),
    'long values are folded',
  );
  // A header that goes on behind what we see cannot be edited.
  const cut = await runSieve(`${everything} addheader "Y" "1";`, { letter: 'A: b\nC: d', size: 1000 });
  assert.match(cut.error?.message ?? '', /found a header that does not end within 9 bytes/);
  assert.match(
    faultsOf(`${everything} addheader "a b" "c";`)[0] ?? '',
    /found "a b" as the name of a header field/,
  );
  assert.match(faultsOf(`${everything} addheader "a:" "c";`)[0] ?? '', /found "a:" as the name/);
  assert.match(
    faultsOf(`${everything} deleteheader :count "gt" "a" "1";`)[0] ?? '',
    /found :count at deleteheader/,
  );
});

test('a run that goes wrong keeps nothing of what it did before, and says where it went wrong', async () => {
  const { actions, error, isDone } = await runSieve(
    `${everything}\nfileinto "A";\nif true {\n  error "I am not ready";\n}`,
    { letter: coyote },
  );
  assert.deepEqual([actions, isDone], [[], false]);
  assert.deepEqual(error, { line: 4, column: 3, message: 'the script says: I am not ready' });
});
