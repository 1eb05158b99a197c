// Control files of the patched qmails (spec/qmail.md 3.2) that nothing here obeys: what their owner must know before he
// relies on them, for qmail-showctl. What has another name here is named. Pure.

const DKIM_KEYS =
  'Signing reads domainkeys/DOMAIN/SELECTOR and dkimselectors; this file is read by programs only (filterargs).';
const DKIM_POLICY = 'Only programs of the patched qmail read it (filterargs, QMAILQUEUE).';
const SURBL = 'Only programs of the patched qmail read it (surblfilter).';
const KEYS = 'The TLS library makes the keys of the exchange itself.';
const CHANNELS = 'There are two such lists, suppls0 and suppls1.';
const POLICY = 'The rules of eMPF are not obeyed: who may send to whom is not limited by it.';

const words: Readonly<Record<string, string>> = {
  authsender: 'The name of this file is authsenders.',
  authservid: 'The name in Authentication-Results is that of control/me.',
  badhost: 'Client names are refused by rules in tcp.smtp (=.example.com:deny).',
  badip: 'Client addresses are refused by rules in tcp.smtp (192.0.2.7:deny).',
  badmailto: 'Refused recipients stand in badrcptto here.',
  badrcptpatterns: 'Refused recipients stand in badrcptto here, expressions too.',
  dkimkeys: DKIM_KEYS,
  nosignaturedomains: DKIM_POLICY,
  signaturedomains: DKIM_POLICY,
  goodrcptto: 'Recipients that are taken in any case stand in validrcptto here.',
  holdlocal: 'Local mail is held by 0 in concurrencylocal here.',
  holdremote: 'Remote mail is held by 0 in concurrencyremote here.',
  maxrecipients: 'The limit of recipients is maxrcpt here.',
  notlshosts_auto:
    'A host whose TLS fails gets its letter in clear text, and TLS is tried again with the next.',
  policy: POLICY,
  cache: SURBL,
  cachelifetime: SURBL,
  'level2-tlds': SURBL,
  'level3-tlds': SURBL,
  tlsadomains: 'DANE is checked for every domain, where dnssecresolver allows it (tlspolicies).',
};

const families: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^(?:dh|rsa)\d+\.pem$/, KEYS],
  [/^surbl(?:domain|domainwhite|rcpt)$/, SURBL],
  [/^(?:suppls|concurrencysuppl)(?:[2-9]|[1-9]\d+)$/, CHANNELS],
];

/** What a file of a patched qmail does not do here; undefined: nobody knows the name. */
export const describeForeignFile = (name: string): string | undefined =>
  (Object.hasOwn(words, name) ? words[name] : undefined) ??
  families.find(([pattern]) => pattern.test(name))?.[1];
