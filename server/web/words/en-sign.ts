// English of what goes out authenticated: the keys that sign a domain's mail.
export const enSign = {
  'dns.kind.dkim': 'Signatures of the mail (DKIM)',
  'dns.about.dkim': 'Lets others check that mail of the domain is really yours.',
  'dns.why.dkim-several': 'There are several records, and others may take the wrong one. Keep one.',
  'dns.why.dkim-revoked': 'The record takes the key back: its p is empty. Replace the record.',
  'dns.why.dkim-other-key': 'The record holds another key, or none. Replace the record.',
  'dns.why.dkim-testing': 'The record says that you are only testing. Remove t=y.',
  'signing.title': 'Signing (DKIM)',
  'signing.hint':
    'Mail that leaves is signed, so that others can check that it is yours. They find the keys in the DNS.',
  'signing.none': 'Mail of this domain leaves unsigned. Many hosts take such mail for junk.',
  'signing.right': 'Mail is signed, and others find the keys.',
  'signing.wrong':
    'Mail is signed, but others do not find the keys as they should be. Publish the records below.',
  'signing.waiting': 'New keys are waiting. Publish their records; once others find them, let them sign.',
  'signing.state.current': 'signs',
  'signing.state.next': 'waits',
  'signing.state.old': 'rests',
  'signing.state.broken': 'broken',
  'signing.made': 'made {time}',
  'signing.copy': 'Copy',
  'signing.copied': 'Copied',
  'signing.add': 'Make keys',
  'signing.rotate': 'Make new keys',
  'signing.rotateHint':
    'Keys are best changed once a year. The present ones sign until you let the new ones sign.',
  'signing.use': 'Let them sign',
  'signing.useAnyway': 'Let them sign anyway',
  'signing.unpublished':
    'Others do not find these keys yet: {keys}. Mail that they sign would count as unsigned.',
  'signing.remove': 'Remove',
  'signing.removeTitle': 'Remove the key {key}?',
  'signing.removeOld':
    'Leave its record in the DNS for another week: mail that is under way is still checked by it.',
  'signing.removeCurrent': 'It signs now. Without it, mail of this domain may leave unsigned.',
} as const;
