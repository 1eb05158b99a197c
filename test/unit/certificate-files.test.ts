// What is kept of certificates that the site fetches (STATE/acme): a file that is damaged is told of once and set aside, and
// no name of a certificate meets the file of the account.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keyToPem, makeKey, makeSiteCertificate } from '../../mta/certificates/make.ts';
import { openKeptFiles } from '../../server/certificates/kept-files.ts';
import { openRenewals } from '../../server/certificates/renewals.ts';
import type { Renewal } from '../../server/certificates/schedule.ts';

const base = await mkdtemp(join(tmpdir(), 'facteur-kept-'));
after(() => rm(base, { recursive: true }));
const key = keyToPem(makeKey());
const issued = makeSiteCertificate(['mail.our.test'], Date.now());
const sound: Renewal = {
  names: ['mail.our.test', 'our.test'],
  directory: 'https://ca.test/directory',
  key,
  certificate: issued,
  from: 1,
  until: 2,
  renewAt: 2,
  file: 'servercert.pem',
  failures: 1,
  problem: { kind: 'slow', words: 'not yet' },
};

test('what was kept is read again as it was, also of a certificate whose name is "account"', async () => {
  const lines: string[] = [];
  const files = openKeptFiles(join(base, 'sound', 'acme'), (line) => lines.push(line));
  assert.equal(await files.loadRenewal('mail.our.test'), undefined);
  const account = { directory: sound.directory, key, url: 'https://ca.test/1', contact: [] };
  await files.storeAccount(account);
  const names = ['mail.our.test', '*.our.test', 'account'];
  for (const name of names) await files.storeRenewal(name, { ...sound, names: [name] });
  for (const name of names)
    assert.deepEqual(await files.loadRenewal(name), { ...sound, names: [name] }, name);
  assert.deepEqual(await files.loadAccount(), account);
  assert.deepEqual(lines, []);
});

const damages: Readonly<Record<string, string>> = {
  'cut off': JSON.stringify(sound).slice(0, 200),
  empty: '',
  zeros: '\0'.repeat(100),
  'of another kind': '[]',
  nothing: 'null',
  'without names': JSON.stringify({ ...sound, names: undefined }),
  'with a count that is none': JSON.stringify({ ...sound, failures: 'many' }),
  'with a time that is none': JSON.stringify({ ...sound, until: null }),
  'with a broken certificate': JSON.stringify({ ...sound, certificate: issued.slice(0, 300) }),
  'with a chain without its key': JSON.stringify({ ...sound, issued: issued.slice(0, 300) }),
  'with a broken key': JSON.stringify({ ...sound, key: key.slice(0, 60) }),
};
for (const [what, text] of Object.entries(damages))
  test(`a file ${what} is set aside and told of once, and what it was of begins anew with its key`, async () => {
    const directory = await mkdtemp(join(base, 'damaged-'));
    const lines: string[] = [];
    const files = openKeptFiles(directory, (line) => lines.push(line));
    await writeFile(join(directory, 'mail.our.test.json'), text);
    const hasKey = text.includes(JSON.stringify(key)) && text.endsWith('}');
    for (let look = 0; look < 3; look++)
      assert.deepEqual(
        await files.loadRenewal('mail.our.test'),
        hasKey ? { names: ['mail.our.test'], directory: '', failures: 0, key } : undefined,
      );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^alert: .*mail\.our\.test\.json.* is damaged/);
    assert.equal(await readFile(join(directory, 'mail.our.test.json.damaged'), 'utf8'), text);
    await files.storeRenewal('mail.our.test', sound);
    assert.deepEqual(await files.loadRenewal('mail.our.test'), sound);
  });

test('an account that a certificate has overwritten is set aside, and a new one is made', async () => {
  const directory = await mkdtemp(join(base, 'account-'));
  const lines: string[] = [];
  const files = openKeptFiles(directory, (line) => lines.push(line));
  await writeFile(join(directory, 'account.json'), JSON.stringify({ ...sound, key: undefined }));
  assert.equal(await files.loadAccount(), undefined);
  assert.equal(await files.loadAccount(), undefined);
  assert.equal(lines.length, 1);
  assert.deepEqual(await readdir(directory), ['account.json.damaged']);
});

test('what keeps certificates from being looked after is said once, and again when it is another thing', async () => {
  let trouble: string | undefined = 'the disk does not answer';
  const lines: string[] = [];
  const renewals = openRenewals({
    state: base,
    control: base,
    settings: async () => {
      if (trouble !== undefined) throw new Error(trouble);
      return {
        acme: '',
        acmecontact: [],
        acmedomains: 0,
        acmeeab: undefined,
        acmehook: '',
        acmenames: [],
      };
    },
    proofs: undefined as never,
    doors: { plain: false, secure: false },
    install: () => Promise.reject(new Error('nothing is installed')),
    log: (line) => lines.push(line),
    every: 0,
  });
  for (const next of [trouble, trouble, 'another', undefined, 'another']) {
    trouble = next;
    await renewals.look();
  }
  await renewals.close();
  assert.deepEqual(
    lines.map((line) => /the disk|another/.exec(line)?.[0]),
    ['the disk', 'another', 'another'],
  );
});
