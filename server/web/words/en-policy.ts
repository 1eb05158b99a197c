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
  'tlsrpt.title': 'TLS reports',
  'tlsrpt.hint': 'What other hosts say about TLS on their way to this domain in the last 30 days.',
  'tlsrpt.noAddress':
    'TLS reports are read where DMARC reports are. Make that address first, then publish the record on the DNS page.',
  'tlsrpt.none':
    'No report has come yet. Hosts that send to the domain report once a day when the record for it is published.',
  'tlsrpt.failures': 'What failed',
  'tlsrpt.allGood': 'Nothing failed.',
  'tlsrpt.what': 'What',
  'tlsrpt.sessions': 'Sessions',
  'tlsrpt.good': 'Good',
  'tlsrpt.failed': 'Failed',
  'tlsrpt.others': { one: 'and {n} other', other: 'and {n} others' },
  'tlsrpt.why.starttls-not-supported': 'The mail host offered no TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'The certificate is for another name. Get one that has the name of the mail host.',
  'tlsrpt.why.certificate-expired': 'The certificate is over. Renew it.',
  'tlsrpt.why.certificate-not-trusted':
    'Nobody they trust vouches for the certificate, or its chain is not whole.',
  'tlsrpt.why.tlsa-invalid': 'The TLSA record is not well formed.',
  'tlsrpt.why.dnssec-invalid': 'The DNSSEC signatures of the zone are wrong or too old.',
  'tlsrpt.why.dane-required': 'DANE was demanded, and there was no TLSA record.',
  'tlsrpt.why.sts-policy-fetch-error': 'The MTA-STS policy could not be fetched.',
  'tlsrpt.why.sts-policy-invalid': 'The MTA-STS policy is not well formed.',
  'tlsrpt.why.sts-webpki-invalid': 'The certificate of the name mta-sts is not good.',
  'tlsrpt.why.validation-failure':
    'TLS failed for another reason: a TLSA record of another key, a mail host that the policy does not name, or a handshake that broke.',
} as const;
