// Bytes changed at random but the same in every run: for readers that must give an answer whatever they are given.

/** A small generator of numbers (mulberry32). */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}

/** `count` broken forms: bytes changed, cut off, doubled, lengths made enormous. */
export function* corruptions(bytes: Buffer, count: number): Generator<Buffer> {
  const random = numbers(bytes.length);
  const upTo = (most: number): number => Math.floor(random.next().value * most);
  for (let i = 0; i < count; i++) {
    const changed = Buffer.from(bytes);
    for (let n = upTo(8); n >= 0; n--) changed[upTo(changed.length)] = upTo(256);
    const way = upTo(4);
    if (way === 0) yield changed.subarray(0, upTo(changed.length + 1));
    else if (way === 1) yield Buffer.concat([changed.subarray(upTo(changed.length)), changed]);
    else if (way === 2) {
      const at = upTo(Math.max(1, changed.length - 4));
      if (changed.length >= at + 4) changed.writeUInt32LE(0xffffffff, at);
      yield changed;
    } else yield changed;
  }
}
