// What leaves, read by programs that are not ours: signatures by OpenDKIM, whose keys come from a file instead of the DNS,
// and senders of forwards by Mail::SRS, the reference of SRS. Tests of programs that are not installed are skipped.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createBodyEncoder } from '../../mta/remote/encode.ts';
import { recordText } from '../../mta/trust/dkim-record.ts';
import type { SigningKey } from '../../mta/trust/dkim-sign.ts';
import { createLetterSigner } from '../../mta/trust/letter-signer.ts';
import { readSrsAddress, rewriteSender } from '../../mta/trust/srs.ts';

const run = promisify(execFile);
const opendkim = process.env.FACTEUR_TEST_OPENDKIM ?? 'opendkim';
const noOpendkim = spawnSync(opendkim, ['-V']).error ? `${opendkim} is not installed` : false;
const noPerl =
  spawnSync('perl', ['-MMail::SRS', '-e', '1']).status === 0
    ? false
    : 'perl has no Mail::SRS (libmail-srs-perl)';

const srs = {
  srs_domain: 'our.test',
  srs_secrets: ['tops3cr3t'],
  srs_maxage: 21,
  srs_hashlength: 4,
  srs_hashmin: 4,
  srs_separator: '=',
};
const keys: readonly SigningKey[] = [
  {
    domain: 'our.test',
    selector: 'r1',
    algorithm: 'rsa-sha256',
    key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  },
  {
    domain: 'our.test',
    selector: 'e1',
    algorithm: 'ed25519-sha256',
    key: generateKeyPairSync('ed25519').privateKey,
  },
];

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'facteur-opendkim-'));
  const records = keys.map(
    ({ selector, algorithm, key }) =>
      `${selector}._domainkey.our.test ${recordText(createPublicKey(key), algorithm)}\n`,
  );
  await writeFile(join(directory, 'keys'), records.join(''));
  await writeFile(join(directory, 'conf'), `Mode v\nTestPublicKeys ${join(directory, 'keys')}\nSyslog no\n`);
});
after(() => rm(directory, { recursive: true, force: true }));

const signer = createLetterSigner({
  keyring: { keysOf: async () => keys },
  settings: () => ({
    ...srs,
    me: 'm.our.test',
    rcpthosts: undefined,
    morercpthosts: undefined,
    srs_alwaysrewrite: 0,
  }),
  log: (line) => assert.fail(line),
});

/** The bytes that a receiver has. */
async function leave(text: string): Promise<string> {
  const letter = Buffer.from(text, 'latin1');
  const chunks = async function* () {
    yield letter;
  };
  const { fields } = await signer.prepare({ chunks }, 'joe@our.test');
  const encoder = createBodyEncoder();
  const wire = [encoder.write(Buffer.concat([Buffer.from(fields, 'latin1'), letter])), encoder.end()];
  return Buffer.concat(wire).toString('latin1').slice(0, -3).replace(/^\./gm, '');
}

test('OpenDKIM finds both signatures right, and both wrong when the letter changes', {
  skip: noOpendkim,
}, async () => {
  const results = async (wire: string): Promise<readonly string[]> => {
    const path = join(directory, 'letter');
    await writeFile(path, wire, 'latin1');
    const { stdout } = await run(opendkim, ['-x', join(directory, 'conf'), '-vv', '-t', path]);
    return [...stdout.matchAll(/dkim=(\w+)[^;]*header\.s=(\w+)/g)].map(([, result, by]) => `${by} ${result}`);
  };
  const head = 'From: Joe <joe@our.test>\n';
  const letters: Readonly<Record<string, string>> = {
    plain: `${head}To: a@b.c\nSubject: x\n\nHello\n`,
    'no body': `${head}Subject: x\n\n`,
    'blanks and dots': `${head}Subject: a  b \n\t c\n\n.\n a \t b  \n\n..\n\n\n`,
    'several of a name': `${head}To: a\nTo: b\nSubject: 1\nSubject: 2\n\nx`,
    '8-bit': `${head}Subject: \xc3\xa4\xe4\n\n\xff\xfe \xa0\n`,
  };
  for (const [name, text] of Object.entries(letters)) {
    const wire = await leave(text);
    assert.deepEqual(await results(wire), ['r1 pass', 'e1 pass'], name);
    assert.deepEqual(await results(wire.replace('From: Joe', 'From: Jim')), ['r1 fail', 'e1 fail'], name);
  }
});

test('Mail::SRS makes the addresses that we make, and finds the sender in ours', {
  skip: noPerl,
}, async () => {
  const script =
    'my $s=Mail::SRS->new(Secret=>["tops3cr3t"],HashLength=>4); print $s->forward($ARGV[0],"our.test"),"\\n",$s->reverse($ARGV[1])';
  const now = Math.floor(Date.now() / 1000);
  for (const sender of ['a@far.test', 'A.b+c=d@Far.Test', 'SRS0=abcd=TT=far.test=a@one.test']) {
    const ours = rewriteSender(sender, srs, now);
    const { stdout } = await run('perl', ['-MMail::SRS', '-e', script, sender, ours]);
    const [theirs = '', back] = stdout.split('\n');
    assert.deepEqual([theirs, back], [ours, sender]);
    assert.deepEqual(readSrsAddress(theirs, srs, now), { kind: 'sender', address: sender });
  }
});
