// Strangers at the SMTP door, over real connections, with a real DNS server and a real memory on disk: DNS lists, names of
// clients, greylisting, and the limits of networks with a bad name (mta/trust/screen.ts, gate.ts).
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readBlockLists } from '../../mta/control/block-lists.ts';
import { readClientChecks } from '../../mta/control/client-checks.ts';
import { junkSettings } from '../../mta/control/definitions/junk.ts';
import { joinVariables } from '../../mta/smtpd/session-policy.ts';
import type { SmtpdSettings } from '../../mta/smtpd/settings.ts';
import { JunkGate } from '../../mta/trust/gate.ts';
import { HoldingRoom } from '../../mta/trust/held.ts';
import { createJudge, type Judge } from '../../mta/trust/judge.ts';
import { createLinkCheck, type LinkGate } from '../../mta/trust/lists/link-check.ts';
import { type DnsZone, startDns } from '../support/dns.ts';
import { RawSmtpClient, startTestSmtpd, type TestSmtpd, testSettings } from '../support/smtp.ts';

const file = (lines: readonly string[]) => ({
  path: 'control/x',
  text: `${lines.join('\n')}\n`,
  me: undefined,
});
const lists = (...lines: readonly string[]) => readBlockLists(file(lines));
const checks = (...lines: readonly string[]) => readClientChecks(file(lines));
const listed = { A: ['127.0.0.2'] };

/** Lists with their test entries (RFC 5782 5). */
const working = (zone: string, names: DnsZone = {}): DnsZone => ({
  [`2.0.0.127.${zone}`]: listed,
  ...Object.fromEntries(Object.entries(names).map(([name, entry]) => [`${name}.${zone}`, entry])),
});

interface Site {
  readonly smtpd: TestSmtpd;
  readonly gate: JunkGate;
  readonly directory: string;
  readonly clock: { seconds: number };
  readonly queries: { name: string; type: string }[];
  /** Connects from 127.0.0.N. */
  client(last: number, helo?: string): Promise<RawSmtpClient>;
}

async function startSite(
  zone: DnsZone,
  settings: Partial<SmtpdSettings>,
  given?: string,
  clock = { seconds: 1_800_000_000 },
  judge?: Judge | undefined,
): Promise<Site> {
  // Clients leave first: a door waits for those who have begun a letter.
  const clients: RawSmtpClient[] = [];
  after(() => {
    for (const client of clients) client.close();
  });
  const dns = await startDns(zone);
  after(() => dns.close());
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'trust-')));
  if (given === undefined) after(() => rm(directory, { recursive: true, force: true }));
  const all = { ...testSettings, ...settings, dnsservers: [dns.address] };
  const lines: string[] = [];
  const gate = new JunkGate({
    directory,
    settings: () => all,
    log: (line) => lines.push(line),
    now: () => clock.seconds * 1000,
  });
  after(() => gate.close());
  const court = judge && {
    judge,
    room: new HoldingRoom(join(directory, 'held')),
    cleanHeader: (header: Buffer) => header,
  };
  const courts = court && { find: () => court };
  const smtpd = await startTestSmtpd(settings, { gate, courts, log: (line) => lines.push(line) });
  return {
    smtpd: { ...smtpd, lines, port: smtpd.port },
    gate,
    directory,
    clock,
    queries: dns.queries,
    async client(last, helo = 'mx.client.test') {
      const client = await RawSmtpClient.connect(smtpd.port(), '127.0.0.1', `127.0.0.${last}`);
      clients.push(client);
      await client.hello(helo);
      return client;
    },
  };
}

/** MAIL, then RCPT: the reply to the latter. */
async function rcpt(client: RawSmtpClient, from = 's@sender.test', to = 'u@our.test'): Promise<string> {
  await client.command('RSET');
  const mail = await client.command(`MAIL FROM:<${from}>`);
  assert.equal(mail.code, 250, mail.text);
  return (await client.command(`RCPT TO:<${to}>`)).text;
}

