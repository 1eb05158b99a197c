// Account files without a site: users/assign, qmail-getpw's rules, vpasswd, hashed directories, names, hashes, options.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AssignError, compileAssign, parseAssign } from '../../mta/accounts/assign.ts';
import {
  addAssignLine,
  addListLine,
  domainSortKey,
  removeAssignLine,
  removeListLine,
  removeMapLine,
  setMapLine,
} from '../../mta/accounts/control-lines.ts';
import { isOutdated, verifyPassword } from '../../mta/accounts/crypt.ts';
import { formatControl, freshControl, nextControl, parseControl } from '../../mta/accounts/directories.ts';
import { effectiveFlags, formatLimits, noLimits, parseLimits } from '../../mta/accounts/limits.ts';
import { checkDomainName, checkUserName, parseEmail } from '../../mta/accounts/names.ts';
import { hashPassword, isKnownHash } from '../../mta/accounts/new-hash.ts';
import { parsePasswd } from '../../mta/accounts/passwd-file.ts';
import { createPasswordHasher, PasswordQueueError } from '../../mta/accounts/password.ts';
import { storedQuota } from '../../mta/accounts/quota.ts';
import { findInUsersCdb, systemUserCandidates } from '../../mta/accounts/users.ts';
import { formatVpasswdEntry, parseVpasswd } from '../../mta/accounts/vpasswd.ts';
import { VpasswdIndex } from '../../mta/accounts/vpasswd-index.ts';
import { compileVpasswdBytes, findVpasswdLine, setVpasswdLine } from '../../mta/accounts/vpasswd-lines.ts';
import { VpasswdReader } from '../../mta/accounts/vpasswd-reader.ts';
import { parseOptions } from '../../mta/commands/getopt.ts';
import { sourceOfBytes } from '../../mta/formats/byte-source.ts';
import { Cdb } from '../../mta/formats/cdb.ts';
import { until } from '../support/serve.ts';

const assign = `=joe:joe:507:507:/home/joe:::
=Boss:pat:508:508:/home/pat:-:boss:
+joe-:joe:507:507:/home/joe:-::
+Joe-W:willy:509:509:/home/willy:-:w-:
+example.com-:example.com:89:89:/v/example.com:-::
+:alias:70:70:/var/qmail/alias:-::ignored:more
=joe:second:1:1:/x:::
.
=after:the:1:1:/dot:::
`;

describe('users/assign', () => {
  test('a local part is found as qmail-lspawn finds it', () => {
    const cdb = Cdb.from(compileAssign(assign));
    const found = (local: string) => {
      const user = findInUsersCdb(cdb, local);
      return user && [user.user, user.uid, user.home, user.dash, user.ext].join(' ');
    };
    assert.equal(found('joe'), 'joe 507 /home/joe  ', 'simple, and the first duplicate wins');
    assert.equal(found('JOE'), 'joe 507 /home/joe  ', 'without regard to case');
    assert.equal(found('boss'), 'pat 508 /home/pat - boss');
    assert.equal(found('joe-List.X'), 'joe 507 /home/joe - List.X', 'the rest keeps its case');
    assert.equal(found('joe-with'), 'willy 509 /home/willy - w-ith', 'the longest wildcard wins');
    assert.equal(found('example.com-bob'), 'example.com 89 /v/example.com - bob');
    assert.equal(found('anybody'), 'alias 70 /var/qmail/alias - anybody', 'the bare + takes the rest');
    assert.equal(found('after'), 'alias 70 /var/qmail/alias - after', 'nothing after the dot counts');
  });

  test('the compiled form has the keys and data of qmail-newu', () => {
    const entries = [...Cdb.from(compileAssign(assign)).entries()].map(([key, data]) => [
      key.toString(),
      data.toString(),
    ]);
    assert.deepEqual(entries[0], ['!joe\0', 'joe\x00507\x00507\0/home/joe\0\0']);
    assert.deepEqual(entries[2], ['!joe-', 'joe\x00507\x00507\0/home/joe\0-\0']);
    assert.deepEqual(entries[5], ['!', 'alias\x0070\x0070\0/var/qmail/alias\0-\0']);
    assert.deepEqual(entries.at(-1), ['', '-w'], 'the set of wildcard characters comes last');
  });

  test("somebody else's cdb without a fitting wildcard character does not match, as in qmail", () => {
    const cdb = Cdb.from(compileAssign('+a-x:u:1:1:/h:-::\n.\n'));
    assert.equal(findInUsersCdb(cdb, 'a-xyz')?.ext, 'yz');
    assert.equal(findInUsersCdb(cdb, 'a-y'), undefined);
    assert.throws(
      () => findInUsersCdb(Cdb.from(compileAssign('+:u:1:1:home:-::\n.\n')), 'x'),
      /uid, gid and home/,
    );
  });

  test('a broken file is refused with its line', () => {
    for (const [text, line] of [
      ['=joe:joe:1:1:/h:::\n', 2],
      ['', 1],
      ['=joe:joe:1:1:/h::\n.\n', 1],
      ['=a:a:1:1:/h:::\n\n.\n', 2],
      ['=a:a:1:1:/h:::\n:a:1:1:/h:::\n.\n', 2],
      ['=a\0:a:1:1:/h:::\n.\n', 1],
    ] as const)
      assert.throws(
        () => parseAssign(text),
        (error) => error instanceof AssignError && error.line === line,
        JSON.stringify(text),
      );
  });
});

