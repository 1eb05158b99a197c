// Mail between two of ours and a Postfix, each on a host of its own with private addresses and a private DNS: what the DNS
// and policy hosts say of a mail host decides what becomes of a letter there, as RFC 7672 (DANE), RFC 8461 (MTA-STS) and
// RFC 8689 (REQUIRETLS) have it, and Postfix decides the same where it knows the same. Host one has a certificate that
// nobody vouches for, two and three have theirs from an authority that ours believe. Needs root and the programs named.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remoteMemory } from '../../mta/home.ts';
import { openReportDatabase } from '../../mta/trust/dmarc-reports/database.ts';
import { openTlsTallies } from '../../mta/trust/tls-reports/tallies.ts';
import { noHosts } from '../support/hosts.ts';
import { noPostfix } from '../support/postfix.ts';
import { until } from '../support/serve.ts';
import {
  type CaseName,
  domainOf,
  type HostName,
  sendToCases,
  startThreeHosts,
  type ThreeHosts,
} from '../support/three-hosts.ts';

/** How a letter has to fare, by what the log says. */
const ways = {
  'goes, proved by DANE': /^success: .*\/TLS:_verified_by_DANE\./,
  'goes, proved by MTA-STS': /^success: .*\/TLS:_verified_by_MTA-STS\./,
  'goes, the name proved': /^success: .*\/TLS:_verified_by_its_certificate\./,
  'goes, encrypted': /^success: .*\/TLS:_encrypted,_not_verified\./,
  'waits: not the one of the TLSA records': /^deferral: .*_none_that_the_TLSA_records_of_.*\(#4\.7\.5\)/,
  'waits: not proved by the authority': /^deferral: .*_its_certificate_is_not_that_of_mx\..*\(#4\.7\.5\)/,
  'waits: no TLSA answer': /^deferral: The_TLSA_records_of_.*_cannot_be_looked_up_.*\(#4\.4\.3\)/,
  'waits: another name': /^deferral: .*_MTA-STS_policy_of_.*ERR_TLS_CERT_ALTNAME_INVALID.*\(#4\.7\.5\)/,
  'waits: nobody vouches': /^deferral: .*_MTA-STS_policy_of_.*DEPTH_ZERO_SELF_SIGNED_CERT.*\(#4\.7\.5\)/,
  'waits: not in the policy': /^deferral: .*_none_that_the_MTA-STS_policy_of_.*_names.*\(#4\.7\.5\)/,
  'Postfix: goes, proved by DANE': /^status=sent .* TLS: Verified$/,
  'Postfix: goes, an authority known': /^status=sent .* TLS: Trusted$/,
  'Postfix: goes, encrypted': /^status=sent .* TLS: (?:Untrusted|Anonymous)$/,
  'Postfix: waits, not verified': /^status=deferred \(Server certificate not verified\)/,
  'Postfix: waits, no TLSA answer': /^status=deferred \(TLSA lookup error/,
} as const;
type Way = keyof typeof ways;
type Fates = Partial<Record<CaseName, Way>>;

const toVouched: Fates = {
  plain: 'goes, the name proved',
  dane: 'goes, proved by DANE',
  'dane-wrong': 'waits: not the one of the TLSA records',
  'dane-unsigned': 'goes, the name proved',
  // RFC 7672 2.2: encrypted, whoever it is.
  'dane-unusable': 'goes, the name proved',
  'dane-unanswered': 'waits: no TLSA answer',
  'dane-authority': 'goes, proved by DANE',
  'dane-authority-misnamed': 'waits: not proved by the authority',
  sts: 'goes, proved by MTA-STS',
  'sts-misnamed': 'waits: another name',
  'sts-unlisted': 'waits: not in the policy',
  'sts-testing': 'goes, encrypted',
  'sts-unreachable': 'goes, the name proved',
  'sts-untrusted': 'goes, the name proved',
  'sts-kept': 'waits: not in the policy',
  // RFC 8461 2: a policy never overrides DANE.
  both: 'goes, proved by DANE',
  'both-wrong': 'waits: not the one of the TLSA records',
};
const toUnvouched: Fates = {
  ...toVouched,
  plain: 'goes, encrypted',
  'dane-unsigned': 'goes, encrypted',
  'dane-unusable': 'goes, encrypted',
  'dane-authority': 'waits: not the one of the TLSA records',
  'dane-authority-misnamed': 'waits: not the one of the TLSA records',
  sts: 'waits: nobody vouches',
  'sts-misnamed': 'waits: nobody vouches',
  'sts-unreachable': 'goes, encrypted',
  'sts-untrusted': 'goes, encrypted',
};
// It knows no MTA-STS.
const byPostfix: Fates = {
  plain: 'Postfix: goes, an authority known',
  dane: 'Postfix: goes, proved by DANE',
  'dane-wrong': 'Postfix: waits, not verified',
  'dane-unsigned': 'Postfix: goes, an authority known',
  'dane-unusable': 'Postfix: goes, an authority known',
  'dane-unanswered': 'Postfix: waits, no TLSA answer',
  'dane-authority': 'Postfix: goes, proved by DANE',
  'dane-authority-misnamed': 'Postfix: waits, not verified',
  both: 'Postfix: goes, proved by DANE',
  'both-wrong': 'Postfix: waits, not verified',
};
const byPostfixUnvouched: Fates = {
  ...byPostfix,
  plain: 'Postfix: goes, encrypted',
  'dane-unsigned': 'Postfix: goes, encrypted',
  'dane-unusable': 'Postfix: goes, encrypted',
  'dane-authority': 'Postfix: waits, not verified',
};

describe('three hosts', { skip: noHosts || noPostfix }, () => {
  let directory: string;
  let hosts: ThreeHosts;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'facteur-hosts-'));
    await chmod(directory, 0o755);
    hosts = await startThreeHosts(directory);
  });
  after(async () => {
    await hosts.close();
    await rm(directory, { recursive: true });
  });

  describe('letters fare as what is published demands', { concurrency: true }, () => {
    const pairs: readonly (readonly [from: HostName, to: HostName, fates: Fates])[] = [
      ['one', 'two', toVouched],
      ['two', 'one', toUnvouched],
      ['one', 'three', toVouched],
      ['two', 'three', toVouched],
      ['three', 'one', byPostfixUnvouched],
      ['three', 'two', byPostfix],
    ];
    for (const [from, to, fates] of pairs)
      test(`from ${from} to ${to}`, async () => {
        const names = Object.keys(fates) as CaseName[];
        const seen = await sendToCases(hosts[from], to, names);
        const wrong = names.filter((name) => !ways[fates[name] as Way].test(seen[name] ?? ''));
        assert.deepEqual(
          wrong.map((name) => `${name}: expected "${fates[name]}", found "${seen[name]}"`),
          [],
        );
      });
  });

  test('a policy whose host cannot be reached is told of in the log', async () => {
    assert.match(
      await hosts.one.log(),
      /^remote: cannot get the MTA-STS policy of sts-unreachable\.two\.test: its host cannot be reached/m,
    );
  });

  test('what arrived at ours has passed SPF, DKIM and DMARC, from ours, and SPF from Postfix', async () => {
    const find = async (sender: string): Promise<string | undefined> =>
      (await hosts.two.letters()).find((each) => each.includes(`Return-Path: <postmaster@${sender}>`));
    await until('a letter of each', async () =>
      Boolean((await find('one.test')) && (await find('three.test'))),
    );
    const results = async (sender: string): Promise<string> =>
      /^Authentication-Results: .*\n(?:[ \t].*\n)*/m.exec((await find(sender)) ?? '')?.[0] ?? '';
    const ours = await results('one.test');
    for (const method of ['spf', 'dkim', 'dmarc']) assert.match(ours, new RegExp(`\\b${method}=pass\\b`));
    assert.match(await results('three.test'), /\bspf=pass\b[\s\S]*\bdmarc=pass\b/);
  });

  test('a letter with REQUIRETLS goes where TLS is proved and kept, and comes back from elsewhere', async () => {
    const { one, two } = hosts;
    const sender = 'ann@plain.one.test';
    const send = async (recipient: string): Promise<string> => {
      await one.send(sender, [recipient], `From: ${sender}\nSubject: sealed\n\nsecret body\n`, true);
      await until(`${recipient} has a fate`, async () => (await one.fateOf(recipient)) !== undefined);
      return (await one.fateOf(recipient)) ?? '';
    };
    assert.match(
      await send(`bob@${domainOf('dane-unsigned', 'two')}`),
      /^failure: .*_not_verified.*\(#5\.7\.30\)/,
    );
    assert.match(await send('bob@dane.three.test'), /^failure: .*_does_not_offer_REQUIRETLS,.*\(#5\.7\.30\)/);
    assert.match(await send(`bob@${domainOf('sts', 'two')}`), /^success: .*verified_by_MTA-STS/);
    // Two hands them on: the wish holds there too.
    assert.match(await send('relay@dane.two.test'), /^success: .*verified_by_DANE/);
    assert.match(await send('relay-three@dane.two.test'), /^success: .*verified_by_DANE/);
    await until('two has handed both on', async () =>
      Boolean((await two.fateOf('rae@dane.three.test')) && (await two.fateOf('rae@dane.one.test'))),
    );
    const relayed = await Promise.all(['three', 'one'].map((each) => two.fateOf(`rae@dane.${each}.test`)));
    assert.match(relayed[0] ?? '', /^failure: .*_does_not_offer_REQUIRETLS/);
    assert.match(relayed[1] ?? '', /^success: .*verified_by_DANE/);
    const bounces = async () =>
      (await one.letters()).filter((each) => /^Subject: .*(?:fail|return)/im.test(each));
    await until('three bounces have come back', async () => (await bounces()).length === 3);
    for (const each of await bounces()) assert.doesNotMatch(each, /secret body/);
  });

  test("Postfix's posttls-finger says of our hosts what their records are", async () => {
    const ask = async (name: CaseName): Promise<string> => {
      const given = ['-t5', '-T5', '-c', '-Lsummary', '-ldane-only', domainOf(name, 'one')];
      const line = ['env', `MAIL_CONFIG=${join(directory, 'three', 'etc')}`, '/usr/sbin/posttls-finger'];
      const { stdout, stderr } = await hosts.three.host.run([...line, ...given]);
      return stdout + stderr;
    };
    const [right, wrong] = await Promise.all([ask('dane'), ask('dane-wrong')]);
    assert.match(
      right,
      /: Verified TLS connection established to mx\.dane\.one\.test\[10\.9\.0\.1\]:25: TLSv1\.3/,
    );
    assert.match(wrong, /: Untrusted TLS connection established to mx\.dane-wrong\.one\.test/);
  });

  test('how TLS went is counted for reports, what a policy in testing would have refused among it', async () => {
    await hosts.close();
    const database = openReportDatabase(join(remoteMemory(hosts.one), 'tls-reports.sqlite'));
    const tallies = openTlsTallies(database);
    const day = Math.floor(Date.now() / 86_400_000);
    const failuresOf = (name: CaseName): readonly (string | undefined)[] =>
      [day - 1, day]
        .flatMap((each) => tallies.rows({ day: each, domain: domainOf(name, 'two') }))
        .map(({ failure }) => failure)
        .sort();
    const seen = Object.fromEntries(
      Object.keys(toVouched).map((name) => [name, failuresOf(name as CaseName)]),
    );
    database.close();
    assert.deepEqual(seen, {
      plain: [undefined],
      dane: [undefined],
      'dane-wrong': ['validation-failure'],
      'dane-unsigned': [undefined],
      'dane-unusable': ['tlsa-invalid'],
      'dane-unanswered': ['dnssec-invalid'],
      'dane-authority': [undefined],
      'dane-authority-misnamed': ['certificate-host-mismatch'],
      sts: [undefined],
      'sts-misnamed': ['certificate-host-mismatch'],
      'sts-unlisted': ['validation-failure'],
      'sts-testing': ['certificate-host-mismatch'],
      'sts-unreachable': ['sts-policy-fetch-error', undefined],
      'sts-untrusted': ['sts-webpki-invalid', undefined],
      'sts-kept': ['sts-policy-fetch-error', 'validation-failure'],
      both: [undefined],
      'both-wrong': ['validation-failure'],
    });
  });
});