const zone: DnsZone = {
  ...working('bl.test', {
    '5.0.0.127': { A: ['127.0.0.2'], TXT: ['Blocked - see https://bl.test/5'] },
    '8.0.0.127': { A: ['192.0.2.80'] },
    '9.0.0.127': { A: ['127.255.255.254'] },
    '10.0.0.127': { A: ['127.0.0.11'] },
  }),
  ...working('soft.test', { '6.0.0.127': listed }),
  ...working('notes.test', { '7.0.0.127': listed, '5.0.0.127': listed }),
  ...working('welcome.test', { '11.0.0.127': listed }),
  '11.0.0.127.bl.test': listed,
  ...working('slow.test', { '12.0.0.127': { fault: 'SERVFAIL' } }),
  // It has died: every name is listed.
  '2.0.0.127.dead.test': listed,
  '1.0.0.127.dead.test': listed,
  '13.0.0.127.dead.test': listed,
  'test.rhs.test': listed,
  'junk.example.rhs.test': listed,
  'bulk.example.rhs.test': listed,
};

const listSettings = {
  dnsbllist: lists(
    '-bl.test=127.0.0.2,127.0.0.3',
    'soft.test:go away, %IP%',
    '=2.5 notes.test',
    '+welcome.test',
    '-slow.test',
    '-dead.test',
  ),
  rhsbllist: lists('-rhs.test:%IP% is junk'),
};

test('a listed client is refused at RCPT by what the line says: for good, for now, or not at all with points', async () => {
  const site = await startSite(zone, listSettings);
  assert.equal(await rcpt(await site.client(5)), '553 5.7.1 Blocked - see https://bl.test/5');
  assert.equal(await rcpt(await site.client(6)), '451 4.7.1 go away, 127.0.0.6');
  assert.match(await rcpt(await site.client(7)), /^250/);
  assert.match(await rcpt(await site.client(20)), /^250/, 'a client that nobody lists');
  assert.match(await rcpt(await site.client(5), 's@sender.test', 'postmaster@our.test'), /^250/);
});

test('answers outside 127/8, of the kind that says no, and codes that are not named are no listing', async () => {
  const site = await startSite(zone, listSettings);
  for (const last of [8, 9, 10]) assert.match(await rcpt(await site.client(last)), /^250/, `127.0.0.${last}`);
});

test('a client on a list of the welcome is taken though another list has it', async () => {
  const site = await startSite(zone, listSettings);
  assert.match(await rcpt(await site.client(11)), /^250/);
});

test('a list that cannot be asked lists nothing, unless the site fails closed', async () => {
  const open = await startSite(zone, listSettings);
  assert.match(await rcpt(await open.client(12)), /^250/);
  const closed = await startSite(zone, { ...listSettings, dnsblfailclosed: 1 });
  assert.match(await rcpt(await closed.client(12)), /^451 4\.7\.1 the list slow\.test does not answer/);
});

test('a list that lists everything is switched off, and the log says so once', async () => {
  const site = await startSite(zone, listSettings);
  assert.match(await rcpt(await site.client(13)), /^250/);
  assert.match(await rcpt(await site.client(14)), /^250/);
  const told = site.smtpd.lines.filter((line) => line.includes('dead.test'));
  assert.deepEqual(told, [
    'warning: the list dead.test is switched off: it lists everything, even 1.0.0.127',
  ]);
});

test('the domain of the sender and the name in HELO are looked up in the lists of domains', async () => {
  const site = await startSite(zone, listSettings);
  assert.equal(await rcpt(await site.client(20), 'x@junk.example'), '553 5.7.1 junk.example is junk');
  assert.equal(await rcpt(await site.client(20, 'bulk.example')), '553 5.7.1 bulk.example is junk');
  assert.match(await rcpt(await site.client(20), 'x@good.example'), /^250/);
});

test('a client is asked about once in a session, however many letters it brings', async () => {
  const site = await startSite(zone, listSettings);
  const client = await site.client(20);
  for (const to of ['u@our.test', 'postmaster@our.test', 'u@our.test'])
    await rcpt(client, 's@sender.test', to);
  assert.equal(
    site.queries.filter(({ name, type }) => name === '20.0.0.127.bl.test' && type === 'A').length,
    1,
  );
});

