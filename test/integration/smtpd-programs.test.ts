// Programs of a session (spec/qmail.md 1.3, 4.1, 4.2): the filter of $QMAILQUEUE or control/qmailqueue in the place of
// qmail-queue, $RCPTCHECK, qmail-spp plugins. Real scripts, real sockets.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makePolicyHome, startPolicyServer, startPolicySmtpd } from '../support/policy.ts';
import { qmtpPackage } from '../support/qmtp.ts';
import { until } from '../support/serve.ts';
import { badList, type TestSmtpd } from '../support/smtp.ts';

const letter = 'Subject: s\r\n\r\nbody';

async function send(smtpd: TestSmtpd, message = letter): Promise<string> {
  const client = await smtpd.connect();
  await client.hello();
  const { text } = await client.sendMessage('s@x.test', ['u@our.test'], message);
  client.close();
  return text;
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('the filter gets the message, the envelope and the variables of its session, and its process id is the qp', async () => {
  const home = await makePolicyHome();
  await home.script(
    'scan',
    'cat > "$HOME_OF_TEST/message"; tr "\\000" "\\n" <&1 > "$HOME_OF_TEST/envelope"; env | sort > "$HOME_OF_TEST/env"; echo $$ > "$HOME_OF_TEST/pid"',
  );
  await home.control('tcp.smtp', ':allow,QMAILQUEUE="bin/scan",SCAN_LEVEL="3"\n');
  process.env.SECRET_OF_THE_SERVER = 'never told';
  const smtpd = await startPolicySmtpd(home);
  const reply = await send(smtpd);
  const pid = (await home.note('pid')).trim();
  assert.match(reply, new RegExp(`^250 ok \\d{10} qp ${pid}$`));
  assert.match(
    await home.note('message'),
    /^Received: from unknown \(HELO client\.test\) \(127\.0\.0\.1\)\n {2}by .*\nSubject: s\n\nbody\n$/,
  );
  assert.equal(await home.note('envelope'), 'Fs@x.test\nTu@our.test\n\n');
  const env = await home.note('env');
  for (const line of [
    'PROTO=TCP',
    'TCPREMOTEIP=127.0.0.1',
    'TCPLOCALHOST=mx.our.test',
    'SCAN_LEVEL=3',
    'SMTPHELOHOST=client.test',
  ])
    assert.ok(env.split('\n').includes(line), line);
  assert.match(env, /^TCPREMOTEPORT=\d+$/m);
  assert.ok(!env.includes('never told'));
  assert.equal(smtpd.injector.messages.length, 0, 'what the filter does with it is its business');
});

test("the filter's exit status is the answer, in qmail's words or its own on descriptor 6 or 4", async () => {
  const home = await makePolicyHome();
  await home.script('scan', 'cat >/dev/null; . "$HOME_OF_TEST/verdict"');
  const smtpd = await startPolicySmtpd(home, { settings: { qmailqueue: 'bin/scan', timeoutqmailqueue: 60 } });
  for (const [verdict, reply] of [
    ['exit 31', '554 5.3.0 mail server permanently rejected message (#5.3.0)'],
    ['exit 53', '451 4.3.0 qq write error or disk full (#4.3.0)'],
    ['printf "Dno viruses here (#5.7.1)" >&6; exit 82', '554 5.7.1 no viruses here (#5.7.1)'],
    ['printf "Zgreylisted (#4.7.1)" >&4; exit 88', '451 4.7.1 greylisted (#4.7.1)'],
    ['printf "Dno" >&4; exit 82', '554 5.3.0 no'],
    ['exit 82', '451 4.3.0 qq temporary problem (#4.3.0)'],
    ['kill -9 $$', '451 4.3.0 qq crashed (#4.3.0)'],
  ] as const) {
    await writeFile(join(home.home, 'verdict'), `${verdict}\n`);
    assert.equal(await send(smtpd), reply, verdict);
  }
});

test('a filter that does not exist is 451, and what a filter says on descriptor 2 is a log line', async () => {
  const home = await makePolicyHome();
  await home.script('talk', 'cat >/dev/null; echo "checked\\nall of it" >&2');
  const settings = { qmailqueue: 'bin/none', timeoutqmailqueue: 60 };
  assert.equal(
    await send(await startPolicySmtpd(home, { settings })),
    '451 4.3.0 unable to exec qq (#4.3.0)',
  );
  const smtpd = await startPolicySmtpd(home, { settings: { ...settings, qmailqueue: 'bin/talk' } });
  assert.match(await send(smtpd), /^250 ok /);
  await until('it is logged', () => smtpd.lines.some((line) => /^queue program \d+: checked/.test(line)));
});

test('a filter that hangs is ended with all that it started, and its message is 451', async () => {
  const home = await makePolicyHome();
  await home.script(
    'hang',
    'trap "" TERM; sleep 600 & echo $$ $! > "$HOME_OF_TEST/pids"; while :; do sleep 600; done',
  );
  const smtpd = await startPolicySmtpd(home, { settings: { qmailqueue: 'bin/hang', timeoutqmailqueue: 1 } });
  assert.equal(await send(smtpd), '451 4.3.0 qq timeout (#4.3.0)');
  const pids = (await home.note('pids')).trim().split(' ').map(Number);
  await until('both are gone', () => !pids.some(isRunning));
});

test('a filter that reads nothing holds a large message only for its time', async () => {
  const home = await makePolicyHome();
  await home.script('deaf', 'sleep 600');
  const smtpd = await startPolicySmtpd(home, { settings: { qmailqueue: 'bin/deaf', timeoutqmailqueue: 1 } });
  assert.equal(
    await send(smtpd, `Subject: s\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(60_000)}end`),
    '451 4.3.0 qq timeout (#4.3.0)',
  );
});

test('a client that goes away in the middle of its message leaves no filter behind', async () => {
  const home = await makePolicyHome();
  await home.script(
    'wait',
    'trap "" TERM; echo $$ > "$HOME_OF_TEST/pid"; cat >/dev/null; while :; do sleep 600; done',
  );
  const smtpd = await startPolicySmtpd(home, { settings: { qmailqueue: 'bin/wait', timeoutqmailqueue: 60 } });
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  await client.send('Subject: half\r\n');
  const pid = Number(await home.note('pid'));
  client.close();
  await until('it is gone', () => !isRunning(pid));
});

test('a door that closes leaves no filter behind, and the client hears that its message is not taken', async () => {
  const home = await makePolicyHome();
  await home.script('hang', 'cat >/dev/null; echo $$ > "$HOME_OF_TEST/pid"; sleep 600');
  const smtpd = await startPolicySmtpd(home, {
    settings: { qmailqueue: 'bin/hang', timeoutqmailqueue: 600 },
  });
  const client = await smtpd.connect();
  await client.hello();
  for (const line of ['MAIL FROM:<s@x.test>', 'RCPT TO:<u@our.test>', 'DATA']) await client.command(line);
  await client.send(`${letter}\r\n.\r\n`);
  const pid = Number(await home.note('pid'));
  const closing = smtpd.service.close();
  // Messages under way have 10 s.
  const { text } = await client.read(60_000);
  await closing;
  assert.match(text, /^451 4\.3\.0 qq timeout|^421 4\.3\.2 going down/);
  await until('it is gone', () => !isRunning(pid));
});

test('qmtpd and qmqpd run the filter too', async () => {
  const home = await makePolicyHome();
  await home.script('scan', 'cat >/dev/null; printf "Dnot this one" >&4; exit 88');
  const server = await startPolicyServer('qmtp', home, {
    settings: { qmailqueue: 'bin/scan', timeoutqmailqueue: 60 },
  });
  const client = await server.connect();
  await client.send(qmtpPackage('\nSubject: s\n\nb\n', 's@x.test', ['u@our.test']));
  assert.deepEqual(await client.read(), ['Dnot this one']);
  client.close();
});

test('a filter of who has logged in knows the name: SMTPAUTHUSER, TCPREMOTEINFO, RELAYCLIENT', async () => {
  const home = await makePolicyHome();
  await home.script('scan', 'cat >/dev/null; env | sort > "$HOME_OF_TEST/env"');
  const smtpd = await startPolicySmtpd(home, {
    names: ['submission'],
    settings: { qmailqueue: 'bin/scan', timeoutqmailqueue: 60 },
  });
  const client = await smtpd.connect('submission');
  await client.hello();
  const login = Buffer.from('\0u@our.test\0secret').toString('base64');
  assert.equal((await client.command(`AUTH PLAIN ${login}`)).code, 235);
  assert.equal((await client.sendMessage('u@our.test', ['v@relay.test'], letter)).code, 250);
  client.close();
  const lines = (await home.note('env')).split('\n');
  for (const line of [
    'SMTPAUTHUSER=u@our.test',
    'SMTP_AUTH_USER=u@our.test',
    'TCPREMOTEINFO=u@our.test',
    'SMTPAUTHMETHOD=plain',
    'QMAILAUTHENTICATED=1',
    'RELAYCLIENT=',
  ])
    assert.ok(lines.includes(line), line);
});

test('RCPTCHECK is asked about each recipient that exists, and its words are the reply', async () => {
  const home = await makePolicyHome();
  await home.script(
    'check',
    'echo "$SENDER $RECIPIENT $HELO $RCPTFOUND $RCPTHOSTS" >> "$HOME_OF_TEST/asked"\ncase $RECIPIENT in post*) echo "550 5.7.1 not the postmaster" >&4; exit 100;; esac\nexit 0',
  );
  await home.control('tcp.smtp', ':allow,RCPTCHECK="bin/check"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  assert.equal((await client.command('RCPT TO:<u@our.test>')).text, '250 ok');
  assert.equal((await client.command('RCPT TO:<postmaster@our.test>')).text, '550 5.7.1 not the postmaster');
  assert.equal((await client.command('RCPT TO:<nobody@our.test>')).code, 550);
  client.close();
  assert.equal(
    await home.note('asked'),
    's@x.test u@our.test client.test 1 1\ns@x.test postmaster@our.test client.test 1 1\n',
  );
});

test('what a stranger says reaches programs in variables and never in a shell', async () => {
  const home = await makePolicyHome();
  await home.script('check', 'printf "%s\\n" "$RECIPIENT" > "$HOME_OF_TEST/asked"');
  await home.control('tcp.smtp', ':allow,RCPTCHECK="bin/check",RELAYCLIENT="",RCPTCHECKRELAYCLIENT="1"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  await client.hello('$(touch$IFS.pwned)');
  await client.command('MAIL FROM:<"`touch pwned`"@x.test>');
  assert.equal((await client.command('RCPT TO:<"$(touch pwned);v"@relay.test>')).code, 250);
  client.close();
  assert.equal(await home.note('asked'), '$(touch pwned);v@relay.test\n');
  await assert.rejects(home.control('../pwned/x', ''), { code: 'ENOENT' });
});

test('qmail-spp plugins run only with ENABLE_SPP, in their sections, and their variables stay for the session', async () => {
  const home = await makePolicyHome();
  await home.script('helo', 'echo "SGREETED=$SMTPHELOHOST"');
  await home.script(
    'rcpt',
    'case $SMTPRCPTTO in bad*) echo "E550 5.7.1 no $GREETED";; new*) echo "Cu@our.test";; any*) echo O;; esac',
  );
  await home.script('data', 'echo "HX-Checked: by $GREETED"');
  await home.control(
    'smtpplugins',
    '[helo]\nbin/helo\n[mail]\n:echo "$SMTPMAILFROM" > mail\n[rcpt]\nbin/rcpt\n[data]\nbin/data\n',
  );
  await home.control('tcp.smtp', '127.0.0.1:allow,ENABLE_SPP="",SPPCONFFILE="control/smtpplugins"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  const hello = await client.hello();
  assert.ok(!hello.text.includes('CHUNKING'), 'chunks would begin the message before [data]');
  await client.command('MAIL FROM:<s@x.test>');
  assert.equal(await home.note('mail'), 's@x.test\n');
  assert.equal((await client.command('RCPT TO:<bad@our.test>')).text, '550 5.7.1 no client.test');
  assert.equal((await client.command('RCPT TO:<new@our.test>')).text, '250 ok');
  assert.equal((await client.command('RCPT TO:<anybody@else.test>')).text, '250 ok');
  assert.equal((await client.command('DATA')).code, 354);
  await client.send(`${letter}\r\n.\r\n`);
  assert.equal((await client.read()).code, 250);
  client.close();
  const [message] = smtpd.injector.messages;
  assert.deepEqual(message!.recipients, ['u@our.test', 'anybody@else.test']);
  assert.match(
    message!.message.toString(),
    /^Received: [^\n]*\n[^\n]*\nX-Checked: by client\.test\nSubject: s\n/,
  );
});

test('a plugin that cannot be run is 451, and one of [connection] may end the session', async () => {
  const home = await makePolicyHome();
  await home.control('smtpplugins', '[rcpt]\nbin/none\n');
  await home.control('tcp.smtp', ':allow,ENABLE_SPP="",SPPCONFFILE="control/smtpplugins"\n');
  const smtpd = await startPolicySmtpd(home);
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  assert.match((await client.command('RCPT TO:<u@our.test>')).text, /^451 4\.3\.0 qmail-spp failure/);
  client.close();
  await home.control('smtpplugins', '[connection]\n:echo "R421 4.7.0 not today"\n');
  await until('the new file counts', async () => {
    const next = await smtpd.connect();
    const { text } = await next.read();
    next.close();
    return text === '421 4.7.0 not today';
  });
});

test('the checks of a recipient come in the order of the patched qmail-smtpd', async () => {
  const home = await makePolicyHome();
  const settings = {
    badhelo: badList('^bad\\.helo$'),
    badmailfrom: badList('@bad.test'),
    badrcptto: badList('^postmaster@'),
    badrcpttonorelay: badList('u@our.test'),
    validrcptto: new Set(['-hidden@our.test', 'ghost@our.test']),
    rejectrelaytest: 1,
  };
  const smtpd = await startPolicySmtpd(home, { settings });
  const ask = async (helo: string, sender: string, recipient: string): Promise<string> => {
    const client = await smtpd.connect();
    await client.hello(helo);
    await client.command(`MAIL FROM:<${sender}>`);
    const { text } = await client.command(`RCPT TO:<${recipient}>`);
    client.close();
    return /sorry, ([^(]*) \(|we don't relay|^250 ok/.exec(text)?.[1] ?? text;
  };
  for (const [helo, sender, recipient, words] of [
    ['bad.helo', 's@bad.test', 'a%b@our.test', "553 5.7.1 we don't relay (#5.7.1)"],
    ['BAD.helo', 's@bad.test', 'u@our.test', 'your HELO host name has been denied'],
    ['good.helo', 'S@BAD.test', 'v@relay.test', 'your envelope sender is in my badmailfrom list'],
    ['good.helo', '', 'v@relay.test', "that domain isn't in my list of allowed rcpthosts"],
    ['good.helo', 's@x.test', 'postmaster@our.test', 'your envelope recipient has been denied'],
    ['good.helo', 's@x.test', 'u@our.test', 'your envelope recipient has been denied'],
    ['good.helo', 's@x.test', 'hidden@our.test', 'this recipient is not in my validrcptto list'],
    ['good.helo', 's@x.test', 'ghost@our.test', '250 ok'],
    ['good.helo', 's@x.test', 'nobody@our.test', 'no mailbox here by that name'],
  ] as const)
    assert.equal(await ask(helo, sender, recipient), words, `${helo} ${sender} ${recipient}`);
});

test('the -norelay lists spare clients that may relay, DISABLE_BADMAILFROM all', async () => {
  const home = await makePolicyHome();
  const settings = {
    badmailfromnorelay: badList('@bad.test'),
    badmailfrom: badList('@worse.test'),
    badrcpttonorelay: badList('u@our.test'),
    badhelonorelay: badList('client'),
  };
  await home.control('tcp.smtp', '127.0.0.1:allow,RELAYCLIENT="",DISABLE_BADMAILFROM=""\n');
  const smtpd = await startPolicySmtpd(home, { settings });
  for (const sender of ['s@bad.test', 's@worse.test']) {
    const client = await smtpd.connect();
    await client.hello();
    await client.command(`MAIL FROM:<${sender}>`);
    assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 250);
    client.close();
  }
});

test('brtlimit: refused recipients end the session; tarpitcount: late recipients wait; rejectnullsenders: 421', async () => {
  const home = await makePolicyHome();
  const settings = { brtlimit: 2, tarpitcount: 1, tarpitdelay: 1, rejectnullsenders: 1 };
  const smtpd = await startPolicySmtpd(home, { settings });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  const began = performance.now();
  assert.equal((await client.command('RCPT TO:<u@our.test>')).code, 250);
  const first = performance.now() - began;
  assert.equal((await client.command('RCPT TO:<x1@our.test>')).code, 550);
  assert.ok(performance.now() - began >= first + 990, 'the second recipient waited');
  assert.equal((await client.command('RCPT TO:<x2@our.test>')).code, 550);
  assert.equal(
    (await client.command('RCPT TO:<u@our.test>')).text,
    '421 4.7.0 too many invalid addresses, goodbye (#4.7.0)',
  );
  const other = await smtpd.connect();
  await other.hello();
  assert.equal(
    (await other.command('MAIL FROM:<>')).text,
    '421 4.3.0 null senders temporarily denied (#4.3.0)',
  );
});

test('greetdelay: the greeting waits for strangers, and one that talks first is dropped', async () => {
  const home = await makePolicyHome();
  await home.control('tcp.smtp', '127.0.0.2:allow,RELAYCLIENT=""\n:allow,SMTPD_GREETDELAY="1"\n');
  const smtpd = await startPolicySmtpd(home);
  const began = performance.now();
  const patient = await smtpd.connect();
  assert.equal((await patient.read()).code, 220);
  assert.ok(performance.now() - began >= 990);
  patient.close();
  const early = await smtpd.connect();
  await early.send('EHLO early.test\r\n');
  assert.match((await early.read()).text, /^554 5\.5\.0 SMTP protocol violation/);
});

test('moreipme makes an address ours: user@[it] is user@localiphost', async () => {
  const home = await makePolicyHome();
  const smtpd = await startPolicySmtpd(home, {
    settings: { moreipme: ['192.0.2.0/24'], notipme: ['192.0.2.9/32'] },
  });
  const client = await smtpd.connect();
  await client.hello();
  await client.command('MAIL FROM:<s@x.test>');
  assert.equal((await client.command('RCPT TO:<u@[192.0.2.5]>')).code, 250);
  assert.equal((await client.command('RCPT TO:<u@[192.0.2.9]>')).code, 553);
  client.close();
});
