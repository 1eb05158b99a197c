// vpopmail's line protocol over real sockets: answers to the byte, levels, and what nobody gets by it
// (spec/vpopmail.md 7).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { type OpenedAccounts, openAccounts } from '../../mta/accounts/accounts.ts';
import {
  type OpenedAdministration,
  openAdministration,
} from '../../mta/accounts/administration/open-administration.ts';
import { addAppPassword } from '../../mta/accounts/app-passwords.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain, defaultOwner } from '../../mta/accounts/domains.ts';
import { noLimits } from '../../mta/accounts/limits.ts';
import { hashPassword } from '../../mta/accounts/new-hash.ts';
import { makeSecret, openSecondFactor } from '../../mta/accounts/second-factor.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import type { Home } from '../../mta/home.ts';
import { readLimits, readUserChange } from '../../mta/vpopmaild/fields.ts';
import { serveVpopmaild } from '../../mta/vpopmaild/session.ts';
import { startVpopmaild } from '../../mta/vpopmaild/vpopmaild.ts';
import { makeBareSite } from '../support/accounts.ts';
import { commandWords, startTcpserver } from '../support/command-process.ts';
import { gid, uid } from '../support/local.ts';

const owner = { uid, gid };
const password = 'correct horse battery';
const store = openCdbStore();
const log: string[] = [];

let site: Awaited<ReturnType<typeof makeBareSite>>;
let home: Home;
let accounts: OpenedAccounts;
let administration: OpenedAdministration;
let server: Server;
const statuses: Promise<number>[] = [];

