// The administration as a role of its own (security.md W7): what it does to a domain's files it does as the domain's
// user, what is root's as root, for whom it knows to be an administrator; and it believes nothing else of who asks.
import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Actor, NoSuchObject } from '../../mta/accounts/administration.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { createAdministrationCalls } from '../../mta/calls/administration-calls.ts';
import { createRoleClient } from '../../mta/calls/conversation.ts';
import { createCertificate } from '../support/certificate.ts';
import { startServer } from '../support/facteur.ts';
import { pageUnder } from '../support/host-name.ts';
import { gids, needsRoot, runProgram, stranger, uids, withRootHome } from '../support/root.ts';
import { domain, sendLetter, subjectsOf, until } from '../support/serve.ts';

test(
  'under root a domain is made as root, its files are its user, and mail for it comes at once',
  {
    skip: needsRoot,
  },
  () =>
    withRootHome(['ann'], async (home) => {
      const people = { uid: uids.people, gid: gids.people };
      const dom = join(home, 'vpopmail', 'domains', domain);
      await openCdbStore().change(
        { name: domain, realName: domain, directory: dom, ...people },
        'ann',
        (ann) => ({
          ...ann,
          flags: AccountFlag.systemAdmin,
        }),
      );
      const server = await startServer(home, 'smtp=127.0.0.1:0,http=127.0.0.1:0', 'separate');
      const administration = createAdministrationCalls(join(home, 'run', 'admin'));
      const asking = createRoleClient(join(home, 'run', 'admin'));
      try {
        const ann: Actor = { kind: 'account', address: `ann@${domain}`, ip: '192.0.2.1' };
        assert.equal(await administration.level(ann), 'system');
        await administration.addDomain(ann, 'second.example', 'a good long password');
        await administration.addAccount(ann, {
          address: 'eve@second.example',
          password: 'a good long password',
        });
        await administration.setAlias(ann, 'second.example', 'sales', { addresses: ['eve'] });
        await administration.setRobot(ann, 'second.example', 'info', {
          subject: 'Hello',
          message: 'We read it.',
        });
        const second = join(home, 'vpopmail', 'domains', 'second.example');
        for (const name of [
          '',
          '.qmail-sales',
          '.qmail-info',
          'INFO',
          'INFO/message',
          'eve',
          'eve/Maildir',
          'vpasswd',
        ]) {
          const stats = await lstat(join(second, name));
          assert.deepEqual([stats.uid, stats.gid], [people.uid, people.gid], name);
          assert.equal(stats.mode & 0o077, 0, name);
        }
        // Keys that sign are the role remote's, who reads them; also in a directory that was not there.
        const keys = join(home, 'qmail', 'control', 'domainkeys');
        await rm(keys, { recursive: true, force: true });
        const made = await administration.addDkimKeys(ann, 'second.example');
        for (const name of ['', 'second.example', ...made.map((each) => join('second.example', each))]) {
          const stats = await lstat(join(keys, name));
          assert.deepEqual([stats.uid, stats.mode & 0o077], [uids.remote, 0], name);
        }
        assert.equal((await administration.dkimKeys(ann, 'second.example')).length, 2);
        for (const name of ['users/assign', 'users/cdb', 'control/virtualdomains', 'control/rcpthosts'])
          assert.equal((await lstat(join(home, 'qmail', name))).uid, 0, name);
        for (const name of ['audit', 'audit/audit.sqlite']) {
          const stats = await lstat(join(home, name));
          assert.deepEqual([stats.uid, stats.mode & 0o077], [0, 0], name);
        }
        await until('the doors take mail for it', async () => {
          const reply = await sendLetter(server.ports.smtp as number, 'sales@second.example', 'first letter');
          return reply.code === 250;
        });
        await until('the letter', async () => (await subjectsOf(home, 'eve', 'second.example')).length > 0);

        // What guards an account is a file of the domain's user.
        const eveSelf: Actor = { kind: 'account', address: 'eve@second.example', ip: '192.0.2.1' };
        await administration.addAppPassword(eveSelf, 'eve@second.example', {
          password: 'a good long password',
          label: 'Phone',
          services: ['imap'],
        });
        for (const name of ['.facteur', '.facteur/app-passwords']) {
          const stats = await lstat(join(second, 'eve', name));
          assert.deepEqual([stats.uid, stats.gid, stats.mode & 0o077], [people.uid, people.gid, 0], name);
        }

        // How the domain looks is its user's file, which the webmail reads.
        const { version } = await administration
          .brand(eveSelf, 'second.example')
          .catch(() => ({ version: '' }));
        assert.equal(version, '', 'a plain user is told nothing');
        const look = await administration.brand(ann, 'second.example');
        const brand = { name: 'Second', accent: '#0055cc', accentDark: '', logo: '' };
        await administration.setBrand(ann, 'second.example', look.version, brand);
        const brandFile = await lstat(join(second, '.facteur-brand'));
        assert.deepEqual([brandFile.uid, brandFile.gid, brandFile.mode & 0o077], [people.uid, people.gid, 0]);
        const page = await pageUnder(`http://127.0.0.1:${server.ports.http}`, 'second.example', '/login');
        assert.match(page, /<bdi>Second<\/bdi>/);

        // Root's key stays root's: only what is to be said of it goes to the web.
        const { cert, key } = createCertificate('mx.test');
        const pem = join(home, 'qmail', 'control', 'servercert.pem');
        await writeFile(pem, `${cert}${key}`, { mode: 0o600 });
        const [report] = await administration.certificates(ann);
        assert.deepEqual([report?.state, report?.chain[0]?.names], ['read', ['mx.test']]);
        assert.ok(!JSON.stringify(report).includes(key.split('\n')[1] as string));
        assert.deepEqual([(await lstat(pem)).uid, (await lstat(pem)).mode & 0o077], [0, 0]);

        // What lies in the domain is its user's to arrange; nothing of root's is read or written by it.
        await symlink('/etc/shadow', join(second, '.qmail-trap'));
        const trap = await administration.alias(ann, 'second.example', 'trap');
        assert.deepEqual([trap.kind, trap.addresses], ['other', []]);

        // Not an administrator: the same as not there.
        const eve: Actor = { kind: 'account', address: 'eve@second.example', ip: '192.0.2.1' };
        await assert.rejects(administration.domain(eve, 'second.example'), NoSuchObject);
        await assert.rejects(administration.removeDomain(eve, domain), NoSuchObject);

        // Nobody is the machine over the socket, and what has another form is no question.
        const ask = (method: string, given: unknown) =>
          asking.ask({ method }, Buffer.from(JSON.stringify(given)));
        for (const [method, given] of [
          ['level', [{ kind: 'machine' }]],
          ['removeDomain', [{ kind: 'machine' }, domain]],
          ['removeDomain', [ann, [domain]]],
          ['addAccount', [ann, { address: 'x@second.example' }]],
          ['constructor', [ann]],
          ['close', [ann]],
          ['level', 'ann'],
        ] as const) {
          const answer = await ask(method, given);
          assert.ok(typeof answer.error === 'string', `${method}: ${JSON.stringify(answer)}`);
        }

        // What the webmail has of somebody is forgotten by the webmail's role, from a note that it may read.
        const removed = join(home, 'state', 'removed');
        const drafts = join(home, 'state', 'drafts', 'eve%40second.example');
        await mkdir(drafts, { recursive: true });
        for (const path of [join(home, 'state', 'drafts'), drafts]) await chown(path, people.uid, people.gid);
        await administration.removeAccount(ann, 'eve@second.example');
        assert.equal((await lstat(removed)).uid, people.uid);
        await fetch(`http://127.0.0.1:${server.ports.http}/login`);
        await assert.rejects(lstat(drafts), { code: 'ENOENT' });
        assert.deepEqual(await readdir(removed), []);

        await administration.removeDomain(ann, 'second.example');
        await assert.rejects(lstat(second));
        assert.equal((await readdir(removed)).length, 1);
        await fetch(`http://127.0.0.1:${server.ports.http}/login`);
        assert.deepEqual(await readdir(removed), []);
        assert.ok(
          !(await readFile(join(home, 'qmail', 'users', 'assign'), 'utf8')).includes('second.example'),
        );

        // Only the web may ask.
        const probe = `require('node:net').connect(${JSON.stringify(join(home, 'run', 'admin'))}).on('error', (e) => { console.log(e.code); process.exit(0); }).on('connect', () => { console.log('in'); process.exit(0); })`;
        assert.equal((await runProgram([process.execPath, '-e', probe], stranger)).stdout.trim(), 'EACCES');
      } finally {
        administration.close();
        asking.close();
        if (server.process.exitCode === null) await server.stop();
      }
    }),
);