describe('lines of shared files', () => {
  test('a domain is sorted by its last two labels', () => {
    assert.equal(domainSortKey('mail.example.com'), 'example.com.mail');
    assert.equal(domainSortKey('a.b.c.d'), 'c.d.a.b');
    assert.equal(domainSortKey('example.com'), 'example.com');
  });

  test('a line goes to its place and every other byte stays', () => {
    const before =
      '=joe:joe:1:1:/h:::\n+b.test-:b.test:1:1:/d:-::\n+d.test-:d.test:1:1:/d:-::\n+:alias:1:1:/a:-::\n.\nrest\n';
    const after = addAssignLine(before, '+c.test-:c.test:1:1:/d:-::');
    assert.equal(after, before.replace('+d.test', '+c.test-:c.test:1:1:/d:-::\n+d.test'));
    assert.equal(removeAssignLine(after, 'c.test'), before);
    assert.equal(addAssignLine('', '+a.test-:x'), '+a.test-:x\n.\n');
    assert.equal(addAssignLine('.\n', '+a.test-:x'), '+a.test-:x\n.\n');
    assert.equal(addListLine('# ours\nA.test\nc.test', 'b.test'), '# ours\nA.test\nb.test\nc.test\n');
    assert.equal(addListLine('b.test\n', 'b.test'), 'b.test\n');
    assert.equal(removeListLine('a.test\nB.Test \nc.test\n', 'b.test'), 'a.test\nc.test\n');
    assert.equal(
      setMapLine('a.test:x\nc.test:y\n', 'b.test', 'b.test'),
      'a.test:x\nb.test:b.test\nc.test:y\n',
    );
    assert.equal(setMapLine('a.test:x\n', 'a.test', 'z'), 'a.test:z\n');
    assert.equal(removeMapLine('a.test:x\nu@a.test:y\n', 'a.test'), 'u@a.test:y\n');
  });
});

describe('system users', () => {
  test('candidates are tried longest first, at the end and before each dash', () => {
    assert.deepEqual(
      [...systemUserCandidates('Joe-List.X-y')].map(({ name, dash, ext }) => `${name}|${dash}|${ext}`),
      ['joe-list.x-y||', 'joe-list.x|-|y', 'joe|-|List.X-y'],
    );
    assert.deepEqual(
      [...systemUserCandidates(`${'a'.repeat(32)}-b`)].map(({ name }) => name),
      [],
      'names of 32 bytes and more are not looked up',
    );
    assert.equal([...systemUserCandidates(`${'a'.repeat(31)}-b`)].length, 1);
  });

  test('passwd lines that are not users are skipped', () => {
    const users = parsePasswd(
      'joe:x:507:508:Joe:/home/joe:/bin/sh\n+nis\nbad:x:a:b::/h:\njoe:x:1:1::/other:\n\n',
    );
    assert.deepEqual([...users], [['joe', { name: 'joe', uid: 507, gid: 508, home: '/home/joe' }]]);
  });
});

