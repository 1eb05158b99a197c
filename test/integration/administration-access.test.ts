// Access (security.md W7): every question to the administration by everybody who could ask, over the socket as well; limits;
// imports of many accounts.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Actor,
  type Administration,
  type BulkLine,
  Busy,
  Conflict,
  NoSuchObject,
  Refusal,
} from '../../mta/accounts/administration.ts';
import { noLimits } from '../../mta/accounts/limits.ts';
import { type PasswordHasher, PasswordQueueError } from '../../mta/accounts/password.ts';
import { answerAdministration, createAdministrationCalls } from '../../mta/calls/administration-calls.ts';
import { startAnswering } from '../../mta/calls/answering.ts';
import {
  type AdministeredSite,
  actorOf,
  goodPassword,
  machine,
  quickHasher,
  startAdministration,
} from '../support/administration.ts';
import { pngHeader } from '../support/pictures.ts';

let site: AdministeredSite;
let calls: ReturnType<typeof createAdministrationCalls>;
let stop: () => Promise<void>;

before(async () => {
  site = await startAdministration();
  const path = join(site.home.home, 'admin.socket');
  const log = (): void => undefined;
  const service = await startAnswering(
    'admin',
    { path },
    answerAdministration(site.administration, log),
    log,
  );
  calls = createAdministrationCalls(path);
  stop = async () => {
    calls.close();
    await service.close();
  };
});
after(async () => {
  await stop();
  await site.close();
});

const [com, org] = ['example.com', 'example.org'] as const;
const system = actorOf(`root-of-all@${com}`);
const admin = actorOf(`carol@${com}`);
const foreign = actorOf(`postmaster@${org}`);
const user = actorOf(`alice@${com}`);
const nobody = actorOf(`ghost@${com}`);

/** Each question about something of example.com, and who gets more than "no such object". */
const questions: readonly (readonly [
  method: keyof Administration,
  who: 'system' | 'domain' | 'own',
  ask: (to: Administration, actor: Actor) => Promise<unknown>,
])[] = [
  ['domain', 'domain', (to, actor) => to.domain(actor, com)],
  ['addDomain', 'system', (to, actor) => to.addDomain(actor, 'bad name', 'x')],
  ['removeDomain', 'system', (to, actor) => to.removeDomain(actor, com)],
  ['addAliasDomain', 'system', (to, actor) => to.addAliasDomain(actor, com, com)],
  ['removeAliasDomain', 'system', (to, actor) => to.removeAliasDomain(actor, com, 'none.example')],
  ['setCatchAll', 'domain', (to, actor) => to.setCatchAll(actor, com, 'old', { kind: 'bounce' })],
  ['setDomainDisabled', 'system', (to, actor) => to.setDomainDisabled(actor, com, true)],
  ['setLimits', 'system', (to, actor) => to.setLimits(actor, com, 'old', noLimits)],
  ['brand', 'domain', (to, actor) => to.brand(actor, com)],
  ['setBrand', 'domain', (to, actor) => to.setBrand(actor, com, 'old', undefined)],
  ['accounts', 'domain', (to, actor) => to.accounts(actor, com, { limit: 5 })],
  ['account', 'own', (to, actor) => to.account(actor, `alice@${com}`)],
  ['account', 'domain', (to, actor) => to.account(actor, `bob@${com}`)],
  [
    'addAccount',
    'domain',
    (to, actor) => to.addAccount(actor, { address: `bob@${com}`, password: goodPassword }),
  ],
  ['changeAccount', 'own', (to, actor) => to.changeAccount(actor, `alice@${com}`, { version: 'old' })],
  ['changeAccount', 'domain', (to, actor) => to.changeAccount(actor, `bob@${com}`, { version: 'old' })],
  ['security', 'own', (to, actor) => to.security(actor, `alice@${com}`)],
  ['security', 'domain', (to, actor) => to.security(actor, `bob@${com}`)],
  ['turnOffSecondFactor', 'domain', (to, actor) => to.turnOffSecondFactor(actor, `bob@${com}`, '')],
  ['removeAccount', 'domain', (to, actor) => to.removeAccount(actor, `postmaster@${com}`)],
  ['startBulk', 'domain', (to, actor) => to.startBulk(actor, com, [], { dryRun: true, all: false })],
  ['certificates', 'system', (to, actor) => to.certificates(actor)],
  ['settings', 'system', (to, actor) => to.settings(actor)],
  ['setting', 'system', (to, actor) => to.setting(actor, 'databytes')],
  ['changeSetting', 'system', (to, actor) => to.changeSetting(actor, 'databytes', 'old', '1\n')],
  ['aliases', 'domain', (to, actor) => to.aliases(actor, com, { limit: 5 })],
  ['alias', 'domain', (to, actor) => to.alias(actor, com, 'team')],
  ['setAlias', 'domain', (to, actor) => to.setAlias(actor, com, 'team', { addresses: ['bob'] })],
  ['setRobot', 'domain', (to, actor) => to.setRobot(actor, com, 'team', { subject: 's', message: 'm' })],
  ['removeAlias', 'domain', (to, actor) => to.removeAlias(actor, com, 'team', 'old')],
];

