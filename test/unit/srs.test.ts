// SRS: what senders of forwards become, what comes back, and what does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteRecipient } from '../../mta/control/match.ts';
import { decideRecipient } from '../../mta/smtpd/policy.ts';
import { readSrsAddress, rewriteSender, type SrsRules } from '../../mta/trust/srs.ts';
import { testSettings } from '../support/smtp.ts';

const rules: SrsRules = {
  srs_domain: 'our.test',
  srs_secrets: ['tops3cr3t'],
  srs_maxage: 21,
  srs_hashlength: 4,
  srs_hashmin: 4,
  srs_separator: '=',
};
const DAY = 86_400;
const now = 1_795_000_000;

test('a sender comes back as it was, for as many days as the address is good', () => {
  const table = [
    'a@far.test',
    'A.b+c@Far.Test',
    'a=b@far.test',
    'a b@far.test',
    'ä@far.test',
    '=@x',
    'SRS@far.test',
  ];
  for (const sender of table) {
    const left = rewriteSender(sender, rules, now);
    assert.match(left, /^SRS0=[^=]{4}=[A-Z2-7]{2}=.*@our\.test$/, sender);
    for (const days of [0, 1, 21])
      assert.deepEqual(readSrsAddress(left, rules, now + days * DAY), { kind: 'sender', address: sender });
    assert.equal(readSrsAddress(left, rules, now + 22 * DAY)?.kind, 'invalid');
    assert.equal(readSrsAddress(left, rules, now - 2 * DAY)?.kind, 'invalid');
  }
});

test('the addresses are those that Mail::SRS and libsrs2 make', () => {
  const day = Date.UTC(2026, 10, 23) / 1000;
  const table = [
    ['a@far.test', 'SRS0=VthG=JM=far.test=a@our.test'],
    ['A.b+c@Far.Test', 'SRS0=pCq5=JM=Far.Test=A.b+c@our.test'],
    ['SRS0=abcd=TT=far.test=a@one.test', 'SRS1=aK3E=one.test==abcd=TT=far.test=a@our.test'],
  ] as const;
  for (const [sender, left] of table) assert.equal(rewriteSender(sender, rules, day), left);
});

test('days are counted beyond the end of their two characters', () => {
  const last = 1024 * DAY * 20 - 1;
  const left = rewriteSender('a@far.test', rules, last);
  assert.deepEqual(readSrsAddress(left, rules, last + 3 * DAY), { kind: 'sender', address: 'a@far.test' });
});

test('what another forwarder rewrote becomes SRS1, and stays one however many follow', () => {
  const first = 'SRS0=abcd=TT=far.test=a@one.test';
  const second = rewriteSender(first, rules, now);
  assert.match(second, /^SRS1=[^=]{4}=one\.test==abcd=TT=far\.test=a@our\.test$/);
  assert.deepEqual(readSrsAddress(second, rules, now), { kind: 'sender', address: first });
  const other = { ...rules, srs_domain: 'third.test', srs_secrets: ['other'] };
  const third = rewriteSender(second, other, now);
  assert.match(third, /^SRS1=[^=]{4}=one\.test==abcd=TT=far\.test=a@third\.test$/);
  assert.deepEqual(readSrsAddress(third, other, now), { kind: 'sender', address: first });
  assert.match(rewriteSender('SRS0+x=y@one.test', rules, now), /=one\.test=\+x=y@our\.test$/);
});

test('without a domain or a secret, and for what is ours already, nothing changes', () => {
  assert.equal(rewriteSender('a@far.test', { ...rules, srs_domain: '' }, now), 'a@far.test');
  assert.equal(rewriteSender('a@far.test', { ...rules, srs_secrets: [] }, now), 'a@far.test');
  for (const sender of ['', 'postmaster', 'joe@OUR.test'])
    assert.equal(rewriteSender(sender, rules, now), sender);
});

test('an old secret is believed, one that is gone is not; case on the way does not matter', () => {
  const left = rewriteSender('a@far.test', rules, now);
  assert.equal(readSrsAddress(left, { ...rules, srs_secrets: ['new', 'tops3cr3t'] }, now)?.kind, 'sender');
  assert.equal(readSrsAddress(left, { ...rules, srs_secrets: ['new'] }, now)?.kind, 'invalid');
  assert.equal(readSrsAddress(left.toLowerCase(), rules, now)?.kind, 'sender');
  assert.equal(readSrsAddress(left.toUpperCase(), rules, now)?.kind, 'sender');
  assert.equal(readSrsAddress(left, { ...rules, srs_hashmin: 5 }, now)?.kind, 'invalid');
  const long = rewriteSender('a@far.test', { ...rules, srs_hashlength: 12 }, now);
  assert.equal(readSrsAddress(long, rules, now)?.kind, 'sender');
});

test('at the door and in the queue only addresses that we made lead anywhere', () => {
  const seconds = Math.floor(Date.now() / 1000);
  const left = rewriteSender('a@far.test', rules, seconds);
  const domains = new Set(['our.test']);
  const settings = { ...testSettings, rcpthosts: domains, locals: domains, ...rules };
  const verdict = (address: string): string => {
    const decided = decideRecipient(address, false, settings);
    return decided.verdict === 'refuse' ? decided.reply.text.slice(0, 9) : decided.verdict;
  };
  assert.equal(verdict(left), 'accept');
  const forged = left.replace('far.test', 'victim.test');
  for (const address of [
    forged,
    'SRS0=xxxx=TT=far.test=a@our.test',
    'SRS1=x=y=z@our.test',
    'SRS0=@our.test',
    'srs0+a@our.test',
  ])
    assert.equal(verdict(address), '550 5.1.1', address);
  // Elsewhere the same words are a name like any other.
  assert.equal(verdict(left.replace('@our.test', '@far.test')), '553 5.7.1');
  assert.equal(verdict('srs0@our.test'), 'check');
  assert.deepEqual(rewriteRecipient(left, settings), { channel: 'remote', address: 'a@far.test' });
  assert.deepEqual(rewriteRecipient(forged, settings), { channel: 'local', address: forged });
  assert.deepEqual(rewriteRecipient(left, { ...settings, srs_domain: '' }), {
    channel: 'local',
    address: left,
  });
});
