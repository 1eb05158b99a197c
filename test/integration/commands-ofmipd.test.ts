import assert from 'node:assert/strict';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Cdb } from '../../mta/formats/cdb.ts';
import { commandWords, runTableCommand, startTcpserver } from '../support/command-process.ts';
import { withInjectSite } from '../support/inject.ts';
import { withTemporaryDirectory } from '../support/queue.ts';
import { RawSmtpClient } from '../support/smtp.ts';

const local = {
  PROTO: 'TCP',
  TCPREMOTEIP: '127.0.0.1',
  TCPREMOTEHOST: 'desk.test',
  TCPLOCALHOST: 'here.test',
};

async function withOfmipd(
  args: (site: string) => Promise<readonly string[]>,
  env: Readonly<Record<string, string>>,
  use: (
    client: RawSmtpClient,
    takeMessage: Parameters<Parameters<typeof withInjectSite>[0]>[0]['takeMessage'],
  ) => Promise<void>,
): Promise<void> {
  await withInjectSite(async ({ home, takeMessage }) => {
    const server = await startTcpserver(commandWords('ofmipd', ...(await args(home))), {
      env: { FACTEUR_HOME: home, ...local, ...env },
    });
    const client = await RawSmtpClient.connect(server.port);
    try {
      await use(client, takeMessage);
    } finally {
      client.close();
    }
    await server.close();
    assert.deepEqual(server.ends, [0]);
  });
}

test('ofmipd rewrites sender, recipients and header, and relays everywhere', async () => {
  await withOfmipd(
    async () => [],
    {},
    async (client, takeMessage) => {
      assert.equal((await client.read()).text, '220 ofmipd.local ESMTP');
      assert.equal((await client.command('EHLO mua')).text, '250-ofmipd.local\n250-PIPELINING\n250 8BITMIME');
      const reply = await client.sendMessage(
        'joe',
        ['a', 'b@cs', 'c@far.test'],
        'To: a\r\nBcc: b@cs\r\nTo: c@far.test.\r\nReturn-Path: <x>\r\nSubject: s\r\n\r\n..dot\r\nend',
      );
      assert.equal(reply.text, '250 ok');
      const { sender, recipients, message } = await takeMessage(3);
      assert.equal(sender, 'joe@host.default.test');
      assert.deepEqual(recipients, ['a@host.default.test', 'b@cs.default.test', 'c@far.test']);
      assert.match(
        message,
        /^Received: from desk\.test \(HELO mua\) \(127\.0\.0\.1\)\n {2}by here\.test with OFMIP; .*\nDate: \d.* -0000\nMessage-ID: <\d{14}\.1\.\d+\.qmail@me\.test>\nFrom: joe@host\.default\.test\nTo: a@host\.default\.test, c@far\.test\nSubject: s\n\n\.dot\nend\n$/,
      );
      assert.equal((await client.command('QUIT')).text, '221 ofmipd.local');
    },
  );
});

test('ofmipd takes LF line ends and paths as mail programs write them', async () => {
  await withOfmipd(
    async () => [],
    {},
    async (client, takeMessage) => {
      await client.read();
      await client.send('HELO x\nMAIL FROM: joe@far.test\nRCPT TO:<@relay:"a b"@far.test>\nDATA\n');
      for (const code of [250, 250, 250, 354]) assert.equal((await client.read()).code, code);
      await client.send('Subject: s\n\nhi\n.\n');
      assert.equal((await client.read()).text, '250 ok');
      const { sender, recipients, message } = await takeMessage(1);
      assert.deepEqual([sender, recipients], ['joe@far.test', ['a b@far.test']]);
      assert.match(message, /\nCc: recipient list not shown: ;\nSubject: s\n\nhi\n$/);
      await client.command('QUIT');
    },
  );
});

test('commands out of order, too many recipients, limits, and bytes that no message may have are refused', async () => {
  await withOfmipd(
    async () => [],
    { DATABYTES: '100' },
    async (client) => {
      await client.read();
      assert.match((await client.command('RCPT TO:<a>')).text, /^503 MAIL first/);
      assert.match((await client.command('DATA')).text, /^503 MAIL first/);
      await client.command('MAIL FROM:<>');
      assert.match((await client.command('DATA')).text, /^503 RCPT first/);
      assert.match((await client.command('RCPT TO:<>')).text, /^555 /);
      assert.match((await client.command('EXPN x')).text, /^502 /);
      assert.match((await client.command(`NOOP ${'x'.repeat(10_000)}`)).text, /^500 /);
      assert.match((await client.sendMessage('a', ['b'], `S: s\r\n\r\n${'x'.repeat(200)}`)).text, /^552 /);
      assert.match((await client.sendMessage('a', ['b'], 'S: s\r\n\r\na\rb')).text, /^554 /);
      assert.match((await client.sendMessage('a', ['b'], 'S: s\r\n\r\na\0b')).text, /^554 /);
      await client.command('QUIT');
    },
  );
});

test('name.cdb gives a sender another address and a From', async () => {
  await withOfmipd(
    async (site) => {
      const cdb = join(site, 'name.cdb');
      const table = '# people\njoe@host.default.test:Joe Shmoe:J.Shmoe@far.test:\nwrong line\n';
      const made = await runTableCommand('ofmipname', [cdb, join(site, 'name.tmp')], { input: table });
      assert.deepEqual([made.status, made.stdout, made.stderr], [0, '', '']);
      return [cdb];
    },
    {},
    async (client, takeMessage) => {
      await client.hello();
      const reply = await client.sendMessage('joe', ['a@far.test'], 'From: me\r\nTo: a@far.test\r\n\r\nhi');
      assert.equal(reply.text, '250 ok');
      const { sender, message } = await takeMessage(1);
      assert.equal(sender, 'J.Shmoe@far.test');
      assert.match(message, /\nFrom: "Joe Shmoe" <J\.Shmoe@far\.test>\nTo: a@far\.test\n\nhi\n$/);
      await client.command('QUIT');
    },
  );
});

test('ofmipname writes NAME NUL ADDRESS by key, and keeps the old file when it cannot', async () => {
  await withTemporaryDirectory(async (directory) => {
    const cdb = join(directory, 'name.cdb');
    const input = 'k:N:a@b:\nk2::c@d:rest\n#k3:N:x:\nno:colon\n\nlast:L:l@x:';
    assert.equal((await runTableCommand('ofmipname', [cdb, `${cdb}.tmp`], { input })).status, 0);
    const found = Cdb.from(await readFile(cdb), cdb);
    const data = (key: string) => found.find(Buffer.from(key))?.toString();
    assert.deepEqual(['k', 'k2', 'k3', 'no', 'last'].map(data), [
      'N\0a@b',
      '\0c@d',
      undefined,
      undefined,
      'L\0l@x',
    ]);
    assert.deepEqual(await readdir(directory), ['name.cdb']);
    const failed = await runTableCommand('ofmipname', [cdb, join(directory, 'none', 'x')], { input: '' });
    assert.equal(failed.status, 111);
    assert.match(failed.stderr, /^ofmipname: fatal: unable to create .*none\/x: /);
    assert.equal((await runTableCommand('ofmipname', [cdb])).status, 100);
    await writeFile(cdb, 'torn');
    await chmod(cdb, 0o644);
    const torn = await runTableCommand('ofmipd', [cdb], { env: { FACTEUR_HOME: directory } });
    assert.equal(torn.status, 111);
    assert.match(torn.stderr, /^ofmipd: fatal: /);
  });
});
