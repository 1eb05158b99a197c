// Filters in the webmail (webmail.md 1.12 R1 to R4, R7) without JavaScript: rules made, changed, ordered and taken back by
// forms; rules from a message; senders blocked; scripts by hand, which nothing else rewrites; what SqWebMail left.
import assert from 'node:assert/strict';
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../mta/accounts/types.ts';
import { readRules } from '../../mta/sieve/rules/script.ts';
import { firstMessage, type MailSite, startMailSite } from '../support/mail-pages.ts';
import { until } from '../support/serve.ts';
import { type Answer, type Client, password } from '../support/site.ts';

let site: MailSite;
let alice: Client;
let csrf: string;
let account: Account;
const address = 'alice@example.com';
const page = '/settings/filters';
before(async () => {
  site = await startMailSite();
  alice = await site.signIn(address);
  csrf = await alice.token();
  account = await site.account(address);
  const mailbox = await site.mailboxes.open(account);
  for (const folder of ['Family', 'Lists', 'Old']) await mailbox.uids.createFolder(folder);
});
after(() => site.close());

type Fields = Record<string, string | readonly string[]>;
function post(path: string, fields: Fields = {}): Promise<Answer> {
  const body = new URLSearchParams({ csrf });
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, String(one));
  return alice.request(path, {
    method: 'POST',
    headers: { origin: alice.base, 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
}
const rule: Fields = {
  id: '',
  match: 'all',
  field: 'from',
  test: 'contains',
  value: 'bob@',
  header: '',
  place: 'move',
  folder: 'Family',
  on: '1',
  stop: '1',
};
const script = (name = 'facteur') => readFile(join(account.directory, 'sieve', `${name}.sieve`), 'utf8');
const active = () => readlink(join(account.directory, '.dovecot.sieve'));
const rules = async () => readRules(await script())?.rules ?? assert.fail('no rules in the script');
/** The page after a form, with its toast. */
async function follow(answer: Answer): Promise<string> {
  assert.equal(answer.status, 303, answer.body.slice(0, 2000));
  return (await alice.get(answer.location)).body;
}
const textOf = (html: string): string => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
/** Presses Undo in the toast of a page. */
async function undo(body: string): Promise<void> {
  const op = /name="op" value="([\w-]+)"/.exec(body)?.[1] ?? assert.fail('no Undo');
  assert.equal((await post('/undo', { op, return: page })).status, 303);
}
async function removeAll(): Promise<void> {
  for (const { id } of await rules()) await post(`${page}/remove`, { id });
}

describe('a rule', () => {
  test('is made by a form, stands on the page as a sentence, and is the active script', async () => {
    assert.match(textOf((await alice.get(page)).body), /There are no rules yet\./);
    const body = textOf(await follow(await post(`${page}/rule`, rule)));
    assert.match(body, /From contains “\u2068bob@\u2069” move to \u2068Family\u2069, skip the rules below/);
    assert.equal(await active(), 'sieve/facteur.sieve');
    assert.match(
      await script(),
      /if header :contains "from" "bob@" \{\n {2}fileinto "Family";\n {2}stop;\n\}/,
    );
    await removeAll();
  });

  test('that is wrong comes back as it was typed, with what is wrong beside the field', async () => {
    const answer = await post(`${page}/rule`, {
      ...rule,
      field: ['header', 'size', 'body'],
      test: ['contains', 'over', 'is'],
      value: ['x<b>', 'much', 'y'],
      header: ['a b', '', ''],
      folder: 'Nowhere',
      forward: 'bob',
      name: 'Kept',
    });
    assert.equal(answer.status, 422);
    for (const words of [
      /value="x&lt;b&gt;"/,
      /value="Kept"/,
      /href="#field-header-0">Write the name of a header field/,
      /href="#field-value-1">Write a size, such as 5 MB/,
      /href="#field-test-2">This cannot be asked here/,
      /href="#field-folder">Choose a folder that is there/,
      /href="#field-forward">Write whole addresses/,
    ])
      assert.match(answer.body, words);
  });

  test('gets another condition, or loses one, without losing what was typed', async () => {
    const more = await post(`${page}/rule`, { ...rule, name: 'Kept', do: 'add' });
    assert.equal(more.status, 200);
    assert.equal(more.body.match(/name="value"/g)?.length, 2);
    assert.match(more.body, /value="bob@"[\s\S]*value="Kept"/);
    const less = await post(`${page}/rule`, {
      ...rule,
      field: ['from', 'subject'],
      test: ['contains', 'is'],
      value: ['one', 'two'],
      header: ['', ''],
      do: 'remove:0',
    });
    assert.doesNotMatch(less.body, /value="one"/);
    assert.match(less.body, /value="two"/);
  });

  test('whose name is script adds no action', async () => {
    const name = 'x\n*/ redirect "e@x.example"; {';
    await follow(await post(`${page}/rule`, { ...rule, name, value: `${name} " ;` }));
    const code = (await script()).replace(/^#.*$/gm, '').replace(/"(?:[^"\\]|\\.)*"/g, 'S');
    assert.doesNotMatch(code, /redirect/);
    assert.equal((await rules()).length, 1);
    await removeAll();
  });

  test('that has no room in the script is refused with all that was typed, and the others stay', async () => {
    const large = {
      ...rule,
      field: Array(20).fill('subject'),
      test: Array(20).fill('contains'),
      value: Array.from({ length: 20 }, (_, n) => String(n).padEnd(500, 'x')),
      header: Array(20).fill(''),
    };
    assert.equal((await post(`${page}/rule`, large)).status, 303);
    assert.equal((await post(`${page}/rule`, large)).status, 303);
    const refused = await post(`${page}/rule`, { ...large, name: 'Kept' });
    assert.equal(refused.status, 422);
    assert.match(refused.body, /Your filters have no room for this/);
    assert.match(refused.body, /value="Kept"/);
    assert.equal((await rules()).length, 2);
    await removeAll();
  });

  test('is turned off and on, moved up and down, deleted, and each is undone', async () => {
    for (const name of ['one', 'two', 'three']) await post(`${page}/rule`, { ...rule, name });
    const names = async () => (await rules()).map((one) => (one.isOn ? one.name : `(${one.name})`)).join(' ');
    const [one, two, three] = await rules();
    const off = await follow(await post(`${page}/switch`, { id: two!.id, on: '' }));
    assert.equal(await names(), 'one (two) three');
    await undo(off);
    assert.equal(await names(), 'one two three');
    await post(`${page}/order`, { id: three!.id, way: 'up' });
    assert.equal(await names(), 'one three two');
    const dropped = await follow(await post(`${page}/order`, { id: one!.id, before: '' }));
    assert.equal(await names(), 'three two one');
    await undo(dropped);
    assert.equal(await names(), 'one three two');
    const removed = await follow(await post(`${page}/remove`, { id: three!.id }));
    // What is changed since stays.
    await post(`${page}/switch`, { id: one!.id, on: '' });
    await undo(removed);
    assert.equal(await names(), '(one) three two');
    const edited = await follow(await post(`${page}/rule`, { ...rule, id: three!.id, name: 'drei' }));
    assert.equal(await names(), '(one) drei two');
    await undo(edited);
    assert.equal(await names(), '(one) three two');
    assert.equal((await post(`${page}/remove`, { id: 'none' })).status, 404);
    await removeAll();
  });

  test('follows its folder to a new name, and is off when the folder is deleted, until it is back', async () => {
    await post(`${page}/rule`, { ...rule, folder: 'Old' });
    await post('/folders/Old/rename', { name: 'New', parent: '' });
    const [moved] = await rules();
    assert.deepEqual(moved?.actions.place, { kind: 'move', folder: 'New' });
    const gone = await follow(await post('/folders/New/delete'));
    assert.match(textOf(gone), /One rule that put mail there is off now\./);
    assert.equal((await rules())[0]?.isOn, false);
    assert.match(textOf((await alice.get(page)).body), /There is no folder \u2068New\u2069 any more/);
    await undo(gone);
    assert.equal((await rules())[0]?.isOn, true);
    await removeAll();
  });
});

describe('from a message', () => {
  test('a rule begins with its list, else its sender, and with the folder it was moved to', async () => {
    await site.deliver(address, { subject: 'plain', from: 'Carla <carla@example.org>' });
    const id = await firstMessage(alice);
    const shown = (await alice.get(`/m/${id}`)).body;
    const href = /href="(\/settings\/filters\/rule\?[^"]+)"/.exec(shown)?.[1]?.replaceAll('&amp;', '&');
    assert.ok(href);
    const form = (await alice.get(href)).body;
    assert.match(form, /value="is" selected/);
    assert.match(form, /name="value"[^>]*value="carla@example\.org"/);
    const moved = await follow(
      await post('/act', { action: 'move', id, folder: 'INBOX', to: 'Family', return: '/f/INBOX' }),
    );
    const always = /toast-next" href="([^"]+)">Always move\?</.exec(moved)?.[1]?.replaceAll('&amp;', '&');
    assert.ok(always);
    const filled = (await alice.get(always)).body;
    assert.match(filled, /value="carla@example\.org"/);
    assert.match(filled, /<option value="Family" selected>/);
    await site.deliver(address, {
      subject: 'list',
      headers: ['List-Id: The "list" <x.lists.example>'],
      received: new Date(Date.now() + 60_000),
    });
    const list = await alice.get(`${page}/rule?m=${await firstMessage(alice)}`);
    assert.match(list.body, /<option value="list" selected>[\s\S]*value="x\.lists\.example"/);
  });

  test('its sender is blocked, stands in the list, and is unblocked', async () => {
    const id = await firstMessage(alice);
    const blocked = await follow(
      await post(`${page}/block`, { m: id, in: 'INBOX', how: 'junk', return: '/f/INBOX' }),
    );
    assert.match(textOf(blocked), /bob@example\.org is blocked\./);
    assert.match(await script(), /address :is :all "from" "bob@example\.org"/);
    await undo(blocked);
    assert.deepEqual(readRules(await script())?.blocked, { junk: [], discard: [] });
    await follow(await post(`${page}/block`, { who: 'Bad <x@BAD.example>', how: 'discard' }));
    const body = (await alice.get(page)).body;
    assert.match(textOf(body), /x@bad\.example are deleted for good/);
    await follow(await post(`${page}/unblock`, { who: 'x@bad.example' }));
    for (const who of ['nobody', address, 'a@b"c', '']) {
      const refused = await post(`${page}/block`, { who, how: 'junk' });
      assert.equal(refused.status, 422, who);
      assert.match(refused.body, /id="fault-who"/);
    }
  });
});

describe('a rule that forwards', () => {
  test('asks for the password, then waits until the address agrees', async () => {
    site.injected.length = 0;
    const forwarding = { ...rule, place: 'keep', forward: 'carla@elsewhere.example' };
    const asked = await post(`${page}/rule`, forwarding);
    assert.equal(asked.status, 422);
    assert.match(asked.body, /name="own-password"/);
    assert.match(asked.body, /value="carla@elsewhere\.example"/);
    const waiting = await follow(await post(`${page}/rule`, { ...forwarding, 'own-password': password }));
    assert.match(textOf(waiting), /Does nothing until \u2068carla@elsewhere\.example\u2069 agrees/);
    assert.doesNotMatch(await script(), /^ {2}redirect/m);
    assert.deepEqual(
      site.web.securityLog
        .list(address)
        .slice(0, 1)
        .map(({ kind, about }) => [kind, about]),
      [['forward', 'carla@elsewhere.example']],
    );
    const letter = site.injected.find(({ recipients }) => recipients.includes('carla@elsewhere.example'));
    const [, body64 = ''] = String(letter?.message).split('\n\n');
    const link = /(\/forward\?t=\S+)/.exec(Buffer.from(body64, 'base64').toString())?.[1];
    assert.ok(link);
    const carla = site.client();
    const question = await carla.get(link);
    assert.equal(question.status, 200);
    const ticket = /name="t" value="([^"]+)"/.exec(question.body)?.[1] ?? '';
    assert.equal((await carla.post('/forward', { t: ticket })).status, 200);
    assert.match(await script(), /^ {2}redirect :copy "carla@elsewhere\.example";/m);
    assert.equal((await carla.post('/forward', { t: ticket })).status, 404);
    assert.equal((await carla.post('/forward', { t: `${ticket}x` })).status, 404);
    await removeAll();
  });

  test('is not made for this mailbox itself, nor for an address of ours that is not there, nor for none', async () => {
    for (const forward of [address, 'nobody@example.com', 'x']) {
      const answer = await post(`${page}/rule`, { ...rule, forward });
      assert.equal(answer.status, 422);
      assert.match(answer.body, /href="#field-forward">/);
    }
  });
});

describe('on mail that is there', () => {
  test('a rule is tried on the last letters, and applied to a folder as a job that can be undone', async () => {
    for (let n = 0; n < 3; n++)
      await site.deliver(address, { subject: `Invoice ${n}`, from: 'Shop <shop@example.net>', flags: '' });
    await site.deliver(address, { subject: 'Other', from: 'Shop <shop@example.net>', flags: '' });
    await site.deliver(address, { subject: 'Invoice of junk', folder: 'Junk' });
    const form = {
      ...rule,
      field: ['from', 'subject'],
      test: ['is', 'begins'],
      value: ['shop@example.net', 'Invoice'],
      header: ['', ''],
      folder: 'Lists',
      label: '$label1',
      star: '1',
      copy: 'Family',
      name: 'Shop',
    };
    const tried = await post(`${page}/rule`, { ...form, do: 'try' });
    assert.match(tried.body, /<strong>3 of the last \d+ messages match\.<\/strong>/);
    assert.equal(tried.body.match(/href="\/m\/[\w-]{12}\?in=INBOX"/g)?.length, 3);
    await post(`${page}/rule`, form);
    const [made] = await rules();
    const mailbox = await site.mailboxes.open(account);
    const before = (await mailbox.list({ folder: 'INBOX', limit: 200 })).total;
    const family = (await mailbox.list({ folder: 'Family', limit: 200 })).total;
    const started = await post(`${page}/rule/apply`, { id: made!.id, folder: 'INBOX' });
    assert.match(started.location, /^\/jobs\//);
    const job = () => site.web.jobs.list(address).find(({ id }) => started.location.endsWith(id));
    await until('the job ends', () => job()?.state !== 'running');
    assert.equal(job()?.outcome?.words, 'The rule was applied to 3 messages.');
    const lists = await mailbox.list({ folder: 'Lists', limit: 10 });
    assert.deepEqual(
      lists.rows.map(({ subject, flagged, keywords }) => [subject.slice(0, 7), flagged, keywords.join()]),
      Array(3).fill(['Invoice', true, '$label1']),
    );
    assert.equal((await mailbox.list({ folder: 'Family', limit: 200 })).total, family + 3);
    assert.equal((await post('/undo', { op: job()?.op ?? '', return: page })).status, 303);
    const back = await mailbox.list({ folder: 'INBOX', limit: 200 });
    assert.equal(back.total, before);
    assert.ok(back.rows.every(({ flagged, keywords }) => !flagged && keywords.length === 0));
    assert.equal((await mailbox.list({ folder: 'Family', limit: 200 })).total, family);
    await removeAll();
  });
});

describe('scripts by hand', () => {
  test('are saved with what is wrong at its line, and are never rewritten by rules', async () => {
    await post(`${page}/rule`, rule);
    const wrong = await post(`${page}/script`, {
      was: '',
      name: 'mine',
      version: '',
      text: 'keep;\nfrobnicate;\n',
    });
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /Line 2: /);
    assert.match(wrong.body, /keep;\nfrobnicate;/);
    const text = '# mine\nkeep;\n';
    await follow(await post(`${page}/script`, { was: '', name: 'mine', version: '', text }));
    await follow(await post(`${page}/script/use`, { name: 'mine' }));
    assert.equal(await active(), 'sieve/mine.sieve');
    const foreign = (await alice.get(page)).body;
    assert.match(textOf(foreign), /Your script “\u2068mine\u2069” filters your mail/);
    assert.doesNotMatch(foreign, /class="rule"/);
    // Nothing that rules do touches it.
    assert.equal((await alice.get(`${page}/rule`)).location, page);
    assert.equal((await post(`${page}/rule`, rule)).status, 409);
    assert.equal((await post(`${page}/block`, { who: 'x@y.example', how: 'junk' })).status, 422);
    assert.equal((await post('/folders/Family/rename', { name: 'Kin', parent: '' })).status, 303);
    assert.equal((await post('/folders/Kin/rename', { name: 'Family', parent: '' })).status, 303);
    assert.equal(await script('mine'), text);
    await follow(await post(`${page}/use`));
    assert.equal(await active(), 'sieve/facteur.sieve');
    assert.equal(await script('mine'), text);
    assert.equal((await rules()).length, 1);
  });

  test('rules changed by hand are a script like any other, beside which new rules begin', async () => {
    const shown = (await alice.get(`${page}/script?name=facteur`)).body;
    assert.match(shown, /made from your rules/);
    const version = /name="version" value="([^"]+)"/.exec(shown)?.[1] ?? '';
    const edited = `${await script()}keep;\n`;
    const late = await post(`${page}/script`, {
      was: 'facteur',
      name: 'facteur',
      version: 'old',
      text: edited,
    });
    assert.equal(late.status, 409);
    await follow(await post(`${page}/script`, { was: 'facteur', name: 'facteur', version, text: edited }));
    assert.match(textOf((await alice.get(page)).body), /Your script “\u2068facteur\u2069” filters/);
    await follow(await post(`${page}/use`));
    assert.equal(await active(), 'sieve/facteur-2.sieve');
    assert.equal(await script(), edited);
  });

  test('that are doubtful are saved and say so; that cannot run are not used', async () => {
    const text = 'if true { stop; keep; }\n';
    const saved = await follow(await post(`${page}/script`, { was: '', name: 'odd', version: '', text }));
    assert.match(
      textOf(saved),
      /can run, but some of it may not be what you meant.*Line 1: .*found keep behind stop/s,
    );
    await writeFile(join(account.directory, 'sieve/broken.sieve'), 'keep;\nfrobnicate;\n');
    const broken = (await alice.get(`${page}/script?name=broken`)).body;
    assert.match(textOf(broken), /cannot run as it is:.*Line 2: /s);
    const refused = await post(`${page}/script/use`, { name: 'broken' });
    assert.equal(refused.status, 422);
    assert.match(textOf(refused.body), /line 2: /);
    assert.equal(await active(), 'sieve/facteur-2.sieve');
    for (const name of ['odd', 'broken']) await post(`${page}/script/remove`, { name });
  });

  test('that send mail on want the password; deleting one is undone; the active one stays', async () => {
    const other = await site.signIn(address);
    const token = await other.token();
    const fields = { csrf: token, was: '', name: 'on', version: '', text: 'redirect "a@b.example";\n' };
    const asked = await other.post(`${page}/script`, fields);
    assert.equal(asked.status, 422);
    assert.match(asked.body, /name="own-password"/);
    assert.equal((await other.post(`${page}/script`, { ...fields, 'own-password': password })).status, 303);
    const removed = await follow(await post(`${page}/script/remove`, { name: 'on' }));
    await undo(removed);
    assert.equal(await script('on'), fields.text);
    assert.equal((await post(`${page}/script/remove`, { name: 'facteur-2' })).status, 422);
    assert.equal((await alice.get(`${page}/script?name=..%2Fx`)).status, 404);
    assert.equal((await post(`${page}/script/use`, { name: 'none' })).status, 404);
  });
});

