// Mailing lists as ezmlm-idx 7 keeps them: hashes and cookies byte for byte, command addresses, texts with tags and sections,
// what ezmlm-make makes of a description, and the .qmail lines that need no shell.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashFileName, hashRecord, placesOf } from '../../mta/lists/address-hash.ts';
import { decodeTarget, encodeTarget, parseListCommand } from '../../mta/lists/command-address.ts';
import {
  COOKIE_SECONDS,
  isGoodCookie,
  makeCookie,
  makeTextHash,
  parseDatedCookie,
} from '../../mta/lists/cookie.ts';
import { defaultText, textNames } from '../../mta/lists/default-texts.ts';
import { parseFlagLine, parseOldConfig } from '../../mta/lists/flags.ts';
import { keyOfSet } from '../../mta/lists/list.ts';
import { formatLogLine } from '../../mta/lists/log-file.ts';
import { planList } from '../../mta/lists/make-plan.ts';
import { readEditedText } from '../../mta/lists/manage/editing.ts';
import { readCommand, readCommandLine } from '../../mta/lists/manage/request.ts';
import { isOwnAddress } from '../../mta/lists/own-addresses.ts';
import { RecordSplitter } from '../../mta/lists/records.ts';
import { unwrapSender } from '../../mta/lists/sender.ts';
import { formatText, substitute } from '../../mta/lists/substitution.ts';
import { isMachineNoise } from '../../mta/lists/weed.ts';
import { readListLine } from '../../mta/local/list-line.ts';

const key = Buffer.from('secretkey-1234');

describe('where an address is', () => {
  it('is where ezmlm-idx 7 puts it on a 64-bit machine, and where 32-bit ones did', () => {
    // Numbers of ezmlm-idx 7.2.2, lib/subhash.c.
    assert.deepEqual(hashRecord(Buffer.from('Tuser@example.org')), { wide: 33, narrow: 31 });
    assert.equal(hashRecord(Buffer.from('Tjörg.müller@a-very-long-domain.example.org')).wide, 0);
    assert.equal(hashFileName(0) + hashFileName(52), '@t');
  });

  it('is written under its lower case and looked for under both', () => {
    const { record, files } = placesOf('Joe@Example.ORG');
    assert.equal(record.toString(), 'TJoe@example.org\0');
    assert.equal(files[0], hashRecord(Buffer.from('Tjoe@example.org')).wide);
    assert.ok(files.includes(hashRecord(Buffer.from('TJoe@example.org')).wide));
    assert.ok(files.includes(hashRecord(Buffer.from('Tjoe@example.org')).narrow));
    assert.equal(new Set(files).size, files.length);
  });

  it('is read from pieces of any size; what no NUL ends and what is too long is no record', () => {
    const bytes = Buffer.from(`Ta@b\0T${'x'.repeat(500)}@b\0\0Tc@d\0Tcut@o`);
    for (const size of [1, 2, 7, 1000]) {
      const splitter = new RecordSplitter();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        found.push(...splitter.push(bytes.subarray(at, at + size)).map(String));
      assert.deepEqual(found, ['Ta@b', 'Tc@d'], `${size} bytes at a time`);
    }
  });
});