test('who may relay, and who is welcome by an empty RBLSMTPD, is not looked up', async () => {
  const relay = await startSite(zone, { ...listSettings, relayclients: ['127.0.0.5'] });
  assert.match(await rcpt(await relay.client(5)), /^250/);
  const environment = {
    ...testSettings.environment,
    variables: joinVariables(testSettings.environment, new Map([['RBLSMTPD', '']])),
  };
  const welcome = await startSite(zone, { ...listSettings, greylist: 300, environment });
  assert.match(await rcpt(await welcome.client(5)), /^250/);
  assert.deepEqual([...relay.queries, ...welcome.queries], []);
});

test('a client with a wrong name is refused by the rules of clientchecks, and only by those', async () => {
  const names: DnsZone = {
    '20.0.0.127.in-addr.arpa': { PTR: ['mx.good.test'] },
    'mx.good.test': { A: ['127.0.0.20'] },
    '21.0.0.127.in-addr.arpa': { PTR: ['mx.good.test'] },
    '22.0.0.127.in-addr.arpa': { fault: 'SERVFAIL' },
  };
  const site = await startSite(names, {
    clientchecks: checks('helo-own reject', 'helo-malformed reject', 'helo-unknown defer', 'no-name reject'),
  });
  assert.match(await rcpt(await site.client(20, 'mx.good.test')), /^250/);
  assert.match(await rcpt(await site.client(21, 'mx.good.test')), /^550 5\.7\.1 .*no name that leads back/);
  assert.match(await rcpt(await site.client(22, 'mx.good.test')), /^250/, 'nobody can tell now');
  assert.match(await rcpt(await site.client(20, 'MX.our.test')), /^550 5\.7\.1 .*is mine/);
  assert.match(await rcpt(await site.client(20, '[127.0.0.1]')), /^550 5\.7\.1 .*is mine/);
  assert.match(await rcpt(await site.client(20, 'localhost')), /^550 5\.7\.1 .*full host name/);
  assert.match(await rcpt(await site.client(20, 'mx.nowhere.test')), /^450 4\.7\.1 .*no address/);
});

test('where a scanner looks into letters, it is told the verified name of the client', async () => {
  const names: DnsZone = {
    '20.0.0.127.in-addr.arpa': { PTR: ['mx.good.test'] },
    'mx.good.test': { A: ['127.0.0.20'] },
  };
  const seen: string[] = [];
  const judge: Judge = async ({ clientName }) => {
    seen.push(clientName);
    return { outcome: 'take', reply: '', score: 0, findings: [], headers: '' };
  };
  const rspamd = junkSettings.rspamd.read(file(['127.0.0.1:1']));
  const site = await startSite(names, { rspamd }, undefined, undefined, judge);
  for (const last of [20, 21]) {
    const client = await site.client(last);
    assert.equal(
      (await client.sendMessage('s@sender.test', ['u@our.test'], 'Subject: x\r\n\r\ny')).code,
      250,
    );
  }
  assert.deepEqual(seen, ['mx.good.test', '']);
});

test('links to listed domains cost a letter points once a list, or the letter; our own and welcome domains nothing', async () => {
  const linkZone: DnsZone = {
    ...working('links.test', { 'bad.example': listed, 'worse.example': listed, 'fine.example': listed }),
    ...working('never.test', { 'evil.co.example': listed }),
    ...working('good.test', { 'fine.example': listed }),
    'test.links.test': listed,
  };
  const uribllist = lists('=3 links.test', '-never.test', '+good.test');
  let gate: LinkGate;
  const judge: Judge = (letter, known) =>
    createJudge({
      checks: [createLinkCheck(gate).check],
      rules: () => ({ junkscore: 3, rejectscore: 15 }),
      log: (line) => assert.fail(line),
    })(letter, known);
  const site = await startSite(linkZone, { uribllist }, undefined, undefined, judge);
  gate = site.gate;
  const send = async (text: string): Promise<string> => {
    const client = await site.client(20);
    return (await client.sendMessage('s@sender.test', ['u@our.test'], `Subject: x\r\n\r\n${text}`)).text;
  };
  const verdict = () => site.smtpd.injector.messages.at(-1)!.message.toString().split('\nReceived:')[0];
  assert.match(await send('http://www.bad.example/ https://worse.example/x'), /^250/);
  assert.equal(verdict(), 'X-Facteur-Verdict: junk; score=3.0;\n\turibl=listed (links.test bad.example) 3.0');
  assert.match(await send('https://fine.example/ https://our.test/'), /^250/);
  assert.equal(verdict(), 'X-Facteur-Verdict: take; score=0.0');
  assert.equal(
    await send('https://www.evil.co.example/'),
    '554 5.7.1 evil.co.example is listed in never.test',
  );
  assert.ok(!site.queries.some(({ name }) => name.startsWith('our.test.')));
});

