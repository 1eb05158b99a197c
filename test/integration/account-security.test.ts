// What guards an account besides its password, asked of the administration and over its socket: who may see, make and take
// away app passwords and the second factor; what the audit log says of it (security.md A5, A8, W7).
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Actor, type Administration, NoSuchObject, Refusal } from '../../mta/accounts/administration.ts';
import { makeSecret } from '../../mta/accounts/second-factor.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { answerAdministration, createAdministrationCalls } from '../../mta/calls/administration-calls.ts';
import { startAnswering } from '../../mta/calls/answering.ts';
import {
  type AdministeredSite,
  actorOf,
  goodPassword,
  startAdministration,
} from '../support/administration.ts';

let site: AdministeredSite;
let to: Administration;
let stop: () => Promise<void>;
let clock = Date.UTC(2026, 0, 1);

const [alice, bob, carol, system] = ['alice', 'bob', 'carol', 'root-of-all'].map((name) =>
  actorOf(`${name}@example.com`),
) as [Actor, Actor, Actor, Actor];
const foreign = actorOf('postmaster@example.org');
const address = 'alice@example.com';
const mail = { password: goodPassword, label: 'Phone', services: ['imap', 'smtp'] } as const;

before(async () => {
  site = await startAdministration({ now: () => clock });
  const path = join(site.home.home, 'admin.socket');
  const log = (): void => undefined;
  const answer = answerAdministration(site.administration, log);
  const service = await startAnswering('admin', { path }, answer, log);
  const calls = createAdministrationCalls(path);
  to = calls;
  stop = async () => {
    calls.close();
    await service.close();
  };
});
after(async () => {
  await stop();
  await site.close();
});
beforeEach(() => {
  clock += 3600_000;
});

const refuses = (ask: Promise<unknown>, field: string, key: string): Promise<void> =>
  assert.rejects(
    ask,
    (error: unknown) => error instanceof Refusal && error.field === field && error.key === key,
  );
const codeOf = (secret: Buffer): string => totpCode(secret, totpStep(clock / 1000));
const last = async (): Promise<string> => {
  const [entry] = await to.audit(system, { limit: 1 });
  return `${entry?.actor} ${entry?.action} ${entry?.object} ${entry?.details}`;
};

async function turnOn(actor: Actor = alice): Promise<{ secret: Buffer; recovery: readonly string[] }> {
  const secret = makeSecret();
  const recovery = await to.turnOnSecondFactor(actor, actor.kind === 'account' ? actor.address : '', {
    password: goodPassword,
    secret: secret.toString('base64url'),
    code: codeOf(secret),
  });
  return { secret, recovery };
}

test('an app password is made by its owner who shows the password, and given once', async () => {
  await refuses(to.addAppPassword(alice, address, { ...mail, password: 'wrong' }), 'password', 'wrong');
  await refuses(to.addAppPassword(alice, address, { ...mail, password: '' }), 'password', 'wrong');
  await refuses(to.addAppPassword(alice, address, { ...mail, label: ' ' }), 'label', 'empty');
  await refuses(to.addAppPassword(alice, address, { ...mail, services: [] }), 'services', 'none');
  const made = await to.addAppPassword(alice, address, mail);
  assert.match(made.password, /^(?:[a-z2-9]{4}-){6}[a-z2-9]{4}$/);
  const { appPasswords, mayChange, secondFactor } = await to.security(alice, address);
  assert.deepEqual(
    appPasswords.map(({ id, label, services }) => ({ id, label, services })),
    [{ id: made.id, label: 'Phone', services: ['smtp', 'imap'] }],
  );
  assert.deepEqual([mayChange, secondFactor], [true, undefined]);
  assert.ok(!JSON.stringify(appPasswords).includes(made.password.replaceAll('-', '')));
  const log = JSON.stringify(await to.audit(system, { limit: 500 }));
  assert.ok(log.includes('app-password.add') && !log.includes(made.password) && !log.includes(goodPassword));
});

test('nobody makes an app password in the name of another, administrators see and take them away', async () => {
  for (const actor of [bob, carol, system, foreign]) {
    await assert.rejects(to.addAppPassword(actor, address, mail), NoSuchObject);
    await assert.rejects(
      to.turnOnSecondFactor(actor, address, {
        password: goodPassword,
        secret: 'A'.repeat(27),
        code: '000000',
      }),
      NoSuchObject,
    );
  }
  const { id } = await to.addAppPassword(alice, address, { ...mail, label: 'Old tablet' });
  for (const actor of [bob, foreign]) {
    await assert.rejects(to.security(actor, address), NoSuchObject);
    await assert.rejects(to.removeAppPassword(actor, address, id), NoSuchObject);
  }
  assert.equal((await to.security(carol, address)).mayChange, true);
  await to.removeAppPassword(carol, address, id);
  assert.equal(await last(), `carol@example.com app-password.remove ${address} "Old tablet"`);
  await assert.rejects(to.removeAppPassword(alice, address, id), NoSuchObject);
});

