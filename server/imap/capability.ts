// What the server says that it can do (RFC 9051 6.1.1): before login what concerns signing in, after it the rest. Only
// what works stands here. Pure.

export interface CapabilityFacts {
  readonly isSignedIn: boolean;
  readonly canStartTls: boolean;
  readonly mayLogin: boolean;
  readonly canCompress: boolean;
  /** Of SASL, in the order of the offer. */
  readonly mechanisms: readonly string[];
  /** RFC 7889, bytes. */
  readonly appendLimit: number;
}

const always = ['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE'];

/** In alphabetical order; each is a must or should of spec/maildir-imap.md 5. */
const signedIn: readonly string[] = [
  'ACL',
  'BINARY',
  'CATENATE',
  'CHILDREN',
  'CONDSTORE',
  'CREATE-SPECIAL-USE',
  'ESEARCH',
  'ESORT',
  'I18NLEVEL=1',
  'IDLE',
  'INPROGRESS',
  'LIST-EXTENDED',
  'LIST-METADATA',
  'LIST-MYRIGHTS',
  'LIST-STATUS',
  'METADATA',
  'MOVE',
  'MULTIAPPEND',
  'MULTISEARCH',
  'NAMESPACE',
  'NOTIFY',
  'OBJECTID',
  'PARTIAL',
  'PREVIEW',
  'QRESYNC',
  'QUOTA',
  'QUOTA=RES-MESSAGE',
  'QUOTA=RES-STORAGE',
  'REPLACE',
  'RIGHTS=texk',
  'SAVEDATE',
  'SEARCHRES',
  'SORT',
  'SORT=DISPLAY',
  'SPECIAL-USE',
  'STATUS=SIZE',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'THREAD=REFS',
  'UIDONLY',
  'UIDPLUS',
  'UNSELECT',
  'UTF8=ACCEPT',
  'WITHIN',
  'XLIST',
];

/** The words behind `* CAPABILITY` or `[CAPABILITY`. */
export function capabilityWords(facts: CapabilityFacts): string {
  if (!facts.isSignedIn) {
    const login = facts.mayLogin ? facts.mechanisms.map((name) => `AUTH=${name}`) : ['LOGINDISABLED'];
    return [...always, ...(facts.canStartTls ? ['STARTTLS'] : []), ...login].join(' ');
  }
  const compress = facts.canCompress ? ['COMPRESS=DEFLATE'] : [];
  return [...always, ...signedIn, ...compress, `APPENDLIMIT=${facts.appendLimit}`].join(' ');
}
