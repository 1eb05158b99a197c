// Writing over HTTP, the parts around the letter (spec/webmail.md T2 to T5, 4.2 to 4.6, W3): identities and signatures,
// templates, saving while one writes, files by themselves, letters with formatting, whole messages as files, resending.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { swapSignature } from '../../server/web/compose/signature.ts';
import {
  firstMessage,
  type MailSite,
  openCompose,
  postCompose,
  startMailSite,
} from '../support/mail-pages.ts';
import type { Answer, Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite({
    async prepare(home) {
      await writeFile(join(home.qmail, 'control', 'databytes'), '400000\n');
    },
  });
  // Letters leave when Send is pressed: holding them back is the outbox's own test.
  site.web.choiceStore.change(alice, { undoSeconds: 0 });
  client = await site.signIn(alice);
  const domain = join((await site.account(alice)).directory, '..');
  await writeFile(join(domain, '.qmail-sales'), '&alice@example.com\n');
});
after(() => site.close());
beforeEach(() => {
  site.injected.length = 0;
});

const plain = { to: 'Carla <carla@example.org>', subject: 'Contract', body: 'Hello.' };
const last = () => simpleParser(Buffer.from(site.injected.at(-1)!.message, 'latin1'));
const filesIn = async (folder: string): Promise<string[]> => {
  const { maildir } = await site.account(alice);
  const found: string[] = [];
  for (const part of ['new', 'cur'])
    for (const name of await readdir(join(maildir, `.${folder}`, part)).catch(() => []))
      found.push(join(maildir, `.${folder}`, part, name));
  return found;
};
const settings = async (fields: Record<string, string>, path = '/settings/identities') =>
  client.post(path, { csrf: await client.token(), ...fields });
/** Posts the form as script does, to another address. */
const postTo = async (
  path: string,
  fields: Readonly<Record<string, string>>,
  files: Parameters<typeof postCompose>[2] = [],
  by: Client = client,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const request = by.request.bind(by);
  const elsewhere = Object.assign(Object.create(by) as Client, {
    request: (_path: string, init: RequestInit & { headers?: Record<string, string> }) => request(path, init),
  });
  const answer: Answer = await postCompose(elsewhere, fields, files);
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
};

