// imapd as a process of its own under root: the Maildirs' owner and nobody else, the certificate from the parent, and
// another process when it dies.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCertificate } from '../support/certificate.ts';
import { startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { needsRoot, readTable, statusOf, withRootHome } from '../support/root.ts';
import { domain, until } from '../support/serve.ts';

test(
  'under root imapd serves people under the user of the Maildirs, and comes back when it dies',
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
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
