// The roles under root: which users they get (qmail accounts, others by name or number), words for what is missing or
// unwise, and what the log believes of whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoleUserError, resolveRoleUsers } from '../../mta/accounts/role-users.ts';
import { roleSettings } from '../../mta/control/definitions/roles.ts';
import { ControlError } from '../../mta/control/settings.ts';
import { attributeLine } from '../../server/supervisor/child-role.ts';

const passwd = [
  'root:x:0:0::/root:/bin/sh',
  'alias:x:7790:2108::/var/qmail/alias:/bin/true',
  'qmaild:x:7791:2108::/var/qmail:/bin/true',
  'qmailq:x:7794:2107::/var/qmail:/bin/true',
  'qmailr:x:7795:2107::/var/qmail:/bin/true',
  'qmails:x:7796:2107::/var/qmail:/bin/true',
  'vpopmail:x:89:89::/home/vpopmail:/bin/true',
  'mailin:x:501:600::/nonexistent:/bin/true',
].join('\n');
const group = 'root:x:0:\nqmail:x:2107:\nnofiles:x:2108:\n';

const resolve = (lines: string, users = passwd) =>
  resolveRoleUsers(
    roleSettings.roleusers.read({ path: 'control/roleusers', text: lines, me: undefined }),
    users,
    group,
  );

test('without control/roleusers the roles are the users of qmail and vpopmail', () => {
  const users = resolve('');
  assert.deepEqual(users.queue, { uid: 7794, gid: 2107, name: 'qmailq' });
  assert.deepEqual(users.send, { uid: 7796, gid: 2107, name: 'qmails' });
  assert.deepEqual(users.remote, { uid: 7795, gid: 2107, name: 'qmailr' });
  assert.deepEqual(users.smtpd, { uid: 7791, gid: 2108, name: 'qmaild' });
  assert.deepEqual(users.web, { uid: 89, gid: 89, name: 'vpopmail' });
  assert.equal(users.alias, 7790);
});

test('control/roleusers names others, by name or number, with a group or with their own', () => {
  assert.deepEqual(resolve('smtpd:mailin\n').smtpd, { uid: 501, gid: 600, name: 'mailin' });
  assert.deepEqual(resolve('smtpd:mailin:nofiles\n').smtpd, { uid: 501, gid: 2108, name: 'mailin:nofiles' });
  assert.deepEqual(resolve('# ours\nweb:8001:8002\n').web, { uid: 8001, gid: 8002, name: '8001:8002' });
  for (const line of ['smtp:mailin', 'smtpd', 'smtpd:a b', 'smtpd:a:b:c', 'smtpd:-1'])
    assert.throws(() => resolve(`${line}\n`), ControlError, line);
});

test('a user that is missing is named, with the command that makes it', () => {
  const without = passwd.replace(/^qmailr.*\n/m, '');
  assert.throws(
    () => resolve('', without),
    (error) => {
      assert.ok(error instanceof RoleUserError && error.isMissing);
      assert.match(
        error.message,
        /^there is no user qmailr for the role remote: make it \(useradd .* qmailr\)/,
      );
      return true;
    },
  );
  assert.throws(() => resolve('web:8001\n'), /web:8001 needs a group/);
  assert.throws(() => resolve('web:vpopmail:nobodies\n'), /no group nobodies/);
});

test('no role is root, two that must not meet are different users, and remote may read the queue', () => {
  for (const lines of [
    'smtpd:root\n',
    'web:8001:root\n',
    'smtpd:qmailq\n',
    'smtpd:vpopmail\n',
    'web:qmailr\n',
    'remote:qmailr:nofiles\n',
  ])
    assert.throws(() => resolve(lines), RoleUserError, lines);
});

test('only the queue writes qmail-send lines; those of other roles are marked as theirs', () => {
  const line = 'delivery 7: success: did_1+0+0/';
  assert.equal(attributeLine('queue', line), line);
  assert.equal(attributeLine('smtpd', line), `smtpd: ${line}`);
  assert.equal(
    attributeLine('smtpd', 'smtpd: ip=192.0.2.1 result=closed'),
    'smtpd: ip=192.0.2.1 result=closed',
  );
  assert.equal(attributeLine('web', '\u001b[2Jnew msg 1'), '?[2Jnew msg 1');
});
