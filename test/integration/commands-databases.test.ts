// vpopmail's commands where accounts and aliases are in MySQL or PostgreSQL (spec/vpopmail.md 3, 6, 8.2): the same words and
// results as over files, and the ways from one to the other and back.
import assert from 'node:assert/strict';
import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { vpopmailCommands } from '../../mta/commands/vpopmail-table.ts';
import { makeStoreSite, type StoreSite } from '../support/account-stores.ts';
import { type Ran, runCommand } from '../support/accounts.ts';
import { lackOfDatabases } from '../support/databases.ts';

const skip = (await lackOfDatabases(['mysql', 'pgsql'])) ?? false;
const domain = 'a.test';
const password = 'correct-horse-battery';

interface Desk {
  readonly site: StoreSite;
  readonly dom: string;
  run(line: string): Promise<Ran>;
  /** Runs lines that succeed without a word. */
  does(...lines: readonly string[]): Promise<void>;
  set(name: string, value: string): Promise<void>;
  /** The rows of a table, each as text. */
  rows(sql: string): Promise<readonly string[]>;
}

function each(name: string, act: (desk: Desk) => Promise<void>): void {
  for (const [kind, layout] of [
    ['mysql', 'one'],
    ['pgsql', 'domain'],
  ] as const)
    test(`${kind}, ${layout}: ${name}`, { skip }, async () => {
      const site = await makeStoreSite({ kind, layout, valias: true });
      const { home, server, database } = site;
      for (const file of ['me', 'locals', 'rcpthosts'])
        await writeFile(join(home.qmail, 'control', file), 'mail.example.test\n');
      const run = async (line: string): Promise<Ran> => {
        const [command = '', ...args] = line.split(' ');
        return runCommand(await vpopmailCommands[command]!.load(), home, args);
      };
      const does = async (...lines: readonly string[]): Promise<void> => {
        for (const line of lines)
          assert.deepEqual(await run(line), { status: 0, stdout: '', stderr: '' }, line);
      };
      const set = (file: string, value: string): Promise<void> =>
        writeFile(join(home.qmail, 'control', file), `${value}\n`);
      const rows = async (sql: string): Promise<readonly string[]> =>
        (await server!.query(database, sql)).rows.map((row) => Object.values(row).join(' '));
      try {
        const owner = `-i ${process.geteuid!()} -g ${process.getegid!()}`;
        await does(`vadddomain ${owner} ${domain} ${password}`);
        await act({ site, dom: join(home.vpopmail, 'domains', domain), run, does, set, rows });
      } finally {
        await site.close();
      }
    });
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

each('accounts are added, shown, changed and removed, and no vpasswd is made', async (desk) => {
  const { run, does, dom } = desk;
  await does(`vadduser -q 10M -c Joe joe@${domain} ${password}`, `vadduser -e x ann@${domain}`);
  assert.match(
    (await run(`vuserinfo joe@${domain}`)).stdout,
    /^name: {3}joe\n[\s\S]*gecos: Joe\n[\s\S]*dir: {7}\S+\/a\.test\/joe\nquota: {5}10485760S\n/,
  );
  assert.equal((await run(`vverifypw joe@${domain} ${password}`)).status, 0);
  assert.match((await run(`vadduser -e x Joe@${domain}`)).stdout, /^Error: User already exists\n/);
  await does(
    `vpasswd joe@${domain} ${password}2`,
    `vmoduser -d -c Joseph joe@${domain}`,
    `vsetuserquota ${domain} 20M`,
  );
  assert.equal((await run(`vverifypw joe@${domain} ${password}2`)).status, 0);
  assert.match(
    (await run(`vuserinfo joe@${domain}`)).stdout,
    /flags: {2}1\ngecos: Joseph\n[\s\S]*quota: {5}20971520S\n/,
  );
  assert.match((await run(`vdominfo ${domain}`)).stdout, /^users: {2}3$/m);
  await does(`vdeluser ann@${domain}`);
  assert.equal(await isThere(join(dom, 'ann')), false);
  assert.equal((await run(`vuserinfo ann@${domain}`)).status, 255);
  assert.equal(await isThere(join(dom, 'vpasswd')), false);
  await does(`vdeldomain ${domain}`);
  assert.equal(await isThere(dom), false);
});

each('vconvert carries accounts into files and back, to the same words of vuserinfo', async (desk) => {
  const { run, does, set, dom, site } = desk;
  await does(
    `vadduser -q 10M -c Joe joe@${domain} ${password}`,
    `vadduser -e $1$abcdefgh$x ann@${domain}`,
    `vmoduser -d ann@${domain}`,
  );
  // pw_uid is each back end's own: 1 in files, 0 in tables.
  const shown = async (): Promise<string> =>
    (await run(`vuserinfo -D ${domain}`)).stdout.replace(
      /^(?:uid|usage|last auth|account created):.*\n/gm,
      '',
    );
  const before = await shown();
  assert.match(before, /^name: {3}ann\n[\s\S]*^name: {3}joe\n[\s\S]*^name: {3}postmaster\n/m);

  const done = { status: 0, stdout: `converting ${domain}...    done\n`, stderr: '' };
  assert.deepEqual(await run('vconvert -m -c'), done);
  assert.equal(await shown(), before, 'the source stays');
  await set('vpopmailauth', 'cdb');
  assert.equal(await shown(), before);
  assert.match(await readFile(join(dom, 'vpasswd'), 'latin1'), /^ann:\$1\$abcdefgh\$x:\d+:1:ann:/);
  // Changed meanwhile: the files win on the way back.
  await does(`vmoduser -c Anna ann@${domain}`, `vadduser -e x new@${domain}`);
  const after = await shown();
  assert.notEqual(after, before);

  // Without a word in control the server file says which database.
  assert.deepEqual(await run(`vconvert -c -m ${domain}`), {
    ...done,
    stdout: `converting ${domain} done\n`,
  });
  await set('vpopmailauth', site.server!.kind);
  assert.equal(await shown(), after);
  assert.match((await run(`vdominfo ${domain}`)).stdout, /^users: {2}4$/m);
  assert.match(
    (await run('vconvert -c -m no.test')).stdout,
    /^converting no\.test domain conversion failed\n/,
  );
});

each('alias domains are in the table, and vsavealiasdomains puts back what it lost', async (desk) => {
  const { run, does, rows, site } = desk;
  await does(`vaddaliasdomain ${domain} b.test`, `vaddaliasdomain c.test ${domain}`);
  const table = 'SELECT alias, domain FROM aliasdomains ORDER BY alias';
  assert.deepEqual(await rows(table), [`b.test ${domain}`, `c.test ${domain}`]);
  await site.server!.query(site.database, 'DELETE FROM aliasdomains');
  const saved = await run(`vsavealiasdomains ${domain} c.test`);
  assert.equal(saved.stdout, `Alias: c.test  Real domain: ${domain}     saved\n`);
  assert.deepEqual(await rows(table), [`c.test ${domain}`]);
  assert.equal(
    [...(await run('vsavealiasdomains -A')).stdout.matchAll(/^Alias: \S+ Real domain: a\.test saved$/gm)]
      .length,
    2,
  );
  assert.deepEqual(await rows(table), [`b.test ${domain}`, `c.test ${domain}`]);
  await does('vdeldomain b.test');
  assert.deepEqual(await rows(table), [`c.test ${domain}`]);
});

each(
  'aliases are lines of the table, and dotqmail2valias moves files into it but for lists',
  async (desk) => {
    const { run, does, rows, dom } = desk;
    await does(`valias -i &x@far.test Sales@${domain}`, `valias -i &y@far.test sales@${domain}`);
    const table = 'SELECT alias, domain, valias_line FROM valias ORDER BY alias, valias_line';
    const sales = [`sales ${domain} &x@far.test`, `sales ${domain} &y@far.test`];
    assert.deepEqual(await rows(table), sales);
    assert.equal(
      (await run(`valias sales@${domain}`)).stdout,
      `sales@${domain} -> &x@far.test\nsales@${domain} -> &y@far.test\n`,
    );
    assert.equal(await isThere(join(dom, '.qmail-sales')), false);

    const files: Readonly<Record<string, string>> = {
      '.qmail-first:last': '&joe@far.test\n|/usr/bin/tool "a b"',
      '.qmail-sales': '&other@far.test\n',
      '.qmail-list': "|/usr/bin/ezmlm-reject '/d/list'\n",
      '.qmail-empty': '',
      '.qmail-default': await readFile(join(dom, '.qmail-default'), 'latin1'),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dom, name), text, { mode: 0o600 });
    await mkdir(join(dom, 'list'));
    await symlink(join(dom, 'list', 'owner'), join(dom, '.qmail-list-owner'));
    const { status, stdout } = await run('dotqmail2valias -a');
    assert.equal(status, 0);
    assert.match(stdout, /first\.last@a\.test\.\.\. converted 2 entries\.\n/);
    assert.match(stdout, /list@a\.test\.\.\.mailing list, skipping\.\n/);
    assert.match(stdout, /sales@a\.test\.\.\.valias already exists, skipping\.\n/);
    assert.deepEqual(await rows(table), [
      `first.last ${domain} &joe@far.test`,
      `first.last ${domain} |/usr/bin/tool "a b"`,
      ...sales,
    ]);
    for (const name of Object.keys(files))
      assert.equal(await isThere(join(dom, name)), name !== '.qmail-first:last', name);

    await does(`valias -d sales@${domain}`);
    assert.equal((await run(`valias -n ${domain}`)).stdout, 'first.last\n');
    await rm(join(dom, '.qmail-list-owner'));
    // vpopmail: with the domain go its aliases.
    await does(`vdeldomain ${domain}`);
    assert.deepEqual(await rows(table), []);
  },
);