test('a letter that nobody knows waits, and is taken when it comes again in time; a restart forgets nothing', async () => {
  const settings = { greylist: 300, greylistpass: 2 };
  const first = await startSite({}, settings);
  const { clock, directory } = first;
  assert.match(await rcpt(await first.client(20)), /^451 4\.7\.1 .*try again in 300 seconds/);
  clock.seconds += 100;
  assert.match(await rcpt(await first.client(21)), /^451 4\.7\.1 .*try again in 200 seconds/, 'the same /24');
  first.gate.close();
  const second = await startSite({}, settings, directory, clock);
  clock.seconds += 201;
  assert.match(await rcpt(await second.client(20)), /^250/);
  assert.match(await rcpt(await second.client(20)), /^250/, 'and from now on at once');
  assert.match(await rcpt(await second.client(20), 'other@sender.test'), /^451/, 'another letter waits');
  clock.seconds += 400;
  assert.match(await rcpt(await second.client(20), 'other@sender.test'), /^250/);
  assert.match(await rcpt(await second.client(20), 'third@sender.test'), /^250/, 'now the network is known');
  assert.ok(
    second.smtpd.lines.some((line) =>
      / rcpt=<u@our\.test> result=greylisted reason=first seen, 300 s$/.test(line),
    ),
  );
});

test('several doors share what is known of strangers', async () => {
  const one = await startSite({}, { greylist: 60 });
  const other = await startSite({}, { greylist: 60 }, one.directory, one.clock);
  assert.match(await rcpt(await one.client(20)), /^451/);
  one.clock.seconds += 61;
  assert.match(await rcpt(await other.client(20)), /^250/);
});

test('a letter that waits is no error of the client', async () => {
  const site = await startSite({}, { greylist: 60, limits: { errorsToClose: 3 } });
  const client = await site.client(20);
  for (let i = 0; i < 6; i++) assert.match(await rcpt(client, `s${i}@sender.test`), /^451/);
});

test('a notification is put off at DATA, or at the end of its last chunk: who only asks is answered', async () => {
  const site = await startSite({}, { greylist: 60 });
  const client = await site.client(20);
  assert.match(await rcpt(client, ''), /^250/);
  assert.match((await client.command('DATA')).text, /^451 4\.7\.1/);
  assert.match(await rcpt(client, ''), /^250/);
  await client.send('BDAT 12 LAST\r\nSubject: x\r\n');
  assert.match((await client.read()).text, /^451 4\.7\.1/);
  site.clock.seconds += 61;
  assert.match(await rcpt(client, ''), /^250/);
  await client.send('BDAT 12 LAST\r\nSubject: x\r\n');
  assert.match((await client.read()).text, /^250/);
  assert.equal(site.smtpd.injector.messages.length, 1, 'only the last one was queued');
});

