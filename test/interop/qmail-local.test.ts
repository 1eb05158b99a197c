// qmail-local and its .qmail files, rule by rule, on a real home (spec/qmail.md 6.1 to 6.6; checks 6 and 7 of section 15).
// What is told here holds for netqmail 1.06 too: its qmail-local gave the same reports, files and forwards.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { expandVerp } from '../../mta/send/schedule.ts';
import { isRoot, letter, makeSite, type Site, type SiteOptions } from '../support/local.ts';

let site: Site;
const start = async (options?: SiteOptions): Promise<void> => {
  site = await makeSite(options);
};
afterEach(() => site.close());

/** Code and text of a delivery to joe, or joe-EXT. */
const deliver = async (ext?: string, options?: Parameters<Site['deliver']>[1]): Promise<string> => {
  const { code, text } = await site.deliver(ext === undefined ? 'joe' : `joe-${ext}`, options);
  return code + text;
};

describe('the file of an address', () => {
  for (const [ext, tried] of [
    ['a', ['.qmail-a', '.qmail-default']],
    ['a-b', ['.qmail-a-b', '.qmail-a-default', '.qmail-default']],
    ['a-b-', ['.qmail-a-b-', '.qmail-a-b-default', '.qmail-a-default', '.qmail-default']],
    ['A.B-c', ['.qmail-a:b-c', '.qmail-a:b-default', '.qmail-default']],
  ] as const)
    it(`of the extension ${ext} is the first of ${tried.join(' ')}`, async () => {
      await start();
      assert.equal(await deliver(ext), 'DSorry, no mailbox here by that name. (#5.1.1)');
      for (const name of [...tried].reverse()) {
        await site.write(name, `|echo ${name}\n`);
        assert.equal(await deliver(ext), `K${name}\ndid 0+0+1`);
      }
    });

  it('of a user without an extension is .qmail, then .qmaildefault, then the default delivery', async () => {
    await start({ defaultdelivery: '|echo nothing\n' });
    assert.equal(await deliver(), 'Knothing\ndid 0+0+1');
    await site.write('.qmaildefault', '|echo default $DEFAULT.\n');
    assert.equal(await deliver(), 'Kdefault .\ndid 0+0+1');
    await site.write('.qmail', '|echo own $DEFAULT.\n');
    assert.equal(await deliver(), 'Kown .\ndid 0+0+1');
  });

  it('has $DEFAULT as it came, and also when its name ends in default itself', async () => {
    await start();
    await site.write('.qmail-default', '|echo "$DEFAULT"\n');
    await site.write('.qmail-x-default', '|echo "$DEFAULT"\n');
    await site.write('.qmail-mydefault', '|echo "$DEFAULT"\n');
    await site.write('.qmail-plain', '|echo "[$DEFAULT]"\n');
    assert.equal(await deliver('Foo.Bar'), 'KFoo.Bar\ndid 0+0+1');
    assert.equal(await deliver('X-Foo.Bar-z'), 'KFoo.Bar-z\ndid 0+0+1');
    assert.equal(await deliver('MyDeFault'), 'KDeFault\ndid 0+0+1');
    assert.equal(await deliver('plain'), 'K[]\ndid 0+0+1');
  });

  it('that is a directory or another thing than a file is passed by', async () => {
    await start();
    await mkdir(join(site.home, '.qmail-a'));
    await site.write('.qmail-default', '|echo default\n');
    assert.equal(await deliver('a'), 'Kdefault\ndid 0+0+1');
  });

  it('that may not be read defers, and so does one that others may write', { skip: !isRoot }, async () => {
    await start();
    await site.write('.qmail', '|echo read\n', 0o200);
    assert.equal(await deliver(), 'ZUnable to open .qmail: access denied. (#4.3.0)');
    await site.write('.qmail', '|echo read\n', 0o602);
    assert.equal(await deliver(), 'ZUh-oh: .qmail file is writable. (#4.7.0)');
  });

  it('may be ruled by a dash of its own, as users/assign gives it', async () => {
    await start({ user: { dash: '-', ext: 'lists-' } });
    await site.write('.qmail-lists-default', '|echo "$DEFAULT"\n');
    assert.equal(await deliver(), 'K\ndid 0+0+1');
  });
});

