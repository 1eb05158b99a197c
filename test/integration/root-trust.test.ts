// What is fetched, learned and told to others when every role runs as its own user: a certificate that the page has fetched lands
// in control/, the learning filter is the account's owner's, and the daily reports leave through the queue.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { programRoot } from '../../mta/root.ts';
import { type AcmeServerOptions, startAcmeServer } from '../support/acme-server.ts';
import { judgedLetter } from '../support/dmarc.ts';
import { type RunningServer, startServer } from '../support/facteur.ts';
import { ImapClient } from '../support/imap.ts';
import { gids, needsRoot, runProgram, uids, withRootHome } from '../support/root.ts';
import { domain, setControl, subjectsOf, until } from '../support/serve.ts';
import { Client } from '../support/site.ts';

const people = { uid: uids.people, gid: gids.people };
const password = 'whole-password';

/** Switches fetching on as an administrator does, on the page; the server asks at once. */
async function fetchByPage(home: string, server: RunningServer, directory: string): Promise<void> {
  const client = new Client(`http://127.0.0.1:${server.ports.http}`);
  assert.equal((await client.signIn(`ann@${domain}`, password)).status, 303);
  const csrf = await client.token('/admin/confirm');
  await client.post('/admin/confirm', { csrf, 'admin-password': password, next: '/admin' });
  const path = '/admin/certificates/setup';
  const hiddenOf = (body: string) =>
    Object.fromEntries(
      [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name!,
        value!,
      ]),
    );
  const typed = { directory, contact: `ann@${domain}`, names: 'mail.whole.example', pages: '1' };
  const page = await client.get(path);
  const terms = await client.post(path, { ...hiddenOf(page.body), ...typed });
  const saved = await client.post(path, { ...hiddenOf(terms.body), ...typed, agree: '1' });
  assert.equal(saved.status, 303, saved.body.slice(0, 2000));
  const file = join(home, 'qmail', 'control', 'servercert.pem');
  await until(
    'the certificate',
    () => / a new certificate for mail\.whole\.example is in /.test(server.stderr()),
    30,
  );
  const stats = await stat(file);
  assert.deepEqual([stats.uid, stats.mode & 0o777], [0, 0o600]);
  assert.equal((await stat(join(home, 'state', 'acme', 'account.json'))).uid, uids.people);
  assert.match((await client.get('/admin/certificates')).body, /CN=mail\.whole\.example/);
}

/** Runs a module of ours as a role's user. */
async function runModule(user: { readonly uid: number; readonly gid: number }, text: string): Promise<void> {
  const end = await runProgram([process.execPath, '--input-type=module-typescript', '-e', text], user);
  assert.deepEqual([end.status, end.stderr], [0, ''], end.stdout);
}
const moduleAt = (path: string): string => JSON.stringify(join(programRoot(), path));

