// Writing mail over HTTP (spec/webmail.md 1.7, 1.8, 4; security.md W2, W3, W6, W7, W8): what arrives at the queue, what
// lies in Sent and Drafts, what the person reads when something is wrong. Real accounts, Maildirs, index and reader.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { simpleParser } from 'mailparser';
import {
  composeFields,
  firstMessage,
  type MailSite,
  openCompose,
  postCompose,
  startMailSite,
} from '../support/mail-pages.ts';
import type { Client } from '../support/site.ts';

const alice = 'alice@example.com';
let site: MailSite;
let client: Client;
before(async () => {
  site = await startMailSite();
  client = await site.signIn(alice);
});
after(() => site.close());
beforeEach(() => {
  site.answer = { code: 'K', text: 'ok 1 qp 4711' };
  site.injected.length = 0;
});

const last = () => site.injected.at(-1)!;
const folderOf = async (folder: string): Promise<string[]> => {
  const { maildir } = await site.account(alice);
  const directory = join(maildir, folder === 'INBOX' ? '.' : `.${folder}`);
  const found: string[] = [];
  for (const part of ['new', 'cur']) {
    for (const name of await readdir(join(directory, part)).catch(() => []))
      found.push(join(directory, part, name));
  }
  return found.sort();
};
const plain = { to: 'Carla <carla@example.org>', subject: 'Contract', body: 'Hello,\r\n\r\nsee you.\r\n' };

describe('sending', () => {
  test('the message reaches the queue once, with the account as sender, and a copy lies in Sent, read', async () => {
    const form = await openCompose(client, '?return=/f/INBOX');
    const answer = await postCompose(client, {
      ...form,
      ...plain,
      cc: 'bob@example.com; dan@example.net',
      bcc: 'secret@example.org, DAN@example.net',
      send: '1',
    });
    assert.equal(answer.status, 303);
    assert.match(answer.location, /^\/f\/INBOX\?u=/);
    assert.equal(site.injected.length, 1);
    assert.equal(last().sender, alice);
    assert.deepEqual(last().recipients, [
      'carla@example.org',
      'bob@example.com',
      'dan@example.net',
      'secret@example.org',
    ]);
    assert.match(last().origin, /^uid \d+$/);
    assert.ok(!last().message.includes('secret@example.org'));
    assert.ok(!last().message.includes('\r'));
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.equal(parsed.from?.text, '"Alice Example" <alice@example.com>');
    assert.equal(parsed.subject, 'Contract');
    assert.equal(parsed.text, 'Hello,\n\nsee you.');
    assert.match(parsed.messageId ?? '', /@example\.com>$/);
    const [copy] = await folderOf('Sent');
    assert.match(copy!, /:2,S$/);
    assert.equal(
      (await readFile(copy!, 'latin1')).replace(/^Bcc: secret@example\.org\n/m, ''),
      last().message,
    );
    assert.match((await client.get(answer.location)).body, /Sent\./);
    assert.deepEqual(await folderOf('Drafts'), []);
  });

  test('the same form sent twice leaves once', async () => {
    const form = await openCompose(client);
    const fields = { ...form, ...plain, send: '1' };
    const [one, two] = await Promise.all([postCompose(client, fields), postCompose(client, fields)]);
    assert.deepEqual([one.status, two.status], [303, 303]);
    assert.equal(site.injected.length, 1);
    const again = await postCompose(client, fields);
    assert.equal(again.status, 303);
    assert.equal(site.injected.length, 1);
    assert.match((await client.get(again.location)).body, /already sent/);
  });

  test('a reply carries its thread and marks the original as answered', async () => {
    const name = await site.deliver(alice, {
      subject: 'Question',
      headers: ['References: <older@example.org>'],
      body: 'What do you think?\n-- \nBob',
      flags: 'S',
    });
    const id = await firstMessage(client);
    const form = await openCompose(client, `?reply=${id}`);
    assert.equal(form.to, 'Bob Jones <bob@example.org>');
    assert.equal(form.subject, 'Re: Question');
    assert.match(form.body!, /^\n\nOn .* at \d\d:\d\d, Bob Jones wrote:\n> What do you think\?\n$/);
    const answer = await postCompose(client, { ...form, body: `Good.${form.body}`, send: '1' });
    assert.equal(answer.status, 303);
    assert.match(answer.location, new RegExp(`^/m/${id}\\?u=`));
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.equal(parsed.references?.length, 2);
    assert.equal(parsed.references?.[0], '<older@example.org>');
    assert.equal(parsed.inReplyTo, parsed.references?.[1]);
    assert.ok((await folderOf('INBOX')).some((path) => path.includes(name) && path.endsWith(':2,RS')));
  });

  test('a forward carries the attachments and inline pictures of the original byte for byte', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await site.deliver(alice, {
      received: new Date(Date.now() + 60_000),
      raw: [
        'From: bob@example.org',
        'To: alice@example.com',
        'Subject: Plans',
        'Message-ID: <plans@example.org>',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: multipart/related; boundary=r',
        '',
        '--r',
        'Content-Type: text/html',
        '',
        '<p>See <img src="cid:pic@x"></p>',
        '--r',
        'Content-Type: image/png',
        'Content-ID: <pic@x>',
        'Content-Transfer-Encoding: base64',
        '',
        png.toString('base64'),
        '--r--',
        '--b',
        'Content-Type: application/pdf; name="Plan Ü.pdf"',
        "Content-Disposition: attachment; filename*=utf-8''Plan%20%C3%9C.pdf",
        '',
        '%PDF-1.4 tiny',
        '--b--',
        '',
      ].join('\n'),
    });
    const id = await firstMessage(client);
    const page = await client.get(`/compose?forward=${id}`);
    assert.match(page.body, /Plan Ü\.pdf/);
    const form = composeFields(page.body);
    assert.equal(form.subject, 'Fwd: Plans');
    const answer = await postCompose(client, { ...form, to: 'dan@example.net', send: '1' });
    assert.equal(answer.status, 303, answer.body);
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.deepEqual(
      parsed.attachments.map((one) => one.filename).toSorted(),
      ['Plan Ü.pdf', parsed.attachments.find((one) => one.contentType === 'image/png')?.filename].toSorted(),
    );
    assert.ok(parsed.attachments.find((one) => one.contentType === 'image/png')?.content.equals(png));
    assert.ok((await folderOf('INBOX')).some((path) => /:2,P/.test(path)));
  });
});

