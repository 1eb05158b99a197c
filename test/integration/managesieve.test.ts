// ManageSieve (RFC 5804) at the door: signing in, the commands with their response codes, and what a client may not do.
import assert from 'node:assert/strict';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { addAppPassword } from '../../mta/accounts/app-passwords.ts';
import { activateScript, listScripts, removeScript } from '../../mta/sieve/store.ts';
import { SIEVE_SCRIPT_BYTES } from '../../mta/sieve/types.ts';
import {
  literal,
  plainOf,
  type SieveClient,
  type SieveSite,
  sievePassword,
  sieveUser,
  startSieveSite,
} from '../support/managesieve.ts';
import { ScramClient } from '../support/scram.ts';

let site: SieveSite;
before(async () => {
  site = await startSieveSite();
});
after(() => site?.close());
afterEach(async () => {
  await activateScript(site.account, undefined);
  for (const { name } of await listScripts(site.account)) await removeScript(site.account, name);
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const put = (client: SieveClient, name: string, source = 'keep;\r\n') =>
  client.last(`PUTSCRIPT "${name}" ${literal(source)}`);

describe('the beginning', () => {
  it('tells what is offered, again after STARTTLS, and who signed in', async () => {
    const client = await site.connect();
    const said = client.capabilities.join('\n');
    assert.match(said, /^"IMPLEMENTATION" "Facteur"$/m);
    assert.match(said, /^"SIEVE" "[^"]*\bfileinto\b[^"]*"$/m);
    assert.match(said, /^"SASL" "SCRAM-SHA-256 PLAIN"$/m);
    assert.match(said, /^"STARTTLS"$/m);
    assert.match(said, /^"VERSION" "1\.0"$/m);
    await client.ok('STARTTLS');
    await client.startTls();
    assert.doesNotMatch((await client.answer()).join('\n'), /STARTTLS/);
    await client.ok(`AUTHENTICATE "PLAIN" "${plainOf(sieveUser, sievePassword)}"`);
    assert.match((await client.ok('CAPABILITY')).join('\n'), /^"OWNER" "ann@example\.test"$/m);
    assert.match(await client.last('LOGOUT'), /^OK/);
    await client.end();
  });

  it('what came in clear text behind STARTTLS is not executed', async () => {
    const client = await site.connect();
    client.write('STARTTLS\r\nNOOP\r\n');
    assert.match(await client.line(), /^BYE/);
  });

  it('lets nobody do anything before', async () => {
    const client = await site.connect();
    for (const command of [
      'LISTSCRIPTS',
      'GETSCRIPT "a"',
      'SETACTIVE ""',
      `PUTSCRIPT "a" ${literal('keep;')}`,
    ])
      assert.equal(await client.last(command), 'NO "sign in first"');
    assert.match(await client.last('NOOP "STARTTLS-SYNC-42"'), /^OK \(TAG "STARTTLS-SYNC-42"\) /);
  });
});

describe('signing in', () => {
  it('PLAIN with and without an initial response, as a literal too, and given up', async () => {
    const client = await site.connect();
    assert.equal(await client.last('AUTHENTICATE "PLAIN" "!"'), 'NO "the exchange was given up"');
    client.write('AUTHENTICATE "PLAIN"\r\n');
    assert.equal(await client.line(), '""');
    assert.equal(await client.last('"*"'), 'NO "the exchange was given up"');
    client.write('AUTHENTICATE "PLAIN"\r\n');
    await client.line();
    assert.match(await client.last(literal(plainOf(sieveUser, sievePassword))), /^OK/);
    assert.equal(await client.last('UNAUTHENTICATE'), 'OK "signed out"');
    assert.equal(await client.last('LISTSCRIPTS'), 'NO "sign in first"');
    assert.equal(await client.last('AUTHENTICATE "GSSAPI"'), 'NO "there is no such mechanism"');
  });

  it('SCRAM-SHA-256, with the proof of the server in the success', async () => {
    // The first password that is said in full leaves a verifier.
    await (await site.signIn()).ok('LOGOUT');
    const client = await site.connect();
    const scram = new ScramClient(sieveUser, sievePassword);
    for (let tries = 0; ; tries++) {
      client.write(`AUTHENTICATE "SCRAM-SHA-256" "${base64(scram.first)}"\r\n`);
      const first = Buffer.from((await client.line()).slice(1, -1), 'base64').toString();
      const last = await client.last(`"${base64(scram.answer(first))}"`);
      const [, final = ''] = /^OK \(SASL "([^"]+)"\)/.exec(last) ?? [];
      if (final === '' && tries < 2) continue;
      assert.ok(scram.believes(Buffer.from(final, 'base64').toString()), last);
      break;
    }
    await client.ok('LISTSCRIPTS');
  });

  it('by an app password that was made for it, and by no other', async () => {
    const make = (services: readonly ('sieve' | 'imap')[]) =>
      addAppPassword(site.account, { label: 'x', services });
    const client = await site.connect();
    const { password: other } = await make(['imap']);
    assert.match(await client.last(`AUTHENTICATE "PLAIN" "${plainOf(sieveUser, other)}"`), /^NO "name or/);
    const { password } = await make(['sieve']);
    assert.match(await client.last(`AUTHENTICATE "PLAIN" "${plainOf(sieveUser, password)}"`), /^OK/);
  });

  it('ends after three wrong tries, and is written down without the name', async () => {
    const client = await site.connect();
    const wrong = `AUTHENTICATE "PLAIN" "${plainOf('nobody@example.test', 'x')}"`;
    for (let tries = 0; tries < 3; tries++)
      assert.equal(await client.last(wrong), 'NO "name or password is wrong"');
    assert.match(await client.last(wrong), /^BYE/);
    assert.match(site.log.join('\n'), /sieved: ip=127\.0\.0\.1 result=auth-failed reason=name and/);
    assert.doesNotMatch(site.log.join('\n'), /nobody@/);
  });
});

describe('scripts', () => {
  it('are saved, listed, read back byte for byte, activated, renamed and removed', async () => {
    const client = await site.signIn();
    const source = '# Müll\r\nkeep;\r\n';
    assert.match(await put(client, 'Müll "1"'.replaceAll('"', '\\"').replace('ü', 'Ã¼'), source), /^OK/);
    await put(client, 'work');
    await client.ok('SETACTIVE "work"');
    const utf8 = (lines: readonly string[]) => lines.map((line) => Buffer.from(line, 'latin1').toString());
    assert.deepEqual(utf8(await client.ok('LISTSCRIPTS')), ['"Müll \\"1\\""', '"work" ACTIVE']);
    assert.equal(await readlink(join(site.account.directory, '.dovecot.sieve')), 'sieve/work.sieve');
    assert.equal(await readFile(join(site.account.directory, 'sieve/Müll "1".sieve'), 'utf8'), source);
    const [text] = utf8(await client.ok(`GETSCRIPT ${literal('Müll "1"')}`));
    assert.equal(text, `{${Buffer.byteLength(source)}}\r\n${source}`);
    await client.ok('RENAMESCRIPT "work" "play"');
    assert.equal((await client.ok('LISTSCRIPTS')).at(-1), '"play" ACTIVE');
    assert.match(await client.last('DELETESCRIPT "play"'), /^NO \(ACTIVE\) /);
    await client.ok('SETACTIVE ""');
    await client.ok('DELETESCRIPT "play"');
    assert.equal((await client.ok('LISTSCRIPTS')).length, 1);
    assert.match(site.log.join('\n'), /user=ann@example\.test result=putscript reason=work/);
  });

  it('that are wrong are refused with line and reason, and do not replace the old one', async () => {
    const client = await site.signIn();
    await put(client, 'a');
    const refused = await put(client, 'a', 'keep;\r\nfileinto "x";\r\nnonsense;\r\n');
    assert.match(refused, /^NO \{\d+\}\r\nline 2, column 1: .*\r\nline 3, column 1: /s);
    assert.match(await client.last(`CHECKSCRIPT ${literal('if')}`), /^NO "line 1/);
    assert.match(await client.last(`CHECKSCRIPT ${literal('keep;')}`), /^OK/);
    const doubtful = 'if true { stop; keep; }';
    assert.match(
      await client.last(`CHECKSCRIPT ${literal(doubtful)}`),
      /^OK \(WARNINGS\) "line 1, column 17/,
    );
    assert.match(await put(client, 'doubtful', doubtful), /^OK \(WARNINGS\) "line 1/);
    await client.ok('DELETESCRIPT "doubtful"');
    assert.match((await client.ok('GETSCRIPT "a"'))[0]!, /keep;\r\n$/);
    await writeFile(join(site.account.directory, 'sieve/bad.sieve'), 'nonsense');
    assert.match(await client.last('SETACTIVE "bad"'), /^NO "line 1/);
  });

  it('have the response codes of what cannot be', async () => {
    const client = await site.signIn();
    for (const name of ['a', 'b', 'c']) await put(client, name);
    assert.match(await put(client, 'd'), /^NO \(QUOTA\/MAXSCRIPTS\) /);
    assert.match(await client.last('HAVESPACE "d" 10'), /^NO \(QUOTA\/MAXSCRIPTS\) /);
    assert.match(await client.last('HAVESPACE "c" 10'), /^OK/);
    assert.match(await client.last(`HAVESPACE "c" ${SIEVE_SCRIPT_BYTES + 1}`), /^NO \(QUOTA\/MAXSIZE\) /);
    assert.match(await put(client, 'c', ' '.repeat(SIEVE_SCRIPT_BYTES + 1)), /^NO \(QUOTA\/MAXSIZE\) /);
    assert.match(await put(client, 'c', ' '.repeat(1_048_576)), /^NO \(QUOTA\/MAXSIZE\) /);
    for (const command of ['GETSCRIPT "x"', 'SETACTIVE "x"', 'DELETESCRIPT "x"', 'RENAMESCRIPT "x" "y"'])
      assert.match(await client.last(command), /^NO \(NONEXISTENT\) /, command);
    assert.match(await client.last('RENAMESCRIPT "a" "b"'), /^NO \(ALREADYEXISTS\) /);
    for (const name of ['', '../x', '.x', 'a/b', 'a\x01b'])
      assert.match(await put(client, name), /^NO "(?:A script name|A script needs)/, name);
  });
});

describe('what is no command', () => {
  it('is refused, and the next one is heard', async () => {
    const client = await site.connect();
    for (const line of [
      '',
      ' NOOP',
      'NOOP "a" "b"',
      'NOOP "a',
      'NOOP {3}',
      'GETSCRIPT "a\\x"',
      '\x00',
      'FETCH 1',
    ])
      assert.match(await client.last(line), /^NO /, line);
    assert.match(await client.last(`NOOP "${'x'.repeat(5000)}"`), /^NO "the line is too long"/);
    // What was announced behind it is no command, whatever it says.
    for (const start of ['PUTSCRIPT "a\\x" ', `NOOP "${'x'.repeat(5000)}" `, '! ', 'NOOP "a" "b" "c" "d" '])
      assert.match(
        await client.last(`${start}${literal('LOGOUT\r\n')} ${literal('LOGOUT\r\n')}`),
        /^NO /,
        start,
      );
    assert.match(await client.last('NOOP "still here"'), /^OK \(TAG "still here"\)/);
  });

  it('ends the session where it goes on, is another protocol, or announces too much', async () => {
    const many = await site.connect();
    many.write('X\r\n'.repeat(25));
    assert.match(await many.end(), /BYE "too many errors"\r\n$/);
    const browser = await site.connect();
    assert.match(await browser.last('GET / HTTP/1.1'), /^BYE/);
    const greedy = await site.connect();
    greedy.write('PUTSCRIPT "a" {999999999+}\r\n');
    assert.match(await greedy.line(), /^BYE/);
    const early = await site.connect();
    assert.match(await early.last(`AUTHENTICATE "PLAIN" ${literal('A'.repeat(20_000))}`), /^NO \(QUOTA/);
  });

  it('half a command and silence end too', async () => {
    const service = await site.start({ loginSeconds: 0.1 });
    try {
      const client = await site.connect(service.addresses[0]!.port);
      client.write('PUTSCRIPT "a" {100+}\r\nabc');
      assert.match(await client.end(), /BYE "silent for too long"/);
    } finally {
      await service.close();
    }
  });

  it('is one client more than may be', async () => {
    site.settings.maxsieveconnections = 0;
    const refused = await site.connect().finally(() => {
      site.settings.maxsieveconnections = 100;
    });
    assert.match(refused.capabilities.at(-1)!, /^BYE \(TRYLATER\)/);
  });
});
