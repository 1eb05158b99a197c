// The tables of dot-qmail(5): which file names are tried, what lines mean, what programs see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Instruction,
  isSafeCandidate,
  listDotQmailCandidates,
  parseDotQmail,
} from '../../mta/local/dot-qmail.ts';
import {
  chooseNewSender,
  makeDeliveredToLine,
  makeEnvironment,
  makeFromLine,
  makeReturnPathLine,
} from '../../mta/local/environment.ts';
import { findDeliveredTo, hasLine, hasLineInAnyCase } from '../../mta/local/loop.ts';
import { createMboxQuoter } from '../../mta/local/mbox-quoting.ts';
import { judgeExitCode } from '../../mta/local/program.ts';
import { parseVdelivermailLine } from '../../mta/local/vdelivermail-line.ts';

test('file names are tried in the order of qmail-local, with $DEFAULT in the original case', () => {
  const table: [string, string, [string, string | undefined][]][] = [
    [
      '',
      '',
      [
        ['.qmail', undefined],
        ['.qmaildefault', ''],
      ],
    ],
    [
      '-',
      'a',
      [
        ['.qmail-a', undefined],
        ['.qmail-default', 'a'],
      ],
    ],
    [
      '-',
      'a-b',
      [
        ['.qmail-a-b', undefined],
        ['.qmail-a-default', 'b'],
        ['.qmail-default', 'a-b'],
      ],
    ],
    [
      '-',
      'a-b-',
      [
        ['.qmail-a-b-', undefined],
        ['.qmail-a-b-default', ''],
        ['.qmail-a-default', 'b-'],
        ['.qmail-default', 'a-b-'],
      ],
    ],
    [
      '-',
      'Foo.Bar',
      [
        ['.qmail-foo:bar', undefined],
        ['.qmail-default', 'Foo.Bar'],
      ],
    ],
    [
      '-',
      'list-Default',
      [
        ['.qmail-list-default', 'Default'],
        ['.qmail-list-default', 'Default'],
        ['.qmail-default', 'list-Default'],
      ],
    ],
    [
      '-',
      'Ärger',
      [
        ['.qmail-Ärger', undefined],
        ['.qmail-default', 'Ärger'],
      ],
    ],
  ];
  for (const [dash, ext, expected] of table) {
    const found = listDotQmailCandidates(dash, ext).map((candidate) => [candidate.name, candidate.default]);
    assert.deepEqual(found, expected, `${dash}${ext}`);
  }
});

test('an extension with slashes reaches below the home and never climbs', () => {
  assert.ok(isSafeCandidate('.qmail-a/b'));
  for (const name of [
    '.qmail-a/../b',
    '.qmail-/../../etc/passwd',
    '.qmail-a//b',
    '.qmail-a/',
    '.qmail-a/./b',
    '.qmail-\0',
  ]) {
    assert.ok(!isSafeCandidate(name), name);
  }
});

test('lines mean what their first byte says', () => {
  const program = (command: string): Instruction => ({ type: 'program', command });
  const forward = (address: string): Instruction => ({ type: 'forward', address });
  const table: [string, Instruction[]][] = [
    ['|cmd a\n', [program('cmd a')]],
    ['| cmd \t \n', [program(' cmd')]],
    ['./Maildir/\n', [{ type: 'maildir', path: './Maildir/' }]],
    ['/home/x/Mailbox', [{ type: 'mbox', path: '/home/x/Mailbox' }]],
    ['./Maildir/  \n', [{ type: 'maildir', path: './Maildir/' }]],
    ['./Maildir\n', [{ type: 'mbox', path: './Maildir' }]],
    ['&a@b\n', [forward('a@b')]],
    ['&&a@b\n', [forward('&a@b')]],
    ['a@b\n', [forward('a@b')]],
    [' a@b\n', [forward(' a@b')]],
    ['a@b \t', [forward('a@b')]],
    ['# comment\n\n  \na@b\n', [forward('a@b')]],
    ['+other\na@b\n', [forward('a@b')]],
    ['a@b\n\n\nc@d\n', [forward('a@b'), forward('c@d')]],
    ['a@b\0hidden\n', [forward('a@b')]],
    ['#only a comment', []],
  ];
  for (const [content, expected] of table) {
    assert.deepEqual(parseDotQmail(content, false), expected, JSON.stringify(content));
  }
});

