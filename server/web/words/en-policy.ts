// English of TLS between mail hosts: what domains tell of it, and what others report.
export const enPolicy = {
  'sts.title': 'Encrypted delivery (MTA-STS)',
  'sts.hint':
    'Tells other hosts to deliver mail for {domain} over TLS only, and only to a host with a good certificate. It takes effect once the records on the DNS page are published.',
  'sts.mode': 'Policy',
  'sts.off': 'Off',
  'sts.testing': 'Test: others report what fails and deliver all the same',
  'sts.enforce': 'Enforce: others deliver over verified TLS or not at all',
  'sts.none':
    'Withdrawn: others forget the policy. Leave it so for as long as they kept it, before you choose Off.',
  'sts.age': 'Others keep it for',
  'sts.days': { one: '{n} day', other: '{n} days' },
  'sts.choose': 'Choose a policy.',
  'sts.saved': 'The policy of {domain} is saved.',
  'sts.wrong': 'control/mtasts has a line that is wrong, so no policy is served. Correct it first.',
  'sts.served': 'What is served',
  'dns.kind.mta-sts': 'Encrypted delivery (MTA-STS)',
  'dns.about.mta-sts': 'Tells other hosts that a policy about TLS is served here, and where.',
  'dns.kind.tlsrpt': 'Reports about TLS',
  'dns.about.tlsrpt': 'Says where other hosts send what went wrong with TLS on their way to the domain.',
  'dns.kind.tlsa': 'Key of the mail host (DANE)',
  'dns.about.tlsa':
    'Names the key of the mail host for those who check DNSSEC; useful only where the zone is signed. Change it before the key changes.',
  'dns.why.sts-id': 'Its id is not that of the policy that is served here, so others keep the old one.',
  'dns.why.tlsrpt-nowhere': 'It names no address for reports.',
  'dns.why.tlsa-other': 'It names another key than the mail host has: who checks it holds the mail back.',
  'dns.why.several': 'There are several; then none of them counts.',
} as const;