describe('what is wrong is said, and nothing typed is lost', () => {
  test('a bad address: 422, everything kept, the fault at its field, nothing sent', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(
      client,
      { ...form, ...plain, cc: 'carla@', body: 'Text <b>&amp;</b> "q"\r\nline two', send: '1' },
      [{ name: 'notes.txt', type: 'text/plain', bytes: 'file content' }],
    );
    assert.equal(answer.status, 422);
    assert.equal(site.injected.length, 0);
    assert.match(answer.body, /1 thing to fix/);
    assert.match(answer.body, /href="#compose-cc">“carla@” is not a full address\./);
    assert.match(answer.body, /id="compose-cc"[^>]*aria-invalid="true"[^>]*autofocus/);
    const kept = composeFields(answer.body);
    assert.equal(kept.to, plain.to);
    assert.equal(kept.cc, 'carla@');
    assert.equal(kept.body, 'Text <b>&amp;</b> "q"\nline two');
    assert.match(answer.body, /notes\.txt/);
    const sent = await postCompose(client, { ...kept, cc: '', send: '1' });
    assert.equal(sent.status, 303);
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.equal(parsed.attachments[0]?.content.toString(), 'file content');
  });

  test('a local mailbox that does not exist', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(client, { ...form, ...plain, to: 'bbo@example.com', send: '1' });
    assert.equal(answer.status, 422);
    assert.match(answer.body, /There is no mailbox bbo@example\.com\./);
  });

  test('no recipient; no subject and no text are asked about once', async () => {
    const form = await openCompose(client);
    assert.match((await postCompose(client, { ...form, send: '1' })).body, /Say who this message is for\./);
    const next = await openCompose(client);
    const asked = await postCompose(client, { ...next, to: 'carla@example.org', send: '1' });
    assert.equal(asked.status, 422);
    assert.match(asked.body, /no subject\. Send it anyway\?/);
    assert.match(asked.body, /no text\. Send it anyway\?/);
    const sent = await postCompose(client, { ...composeFields(asked.body), send: '1' });
    assert.equal(sent.status, 303);
    assert.equal(site.injected.length, 1);
  });

  test('when the queue refuses, nothing was sent and the form says why', async () => {
    for (const [code, status] of [
      ['D', 422],
      ['Z', 503],
    ] as const) {
      site.answer = { code, text: 'this message is <too> large' };
      const form = await openCompose(client);
      const sentBefore = (await folderOf('Sent')).length;
      const answer = await postCompose(client, { ...form, ...plain, send: '1' });
      assert.equal(answer.status, status);
      assert.match(answer.body, /The message was not sent\..*this message is &lt;too&gt; large/);
      assert.equal((await folderOf('Sent')).length, sentBefore);
      site.answer = { code: 'K', text: 'ok' };
      assert.equal((await postCompose(client, { ...composeFields(answer.body), send: '1' })).status, 303);
    }
  });

  test('a failing copy in Sent is told, and the message does not leave again', async (t) => {
    const open = site.mailboxes.open.bind(site.mailboxes);
    t.mock.method(site.mailboxes, 'open', async (...args: Parameters<typeof open>) => {
      const mailbox = await open(...args);
      const append: typeof mailbox.append = async (folder, ...rest) => {
        if (folder === 'Sent') throw new Error('no space left');
        return mailbox.append(folder, ...rest);
      };
      return new Proxy(mailbox, {
        get: (target, name) => (name === 'append' ? append : Reflect.get(target, name)?.bind?.(target)),
      });
    });
    const fields = { ...(await openCompose(client)), ...plain, send: '1' };
    const answer = await postCompose(client, fields);
    assert.equal(answer.status, 303);
    assert.match(
      (await client.get(answer.location)).body,
      /Sent\. The copy for your Sent folder could not be stored/,
    );
    await postCompose(client, fields);
    assert.equal(site.injected.length, 1);
  });

  test('another From than one’s own is refused', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(client, { ...form, ...plain, from: 'bob@example.com', send: '1' });
    assert.equal(answer.status, 422);
    assert.equal(site.injected.length, 0);
  });
});

