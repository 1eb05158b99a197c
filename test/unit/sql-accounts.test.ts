// vpopmail's files of servers, names of tables, and what rows say: the pure parts of the SQL back ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLimits } from '../../mta/accounts/limits.ts';
import { domainTable } from '../../mta/accounts/sql/layout.ts';
import { limitsOf, limitValues } from '../../mta/accounts/sql/limits-table.ts';
import { mysql } from '../../mta/accounts/sql/mysql.ts';
import { pgsql } from '../../mta/accounts/sql/pgsql.ts';
import { meantText, patternOf, recordOf } from '../../mta/accounts/sql/records.ts';
import { parseMysqlFile, parsePgsqlFile, ServerFileError } from '../../mta/accounts/sql/server-file.ts';

test('vpopmail.mysql names a server to read and one to update, or one for both', () => {
  const both = parseMysqlFile(
    '# servers\n\nreplica|3307|reader|pass|mail\r\nprimary|0|writer|p w|mail\n',
    'F',
  );
  assert.deepEqual(both.read, {
    from: 'F:3',
    host: 'replica',
    port: 3307,
    socket: undefined,
    user: 'reader',
    password: 'pass',
    database: 'mail',
  });
  assert.deepEqual([both.update.from, both.update.host, both.update.port], ['F:4', 'primary', 0]);
  const one = parseMysqlFile('/run/mysqld/mysqld.sock|0|root||vpopmail', 'F');
  assert.equal(one.read, one.update);
  assert.deepEqual([one.read.socket, one.read.password], ['/run/mysqld/mysqld.sock', '']);
  // vpopmail itself takes the socket in the place of the port.
  assert.equal(parseMysqlFile('localhost|/tmp/my.sock|root||vpopmail', 'F').read.socket, '/tmp/my.sock');
});

test('vpopmail.pgsql has one server, whose empty fields have defaults', () => {
  const { read, update } = parsePgsqlFile('||||\n', 'F');
  assert.equal(read, update);
  assert.deepEqual(read, {
    from: 'F:1',
    host: 'localhost',
    port: 5432,
    socket: undefined,
    user: 'postgres',
    password: '',
    database: 'vpopmail',
  });
  const socket = parsePgsqlFile('/run/pg/.s.PGSQL.5433|0|me|x|mail\n', 'F').read;
  assert.deepEqual([socket.socket, socket.port], ['/run/pg', 5433]);
});

test('a wrong line is named without its password', () => {
  const wrong: readonly (readonly [(text: string, path: string) => unknown, string, RegExp])[] = [
    [parseMysqlFile, '', /^F: no server; expected host\|port/],
    [parseMysqlFile, 'a|0|u|secret\n', /^F:1: 4 fields; expected/],
    [parseMysqlFile, 'a|0|u|sec|ret|db\n', /^F:1: 6 fields/],
    [parseMysqlFile, 'a|x9|u|secret|db\n', /^F:1: "x9" is no port/],
    [parseMysqlFile, 'a|0||secret|db\n', /^F:1: the user is missing/],
    [parseMysqlFile, 'a|0|u|secret|\n', /^F:1: the database is missing/],
    [parseMysqlFile, 'a|0|u|s|d\n'.repeat(3), /^F:3: a third server/],
    [parsePgsqlFile, 'a|0|u|s|d\n'.repeat(2), /^F:2: a second server/],
    [parsePgsqlFile, 'a|70000|u|secret|d\n', /is no port/],
  ];
  for (const [parse, text, words] of wrong)
    assert.throws(
      () => parse(text, 'F'),
      (error: unknown) =>
        error instanceof ServerFileError && words.test(error.message) && !error.message.includes('secret'),
      text,
    );
});

test("the table of a domain has vpopmail's name, or the domain is refused", () => {
  assert.equal(domainTable('mail-1.example.co.uk', mysql), 'mail_1_example_co_uk');
  for (const domain of [
    'dir.control',
    'ip.alias-map',
    'a`b.test',
    'a"b.test',
    'a;b.test',
    'ä.test',
    'A.test',
    'x y.test',
  ])
    assert.throws(() => domainTable(domain, mysql), /Invalid domain name/, domain);
  const long = `${'a'.repeat(60)}.org`;
  assert.equal(domainTable(long, mysql).length, 64);
  assert.throws(() => domainTable(long, pgsql), /Invalid domain name/);
});

test('UTF-8 that was encoded twice is read as it was meant, and nothing else is touched', () => {
  const twice = (text: string): string => new TextDecoder('windows-1252').decode(Buffer.from(text, 'utf8'));
  for (const text of ['Jürgen', 'Žižek – “q”', '漢字', 'plain']) {
    assert.equal(meantText(twice(text)), text);
    assert.equal(meantText(text), text);
  }
});

test('a row may have NULLs, padded columns, numbers as text, and more columns than are known', () => {
  const padded = { width: 32, isPadded: true };
  const columns = new Map(
    ['pw_name', 'pw_passwd', 'pw_gecos', 'pw_dir', 'pw_shell'].map((name) => [name, padded]),
  );
  const table = { name: 'vpopmail', columns, isTransactional: true };
  const row = {
    pw_name: 'Joe     ',
    pw_passwd: null,
    pw_uid: '0',
    pw_gid: null,
    pw_gecos: Buffer.from('Joe '),
    pw_dir: '   ',
    pw_shell: 'NOQUOTA   ',
    my_uid: 89,
  };
  assert.deepEqual(recordOf(row, table), {
    name: 'joe',
    password: '',
    uid: 0,
    flags: 0,
    gecos: 'Joe',
    directory: '',
    quota: 'NOQUOTA',
  });
});

test('a search pattern finds the text and no wildcard in it', () => {
  assert.equal(patternOf('50%_off!\0'), '%50!%!_off!!%');
});

test('limits survive a row, and a column that is missing is told when it is needed', () => {
  const limits = {
    ...noLimits,
    maxAccounts: 5,
    defaultQuota: 2 ** 33,
    flags: 0x40001,
    denied: { ...noLimits.denied, list: 1, listUsers: 2, listModerators: 4, quota: 7 },
  };
  const row = Object.fromEntries(limitValues(limits, () => true));
  assert.deepEqual(limitsOf(row), limits);
  assert.deepEqual(limitsOf({ ...row, defaultquota: String(2 ** 33) }), limits);
  assert.throws(
    () => limitValues(limits, (column) => column !== 'disable_maildrop'),
    /no column disable_maildrop/,
  );
  assert.equal(
    limitValues(noLimits, (column) => column !== 'disable_maildrop').has('disable_maildrop'),
    false,
  );
});
