// Where an address goes, from the files as they lie on disk: control/locals, virtualdomains and percenthack (qmail-send
// rewrite), users/cdb and users/assign (qmail-lspawn), the machine's users (qmail-getpw). spec/qmail.md 5.1 to 5.5 and
// checks 1 and 2 of section 15. Fixtures are written by hand.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { compileAssign } from '../../mta/accounts/assign.ts';
import { openUsers, UserLookupError } from '../../mta/accounts/users.ts';
import * as newu from '../../mta/commands/qmail-newu.ts';
import { rewriteRecipient, stripPrepend } from '../../mta/control/match.ts';
import { readSettings } from '../../mta/control/settings.ts';
import { makeCdb } from '../../mta/formats/cdb.ts';
import { isRoot, makeSite, uid as ordinaryUid } from '../support/local.ts';
import { withTemporaryDirectory } from '../support/queue.ts';

/** Writes files below a qmail directory and gives it. */
async function withFiles(
  files: Readonly<Record<string, string | Buffer>>,
  use: (qmail: string) => Promise<void>,
): Promise<void> {
  await withTemporaryDirectory(async (qmail) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(qmail, name)), { recursive: true });
      await writeFile(join(qmail, name), content, 'latin1');
    }
    await use(qmail);
  });
}

const names = ['me', 'locals', 'virtualdomains', 'percenthack', 'envnoathost'] as const;

/** `L` or `R` and the address as it is stored, for each recipient. */
async function route(
  control: Readonly<Record<string, string>>,
  table: readonly (readonly [recipient: string, expected: string])[],
): Promise<void> {
  const files = Object.fromEntries(Object.entries(control).map(([name, text]) => [`control/${name}`, text]));
  await withFiles({ 'control/me': 'host.test\n', ...files }, async (qmail) => {
    const settings = await readSettings(qmail, names);
    for (const [recipient, expected] of table) {
      const { channel, address } = rewriteRecipient(recipient, settings);
      assert.equal(`${channel === 'local' ? 'L' : 'R'} ${address}`, expected, recipient);
    }
  });
}

describe('qmail-send chooses the channel', () => {
  it('of an address without a host by envnoathost', async () => {
    await route({}, [['joe', 'L joe@host.test']]);
    await route({ envnoathost: 'else.test\n' }, [['joe', 'R joe@else.test']]);
  });

  it('by the domain after the last @, in any case; the local part keeps its case', async () => {
    await route({ locals: 'Here.Test\n' }, [
      ['Joe@HERE.test', 'L Joe@HERE.test'],
      ['a@b@here.test', 'L a@b@here.test'],
      ['here.test@far.test', 'R here.test@far.test'],
      ['joe@sub.here.test', 'R joe@sub.here.test'],
      ['joe@', 'R joe@'],
    ]);
  });

  it('after percenthack, again and again, as long as the new domain is listed', async () => {
    await route({ percenthack: 'host.test\nhop.test\n', locals: 'host.test\nend.test\n' }, [
      ['a%b%c.d@host.test', 'R a%b@c.d'],
      ['a%end.test%hop.test@host.test', 'L a@end.test'],
      ['a%hop.test%end.test@host.test', 'L a%hop.test@end.test'],
      ['a%b@other.test', 'R a%b@other.test'],
      ['plain@host.test', 'L plain@host.test'],
      ['%far.test@HOST.test', 'R @far.test'],
      ['a%@host.test', 'R a@'],
    ]);
  });

  it('local for a domain in locals, whatever virtualdomains says (check 2)', async () => {
    await route({ locals: 'both.test\n', virtualdomains: 'both.test:joe\nx@both.test:pat\n' }, [
      ['x@both.test', 'L x@both.test'],
    ]);
  });

  it('by the whole address, the domain, each suffix from long to short, the empty key (check 2)', async () => {
    const virtualdomains = 'a.b.test:whole\nx@a.b.test:user\n.b.test:near\n.test:wide\n:all\n';
    await route({ virtualdomains }, [
      ['X@a.b.test', 'L user-X@a.b.test'],
      ['y@A.B.test', 'L whole-y@A.B.test'],
      ['y@c.b.test', 'L near-y@c.b.test'],
      ['y@b.test', 'L wide-y@b.test'],
      ['y@test', 'L all-y@test'],
      ['y@x.other', 'L all-y@x.other'],
    ]);
  });

  it('never by .suffix for the bare domain (check 2)', async () => {
    await route({ virtualdomains: '.sub.test:joe\n' }, [
      ['x@sub.test', 'R x@sub.test'],
      ['x@a.sub.test', 'L joe-x@a.sub.test'],
    ]);
  });

  it('remote where the first key that fits has an empty prepend (check 2)', async () => {
    await route({ virtualdomains: 'out.v.test:\nboss@in.v.test:\n.v.test:joe\n' }, [
      ['x@out.v.test', 'R x@out.v.test'],
      ['boss@in.v.test', 'R boss@in.v.test'],
      ['x@in.v.test', 'L joe-x@in.v.test'],
    ]);
  });

  it('by the last of two equal keys of virtualdomains (check 1)', async () => {
    await route({ virtualdomains: 'v.test:first\nV.TEST:second\n' }, [['x@v.test', 'L second-x@v.test']]);
  });

  it('and a bounce takes off the prepend of either kind of key', async () => {
    await withFiles(
      {
        'control/me': 'host.test\n',
        'control/virtualdomains': 'v.test:joe-v\nboss@far.test:pat\n',
      },
      async (qmail) => {
        const settings = await readSettings(qmail, names);
        for (const address of ['Info@v.test', 'boss@far.test', 'a-b@v.test', 'x@host.test']) {
          const stored = rewriteRecipient(address, settings).address;
          assert.equal(stripPrepend(stored, settings.virtualdomains), address);
        }
      },
    );
  });
});

