// A narrow reader of XML 1.0 (fifth edition) for documents of strangers: elements and their text, as they come, in chunks. A
// document type is refused, so there are no entities but the five of the standard and numbers, and nothing outside is ever
// fetched. Attributes and name spaces are passed over: names come without their prefix. Holds no more than one tag.

/** The document is not what this reader takes; the message says why, in words without the document's own. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/** What a reader tells. May throw, and the reading ends with it. */
export interface XmlHandler {
  open(name: string): void;
  /** Text of the innermost open element; long or mixed with others, it comes in several pieces. */
  text(text: string): void;
  close(name: string): void;
}

export interface XmlReader {
  write(chunk: string): void;
  /** The document is over. @throws XmlError when it is not complete */
  end(): void;
}

/** Elements that may be open at once, and characters of one tag. */
const mostDepth = 32;
const mostTag = 8192;
/** The longest reference: `&#x0010FFFF;` with some zeros. */
const mostReference = 16;

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function readReference(text: string): string {
  const number = /^#(?:x([0-9a-f]{1,8})|([0-9]{1,8}))$/i.exec(text);
  if (number === null) {
    const value = Object.hasOwn(named, text) ? named[text] : undefined;
    if (value === undefined) throw new XmlError('an entity that is not of the standard');
    return value;
  }
  const code = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
  // XML 1.0 2.2: no control characters but three, no halves of pairs.
  const isAllowed =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 32 && code < 0xd800) ||
    (code > 0xdfff && code < 0x110000);
  if (!isAllowed) throw new XmlError('a number that is no character');
  return String.fromCodePoint(code);
}

const decodeText = (text: string): string =>
  text.includes('&')
    ? text.replace(/&([^;&]{0,15})(;?)/g, (_all, name: string, end: string) => {
        if (end === '') throw new XmlError('an & that begins no entity');
        return readReference(name);
      })
    : text;

/** Where a tag ends: the first `>` outside quotes; -1: not yet. */
function findTagEnd(text: string, from: number): number {
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const letter = text[at]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '>') return at;
    else if (letter === '<') throw new XmlError('a < inside a tag');
  }
  return -1;
}

/** Reads one document and tells the handler. Methods throw XmlError at the first fault. */
export function createXmlReader(handler: XmlHandler): XmlReader {
  let rest = '';
  let hasRoot = false;
  /** What is passed over or taken as it is, up to its end. */
  let inside: '' | '-->' | '?>' | ']]>' = '';
  const open: string[] = [];
  const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

  const tell = (text: string): void => {
    if (open.length > 0) handler.text(text);
    else if (text.replace(/^\ufeff/, '').trim() !== '') throw new XmlError('text outside the document');
  };

  const takeTag = (tag: string): void => {
    const [, slash = '', name = '', more = ''] =
      /^(\/?)([A-Za-z_][A-Za-z0-9_.:-]{0,200})(?=[\s/]|$)([\s\S]*)$/.exec(tag) ?? [];
    if (name === '') throw new XmlError('a tag without a name');
    if (slash !== '') {
      if (open.pop() !== name || more.trim() !== '') throw new XmlError('a tag that closes another one');
      handler.close(localName(name));
      return;
    }
    if (open.length === 0 && hasRoot) throw new XmlError('a second document');
    if (open.length >= mostDepth) throw new XmlError('elements too deep');
    hasRoot = true;
    handler.open(localName(name));
    if (more.endsWith('/')) handler.close(localName(name));
    else open.push(name);
  };

  /** One step at `at`; gives where the next begins, or -1: more is needed. */
  const step = (at: number): number => {
    if (inside !== '') {
      const end = rest.indexOf(inside, at);
      const stop = end >= 0 ? end : Math.max(at, rest.length - 2);
      if (inside === ']]>' && stop > at) tell(rest.slice(at, stop));
      if (end < 0) return stop > at ? stop : -1;
      inside = '';
      return end + 3 - (rest.startsWith('?>', end) ? 1 : 0);
    }
    if (rest[at] !== '<') {
      const end = rest.indexOf('<', at);
      let stop = end >= 0 ? end : rest.length;
      // A reference that may go on in the next chunk.
      const cut = end < 0 ? rest.lastIndexOf('&') : -1;
      if (cut >= at && rest.length - cut < mostReference && !rest.includes(';', cut)) stop = cut;
      if (stop === at) return -1;
      tell(decodeText(rest.slice(at, stop)));
      return stop;
    }
    for (const [start, end] of [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
      ['<?', '?>'],
    ] as const) {
      const there = rest.slice(at, at + start.length);
      if (there === start) {
        inside = end;
        return at + start.length;
      }
      if (there.length > 1 && start.startsWith(there)) return -1;
    }
    if (rest.length - at < 2) return -1;
    if (rest[at + 1] === '!') throw new XmlError('a document type');
    const end = findTagEnd(rest, at + 1);
    if ((end < 0 ? rest.length : end) - at > mostTag) throw new XmlError('a tag that is too long');
    if (end < 0) return -1;
    takeTag(rest.slice(at + 1, end));
    return end + 1;
  };

  return {
    write(chunk) {
      rest += chunk;
      let at = 0;
      while (at < rest.length) {
        const next = step(at);
        if (next < 0) break;
        at = next;
      }
      rest = rest.slice(at);
    },
    end() {
      if (inside !== '' || open.length > 0 || !hasRoot || rest.trim() !== '')
        throw new XmlError('a document that ends too early');
    },
  };
}

/** Text as it stands in XML, between tags or in quotes. What XML 1.0 cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff](?:(?<=[\ud800-\udbff])[\udc00-\udfff])?/g,
      (each) => (each.length === 2 ? each : '\ufffd'),
    )
    .replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}
