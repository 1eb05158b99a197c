// How a client finds folders that others share (RFC 2342, RFC 9051 6.3.9; Courier's index, spec/maildir-imap.md 2.8): the
// namespace in both layouts, groups, odd names, wrong lines, subscriptions, and the index that Facteur keeps itself.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { encodeModifiedUtf7 } from '../../mta/maildir/folder-name.ts';
import type { ImapClient } from '../support/imap.ts';
import { type SharedSite, startSharedSite } from '../support/shared-folders.ts';

const ann = 'ann@example.net';
const bob = 'bob@example.net';
const eve = 'eve@example.org';
const joe = 'joe.de.vries@example.net';

const tagged = async (client: ImapClient, command: string): Promise<string> =>
  (await client.send(command)).tagged;

const names = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^\* (?:LIST|LSUB) \([^)]*\) "\." "(.*?)"/.exec(line)?.[1] ?? []);

const all = ['owner aceilrstwx', 'administrators aceilrstwx'];

async function withSite(
  addresses: readonly string[],
  work: (site: SharedSite) => Promise<void>,
  settings: Parameters<typeof startSharedSite>[1] = {},
): Promise<void> {
  const site = await startSharedSite(addresses, settings);
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

describe('folders of others in a list', () => {
  let site: SharedSite;
  let client: ImapClient;
  before(async () => {
    site = await startSharedSite([ann, bob, eve, joe]);
    await site.writeIndex([site.lineOf(ann), site.lineOf(bob), site.lineOf(joe), site.lineOf(eve, eve)]);
    for (const folder of ['Work', 'Work.Deep.Plans', 'Private', 'R&AOk-sum&AOk-', 'Wörk & "Co" (x)']) {
      await site.makeFolder(ann, folder);
      if (folder !== 'Private') await site.writeAcl(ann, folder, [...all, `user=${bob} lr`]);
    }
    await site.writeAcl(bob, 'INBOX', [...all, 'anyone lr']);
    await site.writeAcl(joe, 'INBOX', [...all, 'anyone lr']);
    await site.makeFolder(eve, 'Club');
    await site.writeAcl(eve, 'Club', [...all, `user=${bob} lr`, '-user=eve@example.org w']);
    client = await site.signIn(bob);
  });
  after(() => site.close());

  const utf7 = (name: string): string => encodeModifiedUtf7(name).replace(/["\\]/g, '\\$&');

  it('are there by name, each that shows itself and no other; never one’s own', async () => {
    const odd = 'Wörk & "Co" (x)';
    assert.deepEqual(
      (await client.ok('LIST "" "Shared.*"')).map((line) => line.slice(line.indexOf('"."') + 4)).sort(),
      [
        '"Shared.ann"',
        '"Shared.ann.R&AOk-sum&AOk-"',
        '"Shared.ann.Work"',
        '"Shared.ann.Work.Deep.Plans"',
        `"Shared.ann.${utf7(odd)}"`,
        '"Shared.eve@example org.Club"',
        '"Shared.joe de vries"',
      ]
        .filter((name) => name !== '"Shared.ann"')
        .sort(),
    );
    const lines = await client.ok('LIST "" "%"');
    assert.ok(
      lines.includes('* LIST (\\NonExistent \\Noselect \\HasChildren) "." "Shared"'),
      lines.join('\n'),
    );
    assert.deepEqual(names(await client.ok('LIST "" "Shared.%"')), [
      'Shared.ann',
      'Shared.eve@example org',
      'Shared.joe de vries',
    ]);
    assert.ok(names(await client.ok('LIST "" "*"')).includes('Shared.ann.Work'));
    assert.deepEqual(names(await client.ok('LIST "" "INBOX"')), ['INBOX']);
  });

  it('can be opened by these names, and by Courier’s', async () => {
    const odd = utf7('Wörk & "Co" (x)');
    for (const name of [
      `Shared.ann.${odd}`,
      '#shared.ann.R&AOk-sum&AOk-',
      '#shared.ann.Work.Deep.Plans',
      'Shared.joe de vries',
      '#shared.joe\\\\:de\\\\:vries',
      'Shared.eve@example org.Club',
    ])
      assert.match(await tagged(client, `EXAMINE "${name}"`), /^OK/, name);
    for (const name of ['Shared.ann.Private', 'Shared.ann', 'Shared.bob', 'Shared.ann.Work.Deep', 'Shared.x'])
      assert.match(await tagged(client, `EXAMINE "${name}"`), /^NO \[NONEXISTENT\]/, name);
  });

  it('have a namespace, and show their rights', async () => {
    assert.deepEqual(await client.ok('NAMESPACE'), ['* NAMESPACE (("" ".")) (("Shared." ".")) NIL']);
    const lines = await client.ok('LIST "" "Shared.eve*" RETURN (MYRIGHTS)');
    assert.ok(lines.includes('* MYRIGHTS "Shared.eve@example org.Club" lr'), lines.join('\n'));
    assert.deepEqual(await client.ok('GETQUOTAROOT Shared.ann.Work'), ['* QUOTAROOT "Shared.ann.Work"']);
  });

  it('are called as Courier calls them where INBOX. is the prefix, and hide from a star', async () => {
    site.settings.imapprefix = 'INBOX.';
    try {
      assert.deepEqual(await client.ok('NAMESPACE'), ['* NAMESPACE (("INBOX." ".")) NIL (("#shared." "."))']);
      assert.ok(!(await client.ok('LIST "" "*"')).join().includes('hared'));
      assert.deepEqual(names(await client.ok('LIST "#shared." "ann.W%"')).slice(0, 1), ['#shared.ann.Work']);
      assert.match((await client.send('EXAMINE #shared.ann.Work')).tagged, /^OK/);
      assert.match((await client.ok('STATUS Shared.ann.Work (MESSAGES)')).join(), /"#shared\.ann\.Work"/);
    } finally {
      site.settings.imapprefix = '';
    }
  });

  it('are subscribed to in one’s own Courier file, and stay there when they may not be seen', async () => {
    await client.ok('SUBSCRIBE Shared.ann.Work');
    await client.ok('SUBSCRIBE "Shared.ann.R&AOk-sum&AOk-"');
    await client.ok('SUBSCRIBE INBOX');
    const file = join(site.pathOf(bob), 'courierimapsubscribed');
    assert.equal(await readFile(file, 'utf8'), 'INBOX\n#shared.ann.Work\n#shared.ann.Résumé\n');
    const found = ['INBOX', 'Shared.ann.R&AOk-sum&AOk-', 'Shared.ann.Work'];
    assert.deepEqual(names(await client.ok('LSUB "" "*"')).sort(), found);
    assert.deepEqual(names(await client.ok('LIST (SUBSCRIBED) "" "*"')).sort(), found);
    await site.writeAcl(ann, 'Work', all);
    const lines = await client.ok('LIST (SUBSCRIBED) "" "Shared.ann.Work"');
    assert.match(lines.join(), /\(\\NonExistent .*\\Subscribed\) "\." "Shared\.ann\.Work"/);
    await client.ok('UNSUBSCRIBE Shared.ann.Work');
    assert.equal(await readFile(file, 'utf8'), 'INBOX\n#shared.ann.Résumé\n');
    await site.writeAcl(ann, 'Work', [...all, `user=${bob} lr`]);
  });

  it('own folders of such a name stand below INBOX', async () => {
    await client.ok('CREATE INBOX.Shared.ann.Mine');
    assert.ok(names(await client.ok('LIST "" "*"')).includes('INBOX.Shared.ann.Mine'));
    assert.match(await tagged(client, 'EXAMINE Shared.ann.Mine'), /^NO/);
    assert.match(await tagged(client, 'EXAMINE INBOX.Shared.ann.Mine'), /^OK/);
  });

  it('of an account that is gone, or was shut, are not there', async () => {
    await rm(site.accountOf(joe).directory, { recursive: true });
    assert.match(await tagged(client, 'EXAMINE "Shared.joe de vries"'), /^NO \[NONEXISTENT\]/);
    assert.ok(!names(await client.ok('LIST "" "Shared.*"')).includes('Shared.joe de vries'));
  });
});

test('groups are files beside the index; one that names itself ends somewhere', () =>
  withSite([ann, bob, eve], async (site) => {
    await site.writeAcl(ann, 'INBOX', [...all, 'anyone lr']);
    await site.writeIndex(['sales.team\t*\tindexsales', 'loop\t*\tindex', site.lineOf(eve)]);
    await writeFile(join(site.root, 'shared', 'indexsales'), `${site.lineOf(ann)}\n`);
    const client = await site.signIn(bob);
    assert.match(await tagged(client, 'EXAMINE "Shared.sales team.ann"'), /^OK/);
    assert.match(await tagged(client, 'EXAMINE "Shared.sales team"'), /^NO/);
    const found = names(await client.ok('LIST "" "Shared.*"'));
    assert.ok(found.includes('Shared.sales team.ann'));
    assert.ok(found.includes('Shared.loop.sales team.ann'));
    assert.ok(found.length < 10);
  }));

test('wrong lines of the index are told once in the log, and the others hold', () =>
  withSite([ann, bob], async (site) => {
    await site.writeAcl(ann, 'INBOX', [...all, 'anyone lr']);
    const nobody = join(site.root, 'nobody');
    await mkdir(join(nobody, 'Maildir'), { recursive: true });
    await site.writeIndex([
      'no tabs at all',
      'zero\t0\t0\t/root',
      `gone\t1\t1\t${join(site.root, 'gone')}`,
      `nobody\t1\t1\t${nobody}`,
      '',
      '# a comment',
      site.lineOf(ann),
    ]);
    const client = await site.signIn(bob);
    for (let round = 0; round < 2; round++)
      assert.deepEqual(names(await client.ok('LIST "" "Shared.*"')), ['Shared.ann']);
    assert.match(await tagged(client, 'EXAMINE Shared.nobody'), /^NO \[NONEXISTENT\]/);
    const told = site.log.filter((line) => line.includes('shared'));
    assert.equal(told.filter((line) => /line 1: expected/.test(line)).length, 1, told.join('\n'));
    assert.equal(told.filter((line) => /line 2: expected uid and gid/.test(line)).length, 1);
    assert.equal(told.filter((line) => line.includes('is no account')).length, 1);
    assert.equal(told.length, 3, told.join('\n'));
  }));

test('an index that cannot be read shares nothing, and keeps nobody from the own folders', () =>
  withSite([ann, bob], async (site) => {
    await mkdir(site.indexPath, { recursive: true });
    const client = await site.signIn(bob);
    for (let round = 0; round < 2; round++)
      assert.deepEqual(names(await client.ok('LIST "" "*"')), ['INBOX']);
    assert.match(await tagged(client, 'EXAMINE Shared.ann'), /^NO \[NONEXISTENT\]/);
    assert.equal(site.log.filter((line) => line.includes('nothing of it is shared')).length, 1);
    await rm(site.indexPath, { recursive: true });
    await site.writeIndex([site.lineOf(ann)]);
    await site.writeAcl(ann, 'INBOX', [...all, 'anyone lr']);
    assert.match(await tagged(client, 'EXAMINE Shared.ann'), /^OK/);
  }));

test('an account is found behind links, and its own folders are left out behind them too', () =>
  withSite([ann, bob], async (site) => {
    await site.writeAcl(ann, 'INBOX', [...all, 'anyone lr']);
    await site.writeAcl(bob, 'INBOX', [...all, 'anyone lr']);
    await symlink(join(site.root, 'domains'), join(site.root, 'link'));
    await site.writeIndex(
      ['ann', 'bob'].map((name) => `${name}\t1\t1\t${join(site.root, 'link', 'example.net', name)}`),
    );
    const client = await site.signIn(bob);
    assert.deepEqual(names(await client.ok('LIST "" "Shared.*"')), ['Shared.ann']);
    assert.match(await tagged(client, 'EXAMINE Shared.ann'), /^OK/);
    assert.match(await tagged(client, 'EXAMINE Shared.bob'), /^NO \[NONEXISTENT\]/);
  }));

test('without control/sharedindex nothing is shared, and no name is special', () =>
  withSite(
    [ann, bob],
    async (site) => {
      await site.writeAcl(ann, 'INBOX', [...all, 'anyone lr']);
      const client = await site.signIn(bob);
      assert.deepEqual(await client.ok('NAMESPACE'), ['* NAMESPACE (("" ".")) NIL NIL']);
      await client.ok('CREATE Shared.ann');
      assert.ok(names(await client.ok('LIST "" "*"')).includes('Shared.ann'));
      assert.match(await tagged(client, 'EXAMINE #shared.ann'), /^NO/);
      await client.ok(`SETACL INBOX ${ann} lr`);
    },
    { sharedindex: '' },
  ));

test('SETACL keeps an index of its own for each domain, and leaves the site’s alone', () =>
  withSite([ann, bob, eve], async (site) => {
    site.settings.sharedindex = join(site.root, 'own', '%d');
    const path = join(site.root, 'own', 'example.net');
    const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
    assert.deepEqual(names(await client.ok('LIST "" "Shared.*"')), []);
    await owner.ok('CREATE Work');
    await owner.ok(`SETACL Work ${bob} lrs`);
    await owner.ok(`SETACL Work bob +i`);
    await owner.ok(`SETACL INBOX anyone l`);
    const index = await readFile(path, 'utf8');
    assert.match(index, /^# Kept by facteur[^\n]*\nann\t\d+\t\d+\t[^\t\n]*\/ann\n$/);
    assert.deepEqual(names(await client.ok('LIST "" "Shared.*"')), ['Shared.ann', 'Shared.ann.Work']);
    assert.match((await client.ok('MYRIGHTS Shared.ann.Work')).join(), / ilrs$/);
    assert.deepEqual(names(await (await site.signIn(eve)).ok('LIST "" "Shared.*"')), []);
    await writeFile(path, '# by a script\n');
    await client.ok(`SETACL INBOX ${ann} lr`);
    assert.equal(await readFile(path, 'utf8'), '# by a script\n');
    site.settings.sharedindex = '/dev/null/none';
    await client.ok(`SETACL INBOX ${ann} lri`);
    assert.ok(
      site.log.some((line) => line.includes('could not be added')),
      site.log.join('\n'),
    );
  }));

test('a folder below a shared one gets its rights, one beside it does not', () =>
  withSite([ann, bob], async (site) => {
    await site.writeIndex([site.lineOf(ann)]);
    const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
    await owner.ok('CREATE Work');
    await owner.ok(`SETACL Work ${bob} lr`);
    await owner.ok(`SETACL INBOX ${bob} l`);
    await owner.ok('CREATE Work.New');
    await owner.ok('CREATE Other');
    assert.deepEqual(names(await client.ok('LIST "" "Shared.ann.*"')), [
      'Shared.ann.Work',
      'Shared.ann.Work.New',
    ]);
  }));

test('one search goes through shared folders that are named and may be read', () =>
  withSite([ann, bob], async (site) => {
    await site.writeIndex([site.lineOf(ann)]);
    for (const [folder, rights] of [
      ['Work', 'lr'],
      ['Shown', 'l'],
      ['Hidden', 'r'],
    ] as const) {
      await site.makeFolder(ann, folder);
      await site.writeAcl(ann, folder, [...all, `user=${bob} ${rights}`]);
      await site.putMessage(ann, folder, '100.M1P1.host:2,');
    }
    const client = await site.signIn(bob);
    const lines = await client.ok('ESEARCH IN (subtree Shared.ann) SUBJECT One');
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /MAILBOX "Shared\.ann\.Work" .*ALL 1$/);
    assert.deepEqual(await client.ok('ESEARCH IN (personal) ALL'), []);
    await client.ok('EXAMINE Shared.ann.Work');
    assert.equal((await client.ok('ESEARCH IN (selected personal) UNSEEN')).length, 1);
    await site.writeAcl(ann, 'Work', all);
    assert.match((await client.send('ESEARCH IN (selected) UNSEEN')).lines.join(), /^\* BYE /);
  }));

test('what others store counts for the owner of the folder', () =>
  withSite([ann, bob], async (site) => {
    await site.writeIndex([site.lineOf(ann)]);
    await site.writeAcl(ann, 'INBOX', [...all, `user=${bob} lri`]);
    await writeFile(join(site.pathOf(ann), 'maildirsize'), '2000S\n0 0\n');
    const client = await site.signIn(bob);
    const text = `Subject: x\r\n\r\n${'x'.repeat(1500)}\r\n`;
    const append = (mailbox: string) => tagged(client, `APPEND ${mailbox} {${text.length}+}\r\n${text}`);
    assert.match(await append('Shared.ann'), /^OK/);
    assert.match(await append('Shared.ann'), /^NO \[OVERQUOTA\]/);
    assert.match(await append('INBOX'), /^OK/);
    await client.ok('SELECT INBOX');
    assert.match(await tagged(client, 'COPY 1 Shared.ann'), /^NO \[OVERQUOTA\]/);
    assert.match(await readFile(join(site.pathOf(ann), 'maildirsize'), 'utf8'), /15\d\d +1\n$/);
  }));

test('annotations that all see are the folder’s; the owner’s private ones are nobody else’s', () =>
  withSite([ann, bob], async (site) => {
    await site.writeIndex([site.lineOf(ann)]);
    const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
    await owner.ok('SETMETADATA INBOX (/private/comment "mine" /shared/comment "ours")');
    await owner.ok(`SETACL INBOX ${bob} l`);
    assert.match(await tagged(client, 'GETMETADATA Shared.ann /shared/comment'), /^NO \[NOPERM\]/);
    await owner.ok(`SETACL INBOX ${bob} lr`);
    const lines = await client.ok('GETMETADATA (DEPTH infinity) Shared.ann (/shared /private)');
    assert.match(lines.join(), /ours/);
    assert.doesNotMatch(lines.join(), /mine/);
    assert.match(await tagged(client, 'SETMETADATA Shared.ann (/shared/comment "x")'), /^NO \[NOPERM\]/);
    await owner.ok(`SETACL INBOX ${bob} lrw`);
    await client.ok('SETMETADATA Shared.ann (/shared/comment "theirs")');
    assert.match((await owner.ok('GETMETADATA INBOX /shared/comment')).join(), /theirs/);
    assert.match(await tagged(client, 'SETMETADATA Shared.ann (/private/comment "x")'), /^NO \[NOPERM\]/);
  }));

test('an idle client hears at once of what others store in the folder, whoever has it open', () =>
  withSite([ann, bob], async (site) => {
    await site.writeIndex([site.lineOf(ann)]);
    await site.writeAcl(ann, 'INBOX', [...all, `user=${bob} lrsi`]);
    const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
    await owner.ok('SELECT INBOX');
    await client.ok('EXAMINE Shared.ann');
    for (const idle of [owner, client]) {
      idle.begin('IDLE');
      assert.match(await idle.line(), /^\+/);
    }
    const third = await site.signIn(bob);
    await third.ok('APPEND Shared.ann {14+}\r\nSubject: x\r\n\r\n');
    assert.equal(await owner.line(), '* 1 EXISTS');
    assert.equal(await client.line(), '* 1 EXISTS');
    await third.ok('SELECT Shared.ann');
    await third.ok('STORE 1 +FLAGS (\\Seen)');
    let line = '';
    while (!line.includes('FETCH')) line = await owner.line();
    assert.match(line, /\\Seen/);
  }));
