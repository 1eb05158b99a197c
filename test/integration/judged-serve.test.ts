// The whole program judges strangers' letters: what it found stands on top of the delivered letter and in one line of the
// log, a forged letter is refused or marked as the site says, and a changed control file counts from the next letter.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDns } from '../support/dns.ts';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { readMaildir } from '../support/road.ts';
import { domain, makeHome, setControl, until } from '../support/serve.ts';
import { RawSmtpClient } from '../support/smtp.ts';

let home: string;
let me: string;
let server: RunningServer;
let dns: Awaited<ReturnType<typeof startDns>>;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'facteur-judged-serve-'));
  dns = await startDns({
    'honest.test': { TXT: ['v=spf1 ip4:127.0.0.2 -all'], MX: [[10, 'mx.honest.test']] },
    '_dmarc.honest.test': { TXT: ['v=DMARC1; p=reject'] },
    '2.0.0.127.points.test': { A: ['127.0.0.2'] },
    '9.0.0.127.points.test': { A: ['127.0.0.2'] },
    'plain.test': { MX: [[10, 'mx.plain.test']] },
  });
  await makeHome(home, ['reader']);
  me = (await readFile(join(home, 'qmail', 'control', 'me'), 'utf8')).trim();
  await setControl(home, 'dnsservers', `${dns.address}\n`);
  server = await startServer(home, 'smtp=127.0.0.1:0');
});
after(async () => {
  await server.stop();
  await dns.close();
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
});

async function send(from: string, subject: string): Promise<string> {
  const client = await RawSmtpClient.connect(server.ports.smtp!, '127.0.0.1', from);
  await client.hello('mx.honest.test');
  for (const line of ['MAIL FROM:<anna@honest.test>', `RCPT TO:<reader@${domain}>`, 'DATA'])
    await client.command(line);
  await client.send(
    `X-Facteur-Verdict: take\r\nAuthentication-Results: ${me}; spf=pass\r\n` +
      `From: anna@honest.test\r\nSubject: ${subject}\r\n\r\nHello.\r\n.\r\n`,
  );
  const { text } = await client.read();
  client.close();
  return text;
}

test('an honest letter and a forged one, delivered with what was found out about them', async () => {
  assert.match(await send('127.0.0.2', 'honest'), /^250 /);
  assert.match(await send('127.0.0.3', 'forged'), /^250 /);
  const letters = await delivered();
  const honest = letters.find((text) => text.includes('Subject: honest'))!;
  const forged = letters.find((text) => text.includes('Subject: forged'))!;
  for (const [text, verdict, spf, dmarc] of [
    [honest, 'take', 'pass', 'pass'],
    [forged, 'junk', 'fail', 'fail'],
  ] as const) {
    assert.match(text, new RegExp(`^X-Facteur-Verdict: ${verdict}; score=`, 'm'));
    assert.match(text, new RegExp(`^Received-SPF: ${spf} `, 'm'));
    assert.match(text, new RegExp(`dmarc=${dmarc}`));
    // Only ours.
    assert.equal(text.match(/^X-Facteur-Verdict:/gm)?.length, 1);
    assert.equal(text.match(/^Authentication-Results:/gm)?.length, 1);
  }
  await until('the lines', () => /result=judged-junk reason=junk; score=/.test(server.stderr()));
  assert.match(server.stderr(), /ip=127\.0\.0\.2 [^\n]*result=judged reason=take; score=/);
});

test('the policy of the forged domain is obeyed from the moment that the site says so', async () => {
  await setControl(home, 'dmarcbehavior', 'reject\n');
  process.kill(server.pid, 'SIGHUP');
  await until('a refusal', async () => /^550 5\.7\.\d+ /.test(await send('127.0.0.3', 'refused')));
  assert.match(await send('127.0.0.2', 'taken'), /^250 /);
});

test('a scanner is asked from the moment that the site names it: a virus is refused, and the rest is told what it said', async () => {
  const clamd = createServer((socket) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.endsWith('\0\0\0\0'))
        socket.end(text.includes('Subject: sick') ? 'stream: Test.Virus FOUND\0' : 'stream: OK\0');
    });
  }).listen(0, '127.0.0.1');
  await once(clamd, 'listening');
  try {
    await setControl(home, 'clamd', `127.0.0.1:${(clamd.address() as { port: number }).port}\n`);
    process.kill(server.pid, 'SIGHUP');
    await until('a refusal', async () =>
      /^554 5\.7\.1 .*virus: Test\.Virus/.test(await send('127.0.0.2', 'sick')),
    );
    assert.match(await send('127.0.0.2', 'well'), /^250 /);
    await until('its line', () => /reason=take; [^\n]*clamd=clean/.test(server.stderr()));
  } finally {
    clamd.close();
    await setControl(home, 'clamd', '\n');
  }
});

test('points of a list of clients count with all others: enough of them make a letter junk', async () => {
  await setControl(home, 'dnsbllist', '=6.5 points.test\n');
  process.kill(server.pid, 'SIGHUP');
  await until('its line', async () => {
    const client = await RawSmtpClient.connect(server.ports.smtp!, '127.0.0.1', '127.0.0.9');
    await client.hello('mx.plain.test');
    const { code } = await client.sendMessage('a@plain.test', [`reader@${domain}`], 'Subject: p\r\n\r\np');
    client.close();
    assert.equal(code, 250);
    return /result=judged-junk reason=junk; score=\d+\.\d; [^\n]*dnsbl=listed \(points\.test\) 6\.5/.test(
      server.stderr(),
    );
  });
  await setControl(home, 'dnsbllist', '\n');
});

test('a stranger waits once, also where the program was started anew meanwhile', async () => {
  await setControl(home, 'greylist', '1\n');
  process.kill(server.pid, 'SIGHUP');
  const ask = async (): Promise<string> => {
    const client = await RawSmtpClient.connect(server.ports.smtp!, '127.0.0.1', '127.0.7.7');
    await client.hello('mx.honest.test');
    await client.command('MAIL FROM:<new@honest.test>');
    const { text } = await client.command(`RCPT TO:<reader@${domain}>`);
    client.close();
    return text;
  };
  await until('a first try that is put off', async () => (await ask()).startsWith('451 4.7.1 '));
  await server.stop();
  server = await startServer(home, 'smtp=127.0.0.1:0');
  await until('a later one that is taken', async () => (await ask()).startsWith('250 '));
});

const delivered = async (): Promise<string[]> => {
  const directory = join(home, 'vpopmail', 'domains', domain, 'reader', 'Maildir');
  let texts: string[] = [];
  await until('two letters', async () => {
    const found = [
      ...(await readMaildir(directory)),
      ...(await readMaildir(directory, 'Junk').catch(() => [])),
    ];
    texts = found.map(({ bytes }) => bytes.toString('latin1'));
    return texts.length === 2;
  });
  return texts;
};
