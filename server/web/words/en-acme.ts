// English of the page on which fetching certificates is switched on, and of what becomes of it.
export const enAcme = {
  'acme.title': 'Have certificates fetched',
  'acme.hint':
    'This server asks a certificate authority for certificates, proves to it that the names are its own, and renews them in time. For that the authority must reach it from outside at port 80 or 443.',
  'acme.directory': 'Address of the authority’s directory',
  'acme.directoryHint': 'Let’s Encrypt is filled in. To try it out without its limits: {address}',
  'acme.contact': 'Your mail address',
  'acme.contactHint':
    'The authority may write there when something is wrong. Several with blanks between them.',
  'acme.names': 'Names',
  'acme.namesHint': 'One certificate a line, its names with blanks between them. This server is {me}.',
  'acme.pages':
    'Also for names that our pages need, where the DNS leads them here: mta-sts, autoconfig and autodiscover of the domains, and the names of the webmail',
  'acme.external': 'The authority has customers only',
  'acme.externalHint':
    'It gives its customers a key identifier and a key (External Account Binding). Let’s Encrypt needs neither.',
  'acme.keyId': 'Key identifier',
  'acme.key': 'Key (HMAC)',
  'acme.keyKept': 'A key is stored. Leave both empty to keep it.',
  'acme.terms': 'Terms of service',
  'acme.termsHint': 'Read what the authority asks of you:',
  'acme.agree': 'I agree to these terms',
  'acme.agreeFirst': 'Without your agreement the authority issues no certificates.',
  'acme.continue': 'Continue',
  'acme.start': 'Have certificates fetched',
  'acme.stop': 'Stop fetching',
  'acme.stopHint': 'Certificates that are there stay until they are over.',
  'acme.change': 'Change what is fetched',
  'acme.saved': 'Saved. Certificates are being fetched.',
  'acme.stopped': 'No certificates are fetched any more.',
  'acme.unanswered': 'The authority’s directory cannot be read.',
  'acme.noDirectory': 'Write the address of an authority’s directory.',
  'acme.bothKeys': 'Key identifier and key belong together: write both.',
  'acme.expected': 'Expected: {what}',
  'acme.now': 'Now',
  'acme.forPage': 'for a page',
  'acme.step.account': 'Signing in to the authority',
  'acme.step.order': 'Ordering the certificate',
  'acme.step.prove': 'The authority is checking {name}',
  'acme.step.make': 'The authority is making the certificate',
  'acme.step.install': 'Putting it in place',
  'acme.step.soon': 'It will be fetched in a moment',
  'acme.fault.unauthorized':
    'The authority found something else at this name than our proof. Does the name lead to this server, and does nothing stand in front of it?',
  'acme.fault.connection':
    'The authority does not reach this server. Are port 80 and port 443 open from outside, and do all addresses of the name lead here?',
  'acme.fault.dns': 'The authority does not find the name in the DNS.',
  'acme.fault.tls': 'The authority could not make a TLS connection to this server.',
  'acme.fault.caa': 'A CAA record of the domain forbids this authority. Add it there, or choose another.',
  'acme.fault.rateLimited':
    'That was too much for the authority for now. It is tried again when it allows it.',
  'acme.fault.rejectedIdentifier': 'The authority issues no certificates for this name.',
  'acme.fault.externalAccountRequired':
    'The authority has customers only. Write the key identifier and the key that it gave you.',
  'acme.fault.userActionRequired':
    'The authority wants something from you first, for example your agreement to new terms.',
  'acme.fault.invalidContact': 'The authority does not take the mail address.',
  'acme.fault.unreachable': 'The authority does not answer.',
  'acme.fault.slow': 'The authority has not decided in time. It is asked again.',
  'acme.fault.noProof':
    'The authority wants a proof that cannot be given here. A name with a star needs the setting acmehook.',
  'acme.fault.hook': 'The program in acmehook failed.',
  'acme.fault.garbage': 'The authority’s answer makes no sense, or it has a fault of its own.',
} as const;
