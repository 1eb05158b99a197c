// Who writes at submission, and how much (security.md W6, X7), over real accounts: own addresses as envelope sender and in
// From, those that an administrator allows, and a count that the webmail shares.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { answerAccounts, createAccountCalls } from '../../mta/calls/account-calls.ts';
import { startAnswering } from '../../mta/calls/answering.ts';
import { type AdministeredSite, machine, startAdministration } from '../support/administration.ts';
import { type RawSmtpClient, startTestSmtpd } from '../support/smtp.ts';

const site: AdministeredSite = await startAdministration({});
const { home } = site;
const control = (name: string, text: string) => writeFile(join(home.qmail, 'control', name), text);
await mkdir(home.state, { recursive: true });
await mkdir(home.run, { recursive: true });
await site.administration.setAlias(machine, 'example.com', 'sales', { addresses: ['alice'] });
await site.administration.addAliasDomain(machine, 'example.com', 'second.example');
await control('allowedsenders', 'alice@example.com:info@elsewhere.test\n@example.com:@partner.test\n');

const lines: string[] = [];
const accounts = openAccounts({ home, writesLogins: true, log: (line) => lines.push(line) });
// As smtpd under root asks: over a socket.
const place = { path: join(home.run, 'accounts-test') };
const role = await startAnswering('accounts', place, answerAccounts(accounts), (line) => lines.push(line));
const calls = createAccountCalls(place.path);
const alice = await calls.findAccount('alice@example.com');
const smtpd = await startTestSmtpd(
  { locals: new Set(), rcpthosts: new Set(), defaulthost: 'example.com' },
  { names: ['submission'], accounts: { ...calls, authenticate: async () => alice } },
);
after(async () => {
  calls.close();
  await role.close();
  await accounts.close();
  await site.close();
});

async function signIn(): Promise<RawSmtpClient> {
  const client = await smtpd.connect();
  await client.hello();
  assert.equal(
    (await client.command(`AUTH PLAIN ${Buffer.from('\0alice\0x').toString('base64')}`)).code,
    235,
  );
  return client;
}

const letter = (from: string): string => `From: ${from}\r\nSubject: s\r\n\r\ntext`;

test('the envelope sender is an own address: the account, its domains’ names, its aliases, what is allowed', async () => {
  const client = await signIn();
  for (const sender of [
    'alice@example.com',
    'Alice@Second.example',
    'sales@example.com',
    'alice+shop@example.com',
    'info@elsewhere.test',
    'whoever@partner.test',
    '',
  ])
    assert.equal((await client.command(`MAIL FROM:<${sender}>`)).code, 250, sender);
  for (const sender of [
    'bob@example.com',
    'postmaster@example.com',
    'alice@elsewhere.test',
    'x@sub.partner.test',
    'nobody@example.com',
  ])
    assert.equal(
      (await client.command(`MAIL FROM:<${sender}>`)).text,
      '553 5.7.1 sorry, that envelope sender is not an address of yours (#5.7.1)',
      sender,
    );
  client.close();
});

test('so is every address in From; whoever else stands there is refused by name, and nothing is queued', async () => {
  const client = await signIn();
  const send = (from: string) => client.sendMessage('alice@example.com', ['v@far.test'], letter(from));
  for (const from of [
    'alice@example.com',
    '"Alice A." <sales@example.com>',
    'alice@example.com (me), info@elsewhere.test',
    '=?utf-8?q?Bob_=3Cbob=40example=2Ecom=3E?= <alice@second.example>',
    'alice',
  ])
    assert.equal((await send(from)).code, 250, from);
  const queued = smtpd.injector.messages.length;
  for (const [from, words] of [
    ['bob@example.com', /yours: bob@example\.com /],
    ['"alice@example.com" <boss@bank.test>', /yours: boss@bank\.test /],
    ['alice@example.com, boss@bank.test', /yours: boss@bank\.test /],
    ['alice@example.com\r\nFrom: boss@bank.test', /yours: boss@bank\.test /],
    ['Friends: alice@example.com, boss@bank.test;', /boss@bank\.test /],
    ['Nobody:;', /cannot be read as addresses/],
    ['<<>>', /cannot be read as addresses/],
  ] as const) {
    const { code, text } = await send(from);
    assert.equal(code, 553, from);
    assert.match(text, words);
  }
  assert.equal(smtpd.injector.messages.length, queued);
  // A notification (RFC 8098 3) has no sender, and its From is looked at all the same.
  assert.equal((await client.sendMessage('', ['v@far.test'], letter('alice@example.com'))).code, 250);
  assert.equal((await client.sendMessage('', ['v@far.test'], letter('boss@bank.test'))).code, 553);
  assert.match((await client.sendMessage('', ['v@far.test'], 'Subject: s\r\n\r\ntext')).text, /^250/);
  assert.match(smtpd.injector.messages.at(-1)!.message.toString(), /^From: .*alice@example\.com/m);
  client.close();
});

test('recipients are counted for submission and the webmail together; who reaches the limit is told when, and so is the log', async () => {
  // A look at the file is good for a second.
  const clock = performance.now.bind(performance);
  let ahead = 0;
  mock.method(performance, 'now', () => clock() + ahead);
  await control('relaylimits', ':0:7\n');
  ahead += 1100;
  const before = await accounts.submission.spend('alice@example.com', 1);
  // What the tests above sent counts.
  assert.match(before ?? '', /you may send to 7 recipients an hour/);
  await control('relaylimits', ':0:20\n');
  ahead += 1100;
  const client = await signIn();
  await client.command('MAIL FROM:<alice@example.com>');
  let taken = 0;
  while ((await client.command(`RCPT TO:<r${taken}@far.test>`)).code === 250) taken++;
  assert.match(
    (await client.command('RCPT TO:<one@far.test>')).text,
    /^450 4\.7\.1 sorry, you may send to 20 recipients an hour; try again in \d+ minutes \(#4\.7\.1\)$/,
  );
  assert.match((await accounts.submission.spend('alice@example.com', 1)) ?? '', /20 recipients an hour/);
  assert.ok(
    lines.some(
      (line) =>
        line ===
        'alert: sending limit: alice@example.com reached 7 recipients an hour, last by alice@example.com',
    ),
  );
  // Nothing was sent: all of it is free again.
  await client.command('RSET');
  await client.command('NOOP');
  assert.equal(await accounts.submission.spend('alice@example.com', taken), undefined);
  assert.match(
    (await client.sendMessage('alice@example.com', ['v@far.test'], letter('alice@example.com'))).text,
    /^450 /,
  );
  const [alarm] = await accounts.submission.alarms();
  assert.deepEqual([alarm?.who, alarm?.span], ['alice@example.com', 'hour']);
  client.close();
});
