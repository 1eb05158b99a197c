// Where Pigeonhole 0.5.19 (Debian's dovecot-sieve) and we differ on purpose, or where it departs from the RFCs: classes, each
// decided by the letter and by what was answered. What they do not explain is a difference that nobody meant.

/** What both said of one letter. */
export interface Answers {
  /** LF line ends. */
  readonly letter: Buffer;
  readonly script: string;
  /** Lines; `text ...` is what the script told, flags q0, q1 ... are the tests that hold. */
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
  /** The tests of the script, by number. */
  readonly questions: readonly string[];
}

/** Both answers without what a class explains. */
interface Said {
  /** Questions that only one of them affirms. */
  readonly onlyTheirs: readonly string[];
  readonly onlyOurs: readonly string[];
  /** What the script told. */
  readonly theirs: string;
  readonly ours: string;
}

/** Of the letter, as the classes ask. One character a byte. */
interface Letter {
  readonly text: string;
  readonly head: string;
  readonly script: string;
}

interface DifferenceClass {
  readonly name: string;
  readonly isMeant: (letter: Letter, said: Said) => boolean;
  /** Questions that the class explains, whoever affirms them. */
  readonly asks?: (question: string) => boolean;
  /** Both texts are written in the way in which they are the same. */
  readonly write?: (text: string) => string;
  /** Theirs is only the beginning of ours. */
  readonly isCut?: boolean;
}

/** Bytes that are not UTF-8. */
const hasBytes = (text: string): boolean => Buffer.from(text, 'latin1').toString('utf8').includes('\ufffd');
/** &#149; is a number of windows-1252 to those who read HTML, U+0095 to them. */
const western = (sign: string): string => new TextDecoder('windows-1252').decode(Buffer.from(sign, 'latin1'));
/** Base64 with other characters than its own, up to the next boundary. */
const brokenBase64 = /base64[\s\S]*?\n\n(?:(?!\n--)[\s\S])*?[^A-Za-z0-9+/=\s-]/i;