test('SqWebMail’s filters are offered, taken over once, and stay where they are', async () => {
  const file = join(account.directory, '.mailfilter');
  const block = (value: string, folder: string) =>
    `##Op:contains\n##Header:From\n##Value:${value}\n##Folder:${folder}\n##From:\n##PlainString\n##Name:${value}\n\n`;
  const text = `#MFMAILDROP=2\n#\n\nFROM='a'\n${block('dora', '.Family')}${block('away', '+vacation')}`;
  await writeFile(file, text);
  const offered = textOf((await alice.get(page)).body);
  assert.match(offered, /Take over 1 rule/);
  assert.match(offered, /away : an automatic answer: see /);
  const done = textOf(await follow(await post(`${page}/import`)));
  assert.match(done, /1 rule taken over\./);
  assert.doesNotMatch(done, /Take over 1 rule/);
  const again = await post(`${page}/import`);
  assert.equal(again.status, 404, textOf(again.body));
  assert.equal(await readFile(file, 'utf8'), text);
  await writeFile(file, 'to "Maildir"\n');
  assert.match(textOf((await alice.get(page)).body), /was written by hand/);
});

test('an older script in the place of the link is shown, not lost', async () => {
  const bob = await site.account('bob@example.com');
  await mkdir(bob.directory, { recursive: true });
  await writeFile(join(bob.directory, '.dovecot.sieve'), 'keep;\n');
  const client = await site.signIn('bob@example.com');
  assert.match(
    textOf((await client.get(page)).body),
    /Your script “\u2068dovecot\.orig\u2069” filters your mail/,
  );
});