describe('the lines of a file', () => {
  it('an empty first line defers, before anything is done; later ones are nothing (check 6)', async () => {
    await start();
    await site.makeMaildir('Maildir');
    for (const first of ['\n', '  \t\n', '\n./Maildir/\n']) {
      await site.write('.qmail', first);
      assert.equal(await deliver(), 'ZUh-oh: first line of .qmail file is blank. (#4.2.1)');
    }
    await site.write('.qmail', '# first\n\n \n./Maildir/');
    assert.equal(await deliver(), 'Kdid 1+0+0');
  });

  it('blanks at the end go, at the start they stay: such a line is a forward (check 6)', async () => {
    await start();
    await site.makeMaildir('Maildir');
    await site.write('.qmail', './Maildir/ \t\n ./Maildir/\n&&a@x\nb@x  \n');
    assert.equal(await deliver(), 'Kdid 1+3+0\nqp 4711');
    assert.deepEqual(site.injected[0]?.recipients, [' ./Maildir/', '&a@x', 'b@x']);
  });

  it('with the x bit only forward, also after +list; other lines with + are nothing (check 6)', async () => {
    await start();
    await site.makeMaildir('Maildir');
    const program = 'ZUh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)';
    const file = 'ZUh-oh: .qmail has file delivery but has x bit set. (#4.7.0)';
    for (const [content, mode, expected] of [
      ['a@x\n|true\n', 0o700, program],
      ['./Maildir/\n', 0o700, file],
      ['./Mailbox\n', 0o700, file],
      ['a@x\n', 0o700, 'Kdid 0+1+0\nqp 4711'],
      ['+list\n|true\n', 0o600, program],
      ['|true\n+list \n./Maildir/\n', 0o600, file],
      ['+lists\n+\n+other list\n|true\n', 0o600, 'Kdid 0+0+1'],
      ['|true\n', 0o610, 'Kdid 0+0+1'],
    ] as const) {
      await site.write('.qmail', content, mode);
      assert.equal(await deliver(), expected, content);
    }
    assert.deepEqual(await site.mails('Maildir'), []);
    assert.equal(site.injected.length, 1, 'a file that stops sends no forward');
  });

  it('are counted by kind, and what programs print stands before the count, as it came', async () => {
    await start();
    await site.makeMaildir('Maildir');
    await site.write('.qmail', '|printf half\n./Maildir/\n./Mailbox\na@x\n#\n&b@x\n');
    assert.equal(await deliver(), 'Khalfdid 2+2+1\nqp 4711');
    await site.write('.qmail', '|printf half; kill -9 $$\n');
    assert.equal(await deliver(), 'ZhalfAack, child crashed. (#4.3.0)');
  });

  it('in ./dir/ is a Maildir that must be there, ./file an mbox that is made', async () => {
    await start();
    await mkdir(join(site.home, 'half'));
    for (const [line, expected] of [
      ['./no/', 'ZUnable to chdir to maildir. (#4.2.1)'],
      ['./half/', 'ZTemporary error on maildir delivery. (#4.3.0)'],
      ['./no/box', 'ZUnable to open ./no/box: file does not exist. (#4.2.1)'],
      ['./new', 'Kdid 1+0+0'],
    ] as const) {
      await site.write('.qmail', `${line}\n`);
      assert.equal(await deliver(), expected);
    }
    assert.ok((await readdir(site.home)).includes('new'));
  });
});

