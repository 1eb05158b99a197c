// Who may do what, as rules on levels, flags and limits (spec/qmailadmin.md 1.3, vpopmail.md 2.3, 2.8).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  administers,
  checkCount,
  checkDenied,
  checkFlags,
  checkTarget,
  levelOf,
  machine,
  type Standing,
  seesAccount,
} from '../../mta/accounts/administration/authority.ts';
import { Refusal } from '../../mta/accounts/administration.ts';
import { type DomainLimits, noLimits } from '../../mta/accounts/limits.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';

const who = (level: Standing['level'], name: string, domain = 'a.example'): Standing => ({
  level,
  name,
  domain,
  address: `${name}@${domain}`,
});
const user = who('user', 'joe');
const admin = who('domain', 'carol');
const postmaster = who('domain', 'postmaster');
const foreign = who('domain', 'postmaster', 'b.example');
const system = who('system', 'root', 'b.example');

test('the level is SA_ADMIN, then QA_ADMIN or the name postmaster, else user', () => {
  assert.equal(levelOf('joe', 0), 'user');
  assert.equal(levelOf('postmaster', 0), 'domain');
  assert.equal(levelOf('joe', AccountFlag.domainAdmin), 'domain');
  assert.equal(levelOf('joe', AccountFlag.systemAdmin), 'system');
  assert.equal(levelOf('joe', 0x7fffffff & ~(AccountFlag.systemAdmin | AccountFlag.domainAdmin)), 'user');
});

test('a domain is its administrators and the system, an account also who it is', () => {
  const table: readonly (readonly [Standing, domain: boolean, own: boolean, other: boolean])[] = [
    [machine, true, true, true],
    [system, true, true, true],
    [admin, true, true, true],
    [postmaster, true, true, true],
    [foreign, false, false, false],
    [user, false, true, false],
  ];
  for (const [actor, domain, own, other] of table) {
    assert.equal(administers(actor, 'a.example'), domain, actor.address);
    assert.equal(seesAccount(actor, 'a.example', 'joe'), own, actor.address);
    assert.equal(seesAccount(actor, 'a.example', 'ann'), other, actor.address);
  }
  assert.equal(seesAccount(who('user', 'joe', 'b.example'), 'a.example', 'joe'), false);
  assert.equal(seesAccount(machine, 'a.example', ''), true);
});

test('perm_* bits bind QA_ADMIN accounts, not postmaster and not the system', () => {
  const limits: DomainLimits = { ...noLimits, denied: { ...noLimits.denied, account: 1 | 4 } };
  const denied = (actor: Standing, act: 'create' | 'modify' | 'remove'): boolean => {
    try {
      checkDenied(actor, limits, 'account', act, 'address');
      return false;
    } catch (error) {
      assert.ok(error instanceof Refusal && error.key === 'forbidden');
      return true;
    }
  };
  assert.deepEqual(
    (['create', 'modify', 'remove'] as const).map((act) => denied(admin, act)),
    [true, false, true],
  );
  for (const actor of [postmaster, system, machine]) assert.equal(denied(actor, 'create'), false);
});

test('counts bind a domain and its postmaster, -1 is as many as one likes', () => {
  assert.throws(() => checkCount(postmaster, 3, 3, 'address', 'accounts'), Refusal);
  assert.throws(() => checkCount(admin, 0, 0, 'address', 'accounts'), Refusal);
  checkCount(postmaster, 3, 2, 'address', 'accounts');
  checkCount(postmaster, -1, 1e6, 'address', 'accounts');
  checkCount(system, 0, 5, 'address', 'accounts');
});

test('system administrator, expert and override are given and taken by the system only', () => {
  for (const bit of [AccountFlag.systemAdmin, AccountFlag.systemExpert, AccountFlag.override]) {
    assert.throws(() => checkFlags(admin, 0, bit, false), Refusal);
    assert.throws(() => checkFlags(admin, bit, 0, false), Refusal);
    checkFlags(admin, bit, bit | AccountFlag.noPop, false);
    checkFlags(system, 0, bit, false);
  }
  checkFlags(admin, 0, AccountFlag.domainAdmin | AccountFlag.noPop, false);
  assert.throws(() => checkFlags(user, 0, AccountFlag.noPop, true), Refusal);
  assert.throws(() => checkFlags(admin, AccountFlag.domainAdmin, 0, true), Refusal, 'the own right');
  for (const wrong of [-1, 1.5, 2 ** 31, Number.NaN])
    assert.throws(() => checkFlags(system, 0, wrong, false), Refusal);
});

test('an account of the system is changed by the system; a bound administrator does not touch postmaster', () => {
  const bound: DomainLimits = { ...noLimits, denied: { ...noLimits.denied, forward: 1 } };
  const target = { name: 'boss', flags: AccountFlag.systemAdmin };
  assert.throws(() => checkTarget(postmaster, noLimits, 'a.example', target), Refusal);
  checkTarget(system, noLimits, 'a.example', target);
  checkTarget(admin, noLimits, 'a.example', { name: 'postmaster', flags: 0 });
  assert.throws(() => checkTarget(admin, bound, 'a.example', { name: 'postmaster', flags: 0 }), Refusal);
  checkTarget(postmaster, bound, 'a.example', { name: 'postmaster', flags: 0 });
});