describe('attachments', () => {
  test('a forward whose original went away meanwhile says that its files are missing', async () => {
    await site.deliver(alice, {
      received: new Date(Date.now() + 600_000),
      raw: 'From: b@example.org\nSubject: Files\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nx\n--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF-\n--m--\n',
    });
    const id = await firstMessage(client);
    const form = await openCompose(client, `?forward=${id}`);
    const mailbox = await site.mailboxes.open(await site.account(alice));
    await mailbox.remove([id]);
    const answer = await postCompose(client, { ...form, to: 'carla@example.org', send: '1' });
    assert.equal(answer.status, 422);
    assert.match(answer.body, /its files could not be attached/);
    assert.equal(site.injected.length, 0);
  });

  test('are attached, listed, removed, and arrive under their names', async () => {
    let form = await openCompose(client);
    const added = await postCompose(client, { ...form, ...plain, attach: '1' }, [
      { name: 'Übersicht 2026.pdf', type: 'application/pdf', bytes: '%PDF-1.4' },
      { name: 'C:\\fakepath\\..\\evil\u202efdp.exe', bytes: 'MZ' },
    ]);
    assert.equal(added.status, 303);
    const page = await client.get(added.location);
    assert.match(page.body, /Übersicht 2026\.pdf/);
    assert.match(page.body, /evilfdp\.exe/);
    assert.doesNotMatch(page.body, /fakepath/);
    form = composeFields(page.body);
    const removed = await postCompose(client, { ...form, remove: 'a2' });
    assert.equal(removed.status, 303);
    form = composeFields((await client.get(removed.location)).body);
    assert.equal((await postCompose(client, { ...form, send: '1' })).status, 303);
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.deepEqual(
      parsed.attachments.map((one) => [one.filename, one.contentType]),
      [['Übersicht 2026.pdf', 'application/pdf']],
    );
  });

  test('get other names and another order; an ending stays', async () => {
    const form = await openCompose(client);
    const added = await postCompose(client, { ...form, ...plain, attach: '1' }, [
      { name: 'scan.pdf', type: 'application/pdf', bytes: '%PDF-1.4' },
      { name: 'two.txt', type: 'text/plain', bytes: 'two' },
      { name: 'three.txt', type: 'text/plain', bytes: 'three' },
    ]);
    let fields = composeFields((await client.get(added.location)).body);
    assert.equal(fields['file-name-a1'], 'scan.pdf');
    const renamed = await postCompose(client, {
      ...fields,
      'file-name-a1': 'Vertrag/..\u202e 2026',
      'file-name-a2': 'second.md',
      rename: 'a1',
    });
    const page = (await client.get(renamed.location)).body;
    assert.match(page, /name="move" value="a2:a1"[\s\S]*name="move" value="a2:"/);
    fields = composeFields(page);
    for (const move of ['a3:a1', 'a9:a1', 'a1:a9', 'a1:', '__proto__']) {
      const moved = await postCompose(client, { ...fields, move });
      fields = composeFields((await client.get(moved.location)).body);
    }
    await postCompose(client, { ...fields, send: '1' });
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    const names = parsed.attachments.map(({ filename }) => filename);
    assert.deepEqual([names[0], names[1]], ['three.txt', 'second.md']);
    assert.match(names[2] ?? '', /^[^/\u202e]*Vertrag[^/\u202e]*2026\.pdf$|^\.*\s*2026\.pdf$/);
    assert.equal(parsed.attachments[2]?.content.toString(), '%PDF-1.4');
  });

  test('a file above 25 MiB is refused by name, the rest of the form is kept', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(client, { ...form, ...plain, attach: '1' }, [
      { name: 'huge.iso', bytes: Buffer.alloc(25 * 1024 * 1024 + 1) },
      { name: 'small.txt', bytes: 'small' },
    ]);
    assert.equal(answer.status, 422);
    assert.match(answer.body, /“huge\.iso” is larger than 25 MB and was not attached\./);
    assert.match(answer.body, /small\.txt/);
    assert.equal(composeFields(answer.body).body, 'Hello,\n\nsee you.\n');
    const left = await readdir(join(site.home.state, 'drafts', encodeURIComponent(alice), 'incoming'));
    assert.deepEqual(left, []);
  });

  test('types and names of fields that would reach into objects change nothing', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(
      client,
      { ...form, ...plain, __proto__x: '1', constructor: 'x', 'to[a]': 'evil@example.net', send: '1' },
      [{ name: 'x"\r\nBcc: evil@example.net', type: 'text/html"; x=y\r\nX-Evil: 1', bytes: 'x' }],
    );
    assert.ok(answer.status === 303 || answer.status === 400 || answer.status === 422, String(answer.status));
    for (const { message, recipients } of site.injected) {
      assert.deepEqual(recipients, ['carla@example.org']);
      assert.doesNotMatch(message, /^(X-Evil|Bcc):/m);
    }
  });

  test('a file named by the client never becomes a path', async () => {
    const form = await openCompose(client);
    await postCompose(client, { ...form, ...plain, attach: '1' }, [
      { name: '../../../../escaped', bytes: 'x' },
    ]);
    const names = await readdir(join(site.home.state, 'drafts', encodeURIComponent(alice), form.draft!));
    for (const name of names) assert.match(name, /^(draft\.json|part-\d+-[0-9a-f]+)$/);
  });
});

