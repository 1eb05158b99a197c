// imapd as a process of its own under root: the Maildirs' owner and nobody else, the certificate from the parent, and
// another process when it dies.
import assert from 'node:assert/strict';
import { appendFile, chown, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { needsRoot, readTable, statusOf, withRootHome } from '../support/root.ts';
import { domain, setControl, until } from '../support/serve.ts';

/** Turns sharing on, with an index for each domain; eve's Maildir belongs to another user of the system. */
async function shareAsRoot(home: string): Promise<void> {
  const shared = join(home, 'vpopmail', 'shared');
  await setControl(home, 'sharedindex', `${shared}/%d\n`);
  const eve = join(home, 'vpopmail', 'domains', domain, 'eve', 'Maildir');
  await writeFile(join(eve, 'courierimapacl'), 'anyone lr\n', { mode: 0o600 });
  await chown(join(eve, 'courierimapacl'), 4711, 4711);
  await chown(eve, 4711, 4711);
}

async function seeShared(home: string, ann: ImapClient, port: number): Promise<void> {
  const index = join(home, 'vpopmail', 'shared', domain);
  await ann.ok(`SETACL INBOX bob@${domain} lri`);
  assert.equal((await stat(index)).uid, 7789);
  await appendFile(index, `eve\t1\t1\t${join(home, 'vpopmail', 'domains', domain, 'eve')}\n`);
  const bob = await ImapClient.connect(port);
  await bob.ok(`LOGIN bob@${domain} "whole-password"`);
  assert.deepEqual(await bob.ok('LIST "" "Shared.*"'), ['* LIST (\\HasNoChildren) "." "Shared.ann"']);
  await bob.ok('APPEND Shared.ann {14+}\r\nSubject: x\r\n\r\n');
  const maildir = join(home, 'vpopmail', 'domains', domain, 'ann', 'Maildir');
  const names = await readdir(join(maildir, 'cur'));
  for (const name of names) assert.equal((await stat(join(maildir, 'cur', name))).uid, 7789);
  assert.ok(names.length > 0);
  const { tagged } = await bob.send('SELECT Shared.eve');
  assert.match(tagged, /^NO \[NOPERM\] This account belongs to another user of the system/);
  bob.destroy();
}

test(
  'under root imapd serves people under the user of the Maildirs, the folders that they share too, and comes back when it dies',
  { skip: needsRoot },
  () =>
    withRootHome(['ann', 'bob', 'eve'], async (home) => {
      await shareAsRoot(home);
      const { cert, key } = createCertificate('mail.test');
      await writeFile(join(home, 'qmail', 'control', 'servercert.pem'), `${cert}${key}`, { mode: 0o600 });
      const server = await startServer(home, 'imap=127.0.0.1:0,imaps=127.0.0.1:0', 'separate');
      try {
        const pid = readTable(server.stdout()).get('imapd');
        assert.ok(pid);
        assert.match((await statusOf(pid)).get('Uid') ?? '', /^7789\s+7789\s+7789/);
        const login = `LOGIN ann@${domain} "whole-password"`;
        const client = await ImapClient.connectTls(server.ports.imaps ?? 0);
        await client.ok(login);
        assert.ok((await client.ok('SELECT INBOX')).some((line) => line.endsWith(' EXISTS')));
        await seeShared(home, client, server.ports.imap ?? 0);
        process.kill(pid, 'SIGKILL');
        await client.end();
        await until('imapd serves again', async () => {
          const again = await ImapClient.connect(server.ports.imap ?? 0).catch(() => undefined);
          if (!again) return false;
          await again.ok(login);
          again.destroy();
          return true;
        });
        client.destroy();
      } finally {
        await server.stop();
      }
    }),
);
