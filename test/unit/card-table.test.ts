// Contacts as CSV: what the columns of other programs' files are taken for, lines that name nobody, and the way out and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardTableHead, cardTableLine, readCardTable } from '../../server/message/card-table.ts';

const read = (text: string, fields?: readonly string[]) => readCardTable(Buffer.from(text), fields);

test('a table goes out and comes back the same: names, labels, groups, notes of several lines', () => {
  const card = {
    name: 'Ødegård, "Zoë"',
    emails: [
      { value: 'zoe@example.org', label: 'work' },
      { value: 'z@example.net', label: 'Boat' },
    ],
    phones: [{ value: '+47 (22) 12-34', label: 'mobile' }],
    organisation: '=Fish & Co',
    birthday: '--05-17',
    note: 'first; line\nsecond "line"',
    nameParts: ['Ødegård', 'Zoë', '', '', ''],
    groups: ['Family', 'Ski club'],
  };
  const text = cardTableHead(3, 1) + cardTableLine(card, 3, 1);
  assert.match(text, /,\+47 \(22\) 12-34\r\n$/, 'a number stays a number');
  assert.match(text, /,'=Fish & Co,/, 'a formula becomes text');
  const { cards, problems } = read(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(cards, [{ ...card, extra: [], picture: '', line: 2 }]);
});

test('the columns of Google, Outlook and Thunderbird are known by their names', () => {
  const google = read(
    'First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\r\nAnna,Berg,* myContacts ::: Club,* Work,a@x.org ::: b@x.org,Mobile,123\r\n',
  ).cards[0];
  assert.equal(google?.name, 'Anna Berg');
  assert.deepEqual(google?.groups, ['Club']);
  assert.deepEqual(google?.emails, [
    { value: 'a@x.org', label: 'work' },
    { value: 'b@x.org', label: 'work' },
  ]);
  assert.deepEqual(google?.phones, [{ value: '123', label: 'mobile' }]);
  const outlook = read(
    'Vorname;Nachname;Firma;E-Mail-Adresse;E-Mail-Typ;Telefon privat;Fax geschäftlich\nJörg;Groß;Öl AG;j@x.de;SMTP;1;2\n',
  ).cards[0];
  assert.deepEqual([outlook?.name, outlook?.organisation], ['Jörg Groß', 'Öl AG']);
  assert.deepEqual(outlook?.emails, [{ value: 'j@x.de', label: '' }]);
  assert.deepEqual(outlook?.phones, [{ value: '1', label: 'home' }]);
  const thunderbird = read(
    'First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Mobile Number\nA,B,Ab,n,a@x,c@x,5\n',
  ).cards[0];
  assert.equal(thunderbird?.name, 'Ab');
  assert.deepEqual(
    thunderbird?.emails.map(({ value }) => value),
    ['a@x', 'c@x'],
  );
});

test('what a column holds can be told, and one can be left out', () => {
  const text = 'Wer,Womit,Was\nAnna,a@x.org,blue\n';
  assert.deepEqual(
    read(text).columns.map(({ head, example, field }) => [head, example, field]),
    [
      ['Wer', 'Anna', ''],
      ['Womit', 'a@x.org', ''],
      ['Was', 'blue', ''],
    ],
  );
  const { cards } = read(text, ['name', 'email', 'nonsense']);
  assert.deepEqual([cards[0]?.name, cards[0]?.emails[0]?.value, cards[0]?.note], ['Anna', 'a@x.org', '']);
});

test('a file without names of columns is read by its first line', () => {
  const { cards } = read('Anna,anna@x.org\nBert,bert@x.org\n');
  assert.deepEqual(
    cards.map(({ name, emails }) => [name, emails[0]?.value]),
    [
      ['Anna', 'anna@x.org'],
      ['Bert', 'bert@x.org'],
    ],
  );
});

test('lines that name nobody, or are torn, are told by their number', () => {
  const { cards, problems } = read('Name,Email,Note\nAnna,a@x,\n,,lonely\n"Bert,b@x,\nCarl,c@x,\n');
  assert.deepEqual(problems, [3, 4]);
  assert.equal(cards.length, 2);
});

test('old Windows text and UTF-16 are read; a table of five thousand and one lines is cut', () => {
  assert.equal(readCardTable(Buffer.from('Name,Email\nJ\xf6rg,j@x\n', 'latin1')).cards[0]?.name, 'Jörg');
  const wide = Buffer.from('\ufeffName\tEmail\r\nJörg\tj@x\r\n', 'utf16le');
  assert.equal(readCardTable(wide).cards[0]?.name, 'Jörg');
  const long = read(`Name\n${'Anna\n'.repeat(5001)}`);
  assert.deepEqual([long.cards.length, long.isCut], [5000, true]);
});