test('every question, by everybody: what is not yours is as if it were not there', async () => {
  await site.administration.setAlias(machine, com, 'team', { addresses: ['bob'] });
  const files = await readdir(site.directory(com));
  const record = await site.record(`bob@${com}`);
  const levels: readonly (readonly [Actor, readonly string[]])[] = [
    [system, ['system', 'domain', 'own']],
    [admin, ['domain', 'own']],
    [user, ['own']],
    [foreign, []],
    [nobody, []],
  ];
  for (const [actor, has] of levels)
    for (const to of [site.administration, calls])
      for (const [method, needs, ask] of questions) {
        const error = await ask(to, actor).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const label = `${method} (${needs}) by ${JSON.stringify(actor)}: ${error}`;
        if (!has.includes(needs)) assert.ok(error instanceof NoSuchObject, label);
        // Allowed, and then answered or refused by a rule; the one alias domain that is asked for is not there.
        else if (method !== 'removeAliasDomain')
          assert.ok(error === undefined || error instanceof Refusal || error instanceof Conflict, label);
      }
  assert.deepEqual(await readdir(site.directory(com)), files);
  assert.deepEqual(await site.record(`bob@${com}`), record);
});

test('"not yours" and "not there" are said in the same words', async () => {
  const said = (ask: Promise<unknown>): Promise<string> =>
    ask.then(
      () => assert.fail('answered'),
      (error: Error) => `${error.name}: ${error.message}`,
    );
  for (const to of [site.administration, calls]) {
    const there = await said(to.account(foreign, `bob@${com}`));
    assert.equal((await said(to.account(foreign, `none@${com}`))).replace('none', 'bob'), there);
    assert.equal(
      (await said(to.domain(foreign, 'none.example'))).replace('none.example', com),
      await said(to.domain(foreign, com)),
    );
    assert.equal(
      (await said(to.alias(foreign, 'none.example', 'team'))).replace('none.example', com),
      await said(to.alias(foreign, com, 'team')),
    );
  }
});

test('lists and the log hold what is the own', async () => {
  const names = async (actor: Actor): Promise<readonly string[]> =>
    (await calls.domains(actor, { limit: 10 })).items.map(({ name }) => name);
  assert.deepEqual(await names(system), [com, org]);
  assert.deepEqual(await names(admin), [com]);
  assert.deepEqual(await names(foreign), [org]);
  await assert.rejects(names(user), NoSuchObject);
  assert.equal(await calls.level(nobody), undefined);
  // What the administrator of the other domain tried here is in his own log.
  const log = await calls.audit(foreign, { limit: 500 });
  assert.ok(log.length > 0 && log.every(({ actor }) => actor === `postmaster@${org}`));
  const own = await calls.audit(admin, { limit: 500 });
  assert.ok(!own.some(({ actor }) => actor === `postmaster@${org}`));
  assert.ok((await calls.audit(system, { limit: 500 })).some(({ object }) => object === 'bad name'));
  await assert.rejects(calls.audit(user, { limit: 5 }), NoSuchObject);
});

test('the largest look goes over the socket and comes back; one that is none is refused by its field', async () => {
  const logo = Buffer.concat([pngHeader(512, 512), Buffer.alloc(65_536 - 33)]).toString('base64');
  const brand = { name: '漢字 & Ö', accent: '#0055cc', accentDark: '#5ca0ff', logo };
  const { version } = await calls.brand(admin, com);
  await assert.rejects(calls.setBrand(admin, com, version, { ...brand, accent: 'red' }), {
    name: 'Refusal',
    field: 'accent',
    key: 'colour',
  });
  await calls.setBrand(admin, com, version, brand);
  const stored = await calls.brand(admin, com);
  assert.deepEqual(stored.brand, brand);
  await assert.rejects(calls.setBrand(admin, com, version, undefined), Conflict);
  await calls.setBrand(admin, com, stored.version, undefined);
  assert.deepEqual(await calls.brand(admin, com), { version });
});