test('under root certificates are fetched, filters learn, and reports leave', { skip: needsRoot }, () =>
  withRootHome(['ann'], async (home) => {
    const directory = join(home, 'vpopmail', 'domains', domain);
    await openCdbStore().change({ name: domain, realName: domain, directory, ...people }, 'ann', (ann) => ({
      ...ann,
      flags: AccountFlag.systemAdmin,
    }));
    const options: { -readonly [Name in keyof AcmeServerOptions]: AcmeServerOptions[Name] } = {};
    const authority = await startAcmeServer(options);
    await setControl(home, 'acmeca.pem', authority.roots);
    await setControl(home, 'junkfilter', '1\n');
    await setControl(home, 'dmarcreports', '1\n');
    await setControl(home, 'tlsreports', '1\n');
    const listen = 'smtp=127.0.0.1:0,http=127.0.0.1:0,imap=127.0.0.1:0';
    const server = await startServer(home, listen, 'separate');
    try {
      options.httpPort = server.ports.http ?? 0;
      await fetchByPage(home, server, authority.directory);

      const imap = await ImapClient.connect(server.ports.imap ?? 0);
      await imap.ok(`LOGIN ann@${domain} "${password}"`);
      await imap.ok('CREATE Junk');
      await imap.ok('APPEND INBOX {29+}\r\nSubject: buy\r\n\r\nbuy it now!\r\n');
      await imap.ok('SELECT INBOX');
      await imap.ok('MOVE * Junk');
      const filter = join(directory, 'ann', 'facteur-junk');
      await until('the lesson', async () => (await stat(filter).catch(() => undefined)) !== undefined, 10);
      const stats = await stat(filter);
      assert.deepEqual([stats.uid, stats.mode & 0o777], [uids.people, 0o600]);
      imap.destroy();

      // The roles' own code under their own users; the day is over for them.
      const later = `() => Date.now() + 86_400_000 + 6 * 3_600_000`;
      const letter = judgedLetter({
        time: Math.floor(Date.now() / 1000),
        headerFrom: domain,
        published: { ...judgedLetter().published, domain, rua: [`mailto:ann@${domain}`] },
      });
      const run = join(home, 'run');
      await runModule(
        { uid: uids.smtpd, gid: gids.nofiles },
        `import { createReportCalls } from ${moduleAt('server/reports/calls.ts')};
         const calls = createReportCalls(${JSON.stringify(join(run, 'reports'))}, (line) => { throw new Error(line); });
         calls.record(${JSON.stringify(letter)});
         await calls.close();`,
      );
      const homes = JSON.stringify({
        home,
        qmail: join(home, 'qmail'),
        vpopmail: join(home, 'vpopmail'),
        state: join(home, 'state'),
        run,
      });
      await runModule(
        people,
        `import { createInjector } from ${moduleAt('mta/inject/client.ts')};
         import { openSiteReports } from ${moduleAt('server/reports/reports.ts')};
         const injector = createInjector(${JSON.stringify(join(run, 'inject'))});
         let sent = 0;
         const inject = (...letter) => (sent++, injector.inject(...letter));
         const reports = await openSiteReports({ home: ${homes}, injector: { inject }, log: () => undefined, now: ${later} });
         // The role writes what it was told when it has gathered a moment.
         for (let tries = 0; sent === 0 && tries < 100; tries++) {
           await reports.send();
           await new Promise((resolve) => setTimeout(resolve, 50));
         }
         await reports.close();
         injector.close();`,
      );
      await runModule(
        { uid: uids.remote, gid: gids.qmail },
        `import { createInjector } from ${moduleAt('mta/inject/client.ts')};
         import { remoteMemory } from ${moduleAt('mta/home.ts')};
         import { openTlsReports } from ${moduleAt('mta/trust/tls-reports/open.ts')};
         const injector = createInjector(${JSON.stringify(join(run, 'inject'))});
         const settings = { me: 'mail.whole.example', tlsreports: 1, tlsreportfrom: 'postmaster@${domain}' };
         const texts = async () => ({ kind: 'found', values: ['v=TLSRPTv1; rua=mailto:ann@${domain}'] });
         let ahead = 0;
         const reports = openTlsReports({
           path: remoteMemory(${homes}) + '/tls-reports.sqlite',
           settings: () => settings, dns: () => ({ texts }), injector, log: () => undefined,
           now: () => Date.now() + ahead,
         });
         const time = Math.floor(Date.now() / 1000);
         const policy = { type: 'no-policy-found', strings: [], mxHosts: [] };
         reports.record({ time, domain: 'far.example', policy, host: 'mx.far.example', ip: '192.0.2.1' });
         await reports.send();
         ahead = 86_400_000 + 6 * 3_600_000;
         await reports.send();
         await reports.close();
         injector.close();`,
      );
      await until('both reports', async () => (await subjectsOf(home, 'ann')).length >= 2, 15);
      assert.equal(
        server
          .stderr()
          .match(/^.*(?:alert|warning): .*$/gm)
          ?.join('\n'),
        undefined,
      );
    } catch (error) {
      console.log(server.stderr());
      throw error;
    } finally {
      await server.stop();
      await authority.close();
    }
  }),
);
