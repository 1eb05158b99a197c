// Pure rules of the web: addresses that may be gone back to, list addresses, limits on guessing, words and times.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { delayOf, networkOf, openThrottle } from '../../mta/accounts/login-throttle.ts';
import { makeClientMatcher } from '../../mta/control/network.ts';
import { readActionRequest } from '../../server/web/actions/request.ts';
import { readFolderName } from '../../server/web/folders/names.ts';
import { listAddress, readListState } from '../../server/web/list/address.ts';
import { completeAddress } from '../../server/web/login/login.ts';
import { markerOf } from '../../server/web/search/marks.ts';
import { readSearch, toggleAfter, writeSearch } from '../../server/web/search/string.ts';
import { flatEntries, folderColumn, quotaLine } from '../../server/web/shell/column.ts';
import { cleanLine, nameOf } from '../../server/web/shell/foreign.ts';
import { countText, createFormats } from '../../server/web/shell/formats.ts';
import { bodyTime, limitConnections } from '../../server/web/shell/limits.ts';
import { checkPath, withField } from '../../server/web/shell/paths.ts';
import { escapeHtml } from '../../server/web/shell/templates.ts';
import { loadKey, maskSecret, readTicket, signTicket, unmaskSecret } from '../../server/web/shell/tickets.ts';
import { openStateDatabase } from '../../server/web/state/database.ts';
import { isOver, sessionLimits } from '../../server/web/state/sessions.ts';
import { createLanguage, english } from '../../server/web/words/words.ts';

test('only a path of this site is gone back to (W4)', () => {
  for (const good of [
    '/',
    '/f/INBOX',
    '/f/%C3%84rger?filter=unread&u=x',
    '/search?q=a+b%20c',
    '/m/abc?in=A%2FB',
  ])
    assert.equal(checkPath(good, 'F'), good);
  for (const bad of [
    '',
    'f/INBOX',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    ' /f',
    'https://evil.example/',
    'javascript:alert(1)',
    '/%2f/evil.example',
    '/%5cevil.example',
    '/%09/evil',
    '/a%0d%0aSet-Cookie:x',
    '/a\r\nb',
    '/./..//evil',
    '/\u2028',
    `/${'a'.repeat(3000)}`,
    ['/f/INBOX'],
    undefined,
    { toString: () => '/f' },
  ])
    assert.equal(checkPath(bad, 'F'), 'F', JSON.stringify(bad));
});

test('a query field is set and taken out without touching the others', () => {
  assert.equal(withField('/f/INBOX?filter=unread', 'u', 'abc'), '/f/INBOX?filter=unread&u=abc');
  assert.equal(withField('/f/INBOX?u=abc&filter=unread', 'u', undefined), '/f/INBOX?filter=unread');
  assert.equal(withField('/f/INBOX#folders', 'u', undefined), '/f/INBOX#folders');
});

test('the address of a list leaves defaults out and keeps everything else', () => {
  const state = readListState('/f/INBOX', 'INBOX', {
    sort: 'size',
    dir: 'asc',
    filter: 'unread',
    n: '25',
    after: 'abc',
  });
  assert.equal(listAddress(state), '/f/INBOX?filter=unread&sort=size&dir=asc&n=25&after=abc');
  assert.equal(listAddress(state, { filter: 'all', sort: 'date', dir: 'desc', n: 0, after: '' }), '/f/INBOX');
  assert.equal(listAddress(readListState('/search', undefined, { q: 'a b' })), '/search?q=a+b');
});

test('what an address says wrongly is the default', () => {
  const state = readListState('/f/INBOX', 'INBOX', {
    sort: 'evil',
    dir: 'up',
    filter: ['starred', 'x'],
    n: '100000',
    before: '<script>',
    open: '../../etc',
  });
  assert.deepEqual(
    [state.sort, state.dir, state.filter, state.n, state.before, state.open],
    ['date', 'desc', 'starred', 0, '', ''],
  );
});

test('a bare user name is completed with the default domain', () => {
  assert.equal(completeAddress(' Alice ', 'example.com'), 'alice@example.com');
  assert.equal(completeAddress('alice@other.example', 'example.com'), 'alice@other.example');
  assert.equal(completeAddress('', 'example.com'), '');
});