test('a page of accounts is followed forwards and back', async () => {
  const page = await calls.accounts(admin, com, { limit: 2 });
  assert.deepEqual(
    page.items.map(({ name }) => name),
    ['alice', 'bob'],
  );
  assert.deepEqual([page.total, page.hasBefore, page.hasAfter], [5, false, true]);
  const next = await calls.accounts(admin, com, { limit: 2, after: 'bob' });
  assert.deepEqual(
    next.items.map(({ name }) => name),
    ['carol', 'postmaster'],
  );
  assert.deepEqual([next.hasBefore, next.hasAfter], [true, true]);
  const back = await calls.accounts(admin, com, { limit: 2, before: 'carol' });
  assert.deepEqual(
    back.items.map(({ name }) => name),
    ['alice', 'bob'],
  );
  assert.deepEqual([back.hasBefore, back.hasAfter], [false, true]);
});

test("a domain's limits hold for its administrators, and its denials for those who are not postmaster", async () => {
  const { administration } = site;
  const set = async (limits: typeof noLimits): Promise<void> => {
    const { version } = await administration.domain(system, org);
    await administration.setLimits(system, org, version, limits);
  };
  const refused = (ask: Promise<unknown>, key: string) =>
    assert.rejects(ask, (error: unknown) => error instanceof Refusal && error.key === key);
  await set({ ...noLimits, maxAccounts: 3, maxForwards: 1, maxRobots: 0 });
  const add = (name: string): Promise<void> =>
    administration.addAccount(foreign, { address: `${name}@${org}`, password: goodPassword });
  await add('third');
  await refused(add('fourth'), 'limit');
  await administration.setAlias(foreign, org, 'one', { addresses: ['dave'] });
  await refused(administration.setAlias(foreign, org, 'two', { addresses: ['dave'] }), 'limit');
  // qmailadmin: what throws mail away is not counted.
  await administration.setAlias(foreign, org, 'hole', { addresses: [], discards: true });
  assert.equal(await site.read(org, '.qmail-hole'), '#\n');
  await refused(administration.setRobot(foreign, org, 'bot', { subject: 's', message: 'm' }), 'limit');
  await administration.setRobot(system, org, 'bot', { subject: 's', message: 'm' });

  await administration.changeAccount(system, `third@${org}`, { flags: 0x1000 });
  const third = actorOf(`third@${org}`);
  await set({ ...noLimits, denied: { ...noLimits.denied, account: 5, quota: 2, alias: 2 } });
  await refused(
    administration.addAccount(third, { address: `x1@${org}`, password: goodPassword }),
    'forbidden',
  );
  await refused(administration.removeAccount(third, `dave@${org}`), 'forbidden');
  await refused(administration.changeAccount(third, `dave@${org}`, { quota: '1M' }), 'forbidden');
  await administration.changeAccount(third, `dave@${org}`, { gecos: 'Dave' });
  await refused(
    administration.changeAccount(third, `postmaster@${org}`, { password: 'another long one' }),
    'forbidden',
  );
  await refused(administration.changeAccount(third, `dave@${org}`, { flags: 0x2000 }), 'forbidden');
  const { version } = await administration.alias(third, org, 'one');
  await refused(administration.setAlias(third, org, 'one', { version, addresses: ['third'] }), 'forbidden');
  await administration.changeAccount(foreign, `dave@${org}`, { quota: '1M' });
});

const bulkLine = (line: number, address: string, password: string = goodPassword): BulkLine => ({
  line,
  address,
  password,
});

async function finish(id: string, domain: string) {
  for (;;) {
    const job = await calls.bulk(system, domain, id);
    if (job.state !== 'running') return job;
    await sleep(20);
  }
}

test('of 10,000 lines the ten bad ones are told by number and reason, and the event loop stays free', async () => {
  const bad: readonly (readonly [line: number, address: string, words: RegExp, password?: string])[] = [
    [17, 'alice@example.com', /is there already/],
    [100, 'no-at-sign', /an address of example\.com/],
    [333, 'x@example.org', /an address of example\.com/],
    [1000, '../../etc@example.com', /a name has letters/],
    [2000, 'team@example.com', /is there already/],
    [3000, 'p1@example.com', /the same name as in line 1$/],
    [4000, 'short@example.com', /at least 10/, 'short'],
    [5000, 'default@example.com', /is there already|everybody else/],
    [6000, 'x@example.com', /Illegal username/],
    [9999, 'p\n|id@example.com', /a name has letters/],
  ];
  const lines = Array.from({ length: 10_000 }, (_, index) => bulkLine(index + 1, `p${index + 1}@${com}`));
  for (const [line, address, , password] of bad) lines[line - 1] = bulkLine(line, address, password);
  let last = performance.now();
  let longest = 0;
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const id = await calls.startBulk(system, com, lines, { dryRun: true, all: false });
  const job = await finish(id, com);
  clearInterval(watch);
  assert.deepEqual([job.state, job.done, job.total], ['done', 10_000, 10_000]);
  assert.deepEqual([job.report.added, job.report.refused], [9990, 10]);
  for (const [index, [line, , words]] of bad.entries()) {
    assert.equal(job.report.problems[index]?.line, line);
    assert.match(job.report.problems[index]?.words ?? '', words);
  }
  assert.ok(longest < 1000, `the event loop stood still for ${longest} ms`);
  assert.equal((await calls.accounts(system, com, { limit: 1 })).total, 5);
  await assert.rejects(
    calls.startBulk(system, com, [...lines, bulkLine(10_001, `one-more@${com}`)], {
      dryRun: true,
      all: false,
    }),
    (error: unknown) => error instanceof Refusal && error.key === 'too-many',
  );
});

