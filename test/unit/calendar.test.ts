// Invitations and contact cards as files of strangers: what is read, in which zone, and that nothing of them does harm.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CalendarEvent, readCalendar } from '../../server/message/calendar.ts';
import { momentBy, momentIn } from '../../server/message/calendar-zone.ts';
import { readCardFile, writeCard } from '../../server/message/card-file.ts';
import { foldLine, readContentLines } from '../../server/message/content-lines.ts';
import { timeWords } from '../../server/web/invitations/model.ts';
import { writeReply } from '../../server/web/invitations/reply.ts';

const calendar = (lines: readonly string[], around: readonly string[] = []) =>
  readCalendar(
    Buffer.from(
      [
        'BEGIN:VCALENDAR',
        'METHOD:REQUEST',
        ...around,
        'BEGIN:VEVENT',
        ...lines,
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    ),
  );
const event = (lines: readonly string[], around: readonly string[] = []): CalendarEvent => {
  const found = calendar(lines, around)?.events[0];
  assert.ok(found);
  return found;
};
const iso = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString());

describe('an invitation', () => {
  test('what, where, who and how often', () => {
    const found = event([
      'UID:u1',
      'SEQUENCE:3',
      'SUMMARY:A long',
      '  title\\, folded',
      'LOCATION:Room \\; 3',
      'DESCRIPTION:<b>one</b>\\ntwo',
      'ORGANIZER;CN="Ødegård, Zoë":MAILTO:zoe@b.example',
      'ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@b.example',
      'ATTENDEE:urn:uuid:1',
      'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10',
    ]);
    assert.equal(found.summary, 'A long title, folded');
    assert.equal(found.location, 'Room ; 3');
    assert.equal(found.description, '<b>one</b>\ntwo');
    assert.deepEqual(found.organizer, { name: 'Ødegård, Zoë', address: 'zoe@b.example', status: '' });
    assert.deepEqual(found.attendees, [
      { name: 'Bob', address: 'bob@b.example', status: 'accepted' },
      { name: '', address: '', status: 'needs-action' },
    ]);
    assert.deepEqual(found.recurrence, {
      frequency: 'weekly',
      interval: 2,
      weekdays: [1, 3],
      count: 10,
      until: undefined,
    });
    assert.equal(found.sequence, 3);
  });

  test('times of each kind mean their moment', () => {
    const start = (line: string, around: readonly string[] = []) => event([line], around).start;
    assert.equal(iso(start('DTSTART:20261201T080000Z')?.at), '2026-12-01T08:00:00.000Z');
    assert.equal(iso(start('DTSTART;TZID=Europe/Oslo:20261201T090000')?.at), '2026-12-01T08:00:00.000Z');
    assert.equal(iso(start('DTSTART;TZID=Europe/Oslo:20260701T090000')?.at), '2026-07-01T07:00:00.000Z');
    assert.equal(
      iso(start('DTSTART;TZID="W. Europe Standard Time":20260701T090000')?.at),
      '2026-07-01T07:00:00.000Z',
    );
    assert.equal(start('DTSTART;TZID=/x.example/2011/Europe/Oslo:20260701T090000')?.zone, 'Europe/Oslo');
    assert.deepEqual(start('DTSTART;VALUE=DATE:20261201'), {
      at: Date.UTC(2026, 11, 1),
      kind: 'day',
      zone: '',
    });
    assert.equal(start('DTSTART:20261201T090000')?.kind, 'floating');
    assert.equal(start('DTSTART:20261301T090000'), undefined);
    assert.equal(start('DTSTART:20260230'), undefined);
    assert.equal(start('DTSTART:x'), undefined);
  });

  test('a zone of the file’s own is read by its rules', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Ours',
      'BEGIN:STANDARD',
      'DTSTART:16010101T030000',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ];
    for (const [time, at] of [
      ['20260115T090000', '2026-01-15T08:00:00.000Z'],
      ['20260328T090000', '2026-03-28T08:00:00.000Z'],
      ['20260329T090000', '2026-03-29T07:00:00.000Z'],
      ['20261024T090000', '2026-10-24T07:00:00.000Z'],
      ['20261025T090000', '2026-10-25T08:00:00.000Z'],
    ] as const)
      assert.equal(iso(event([`DTSTART;TZID=Ours:${time}`], zone).start?.at), at, time);
    assert.equal(event(['DTSTART;TZID=Nowhere:20260101T000000']).start?.kind, 'floating');
    assert.equal(momentBy([], { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0 }), undefined);
  });

  test('an hour that the clocks skip is the one after; an end by its length', () => {
    const wall = { year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 };
    assert.equal(iso(momentIn('Europe/Oslo', wall)), '2026-03-29T01:30:00.000Z');
    const found = event(['DTSTART:20261201T080000Z', 'DURATION:P1DT2H30M']);
    assert.equal(iso(found.end?.at), '2026-12-02T10:30:00.000Z');
  });

  test('the time in words, for one day, whole days and over midnight', () => {
    const words = (from: string, to: string, zone = 'UTC') => {
      const found = event([`DTSTART${from}`, `DTEND${to}`]);
      assert.ok(found.start);
      return timeWords(found.start, found.end, 'en', zone).replace(/\s/g, ' ');
    };
    assert.match(
      words(':20261201T080000Z', ':20261201T093000Z', 'Europe/Oslo'),
      /Tuesday,? 1 December 2026.*09:00\s?–\s?10:30/,
    );
    assert.match(words(';VALUE=DATE:20261201', ';VALUE=DATE:20261202'), /^Tuesday,? 1 December 2026$/);
    assert.match(words(';VALUE=DATE:20261201', ';VALUE=DATE:20261204'), /1.*3 December 2026/);
  });

  test('bounds: 256 kB, 50 events; what is no calendar is none', () => {
    const many = Array.from({ length: 60 }, (_, n) => `BEGIN:VEVENT\r\nUID:${n}\r\nEND:VEVENT`).join('\r\n');
    const found = readCalendar(Buffer.from(`BEGIN:VCALENDAR\r\n${many}\r\nEND:VCALENDAR`));
    assert.deepEqual([found?.events.length, found?.isCut], [50, true]);
    assert.equal(readCalendar(Buffer.alloc(256 * 1024 + 1, 65)), undefined);
    for (const text of [
      '',
      'x',
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT\r\nUID:1',
      'BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nEND:VTODO',
    ])
      assert.equal(readCalendar(Buffer.from(text)), undefined, text);
  });

  test('the answer is one event with one attendee, whatever the texts hold', () => {
    const found = event([
      'UID:u\\n1',
      'SUMMARY:a\\nATTENDEE:mailto:evil@x.example',
      'DTSTART;TZID=Europe/Oslo:20261201T090000',
      'RECURRENCE-ID;VALUE=DATE:20261201',
      'ORGANIZER:mailto:zoe@b.example',
    ]);
    const who = { name: 'Al"ice\r\nATTENDEE:x', address: 'alice@example.com' };
    const reply = writeReply(found, 'tentative', who, Date.UTC(2026, 0, 1));
    const names = [...readContentLines(Buffer.from(reply))].map(({ name }) => name);
    assert.deepEqual(
      names,
      'BEGIN VERSION PRODID METHOD BEGIN UID DTSTAMP SEQUENCE RECURRENCE-ID DTSTART SUMMARY ORGANIZER ATTENDEE END END'.split(
        ' ',
      ),
    );
    const back = readCalendar(Buffer.from(reply));
    assert.equal(back?.method, 'reply');
    const [sent] = back?.events ?? [];
    assert.equal(iso(sent?.start?.at), '2026-12-01T08:00:00.000Z');
    assert.deepEqual(
      sent?.attendees.map(({ address, status }) => [address, status]),
      [['alice@example.com', 'tentative']],
    );
    assert.equal(sent?.instance?.kind, 'day');
  });
});

