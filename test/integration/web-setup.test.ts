// The set-up of mail programs: requests as Thunderbird, Outlook and Apple's programs send them, over real HTTP, against a
// site with its doors in control/listen. Nothing of it tells whether an account exists.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AccountFlag } from '../../mta/accounts/types.ts';
import { createXmlReader } from '../../mta/formats/xml.ts';
import { machine } from '../support/admin.ts';
import { startSite, type WebSite } from '../support/site.ts';

let site: WebSite;
const listen =
  'smtp 0.0.0.0:25\nimap 0.0.0.0:143\nimaps 0.0.0.0:993\npop3s [::]:995\nsubmission 0.0.0.0:587\nsubmissions 0.0.0.0:465\nhttp 127.0.0.1:8080\n';

before(async () => {
  site = await startSite({ hosts: ['webmail.example.com', '127.0.0.1'] });
  await writeFile(join(site.home.qmail, 'control', 'listen'), listen);
});
after(() => site.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request as a mail program sends it: with a Host of its own, no cookies, no Origin. */
function ask(
  method: 'GET' | 'POST',
  path: string,
  { host = 'autoconfig.example.com', body = '', type = 'text/xml' } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { port } = new URL(site.base);
  const headers = {
    host,
    'user-agent': 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)',
    ...(method === 'POST' ? { 'content-type': type, 'content-length': Buffer.byteLength(body) } : {}),
  };
  const asked = request({ host: '127.0.0.1', port, method, path, headers }, (res) => {
    const chunks: Buffer[] = [];
    res.on('data', (chunk: Buffer) => void chunks.push(chunk));
    res.on('end', () =>
      resolve({ status: res.statusCode!, headers: res.headers, body: Buffer.concat(chunks).toString() }),
    );
  });
  asked.on('error', reject);
  asked.end(body);
  return promise;
}

/** The leaves of a document, `path=text`. */
function leaves(document: string): string[] {
  const found: string[] = [];
  const path: string[] = [];
  let text = '';
  let isLeaf = true;
  const reader = createXmlReader({
    open(name) {
      path.push(name);
      text = '';
      isLeaf = true;
    },
    text: (piece) => {
      text += piece;
    },
    close() {
      if (isLeaf) found.push(`${path.slice(-2).join('/')}=${text}`);
      isLeaf = false;
      path.pop();
    },
  });
  reader.write(document);
  reader.end();
  return found;
}

const outlook = (address: string, schema = 'outlook/responseschema/2006a'): string =>
  `<?xml version="1.0" encoding="utf-8"?>\r\n<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/${schema.split('/')[0]}/requestschema/2006">\r\n  <Request>\r\n    <EMailAddress>${address}</EMailAddress>\r\n    <AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/${schema}</AcceptableResponseSchema>\r\n  </Request>\r\n</Autodiscover>\r\n`;
const autodiscover = (body: string, options: { type?: string } = {}): Promise<Answer> =>
  ask('POST', '/Autodiscover/Autodiscover.xml', { host: 'autodiscover.example.com', body, ...options });

