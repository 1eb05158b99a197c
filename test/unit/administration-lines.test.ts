// Lines of .qmail files as forms read and write them (spec/qmailadmin.md 2.3, 2.9, 4.1), on texts as files have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCatchAll, readCatchAll } from '../../mta/accounts/administration/catch-all.ts';
import { formatChoice, readChoice } from '../../mta/accounts/administration/delivery-choice.ts';
import { readLine } from '../../mta/accounts/administration/dot-qmail-lines.ts';

const home = '/v/domains/a.example/joe';
const place = {
  home,
  vacationLine: `| /v/bin/autorespond 86400 3 ${home}/vacation/message ${home}/vacation`,
};
const choose = (
  text: string | undefined,
  kind: 'mailbox' | 'forward' | 'discard',
  forwards: readonly string[] = [],
  keepsCopy = false,
  hasVacation = false,
) => formatChoice(text, { kind, forwards, keepsCopy, hasVacation }, place);

test('a program of the site stays in its place whatever is chosen, and goes on delivering alone', () => {
  const filter = '|preline /usr/bin/procmail\n';
  assert.equal(readChoice(filter, home).kind, 'mailbox');
  assert.deepEqual(readChoice(filter, home).otherLines, ['|preline /usr/bin/procmail']);
  // Nothing changed: not a byte; with a vacation: no second delivery.
  assert.equal(choose(filter, 'mailbox'), filter);
  assert.equal(choose(filter, 'mailbox', [], false, true), `${filter}${place.vacationLine}\n`);
  const forwarded = choose(filter, 'forward', ['x@b.example']);
  assert.equal(forwarded, `${filter}&x@b.example\n`);
  assert.equal(choose(forwarded, 'mailbox'), `${filter}${home}/Maildir/\n`);
});

test('a forward that stays keeps its line, bytes that are no UTF-8 stay, and standard delivery is no file', () => {
  const old = `# \xe9t\xe9\nx@B.example\n${home}/Maildir/\n./Other/\n`;
  assert.deepEqual(readChoice(old, home), {
    kind: 'forward',
    forwards: ['x@B.example'],
    keepsCopy: true,
    vacationMessage: undefined,
    vacationSeconds: undefined,
    otherLines: ['# \xe9t\xe9', './Other/'],
  });
  assert.equal(
    choose(old, 'forward', ['y@b.example', 'x@b.example'], true),
    `# \xe9t\xe9\nx@B.example\n&y@b.example\n${home}/Maildir/\n./Other/\n`,
  );
  assert.equal(choose('&x@b.example\n', 'mailbox'), undefined);
  assert.equal(choose(undefined, 'mailbox'), undefined);
  assert.equal(choose('\n&x@b.example\n', 'discard'), '# delete\n');
});

test('both forms of throwing away are read; comments alone throw away too, and never by a change to standard', () => {
  assert.equal(readChoice('# delete\n', home).kind, 'discard');
  assert.equal(readChoice('|/bin/true delete\n', home).kind, 'discard');
  assert.equal(readChoice('# a note\n', home).kind, 'discard');
  assert.equal(readChoice('', home).kind, 'mailbox');
  // A program that stays beside it is run, and nothing goes into the mailbox: not what standard delivery is.
  const beside = '|/usr/bin/tool\n# delete\n';
  assert.equal(readChoice(beside, home).kind, 'discard');
  assert.equal(choose(beside, 'mailbox'), `|/usr/bin/tool\n${home}/Maildir/\n`);
  assert.equal(readChoice(`# delete\n${home}/Maildir/\n`, home).kind, 'mailbox');
  assert.equal(readChoice('#\n|/usr/bin/tool\n', home).kind, 'mailbox');
  assert.equal(choose('# a note\n', 'mailbox'), `# a note\n${home}/Maildir/\n`);
});

test("a robot's line is known by its program, quoted or not, in any place; other programs are not taken for one", () => {
  const robot = (line: string) => {
    const read = readLine(line);
    return read.kind === 'robot' ? [read.robot.message, read.robot.directory] : read.kind;
  };
  assert.deepEqual(robot('|/usr/local/bin/autorespond 10000 5 /d/HELP/message /d/HELP'), [
    '/d/HELP/message',
    '/d/HELP',
  ]);
  assert.deepEqual(robot("| '/my bin/autorespond' 1 2 '/d d/m' '/d d' 0 +"), ['/d d/m', '/d d']);
  assert.deepEqual(robot('|/x/qmail-autoresponder /d/HELP'), ['/d/HELP/message.txt', '/d/HELP']);
  assert.equal(robot('|/x/autorespond 1 2 "$HOME/m" /d'), 'other');
  assert.equal(robot('|echo autorespond 1 2 /m /d'), 'other');
  const started = performance.now();
  assert.equal(robot(`|${'a'.repeat(50_000)} ${"'x'".repeat(20_000)}`), 'other');
  assert.ok(performance.now() - started < 1000);
});

test('each choice of the catch-all comes back as it was written; anything else is shown and not guessed', () => {
  for (const choice of [
    { kind: 'bounce' },
    { kind: 'delete' },
    { kind: 'forward', address: 'x@b.example' },
    { kind: 'domain', domain: 'b.example' },
    { kind: 'directory', path: '/v/domains/a.example/joe' },
  ] as const) {
    const text = formatCatchAll(choice, '/v', undefined);
    assert.match(text, /^\| \/v\/bin\/vdelivermail '' \S+\n$/);
    assert.deepEqual(readCatchAll(text, 'a.example'), choice);
  }
  // The site's own path of the program stays.
  const old = "| /home/vpopmail/bin/vdelivermail '' delete\n";
  assert.equal(formatCatchAll({ kind: 'bounce' }, '/v', old), old.replace('delete', 'bounce-no-mailbox'));
  for (const text of ['|/bin/other\n', `${old}&x@b.example\n`, "| /v/bin/vdelivermail '' $(id)\n", ''])
    assert.equal(readCatchAll(text, 'a.example').kind, 'other', text);
});