describe('vpasswd', () => {
  const text =
    'ann:$1$a$b:1:0:Ann:/d/ann:NOQUOTA\ntorn:line\njoe:$6$x$y:1:4:Joe D\xe9:/d/joe:10485760S:clear:more\nlast:h:1:0:g:/d/last';

  test('accounts need six colons; torn lines are reported with their number', () => {
    const { entries, torn } = parseVpasswd(text);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['ann', 'joe'],
    );
    assert.deepEqual(entries[1], {
      name: 'joe',
      password: '$6$x$y',
      uid: 1,
      flags: 4,
      gecos: 'Joe D\xe9',
      directory: '/d/joe',
      quota: '10485760S',
      clear: 'clear:more',
    });
    assert.deepEqual(torn, [
      { line: 2, text: 'torn:line' },
      { line: 4, text: 'last:h:1:0:g:/d/last' },
    ]);
    assert.equal(formatVpasswdEntry(entries[1]!), text.split('\n')[2]);
  });

  test('one line changes, in sorted place, and no other byte', () => {
    const line = 'bob:x:1:0:Bob:/d/bob:';
    const lines = text.split('\n');
    const set = (of: string, name: string, put: string | undefined): string =>
      setVpasswdLine(Buffer.from(of, 'latin1'), name, put).toString('latin1');
    assert.equal(set(text, 'bob', line), [lines[0], line, ...lines.slice(1)].join('\n'));
    assert.equal(set(text, 'joe', undefined), [lines[0], lines[1], lines[3]].join('\n'));
    assert.equal(set(text, 'joe', line), [lines[0], lines[1], line, lines[3]].join('\n'));
    assert.equal(
      set(text, 'zoe', line),
      `${text}\n${line}\n`,
      'the last line gets the line feed that it lacked',
    );
    assert.equal(set(text, 'nobody', undefined), text);
    assert.equal(set('', 'bob', line), `${line}\n`);
    assert.equal(
      set(`${line}\nx:y\n${line}`, 'bob', 'bob:new'),
      'bob:new\nx:y\n',
      'twice is once afterwards',
    );
    const bytes = Buffer.from(`oe:1\njoe:torn\n${lines[2]}`, 'latin1');
    const found = findVpasswdLine(bytes, 'joe');
    assert.equal(bytes.toString('latin1', found?.start, found?.end), lines[2]);
    assert.equal(findVpasswdLine(bytes, 'oe'), undefined);
  });

  test('a line goes to its sorted place wherever that is', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `user${at}`).sort();
    let bytes: Buffer = Buffer.alloc(0);
    for (const name of names.toSorted((a, b) => (a.at(-1)! < b.at(-1)! ? 1 : -1)))
      bytes = setVpasswdLine(bytes, name, `${name}:h:1:0:g:/d/${name}:`);
    const index = await VpasswdIndex.of(sourceOfBytes(bytes));
    const reader = new VpasswdReader(sourceOfBytes(bytes), index);
    const read = await Promise.all(names.map((_, at) => reader.nameAt(at)));
    assert.deepEqual(read, names);
    assert.deepEqual(
      bytes
        .toString()
        .split('\n')
        .map((one) => one.split(':')[0]),
      [...names, ''],
    );
    assert.equal(index.isWhole, true);
    assert.equal((await VpasswdIndex.of(sourceOfBytes(Buffer.from('torn:line\n')))).isWhole, false);
  });

  test('the cdb has the rest of each whole line under its name', () => {
    const cdb = Cdb.from(compileVpasswdBytes(Buffer.from(text, 'latin1')));
    assert.equal(cdb.find(Buffer.from('ann'))?.toString(), '$1$a$b:1:0:Ann:/d/ann:NOQUOTA');
    assert.equal(cdb.find(Buffer.from('joe'))?.toString('latin1'), text.split('\n')[2]!.slice(4));
    assert.equal(cdb.find(Buffer.from('torn')), undefined);
  });
});