test("a domain's administrator looks at an administrator of the system and takes nothing of his away", async () => {
  const root = 'root-of-all@example.com';
  const { id } = await to.addAppPassword(system, root, mail);
  await turnOn(system);
  assert.equal((await to.security(carol, root)).mayChange, false);
  await refuses(to.removeAppPassword(carol, root, id), 'address', 'forbidden');
  await refuses(to.turnOffSecondFactor(carol, root, ''), 'address', 'forbidden');
  assert.notEqual((await to.security(system, root)).secondFactor, undefined);
  assert.equal((await to.security(system, root)).appPasswords.length, 1);
});

test('the second factor is turned on by password and code, checked once a code, off by a code', async () => {
  const secret = makeSecret();
  const wanted = { password: goodPassword, secret: secret.toString('base64url'), code: codeOf(secret) };
  await refuses(to.turnOnSecondFactor(alice, address, { ...wanted, password: 'no' }), 'password', 'wrong');
  await refuses(to.turnOnSecondFactor(alice, address, { ...wanted, code: '12345' }), 'code', 'wrong');
  await refuses(to.turnOnSecondFactor(alice, address, { ...wanted, secret: 'short' }), 'secret', 'secret');
  assert.equal((await to.security(alice, address)).secondFactor, undefined);
  const recovery = await to.turnOnSecondFactor(alice, address, wanted);
  assert.equal(recovery.length, 10);
  await refuses(to.turnOnSecondFactor(alice, address, wanted), 'code', 'on');
  assert.deepEqual((await to.security(alice, address)).secondFactor, {
    since: Math.floor(clock / 1000),
    recoveryCodes: 10,
  });
  assert.equal(await to.checkSecondFactor(alice, wanted.code), 'wrong');
  assert.equal(await last(), `${address} second-factor.wrong ${address} `);
  clock += 60_000;
  assert.equal(await to.checkSecondFactor(alice, codeOf(secret)), 'right');
  assert.equal(await to.checkSecondFactor(alice, codeOf(secret)), 'wrong');
  assert.equal(await to.checkSecondFactor(alice, recovery[3] as string), 'right');
  assert.equal((await to.security(alice, address)).secondFactor?.recoveryCodes, 9);
  await refuses(to.turnOffSecondFactor(alice, address, '000000'), 'code', 'wrong');
  await to.turnOffSecondFactor(alice, address, recovery[4] as string);
  assert.equal((await to.security(alice, address)).secondFactor, undefined);
});

test('an administrator turns it off for who lost the phone, and the log says who did', async () => {
  await turnOn();
  await to.turnOffSecondFactor(carol, address, '');
  assert.equal((await to.security(alice, address)).secondFactor, undefined);
  assert.equal(await last(), `carol@example.com second-factor.off ${address} by an administrator`);
});

test('after five wrong codes nobody is heard for a quarter of an hour, and the log is not filled', async () => {
  const { secret } = await turnOn();
  clock += 60_000;
  for (let tries = 0; tries < 5; tries++) assert.equal(await to.checkSecondFactor(alice, '000000'), 'wrong');
  const before = (await to.audit(system, { limit: 1 }))[0]?.id;
  assert.equal(await to.checkSecondFactor(alice, codeOf(secret)), 'later');
  assert.equal((await to.audit(system, { limit: 1 }))[0]?.id, before);
  await refuses(to.turnOffSecondFactor(alice, address, codeOf(secret)), 'code', 'later');
  clock += 16 * 60_000;
  assert.equal(await to.checkSecondFactor(alice, codeOf(secret)), 'right');
  await to.turnOffSecondFactor(carol, address, '');
});

test('an account whose password others set gets no ways in of its own', async () => {
  await to.changeAccount(carol, 'bob@example.com', { flags: AccountFlag.noPasswordChange });
  await refuses(to.addAppPassword(bob, 'bob@example.com', mail), 'address', 'forbidden');
  await assert.rejects(turnOn(bob), Refusal);
  assert.ok(!(await readdir(join(site.directory('example.com'), 'bob'))).includes('.facteur'));
});

test('who asks over the socket cannot send what has another form', async () => {
  const bad = [
    to.addAppPassword(alice, address, { ...mail, services: ['web'] as never }),
    to.checkSecondFactor(alice, 7 as never),
    to.turnOffSecondFactor(alice, address, undefined as never),
  ];
  for (const ask of bad) await assert.rejects(ask, /not the right form/);
});