test('Thunderbird gets hosts, ports and the form of the user name, by both places, for whoever asks', async () => {
  const first = await ask('GET', '/mail/config-v1.1.xml?emailaddress=alice%40example.com');
  assert.equal(first.status, 200);
  assert.match(String(first.headers['content-type']), /^text\/xml/);
  assert.match(first.body, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<clientConfig version="1\.1">/);
  const servers = first.body
    .match(/type="\w+"|<port>\d+|<socketType>\w+/g)
    ?.map((each) => each.replace(/.*[>"](?=\w)/, '').replace('"', ''));
  assert.deepEqual(servers, [
    ...['imap', '993', 'SSL'],
    ...['imap', '143', 'STARTTLS'],
    ...['pop3', '995', 'SSL'],
    ...['smtp', '465', 'SSL'],
    ...['smtp', '587', 'STARTTLS'],
  ]);
  assert.ok(leaves(first.body).includes('incomingServer/username=%EMAILADDRESS%'));
  assert.ok(leaves(first.body).includes('incomingServer/hostname=mail.example.com'));
  for (const path of [
    '/mail/config-v1.1.xml',
    '/mail/config-v1.1.xml?emailaddress=nobody%40Example.COM',
    '/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=alice@example.com',
  ])
    assert.equal((await ask('GET', path)).body, first.body, path);
});

test('for a domain that is not ours there is nothing, whatever Host says', async () => {
  for (const [path, host] of [
    ['/mail/config-v1.1.xml?emailaddress=alice%40elsewhere.example', 'autoconfig.example.com'],
    ['/mail/config-v1.1.xml', 'autoconfig.elsewhere.example'],
    ['/mail/config-v1.1.xml?emailaddress=%3Cscript%3E@x', 'autoconfig.example.com'],
    ['/mail/config-v1.1.xml?emailaddress=example.com', 'autoconfig.example.com'],
  ] as const) {
    const { status, body } = await ask('GET', path, { host });
    assert.equal(status, 404, path);
    assert.ok(!body.includes('script'));
  }
  // Nothing else is served under those names.
  assert.equal((await ask('GET', '/login')).status, 421);
});

test('Outlook gets IMAP, POP3 and SMTP, the same for every name of the domain', async () => {
  const { status, headers, body } = await autodiscover(outlook('Alice@example.com'));
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/xml/);
  const told = leaves(body);
  assert.deepEqual(
    told.filter((each) => /Protocol\/(?:Type|Server|Port|Encryption|LoginName)=/.test(each)).slice(0, 5),
    [
      'Protocol/Type=IMAP',
      'Protocol/Server=mail.example.com',
      'Protocol/Port=993',
      'Protocol/LoginName=Alice@example.com',
      'Protocol/Encryption=SSL',
    ],
  );
  assert.deepEqual(
    told.filter((each) => /\/(?:Type|Port)=/.test(each)),
    ['IMAP', '993', 'POP3', '995', 'SMTP', '465'].map(
      (value, at) => `Protocol/${at % 2 === 0 ? 'Type' : 'Port'}=${value}`,
    ),
  );
  assert.ok(
    body.includes('xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"'),
  );
  const nobody = await autodiscover(outlook('nobody@example.com'));
  assert.equal(nobody.body, body.replaceAll('Alice@', 'nobody@'));
  const sly = await autodiscover(outlook('a&amp;b&lt;c@example.com'));
  assert.match(sly.body, /<ErrorCode>500</);
});

test('a telephone that looks for ActiveSync is told in its schema that there is none', async () => {
  const { status, body } = await autodiscover(outlook('alice@example.com', 'mobilesync/responseschema/2006'));
  assert.equal(status, 200);
  assert.ok(leaves(body).includes('Error/Status=2'));
  assert.ok(body.includes('mobilesync/responseschema/2006"'));
  const other = await autodiscover(outlook('alice@elsewhere.example', 'mobilesync/responseschema/2006'));
  assert.match(other.body, /<ErrorCode>500</);
});

test('what is no request gets an error in the schema, and bombs are not unpacked', async () => {
  const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${outlook('&b;@example.com')}`;
  const table = [
    ['', 600],
    ['nonsense', 600],
    [bomb, 600],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 600],
    [outlook('x'.repeat(400)), 600],
    [outlook('alice@example.com', 'exchange/responseschema/2010'), 601],
    [outlook('alice@elsewhere.example'), 500],
    [outlook('alice'), 500],
  ] as const;
  for (const [body, code] of table) {
    const answer = await autodiscover(body);
    assert.equal(answer.status, 200, body);
    assert.ok(leaves(answer.body).includes(`Error/ErrorCode=${code}`), `${code}: ${answer.body}`);
  }
  assert.equal((await autodiscover('x'.repeat(20_000))).status, 413);
  assert.equal((await autodiscover('x', { type: 'text/xml; charset=klingon' })).status, 415);
});

test('who asks without TLS, or in the form of JSON, is told where to post', async () => {
  const place = 'https://webmail.example.com/autodiscover/autodiscover.xml';
  const { status, headers } = await ask('GET', '/autodiscover/autodiscover.xml', {
    host: 'autodiscover.example.com',
  });
  assert.deepEqual([status, headers.location], [302, place]);
  const json = '/autodiscover/autodiscover.json?Email=alice%40example.com&Protocol=';
  const known = await ask('GET', `${json}AutodiscoverV1`);
  assert.deepEqual(JSON.parse(known.body), { Protocol: 'AutodiscoverV1', Url: place });
  assert.equal((await ask('GET', `${json}ActiveSync`)).status, 404);
});

test('the page says in words what a program wants to know, and gives the profile of Apple', async () => {
  const alice = await site.signIn('alice@example.com');
  const { status, body } = await alice.get('/settings/programs');
  assert.equal(status, 200);
  for (const words of [
    /<code>mail\.example\.com<\/code>/,
    /<code>993<\/code>/,
    /<code>465<\/code>/,
    /<bdi>alice@example\.com/,
  ])
    assert.match(body, words);
  const profile = await alice.get('/settings/programs/profile.mobileconfig');
  assert.equal(profile.status, 200);
  assert.equal(profile.headers.get('content-type'), 'application/x-apple-aspen-config; charset=utf-8');
  const plist = profile.body.replace(/<!DOCTYPE plist[^>]*>/, '');
  const told = leaves(plist).map((each) => each.replace(/^\w+\//, ''));
  const valueUnder = (key: string): string | undefined => told[told.indexOf(`key=${key}`) + 1];
  for (const [key, value] of [
    ['EmailAccountType', 'string=EmailTypeIMAP'],
    ['IncomingMailServerPortNumber', 'integer=993'],
    ['OutgoingMailServerPortNumber', 'integer=465'],
    ['IncomingMailServerUsername', 'string=alice@example.com'],
    ['IncomingMailServerUseSSL', 'true='],
  ] as const)
    assert.equal(valueUnder(key), value);
  const uuids = plist.match(
    /<string>[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}<\/string>/g,
  );
  assert.equal(new Set(uuids).size, 2);
  assert.equal((await alice.get('/settings/programs/profile.mobileconfig')).body, profile.body);
  assert.equal((await site.client().get('/settings/programs/profile.mobileconfig')).status, 303);
});

test('doors that an account may not use are not shown to it', async () => {
  const { administration } = site.web;
  await administration.changeAccount(machine, 'bob@example.com', { flags: AccountFlag.noImap });
  const bob = await site.signIn('bob@example.com');
  const { body } = await bob.get('/settings/programs');
  assert.ok(!body.includes('<code>993</code>') && body.includes('<code>995</code>'));
  assert.match((await bob.get('/settings/programs/profile.mobileconfig')).body, /EmailTypePOP/);
  await administration.changeAccount(machine, 'bob@example.com', {
    flags: AccountFlag.noImap | AccountFlag.noPop | AccountFlag.noSmtp,
  });
  assert.match((await bob.get('/settings/programs')).body, /No door for mail programs is open/);
  assert.equal((await bob.get('/settings/programs/profile.mobileconfig')).status, 404);
});

test('a wrong setting is told to the log, not to strangers', async () => {
  const control = join(site.home.qmail, 'control', 'listen');
  await writeFile(control, 'nonsense\n');
  const { status, body } = await ask('GET', '/mail/config-v1.1.xml');
  assert.deepEqual([status, body], [503, 'Not now.\n']);
  assert.ok(site.logged.some((line) => line.includes('set-up of mail programs')));
  await writeFile(control, listen);
});