describe('drafts', () => {
  beforeEach(async () => {
    const mailbox = await site.mailboxes.open(await site.account(alice));
    const { rows } = await mailbox.list({ folder: 'Drafts', limit: 200 });
    await mailbox.remove(rows.map((row) => row.id));
  });

  test('saved, opened again from the folder, changed, sent: the draft is gone', async () => {
    const form = await openCompose(client);
    const long = `${'A long paragraph that is wrapped on the wire. '.repeat(8).trim()}\n\n> quoted\n-- \nAlice`;
    const saved = await postCompose(
      client,
      {
        ...form,
        to: 'Carla <carla@example.org>, half@',
        subject: 'Ünfinished',
        body: long,
        bcc: 'b@example.org',
        save: '1',
      },
      [{ name: 'a.bin', bytes: Buffer.from([0, 1, 2, 255]) }],
    );
    assert.equal(saved.status, 303);
    assert.match((await client.get(saved.location)).body, /Saved \d\d:\d\d/);
    const [stored, ...more] = await folderOf('Drafts');
    assert.deepEqual(more, []);
    assert.match(stored!, /:2,DS$/);
    const id = await firstMessage(client, 'Drafts');
    const opened = await client.get(`/compose?edit=${id}`);
    assert.equal(opened.status, 303, 'the working copy is still there');
    assert.equal(
      composeFields((await client.get(opened.location)).body).to,
      'Carla <carla@example.org>, half@',
    );

    // as on another machine, or a day later: only the message in Drafts is left
    const { createDraftSpool } = await import('../../server/web/compose/drafts.ts');
    await createDraftSpool(site.home.state).remove(alice, form.draft!);
    const page = await client.get(`/compose?edit=${id}`);
    const again = composeFields(page.body);
    assert.equal(again.to, 'Carla <carla@example.org>');
    assert.equal(again.bcc, 'b@example.org');
    assert.equal(again.subject, 'Ünfinished');
    assert.equal(again.body, long);
    assert.match(page.body, /a\.bin/);
    const changed = await postCompose(client, { ...again, subject: 'Finished', save: '1' });
    assert.equal(changed.status, 303);
    assert.equal((await folderOf('Drafts')).length, 1);
    const sent = await postCompose(client, {
      ...composeFields((await client.get(changed.location)).body),
      send: '1',
    });
    assert.equal(sent.status, 303);
    assert.deepEqual(await folderOf('Drafts'), []);
    const parsed = await simpleParser(Buffer.from(last().message, 'latin1'));
    assert.deepEqual([...parsed.attachments[0]!.content], [0, 1, 2, 255]);
    assert.ok(!last().message.includes('X-Draft-Info'));
  });

  test('a reply saved as a draft and sent later still answers its message', async () => {
    const name = await site.deliver(alice, {
      subject: 'Later',
      received: new Date(Date.now() + 120_000),
      flags: 'S',
    });
    const form = await openCompose(client, `?reply=${await firstMessage(client)}`);
    await postCompose(client, { ...form, save: '1' });
    const { createDraftSpool } = await import('../../server/web/compose/drafts.ts');
    await createDraftSpool(site.home.state).remove(alice, form.draft!);
    const again = await openCompose(client, `?edit=${await firstMessage(client, 'Drafts')}`);
    await postCompose(client, { ...again, send: '1' });
    assert.match(last().message, /^In-Reply-To: </m);
    assert.ok((await folderOf('INBOX')).some((path) => path.includes(name) && path.endsWith(':2,RS')));
  });

  test('an older form does not overwrite a newer one: both are kept and shown', async () => {
    const form = await openCompose(client);
    const first = await postCompose(client, { ...form, ...plain, body: 'first', save: '1' });
    const tab = composeFields((await client.get(first.location)).body);
    await postCompose(client, { ...tab, body: 'from tab one', save: '1' });
    const conflict = await postCompose(client, { ...tab, body: 'from tab two', save: '1' });
    assert.equal(conflict.status, 422);
    assert.match(conflict.body, /changed in another place/);
    assert.match(conflict.body, /from tab one/);
    assert.match(conflict.body, /from tab two/);
    const choice = composeFields(conflict.body);
    const mine = await postCompose(client, { ...choice, resolve: 'mine' });
    assert.equal(composeFields((await client.get(mine.location)).body).body, 'from tab two');
    assert.equal((await folderOf('Drafts')).length, 1);
    assert.equal((await client.get(`/compose?draft=${form.draft}`)).status, 404);
    await postCompose(client, { ...composeFields((await client.get(mine.location)).body), discard: '1' });
  });

  test('discarding moves the draft to Trash and can be undone', async () => {
    const form = await openCompose(client);
    const saved = await postCompose(client, { ...form, ...plain, subject: 'Away', save: '1' });
    const gone = await postCompose(client, {
      ...composeFields((await client.get(saved.location)).body),
      discard: '1',
    });
    assert.equal(gone.status, 303);
    const page = await client.get(gone.location);
    assert.match(page.body, /Draft discarded\./);
    assert.deepEqual(await folderOf('Drafts'), []);
    const op = /name="op" value="([^"]+)"/.exec(page.body)![1]!;
    await client.post('/undo', { csrf: await client.token(), op, return: '/f/INBOX' });
    assert.equal((await folderOf('Drafts')).length, 1);
  });

  test('a draft of somebody else does not exist', async () => {
    const form = await openCompose(client);
    await postCompose(client, { ...form, ...plain, save: '1' });
    const bob = await site.signIn('bob@example.com');
    const theirs = await bob.get(`/compose?draft=${form.draft}`);
    const none = await bob.get('/compose?draft=AAAAAAAAAAAAAAAA');
    assert.equal(theirs.status, 404);
    const words = (body: string) => /data-error-words[^<]*<?[^<]*/.exec(body)?.[0];
    assert.equal(words(theirs.body), words(none.body));
    assert.equal((await bob.get(`/compose?edit=${await firstMessage(client, 'Drafts')}`)).status, 404);
  });
});

