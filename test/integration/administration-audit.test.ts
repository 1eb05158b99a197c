// What the audit log says of changes (security.md A8): who, what, and the old beside the new, without secrets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { machine } from '../support/admin.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
before(async () => {
  site = await startSite({ people: ['alice@example.com', 'bob@example.com'] });
});
after(() => site.close());

const domain = 'example.com';

/** The newest entry, as `action object details`. */
async function newest(): Promise<string> {
  const [entry] = await site.web.administration.audit(machine, { limit: 1 });
  return `${entry?.action} ${entry?.object} ${entry?.details}`;
}

test('limits: only those that changed, each with its old and its new number', async () => {
  const { administration } = site.web;
  const { version, limits } = await administration.domain(machine, domain);
  const denied = { ...limits.denied, alias: 5 };
  await administration.setLimits(machine, domain, version, { ...limits, maxAccounts: 51, denied });
  assert.equal(await newest(), `domain.limits ${domain} maxAccounts -1 to 51, denied alias 0 to 5`);
  await administration.setLimits(
    machine,
    domain,
    (await administration.domain(machine, domain)).version,
    undefined,
  );
  assert.equal(
    await newest(),
    `domain.limits ${domain} those for all domains: maxAccounts 51 to -1, denied alias 5 to 0`,
  );
});

test('catch-all: what it was and what it is', async () => {
  const { administration } = site.web;
  const set = async (choice: Parameters<typeof administration.setCatchAll>[3]) =>
    administration.setCatchAll(
      machine,
      domain,
      (await administration.domain(machine, domain)).version,
      choice,
    );
  await set({ kind: 'delete' });
  await set({ kind: 'forward', address: 'bob@example.com' });
  assert.equal(await newest(), `domain.catch-all ${domain} delete to bob@example.com`);
});

test('an alias and a robot: what they were, when changed and when removed', async () => {
  const { administration } = site.web;
  const versionOf = async (name: string) => (await administration.alias(machine, domain, name)).version;
  await administration.setAlias(machine, domain, 'info', { addresses: ['bob@example.com'] });
  assert.equal(await newest(), `alias.add info@${domain} bob@example.com`);
  await administration.setAlias(machine, domain, 'info', {
    version: await versionOf('info'),
    addresses: ['alice@example.com'],
  });
  assert.equal(await newest(), `alias.change info@${domain} bob@example.com to alice@example.com`);
  await administration.removeAlias(machine, domain, 'info', await versionOf('info'));
  assert.equal(await newest(), `alias.remove info@${domain} alice@example.com`);

  await administration.setRobot(machine, domain, 'prices', { subject: 'Old', message: 'A secret offer.' });
  await administration.setRobot(machine, domain, 'prices', {
    version: await versionOf('prices'),
    subject: 'New',
    message: 'Another.',
    copyTo: 'bob@example.com',
  });
  assert.equal(
    await newest(),
    `robot.change prices@${domain} subject "Old" to "New", text, copy to nothing to bob@example.com`,
  );
});

test('where the mail of an account goes: before and after', async () => {
  const { administration } = site.web;
  const delivery = { kind: 'forward', forwards: ['bob@example.com'], keepsCopy: true } as const;
  await administration.changeAccount(machine, 'alice@example.com', { delivery });
  assert.equal(
    await newest(),
    'account.change alice@example.com delivery mailbox to forward to bob@example.com and keep',
  );
});

test('what was refused is said in its own words, without the name of a class', async () => {
  const { administration } = site.web;
  await assert.rejects(administration.setAlias(machine, domain, 'alice', { addresses: ['bob@example.com'] }));
  assert.match(await newest(), /^alias\.add alice@example\.com refused: alice@example\.com is a mailbox;/);
});