describe('a cookie', () => {
  it('is ezmlm’s, so that confirmations under way still count', () => {
    // Made by ezmlm-idx 7.2.2, lib/cookie.c.
    assert.equal(makeCookie(key, '1700000000', 'user@example.org', 'sc'), 'jooklbiojmhdomfmlgjb');
    assert.equal(makeCookie(Buffer.from('k'), '1', '', 't'), 'gaejehencbldcigljkfp');
  });

  it('counts for its address, action and time only, and not for ever', () => {
    const now = 1_700_000_100;
    const dated = parseDatedCookie('1700000000.jooklbiojmhdomfmlgjb');
    const asked = { key, address: 'user@example.org', action: 'sc', now };
    assert.ok(isGoodCookie(dated, asked));
    assert.ok(isGoodCookie(dated, { ...asked, now: 1_700_000_000 + COOKIE_SECONDS }));
    for (const wrong of [
      { now: 1_700_000_001 + COOKIE_SECONDS },
      { now: 1_699_999_999 },
      { address: 'user2@example.org' },
      { action: 'uc' },
      { key: key.subarray(1) },
    ])
      assert.ok(!isGoodCookie(dated, { ...asked, ...wrong }), JSON.stringify(wrong));
    for (const text of [
      '',
      'x',
      '1700000000',
      '1700000000.jooklbiojmhdomfmlgj',
      '1700000000.jooklbiojmhdomfmlgjz',
      '1.1.jooklbiojmhdomfmlgjb',
    ])
      assert.ok(!isGoodCookie(parseDatedCookie(text), asked), text);
  });

  it('of another set is made with a shorter key', () => {
    assert.deepEqual(
      (['.', 'digest', 'allow', 'deny'] as const).map((set) => keyOfSet({ key }, set).length),
      [14, 13, 12, 11],
    );
  });

  it('of a text does not see case and blanks', () => {
    assert.equal(makeTextHash('Re: Hello There'), makeTextHash('re:hello\tthere'));
    assert.notEqual(makeTextHash('hello'), makeTextHash('hallo'));
  });
});

describe('a command address', () => {
  const read = (text: string): string => {
    const command = parseListCommand(text);
    return command === undefined
      ? 'nobody'
      : [command.set, command.command, command.argument, command.target ?? '-'].join(' ');
  };
  const cases: Readonly<Record<string, string>> = {
    subscribe: '. subscribe  -',
    'Subscribe-Joe=Example.org': '. subscribe  Joe@Example.org',
    'subscribe-a=b=c.org': '. subscribe  a=b@c.org',
    'sc.12.aaaaaaaaaaaaaaaaaaaa-u-v=h.org': '. sc 12.aaaaaaaaaaaaaaaaaaaa u-v@h.org',
    'SC.12.aaaaaaaaaaaaaaaaaaaa-u=h': '. none  u@h',
    'digest-unsubscribe': 'digest unsubscribe  -',
    'DENY-list': 'deny list  -',
    'allow-subscribe-@=x.org': 'allow subscribe  @@x.org',
    digest: 'nobody',
    digestx: 'nobody',
    'digest.code': '. digest code -',
    'get.12_20': '. get 12_20 -',
    get12: '. get 12 -',
    'log.joe': '. log joe -',
    'edit.sub_ok': '. edit sub_ok -',
    'ed.17.info.aaaaaaaaaaaaaaaaaaaa': '. ed 17.info.aaaaaaaaaaaaaaaaaaaa -',
    listn: '. listn  -',
    lists: '. none  -',
    'request-x': '. request  x',
    '': '. none  -',
    'subscribed-a=b': '. none  a@b',
  };
  for (const [text, expected] of Object.entries(cases))
    it(`${text || 'of nothing'} asks for ${expected}`, () => assert.equal(read(text), expected));

  it('has its target with = for @', () => {
    assert.equal(encodeTarget('a=b@c'), 'a=b=c');
    assert.equal(decodeTarget('a=b=c'), 'a=b@c');
  });

  it('is the list’s own, or somebody’s', () => {
    const list = { outlocal: 'talk', outhost: 'example.org' };
    for (const own of [
      'talk',
      'TALK-subscribe',
      'talk-return-12-',
      'talk-owner',
      'talk-digest-help',
      'talk-sc.1.x-a=b',
      'talk-get.7',
      'talk-digest',
    ])
      assert.ok(isOwnAddress(list, `${own}@Example.org`), own);
    for (const other of ['talker', 'talk-announce', 'talk-information', 'tal'])
      assert.ok(!isOwnAddress(list, `${other}@example.org`), other);
    assert.ok(!isOwnAddress(list, 'talk@example.net'));
  });
});