const assign = `=joe:joe:507:508:/home/joe:::
=joe:second:1:1:/x:::
+joe-:joe:507:508:/home/joe:-::
+joe-list-:lists:509:509:/home/lists:-:all-:
+Anne-W:anne:510:510:/home/anne:-:w-:
.
`;

/** What qmail-local would be told of a local part: user, dash, ext. */
async function ask(qmail: string, local: string): Promise<string | undefined> {
  const user = await openUsers(qmail, { passwdFile: join(qmail, 'passwd') }).find(local);
  return user && `${user.user} ${user.uid}:${user.gid} ${user.home} [${user.dash}] [${user.ext}]`;
}

describe('qmail-lspawn finds the user', () => {
  for (const source of ['users/cdb', 'users/assign'])
    it(`by ${source}: exact, then the longest prefix, in any case, the rest of the address as it was`, async () => {
      const content = source === 'users/cdb' ? compileAssign(assign) : assign;
      await withFiles({ [source]: content, passwd: '' }, async (qmail) => {
        assert.equal(
          await ask(qmail, 'JOE'),
          'joe 507:508 /home/joe [] []',
          'the first of two lines (check 1)',
        );
        assert.equal(await ask(qmail, 'joe-Foo.Bar'), 'joe 507:508 /home/joe [-] [Foo.Bar]');
        assert.equal(await ask(qmail, 'Joe-'), 'joe 507:508 /home/joe [-] []');
        assert.equal(await ask(qmail, 'joe-list-X'), 'lists 509:509 /home/lists [-] [all-X]');
        assert.equal(await ask(qmail, 'joe-list'), 'joe 507:508 /home/joe [-] [list]');
        assert.equal(await ask(qmail, 'anne-world'), 'anne 510:510 /home/anne [-] [w-orld]');
        assert.equal(await ask(qmail, 'nobody'), undefined);
      });
    });

  it('only by prefixes whose last character is a wildcard character of the cdb', async () => {
    // As netqmail's qmail-newu writes `+Anne-W:`: the character as in the line, the key in lower case.
    const data = Buffer.from('anne\x00510\x00510\0/home/anne\0-\0w-');
    const cdb = makeCdb([
      [Buffer.from('!anne-w'), data],
      [Buffer.alloc(0), Buffer.from('W')],
    ]);
    await withFiles({ 'users/cdb': cdb, passwd: '' }, async (qmail) => {
      assert.equal(await ask(qmail, 'anne-world'), undefined);
    });
  });

  it('never among the machine users when there is a line +:', async () => {
    const files = { 'users/assign': `${assign.slice(0, -2)}+:alias:70:70:/a:-::\n.\n` };
    await withFiles({ ...files, passwd: '' }, async (qmail) => {
      await writeFile(join(qmail, 'passwd'), `pat:x:${ordinaryUid}:1::${qmail}:/bin/sh\n`);
      if (isRoot) await chown(qmail, ordinaryUid, 1);
      assert.equal(await ask(qmail, 'pat'), 'alias 70:70 /a [-] [pat]');
      await rm(join(qmail, 'users'), { recursive: true });
      assert.equal(await ask(qmail, 'pat'), `pat ${ordinaryUid}:1 ${qmail} [] []`);
    });
  });

  it('of any first byte but + as of =', async () => {
    await withFiles({ 'users/assign': '-x:u:1:2:/h:-:e:\n.\n', passwd: '' }, async (qmail) => {
      assert.equal(await ask(qmail, 'x'), 'u 1:2 /h [-] [e]');
    });
  });

  it('an assign file without its closing dot changes nothing: qmail-newu names file and line, the cdb stays', async () => {
    const old = compileAssign('+:old:1:1:/old:-::\n.\n');
    await withFiles(
      { 'users/cdb': old, 'users/assign': '=joe:joe:1:1:/h:::\n', passwd: '' },
      async (qmail) => {
        const errors: string[] = [];
        const status = await newu.run([], {
          home: { home: qmail, qmail, vpopmail: qmail, state: qmail, run: qmail },
          env: {},
          stdin: process.stdin,
          stdout: process.stdout,
          stderr: { write: (text: string) => errors.push(text) } as unknown as NodeJS.WritableStream,
        });
        assert.equal(status, 111);
        assert.match(
          errors.join(''),
          /^qmail-newu: fatal: bad format in users\/assign, line 2: .*lone dot\n$/,
        );
        assert.deepEqual(await readFile(join(qmail, 'users/cdb')), old);
        assert.equal(await ask(qmail, 'joe'), 'old 1:1 /old [-] [joe]');
      },
    );
  });

  it('a cdb cut short anywhere is never half believed: mail waits, the log names the file, other mail goes on', async () => {
    const whole = compileAssign(assign);
    await withFiles({ 'users/cdb': whole, passwd: '' }, async (qmail) => {
      for (let length = 0; length < whole.length; length += 13) {
        await writeFile(join(qmail, 'users/cdb'), whole.subarray(0, length));
        await assert.rejects(
          openUsers(qmail, { passwdFile: join(qmail, 'passwd') }).find('joe'),
          (error: unknown) =>
            error instanceof UserLookupError &&
            error.report === 'Trouble reading users/cdb in qmail-lspawn.' &&
            error.message.includes(`${qmail}/users/cdb`),
          `${length} bytes`,
        );
      }
      await writeFile(join(qmail, 'users/cdb'), whole.subarray(0, -1));
      const site = await makeSite({ agent: { users: openUsers(qmail) } });
      try {
        assert.deepEqual(await site.deliver('joe'), {
          code: 'Z',
          text: 'Trouble reading users/cdb in qmail-lspawn.',
        });
        assert.match(site.logged.join('\n'), /^warning: .*\/users\/cdb: /);
        assert.equal((await site.deliver('')).code, 'K');
      } finally {
        await site.close();
      }
    });
  });
});

