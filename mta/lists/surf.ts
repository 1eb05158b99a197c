// SURF and its hash for byte streams, which ezmlm makes its cookies with (D. J. Bernstein, "SURF: Simple Unpredictable
// Random Function"; ezmlm-idx 7 lib/surf, lib/surfpcs). Pure. The words of a block are little-endian on every machine.

const BLOCK_BYTES = 32;

/** 12 words of input and 32 of seed make 8 words. `out` is overwritten. */
function surf(out: Uint32Array, input: Uint32Array, seed: Uint32Array): void {
  const t = new Uint32Array(12);
  for (let i = 0; i < 12; i++) t[i] = input[i]! ^ seed[12 + i]!;
  for (let i = 0; i < 8; i++) out[i] = seed[24 + i]!;
  let x = t[11]!;
  let sum = 0;
  for (let half = 0; half < 2; half++) {
    for (let round = 0; round < 16; round++) {
      sum = (sum + 0x9e3779b9) | 0;
      for (let i = 0; i < 12; i++) {
        // The rotations of four words are 5, 7, 9 and 13 bits.
        const bits = [5, 7, 9, 13][i & 3]!;
        t[i] = t[i]! + ((((x ^ seed[i]!) + sum) | 0) ^ ((x << bits) | (x >>> (32 - bits))));
        x = t[i]!;
      }
    }
    for (let i = 0; i < 8; i++) out[i] = out[i]! ^ t[i + 4]!;
  }
}

/** The hash of a stream of bytes under a seed of 32 words: `add` bytes, then `finish` once for 32 bytes. */
export class SurfHash {
  readonly #seed: Uint32Array;
  readonly #sum = new Uint32Array(8);
  /** Eight words of bytes, then the number of the block in four. */
  readonly #input = new Uint32Array(12);
  #todo = 0;

  constructor(seed: Uint32Array) {
    this.#seed = seed;
  }

  add(bytes: Uint8Array): void {
    const out = new Uint32Array(8);
    for (const byte of bytes) {
      const word = this.#todo >> 2;
      const shift = (this.#todo & 3) * 8;
      this.#input[word] = (this.#input[word]! & ~(0xff << shift)) | (byte << shift);
      this.#todo += 1;
      if (this.#todo < BLOCK_BYTES) continue;
      this.#todo = 0;
      for (let i = 8; i < 12; i++) {
        this.#input[i] = this.#input[i]! + 1;
        if (this.#input[i] !== 0) break;
      }
      surf(out, this.#input, this.#seed);
      for (let i = 0; i < 8; i++) this.#sum[i] = this.#sum[i]! + out[i]!;
    }
  }

  finish(): Uint8Array {
    this.add(Buffer.from('.'));
    while (this.#todo > 0) this.add(Buffer.of(0));
    this.#input.fill(0);
    this.#input.set(this.#sum);
    const out = new Uint32Array(8);
    surf(out, this.#input, this.#seed);
    const bytes = Buffer.alloc(BLOCK_BYTES);
    for (let i = 0; i < 8; i++) bytes.writeUInt32LE(out[i]!, i * 4);
    return bytes;
  }
}