describe('the sender', () => {
  it('is taken out of what forwarders wrap around it', () => {
    const cases: Readonly<Record<string, string>> = {
      'SRS0=abcd=TT=home.org=joe@relay.net': 'joe@home.org',
      'SRS1=xyz=relay.net==abcd=TT=home.org=joe@other.net': 'joe@home.org',
      'prvs=1234567890=joe@home.org': 'joe@home.org',
      'prvs=joe=1234567890@home.org': 'joe@home.org',
      'btv1==123456789ab==joe@home.org': 'joe@home.org',
      'prvs=joe@home.org': 'prvs=joe@home.org',
      'joe@home.org': 'joe@home.org',
      '': '',
    };
    for (const [sender, expected] of Object.entries(cases)) assert.equal(unwrapSender(sender), expected);
  });
});

describe('a text', () => {
  const values = {
    outlocal: 'talk-digest',
    mainlocal: 'talk',
    outhost: 'example.org',
    target: 'jö@x.org',
    verpTarget: 'jö=x.org',
    confirm: 'talk-digest-sc.1.c-j=x@example.org',
    cookie: 'c',
    parameters: ['name', 'one'],
  };
  const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

  it('has its tags replaced; unknown ones go, and nothing makes a line of its own', () => {
    const text =
      '<#l#> <#L#> <#h#><#H#> <#A#> <#a#> <#t#> <#R#> <#r#> <#c#> <#C#> <#T#> <#1#>|<#2#>|<#z#>|<#n#>';
    assert.equal(
      utf8(substitute(text, values)),
      'talk-digest talk example.orgexample.org jö@x.org jö jö=x.org talk-digest-sc.1.c-j=x@example.org talk-digest-sc.1.c-j=x sc.1.c-j=x c ????? one|||?????',
    );
    assert.equal(substitute('<#A#>', { ...values, target: 'a@b\nBcc: all' }), 'a@b_Bcc: all');
    assert.equal(substitute('<#A#>', { ...values, target: '$& $1 <#C#>' }), '$& $1 <#C#>');
  });

  it('has sections by the options of the list, comments, and the old lines !A and !R', async () => {
    const set = new Set(['a', 'd']);
    const text = '# no\n!A\n<=a=>\narchive\n<=aB=>\nboth\n<=ab=>\nnot\n!R\n<==>\nend <#l#>';
    assert.equal(
      utf8(
        await formatText(text, values, async (letter) =>
          /[a-z]/.test(letter) ? set.has(letter) : !set.has(letter.toLowerCase()),
        ),
      ),
      '   jö@x.org\narchive\nboth\n   talk-digest-sc.1.c-j=x@example.org\nend talk-digest\n',
    );
  });

  it('of ours is there for every name, plain and with tags that are known', () => {
    for (const name of textNames) {
      const text = defaultText(name) ?? '';
      assert.match(text, /^[\n -~]+\n$/, name);
      for (const [, tag] of text.matchAll(/<#(.)#>/g))
        assert.ok('lLhHAatRrcCTXn'.includes(tag as string), `${name}: ${tag}`);
      assert.ok(
        text.split('\n').every((line) => line.length <= 100),
        name,
      );
    }
    assert.equal(defaultText('constructor'), undefined);
  });

  it('that was edited is taken from between its marks, however a mail program sent it', () => {
    const marks = ['%%% START OF TEXT FILE', '%%% END OF TEXT FILE'] as const;
    const quoted =
      'Subject: x\n\nHi\n> %%% start of text file\n> one\r\n>two\n> \n> %%% END OF TEXT FILE\n> tail\n';
    assert.equal(readEditedText(quoted, marks), 'one\n>two\n\n');
    const coded = `Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n%%% START OF TEXT FILE\na=20=\nb =C3=A9\n%%% END OF TEXT FILE\n--b\nContent-Type: text/html\n\n<p>%%%\n--b--\n`;
    assert.equal(utf8(readEditedText(coded, marks)), 'a b é\n');
    assert.throws(() => readEditedText('Subject: x\n\n%%% START OF TEXT FILE\nno end\n', marks), /%%%/);
    const long = `Subject: x\n\n%%% START OF TEXT FILE\n${'x'.repeat(11_000)}\n%%% END OF TEXT FILE\n`;
    assert.throws(() => readEditedText(long, marks), /10240 bytes/);
  });
});

describe('options of a list', () => {
  it('are letters, small for yes and capital for no', () => {
    assert.deepEqual(
      [...parseFlagLine('-aBd')],
      [
        ['a', true],
        ['b', false],
        ['d', true],
      ],
    );
    const config = parseOldConfig('# ezmlm\nF:-aB\nD:/x\n5:own@x:y\n\nH:not.read\n');
    assert.deepEqual(
      [...config],
      [
        ['F', '-aB'],
        ['D', '/x'],
        ['5', 'own@x:y'],
      ],
    );
  });
});

describe('a description of a list', () => {
  const plan = (template: string, flags: string, { words = {}, forces = false } = {}) =>
    planList(template, {
      flags: new Set(flags),
      words: new Map(Object.entries(words)),
      forces,
      tags: { B: '/bin', C: '', D: '/d', H: 'h', L: 'l', T: '/t', X: '' },
    });

  it('makes files, directories and links, with tags and under conditions', () => {
    const steps = plan(
      'v\n# no\n</+x#a/>\n</+y#A/>\n</f#a^b/>\n<#L#>@<#H#> <#3#> <#l#> <#F#>\n</#3/>\nthree\n</#^3/>\nno\n</g#b/>\nnot\n</:-o/f/>\n</-h/>\n',
      'a',
      { words: { 3: 'w' } },
    );
    assert.deepEqual(
      steps,
      [
        { kind: 'directory', path: 'x' },
        { kind: 'link', suffix: '-o', path: 'f' },
        { kind: 'remove', path: 'h' },
        {
          kind: 'file',
          path: 'f',
          content: 'l@h w <#l#> -aBCDEFGHIJKLMNOPQRSTUVWXYZ\nthree\n',
          keepsOld: false,
        },
      ].sort(
        (a, b) =>
          steps.findIndex((one) => one.kind === a.kind) - steps.findIndex((one) => one.kind === b.kind),
      ),
    );
  });

  it('leaves in an edit what its owner may have changed, unless told otherwise', () => {
    const template = 'v\n</f#E/>\nx\n</g#e/>\ny\n</h#^e/>\nz\n';
    const kept = (flags: string, forces: boolean) =>
      plan(template, flags, { forces }).map(
        (step) => `${step.kind === 'file' && step.path}${step.kind === 'file' && step.keepsOld ? '?' : ''}`,
      );
    assert.deepEqual(kept('', false), ['f', 'h']);
    assert.deepEqual(kept('e', false), ['f?', 'g', 'h?']);
    assert.deepEqual(kept('e', true), ['f', 'g', 'h']);
  });

  it('says which line is wrong', () => {
    assert.throws(() => plan('v\n</a.b/>\n', ''), /<\/a\.b\/>: no dots/);
    assert.throws(() => plan('v\n</ab\n', ''), /<\/ab: a tag ends/);
    assert.throws(() => plan('v\n</:ab/>\n', ''), /<\/:ab\/>: a link is/);
    assert.throws(() => plan('v\n</#a/>\nx\n', 'a'), /no file has begun/);
  });
});

describe('the Log', () => {
  it('has a line a change, without anything that would make another', () => {
    assert.equal(
      formatLogLine({ event: '+manual', address: 'a b\n@x', comment: 'Jö\tB\n1 - x' }, 17.9),
      '17 +manual a?b?@x J?? B?1 - x\n',
    );
    assert.equal(formatLogLine({ event: '-', address: 'a@x' }, 17), '17 - a@x\n');
  });
});

describe('letters of machines', () => {
  const dsn = (action: string): string =>
    `Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status;\n boundary="b"\n\n--b\n\nSorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: x\n\nAction: ${action}\n\n--b--\n`;
  const cases: readonly (readonly [string, boolean])[] = [
    ['Subject: hi\n\nbody', false],
    ['Subject: hi', false],
    ['', false],
    ['Subject: hi\nAuto-Submitted: no\n\n', false],
    ['auto-submitted: auto-replied (vacation)\n\n', true],
    ['Precedence: bulk\n\n', true],
    ['Subject: deferral notice 12\n\n', true],
    ['Subject: x\n\nList-Id: in the body', false],
    ['X: y\n List-Id: folded\n\n', false],
    [dsn('failed'), false],
    [dsn('delayed'), true],
    [dsn('delivered'), true],
  ];
  for (const [i, [letter, isNoise]] of cases.entries())
    it(`${i}: ${JSON.stringify(letter.slice(0, 40))} ${isNoise ? 'go' : 'stay'}`, () =>
      assert.equal(isMachineNoise(letter), isNoise));
});

describe('a request in a subject', () => {
  const list = { outlocal: 'talk' };
  const cases: Readonly<Record<string, string>> = {
    subscribe: 'subscribe-me=x.org',
    'Unsub joe@y.org': 'unsubscribe-joe=y.org',
    'talk-sc.12.aaaaaaaaaaaaaaaaaaaa-joe=y.org@example.org': 'sc.12.aaaaaaaaaaaaaaaaaaaa-joe=y.org',
    'Hello there': 'help-me=x.org',
    '': 'help-me=x.org',
    'get.12': 'get.12-me=x.org',
  };
  for (const [line, expected] of Object.entries(cases))
    it(`${line || 'of nothing'} is ${expected}`, () =>
      assert.equal(readCommand(line, list, 'me@x.org'), expected));

  it('has no other list’s address and no signs in it', () => {
    assert.throws(() => readCommand('other-subscribe@example.org', list, 'me@x.org'), /not of this list/);
    assert.throws(() => readCommand('subscribe a@b;rm', list, 'me@x.org'), /no command/);
  });

  it('may stand in the text', () => {
    assert.equal(readCommandLine(['Subject: '], '\n-- \nunsubscribe\n'), 'unsubscribe');
    assert.equal(
      readCommandLine(['Content-Type: multipart/mixed'], '--b\nContent-Type: text/plain\n\nsubscribe\n'),
      'subscribe',
    );
  });
});

describe('a .qmail line of a list', () => {
  const ours = [
    '/usr/local/bin/ezmlm/ezmlm-weed',
    " ezmlm-manage '/home/joe/a list'",
    '/usr/bin/ezmlm-manage -lE "/home/joe/list" ',
    "if test ! -f '/l/sublist'; then /b/ezmlm-checksub -n '/l' deny; fi",
    "if test -f '/l/a' -a ! -f '/l/b'; then /b/ezmlm-checksub '/l' . digest allow mod && /b/ezmlm-manage '/l'; fi",
    "if test -e '/l/digested' && /b/ezmlm-issubn '/l'; then /b/ezmlm-manage '/l' || exit 0; fi",
    "/b/ezmlm-issubn -n '/l/deny' || { echo \"Sorry, I've been told so. (#5.7.2)\"; exit 100 ; }",
    "if test -f '/l/x'; then /b/ezmlm-weed; else /b/ezmlm-manage '/l'; fi",
  ];
  for (const line of ours) it(`is done here: ${line}`, () => assert.ok(readListLine(line)));

  const others = [
    'ezmlm-manage /l; rm -rf /',
    'ezmlm-manage $LIST',
    'ezmlm-manage "$LIST"',
    'ezmlm-manage `x`',
    'ezmlm-manage /l > /tmp/x',
    'ezmlm-manage /l &',
    'ezmlm-manage /l | cat',
    'ezmlm-manage ~/l',
    'ezmlm-manage /l*',
    'X=1 ezmlm-manage /l',
    'ezmlm-manage /l\nezmlm-manage /m',
    "ezmlm-manage '/l",
    'ezmlm-unknown /l',
    'my-ezmlm-manage-x /l',
    'ezmlm-request -f /x /l',
    'if ezmlm-manage /l; then echo x',
    'if test -x /l; then ezmlm-manage /l; fi',
    'while ezmlm-weed; do ezmlm-manage /l; done',
    'ezmlm-weed && fi',
    '! ezmlm-weed',
    'echo ezmlm-manage',
    `ezmlm-manage ${'x'.repeat(5000)}`,
  ];
  for (const line of others)
    it(`is left to the shell: ${line.slice(0, 60)}`, () => assert.equal(readListLine(line), undefined));
});
