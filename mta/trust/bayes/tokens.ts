// The tokens of a letter: words with a prefix that says where they stood, counted once a letter (SpamBayes' finding). From
// the header: who it says it is from, through which hosts it came, how its Message-ID is formed, what it was written with;
// from the body: words, hosts of links, how it is built. Fields that our own delivery or a reader
// adds are left out: a filter must not learn its own opinion. Bounded in number; pure.
import { decodeWords, type Field, fieldOf, linksIn, readLetter, readParameters } from './letter.ts';

/** Increase when tokens change their meaning: counts of another version are not comparable. Tokens that come new do not. */
export const tokenVersion = 1;
/** Different tokens that are kept of one letter. */
export const tokenLimit = 3000;
const wordLimit = 12_000;

/** What this machine or its owner's programs wrote, and what says what a filter thought. */
const ours =
  /^(?:x-facteur-|x-spam|x-virus|x-bogosity|x-rspamd|x-dspam|x-mozilla|x-uidl?$|x-keywords|x-status|x-folder|x-gmail|status$|return-path|delivered-to|delivery-date|envelope-to|x-original-to|lines$|xref$|x-pyzor|authentication-results|received-spf|arc-|date$|received$)/;

/** Tokens of a letter, each once, in the order of their first place. */
export function tokenizeLetter(letter: Buffer): readonly string[] {
  const { fields, text, links, marks } = readLetter(letter);
  const tokens = new Set<string>();
  const add = (token: string): void => {
    if (tokens.size < tokenLimit) tokens.add(token);
  };
  addSenders(fields, add);
  addSubject(fields, add);
  addReceived(fields, add);
  addForms(fields, add);
  for (const mark of marks) add(mark);
  for (const link of links) addLink(link, add);
  addBody(text, add);
  return [...tokens];
}

type Add = (token: string) => void;

function addSenders(fields: readonly Field[], add: Add): void {
  for (const name of ['from', 'reply-to', 'sender']) {
    const value = fieldOf(fields, name);
    if (value === '') {
      add(`${name}:none`);
      continue;
    }
    const decoded = decodeWords(value).toLowerCase().slice(0, 500);
    for (const address of addressesIn(decoded, 3)) addAddress(name, address, add);
    const shown = decoded.replace(/<[^>]{0,300}>/g, ' ');
    for (const word of wordsOf(shown, 20)) add(`${name}:${word}`);
    if (name === 'from' && /@/.test(shown) && decoded.includes('<')) add('from:address-as-name');
  }
  const to = decodeWords(`${fieldOf(fields, 'to')}, ${fieldOf(fields, 'cc')}`)
    .toLowerCase()
    .slice(0, 8000);
  const addresses = addressesIn(to, 200);
  add(`to:count${addresses.length === 0 ? 0 : 1 << Math.floor(Math.log2(addresses.length))}`);
  for (const address of addresses.slice(0, 5)) add(`to:${address}`);
  if (fieldOf(fields, 'to') === '') add('to:none');
}

