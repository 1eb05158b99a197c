// Programs around delivery, run for real: QMAILREMOTE, QMAILLOCAL and the filters of control/filterargs (spec/qmail.md 1.1,
// 1.4, 12.3). Their words, who they run as, what they may not do, and what is left behind them.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parseFilterRule } from '../../mta/control/filter-rules.ts';
import type { DeliveryRequest } from '../../mta/delivery.ts';
import {
  createRemoteHooks,
  type RemoteHookOptions,
  type RemoteHookSettings,
} from '../../mta/hooks/remote-hooks.ts';
import { gid, letter, makeSite, uid } from '../support/local.ts';

const rules = (...lines: string[]) => lines.map((line) => parseFilterRule(line, true)!);

/** Directories that filters made and should have removed. */
const leftovers = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('facteur-filter-'));

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'facteur-hooks-'));
  await chmod(root, 0o777);
  opened.push(() => rm(root, { recursive: true, force: true }));
});

/** A shell script in the site's directory. */
async function writeScript(name: string, lines: string): Promise<string> {
  const path = join(root, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A remote agent with hooks, whose built-in delivery writes down what it was given. */
function makeRemote(change: Partial<RemoteHookSettings> = {}, options: Partial<RemoteHookOptions> = {}) {
  const logged: string[] = [];
  const builtIn: { request: DeliveryRequest; content: string }[] = [];
  const agent = createRemoteHooks({
    agent: {
      async deliver(request) {
        const content = request.message?.toString() ?? (await readFile(request.path, 'utf8'));
        builtIn.push({ request, content });
        return { code: 'K', text: 'built in' };
      },
      close: async () => {},
    },
    home: { home: root, qmail: root, vpopmail: root, state: root, run: root },
    settings: () => ({
      defaultdomain: 'default.test',
      filterargs: [],
      programenv: new Map(),
      qmailremote: '',
      timeoutprogram: 20,
      timeoutremote: 20,
      ...change,
    }),
    env: { PATH: process.env.PATH },
    findOwner: async () => ({ uid, gid }),
    log: (line) => logged.push(line),
    ...options,
  });
  opened.push(() => agent.close());
  const send = async (recipient: string, sender = 'joe@our.test') => {
    const path = join(root, 'mess');
    await writeFile(path, letter);
    const message = Buffer.from(letter);
    return agent.deliver({ id: '1', path, size: message.length, message, sender, recipient });
  };
  return { agent, builtIn, logged, send };
}

describe('a program in place of qmail-remote', () => {
  it('gets host, sender and recipient as arguments and the message as its input', async () => {
    await writeScript(
      'remote',
      'printf "%s|" "$@" >args; cat >message; id -u >uid; printf "r\\0Kfar took it.\\n\\0"',
    );
    const { send, builtIn } = makeRemote({ qmailremote: 'remote' });
    assert.deepEqual(await send('$(touch pwned);u@far.test', ''), {
      code: 'K',
      text: 'far took it.',
      fate: 'relayed',
    });
    assert.equal(await readFile(join(root, 'args'), 'utf8'), 'far.test||$(touch pwned);u@far.test|');
    assert.equal(await readFile(join(root, 'message'), 'utf8'), letter);
    assert.equal((await readFile(join(root, 'uid'), 'utf8')).trim(), String(uid), 'never as root');
    assert.ok(!(await readdir(root)).includes('pwned'));
    assert.deepEqual(builtIn, []);
  });

  it('of the environment that the server was started with wins over control/qmailremote', async () => {
    const program = await writeScript('other', 'printf "r\\0Zother\\0"');
    const env = { PATH: process.env.PATH, QMAILREMOTE: program };
    const { send } = makeRemote({ qmailremote: '/nonexistent' }, { env });
    assert.deepEqual(await send('u@far.test'), { code: 'Z', text: 'other' });
  });

  it('that cannot be run puts the mail off and is told in the log', async () => {
    const { send, logged } = makeRemote({ qmailremote: '/nonexistent/program' });
    assert.deepEqual(await send('u@far.test'), { code: 'Z', text: 'Unable to run qmail-remote.' });
    assert.match(logged.join(), /cannot run \/nonexistent\/program/);
  });

  it('is not run as root: without the user qmailr the mail waits', {
    skip: process.geteuid?.() !== 0,
  }, async () => {
    const qmailremote = await writeScript('remote', 'printf "r\\0Kas root\\0"');
    for (const owner of [undefined, { uid: 0, gid: 0 }]) {
      const { send } = makeRemote({ qmailremote }, { findOwner: async () => owner });
      assert.equal((await send('u@far.test')).code, 'Z');
    }
  });

  it('sees the named variables and no others', async () => {
    const qmailremote = await writeScript('remote', 'env >environment; printf "r\\0Kok\\0"');
    const env = { PATH: process.env.PATH, SECRET: 'leak', TZ: 'UTC' };
    const { send } = makeRemote({ qmailremote, programenv: new Map([['TZ', undefined]]) }, { env });
    await send('u@far.test');
    const names = (await readFile(join(root, 'environment'), 'utf8')).match(/^\w+(?==)/gm)?.sort();
    assert.deepEqual(
      names?.filter((name) => !['OLDPWD', 'PWD', 'SHLVL', '_'].includes(name)),
      ['FACTEUR_HOME', 'FACTEUR_QMAIL', 'FACTEUR_STATE', 'FACTEUR_VPOPMAIL', 'PATH', 'QMAILREMOTE', 'TZ'],
    );
  });

  it('that runs too long, or still runs when the server stops, is ended and the mail waits', async () => {
    const qmailremote = await writeScript('remote', "trap '' TERM; echo $$ >pid; sleep 60; sleep 60");
    const slow = makeRemote({ qmailremote, timeoutremote: 1 }, { programs: { mercy: 100 } });
    assert.deepEqual(await slow.send('u@far.test'), {
      code: 'Z',
      text: 'qmail-remote was ended after 1 seconds. (#4.3.0)',
    });
    await rm(join(root, 'pid'));
    const stopped = makeRemote({ qmailremote }, { programs: { mercy: 100 }, patience: 50 });
    const delivery = stopped.send('u@far.test');
    while (!(await readdir(root)).includes('pid')) await new Promise((resolve) => setTimeout(resolve, 20));
    await stopped.agent.close();
    assert.deepEqual(await delivery, { code: 'Z', text: 'The mail system is stopping. (#4.3.2)' });
  });
});

describe('a filter of remote mail', () => {
  it('gives the message that is sent, by the domain of the sender', async () => {
    await writeScript('bin/sign', 'echo "X-Signed: $_SENDER for $_RECIPIENT by $DOMAIN, $(id -u)"; cat');
    const { send, builtIn } = makeRemote({ filterargs: rules('our.test:remote:sign') });
    assert.deepEqual(await send('`id`@far.test'), { code: 'K', text: 'built in' });
    const [first] = builtIn;
    const signed = `X-Signed: joe@our.test for \`id\`@far.test by our.test, ${uid}\n${letter}`;
    assert.equal(first?.content, signed);
    assert.equal(first?.request.size, Buffer.byteLength(signed));
    assert.equal(first?.request.message, undefined);
    await send('u@far.test', 'other@else.test');
    assert.equal(builtIn[1]?.content, letter, 'other domains go past it');
    assert.deepEqual(await leftovers(), []);
  });

  it('for the null sender is that of defaultdomain; MATCH_RECIPIENT_DOMAIN turns to the recipient', async () => {
    const filterargs = rules('default.test:echo default', 'far.test:echo far');
    const one = makeRemote({ filterargs });
    await one.send('u@far.test', '');
    assert.equal(one.builtIn[0]?.content, 'default\n');
    const env = { PATH: process.env.PATH, MATCH_RECIPIENT_DOMAIN: '1' };
    const two = makeRemote({ filterargs }, { env });
    await two.send('u@far.test', '');
    assert.equal(two.builtIn[0]?.content, 'far\n');
  });

  it('drops with exit 2 and says so in the log, bounces with 100, puts off with anything else', async () => {
    for (const [command, expected] of [
      ['exit 2', 'Kblackholed exit'],
      ['exit 100', 'DMail Rejected by exit (#5.7.1)'],
      ['echo why >&2; exit 111', 'Zecho: (spawn-filter) exit code: 111: why. (#4.3.0)'],
      ['cat; exit 1', 'Zcat;: (spawn-filter) exit code: 1. (#4.3.0)'],
      ['kill -9 $$', 'Zspawn-filter: filter crashed. (#4.3.0)'],
      ['true', 'Zspawn-filter: the filter wrote no message. (#4.3.0)'],
      ['/nonexistent', 'Z/nonexistent: (spawn-filter) exit code: 127'],
    ] as const) {
      const { send, builtIn, logged } = makeRemote({ filterargs: rules(`*:${command}`) });
      const { code, text } = await send('u@far.test');
      assert.ok(`${code}${text}`.startsWith(expected), `${code}${text}`);
      assert.deepEqual(builtIn, []);
      assert.equal(/filter: dropped the message to u@far\.test/.test(logged.join()), command === 'exit 2');
    }
    assert.deepEqual(await leftovers(), []);
  });

  it('is left to a program in place of qmail-remote, so that nothing is filtered twice', async () => {
    const qmailremote = await writeScript('remote', 'cat >got; printf "r\\0Kok\\0"');
    const { send } = makeRemote({ qmailremote, filterargs: rules('*:echo changed') });
    await send('u@far.test');
    assert.equal(await readFile(join(root, 'got'), 'utf8'), letter);
  });
});

describe('a program in place of qmail-local', () => {
  it("gets qmail-local's arguments and the message, as the user, and its exit code decides", async () => {
    const program = await writeScript(
      'local',
      'printf "%s|" "$@" >args; cat >message; id -u; case $5 in x) exit 100;; y) exit 75;; esac',
    );
    const env = { PATH: process.env.PATH, QMAILLOCAL: program };
    const site = await makeSite({ agent: { env }, qmaillocal: '/nonexistent' });
    opened.push(() => site.close());
    await mkdir(join(site.root, 'qmail'));
    await chmod(join(site.root, 'qmail'), 0o777);
    assert.deepEqual(await site.deliver('joe-A.b', { sender: '$(id)@x' }), { code: 'K', text: String(uid) });
    assert.equal(
      await readFile(join(site.root, 'qmail/args'), 'utf8'),
      `--|joe|${site.home}|joe-A.b|-|A.b|example.org|$(id)@x|./Maildir/\n|`,
    );
    assert.equal(await readFile(join(site.root, 'qmail/message'), 'utf8'), letter);
    const script = 'printf "%s" "never"; exit';
    for (const [code, expected] of [
      [100, 'D'],
      [111, 'Z'],
      [75, 'Z'],
      [3, 'D'],
    ] as const) {
      await writeScript('local', `${script} ${code}`);
      assert.deepEqual(await site.deliver('joe'), { code: expected, text: 'never' });
    }
  });
});

describe('a filter of local mail', () => {
  it('gives the message that is stored, as the user, by the domain of the recipient', async () => {
    const site = await makeSite({
      filterargs: rules('example.org:local:printf "X-Scan\\072 %s\\n" "$_EXT $(id -u)"; cat', '*:exit 100'),
    });
    opened.push(() => site.close());
    await mkdir(join(site.root, 'qmail'));
    await site.makeMaildir('Maildir');
    await site.write('.qmail-a', './Maildir/\n|cat >program\n&fwd@x\n');
    for (const fromFile of [false, true])
      assert.deepEqual(await site.deliver('joe-a', { fromFile }), {
        code: 'K',
        text: 'did 1+1+1\nqp 4711',
      });
    const scanned = `X-Scan: a ${uid}\n${letter}`;
    for (const mail of await site.mails('Maildir')) assert.ok(mail.endsWith(`\n${scanned}`), mail);
    assert.equal(await site.read('program'), scanned);
    assert.equal(site.injected[0]?.message, `Delivered-To: joe-a@example.org\n${scanned}`);
    assert.equal((await site.deliver('joe', { host: 'else.test' })).code, 'D');
    assert.deepEqual(await leftovers(), []);
  });
});