test('an action is read with its messages; a row button means that row alone', () => {
  const ids = ['AAAAAAAAAAAA', 'BBBBBBBBBBBB'];
  assert.deepEqual(readActionRequest({ action: 'archive', id: [...ids, ids[0], '../x'] })?.ids, ids);
  const one = readActionRequest({
    action: 'archive',
    one: 'star:CCCCCCCCCCCC',
    id: ids,
    scope: 'query',
    upto: '1',
    expect: '2',
  });
  assert.deepEqual([one?.action, one?.ids, one?.scope], ['star', ['CCCCCCCCCCCC'], undefined]);
  assert.equal(readActionRequest({ action: 'explode', id: ids }), undefined);
  assert.equal(readActionRequest({ action: 'trash', scope: 'query', upto: 'NaN', expect: '1' }), undefined);
  assert.equal(readActionRequest({ action: 'trash', id: ids, return: '//evil' })?.back, '/f/INBOX');
});

test('sessions end after their time: 8 hours idle, 12 in all, 30 days with the tick', () => {
  const at = 1_000_000_000_000;
  const limits = sessionLimits();
  const session = { stay: false, signedInAt: at, lastSeen: at };
  assert.deepEqual(limits, { idle: 8 * 3600_000, absolute: 12 * 3600_000, stay: 30 * 86_400_000 });
  assert.equal(isOver(session, at + limits.idle, limits), false);
  assert.equal(isOver(session, at + limits.idle + 1, limits), true);
  assert.equal(
    isOver({ ...session, lastSeen: at + limits.absolute }, at + limits.absolute + 1, limits),
    true,
  );
  assert.equal(isOver({ ...session, stay: true }, at + limits.stay, limits), false);
  assert.equal(isOver({ ...session, stay: true }, at + limits.stay + 1, limits), true);
  // An administrator who allows a day of rest means it.
  assert.equal(sessionLimits(86_400, 60).absolute, 86_400_000);
});