const addressesIn = (text: string, limit: number): string[] =>
  (text.match(/[^\s<>,;:"'()[\]@]{1,64}@[a-z0-9.-]{1,100}/g) ?? []).slice(0, limit);

function addAddress(place: string, address: string, add: Add): void {
  add(`${place}:${address}`);
  const domain = address.slice(address.lastIndexOf('@') + 1);
  for (const name of namesAbove(domain)) add(`${place}:@${name}`);
  if (/\d{3}/.test(address.slice(0, address.lastIndexOf('@')))) add(`${place}:digits`);
}

/** `mail.example.org` and the names above it, down to two labels. */
function namesAbove(host: string): string[] {
  const labels = host.split('.').filter((label) => label !== '');
  const names: string[] = [];
  for (let i = Math.max(0, labels.length - 4); i < Math.max(1, labels.length - 1); i++)
    names.push(labels.slice(i).join('.'));
  return names.filter((name) => name !== '');
}

function addSubject(fields: readonly Field[], add: Add): void {
  const value = fieldOf(fields, 'subject');
  const subject = decodeWords(value).slice(0, 1000);
  if (subject === '') add('subject:none');
  if (value.startsWith('=?')) add('subject:encoded');
  if (/[a-z]/i.test(subject) && subject === subject.toUpperCase()) add('subject:capitals');
  if (/\s{5}/.test(subject)) add('subject:gap');
  for (const sign of subject.match(/[!?$%€£]{1,10}/g)?.slice(0, 5) ?? []) add(`subject:${sign}`);
  for (const word of wordsOf(subject, 40, 1)) add(`subject:${word}`);
}

/** Names and networks of the hosts that it says it came through. */
function addReceived(fields: readonly Field[], add: Add): void {
  const received = fields.filter(({ name }) => name === 'received').slice(0, 12);
  add(`received:count${Math.min(received.length, 12)}`);
  for (const { value } of received) {
    addReceivedWords(value, add);
    const from = /\bfrom\s{1,10}(\S{1,100})(?:\s{1,10}\(([^)]{0,200})\))?/i.exec(value);
    if (!from) continue;
    for (const piece of `${from[1]} ${from[2] ?? ''}`
      .toLowerCase()
      .split(/[\s()[\],;]/)
      .slice(0, 12)) {
      const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(piece);
      if (octets) {
        add(`received:${octets[1]}.${octets[2]}`);
        add(`received:${octets[1]}.${octets[2]}.${octets[3]}`);
      } else if (/^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,8}$/.test(piece)) {
        for (const name of namesAbove(piece)) add(`received:${name}`);
      }
    }
  }
}

/** How the programs on its way name themselves and word their lines (`ESMTP`, `8.11.6`, `HELO`): junk has its own. */
function addReceivedWords(value: string, add: Add): void {
  const semicolon = value.lastIndexOf(';');
  const words = (semicolon < 0 ? value : value.slice(0, semicolon)).split(/[\s()[\];<>]+/);
  for (const word of words.slice(0, 40))
    if (/^[A-Za-z][\w./+-]{1,24}$/.test(word) && !/\..*\./.test(word)) add(`received-word:${word}`);
}

/** Which field stands behind which, with the capitals as they are: a program that writes letters is known by it. */
function addOrder(fields: readonly Field[], add: Add): void {
  let before = '^';
  for (const { name, written } of fields) {
    if (ours.test(name) || written.length >= 40) continue;
    add(`order:${before}>${written}`);
    before = written;
  }
}

/** How the fields look that programs write. */
function addForms(fields: readonly Field[], add: Add): void {
  const id = fieldOf(fields, 'message-id');
  add(`id:${shapeOf(id.slice(0, 200))}`);
  const idHost = /@([^>\s]{1,100})>?$/.exec(id)?.[1]?.toLowerCase();
  if (idHost !== undefined) for (const name of namesAbove(idHost)) add(`id:@${name}`);
  const { word, parameters } = readParameters(fieldOf(fields, 'content-type'));
  const boundary = parameters.get('boundary');
  if (boundary !== undefined) add(`boundary:${shapeOf(boundary.slice(0, 100))}`);
  add(`type:${word.slice(0, 60)}`);
  const zone = /([+-]\d{4})(?:\s|$)/.exec(fieldOf(fields, 'date'))?.[1];
  add(`zone:${zone ?? 'none'}`);
  for (const name of [
    'x-mailer',
    'user-agent',
    'list-id',
    'precedence',
    'organization',
    'x-priority',
    'importance',
  ])
    for (const piece of wordsOf(decodeWords(fieldOf(fields, name)).slice(0, 300), 20, 1))
      add(`${name}:${piece}`);
  for (const { name } of fields) if (!ours.test(name) && name.length < 40) add(`field:${name}`);
  addOrder(fields, add);
}

/** Runs of digits, capitals and small letters as one sign each: `<A9.a9@`. Up to the host. */
function shapeOf(text: string): string {
  const at = text.lastIndexOf('@');
  return (at < 0 ? text : text.slice(0, at + 1))
    .replace(/[0-9]+/g, '9')
    .replace(/[A-Z]+/g, 'A')
    .replace(/[a-z]+/g, 'a')
    .slice(0, 40);
}

function addLink(link: string, add: Add): void {
  if (/^mailto:/i.test(link)) {
    for (const address of addressesIn(link.slice(7).toLowerCase(), 1)) addAddress('mailto', address, add);
    return;
  }
  const rest = link.replace(/^(?:https?:|ftp:)?\/{0,2}/i, '');
  const host = (/^[^/?#\s]{1,200}/.exec(rest)?.[0] ?? '').toLowerCase();
  if (host.includes('@')) add('link:user');
  const name = host.slice(host.lastIndexOf('@') + 1).replace(/:\d{1,5}$/, '');
  if (/:\d{1,5}$/.test(host)) add('link:port');
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)) add('link:number');
  for (const upper of namesAbove(name)) add(`link:${upper}`);
  for (const piece of rest
    .slice(host.length, host.length + 200)
    .toLowerCase()
    .split(/[/?&=#;.,_~+-]/)
    .slice(0, 12))
    if (piece.length >= 3 && piece.length <= 20 && !/\d{4}/.test(piece)) add(`path:${piece}`);
}

function addBody(text: string, add: Add): void {
  for (const link of linksIn(text)) addLink(link, add);
  // Pairs of neighbours were measured and do not pay: twice the tokens, no more junk found.
  for (const word of wordsOf(text, wordLimit, 1)) if (word.length >= 3 || dense.test(word)) add(word);
}

/**
 * Words of a text, lower case, `shortest` to 20 characters; what is longer is a word that says how long it is. Scripts
 * without spaces between words give pairs of characters.
 */
export function wordsOf(text: string, limit: number, shortest = 2): string[] {
  const words: string[] = [];
  for (const [match] of text.matchAll(/[\p{L}\p{N}$€£%'!.@-]+/gu)) {
    if (words.length >= limit) break;
    if (match.length > 200 && !dense.test(match)) {
      words.push(`long ${match[0]}${Math.floor(Math.log2(match.length))}`);
      continue;
    }
    const word = match
      .slice(0, 2000)
      .toLowerCase()
      .replace(/^['.@-]+|['.@-]+$/g, '');
    if (word.length < shortest) continue;
    if (dense.test(word)) addPairs(words, word, limit);
    else if (word.length <= 20) words.push(word);
    else words.push(`long ${word.includes('@') ? '@' : (word[0] ?? '')}${Math.floor(word.length / 10)}`);
  }
  return words;
}

/** Han, kana, Hangul syllables, Thai, Lao, Khmer, Burmese. */
const dense = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

function addPairs(words: string[], run: string, limit: number): void {
  const characters = [...run.slice(0, 2000)];
  for (let i = 0; i + 1 < characters.length && words.length < limit; i++)
    words.push(`${characters[i]}${characters[i + 1]}`);
}
