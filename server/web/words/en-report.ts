// English of what a domain's owner sees of it from outside: DNS records in a sentence each, set-up of mail programs, reports
// of other hosts.
export const enReport = {
  'dns.again': 'Check again',
  'dns.kind.setup': 'Settings for mail programs',
  'dns.about.mx': 'Tells other hosts which host takes the mail of the domain.',
  'dns.about.address': 'Leads from the name of the mail host to this machine.',
  'dns.about.reverse':
    'Leads from the address back to the name; many hosts refuse mail from an address without it.',
  'dns.about.spf': 'Lists the hosts that may send mail in the name of the domain.',
  'dns.about.dmarc':
    'Says what others should do with mail that only claims to be yours, and where they report it.',
  'dns.about.service': 'Lets mail programs find host and port by the address alone.',
  'dns.about.setup': 'Lets Thunderbird and Outlook fetch their settings by the address alone.',
  'dns.about.caa': 'Names who may issue certificates for the mail host; all others must refuse.',
  'dns.why.alias-elsewhere': 'It leads to {value}, not to this host.',
  'programs.nav': 'Mail programs',
  'programs.title': 'Set up your mail program',
  'programs.hint':
    'Many programs find all of this by your address alone. If yours asks, give it what stands here.',
  'programs.none': 'No door for mail programs is open here.',
  'programs.imap': 'Getting mail (IMAP)',
  'programs.pop3': 'Getting mail (POP3)',
  'programs.smtp': 'Sending mail (SMTP)',
  'programs.everywhere': 'For both',
  'programs.server': 'Server',
  'programs.port': 'Port',
  'programs.security': 'Security',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'User name',
  'programs.password': 'Yours, or an app password, which a second step at sign-in makes necessary:',
  'programs.apple': 'iPhone, iPad and Mac',
  'programs.appleHint':
    'Open this page on the device, download the profile, then install it in its settings. It asks for the password; the profile holds none.',
  'programs.profile': 'Download the profile',
  'programs.profileSays': 'Mail of {address} on {host}.',
  'reports.title': 'DMARC reports',
  'reports.hint':
    'What other hosts say about mail in the name of this domain in the last 30 days: who sent it, and whether it was proven to be yours.',
  'reports.none':
    'No report has come yet. Hosts that get mail in your name send one a day, when the DMARC record asks for them.',
  'reports.offer':
    'Reports can come to {address}: the server reads them, and anything else that comes there goes to {postmaster}.',
  'reports.receiving':
    'Reports go to {address} and are read by the server; anything else that comes there goes to {postmaster}. The record to publish is under',
  'reports.receive': 'Receive reports',
  'reports.made': 'Reports are read from now on. Publish the DMARC record under DNS records.',
  'reports.chart': 'Letters in your name, by day',
  'reports.believed': 'proven',
  'reports.unbelieved': 'not proven',
  'reports.sources': 'Who sent them',
  'reports.letters': 'Letters',
  'reports.others': 'All others',
  'reports.mark.signed': 'signed',
  'reports.mark.spfOnly': 'not signed',
  'reports.mark.mixed': 'some proven',
  'reports.mark.unproven': 'not proven',
  'reports.signed': 'Its letters are proven to be yours, also when they are forwarded.',
  'reports.spfOnly':
    'It may send for you, but not all its letters are signed: forwarded, they are not believed.',
  'reports.mixed':
    'Some of its letters are proven, some are not: forwarded mail, or a service that signs only in part.',
  'reports.unproven':
    'It sends in your name without proof: a forger, or a service of yours that SPF and DKIM do not know.',
  'reports.reporters': 'Who reported',
  'reports.reporter': 'Organisation',
  'reports.last': 'Last',
} as const;