test('a network is an IPv4 address or the /64 of an IPv6 address', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7');
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(networkOf('2001:db8:1:2:aaaa::1'), networkOf('2001:DB8:1:2:bbbb:0:0:9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});

/** A throttle with a clock of its own. */
async function withThrottle(
  run: (open: () => ReturnType<typeof openThrottle>, tick: (ms: number) => void) => void,
) {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-throttle-'));
  const database = await openStateDatabase(directory);
  let at = 1_700_000_000_000;
  try {
    run(
      () => openThrottle(database, () => at),
      (ms) => {
        at += ms;
      },
    );
  } finally {
    database.close();
    await rm(directory, { recursive: true });
  }
}

test('ten wrong tries a minute pass from one network, the eleventh waits, also after a restart (L2)', () =>
  withThrottle((open, tick) => {
    const guess = { account: 'alice@example.com', address: '192.0.2.1', device: undefined };
    for (let n = 0; n < 10; n++) {
      assert.equal(open().begin(guess).wait, 0, `try ${n + 1}`);
      tick(1000);
    }
    const eleventh = open().begin(guess);
    assert.equal(eleventh.wait, 50);
    assert.equal(open().begin({ ...guess, address: '198.51.100.1' }).wait, 0);
    tick(50_000);
    assert.equal(open().begin(guess).wait, 0);
  }));

test('right passwords do not count, and five wrong ones are free of delay', () =>
  withThrottle((open) => {
    const throttle = open();
    const guess = { account: 'alice@example.com', address: '192.0.2.1', device: undefined };
    for (let n = 0; n < 30; n++) throttle.begin(guess).succeeded();
    assert.deepEqual([0, 1, 4, 5, 6, 9, 50].map(delayOf), [0, 0, 0, 200, 400, 1000, 1000]);
    assert.equal(throttle.begin(guess).wait, 0);
  }));

test('strangers of many networks get 20 tries an hour at one account; its owner still gets in (A4)', () =>
  withThrottle((open, tick) => {
    const throttle = open();
    const account = 'alice@example.com';
    throttle.begin({ account, address: '203.0.113.9', device: undefined }).succeeded();
    let passed = 0;
    for (let n = 0; n < 1000; n++) {
      if (throttle.begin({ account, address: `10.0.${n >> 8}.${n & 255}`, device: undefined }).wait === 0)
        passed++;
      tick(1000);
    }
    assert.equal(passed, 20);
    assert.equal(
      throttle.begin({ account, address: '203.0.113.9', device: undefined }).wait,
      0,
      'known network',
    );
    assert.equal(
      throttle.begin({ account, address: '10.9.9.9', device: 'a'.repeat(22) }).wait,
      0,
      'known browser',
    );
    assert.equal(
      throttle.begin({ account: 'bob@example.com', address: '10.9.9.9', device: undefined }).wait,
      0,
    );
  }));

test('a ticket is read only for its purpose, by its key, in its time', () => {
  const key = Buffer.alloc(32, 7);
  const ticket = signTicket(key, 'compose', 'alice|draft-1', 5000);
  assert.equal(readTicket(key, 'compose', ticket, 4999), 'alice|draft-1');
  assert.equal(readTicket(key, 'compose', ticket, 5000), undefined);
  assert.equal(readTicket(key, 'images', ticket, 0), undefined);
  assert.equal(readTicket(Buffer.alloc(32, 8), 'compose', ticket, 0), undefined);
  assert.equal(readTicket(key, 'compose', `${ticket}x`, 0), undefined);
  assert.equal(readTicket(key, 'compose', ticket.replace(/^./, 'z'), 0), undefined);
  assert.equal(readTicket(key, 'compose', '', 0), undefined);
});

test('a masked secret looks different each time and is the same inside', () => {
  const secret = Buffer.alloc(32, 5).toString('base64url');
  const [one, other] = [maskSecret(secret), maskSecret(secret)];
  assert.notEqual(one, other);
  assert.deepEqual([unmaskSecret(one), unmaskSecret(other)], [secret, secret]);
  for (const nonsense of ['', 'a', one.slice(1), `${one}AAAA`])
    assert.notEqual(unmaskSecret(nonsense), secret);
});

test('the key of a site is made once, also by several at the same time', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-key-'));
  const keys = await Promise.all([loadKey(directory), loadKey(directory), loadKey(directory)]);
  assert.equal(new Set(keys.map((key) => key.toString('hex'))).size, 1);
  assert.equal(keys[0]!.length, 32);
  await rm(directory, { recursive: true });
});

test('foreign names lose controls and direction overrides, and are cut', () => {
  assert.equal(cleanLine('a\u0000b\r\n\tc\u2028d'), 'a b c d');
  assert.equal(cleanLine('exe.\u202Etxt'), 'exe.•txt');
  assert.equal([...cleanLine('😀'.repeat(500))].length, 200);
  assert.equal(cleanLine('\ud800x'), '\ufffdx');
  assert.equal(nameOf({ name: '', address: 'x@y.example' }), 'x@y.example');
  assert.equal(nameOf({ name: 'boss@our.example', address: 'x@evil.example' }), 'x@evil.example');
  assert.equal(nameOf({ name: 'Bob (x@y.example)', address: 'x@y.example' }), 'Bob (x@y.example)');
});

test('everything that ends text or a quoted attribute is escaped', () => {
  assert.equal(escapeHtml(`<a b='c' d="e">&</a>`), '&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;&lt;/a&gt;');
  assert.equal(escapeHtml(undefined), '');
  assert.equal(escapeHtml(0), '0');
});

test('times in lists are short: clock today, weekday this week, day this year, else the year too', () => {
  const formats = createFormats('en', 'Europe/Paris');
  const now = Date.parse('2026-11-22T16:00:00Z');
  const short = (time: string) => formats.short(Date.parse(time), now);
  assert.equal(short('2026-11-22T13:05:00Z'), '14:05');
  assert.equal(short('2026-11-21T23:30:00Z'), '00:30');
  assert.equal(short('2026-11-17T12:00:00Z'), 'Tue');
  assert.equal(short('2026-11-14T12:00:00Z'), '14 Nov');
  assert.equal(short('2024-11-14T12:00:00Z'), '14 Nov 2024');
  assert.equal(formats.short(Number.NaN, now), '');
  assert.equal(formats.size(412_000), '412 kB');
});

test('the folder column: the seven special folders first, then own ones as a tree, with the right counts', () => {
  const formats = createFormats('en', 'UTC');
  const folder = (
    name: string,
    role: 'inbox' | 'drafts' | 'sent' | 'folder',
    total: number,
    unread: number,
  ) => ({
    name,
    label: name.split('.').at(-1)!,
    depth: name.split('.').length - 1,
    role,
    total,
    unread,
  });
  const { special, own } = folderColumn(
    [
      folder('Zeta', 'folder', 5, 5),
      folder('INBOX', 'inbox', 20_000, 12_345),
      folder('Drafts', 'drafts', 3, 3),
      folder('Sent', 'sent', 9, 9),
      folder('A.B', 'folder', 1, 0),
      folder('A-C', 'folder', 1, 0),
      folder('A', 'folder', 1, 0),
    ],
    'Zeta',
    english.t,
    formats,
  );
  assert.deepEqual(
    special.map((entry) => [entry.label, entry.count]),
    [
      ['Inbox', '9,999+'],
      ['Starred', ''],
      ['Drafts', '3'],
      ['Sent', ''],
      ['Archive', ''],
      ['Junk', ''],
      ['Trash', ''],
    ],
  );
  assert.deepEqual(
    flatEntries(own).map((entry) => [entry.name, entry.here]),
    [
      ['A', false],
      ['A.B', false],
      ['A-C', false],
      ['Zeta', true],
    ],
  );
  assert.equal(countText(0, formats, english.t), '');
});

test('a closed folder counts what lies below it, and a name that is no folder holds others without a link', () => {
  const formats = createFormats('en', 'UTC');
  const folder = (name: string, unread: number, more: object = {}) => ({
    name,
    label: name,
    depth: name.split('.').length - 1,
    role: 'folder' as const,
    total: unread,
    unread,
    ...more,
  });
  const folders = [
    folder('Work', 1),
    folder('Work.A', 2),
    folder('Work.A.Deep', 4),
    folder('Lists.One', 3),
    folder('Trash', 0, { role: 'trash' }),
    folder('Trash.Old', 9),
    folder('Secret', 7, { isHidden: true }),
  ];
  const column = folderColumn(folders, 'Work.A.Deep', english.t, formats, ['Work', 'Gone']);
  const lines = flatEntries(column.own).map(({ name, href, count, closed, holdsHere }) => [
    name,
    href,
    count,
    closed,
    holdsHere,
  ]);
  assert.deepEqual(lines, [
    ['Lists', '', '', false, false],
    ['Lists.One', '/f/Lists.One', '3', false, false],
    ['Work', '/f/Work', '7', true, true],
    ['Work.A', '/f/Work.A', '2', false, false],
    ['Work.A.Deep', '/f/Work.A.Deep', '4', false, false],
  ]);
  const trash = column.special.find(({ icon }) => icon === 'trash-2');
  assert.deepEqual(
    trash?.children.map(({ name, count }) => [name, count]),
    [['Trash.Old', '']],
  );
  assert.deepEqual(column.hidden, { count: 1, strong: true });
});

test('the quota line tells the tighter limit, in words from 85 % on', () => {
  const formats = createFormats('en', 'UTC');
  const line = (used: number, limit: number, count = 1, most?: number) =>
    quotaLine({ bytes: { used, limit }, messages: { used: count, limit: most } }, english.t, formats);
  assert.equal(quotaLine(undefined, english.t, formats), undefined);
  assert.deepEqual(line(500_000, 1_000_000), {
    words: '500 kB of 1 MB used',
    exact: '500,000 bytes in 1 message',
    percent: 50,
    level: 'plenty',
  });
  assert.deepEqual(
    [line(850_000, 1_000_000)?.level, line(850_000, 1_000_000)?.words],
    ['warn', '850 kB of 1 MB used. 85% is full.'],
  );
  assert.equal(line(960_000, 1_000_000)?.level, 'full');
  assert.match(line(1_000_000, 1_000_000)?.words ?? '', /no new mail/);
  assert.equal(line(1000, 1_000_000, 9, 10)?.words, '9 of 10 messages. 90% is full.');
});

test('a typed folder name becomes a Maildir++ name or says what is wrong with it', () => {
  assert.deepEqual(readFolderName(' Ärger / 2026 ', ''), { name: 'Ärger.2026' });
  assert.deepEqual(readFolderName('2026', 'Ärger'), { name: 'Ärger.2026' });
  for (const [typed, fault] of [
    ['', 'folders.nameEmpty'],
    ['a//b', 'folders.nameEmpty'],
    ['v1.2', 'folders.nameDot'],
    ['.hidden', 'folders.nameDot'],
    ['a\u0007b', 'folders.nameControl'],
    ['100%', 'folders.nameWild'],
    ['inbox', 'folders.nameInbox'],
    ['INBOX/x', 'folders.nameInbox'],
    ['cur', 'folders.nameReserved'],
    ['x'.repeat(255), 'folders.nameLong'],
    ['会'.repeat(100), 'folders.nameLong'],
  ] as const)
    assert.deepEqual(readFolderName(typed, ''), { fault }, typed);
});

test('words take the plural form of their language and fall back to English', () => {
  assert.equal(english.t('list.selected', { n: 1 }), '1 selected');
  assert.equal(english.t('act.archived', { n: 1234 }), '1,234 messages moved to Archive.');
  const polish = createLanguage('pl', {
    'list.newMessages': { one: '{n} nowa', few: '{n} nowe', many: '{n} nowych', other: '{n} nowej' },
  });
  assert.equal(polish.t('list.newMessages', { n: 3 }), '3 nowe');
  assert.equal(polish.t('list.newMessages', { n: 5 }), '5 nowych');
  assert.equal(polish.t('app.undo'), 'Undo');
});

test('a body may take 60 seconds and one more for each 100 KiB', () => {
  assert.equal(bodyTime(0), 60_000);
  assert.equal(bodyTime(1024 * 1024), 71_000);
  assert.equal(bodyTime(undefined), 572_000);
});

test('what was searched for is marked as the index finds it: case, accents, width, beginnings, scripts without spaces', () => {
  const show = (query: string, text: string): string =>
    (markerOf(query, ['subject'])?.(text) ?? [{ text, isHit: false }])
      .map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text))
      .join('');
  assert.equal(show('odegard', 'From Ødegård, and Ødegårdson'), 'From [Ødegård], and Ødegårdson');
  assert.equal(show('odeg*', 'ØDEGÅRD'), '[ØDEG]ÅRD');
  assert.equal(show('会議', '明日の会議です'), '明日の[会議]です');
  assert.equal(show('"two words"', 'two  words, words two'), '[two  words], words two');
  assert.equal(show('-hidden is:unread', 'hidden'), 'hidden');
  assert.equal(show('a.c+ (', 'abc a.c+ a c'), 'abc [a.c]+ [a c]');
  assert.equal(show('from:bob', 'bob'), 'bob', 'a word for the sender is not marked in the text');
  const long = 'x'.repeat(150_000);
  const started = performance.now();
  assert.equal(show('x y z', `${long} x`).length, long.length + 2);
  assert.ok(performance.now() - started < 2000);
});

