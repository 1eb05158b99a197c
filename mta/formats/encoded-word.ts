// Words of other letters in header fields (RFC 2047): UTF-8 in base64, cut between characters so that each word fits.

/** RFC 2047 2: a word has 75 characters at most, 12 of them its frame. */
const MOST_BYTES = 45;

/** A text as encoded words, folded between them. */
export function encodeWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > MOST_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((each) => `=?utf-8?B?${Buffer.from(each, 'utf8').toString('base64')}?=`).join('\n ');
}