describe('contact cards', () => {
  const read = (text: string) => readCardFile(Buffer.from(text, 'utf8'));
  const card = (...lines: string[]) => {
    const [found] = read(['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\r\n')).cards;
    assert.ok(found);
    return found;
  };

  test('folded lines, groups and labels of Apple’s cards are read', () => {
    const found = card(
      'VERSION:3.0',
      'N:Ødegård;Zoë;;Dr.;',
      'FN:Zoë Øde',
      ' gård',
      'item1.EMAIL;type=INTERNET;type=pref:zoe@nordlys.example',
      'item1.X-ABLabel:_$!<Work>!$_',
      'item2.EMAIL:zoe@hytte.example',
      'item2.X-ABLabel:Hytte',
      'TEL;TYPE=CELL:+47 1',
      'TEL;TYPE="work,voice":+47 2',
      'BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17',
      'NOTE:one\\, two\\nthree',
      'item3.URL:https://nordlys.example',
      'item3.X-ABLabel:Blog',
    );
    assert.equal(found.name, 'Zoë Ødegård');
    assert.deepEqual(found.emails, [
      { value: 'zoe@nordlys.example', label: 'work' },
      { value: 'zoe@hytte.example', label: 'Hytte' },
    ]);
    assert.deepEqual(found.phones, [
      { value: '+47 1', label: 'mobile' },
      { value: '+47 2', label: 'work' },
    ]);
    assert.equal(found.birthday, '--05-17');
    assert.equal(found.note, 'one, two\nthree');
    assert.deepEqual(found.extra, ['item3.URL:https://nordlys.example', 'item3.X-ABLABEL:Blog']);
  });

  test('vCard 2.1: quoted-printable over lines, charsets, parameters without names', () => {
    const bytes = Buffer.concat([
      Buffer.from(
        'BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=98de=\r\ng=C3=A5rd;Zo=C3=AB\r\n',
      ),
      Buffer.from('EMAIL;HOME:zoe@home.example\r\nNOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo\r\nORG:Fj'),
      Buffer.from([0xf8]),
      Buffer.from('rd\r\nEND:VCARD\r\n'),
    ]);
    const [found] = readCardFile(bytes).cards;
    assert.equal(found?.name, 'Zoë Ødegård');
    assert.deepEqual(found?.emails, [{ value: 'zoe@home.example', label: 'home' }]);
    assert.equal(found?.note, 'one\ntwo');
    assert.equal(found?.organisation, 'Fjørd');
  });

  test('a line folded in the middle of a character is one character', () => {
    const name = Buffer.from('FN:Øde');
    const file = Buffer.concat([
      Buffer.from('BEGIN:VCARD\n'),
      name.subarray(0, 4),
      Buffer.from('\n '),
      name.subarray(4),
      Buffer.from('\nEND:VCARD\n'),
    ]);
    assert.equal(readCardFile(file).cards[0]?.name, 'Øde');
  });

  test('a round trip keeps names, addresses, numbers, notes, birthday, groups, picture and what has no field', () => {
    const written = {
      name: 'Zoë Ødegård; the "first", 田中 美咲 and quite a long name that must be folded somewhere',
      emails: [
        { value: 'zoe@nordlys.example', label: 'work' },
        { value: 'x@y.example', label: 'Hytte; by the sea' },
        { value: 'z@y.example', label: '' },
      ],
      phones: [
        { value: '+47 22 33 44 55', label: 'mobile' },
        { value: '1', label: 'home' },
      ],
      organisation: 'A, B & C\\D',
      note: 'line one\nline two: ü, ø; \\n',
      birthday: '--05-17',
      nameParts: ['Ødegård', 'Zoë', '', 'Dr.', 'PhD'],
      extra: ['URL:https://nordlys.example', 'item1.ADR;TYPE=HOME:;;Street 1;Bergen;;5000;Norway'],
      groups: ['Choir', 'A, B'],
    };
    const bytes = Buffer.from([0x89, 0x50, 1, 2, 3]);
    const text = writeCard({ ...written, picture: { type: 'image/png', bytes } });
    assert.ok(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75));
    const [{ picture, line, ...found }] = readCardFile(Buffer.from(text)).cards as [
      ReturnType<typeof readCardFile>['cards'][0],
    ];
    assert.deepEqual(found, written);
    assert.deepEqual(Buffer.from(picture, 'base64'), bytes);
    assert.equal(line, 1);
  });

  test('a card that names nobody is told by its line; one without an end does not hide the next', () => {
    const found = read(
      'BEGIN:VCARD\nFN:A\nEND:VCARD\n\nBEGIN:VCARD\nNOTE:x\nEND:VCARD\nBEGIN:VCARD\nFN:B\nBEGIN:VCARD\nFN:C\nEND:VCARD\n',
    );
    assert.deepEqual(
      found.cards.map(({ name }) => name),
      ['A', 'C'],
    );
    assert.deepEqual(found.problems, [5, 8]);
  });

  test('bounds: 5,000 cards', () => {
    const found = read('BEGIN:VCARD\nFN:A\nEND:VCARD\n'.repeat(5_010));
    assert.deepEqual([found.cards.length, found.isCut], [5_000, true]);
  });
});