test('an empty first line stops the delivery before anything is done', () => {
  for (const content of ['\n', ' \t\na@b\n', '\n|cmd\n', '\0\n']) {
    assert.deepEqual(parseDotQmail(content, false), [
      { type: 'refuse', text: 'Uh-oh: first line of .qmail file is blank. (#4.2.1)' },
    ]);
  }
});

test('the x bit and +list allow nothing but forwards from there on', () => {
  const program = { type: 'refuse', text: 'Uh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)' };
  const file = { type: 'refuse', text: 'Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)' };
  assert.deepEqual(parseDotQmail('a@b\n|cmd\n', true), [{ type: 'forward', address: 'a@b' }, program]);
  assert.deepEqual(parseDotQmail('./Maildir/\n', true), [file]);
  assert.deepEqual(parseDotQmail('/mbox\n', true), [file]);
  assert.deepEqual(parseDotQmail('|first\n+list \n|second\n', false), [
    { type: 'program', command: 'first' },
    program,
  ]);
});

test('programs see the documented variables', () => {
  const env = makeEnvironment(
    {
      user: 'joe',
      home: '/home/joe',
      local: 'joe-a-b-c-d',
      host: 'mail.sub.example.org',
      ext: 'a-b-c-d',
      sender: 'x y@example.net',
      default: 'c-d',
      newSender: 'joe-owner@example.org',
      now: 1_795_365_791,
    },
    { PATH: '/bin', USER: 'never' },
  );
  assert.deepEqual(env, {
    PATH: '/bin',
    USER: 'joe',
    HOME: '/home/joe',
    LOCAL: 'joe-a-b-c-d',
    HOST: 'mail.sub.example.org',
    HOST2: 'mail.sub.example',
    HOST3: 'mail.sub',
    HOST4: 'mail',
    RECIPIENT: 'joe-a-b-c-d@mail.sub.example.org',
    EXT: 'a-b-c-d',
    EXT2: 'b-c-d',
    EXT3: 'c-d',
    EXT4: 'd',
    SENDER: 'x y@example.net',
    NEWSENDER: 'joe-owner@example.org',
    RPLINE: 'Return-Path: <"x y"@example.net>\n',
    DTLINE: 'Delivered-To: joe-a-b-c-d@mail.sub.example.org\n',
    UFLINE: 'From x-y@example.net Sun Nov 22 16:43:11 2026\n',
    DEFAULT: 'c-d',
  });
});

test('lines in front of a message hold no foreign line feed', () => {
  assert.equal(makeReturnPathLine(''), 'Return-Path: <>\n');
  assert.equal(makeReturnPathLine('#@[]'), 'Return-Path: <#@[]>\n');
  assert.equal(makeReturnPathLine('a\nb@c'), 'Return-Path: <"a\\_b"@c>\n');
  assert.equal(makeDeliveredToLine('a\nb@c'), 'Delivered-To: a_b@c\n');
  assert.equal(makeFromLine('', 0), 'From MAILER-DAEMON Thu Jan 01 00:00:00 1970\n');
  assert.equal(makeFromLine('a\tb c\n@d', 0), 'From a-b-c-@d Thu Jan 01 00:00:00 1970\n');
});

test('the sender of forwards is the owner when there is one, a VERP template with -owner-default', () => {
  const delivery = { local: 'list', host: 'x.org', sender: 'a@b' };
  assert.equal(chooseNewSender(delivery, false, true), 'a@b');
  assert.equal(chooseNewSender(delivery, true, false), 'list-owner@x.org');
  assert.equal(chooseNewSender(delivery, true, true), 'list-owner-@x.org-@[]');
  assert.equal(chooseNewSender({ ...delivery, sender: '' }, true, true), '');
  assert.equal(chooseNewSender({ ...delivery, sender: '#@[]' }, true, true), '#@[]');
});