describe('without a session', () => {
  test('the form is saved by its ticket, nothing is sent, and after sign-in the draft is open', async () => {
    const fresh = await site.signIn(alice);
    const form = await openCompose(fresh);
    fresh.cookies.clear();
    const answer = await postCompose(fresh, { ...form, ...plain, body: 'precious text', send: '1' }, [
      { name: 'kept.txt', bytes: 'kept' },
    ]);
    assert.equal(answer.status, 303);
    assert.match(answer.location, /^\/login\?next=/);
    assert.equal(site.injected.length, 0);
    const back = await site.signIn(alice);
    const page = await back.get(decodeURIComponent(answer.location.slice('/login?next='.length)));
    assert.equal(page.status, 200);
    assert.match(page.body, /Your message is safe\./);
    assert.equal(composeFields(page.body).body, 'precious text');
    assert.match(page.body, /kept\.txt/);
  });

  test('a changed or missing ticket saves nothing', async () => {
    const form = await openCompose(client);
    const stranger = site.client();
    for (const ticket of ['', form.ticket!.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A'))]) {
      const answer = await postCompose(stranger, { ...form, ticket, csrf: '', body: 'x', save: '1' }, [
        { name: 'x', bytes: 'x' },
      ]);
      assert.equal(answer.location, '/login');
    }
    // a ticket is for its own draft
    const other = await openCompose(client);
    await postCompose(stranger, { ...form, draft: other.draft!, csrf: '', body: 'x', save: '1' });
    assert.equal((await client.get(`/compose?draft=${form.draft}`)).status, 404);
    assert.equal((await client.get(`/compose?draft=${other.draft}`)).status, 404);
  });

  test('a form from another site is refused', async () => {
    const form = await openCompose(client);
    const answer = await postCompose(client, { ...form, ...plain, send: '1' }, [], {
      origin: 'https://evil.example',
    });
    assert.equal(answer.status, 403);
    assert.equal(site.injected.length, 0);
  });
});

describe('header injection over HTTP', () => {
  const strings = [
    'x\rBcc: evil@example.net',
    'x\nBcc: evil@example.net',
    'x\r\nBcc: evil@example.net',
    'x%0d%0aBcc: evil@example.net',
    'x\u2028Bcc: evil@example.net',
    'x\u0085Bcc: evil@example.net',
    'x\u560a\u560dBcc: evil@example.net',
    'x\u0000Bcc: evil@example.net',
    'x'.repeat(100_000),
  ];
  for (const [index, value] of strings.entries()) {
    test(`string ${index} in every field`, async () => {
      const form = await openCompose(client);
      const fields = {
        ...form,
        to: `"${value}" <carla@example.org>`,
        subject: value,
        body: value,
        confirmed: 'subject,body',
      };
      const answer = await postCompose(
        client,
        { ...fields, cc: index === 8 ? '' : value, return: value, seed: value, send: '1' },
        [{ name: value.slice(0, 400), type: 'text/plain', bytes: 'x' }],
      );
      assert.ok([303, 400, 422].includes(answer.status), String(answer.status));
      assert.doesNotMatch(answer.location, /[\r\n]|evil/);
      for (const { recipients, message, sender } of site.injected) {
        assert.equal(sender, alice);
        assert.ok(
          !recipients.includes('evil@example.net') || /^Cc: evil/m.test(message),
          'only what stands in the header',
        );
        assert.equal(
          (message.split('\n\n', 1)[0]!.match(/^(bcc|to|from|subject):/gim) ?? [])
            .map((name) => name.toLowerCase())
            .filter((name) => name === 'bcc:').length,
          0,
        );
      }
    });
  }
});

test('the compose page does not wait for the sweep of old drafts', { timeout: 20_000 }, async () => {
  const own = await startMailSite();
  try {
    const bob = await own.signIn('bob@example.com');
    const folder = join(own.home.state, 'drafts', encodeURIComponent('bob@example.com'), 'A'.repeat(16));
    await mkdir(folder, { recursive: true });
    // Reading it ends only when somebody writes: the sweep stands still here.
    const pipe = join(folder, 'draft.json');
    await promisify(execFile)('mkfifo', [pipe]);
    try {
      const page = await bob.request('/compose', { signal: AbortSignal.timeout(10_000) });
      assert.equal(page.status, 200);
    } finally {
      // The sweep is there (a pipe without a reader would not open), and goes on: it is no draft, and young.
      await writeFile(pipe, '');
    }
  } finally {
    await own.close();
  }
});
