// NOTIFY (RFC 5465) of folders that other accounts share: who may read them is told of them by name, who may not is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type SharedSite, startSharedSite } from '../support/shared-folders.ts';

const [ann, bob] = ['ann@example.net', 'bob@example.net'];
let site: SharedSite;
before(async () => {
  site = await startSharedSite([ann, bob]);
  for (const folder of ['Work', 'Closed', 'Secret']) await site.makeFolder(ann, folder);
  await site.writeAcl(ann, 'Work', ['owner aceilrstwx', `user=${bob} lr`]);
  await site.writeAcl(ann, 'Closed', ['owner aceilrstwx', `user=${bob} l`]);
  await site.writeIndex([site.lineOf(ann), site.lineOf(bob)]);
});
after(() => site.close());

test('a folder of another account is told of while it may be read', async () => {
  const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
  const lines = await client.ok(
    'NOTIFY SET STATUS (mailboxes (Shared.ann.Work Shared.ann.Closed Shared.ann.Secret INBOX) (MessageNew MessageExpunge))',
  );
  assert.equal(lines.length, 3, lines.join('\n'));
  // RFC 5465 3.1: it can be seen and not read; of the third nobody is to know.
  assert.equal(lines[0], '* LIST (\\NoAccess) "." "Shared.ann.Closed"');
  assert.match(lines[1] ?? '', /^\* STATUS "INBOX" \(MESSAGES 0 /);
  assert.match(lines[2] ?? '', /^\* STATUS "Shared\.ann\.Work" \(MESSAGES 0 /);
  await site.putMessage(ann, 'Closed', '100.M1P1.host:2,');
  await site.putMessage(ann, 'Secret', '100.M1P1.host:2,');
  await site.putMessage(ann, 'Work', '100.M1P1.host:2,');
  assert.match(await client.line(), /^\* STATUS "Shared\.ann\.Work" \(MESSAGES 1 UIDNEXT 2 /);
  await owner.ok(`DELETEACL Work ${bob}`);
  await site.putMessage(ann, 'Work', '101.M1P1.host:2,');
  await owner.ok('STATUS Work (MESSAGES)');
  await client.ok('APPEND INBOX {16+}\r\nSubject: own\r\n\r\n');
  assert.deepEqual(await client.ok('NOOP'), []);
  await owner.ok(`SETACL Work ${bob} lr`);
  await site.putMessage(ann, 'Work', '102.M1P1.host:2,');
  assert.match(await client.line(), /^\* STATUS "Shared\.ann\.Work" \(MESSAGES 3 /);
  assert.deepEqual(
    site.log.filter((line) => line.includes('bug')),
    [],
  );
});

test('personal folders are one’s own; subscribed and subtree mean those of others too', async () => {
  const [owner, client] = [await site.signIn(ann), await site.signIn(bob)];
  await owner.ok(`SETACL Work ${bob} lr`);
  assert.deepEqual(
    (await client.ok('NOTIFY SET STATUS (personal (MessageNew MessageExpunge))')).filter((line) =>
      line.includes('Shared'),
    ),
    [],
  );
  for (const filter of ['subtree Shared.ann', 'subscribed']) {
    await client.ok('SUBSCRIBE Shared.ann.Work');
    const lines = await client.ok(`NOTIFY SET STATUS (${filter} (MessageNew MessageExpunge))`);
    assert.ok(
      lines.some((line) => line.startsWith('* STATUS "Shared.ann.Work" ')),
      lines.join('\n'),
    );
    await client.ok('NOTIFY NONE');
  }
});