test('Delivered-To lines count in the header only, byte for byte', () => {
  const find = (message: string) => findDeliveredTo(Buffer.from(message, 'latin1'));
  const line = 'Delivered-To: joe@x.org\n';
  assert.ok(hasLine(find(`A: b\n${line}\nbody`), line));
  assert.ok(hasLine(find(line), line));
  for (const message of [
    `A: b\n\n${line}`,
    `\n${line}`,
    'Delivered-To: joe@x.org \n\n',
    'Delivered-To: joe@x.org\r\n\n',
    'Delivered-To:  joe@x.org\n\n',
    'delivered-to: joe@x.org\n\n',
    'X-Delivered-To: joe@x.org\n\n',
    'A: b\rDelivered-To: joe@x.org\n\n',
    ' Delivered-To: joe@x.org\n\n',
  ]) {
    assert.ok(!hasLine(find(message), line), JSON.stringify(message));
  }
  assert.ok(hasLineInAnyCase(find('DELIVERED-TO: Joe@X.org\n\n'), line));
  assert.ok(
    hasLine(findDeliveredTo(Buffer.from('Delivered-To: ärger@x.org\n\n')), 'Delivered-To: ärger@x.org\n'),
  );
});

test('the exit code of a program decides as in qmail-command(8)', () => {
  const permanent = [64, 65, 70, 76, 77, 78, 100, 112];
  for (let code = 0; code < 256; code++) {
    const expected =
      code === 0 ? 'continue' : code === 99 ? 'stop' : permanent.includes(code) ? 'permanent' : 'temporary';
    assert.equal(judgeExitCode(code), expected, String(code));
  }
});

test('mboxrd quoting is the same for every way to cut the message into chunks', () => {
  const table: [string, string][] = [
    ['', '\n'],
    ['a\n', 'a\n\n'],
    ['a', 'a\n\n'],
    ['From x\n', '>From x\n\n'],
    [
      'a\nFrom x\n>From y\n>>From z\n From q\nFromage\nFrom',
      'a\n>From x\n>>From y\n>>>From z\n From q\nFromage\nFrom\n\n',
    ],
    ['>>>\nFro\nFrom \n>', '>>>\nFro\n>From \n>\n\n'],
    ['\n\nFrom a\n\n', '\n\n>From a\n\n\n'],
  ];
  for (const [message, expected] of table) {
    for (let size = 1; size <= message.length + 1; size++) {
      const quoter = createMboxQuoter();
      let out = '';
      for (let at = 0; at < message.length; at += size) {
        out += quoter.push(Buffer.from(message.slice(at, at + size))).toString();
      }
      out += quoter.end().toString();
      assert.equal(out, expected, `${JSON.stringify(message)} in chunks of ${size}`);
    }
  }
});

test('a vdelivermail line is known by its exact form, and nothing that a shell would act on is', () => {
  const parse = (line: string) => parseVdelivermailLine(line, 'Bob', 'x.org');
  const program = '/home/vpopmail/bin/vdelivermail';
  const table: [string, ReturnType<typeof parse>][] = [
    [` ${program} '' delete`, { type: 'delete' }],
    [` ${program} '' bounce-no-mailbox`, { type: 'bounce' }],
    [`${program} "" delete`, { type: 'delete' }],
    [` ${program} '' 'bounce-no-mailbox'`, { type: 'bounce' }],
    [` ${program} '' joe@other.org`, { type: 'forward', address: 'joe@other.org' }],
    [` ${program} '' joe`, { type: 'forward', address: 'joe@x.org' }],
    [
      ` ${program} '' /home/vpopmail/domains/x.org/joe/`,
      { type: 'directory', path: '/home/vpopmail/domains/x.org/joe' },
    ],
    [` ${program} '' $EXT@other.org`, { type: 'forward', address: 'Bob@other.org' }],
    [` ${program} '' "$EXT@other.org"`, { type: 'forward', address: 'Bob@other.org' }],
    [` '/a place für mail/bin/vdelivermail' '' delete`, { type: 'delete' }],
    [` /für/bin/vdelivermail '' delete`, { type: 'delete' }],
    [` /a place/bin/vdelivermail '' delete`, undefined],
    [` $HOME/bin/vdelivermail '' delete`, undefined],
    [` ${program} '' delete; id`, undefined],
    [` ${program} '' $(id)`, undefined],
    [` ${program} '' \`id\``, undefined],
    [` ${program} '' $HOME`, undefined],
    [` ${program} '' delete >x`, undefined],
    [` ${program} '' delete|cat`, undefined],
    [` ${program} '' *`, undefined],
    [` ${program} delete`, undefined],
    [` ${program}x '' delete`, undefined],
    [` true; ${program} '' delete`, undefined],
    [` vdelivermail '' delete`, undefined],
    [` ${program} '' a b`, undefined],
  ];
  for (const [line, expected] of table) assert.deepEqual(parse(line), expected, line);
});