describe('qmail-getpw finds the user', () => {
  it('with the longest name that owns its home; the rest is the extension', async () => {
    await withFiles({ passwd: '' }, async (qmail) => {
      const homes = ['joe', 'joe-list', 'thief'];
      for (const name of homes) {
        await mkdir(join(qmail, name));
        if (isRoot) await chown(join(qmail, name), name === 'thief' ? 1 : ordinaryUid, 1);
      }
      const line = (name: string, id: number, home: string) =>
        `${name}:x:${id}:1::${join(qmail, home)}:/bin/sh\n`;
      await writeFile(
        join(qmail, 'passwd'),
        line('joe', ordinaryUid, 'joe') +
          line('joe-list', ordinaryUid, 'joe-list') +
          line('gone', ordinaryUid, 'nowhere') +
          line('thief', ordinaryUid + 1, 'thief') +
          line('root', 0, 'joe') +
          line('alias', 70, 'alias'),
      );
      const where = async (local: string) => (await ask(qmail, local))?.replace(`${qmail}/`, '');
      const joe = `joe ${ordinaryUid}:1 joe`;
      assert.equal(await where('Joe'), `${joe} [] []`);
      assert.equal(await where('joe-A.b'), `${joe} [-] [A.b]`);
      assert.equal(await where('joe-'), `${joe} [-] []`);
      assert.equal(await where('joe-list-x'), `joe-list ${ordinaryUid}:1 joe-list [-] [x]`);
      for (const local of ['gone', 'thief', 'root', 'root-x', 'sales', `${'x'.repeat(40)}`])
        assert.equal(await where(local), `alias 70:1 alias [-] [${local}]`);
    });
  });

  it('not while a home cannot be looked at: mail waits, with the words for a dead NFS', async () => {
    await withFiles({ passwd: '' }, async (qmail) => {
      // A loop of links stands for the server that does not answer: neither missing nor there.
      await symlink('loop', join(qmail, 'loop'));
      await writeFile(join(qmail, 'passwd'), `joe:x:5000:1::${join(qmail, 'loop/joe')}:/bin/sh\n`);
      await assert.rejects(
        openUsers(qmail, { passwdFile: join(qmail, 'passwd') }).find('joe'),
        (error: unknown) =>
          error instanceof UserLookupError && error.report === 'NFS failure in qmail-local.',
      );
    });
  });

  it('nobody on a machine without alias: mail waits, it is not bounced', async () => {
    await withFiles({ passwd: '' }, async (qmail) => {
      const site = await makeSite({
        agent: { users: openUsers(qmail, { passwdFile: join(qmail, 'passwd') }) },
      });
      try {
        assert.deepEqual(await site.deliver('nobody'), { code: 'Z', text: 'Unable to find alias user!' });
      } finally {
        await site.close();
      }
    });
  });

  it('the alias directory of this home rather than that of another qmail', async () => {
    await withFiles({ passwd: 'alias:x:70:70::/var/other/alias:/bin/false\n' }, async (qmail) => {
      await mkdir(join(qmail, 'alias'));
      await chmod(join(qmail, 'alias'), 0o755);
      const self = `${process.geteuid?.()}:${process.getegid?.()}`;
      assert.equal(await ask(qmail, 'sales'), `alias ${self} ${qmail}/alias [-] [sales]`);
    });
  });
});