describe('identities', () => {
  test('an alias that leads to the account is a choice of From, with what is kept about it', async () => {
    const saved = await settings({
      address: 'sales@example.com',
      name: 'Zoë of Sales',
      signature: 'Zoë\nSales',
      replyTo: 'team@example.com',
      bcc: 'archive@example.org',
      organisation: 'Größe AG',
      sentFolder: '',
    });
    assert.equal(saved.status, 303);
    const page = await client.get('/compose');
    assert.match(page.body, /<option value="sales@example\.com"[^>]*>Zoë of Sales/);
    const form = await openCompose(client, '?from=sales@example.com');
    assert.equal(form.bcc, 'archive@example.org');
    assert.match(form.body!, /\n-- \nZoë\nSales\n$/);
    const answer = await postCompose(client, { ...form, ...plain, from: 'sales@example.com', send: '1' });
    assert.equal(answer.status, 303);
    assert.equal(site.injected.at(-1)?.sender, alice);
    const letter = await last();
    assert.equal(letter.from?.text, '"Zoë of Sales" <sales@example.com>');
    assert.equal(letter.replyTo?.text, 'team@example.com');
    assert.match(site.injected.at(-1)!.message, /^Organization: =\?UTF-8\?Q\?Gr=C3=B6=C3=9Fe_AG\?=$/m);
    assert.ok(site.injected.at(-1)?.recipients.includes('archive@example.org'));
    assert.match(site.injected.at(-1)!.message, /^From: =\?UTF-8\?/im);
  });

  test('a foreign From is 422, in the letter and in the settings; the text is kept', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(client, { ...form, ...plain, from: 'bob@example.com', send: '1' });
    assert.equal(answer.status, 422);
    assert.match(answer.body, /only send from your own addresses/);
    assert.match(answer.body, /Hello\./);
    assert.equal(site.injected.length, 0);
    assert.equal((await settings({ address: 'bob@example.com', name: 'Bob' })).status, 422);
    assert.equal((await client.get('/settings/identities?edit=bob@example.com')).status, 404);
  });

  test('changing From swaps the signature and nothing else, also without script', async () => {
    await settings({ address: alice, name: 'Alice Example', signature: 'Alice' });
    const form = await openCompose(client);
    assert.match(form.body!, /\n-- \nAlice\n$/);
    const body = form.body!.replace(/^\n/, 'My words.\nAlice\n');
    const changed = await postCompose(client, {
      ...form,
      ...plain,
      body,
      wasFrom: alice,
      from: 'sales@example.com',
      identity: '1',
    });
    const after = await openCompose(client, changed.location.replace('/compose', ''));
    assert.match(after.body!, /^My words\.\nAlice\n/);
    assert.match(after.body!, /\n-- \nZoë\nSales\n$/);
    assert.equal(after.bcc, 'archive@example.org');
  });

  test('the signature of another From stands where the old one stood, else where the person wants signatures', async () => {
    const quote = 'On Monday Bob wrote:\n> Hello?\n';
    for (const [text, old, next, place, wanted] of [
      [`Hi.\n\nZoë\n\n${quote}`, 'Zoë', 'Ann\nSales', 'below', `Hi.\n\nAnn\nSales\n\n${quote}`],
      [`Hi.\n\n${quote}\n-- \nZoë\n`, 'Zoë', 'Ann', 'above', `Hi.\n\n${quote}\n-- \nAnn\n`],
      [`Hi.\n\n${quote}`, '', 'Ann', 'below', `Hi.\n\n${quote}\n-- \nAnn\n`],
      [`Hi.\n\n${quote}`, '', 'Ann', 'above', `Hi.\n\nAnn\n\n${quote}`],
      // Own words that say the same stay, and so does a signature that somebody changed.
      [`Zoë\nand I\n\nZoë\n\n${quote}`, 'Zoë', 'Ann', 'above', `Zoë\nand I\n\nAnn\n\n${quote}`],
      [`Hi.\n\nZoë B.\n\n${quote}`, 'Zoë', 'Ann', 'above', `Hi.\n\nZoë B.\n\n${quote}`],
      [`Hi.\n\n----- Forwarded message -----\nZoë\n`, 'Zoë', 'Ann', 'above', undefined],
    ] as const)
      assert.equal(swapSignature(text, old, next, place), wanted ?? text, text);

    await settings({ address: alice, name: 'Alice Example', signature: '' });
    await site.deliver(alice, { subject: 'Question', from: 'Bob <bob@example.org>', body: 'Hello?' });
    const id = await firstMessage(client);
    for (const [choices, wanted] of [
      [{ signaturePlace: 'above' }, /^\s*Zoë\nSales\n\n.*wrote:\n> Hello\?/],
      [{ signaturePlace: 'below' }, /wrote:\n> Hello\?\n\n-- \nZoë\nSales\n$/],
      [{ signaturePlace: 'above', replyQuote: 'above' }, /wrote:\n> Hello\?\n\n-- \nZoë\nSales\n$/],
    ] as const) {
      site.web.choiceStore.change(alice, { replyQuote: 'below', ...choices });
      const form = await openCompose(client, `?reply=${id}`);
      const changed = await postCompose(client, {
        ...form,
        wasFrom: alice,
        from: 'sales@example.com',
        identity: '1',
      });
      const after = await openCompose(client, changed.location.replace('/compose', ''));
      assert.match(after.body!, wanted);
    }
    site.web.choiceStore.change(alice, { signaturePlace: 'above', replyQuote: 'below' });
    await settings({ address: alice, name: 'Alice Example', signature: 'Alice' });
  });

  test('a reply is written under the address that the message came to, its tag too', async () => {
    for (const [to, from] of [
      ['sales@example.com', 'sales@example.com'],
      ['alice+shop@example.com', 'alice+shop@example.com'],
      ['list@example.org', alice],
    ] as const) {
      await site.deliver(alice, { subject: `To ${to}`, to, received: new Date(Date.now() + 1000) });
      const id = await firstMessage(client);
      const page = await client.get(`/compose?reply=${id}`);
      assert.match(page.body, new RegExp(`<option value="${from.replace('+', '\\+')}" selected`), to);
      await site.mailboxes.open(await site.account(alice)).then((mailbox) => mailbox.remove([id]));
    }
  });

  test('wrong addresses and a signature of pasted markup are told and cleaned', async () => {
    const wrong = await settings({ address: alice, name: 'A', replyTo: 'nobody' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.body, /“nobody” is not a full address/);
    await settings({
      address: alice,
      name: 'Alice Example',
      signature: 'Alice',
      signatureHtml: '<b onclick="x()">Alice</b><script>y</script>',
    });
    assert.equal(
      site.web.identities.store.list(alice).find((one) => one.address === alice)?.signatureHtml,
      '<b>Alice</b>',
    );
  });
});