describe('any bytes', () => {
  /** A small generator with a seed, so that a failure can be seen again. */
  function* numbers(seed: number): Generator<number> {
    let state = seed;
    for (;;) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      yield state / 2 ** 32;
    }
  }
  const pieces = [
    'BEGIN:VCARD',
    'END:VCARD',
    'BEGIN:VCALENDAR',
    'END:VCALENDAR',
    'BEGIN:VEVENT',
    'END:VEVENT',
    'BEGIN:VTIMEZONE',
    'DTSTART;TZID=',
    'DTSTART:20260101T000000Z',
    'RRULE:FREQ=WEEKLY;BYDAY=',
    'ATTENDEE;CN="',
    'mailto:a@b.example',
    'FN:',
    'N:;;;;',
    'EMAIL;TYPE=',
    'PHOTO;ENCODING=b:',
    'NOTE;ENCODING=QUOTED-PRINTABLE:=',
    '\r\n',
    '\n ',
    '\r',
    ';',
    ':',
    ',',
    '\\',
    '"',
    '=',
    '\0',
    'é',
    '\ufeff',
    '99999999999',
    'TZOFFSETTO:+9999',
    'DURATION:P9999W',
    'item1.',
    '<img>',
  ];

  test('never make the readers fail, and what is read is well formed', () => {
    const next = numbers(20261123);
    const random = (): number => next.next().value as number;
    for (let round = 0; round < 3000; round++) {
      const text = Array.from(
        { length: 1 + Math.floor(random() * 60) },
        () => pieces[Math.floor(random() * pieces.length)],
      ).join(random() < 0.5 ? '\r\n' : '');
      const file = Buffer.from(
        round % 2 === 0 ? `BEGIN:VCALENDAR\nBEGIN:VEVENT\n${text}` : `BEGIN:VCARD\nFN:x\n${text}`,
        round % 3 === 0 ? 'latin1' : 'utf8',
      );
      for (const one of readCardFile(file).cards) {
        assert.ok(JSON.stringify(one).isWellFormed());
        assert.ok(readCardFile(Buffer.from(writeCard({ ...one, picture: undefined }))).cards.length <= 1);
      }
      const found = readCalendar(file);
      for (const one of found?.events ?? []) {
        assert.ok(JSON.stringify(one).isWellFormed());
        if (one.start) timeWords(one.start, one.end, 'en', 'Europe/Oslo');
        writeReply(one, 'accepted', { name: 'A', address: 'a@b.example' }, 0);
      }
    }
  });

  test('of a megabyte are read in a moment', () => {
    for (const piece of [
      '\n ',
      '=\n',
      ';',
      'A:',
      '"',
      '\\',
      'BEGIN:VCARD\n',
      'BEGIN:VEVENT\n',
      'ATTENDEE:x\n',
      'a',
      ',',
    ]) {
      const file = Buffer.from(
        `BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:${piece.repeat(1_000_000 / piece.length)}`,
      );
      const begun = performance.now();
      readCardFile(file);
      readCalendar(file.subarray(0, 256 * 1024));
      assert.ok(performance.now() - begun < 2_000, JSON.stringify(piece));
    }
  });

  test('a line is folded between characters', () => {
    for (const char of ['a', 'é', '田', '😀'])
      assert.ok(!foldLine(`NOTE:${char.repeat(200)}`).includes('\ufffd'));
  });
});