describe('hashed directories', () => {
  test('users go where vpopmail puts them', () => {
    const expected = new Map([
      [1, ''],
      [99, ''],
      [100, '0'],
      [199, '0'],
      [200, '1'],
      [1000, '9'],
      [1100, 'A'],
      [6200, 'z'],
      [6299, 'z'],
      [6300, '0/0'],
      [6400, '0/1'],
      [12_400 + 99, '0/z'],
      [12_500, '1/0'],
    ]);
    let control = freshControl;
    for (let user = 1; user <= 12_500; user++) {
      control = nextControl(control);
      const path = expected.get(user);
      if (path !== undefined) assert.equal(control.path, path, `user ${user}`);
    }
    const text = formatControl(control);
    assert.equal(text, '12500\n1\n3\n0 0 0\n61 61 61\n0 2 4\n1 0 0\n1/0\n');
    assert.deepEqual(parseControl(text), control);
    assert.equal(formatControl(freshControl), '0\n0\n3\n0 0 0\n61 61 61\n0 2 4\n0 0 0\n\n');
    assert.deepEqual(nextControl({ users: 99_999, path: 'z/z' }).path, '0/0/0');
    assert.throws(() => nextControl({ users: 99, path: 'z/z/z' }), RangeError);
  });

  test("vpopmail's own rewritten file is read, a broken one is not", () => {
    assert.deepEqual(parseControl('112\n0\n3\n0 0 0\n61 61 61\n0 2 2\n0 0 0\n0\n'), {
      users: 112,
      path: '0',
    });
    for (const text of ['', 'x\n0\n3\n\n\n\n\n0\n', '1\n0\n3\n\n\n\n\n../..\n', '1\n0\n3\n\n\n\n\n/etc\n'])
      assert.equal(parseControl(text), undefined, text);
  });
});

describe('names', () => {
  test('account names that could leave their directory or break a line are refused', () => {
    assert.equal(checkUserName("O'Neil+x"), "o'neil+x");
    for (const bad of [
      '',
      'a',
      '../other',
      'a/b',
      '..',
      '.hidden',
      'end.',
      'user\nroot:',
      'a:b',
      'a b',
      'a\0b',
      'vpasswd',
      'é-user',
      'a%00',
      'x'.repeat(65),
    ])
      assert.throws(() => checkUserName(bad), { name: 'VpopmailError' }, JSON.stringify(bad));
  });

  test('domains are checked as vadddomain does', () => {
    assert.equal(checkDomainName('Example.COM'), 'example.com');
    // Letters become the A-label that vadddomain wants.
    assert.equal(checkDomainName('É.com'), 'xn--9ca.com');
    for (const bad of [
      'com',
      'a.b',
      '-x.com',
      'x-.com',
      'a..com',
      'a/b.com',
      '..',
      'ex ample.com',
      'a.com.',
      'é .com',
      `${'a.'.repeat(60)}com`,
    ])
      assert.throws(() => checkDomainName(bad), { name: 'VpopmailError' }, bad);
  });

  test('an address of a command line may use @, % or /', () => {
    assert.deepEqual(parseEmail('Joe%Example.com'), { name: 'joe', domain: 'example.com' });
    assert.deepEqual(parseEmail('joe@a%b'), { name: 'joe', domain: 'a%b' });
    assert.deepEqual(parseEmail('joe'), { name: 'joe', domain: '' });
  });

  test('quotas are stored in bytes and messages', () => {
    for (const [typed, stored] of [
      ['10M', '10485760S'],
      ['20M,100C', '20971520S,100C'],
      ['10485760S,1000C', '10485760S,1000C'],
      ['5k', '5120S'],
      ['NOQUOTA', 'NOQUOTA'],
      ['noquota', 'NOQUOTA'],
      ['0', 'NOQUOTA'],
      ['ten', undefined],
      ['10X', undefined],
      ['-5', undefined],
    ] as const)
      assert.equal(storedQuota(typed), stored, typed);
  });

  test('domain limits shut services unless the account overrides them', () => {
    const limits = parseLimits('# c\nmaxpopaccounts: 5\ndefault_quota:\t1000\ndisable_pop\ndisable_smtp\n');
    assert.deepEqual(limits, { ...noLimits, maxAccounts: 5, flags: 0x802, defaultQuota: 1000 });
    assert.equal(effectiveFlags(4, limits), 0x806);
    assert.equal(effectiveFlags(0x2004, limits), 0x2004);
  });

  test('limits come back as they were stored, and lines of others stay', () => {
    const text = '# ours\nmaxpopaccounts 5\nperm_maillist: 273\nsite_key: 7\n';
    const limits = parseLimits(text);
    assert.deepEqual(limits.denied, { ...noLimits.denied, list: 1, listUsers: 2, listModerators: 4 });
    const changed = { ...limits, quotaMegabytes: 100, flags: 0x04, denied: { ...limits.denied, account: 7 } };
    const stored = formatLimits(changed, text);
    assert.deepEqual(parseLimits(stored), changed);
    assert.equal(stored.split('\n').filter((line) => line === 'site_key: 7').length, 1);
    assert.equal(stored.match(/perm_maillist/g)?.length, 1);
    assert.equal(formatLimits(parseLimits(stored), stored), stored);
  });

  test('options are read as getopt reads them', () => {
    assert.deepEqual(parseOptions(['-ab', '-qX', '-q', 'Y', '-r', '-r20', 'rest', '-a'], 'abq:r::'), {
      options: [
        { letter: 'a', value: '' },
        { letter: 'b', value: '' },
        { letter: 'q', value: 'X' },
        { letter: 'q', value: 'Y' },
        { letter: 'r', value: '' },
        { letter: 'r', value: '20' },
      ],
      rest: ['rest', '-a'],
    });
    assert.deepEqual(parseOptions(['-a', '--', '-b'], 'ab').rest, ['-b']);
    assert.equal(parseOptions(['-x'], 'ab').bad, 'x');
    assert.equal(parseOptions(['-:'], 'a:').bad, ':');
    assert.equal(parseOptions(['-q'], 'q:').bad, 'q');
  });
});

