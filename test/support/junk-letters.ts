// Letters by chance, junk and good, each of its own kind of words with many that both use: for tests of the learning
// filter. The same seed gives the same letters.

export interface MadeLetter {
  readonly isJunk: boolean;
  readonly bytes: Buffer;
}

const common =
  'the a of to and in that it is for on with you your we this have from at are be will not can if all or as our more about time new one here there what when please';
const good =
  'meeting tuesday report draft kitchen train review branch invoice contract garden children school dinner window kernel patch release server holiday weather notes minutes agenda project budget library rehearsal orchestra bicycle appointment dentist cousin birthday photos recipe flour museum ticket platform luggage';
const junk =
  'winner lottery casino viagra pills cheap replica watches guaranteed millions inheritance unclaimed transfer urgent beneficiary bonus jackpot mortgage refinance weight miracle cure enlarge singles hot exclusive discount unbeatable risk-free opportunity investment crypto doubling wallet verify suspended click';

/** A generator of numbers from 0 to 1. */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function makeLetter(random: () => number, isJunk: boolean): MadeLetter {
  const pick = (list: string): string => {
    const words = list.split(' ');
    return words[Math.floor(random() * words.length)]!;
  };
  const own = isJunk ? junk : good;
  const other = isJunk ? good : junk;
  const word = (): string => {
    const chance = random();
    if (chance < 0.6) return pick(common);
    return chance < 0.92 ? pick(own) : pick(other);
  };
  const words = (count: number): string => Array.from({ length: count }, word).join(' ');
  const number = (): string => String(Math.floor(random() * 1e9));
  const host = isJunk
    ? `offer${Math.floor(random() * 40)}.example.com`
    : `office${Math.floor(random() * 8)}.example.net`;
  const body = `${words(20)}\n${words(20 + Math.floor(random() * 60))}\nhttps://www.${host}/${pick(own)}/${number()}\n`;
  const isHtml = random() < (isJunk ? 0.7 : 0.3);
  const header = [
    `Received: from mail.${host} (mail.${host} [192.0.2.${Math.floor(random() * 250)}])\n\tby mx.example.org with SMTP; 1 Jan 2026 00:00:00 -0000`,
    `From: "${pick(own)} ${pick(own)}" <${pick(own)}${Math.floor(random() * 50)}@${host}>`,
    'To: bob@example.org',
    `Subject: ${words(5)}`,
    `Message-ID: <${number()}.${number()}@${host}>`,
    `Content-Type: ${isHtml ? 'text/html' : 'text/plain'}; charset=utf-8`,
  ];
  const text = isHtml ? `<html><body><p>${body.replaceAll('\n', '<br>\n')}</p></body></html>\n` : body;
  return { isJunk, bytes: Buffer.from(`${header.join('\n')}\n\n${text}`) };
}

/** As many of each kind, in turns. */
export function makeLetters(seed: number, ofEach: number): readonly MadeLetter[] {
  const random = chances(seed);
  return Array.from({ length: ofEach * 2 }, (_, at) => makeLetter(random, at % 2 === 0));
}
