// The second step of signing in and the security settings over real HTTP (security.md A4, A5, A7, W1, W2).
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { totpCode, totpStep } from '../../mta/accounts/totp.ts';
import { type Answer, type Client, password, startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
let ahead = 0;
before(async () => {
  site = await startSite({ trustedProxies: ['127.0.0.0/8'] });
});
after(() => site.close());

/** Time goes on: the next code is another one, and old wrong tries are over. */
function pass(milliseconds: number): void {
  ahead += milliseconds;
  site.advance(milliseconds);
}
beforeEach(() => pass(3600_000));

const page = '/settings/security';
const [alice, bob] = ['alice@example.com', 'bob@example.com'];

const fromBase32 = (text: string): Buffer => {
  const digits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((digits.join('').match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
};
const field = (answer: Answer, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(answer.body)?.[1] ?? assert.fail(`no field ${name}`);
const codeOf = (secret: Buffer): string => totpCode(secret, totpStep((Date.now() + ahead) / 1000));

/** Turns the second step on as the pages do. */
async function turnOn(client: Client): Promise<{ secret: Buffer; recovery: readonly string[] }> {
  const setup = await client.get(`${page}/two-step`);
  const key = /<code>([A-Z2-7 ]+)<\/code>/.exec(setup.body)?.[1] ?? assert.fail(setup.body);
  const secret = fromBase32(key.replaceAll(' ', ''));
  assert.match(setup.body, /<svg class="square"[^>]+viewBox="0 0 \d+ \d+"/);
  const fields = { csrf: field(setup, 'csrf'), setup: field(setup, 'setup') };
  const answer = await client.post(`${page}/two-step`, { ...fields, password, code: codeOf(secret) });
  assert.equal(answer.status, 200);
  const recovery = [...answer.body.matchAll(/<code>([a-z2-9]{5}-[a-z2-9]{5})<\/code>/g)].map(
    ([, code]) => code!,
  );
  assert.equal(recovery.length, 10);
  return { secret, recovery };
}

async function turnOff(client: Client, code: string): Promise<Answer> {
  return client.post(`${page}/two-step/off`, {
    csrf: await client.token(page),
    code,
    'own-password': password,
  });
}

/** Signs in with both steps; gives the answer to the last. */
async function signInTwice(
  client: Client,
  address: string,
  code: string,
  fields: Record<string, string> = {},
): Promise<Answer> {
  client.cookies.delete('sid');
  const first = await client.signIn(address, password, fields);
  assert.deepEqual([first.status, first.location], [303, '/login/code']);
  const form = await client.get('/login/code');
  return client.post('/login/code', { csrf: field(form, 'csrf'), code, ...fields });
}

/** The password step of a browser whose session is over. */
function signInAgain(client: Client): Promise<Answer> {
  client.cookies.delete('sid');
  return client.signIn(alice!);
}

test('an app password is made by the password, shown once, opens mail and not the webmail, and is taken back', async () => {
  const client = await site.signIn(alice!);
  const csrf = await client.token(page);
  const form = { csrf, label: 'Phone <b>', service: ['imap', 'smtp'] };
  const wrong = await client.post(`${page}/app`, { ...form, password: 'wrong' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /This is not your password/);
  assert.match(wrong.body, /value="Phone &lt;b&gt;"/);
  for (const [fields, words] of [
    [{ ...form, label: '' }, /Say which program/],
    [{ ...form, service: [] }, /Choose at least one/],
  ] as const) {
    const answer = await client.post(`${page}/app`, { ...fields, password });
    assert.equal(answer.status, 422);
    assert.match(answer.body, words);
  }
  const made = await client.post(`${page}/app`, { ...form, password });
  assert.equal(made.status, 200);
  const secret =
    /<code>((?:[a-z2-9]{4}-){6}[a-z2-9]{4})<\/code>/.exec(made.body)?.[1] ?? assert.fail(made.body);
  const list = await client.get(page);
  assert.ok(list.body.includes('Phone &lt;b&gt;') && !list.body.includes(secret));
  const accounts = openAccounts({ home: site.home });
  try {
    assert.equal((await accounts.authenticate(alice!, secret, 'imap'))?.address, alice);
    assert.equal(await accounts.authenticate(alice!, secret, 'pop3'), undefined);
    assert.equal(await accounts.authenticate(alice!, secret, 'web'), undefined);
    const removed = await client.post(`${page}/app/remove`, { csrf, id: field(list, 'id') });
    assert.equal(removed.status, 303);
    assert.equal(await accounts.authenticate(alice!, secret, 'imap'), undefined);
  } finally {
    await accounts.close();
  }
  assert.equal((await client.post(`${page}/app/remove`, { csrf, id: 'none' })).status, 404);
});

test('who takes a way in away says who they are, and then not again for ten minutes', async () => {
  const client = await site.signIn(bob!);
  const csrf = await client.token(page);
  const make = { csrf, label: 'Phone', service: 'imap', password };
  for (let n = 0; n < 2; n++) assert.equal((await client.post(`${page}/app`, make)).status, 200);
  const apps = async () =>
    (await site.web.administration.security({ kind: 'machine' }, bob!)).appPasswords.map(({ id }) => id);
  const [first = '', second = ''] = await apps();
  pass(601_000);
  const remove = (fields: Record<string, string>) => client.post(`${page}/app/remove`, { csrf, ...fields });
  const question = await remove({ id: first });
  assert.equal(question.status, 401);
  assert.match(question.body, new RegExp(`name="id" value="${first}"`));
  assert.match(question.body, /name="own-password" type="password"/);
  const wrong = await remove({ id: first, 'own-password': 'wrong' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, new RegExp(`name="id" value="${first}"`));
  assert.ok(!wrong.body.includes('value="wrong"'));
  assert.deepEqual(await apps(), [first, second]);
  // Another session has proven nothing by it.
  assert.equal((await remove({ id: first, 'own-password': password })).status, 303);
  const other = await site.signIn(bob!);
  const elsewhere = { csrf: await other.token(page), id: second };
  assert.equal((await other.post(`${page}/app/remove`, elsewhere)).status, 401);
  pass(599_000);
  assert.equal((await remove({ id: second })).status, 303);
  assert.deepEqual(await apps(), []);
  // The same is asked before a passkey or the second step is removed.
  pass(10_000);
  for (const path of ['passkey/remove', 'two-step/off'])
    assert.equal((await client.post(`${page}/${path}`, { csrf, id: 'x', code: '123456' })).status, 401, path);
});

test('wrong passwords on the page are braked like tries to sign in', async () => {
  const client = await site.signIn(bob!);
  const fields = { csrf: await client.token(page), label: 'x', service: 'imap', password: 'wrong' };
  const statuses: number[] = [];
  for (let tries = 0; tries < 11; tries++) statuses.push((await client.post(`${page}/app`, fields)).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [422, 429]);
});

test('with the second step on, the password alone opens nothing, and each code works once', async () => {
  const client = await site.signIn(alice!);
  const other = await site.signIn(alice!);
  const { secret } = await turnOn(client);
  assert.equal((await client.get('/f/INBOX')).status, 200);
  assert.equal((await other.get('/f/INBOX')).status, 303, 'who came in with the password alone is out');
  pass(60_000);
  const fresh = site.client();
  const first = await fresh.signIn(alice!, password, { next: '/settings/general', stay: '1' });
  assert.deepEqual([first.status, first.location], [303, '/login/code']);
  assert.equal(fresh.cookies.has('sid'), false);
  assert.equal((await fresh.get('/f/INBOX')).status, 303);
  const form = await fresh.get('/login/code');
  assert.match(form.body, /alice@example\.com/);
  const csrf = field(form, 'csrf');
  const wrong = await fresh.post('/login/code', { csrf, code: '000000' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /role="alert"/);
  assert.equal((await fresh.post('/login/code', { csrf: 'x', code: codeOf(secret) })).status, 422);
  const foreign = await fresh.post(
    '/login/code',
    { csrf, code: codeOf(secret) },
    { origin: 'http://evil.example' },
  );
  assert.equal(foreign.status, 403);
  const right = await fresh.post('/login/code', { csrf, code: codeOf(secret) });
  assert.deepEqual([right.status, right.location], [303, '/settings/general']);
  assert.equal((await fresh.get('/f/INBOX')).status, 200);
  assert.equal(fresh.cookies.has('second'), false);
  // Overheard: the same code again.
  assert.equal((await signInTwice(site.client(), alice!, codeOf(secret))).status, 422);
  pass(60_000);
  assert.equal((await turnOff(client, codeOf(secret))).status, 303);
  assert.equal((await site.client().signIn(alice!)).location, '/f/INBOX');
});

test('a recovery code opens once; turning off needs a code', async () => {
  const client = await site.signIn(alice!);
  const { recovery } = await turnOn(client);
  assert.equal((await signInTwice(site.client(), alice!, recovery[0]!)).status, 303);
  assert.equal((await signInTwice(site.client(), alice!, recovery[0]!)).status, 422);
  assert.match((await client.get(page)).body, /9 recovery codes are left/);
  const refused = await turnOff(client, 'nonsense');
  assert.equal(refused.status, 422);
  assert.match(refused.body, /This code is not right/);
  assert.equal((await turnOff(client, recovery[1]!)).status, 303);
  assert.match((await client.get(page)).body, /tag">off</);
});

test('a remembered browser is not asked again for 30 days, nobody else is spared, and it can be forgotten', async () => {
  const client = await site.signIn(alice!);
  const { recovery } = await turnOn(client);
  const known = site.client();
  assert.equal((await signInTwice(known, alice!, recovery[0]!, { remember: '1' })).status, 303);
  assert.match((await client.get(page)).body, /One browser is not asked/);
  assert.equal((await signInAgain(known)).location, '/f/INBOX');
  pass(29 * 86_400_000);
  assert.equal((await signInAgain(known)).location, '/f/INBOX');
  const thief = site.client();
  thief.cookies.set('known', 'A'.repeat(43));
  assert.equal((await thief.signIn(alice!)).location, '/login/code');
  pass(2 * 86_400_000);
  assert.equal((await signInAgain(known)).location, '/login/code');
  assert.equal((await signInTwice(known, alice!, recovery[1]!, { remember: '1' })).status, 303);
  assert.equal((await signInAgain(known)).location, '/f/INBOX');
  assert.equal((await known.post(`${page}/forget`, { csrf: await known.token(page) })).status, 303);
  assert.equal((await signInAgain(known)).location, '/login/code');
  // One that is turned on anew remembers nobody.
  assert.equal((await signInTwice(known, alice!, recovery[2]!, { remember: '1' })).status, 303);
  await site.web.administration.turnOffSecondFactor({ kind: 'machine' }, alice!, '');
  pass(60_000);
  const again = await turnOn(known);
  assert.equal((await signInAgain(known)).location, '/login/code');
  const back = site.client();
  assert.equal((await signInTwice(back, alice!, again.recovery[0]!)).status, 303);
  assert.equal((await turnOff(back, again.recovery[1]!)).status, 303);
});

test('after five wrong codes the right one is not heard either, for a quarter of an hour', async () => {
  const client = await site.signIn(bob!);
  const { secret, recovery } = await turnOn(client);
  const guesser = site.client('192.0.2.77');
  for (let tries = 0; tries < 5; tries++)
    assert.equal((await signInTwice(guesser, bob!, '000000')).status, 422, String(tries));
  pass(60_000);
  const late = await signInTwice(guesser, bob!, codeOf(secret));
  assert.equal(late.status, 429);
  assert.ok(Number(late.headers.get('retry-after')) > 0);
  pass(16 * 60_000);
  assert.equal((await signInTwice(guesser, bob!, codeOf(secret))).status, 303);
  assert.equal((await turnOff(guesser, recovery[0]!)).status, 303);
});

test("the way between the steps ends after ten minutes, and is nobody else's", async () => {
  const client = await site.signIn(alice!);
  const { recovery } = await turnOn(client);
  const slow = site.client();
  assert.equal((await slow.signIn(alice!)).location, '/login/code');
  const csrf = field(await slow.get('/login/code'), 'csrf');
  pass(11 * 60_000);
  const late = await slow.post('/login/code', { csrf, code: recovery[0]! });
  assert.deepEqual([late.status, late.location], [303, '/login']);
  assert.equal((await site.client().get('/login/code')).location, '/login');
  const forged = site.client();
  forged.cookies.set('second', site.web.signTicket('other', `{"address":"${alice}"}`, 600));
  assert.equal((await forged.get('/login/code')).location, '/login');
  assert.equal((await turnOff(client, recovery[0]!)).status, 303);
});

test("another account's set-up page is worth nothing, and an old one begins anew", async () => {
  const [one, two] = [await site.signIn(alice!), await site.signIn(bob!)];
  const setup = field(await one.get(`${page}/two-step`), 'setup');
  const csrf = await two.token(page);
  const foreign = await two.post(`${page}/two-step`, { csrf, setup, password, code: '123456' });
  assert.equal(foreign.status, 422);
  assert.match(foreign.body, /open for too long/);
  assert.match((await two.get(page)).body, /tag">off</);
});