describe('a program line', () => {
  for (const [status, expected] of [
    [0, 'Kdid 0+0+1'],
    [99, 'Kdid 0+0+1'],
    ...[64, 65, 70, 76, 77, 78, 100, 112].map((code) => [code, 'D'] as const),
    ...[1, 2, 63, 66, 71, 75, 98, 101, 111, 126, 127, 255].map((code) => [code, 'Z'] as const),
  ] as const)
    it(`with exit ${status} is ${expected[0]}`, async () => {
      await start();
      await site.write('.qmail', `|exit ${status}\n`);
      assert.equal(await deliver(), expected);
    });

  it('with exit 99 leaves out later lines and sends the forwards before it (check 6)', async () => {
    await start();
    await site.write('.qmail', 'before@x\n|echo stop; exit 99\nafter@x\n|echo never\n');
    assert.equal(await deliver(), 'Kstop\ndid 0+1+1\nqp 4711');
    assert.deepEqual(site.injected[0]?.recipients, ['before@x']);
  });

  it('reads the raw message from its start, each one anew', async () => {
    await start();
    await site.write('.qmail', '|cat >one\n|head -c 5 >two\n|cat >three\n');
    await deliver();
    assert.equal(await site.read('one'), letter);
    assert.equal(await site.read('two'), letter.slice(0, 5));
    assert.equal(await site.read('three'), letter);
  });

  it('has the three lines with their line feeds', async () => {
    await start();
    await site.write('.qmail', '|printf "%s|%s|%s|" "$UFLINE" "$RPLINE" "$DTLINE" >lines\n');
    await deliver(undefined, { sender: 'a b\tc@x.y' });
    assert.match(
      await site.read('lines'),
      /^From a-b-c@x\.y \w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}\n\|Return-Path: <"a b\\?\tc"@x\.y>\n\|Delivered-To: joe@example\.org\n\|$/,
    );
  });

  it('has EXT2 to EXT4 and HOST2 to HOST4, which stay when nothing is left to take', async () => {
    await start();
    await site.write('.qmail-default', '|echo "$EXT2,$EXT3,$EXT4 $HOST2,$HOST3,$HOST4"\n');
    assert.equal(
      await deliver('a-b-c-d-e', { host: 'a.b.c.d.e' }),
      'Kb-c-d-e,c-d-e,d-e a.b.c.d,a.b.c,a.b\ndid 0+0+1',
    );
    assert.equal(await deliver('a-b', { host: 'a.b' }), 'Kb,, a,a,a\ndid 0+0+1');
  });
});

describe('forwards', () => {
  it('of one delivery are one message, sent last, with Delivered-To and no Return-Path', async () => {
    await start();
    await site.write('.qmail', 'a@x\n|echo "$(date)" >/dev/null\n&b@x\n');
    await deliver();
    assert.equal(site.injected.length, 1);
    assert.equal(site.injected[0]?.message, `Delivered-To: joe@example.org\n${letter}`);
    assert.deepEqual(site.injected[0]?.recipients, ['a@x', 'b@x']);
  });

  it('that the queue does not take are told with its words, and nothing is said to be done', async () => {
    await start();
    await site.write('.qmail', '|echo printed\na@x\n');
    site.answer = { code: 'D', text: 'envelope address too long for qq (#5.1.3)' };
    assert.equal(
      await deliver(),
      'Dprinted\nUnable to forward message: envelope address too long for qq (#5.1.3).',
    );
    site.answer = { code: 'Z', text: 'communication with mail server failed (#4.4.2)' };
    assert.equal(
      await deliver(),
      'Zprinted\nUnable to forward message: communication with mail server failed (#4.4.2).',
    );
  });

  it('have the sender of the owner file, and VERP with -owner-default (check 7)', async () => {
    await start();
    await site.write('.qmail', 'u@d.test\n');
    await site.write('.qmail-l:x', 'u@d.test\n');
    await site.write('.qmail-l:x-owner', '#\n');
    await deliver();
    await site.write('.qmail-owner', '#\n');
    await deliver();
    await deliver('L.x');
    await site.write('.qmail-l:x-owner-default', '#\n');
    await deliver('L.x');
    const senders = site.injected.map(({ sender }) => sender);
    assert.deepEqual(senders, [
      'sender@example.net',
      'joe-owner@example.org',
      'joe-L.x-owner@example.org',
      'joe-L.x-owner-@example.org-@[]',
    ]);
    assert.equal(expandVerp(senders[3]!, 'u@d.test'), 'joe-L.x-owner-u=d.test@example.org');
  });

  it('of bounces keep the empty sender, of double bounces #@[]', async () => {
    await start();
    await site.write('.qmail', 'u@d\n|echo "<$NEWSENDER>"\n');
    await site.write('.qmail-owner', '#\n');
    assert.equal(await deliver(undefined, { sender: '' }), 'K<>\ndid 0+1+1\nqp 4711');
    assert.equal(await deliver(undefined, { sender: '#@[]' }), 'K<#@[]>\ndid 0+1+1\nqp 4711');
  });
});