describe('password hashes', () => {
  const stored: readonly (readonly [string, string])[] = [
    ['secret', 'abNANd1rDfiNc'],
    ['pässwort', 'zz1gRNo49znZ6'],
    ['secret', '{CRYPT}abNANd1rDfiNc'],
    [
      'secret',
      '$6$rounds=10000$saltsalt$WowrPBpEDVlCoruBosYlrZycTCx3//TyDHYqEhX9DUHHt0XTztUqzQDDUuvUGRA8aUe9p55hcAxeGcu58sm3u.',
    ],
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ];

  test('hashes of DES, bcrypt and SHA-crypt with rounds fit their password and no other', () => {
    for (const [password, hash] of stored) {
      assert.equal(verifyPassword(password, hash), true, hash);
      assert.equal(verifyPassword(`x${password}`, hash), false, hash);
    }
  });

  const openssl = spawnSync('openssl', ['version']).error === undefined;
  test('$1$, $5$ and $6$ are those of openssl passwd', { skip: !openssl && 'no openssl here' }, () => {
    for (const password of ['a', 'pässwörd', 'y'.repeat(65), 'long '.repeat(25)])
      for (const [kind, salt] of [
        ['-1', 'abcdefgh'],
        ['-1', 'ab'],
        ['-5', 'saltsalt'],
        ['-6', '0123456789abcdef'],
      ] as const) {
        const input = `${password}\n`;
        const hash = spawnSync('openssl', ['passwd', kind, '-salt', salt, '-stdin'], {
          input,
          encoding: 'utf8',
        }).stdout.trim();
        assert.equal(verifyPassword(password, hash), true, hash);
        assert.equal(verifyPassword(`${password}.`, hash), false, hash);
      }
  });

  test('new hashes fit, differ each time, and old ones are known as such', () => {
    for (const scheme of ['sha512-crypt', 'scrypt', 'argon2id'] as const) {
      const [one, two] = [hashPassword('correct horse', scheme), hashPassword('correct horse', scheme)];
      assert.notEqual(one, two);
      assert.equal(verifyPassword('correct horse', one), true);
      assert.equal(verifyPassword('correct horsf', one), false);
      assert.equal(one.includes(':') || one.includes('\n'), false);
      assert.equal(isOutdated(one, scheme), false);
      assert.equal(isOutdated('$1$ab$cd', scheme), true);
    }
    assert.match(hashPassword('x', 'sha512-crypt'), /^\$6\$[./0-9A-Za-z]{8}\$[./0-9A-Za-z]{86}$/);
    assert.match(hashPassword('x', 'scrypt'), /^\$scrypt\$ln=15,r=8,p=3\$/);
    assert.match(hashPassword('x', 'argon2id'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(isOutdated('$6$a$b', 'scrypt'), true);
    assert.equal(isOutdated('$6$a$b', 'argon2id'), true);
    // As strong: a site that changes from one to the other makes nobody's hash anew.
    assert.equal(isOutdated(hashPassword('x', 'scrypt'), 'argon2id'), false);
    assert.equal(isOutdated(hashPassword('x', 'argon2id'), 'scrypt'), false);
    assert.equal(isOutdated('$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$x', 'argon2id'), true);
    assert.equal(isOutdated('$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$x', 'sha512-crypt'), false);
  });

  test('hashes of the reference program fit (RFC 9106)', () => {
    // argon2 of Debian: echo -n password | argon2 somesaltsomesalt -id -v 13 -m 12 -t 3 -p 2 -e
    const stored =
      '$argon2id$v=19$m=4096,t=3,p=2$c29tZXNhbHRzb21lc2FsdA$GIDb0bjZv/zL6K6d9YzKPOpfCjQnH6oS30MB6t9rDtk';
    assert.equal(verifyPassword('password', stored), true);
    assert.equal(verifyPassword('passworb', stored), false);
    assert.equal(verifyPassword('password', stored.replace('m=4096', 'm=9999999')), false);
    assert.equal(isKnownHash(stored), true);
  });

  test('what is no hash fits nothing, and damaged hashes never throw', () => {
    for (const hash of [
      '',
      '*',
      '!',
      'x',
      '$y$j9T$abc$def',
      '$6$',
      '$5$$',
      '$1$',
      '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAA',
      '{PLAIN}secret',
      '$2a$99$x',
    ])
      assert.equal(verifyPassword('secret', hash), false, hash);
    assert.equal(verifyPassword('secret\0x', 'abNANd1rDfiNc'), false);
    fc.assert(
      fc.property(
        fc.constantFrom('$1$', '$5$', '$2a$', '$scrypt$', '{X}', ''),
        fc.string({ maxLength: 40 }),
        (start, rest) => {
          assert.equal(verifyPassword('secret', start + rest), false);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('checks run two at a time off the event loop, and a full queue says so', async () => {
    const hasher = createPasswordHasher({ threads: 2, queue: 3, timeout: 60_000 });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    try {
      const hash = await hasher.hash('secret', 'sha512-crypt');
      const slow = '$6$rounds=40000$saltsalt$x';
      const running = Array.from({ length: 5 }, () => hasher.verify('secret', slow));
      await assert.rejects(hasher.verify('secret', hash), PasswordQueueError);
      assert.deepEqual(await Promise.all(running), [false, false, false, false, false]);
      assert.ok(ticks > 10, `the event loop ran meanwhile (${ticks} ticks)`);
      assert.equal(await hasher.verify('secret', hash), true);
    } finally {
      clearInterval(ticking);
      await hasher.close();
    }
  });

  test('work in the background waits for all others and fills no queue', async () => {
    const hasher = createPasswordHasher({ threads: 1, queue: 2, timeout: 60_000 });
    const done: string[] = [];
    const note = (what: string) => () => void done.push(what);
    try {
      const first = hasher.verify('secret', 'abNANd1rDfiNc').then(note('check'));
      const patient = Array.from({ length: 5 }, () =>
        hasher.hash('secret', 'sha512-crypt', true).then(note('background')),
      );
      const later = [1, 2].map(() => hasher.verify('secret', 'abNANd1rDfiNc').then(note('check')));
      await Promise.all([first, ...patient, ...later]);
      assert.deepEqual(done, [...Array(3).fill('check'), ...Array(5).fill('background')]);
    } finally {
      await hasher.close();
    }
  });

  test('threads without work end, and are there again when there is some', async () => {
    const hasher = createPasswordHasher({ threads: 2, rest: 100 });
    try {
      for (const _time of [1, 2]) {
        assert.equal(await hasher.verify('secret', 'abNANd1rDfiNc'), true);
        assert.equal(hasher.running, 1);
        await until('no thread', () => hasher.running === 0);
      }
    } finally {
      await hasher.close();
    }
  });

  test('a check that takes too long is ended and the next one works', async () => {
    const hasher = createPasswordHasher({ threads: 1, timeout: 700 });
    try {
      await assert.rejects(hasher.verify('secret', '$6$rounds=99999999$saltsalt$x'), /too long/);
      assert.equal(await hasher.verify('secret', 'abNANd1rDfiNc'), true);
    } finally {
      await hasher.close();
    }
  });
});