export const classes: readonly DifferenceClass[] = [
  {
    // RFC 5703 4: :anychild looks at all parts within. Theirs stops at the first one that has no header fields.
    name: ':anychild behind a part without fields',
    isMeant: ({ text }) => /\n--[^\n]*\n(?:\n|--)/.test(text),
    asks: (question) => question.includes(':anychild'),
  },
  {
    // RFC 5703 7 and RFC 5228 2.7.1 count characters. They count bytes, halve characters, and have CR LF where LF is.
    name: 'several bytes at :first and under ?',
    isMeant: (_, { ours }) => /\{first\}[^{]*[^ -~{][^{]*\{/.test(ours),
    write: (text) =>
      text.replace(/\{first\}([^{]{0,3})\{\/first\}/g, (whole, cut) => (/^[ -~]{2}$/.test(cut) ? whole : '')),
  },
  {
    // HTML 13.2.5.6 and 13.2.5.45: a `<` before no name is text, and a comment ends at its first `-->`. Not so with them.
    name: 'HTML of odd tags and comments',
    isMeant: ({ text }) => /text\/html[\s\S]*(?:<[^\w\s!/?"'&>]|<!---|--->)/i.test(text),
    asks: (question) => /^body (?::text )?:contains/.test(question),
    write: (text) => text.replace(/\{html\}[\s\S]*?(?:\{\/html\}|$)/g, ''),
  },
  {
    // RFC 5173 5.3 leaves the text of HTML open. Ours is what a reader sees; theirs keeps the lines of the source, parts words
    // at every tag, quotes with `>`, and drops a `&` that begins no entity.
    name: 'blanks and marks of HTML',
    isMeant: (_, { theirs }) => theirs.includes('{html}'),
    write: (text) =>
      text.replace(/\{html\}([\s\S]*?)(?:\{\/html\}|$)/g, (_, html: string) =>
        html.replace(/[\x80-\x9f]/g, western).replace(/[\s>&\u200b-\u200d\ufeff]+/g, ''),
      ),
  },
  {
    // RFC 5228 2.7.2 lets an implementation choose what it makes of bytes without a charset and of charsets that it does not
    // know. We guess, as mail readers do; theirs are U+FFFD.
    name: 'bytes without a charset, and charsets of few',
    isMeant: ({ text, head }, { theirs }) =>
      theirs.includes('\ufffd') || hasBytes(head) || /charset="?x-mac|[\x80-\xff]/i.test(text),
    asks: (question) => /\xfc|\{unicode:fc\}|\{hex:c3 bc\}/.test(question),
    write: (text) =>
      text
        .replace(/(?:%[89A-F][0-9A-F]|[^\x00-\x7f])+/g, '\ufffd')
        .replace(/\ufffd(?:[^\n]{1,2}\ufffd)+/g, '\ufffd')
        .replace(/\|[0-9]+(?=\|)/g, '|0'),
  },
  {
    // Their decoder hands a byte that was left over on to the next part.
    name: 'a byte of the part before',
    isMeant: ({ text }, { theirs }) => /base64/i.test(text) && /(?:\||\{first\})\ufffd/.test(theirs),
    write: (text) => text.replace(/\{first\}[^{]*\{\/first\}/g, '').replace(/\|\ufffd/g, '|'),
  },
  {
    // RFC 5322 3.6: once. We take the first for the kind of a part, as they do for its build; they the last.
    name: 'a part with two types',
    isMeant: ({ text }) => /^content-type:.*\n(?:[^\n]+\n)*content-type:/im.test(text),
    write: () => '',
  },
  {
    // RFC 2045 5.1: a value with such characters has quotes. We read it all the same; theirs ends there, so that the last
    // boundary begins one more part.
    name: 'a boundary that lacks its quotes',
    isMeant: ({ text }) => /boundary=[^"\s;]*[()<>@,:\\/[\]?=]/i.test(text),
    write: (text) => text.replace(/(?:\| S|\(\))+$/, ''),
  },
  {
    // RFC 2047 5 forbids it, and it is common. We decode the parameter, they the field, and then read that.
    name: 'an encoded word as a parameter',
    isMeant: ({ text }) => /name="?=*=\?/i.test(text),
    write: (text) => text.replace(/ [pf]=[^|]*?(?= \{first\}| att| S|$)/g, ''),
  },
  {
    // RFC 2046 5.1.5 and 5.1: parts of a digest are letters, and types have no case.
    name: 'a letter within a letter that is not named message/rfc822',
    isMeant: ({ text }) =>
      /multipart\/digest/i.test(text) || /message\/rfc822/i.test(text.replaceAll('message/rfc822', '')),
    asks: (question) => question.startsWith('body :content "message/rfc822"'),
  },
  {
    // RFC 5173 4: behind the empty line there is a body, if an empty one.
    name: 'an empty body',
    isMeant: ({ text, head }) => text.length <= head.length + 2,
    asks: (question) => question === 'body :raw :contains ""',
  },
  {
    // RFC 5228 5.7: blanks around a value are no matter. Theirs stay behind an empty first line.
    name: 'a field that begins with an empty line',
    isMeant: ({ head }) => /^[\w-]+:[ \t]*\n[ \t]/m.test(head),
    write: (text) => text.replace(/(^|\|) +/g, '$1'),
  },
  {
    // RFC 6532 3.2. Theirs takes no such address for one.
    name: 'addresses in UTF-8',
    isMeant: ({ head, script }) =>
      script.includes('address') &&
      /^(?:from|to|cc|sender):.*(?:[\x80-\xff][^\s<>,"]*@|@[^\s<>,]*[\x80-\xff])/im.test(head),
    asks: (question) => question.startsWith('address '),
    write: () => '',
  },
  {
    // RFC 5322 3.4 has no such name. We take the address in brackets, as mail readers do, they the name.
    name: 'an address as the name of an address',
    isMeant: ({ head }) => /^(?:from|to|cc|sender):[^"\n<]*@[^"\n<]*</im.test(head),
    asks: (question) => question.startsWith('address '),
  },
  {
    // RFC 5229 4.1 wants ASCII, and lets others be. Ours change too.
    name: 'case of other letters',
    isMeant: (_, { theirs, ours }) => theirs.toLowerCase() === ours.toLowerCase(),
    write: (text) => text.replace(/[^\x00-\x7f]/g, (letter) => letter.toLowerCase()),
  },
  {
    // RFC 2045 6.8: other characters are passed over. Theirs ends there.
    name: 'base64 with other characters in it',
    isMeant: ({ text }) => brokenBase64.test(text),
    isCut: true,
  },
  {
    // Their strings end at NUL. What follows counts.
    name: 'a text with NUL in it',
    isMeant: (_, { ours }) => ours.includes('\0'),
    isCut: true,
  },
  {
    // RFC 5229 6: at least 4000 characters. Ours are longer; theirs end at 4096 bytes.
    name: 'longer variables',
    isMeant: (_, { ours }) => ours.length > 2000,
    isCut: true,
  },
];

/**
 * What no class explains; undefined: nothing is left.
 *
 * @param used how often each class was needed, by name
 */
export function unexplained(answers: Answers, used: Map<string, number>): string | undefined {
  const { letter, script, questions } = answers;
  const text = letter.toString('latin1');
  const end = text.indexOf('\n\n');
  const about: Letter = { text, head: end < 0 ? text : text.slice(0, end), script };
  const theirs = splitAnswer(answers.theirs, questions);
  const ours = splitAnswer(answers.ours, questions);
  if (theirs.actions !== ours.actions) return `they ${theirs.actions}\n    we   ${ours.actions}`;
  // Their lines have two bytes at the end.
  const isFull = Buffer.byteLength(theirs.told) + theirs.told.split('\n').length > 4000;
  let said: Said = {
    onlyTheirs: theirs.affirmed.filter((question) => !ours.affirmed.includes(question)),
    onlyOurs: ours.affirmed.filter((question) => !theirs.affirmed.includes(question)),
    theirs: theirs.told,
    ours: ours.told,
  };
  for (const each of classes) {
    if (isSame(said)) return undefined;
    if (!each.isMeant(about, said) || (each.name === 'longer variables' && !isFull)) continue;
    const next = explain(each, said);
    if (JSON.stringify(next) !== JSON.stringify(said)) used.set(each.name, (used.get(each.name) ?? 0) + 1);
    said = next;
  }
  return isSame(said) ? undefined : describe(said);
}

function explain({ asks = () => false, write = (text) => text, isCut }: DifferenceClass, said: Said): Said {
  const left = (questions: readonly string[]): string[] => questions.filter((question) => !asks(question));
  const [theirs, ours] = said.theirs === said.ours ? ['', ''] : [write(said.theirs), write(said.ours)];
  // A character may be halved at the cut.
  const begin = theirs.replace(/[\s\ufffd]*(?:\{[^{}]*)?$/, '');
  const isBeginning = isCut === true && ours.startsWith(begin);
  return {
    onlyTheirs: left(said.onlyTheirs),
    onlyOurs: left(said.onlyOurs),
    theirs: isBeginning ? ours : theirs,
    ours,
  };
}

const isSame = ({ onlyTheirs, onlyOurs, theirs, ours }: Said): boolean =>
  onlyTheirs.length === 0 && onlyOurs.length === 0 && theirs === ours;

function splitAnswer(
  lines: readonly string[],
  questions: readonly string[],
): { readonly affirmed: readonly string[]; readonly told: string; readonly actions: string } {
  const affirmed = new Set<string>();
  const told = lines.filter((line) => line.startsWith('text ')).join('\n');
  const actions = lines
    .filter((line) => !line.startsWith('text '))
    .map((line) =>
      line.replace(/ q([0-9]+)\b/g, (_, number: string) => {
        affirmed.add(questions[Number(number)] ?? number);
        return '';
      }),
    );
  return { affirmed: [...affirmed], told: told.slice(5), actions: JSON.stringify(actions) };
}

function describe({ onlyTheirs, onlyOurs, theirs, ours }: Said): string {
  const told = [...onlyTheirs].map((question) => `only they: ${question}`);
  told.push(...[...onlyOurs].map((question) => `only we: ${question}`));
  if (theirs !== ours) {
    let at = 0;
    while (at < theirs.length && theirs[at] === ours[at]) at++;
    const piece = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 120));
    told.push(`they ${piece(theirs)}`, `we   ${piece(ours)}`);
  }
  return told.join('\n    ');
}