test('a domain that SPF lets a client send for is known in all its networks, one that it does not is not', async () => {
  const pool: DnsZone = {
    'big.test': { TXT: ['v=spf1 ip4:127.0.0.0/8 -all'] },
    'narrow.test': { TXT: ['v=spf1 ip4:127.0.1.1 -all'] },
  };
  const site = await startSite(pool, { greylist: 300, greylistpass: 2 });
  // Networks of IPv4 are /24: other clients come from elsewhere.
  const from = async (network: number, sender: string): Promise<string> => {
    const client = await RawSmtpClient.connect(site.smtpd.port(), '127.0.0.1', `127.0.${network}.9`);
    await client.hello('mx.client.test');
    const answer = await rcpt(client, sender);
    client.close();
    return answer.slice(0, 3);
  };
  for (const sender of ['a@big.test', 'b@big.test']) {
    assert.equal(await from(2, sender), '451');
    site.clock.seconds += 301;
    // Again, from another network of the pool.
    assert.equal(await from(3, sender), '250', sender);
    site.clock.seconds += 100;
  }
  // The domain has come again often enough.
  assert.equal(await from(4, 'new@big.test'), '250');
  assert.equal(await from(2, 'a@narrow.test'), '451');
  site.clock.seconds += 301;
  assert.equal(await from(3, 'a@narrow.test'), '451');
});

test('whom our people write to is not greylisted, nor are the networks of greylist.white', async () => {
  const site = await startSite({}, { greylist: 60, 'greylist.white': ['127.0.0.30/31'] });
  for (const line of [
    'info msg 77: bytes 500 from <u@our.test> qp 1 uid 5',
    'starting delivery 3: msg 77 to remote Friend@far.test',
    'end msg 77',
    'info msg 78: bytes 500 from <stranger@far.test> qp 1 uid 5',
    'starting delivery 4: msg 78 to remote thief@far.test',
    'info msg 79: bytes 500 from <> qp 1 uid 5',
    'starting delivery 5: msg 79 to remote bounced@far.test',
  ])
    site.gate.observe(line);
  await site.gate.store();
  const client = await site.client(20);
  assert.match(await rcpt(client, 'friend@far.test'), /^250/);
  assert.match(await rcpt(client, 'thief@far.test'), /^451/);
  assert.match(await rcpt(client, 'bounced@far.test'), /^451/);
  assert.match(await rcpt(await site.client(31), 'thief@far.test'), /^250/);
});

test('a memory that cannot be opened holds no mail up, and one that is broken is begun anew', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trust-'));
  after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(
    join(directory, 'junk.sqlite'),
    'this is no database at all, but a text that somebody put here',
  );
  const broken = await startSite({}, { greylist: 60 }, directory);
  assert.match(await rcpt(await broken.client(20)), /^451/);
  assert.ok(broken.smtpd.lines.some((line) => /^warning: .*is broken and begun anew/.test(line)));
  const none = await startSite({}, { greylist: 60 }, join(directory, 'junk.sqlite', 'below'));
  assert.match(await rcpt(await none.client(20)), /^250/);
  assert.ok(none.smtpd.lines.some((line) => /^warning: what is known of strangers/.test(line)));
});

test('a network with mostly unknown recipients has fewer connections at once, and the log says why', async () => {
  const site = await startSite({}, { reputation: 1, maxconnectionsperip: 50 });
  await site.gate.store();
  const client = await site.client(20);
  await client.command('MAIL FROM:<s@sender.test>');
  for (let i = 0; i < 19; i++) assert.match((await client.command(`RCPT TO:<n${i}@our.test>`)).text, /^550/);
  client.close();
  site.gate.noteTurnout('127.0.0.99', 'bad');
  site.clock.seconds += 61;
  const [one, other, third] = await Promise.all(
    [21, 21, 21].map((last) => RawSmtpClient.connect(site.smtpd.port(), '127.0.0.1', `127.0.0.${last}`)),
  );
  const said = (await Promise.all([one!.read(), other!.read(), third!.read()]))
    .map(({ code }) => code)
    .sort();
  for (const each of [one, other, third]) each!.close();
  assert.deepEqual(said, [220, 421, 421], 'one new connection a second');
  assert.ok(
    site.smtpd.lines.includes(
      'smtpd: network 127.0.0.0/24 is held to 2 connections at once: 1 letters of 1 were junk and 19 recipients unknown in the last 7 days',
    ),
    site.smtpd.lines.join('\n'),
  );
});

test('with nothing switched on nobody is asked and nothing is opened', async () => {
  const site = await startSite(zone, {});
  assert.match(await rcpt(await site.client(5)), /^250/);
  assert.deepEqual(site.queries, []);
  await assert.rejects(stat(join(site.directory, 'junk.sqlite')));
});