describe('a loop', () => {
  const looping = 'DThis message is looping: it already has my Delivered-To line. (#5.4.6)';
  for (const [name, message, expected] of [
    ['the line in the header', `X: y\nDelivered-To: joe@example.org\n${letter}`, looping],
    ['the line as the last one', 'Delivered-To: joe@example.org\n', looping],
    ['the line in the body', `${letter}Delivered-To: joe@example.org\n`, 'K'],
    ['another case', `Delivered-To: Joe@example.org\n${letter}`, 'K'],
    ['another case of the name', `delivered-to: joe@example.org\n${letter}`, 'K'],
    ['a blank more', `Delivered-To: joe@example.org \n${letter}`, 'K'],
    ['a CR', `Delivered-To: joe@example.org\r\n${letter}`, 'K'],
    ['another address', `Delivered-To: joe-x@example.org\n${letter}`, 'K'],
  ] as const)
    it(`by ${name} is ${expected === 'K' ? 'none' : 'one'}`, async () => {
      await start({ defaultdelivery: '#\n' });
      assert.ok((await deliver(undefined, { message })).startsWith(expected));
      assert.ok((await deliver(undefined, { message, fromFile: true })).startsWith(expected));
    });
});

describe('a home', () => {
  it('that is gone, sticky or writable by others defers with the words for it', async () => {
    await start({ defaultdelivery: '#\n' });
    for (const [mode, expected] of [
      [0o1700, 'ZHome directory is sticky: user is editing his .qmail file. (#4.2.1)'],
      [0o702, 'ZUh-oh: home directory is writable. (#4.7.0)'],
      [0o1702, 'ZUh-oh: home directory is writable. (#4.7.0)'],
      [0o755, 'Kdid 0+0+0'],
    ] as const) {
      await chmod(site.home, mode);
      assert.equal(await deliver(), expected);
    }
  });

  it('whose files vanish between two looks defers and never bounces', async () => {
    await start();
    await site.makeMaildir('Maildir');
    await site.write('.qmail', '|rm -r Maildir\n./Maildir/\n');
    assert.equal(await deliver(), 'ZUnable to chdir to maildir. (#4.2.1)');
    await site.write('.qmail', `|rm ${join(site.root, 'mess-*')}\n|cat\n`);
    await chmod(site.root, 0o777);
    assert.match(
      await deliver(undefined, { fromFile: true }),
      /^ZUnable to read message: file does not exist\. /,
    );
  });
});

describe('an mbox', () => {
  it('is cut back to what it was when the letter cannot be written whole', async () => {
    await start();
    await site.write('.qmail', './Mailbox\n');
    assert.equal(await deliver(), 'Kdid 1+0+0');
    const before = await site.read('Mailbox');
    // The queue file is shorter than it should be: found out after most of it has been written.
    const path = join(site.root, 'short');
    await writeFile(path, letter);
    const request = { id: '1', path, sender: '', recipient: 'joe@example.org' };
    const outcome = await site.agent.deliver({ ...request, size: letter.length + 9 });
    assert.deepEqual(outcome.code, 'Z');
    assert.match(outcome.text, /^Unable to write \.\/Mailbox: .*\(#4\.3\.0\)$/);
    assert.equal(await site.read('Mailbox'), before);
  });
});