test('an import adds accounts that can sign in; with `all` one bad line keeps all out; one domain has one at a time', async () => {
  const lines = [bulkLine(1, `new1@${com}`), bulkLine(2, `new2@${com}`), bulkLine(3, `alice@${com}`)];
  const none = await finish(await calls.startBulk(admin, com, lines, { dryRun: false, all: true }), com);
  assert.deepEqual([none.report.added, none.report.refused], [0, 1]);
  const many = Array.from({ length: 40 }, (_, index) => bulkLine(index + 10, `many${index}@${com}`));
  const first = site.administration.startBulk(admin, com, [...lines, ...many], { dryRun: false, all: false });
  await assert.rejects(site.administration.startBulk(admin, com, lines, { dryRun: true, all: false }), Busy);
  const some = await finish(await first, com);
  assert.deepEqual([some.state, some.report.added, some.report.refused], ['done', 42, 1]);
  assert.equal((await site.record(`new2@${com}`))?.password, `$test$${goodPassword}`);
  await assert.rejects(calls.bulk(foreign, com, some.id), NoSuchObject);
  await assert.rejects(calls.bulk(foreign, org, some.id), NoSuchObject);
});

test('an import keeps as many threads busy as there are and no more, in the background, and tries again what was too much', async () => {
  const seen: string[] = [];
  let running = 0;
  let most = 0;
  let refusals = 3;
  const hasher: PasswordHasher = {
    ...quickHasher,
    hash: async (password, _scheme, isPatient) => {
      assert.equal(isPatient, true, 'who signs in goes first');
      most = Math.max(most, ++running);
      seen.push(password.slice(-1));
      await sleep(2);
      running--;
      if (refusals-- > 0) throw new PasswordQueueError();
      return `$test$${password}`;
    },
  };
  const own = await startAdministration({ hasher });
  try {
    const lines = ['a', 'b', 'c', 'd'].map((one, at) =>
      bulkLine(at + 1, `new-${one}@${com}`, `${goodPassword} ${one}`),
    );
    const id = await own.administration.startBulk(system, com, lines, { dryRun: false, all: false });
    for (;;) {
      const job = await own.administration.bulk(system, com, id);
      if (job.state === 'running') {
        await sleep(20);
        continue;
      }
      assert.deepEqual([job.state, job.report], ['done', { added: 4, refused: 0, problems: [] }]);
      break;
    }
    assert.ok(most >= 2 && most <= 3, `two ahead, and one that is tried again: ${most}`);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((one) => seen.includes(one)),
      [true, true, true, true],
    );
    assert.equal(seen.length, 7, 'each once, and three once more');
    for (const { address, password } of lines)
      assert.equal((await own.record(address))?.password, `$test$${password}`);
  } finally {
    await own.close();
  }
});

test('administrators of the system import hashes of another system as they are; nobody else, and no nonsense', async () => {
  const hashes = [
    '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/',
    '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1',
    '{CRYPT}abNANd1rDfiNc',
    `$2y$10$${'a'.repeat(53)}`,
  ];
  const bad = ['!', '$6$short$x', 'with:colon', '$y$j9T$x$y', `$1$a$${'b'.repeat(22)}\n`];
  const lines = [...hashes, ...bad].map((passwordHash, at) => ({
    ...bulkLine(at + 1, `moved${at}@${com}`, ''),
    passwordHash,
  }));
  const denied = await finish(await calls.startBulk(admin, com, lines, { dryRun: true, all: false }), com);
  assert.deepEqual([denied.report.added, denied.report.refused], [0, lines.length]);
  assert.match(denied.report.problems[0]?.words ?? '', /only administrators of the system/);
  const done = await finish(await calls.startBulk(system, com, lines, { dryRun: false, all: false }), com);
  assert.deepEqual([done.report.added, done.report.refused], [hashes.length, bad.length]);
  assert.deepEqual([...new Set(done.report.problems.map(({ field }) => field))], ['hash']);
  for (const [at, hash] of hashes.entries())
    assert.equal((await site.record(`moved${at}@${com}`))?.password, hash);
});