describe('templates', () => {
  test('one is put below what was typed, above the signature, with its places filled', async () => {
    await settings(
      { id: '', name: 'Thanks', subject: 'Thank you', body: 'Dear {name},\nthank you. {other}' },
      '/settings/templates',
    );
    const [template] = site.web.templates.list(alice);
    const form = await openCompose(client);
    const answer = await postCompose(client, {
      ...form,
      to: 'Carla Ray <carla@example.org>',
      body: form.body!.replace(/^\n/, 'Typed before.\n'),
      template: template!.id,
    });
    assert.equal(answer.status, 303);
    const filled = await openCompose(client, answer.location.replace('/compose', '').replace(/#.*/, ''));
    assert.equal(filled.subject, 'Thank you');
    assert.match(
      filled.body!,
      /^Typed before\.\n\nDear Carla Ray,\nthank you\. \{other\}\n[\s\S]*-- \nAlice/,
    );
  });

  test('a letter is kept as one, without its signature; one that is removed can come back', async () => {
    const form = await openCompose(client);
    const kept = await postCompose(client, {
      ...form,
      ...plain,
      body: `Often said.\n${form.body}`,
      keep: '1',
    });
    assert.match(kept.location, /^\/settings\/templates\?edit=/);
    const id = new URLSearchParams(kept.location.split('?')[1]).get('edit') as string;
    assert.deepEqual(site.web.templates.find(alice, id), {
      id,
      name: 'Contract',
      subject: 'Contract',
      body: 'Often said.',
    });
    const removed = await settings({ id }, '/settings/templates/remove');
    const op = new URLSearchParams(removed.location.split('?')[1]).get('u') as string;
    await settings({ op, return: '/settings/templates' }, '/undo');
    assert.equal(site.web.templates.find(alice, id)?.body, 'Often said.');
  });
});

describe('saving while one writes', () => {
  test('the working copy is saved with a number; the message in Drafts follows after the quiet; sending leaves nothing', async () => {
    const form = await openCompose(client);
    const first = await postTo('/compose/autosave', { ...form, ...plain, body: 'One.' });
    assert.equal(first.status, 200);
    assert.equal(first.body.rev, 1);
    assert.match(String(first.body.saved), /^Saved \d\d:\d\d$/);
    const second = await postTo('/compose/autosave', { ...form, ...plain, rev: '1', body: 'Two.' });
    assert.equal(second.body.rev, 2);
    const before = (await filesIn('Drafts')).length;
    site.advance(31_000);
    site.web.due.cancel(alice, site.web.due.add(alice, 'none', Date.now() * 2, {}));
    for (let tries = 0; tries < 200 && (await filesIn('Drafts')).length === before; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    const drafts = await filesIn('Drafts');
    assert.equal(drafts.length, before + 1);
    const texts = await Promise.all(drafts.map((path) => readFile(path, 'utf8')));
    assert.ok(texts.some((text) => text.includes('Two.')));
    const sent = await postCompose(client, { ...form, ...plain, rev: '2', send: '1' });
    assert.equal(sent.status, 303);
    assert.equal((await filesIn('Drafts')).length, before);
    assert.equal((await postTo('/compose/autosave', { ...form, ...plain, rev: '2' })).status, 409);
  });

  test('an old number overwrites nothing, unless it says the same', async () => {
    const form = await openCompose(client);
    await postTo('/compose/autosave', { ...form, ...plain, body: 'Mine.' });
    const other = await postTo('/compose/autosave', { ...form, ...plain, body: 'Other.' });
    assert.equal(other.status, 409);
    assert.equal(other.body.isConflict, true);
    const same = await postTo('/compose/autosave', { ...form, ...plain, body: 'Mine.' });
    assert.deepEqual([same.status, same.body.rev], [200, 1]);
    assert.equal((await site.web.drafts.read(alice, form.draft!))?.fields.body, 'Mine.');
  });

  test('without a session everything is kept in the draft, formatting too, and nothing is sent', async () => {
    const form = await openCompose(client);
    const stranger = site.client();
    const saved = await postTo(
      '/compose/autosave',
      { ...form, ...plain, format: 'html', html: '<b>Bold</b>', send: '1' },
      [],
      stranger,
    );
    assert.deepEqual([saved.status, saved.body.isOut], [200, true]);
    const draft = await site.web.drafts.read(alice, form.draft!);
    assert.equal(draft?.fields.html, '<b>Bold</b>');
    assert.equal(site.injected.length, 0);
    const forged = await postTo(
      '/compose/autosave',
      { ...form, ...plain, ticket: 'x', csrf: 'x' },
      [],
      stranger,
    );
    assert.equal(forged.status, 401);
  });

  test('a file goes up by itself; one above the limit is refused by name and limit', async () => {
    const form = await openCompose(client);
    await postTo('/compose/autosave', { ...form, ...plain });
    const first = await postTo('/compose/upload', { ...form, rev: '1' }, [
      { name: 'Plan Ü.txt', type: 'text/plain', bytes: 'x'.repeat(200_000) },
    ]);
    assert.equal(first.status, 200);
    assert.match(String(first.body.files), /Plan Ü\.txt[\s\S]*200 kB of about 300 kB/);
    const second = await postTo('/compose/upload', { ...form, rev: '1' }, [
      { name: 'big.bin', bytes: Buffer.alloc(150_000) },
    ]);
    assert.equal(second.status, 422);
    assert.match(String(second.body.words), /“big\.bin” was not attached.*300 kB/);
    const removed = await postTo('/compose/autosave', { ...form, ...plain, rev: '1', remove: 'a1' });
    assert.ok(!String(removed.body.files).includes('Plan'));
    const sent = await postCompose(client, { ...form, ...plain, rev: '2', send: '1' });
    assert.equal(sent.status, 303);
    assert.equal((await last()).attachments.length, 0);
  });
});

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('letters with formatting', () => {
  test('go out as text and cleaned HTML, with the picture that stands in the text', async () => {
    const form = await openCompose(client);
    await postTo('/compose/autosave', { ...form, ...plain });
    const picture = await postTo('/compose/upload', { ...form, rev: '1', inline: '1' }, [
      { name: 'cat.png', type: 'image/png', bytes: png },
    ]);
    const { address } = picture.body;
    const shown = await client.request(String(address));
    assert.equal(shown.headers.get('content-type'), 'image/png');
    const html = `<div class="x">Hello <b>you</b><script>z</script> <img src="${address}" alt="cat"></div>`;
    const sent = await postCompose(client, { ...form, ...plain, rev: '1', format: 'html', html, send: '1' });
    assert.equal(sent.status, 303);
    const { message } = site.injected.at(-1)!;
    assert.match(message, /multipart\/related/);
    const letter = await last();
    assert.match(letter.text ?? '', /^Hello you/);
    assert.ok(!String(letter.html).includes('script') && !String(letter.html).includes('class='));
    const [inline] = letter.attachments;
    assert.ok(inline?.related && inline.content.equals(png));
    assert.match(message, /src=3D"cid:a1\./);
    // What is in Sent can be opened as new, and still has its formatting.
    const found = (await filesIn('Sent')).length;
    assert.ok(found > 0);
  });

  test('a reply quotes the cleaned original, with its pictures and none of the web', async () => {
    await site.deliver(alice, {
      received: new Date(Date.now() + 60_000),
      raw: [
        'From: Bob <bob@example.org>',
        `To: ${alice}`,
        'Subject: Pictures',
        'Message-ID: <pictures@example.org>',
        'MIME-Version: 1.0',
        'Content-Type: multipart/related; boundary=r',
        '',
        '--r',
        'Content-Type: text/html',
        '',
        '<p onclick="x()">See <b>this</b> <img src="cid:p@x" alt="ours"><img src="https://example.org/t.gif" alt="far"></p>',
        '--r',
        'Content-Type: image/png',
        'Content-ID: <p@x>',
        'Content-Transfer-Encoding: base64',
        '',
        png.toString('base64'),
        '--r--',
        '',
      ].join('\n'),
    });
    const id = await firstMessage(client);
    const page = await client.get(`/compose?reply=${id}`);
    assert.match(page.body, /data-wants-html/);
    const form = await openCompose(client, `?reply=${id}`);
    const where = new URLSearchParams({ draft: form.draft!, seed: form.seed! });
    const { html } = JSON.parse((await client.get(`/compose/html?${where}`)).body) as { html: string };
    assert.match(html, /<blockquote type="cite">[\s\S]*<b>this<\/b>/);
    assert.ok(!html.includes('https://example.org') && !html.includes('onclick'));
    const source = /<img[^>]* src="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    assert.ok(source?.startsWith(`/compose/file/${form.draft}/a1`), html);
    assert.equal((await client.request(String(source))).headers.get('content-type'), 'image/png');
    assert.match(html, /data-signature/);
    const answer = await postCompose(client, {
      ...form,
      format: 'html',
      html: `<div>Nice.</div>${html}`,
      send: '1',
    });
    assert.equal(answer.status, 303);
    const letter = await last();
    assert.equal(letter.attachments.length, 1);
    assert.ok(!String(letter.html).includes('data-signature'));
    assert.match(letter.text ?? '', /^Nice\.[\s\S]*> See this/);
    // The same reply as text has no pictures.
    const text = await postCompose(client, { ...(await openCompose(client, `?reply=${id}`)), send: '1' });
    assert.equal(text.status, 303);
    assert.equal((await last()).attachments.length, 0);
  });

  test('a draft with formatting keeps it when it is saved without script and its text was not changed', async () => {
    const form = await openCompose(client);
    await postCompose(client, {
      ...form,
      ...plain,
      body: 'Bold words',
      format: 'html',
      html: '<b>Bold</b> words',
      save: '1',
    });
    const open = await openCompose(client, `?draft=${form.draft}`);
    assert.equal(open.format, 'kept');
    await postCompose(client, { ...open, cc: 'dan@example.net', save: '1' });
    assert.equal((await site.web.drafts.read(alice, form.draft!))?.fields.html, '<b>Bold</b> words');
    const again = await openCompose(client, `?draft=${form.draft}`);
    await postCompose(client, { ...again, body: 'Other words', save: '1' });
    assert.equal((await site.web.drafts.read(alice, form.draft!))?.fields.html, '');
  });

  test('text becomes HTML and back; what would be lost is known', async () => {
    const form = await openCompose(client);
    const made = await postTo('/compose/convert', { ...form, body: 'a < b\n\n> old\n>> older' });
    assert.match(
      String(made.body.html),
      /a &lt; b[\s\S]*<blockquote type="cite"><div>old<br><\/div><blockquote/,
    );
    const back = await postTo('/compose/convert', { ...form, format: 'html', html: String(made.body.html) });
    assert.deepEqual(back.body, { text: 'a < b\n\n> old\n>\n>> older', isLossy: false });
    const lossy = await postTo('/compose/convert', { ...form, format: 'html', html: '<div><b>x</b></div>' });
    assert.equal(lossy.body.isLossy, true);
  });
});

describe('whole messages', () => {
  test('several become files of one letter, byte for byte, and are marked as forwarded', async () => {
    const ids: string[] = [];
    for (const subject of ['First', 'Second']) {
      await site.deliver(alice, {
        subject,
        flags: 'S',
        received: new Date(Date.now() + 120_000 + ids.length * 1000),
      });
      ids.push(await firstMessage(client));
    }
    const form = await openCompose(client, `?attach=${ids.join(',')}`);
    const answer = await postCompose(client, { ...form, ...plain, send: '1' });
    assert.equal(answer.status, 303);
    const { message } = site.injected.at(-1)!;
    assert.equal(message.match(/^Content-Type: message\/rfc822/gm)?.length, 2);
    assert.match(message, /^Subject: First$/m);
    const mailbox = await site.mailboxes.open(await site.account(alice));
    for (const id of ids) assert.equal((await mailbox.find(id))?.row.forwarded, true);
  });

  test('resending leaves the message as it is and says who sent it on', async () => {
    const id = await firstMessage(client);
    const page = await client.get(`/compose?resend=${id}`);
    assert.match(page.location, /^\/compose\/resend\?id=/);
    assert.match((await client.get(page.location)).body, /name="draft" value="[\w-]{16}"/);
    const faulty = await settings({ id, to: 'nobody' }, '/compose/resend');
    assert.equal(faulty.status, 422);
    const answer = await settings({ id, to: 'Dan <dan@example.net>' }, '/compose/resend');
    assert.equal(answer.status, 303);
    const { message, recipients, sender } = site.injected.at(-1)!;
    assert.deepEqual([sender, recipients], [alice, ['dan@example.net']]);
    assert.match(
      message,
      /^Resent-From: alice@example\.com\nResent-To: Dan <dan@example\.net>\nResent-Date: .*\nResent-Message-ID: </,
    );
    const original = (await (await site.mailboxes.open(await site.account(alice))).readMessage(id))!.toString(
      'latin1',
    );
    assert.ok(message.endsWith(original.slice(original.indexOf('\n\n'))));
  });

  test('a mailto link sets neither files nor sender (RFC 6068)', async () => {
    const link = 'mailto:a@b.example?attach=/etc/passwd&from=x@y.example&cc=c@d.example&body=1=2';
    const form = await openCompose(client, `?to=${encodeURIComponent(link)}`);
    assert.deepEqual([form.to, form.cc], ['a@b.example', 'c@d.example']);
    assert.match(form.body!, /^1=2/);
  });
});

test('completion offers people written to, with name and address, and nothing of others', async () => {
  site.web.contacts.collect(alice, [{ name: 'Zora Neale', address: 'zora@example.org' }], true);
  const found = JSON.parse((await client.get('/complete?q=zo')).body) as { text: string }[];
  assert.deepEqual(
    found.map(({ text }) => text),
    ['Zora Neale <zora@example.org>'],
  );
  const card = { phones: [], organisation: '', note: '', birthday: '', extra: [] };
  const yan = site.web.contacts.add(alice, {
    ...card,
    name: 'Yan Zola',
    emails: [{ value: 'yan@example.net', label: '' }],
  });
  const group = site.web.contacts.addGroup(alice, 'Zoo');
  assert.ok(yan.ok && group);
  site.web.contacts.setGroups(alice, yan.contact.id, [group.id]);
  const all = JSON.parse((await client.get('/complete?q=zo')).body) as { text: string; name: string }[];
  assert.deepEqual(
    all.map(({ name }) => name),
    ['Zora Neale', 'Yan Zola', 'Zoo'],
    'people written to, contacts, groups',
  );
  const colleagues = JSON.parse((await client.get('/complete?q=bob')).body) as { text: string }[];
  assert.match(colleagues.map(({ text }) => text).join(), /bob@example\.com/, 'people of the own domain');
  const lists = (await client.get('/compose')).body;
  for (const offered of ['Zora Neale', 'Zoo', 'Yan Zola'])
    assert.match(lists, new RegExp(`<option value="${offered}`), 'without script: in the list of the field');
  const bob = await site.signIn('bob@example.com');
  assert.deepEqual(JSON.parse((await bob.get('/complete?q=zo')).body), []);
});