test(
  'under root a path that the domains user has laid leads the administration nowhere that he could not go',
  { skip: needsRoot },
  () =>
    withRootHome(['ann'], async (home) => {
      const people = { uid: uids.people, gid: gids.people };
      const domains = join(home, 'vpopmail', 'domains');
      const own = { name: domain, realName: domain, directory: join(domains, domain), ...people };
      await openCdbStore().change(own, 'ann', (ann) => ({ ...ann, flags: AccountFlag.systemAdmin }));
      // Root's own, which everybody may look into.
      const target = join(home, 'roots-own');
      await mkdir(join(target, 'second.example'), { recursive: true, mode: 0o755 });
      await writeFile(join(target, 'second.example', 'precious'), 'kept');
      await chmod(target, 0o755);
      const before = (await readdir(target)).toSorted();
      // The hundredth domain goes into the hashed directory 0, which is his to make.
      await writeFile(join(domains, '.dir-control'), '99\n0\n0\n0 0 0\n0 0 0\n0 0 0\n0 0 0\n\n');
      await chown(join(domains, '.dir-control'), people.uid, people.gid);
      const server = await startServer(home, 'http=127.0.0.1:0', 'separate');
      const administration = createAdministrationCalls(join(home, 'run', 'admin'));
      const assign = (): Promise<string> => readFile(join(home, 'qmail', 'users', 'assign'), 'utf8');
      try {
        const ann: Actor = { kind: 'account', address: `ann@${domain}`, ip: '192.0.2.1' };
        await administration.addDomain(ann, 'second.example', 'a good long password');
        const place = join(domains, '0');
        assert.match(await assign(), /domains\/0\/second\.example/);

        await rename(place, join(domains, 'away'));
        await symlink(target, place);
        await assert.rejects(administration.addDomain(ann, 'third.example', 'a good long password'));
        assert.ok(!(await assign()).includes('third.example'), 'what was not made is not routed');
        await assert.rejects(administration.removeDomain(ann, 'second.example'));
        assert.ok((await assign()).includes('second.example'), 'what was not removed is still routed');
        assert.deepEqual((await readdir(target)).toSorted(), before);
        assert.equal(await readFile(join(target, 'second.example', 'precious'), 'utf8'), 'kept');

        await unlink(place);
        await rename(join(domains, 'away'), place);
        await administration.removeDomain(ann, 'second.example');
        await assert.rejects(lstat(join(place, 'second.example')));
      } finally {
        administration.close();
        if (server.process.exitCode === null) await server.stop();
      }
    }),
);
