// Letters of the shared corpus that carry signatures, before the check of senders: real signers' canonical forms, folding and
// line ends. The public keys of most are gone from the DNS, so the server of the test serves keys of its own in their place:
// where the signature alone does not fit, the hash of the body was what the signer had, byte for byte.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { DnsZone } from '../support/dns.ts';
import { messagePaths, noCorpus } from '../support/messages.ts';
import { makeKey, openSenderDoor } from '../support/senders.ts';

/** RFC 8463 A.2. */
const known: DnsZone = {
  'brisbane._domainkey.football.example.com': {
    TXT: ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
  },
};

/** What is found where it is not "bad signature". */
const others: Readonly<Record<string, string>> = {
  '0070-mimekit-rfc8463-example.eml': 'pass, bad signature',
  // Bodies were changed when these were collected.
  '0080-mimekit-issue358.eml': 'body hash did not verify',
  '0114-mikel-empty_in_reply_to.eml': 'body hash did not verify',
  '0123-mikel-empty_group_lists.eml': 'body hash did not verify',
  '0201-phpmime-issue230.eml': 'body hash did not verify',
  '0238-sisimai-lhost-yahoo-02.eml': 'body hash did not verify',
  // SHA-1 (RFC 8301).
  '0161-mox-parse2.eml': 'weak algorithm',
  '0162-mox-parse.eml': 'weak algorithm',
  '0204-phpmime-issue84.eml': 'signature missing required tag',
};

test('real signers’ body hashes are found right', { skip: noCorpus }, async () => {
  const zone: Record<string, DnsZone[string]> = {};
  const keys = { rsa: makeKey(), ed: makeKey(0) };
  const letters: { name: string; bytes: Buffer }[] = [];
  for (const path of messagePaths()) {
    const text = (await readFile(path, 'latin1')).replaceAll('\r\n', '\n');
    const header = text.slice(0, text.indexOf('\n\n')).replace(/\n[ \t]+/g, ' ');
    const signatures = header.match(/^(?:dkim-signature|arc-(?:seal|message-signature)):.*$/gim) ?? [];
    for (const field of signatures) {
      const tag = (name: string): string | undefined =>
        new RegExp(`[:;]\\s*${name}\\s*=\\s*([^;\\s]+)`).exec(field)?.[1]?.toLowerCase();
      const { record } = tag('a')?.startsWith('ed') ? keys.ed : keys.rsa;
      zone[`${tag('s')}._domainkey.${tag('d')}`] = { TXT: [record] };
    }
    if (signatures.some((field) => /^dkim/i.test(field)))
      letters.push({ name: basename(path), bytes: Buffer.from(text, 'latin1') });
  }
  assert.ok(letters.length >= 30, String(letters.length));
  const door = await openSenderDoor({ ...zone, ...known });
  const wrong: string[] = [];
  for (const { name, bytes } of letters) {
    const { findings } = await door.arrive(bytes, { sender: 'a@b.example' });
    const found = findings
      .filter(({ check }) => check === 'dkim')
      .map(({ result, words }) => (result === 'pass' ? 'pass' : words.slice(words.indexOf(',') + 2)))
      .filter((each, at, all) => all.indexOf(each) === at)
      .join(', ');
    if (found !== (others[name] ?? 'bad signature')) wrong.push(`${name}: ${found}`);
  }
  await door.close();
  assert.deepEqual(wrong, []);
});
