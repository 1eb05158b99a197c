// vpopmail's hook etc/onchange (spec/vpopmail.md 3.5), called with what vpopmail 5.6 calls it with: by its commands and by
// the administration, in the same words.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { vpopmailCommands } from '../../mta/commands/vpopmail-table.ts';
import { runCommand } from '../support/accounts.ts';
import {
  type AdministeredSite,
  goodPassword,
  machine,
  startAdministration,
} from '../support/administration.ts';

let site: AdministeredSite;
let log: string;
let hook: string;
before(async () => {
  site = await startAdministration();
  const { qmail, vpopmail } = site.home;
  await mkdir(join(vpopmail, 'etc'), { recursive: true });
  log = join(vpopmail, 'told');
  hook = join(vpopmail, 'etc', 'onchange');
  await writeFile(hook, `#!/bin/sh\n{ printf '[%s]' "$@"; echo; } >>'${log}'\n`);
  await chmod(hook, 0o755);
  await writeFile(join(qmail, 'control', 'onchange'), '1\n');
});
after(() => site.close());

/** What the hook was told since the last time. */
async function told(): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  await rm(log, { force: true });
  return text;
}

async function run(line: string, input = ''): Promise<{ status: number; stderr: string }> {
  const [name = '', ...args] = line.split(' ');
  const { status, stdout, stderr } = await runCommand(
    await vpopmailCommands[name]!.load(),
    site.home,
    args,
    input,
  );
  return { status, stderr: `${stderr}${status === 0 ? '' : stdout}` };
}

const quiet = { status: 0, stderr: '' };

test('each command that changes something tells it afterwards, in four words', async () => {
  const steps: readonly (readonly [line: string, ...expected: string[]])[] = [
    [
      `vadddomain -i ${process.geteuid!()} -g ${process.getegid!()} a.test correct-horse-battery`,
      '[add_domain][a.test][-][]',
    ],
    ['vadduser -e x Joe@a.test', '[add_user][joe@a.test][-][]'],
    ['vaddaliasdomain b.test a.test', '[add_alias_domain][b.test][a.test][]'],
    ['vaddaliasdomain a.test c.test', '[add_alias_domain][c.test][a.test][]'],
    ['vadduser -e x ann@b.test', '[add_user][ann@a.test][-][]'],
    ['vpasswd joe@a.test correct-horse-battery-2', '[mod_user][joe@a.test][-][]'],
    ['vmoduser -c Joe joe@c.test', '[mod_user][joe@a.test][-][]'],
    ['vsetuserquota joe@a.test 30M', '[mod_user][joe@a.test][-][]'],
    [
      'vsetuserquota a.test 30M',
      // Who has that quota already is not changed.
      '[mod_user][ann@a.test][-][]',
      '[mod_user][postmaster@a.test][-][]',
    ],
    [
      'vmoduser -d a.test',
      '[mod_user][ann@a.test][-][]',
      '[mod_user][joe@a.test][-][]',
      '[mod_user][postmaster@a.test][-][]',
    ],
    ['valias -i &x@far.test sales@a.test', '[valias_insert][sales@a.test][&x@far.test][]'],
    ['valias -d sales@a.test', '[valias_delete][sales@a.test][-][]'],
    ['vmoddomlimits -P 5 a.test'],
    ['vuserinfo joe@a.test'],
    ['vdeluser ann@a.test', '[del_user][ann@a.test][-][]'],
    ['vdeldomain c.test', '[del_domain][c.test alias of a.test][-][]'],
    ['vdeldomain -f a.test', '[del_domain][a.test][-][]'],
  ];
  for (const [line, ...expected] of steps) {
    assert.deepEqual(await run(line), quiet, line);
    assert.equal(await told(), expected.map((words) => `${words}\n`).join(''), line);
  }
});

test('a command that is refused tells nothing', async () => {
  for (const line of [
    'vadduser -e x alice@example.com',
    'vdeluser nobody@example.com',
    'vdeldomain no.test',
  ]) {
    assert.notEqual((await run(line)).status, 0, line);
    assert.equal(await told(), '', line);
  }
});

test('the administration tells the same words, and of an alias line by line', async () => {
  const { administration } = site;
  const step = async (act: () => Promise<unknown>, ...expected: string[]): Promise<void> => {
    await act();
    assert.equal(await told(), expected.map((words) => `${words}\n`).join(''), String(act));
  };
  const domain = 'example.org';
  await step(
    () => administration.addAliasDomain(machine, domain, 'Other.test'),
    `[add_alias_domain][other.test][${domain}][]`,
  );
  const address = `Eve@${domain}`;
  await step(
    () => administration.addAccount(machine, { address, password: goodPassword }),
    `[add_user][eve@${domain}][-][]`,
  );
  await step(
    () => administration.changeAccount(machine, address, { gecos: 'Eve' }),
    `[mod_user][eve@${domain}][-][]`,
  );
  await step(
    () => administration.setAlias(machine, domain, 'sales', { addresses: ['x@far.test', 'y@far.test'] }),
    `[valias_insert][sales@${domain}][&x@far.test][]`,
    `[valias_insert][sales@${domain}][&y@far.test][]`,
  );
  const { version } = await administration.alias(machine, domain, 'sales');
  await step(
    () => administration.setAlias(machine, domain, 'sales', { version, addresses: ['y@far.test', 'eve'] }),
    `[valias_insert][sales@${domain}][&eve@${domain}][]`,
    `[valias_remove][sales@${domain}][&x@far.test][]`,
  );
  await step(
    async () => {
      const lines = ['one', 'two', 'eve'].map((name, at) => ({
        line: at + 1,
        address: `${name}@${domain}`,
        password: goodPassword,
      }));
      const id = await administration.startBulk(machine, domain, lines, { dryRun: false, all: false });
      while ((await administration.bulk(machine, domain, id)).state === 'running')
        await new Promise((resolve) => setImmediate(resolve));
    },
    `[add_user][one@${domain}][-][]`,
    `[add_user][two@${domain}][-][]`,
  );
  await step(() => administration.removeAccount(machine, address), `[del_user][eve@${domain}][-][]`);
  await step(
    () => administration.removeAliasDomain(machine, domain, 'other.test'),
    `[del_domain][other.test alias of ${domain}][-][]`,
  );
});

test('a hook that fails is told, and changes neither what was done nor the exit status', async () => {
  await writeFile(hook, '#!/bin/sh\necho no room\nexit 3\n');
  const { status, stderr } = await run('vadduser -e x zoe@example.com');
  assert.equal(status, 0);
  assert.match(
    stderr,
    /^warning: \S+\/etc\/onchange after add_user zoe@example.com: exit 3: no room\\x0a\n$/,
  );
  assert.notEqual(await site.record('zoe@example.com'), undefined);
  await writeFile(join(site.home.qmail, 'control', 'onchange'), '0\n');
  assert.deepEqual(await run('vdeluser zoe@example.com'), quiet, 'it is off');
});