before(async () => {
  site = await makeBareSite();
  home = site.home;
  const passwordHash = hashPassword(password, 'sha512-crypt');
  for (const name of ['example.test', 'other.test'])
    await addDomain(home, { name, owner, postmaster: { passwordHash, gecos: 'Postmaster' } });
  await mkdir(home.state, { recursive: true });
  accounts = openAccounts({ home, store, writesLogins: true });
  const domain = (await accounts.findDomain('example.test'))!;
  const add = (name: string, flags = 0) =>
    createAccount(store, domain, home.vpopmail, {
      name,
      passwordHash,
      flags,
      gecos: `${name}: é`,
      quota: '10M',
    });
  await add('ann');
  await add('bob', AccountFlag.noPop | AccountFlag.user3);
  await add('root', AccountFlag.systemAdmin);
  administration = await openAdministration({ home, store, log: (line) => log.push(line) });
  server = createServer((socket) => {
    const parts = { home, store, accounts, administration, secondFactor: openSecondFactor() };
    const served = serveVpopmaild(socket, '127.0.0.1', { ...parts, log: (line) => log.push(line) });
    statuses.push(served.finally(() => socket.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(async () => {
  server.close();
  await administration.close();
  await accounts.close();
  await site.remove();
});

class Client {
  readonly #socket: Socket;
  #text = '';
  #isOver = false;
  #wake = (): void => undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('utf8');
    this.#socket.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
  }

  /** One line, or a whole answer that begins with `+OK+`. */
  async answer(): Promise<string> {
    for (;;) {
      const end = /^\+OK\+\r\n(?:.*\r\n)*?\.\r\n/.exec(this.#text) ?? /^(?!\+OK\+).*\r\n/.exec(this.#text);
      if (end !== null || this.#isOver) {
        const taken = end?.[0] ?? this.#text;
        this.#text = this.#text.slice(taken.length);
        return taken;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  ask(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`);
    return this.answer();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** A client that is signed in. */
async function enter(address: string): Promise<Client> {
  const client = new Client((server.address() as AddressInfo).port);
  assert.equal(await client.answer(), '+OK \r\n');
  assert.equal(await client.ask(`slogin ${address} ${password}`), '+OK \r\n');
  return client;
}

async function as(
  address: string,
  work: (ask: Client['ask'], client: Client) => Promise<void>,
): Promise<void> {
  const client = await enter(address);
  try {
    await work((line) => client.ask(line), client);
  } finally {
    client.close();
  }
}

const linesIn = (answer: string): string[] => answer.split('\r\n').slice(1, -2);

describe('before a login', () => {
  const fresh = async (): Promise<Client> => {
    const client = new Client((server.address() as AddressInfo).port);
    assert.equal(await client.answer(), '+OK \r\n');
    return client;
  };

  test('says what is missing or wrong, and ends after four commands', async () => {
    const client = await fresh();
    assert.equal(await client.ask('login'), '-ERR 6.203 Email Address Required\r\n');
    assert.equal(await client.ask('LOGIN ann@example.test'), '-ERR 7.204 Password Required\r\n');
    assert.equal(await client.ask('user_info ann@example.test'), '-ERR 4.104 Invalid Command\r\n');
    assert.equal(await client.ask('login ann@example.test wrong'), '-ERR 8.206 Invalid Login\r\n');
    assert.equal(await client.answer(), '-ERR 5.102 Too many invalid login attempts\r\n');
    assert.equal(await client.answer(), '');
    assert.equal(await statuses.at(-1), 255);
  });

  test('quit is said goodbye to', async () => {
    const client = await fresh();
    assert.equal(await client.ask('quit'), '+OK \r\n');
    assert.equal(await client.answer(), '');
    assert.equal(await statuses.at(-1), 0);
  });

  test('login gives the places and the fields; no hash to users, no clear password to anybody', async () => {
    const client = await fresh();
    const answer = await client.ask(`login ann@example.test ${password}`);
    client.close();
    const directory = join(home.vpopmail, 'domains', 'example.test');
    assert.deepEqual(linesIn(answer), [
      `vpopmail_dir ${home.vpopmail}`,
      `domain_dir ${directory}`,
      `uid ${uid}`,
      `gid ${gid}`,
      'name ann',
      'comment ann é',
      'quota 10485760S',
      `user_dir ${directory}/ann`,
      'encrypted_password ',
      'clear_text_password ',
      ...'no_password_change no_pop no_webmail no_imap bounce_mail no_relay no_dialup user_flag_0 user_flag_1 user_flag_2 user_flag_3 no_smtp domain_admin_privileges override_domain_limits no_spamassassin delete_spam no_maildrop system_admin_privileges'
        .split(' ')
        .map((field) => `${field} 0`),
    ]);
  });

  test('clogin has the flags in one number, and the hash is for administrators of the system', async () => {
    const client = await fresh();
    const answer = linesIn(await client.ask(`clogin root@example.test ${password}`));
    client.close();
    assert.equal(answer.at(-1), `gidflags ${AccountFlag.systemAdmin}`);
    assert.match(answer.at(-3)!, /^encrypted_password \$6\$/);
  });

  test('neither an app password nor, with a second factor, the password alone lets in', async () => {
    const bob = (await accounts.findAccount('bob@example.test'))!;
    const { password: made } = await addAppPassword(bob, { label: 'x', services: ['smtp', 'imap', 'pop3'] });
    const client = await fresh();
    assert.match(await client.ask(`slogin bob@example.test ${made}`), /^-ERR 8\.206/);
    const [factor, secret] = [openSecondFactor(), makeSecret()];
    await factor.turnOn(bob, secret, totpCode(secret, totpStep(Date.now() / 1000)));
    assert.match(await client.ask(`slogin bob@example.test ${password}`), /^-ERR 8\.206/);
    await factor.turnOff(bob);
    assert.equal(await client.ask(`slogin bob@example.test ${password}`), '+OK \r\n');
    client.close();
    assert.equal(
      log.some((line) => line.includes(password) || line.includes(made)),
      false,
    );
  });
});

describe('levels', () => {
  test('a mailbox user has its own account and nothing else', async () => {
    await as('ann@example.test', async (ask) => {
      for (const command of [
        'user_info ann@example.test',
        'list_users example.test',
        'add_user x@example.test xxxxxxxxxxxx',
        'list_domains',
        'get_limits example.test',
        'add_alias x@example.test ann@example.test',
        'toString',
      ])
        assert.equal(await ask(command), '-ERR 4.107 Invalid Command\r\n', command);
      assert.match(
        await ask('get_lastauth ann@example.test'),
        /^\+OK\+\r\ntime \d+\r\nip 127\.0\.0\.1\r\n\.\r\n$/,
      );
      assert.equal(await ask('get_lastauth bob@example.test'), '-ERR 12.3705 User does not exist\r\n');
      assert.equal(await ask('get_lastauth bob@other.test'), '-ERR 11.3704 Not Authorized for domain\r\n');
      assert.equal(await ask('get_user_size ann@example.test'), '+OK+\r\nsize 0\r\ncount 0\r\n.\r\n');
      assert.equal(await ask('mod_user bob@example.test'), '-ERR 11.504 Not Authorized for domain\r\n');
    });
  });

  test('a postmaster has its domain, as far as the domain goes', async () => {
    await as('postmaster@example.test', async (ask) => {
      assert.match(await ask('user_info ann@example.test'), /^\+OK\+\r\nname ann\r\n/);
      assert.equal(await ask('user_info nobody@example.test'), '-ERR 12.605 User does not exist\r\n');
      assert.equal(await ask('user_info postmaster@other.test'), '-ERR 11.604 Not Authorized for domain\r\n');
      assert.equal(await ask('user_info ../x@example.test'), '-ERR 10.603 Invalid Email Address\r\n');
      assert.equal(await ask('user_count example.test'), '+OK+\r\ncount 4\r\n.\r\n');
      assert.equal(await ask('user_count other.test'), '-ERR 11.2603 Not Authorized for domain\r\n');
      assert.equal(await ask('list_domains'), '-ERR 4.107 Invalid Command\r\n');
      assert.equal(await ask('get_limits example.test'), '-ERR 9.3401 Not Authorized\r\n');
    });
  });

  test('who loses the rights loses them in the same session', async () => {
    const domain = (await accounts.findDomain('example.test'))!;
    const set = (flags: number) => store.change(domain, 'bob', (record) => ({ ...record, flags }));
    await set(AccountFlag.domainAdmin);
    await as('bob@example.test', async (ask) => {
      assert.equal(await ask('user_count example.test'), '+OK+\r\ncount 4\r\n.\r\n');
      await set(0);
      assert.equal(await ask('user_count example.test'), '-ERR 11.2603 Not Authorized for domain\r\n');
      assert.equal(await ask('user_info ann@example.test'), '-ERR 12.605 User does not exist\r\n');
      assert.match(await ask('del_user ann@example.test'), /^-ERR 0\.405 User does not exist\r\n$/);
    });
    assert.ok(await accounts.findAccount('ann@example.test'));
  });
});

describe('accounts', () => {
  test('come, change and go', async () => {
    await as('postmaster@example.test', async (ask) => {
      assert.equal(await ask('add_user eve@example.test a pass phrase of it'), '+OK \r\n');
      assert.ok(await accounts.authenticate('eve@example.test', 'a pass phrase of it', 'web'));
      assert.match(await ask('add_user eve@example.test another one of it'), /^-ERR 0\.305 /);
      assert.match(
        await ask('add_user short@example.test short'),
        /^-ERR 0\.305 password requires more characters/,
      );
      assert.equal(await ask('mod_user eve@example.test'), '+OK \r\n');
      assert.equal(await ask('comment Eve of\r\nno_pop 1\r\nuser_flag_2: 1\r\nquota=20M\r\n.'), '+OK \r\n');
      const info = linesIn(await ask('user_info eve@example.test'));
      for (const line of ['comment Eve of', 'no_pop 1', 'user_flag_2 1', 'quota 20971520S', 'no_imap 0'])
        assert.ok(info.includes(line), line);
      assert.equal(await ask('mod_user eve@example.test'), '+OK \r\n');
      assert.match(await ask('system_admin_privileges 1\r\n.'), /^-ERR 0\.507 /);
      assert.equal(await ask('mod_user eve@example.test'), '+OK \r\n');
      assert.equal(await ask('encrypted_password $6$x$y\r\n.'), '-ERR 9.507 Not Authorized\r\n');
      assert.equal(await ask('del_user eve@example.test'), '+OK \r\n');
      assert.equal(await ask('del_user eve@example.test'), '-ERR 0.405 User does not exist\r\n');
    });
  });

  test('users change their own password with the one they came with', async () => {
    await as('ann@example.test', async (ask) => {
      assert.equal(await ask('mod_user ann@example.test'), '+OK \r\n');
      assert.equal(await ask('clear_text_password quite another phrase\r\n.'), '+OK \r\n');
    });
    assert.ok(await accounts.authenticate('ann@example.test', 'quite another phrase', 'web'));
    const vpasswd = await readFile(join(home.vpopmail, 'domains', 'example.test', 'vpasswd'), 'utf8');
    assert.equal(vpasswd.includes('quite another'), false);
    await as('root@example.test', async (ask) => {
      assert.equal(await ask('mod_user ann@example.test'), '+OK \r\n');
      assert.equal(
        await ask(`encrypted_password ${hashPassword(password, 'sha512-crypt')}\r\n.`),
        '+OK \r\n',
      );
    });
    assert.ok(await accounts.authenticate('ann@example.test', password, 'web'));
  });

  test('list_users has an empty line after each, and pages hold nothing of the others', async () => {
    await as('postmaster@example.test', async (ask) => {
      const names = async (page: string): Promise<string[]> =>
        linesIn(await ask(`list_users example.test${page}`)).flatMap(
          (line) => /^name (.*)$/.exec(line)?.[1] ?? [],
        );
      assert.deepEqual(await names(''), ['ann', 'bob', 'postmaster', 'root']);
      assert.deepEqual(await names(' 2 3'), ['root']);
      assert.deepEqual(await names(' 9 3'), []);
      const one = linesIn(await ask('list_users example.test 1 1'));
      assert.deepEqual([one.length, one.at(-1)], [25, '']);
    });
  });

  test('sizes are those of the Maildir', async () => {
    await writeFile(
      join((await accounts.findAccount('bob@example.test'))!.maildir, 'new', '1.a.b'),
      'x'.repeat(100),
    );
    await as('postmaster@example.test', async (ask) => {
      assert.equal(await ask('get_user_size bob@example.test'), '+OK+\r\nsize 100\r\ncount 1\r\n.\r\n');
      const all = linesIn(await ask('get_domain_size example.test'));
      assert.deepEqual(all.slice(-3), ['domain example.test', 'size 100', 'count 1']);
      assert.deepEqual(all.slice(0, 3), ['user ann@example.test', 'size 0', 'count 0']);
    });
  });
});

describe('aliases', () => {
  test('are lines that come and go exactly', async () => {
    await as('postmaster@example.test', async (ask) => {
      assert.equal(await ask('add_alias team@example.test ann@example.test'), '+OK \r\n');
      assert.equal(await ask('add_alias team@example.test &ann@example.test.elsewhere.test'), '+OK \r\n');
      assert.equal(
        await ask('list_alias example.test'),
        '+OK+\r\nteam@example.test ann@example.test\r\nteam@example.test ann@example.test.elsewhere.test\r\n.\r\n',
      );
      assert.equal(await ask('remove_alias team@example.test ann@example.test'), '+OK \r\n');
      assert.equal(
        await ask('list_alias team@example.test'),
        '+OK+\r\nteam@example.test ann@example.test.elsewhere.test\r\n.\r\n',
      );
      assert.equal(
        await ask('remove_alias team@example.test x@y.test'),
        '-ERR 18.1007 Alias Removal Failed\r\n',
      );
      assert.equal(await ask('delete_alias team@example.test'), '+OK \r\n');
      assert.equal(await ask('delete_alias team@example.test'), '-ERR 19.1106 Alias Deletion Failed\r\n');
      assert.equal(await ask('list_alias team@example.test'), '+OK+\r\n.\r\n');
      assert.equal(await ask('list_lists example.test'), '+OK+\r\n.\r\n');
    });
  });

  test('are never programs, directories or more than one line (security.md F4)', async () => {
    await as('postmaster@example.test', async (ask) => {
      for (const line of ['|id>x', '/etc/passwd', './../../x', '#', '&-x', '$(id)@example.test'])
        assert.equal(
          await ask(`add_alias evil@example.test ${line}`),
          '-ERR 17.907 Alias Insertion Failed\r\n',
          line,
        );
      assert.equal(await ask('list_alias example.test'), '+OK+\r\n.\r\n');
      assert.equal(
        await ask('add_alias x@other.test ann@example.test'),
        '-ERR 11.904 Not Authorized for domain\r\n',
      );
    });
  });
});

describe('domains', () => {
  test('are for administrators of the system', async () => {
    await as('root@example.test', async (ask) => {
      const vpopmail = await defaultOwner();
      assert.equal(await ask('domain_count'), '+OK+\r\ncount 2\r\n.\r\n');
      assert.equal(await ask('add_domain third.test a pass phrase of it'), '+OK \r\n');
      assert.equal(await ask('add_alias_domain third.test fourth.test'), '+OK \r\n');
      assert.deepEqual(linesIn(await ask('list_domains')).sort(), [
        'example.test example.test',
        'other.test other.test',
        'third.test fourth.test',
        'third.test third.test',
      ]);
      assert.deepEqual(linesIn(await ask('dom_info third.test')), [
        'domain third.test',
        `path ${join(home.vpopmail, 'domains', 'third.test')}`,
        `uid ${vpopmail.uid}`,
        `gid ${vpopmail.gid}`,
        'alias fourth.test',
      ]);
      assert.equal(await ask('dom_info fourth.test'), '-ERR 0.1404 Domain does not exist\r\n');
      assert.match(await ask('find_domain third.test 1'), /^\+OK\+\r\npage [1-4]\r\n\.\r\n$/);
      assert.equal(await ask('find_domain nowhere.test'), '+OK+\r\n.\r\n');
      assert.match(await ask('add_domain third.test a pass phrase of it'), /^-ERR 0\.804 /);
    });
  });

  test('limits: permissions of lists are where they belong, unknown names are told', async () => {
    await as('root@example.test', async (ask, client) => {
      assert.equal(await ask('set_limits example.test'), '+OK \r\n');
      assert.equal(
        await ask(
          'max_aliases 7\r\ndisable_imap 1\r\nperm_maillist 1\r\nperm_maillist_users 2\r\nnonsense 1\r\n.',
        ),
        '  Warning: invalid option\r\n',
      );
      assert.equal(await client.answer(), '+OK \r\n');
      const limits = linesIn(await ask('get_limits example.test'));
      for (const line of [
        'max_aliases 7',
        'max_popaccounts -1',
        'disable_imap 1',
        'disable_pop 0',
        'perm_maillist 17',
      ])
        assert.ok(limits.includes(line), line);
      assert.equal(await ask('del_limits example.test'), '+OK \r\n');
      assert.ok(linesIn(await ask('get_limits example.test')).includes('max_aliases -1'));
      assert.equal(await ask('get_limits nowhere.test'), '-ERR 34.3403 Could not get limits\r\n');
    });
  });
});

describe('hostile input', () => {
  test('files are not served, to nobody, and their lines are no commands', async () => {
    await as('root@example.test', async (ask) => {
      for (const [command, minor] of [
        ['read_file /etc/passwd', 2101],
        ['list_dir example.test/../..', 1801],
        ['mk_dir ann@example.test/x', 1601],
        ['rename_file a b', 3801],
      ] as const)
        assert.equal(await ask(command), `-ERR 33.${minor} Not Available\r\n`);
      assert.equal(
        await ask('write_file ann@example.test/.qmail\r\n|id\r\ndel_user ann@example.test\r\n.'),
        '-ERR 33.2001 Not Available\r\n',
      );
    });
    assert.ok(await accounts.findAccount('ann@example.test'));
  });

  test('a line that is too long is no shorter command', async () => {
    await as('postmaster@example.test', async (ask) => {
      assert.equal(
        await ask(`del_user ann@example.test${' '.repeat(5000)}`),
        '-ERR 4.107 Invalid Command\r\n',
      );
      assert.match(await ask('user_info ann@example.test'), /^\+OK\+/);
    });
  });

  test('fields and limits are read as vpopmail reads them', () => {
    const change = readUserChange(['no_pop 1', ' no_imap = 0', 'junk', 'comment: A  B']);
    assert.ok(!('unknown' in change));
    assert.equal(change.gecos, 'A  B');
    assert.equal(change.flags(AccountFlag.noImap | AccountFlag.user0), AccountFlag.noPop | AccountFlag.user0);
    const cleared = readUserChange(['no_pop 1', 'clear_all_flags 1', 'no_smtp 1']);
    assert.equal(!('unknown' in cleared) && cleared.flags(0x7ffff), AccountFlag.noSmtp);
    assert.deepEqual(readUserChange(['no_pop 2']), { unknown: 'no_pop' });
    assert.deepEqual(readLimits(['disk_quota 5', 'x'], noLimits), {
      limits: { ...noLimits, quotaMegabytes: 5 },
      unknown: ['x'],
    });
  });
});

test('under tcpserver it is a program like the others', async () => {
  const env = { FACTEUR_HOME: home.home, TCPREMOTEIP: '127.0.0.1' };
  const tcpserver = await startTcpserver(commandWords('vpopmaild'), { env });
  try {
    const client = new Client(tcpserver.port);
    assert.equal(await client.answer(), '+OK \r\n');
    assert.equal(await client.ask(`slogin postmaster@example.test ${password}`), '+OK \r\n');
    assert.equal(await client.ask('user_count example.test'), '+OK+\r\ncount 4\r\n.\r\n');
    assert.equal(await client.ask('quit'), '+OK \r\n');
    assert.equal(await client.answer(), '');
    client.close();
  } finally {
    await tcpserver.close();
  }
  assert.deepEqual(tcpserver.ends, [0]);
});

test('control/listen opens it, and a stop lets nobody wait', async () => {
  const service = await startVpopmaild({
    home,
    place: { host: '127.0.0.1', port: 0 },
    administration,
    log: (line) => log.push(line),
  });
  const client = new Client(service.addresses[0]!.port!);
  assert.equal(await client.answer(), '+OK \r\n');
  assert.equal(await client.ask(`slogin postmaster@example.test ${password}`), '+OK \r\n');
  assert.equal(await client.ask('user_count example.test'), '+OK+\r\ncount 4\r\n.\r\n');
  await service.close();
  assert.equal(await client.answer(), '');
  client.close();
  await assert.rejects(
    startVpopmaild({ home, place: { host: '192.0.2.1', port: 1 }, administration, log: () => undefined }),
    /EADDRNOTAVAIL/,
  );
});