test('the advanced search and the line of the search box say the same', () => {
  const line =
    'report "last year" -draft from:bob to:"Carla Díaz" in:Work after:2026-01-01 is:unread has:attachment larger:5M';
  const fields = readSearch(line);
  assert.deepEqual(
    [fields.words, fields.phrase, fields.none, fields.to, fields.larger],
    ['report', 'last year', 'draft', 'Carla Díaz', '5'],
  );
  assert.equal(writeSearch(fields), line);
  assert.equal(readSearch('a OR -from:bob larger:20k').words, 'a OR -from:bob larger:20k');
  assert.deepEqual(toggleAfter('x', '2026-01-01'), { line: 'x after:2026-01-01', isOn: false });
  assert.deepEqual(toggleAfter('after:2026-01-01 x', '2026-02-02'), { line: 'x', isOn: true });
});

test('an address has so many connections, a proxy in a network of control/webproxies any number (W11)', () => {
  const server = new EventEmitter();
  limitConnections(server as never, 2, makeClientMatcher(['198.51.100.0/24', '::1']));
  const connect = (remoteAddress: string): boolean => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, isCut: false });
    const destroy = (): void => {
      socket.isCut = true;
    };
    server.emit('connection', Object.assign(socket, { destroy }));
    return !socket.isCut;
  };
  const tries = (address: string): boolean[] => [1, 2, 3].map(() => connect(address));
  assert.deepEqual(tries('203.0.113.5'), [true, true, false]);
  assert.deepEqual(tries('198.51.100.7'), [true, true, true]);
  assert.deepEqual(tries('::ffff:198.51.100.8'), [true, true, true]);
  assert.deepEqual(tries('::1'), [true, true, true]);
});
