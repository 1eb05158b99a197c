// QR codes (ISO/IEC 18004, Model 2): bytes, error correction level M, versions 1 to 15 (up to 412 bytes), as an SVG that
// phones read from a screen. Pure. Only what the square of an authenticator app needs: no numeric or kanji modes, no ECI.

/** Level M: error correction bytes of a block, then blocks and data bytes of each: [ecc, n1, k1, n2, k2]. */
const BLOCKS: readonly (readonly [ecc: number, n1: number, k1: number, n2: number, k2: number])[] = [
  [10, 1, 16, 0, 0],
  [16, 1, 28, 0, 0],
  [26, 1, 44, 0, 0],
  [18, 2, 32, 0, 0],
  [24, 2, 43, 0, 0],
  [16, 4, 27, 0, 0],
  [18, 4, 31, 0, 0],
  [22, 2, 38, 2, 39],
  [22, 3, 36, 2, 37],
  [26, 4, 43, 1, 44],
  [30, 1, 50, 4, 51],
  [22, 6, 36, 2, 37],
  [22, 8, 37, 1, 38],
  [24, 4, 40, 5, 41],
  [24, 5, 41, 5, 42],
];

/** Centres of the alignment patterns of each version. */
const ALIGNMENT: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
];

/** GF(256) over x^8 + x^4 + x^3 + x^2 + 1. */
const EXP = new Uint8Array(255);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value;
  LOG[value] = power;
  value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
}
const multiply = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : EXP[(LOG[a]! + LOG[b]!) % 255]!);

/** The Reed-Solomon remainder of a block. */
function correctionOf(block: readonly number[], length: number): number[] {
  let generator = [1];
  for (let root = 0; root < length; root++) {
    const next = [...generator, 0];
    for (const [at, factor] of generator.entries()) next[at + 1]! ^= multiply(factor, EXP[root]!);
    generator = next;
  }
  const rest = [...block, ...Array<number>(length).fill(0)];
  for (let at = 0; at < block.length; at++) {
    const lead = rest[at]!;
    if (lead !== 0)
      for (const [next, factor] of generator.entries()) rest[at + next]! ^= multiply(lead, factor);
  }
  return rest.slice(block.length);
}

/** All bytes of the symbol in their order; undefined: too many. */
function codewordsOf(
  bytes: Buffer,
): { readonly version: number; readonly words: readonly number[] } | undefined {
  const found = BLOCKS.findIndex(([, n1, k1, n2, k2], index) => {
    const header = index + 1 < 10 ? 12 : 20;
    return n1 * k1 + n2 * k2 >= Math.ceil((header + 8 * bytes.length) / 8);
  });
  const shape = BLOCKS[found];
  if (shape === undefined) return undefined;
  const version = found + 1;
  const [ecc, n1, k1, n2, k2] = shape;
  // Byte mode 0100, the length in 8 or 16 bits, the bytes, the end 0000.
  const digits = [
    '0100',
    bytes.length.toString(2).padStart(version < 10 ? 8 : 16, '0'),
    ...[...bytes].map((byte) => byte.toString(2).padStart(8, '0')),
  ].join('');
  const capacity = n1 * k1 + n2 * k2;
  const ended = `${digits}0000`.slice(0, capacity * 8);
  const stream = (ended.padEnd(Math.ceil(ended.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((octet) =>
    Number.parseInt(octet, 2),
  );
  for (let pad = 0xec; stream.length < capacity; pad ^= 0xfd) stream.push(pad);
  const blocks: number[][] = [];
  for (let at = 0, index = 0; index < n1 + n2; index++) {
    const size = index < n1 ? k1 : k2;
    blocks.push(stream.slice(at, at + size));
    at += size;
  }
  const corrections = blocks.map((block) => correctionOf(block, ecc));
  const interleave = (lists: readonly (readonly number[])[]): number[] =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, at) =>
      lists.flatMap((list) => (at < list.length ? [list[at]!] : [])),
    ).flat();
  return { version, words: [...interleave(blocks), ...interleave(corrections)] };
}

/** BCH remainder: 15 bits of format (5 data), 18 bits of version (6 data). */
function withRemainder(value: number, bits: number, polynomial: number): number {
  let rest = value << bits;
  for (let bit = 31 - Math.clz32(rest); rest >= 1 << bits; bit = 31 - Math.clz32(rest))
    rest ^= polynomial << (bit - bits);
  return (value << bits) | rest;
}

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

type Grid = boolean[][];

/** The patterns that do not depend on the data; `isFixed` says where they are. */
function drawPatterns(version: number): { grid: Grid; isFixed: Grid } {
  const size = 17 + 4 * version;
  const make = (): Grid => Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const [grid, isFixed] = [make(), make()];
  const set = (row: number, column: number, dark: boolean): void => {
    if (row < 0 || column < 0 || row >= size || column >= size) return;
    grid[row]![column] = dark;
    isFixed[row]![column] = true;
  };
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [top, left] of [
    [0, 0],
    [0, size - 7],
    [size - 7, 0],
  ] as const)
    for (let r = -1; r <= 7; r++)
      for (let c = -1; c <= 7; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(top + r, left + c, ring !== 2 && ring !== 4);
      }
  const centres = ALIGNMENT[version - 1]!;
  const far = centres.at(-1);
  for (const row of centres)
    for (const column of centres) {
      const isFinder = (row === 6 && (column === 6 || column === far)) || (row === far && column === 6);
      if (isFinder) continue;
      for (let r = -2; r <= 2; r++)
        for (let c = -2; c <= 2; c++) set(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  // Kept free for the format, filled for each mask; the one dark module.
  for (let at = 0; at < 9; at++) {
    isFixed[8]![at] = true;
    isFixed[at]![8] = true;
    if (at < 8) {
      isFixed[8]![size - 1 - at] = true;
      isFixed[size - 1 - at]![8] = true;
    }
  }
  set(size - 8, 8, true);
  if (version >= 7) {
    const bits = withRemainder(version, 12, 0x1f25);
    for (let at = 0; at < 18; at++) {
      const dark = ((bits >> at) & 1) === 1;
      set(Math.floor(at / 3), size - 11 + (at % 3), dark);
      set(size - 11 + (at % 3), Math.floor(at / 3), dark);
    }
  }
  return { grid, isFixed };
}

function drawFormat(grid: Grid, mask: number): void {
  const size = grid.length;
  // Level M is 00.
  const bits = withRemainder(mask, 10, 0x537) ^ 0x5412;
  for (let at = 0; at < 15; at++) {
    const dark = ((bits >> at) & 1) === 1;
    // Beside the upper left finder, leaving out the timing patterns.
    if (at < 6) grid[at]![8] = dark;
    else if (at < 8) grid[at + 1]![8] = dark;
    else if (at === 8) grid[8]![7] = dark;
    else grid[8]![14 - at] = dark;
    // Split over the other two.
    if (at < 8) grid[8]![size - 1 - at] = dark;
    else grid[size - 15 + at]![8] = dark;
  }
}

function drawData(grid: Grid, isFixed: Grid, words: readonly number[], mask: number): void {
  const size = grid.length;
  let bit = 0;
  let upwards = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (isFixed[row]![column]) continue;
        const dark = ((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        bit += 1;
        grid[row]![column] = (dark === 1) !== MASKS[mask]!(row, column);
      }
    }
    upwards = !upwards;
  }
}

/** How hard a symbol is to read: the four rules of the standard (7.8.3). */
function penaltyOf(grid: Grid): number {
  const size = grid.length;
  const lines = [
    ...grid.map((row) => row.map(Number).join('')),
    ...grid.map((_, column) => grid.map((row) => Number(row[column])).join('')),
  ];
  let penalty = 0;
  for (const line of lines) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
    for (const pattern of ['10111010000', '00001011101'])
      for (let at = line.indexOf(pattern); at >= 0; at = line.indexOf(pattern, at + 1)) penalty += 40;
  }
  for (let row = 1; row < size; row++)
    for (let column = 1; column < size; column++) {
      const here = grid[row]![column];
      if (
        grid[row - 1]![column] === here &&
        grid[row]![column - 1] === here &&
        grid[row - 1]![column - 1] === here
      )
        penalty += 3;
    }
  const dark = grid.flat().filter(Boolean).length;
  return penalty + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5);
}

/** The modules of the code, true for dark; undefined: the text is too long. */
export function encodeQrCode(text: string): readonly (readonly boolean[])[] | undefined {
  const coded = codewordsOf(Buffer.from(text, 'utf8'));
  if (coded === undefined) return undefined;
  let best: { readonly grid: Grid; readonly penalty: number } | undefined;
  for (let mask = 0; mask < MASKS.length; mask++) {
    const { grid, isFixed } = drawPatterns(coded.version);
    drawData(grid, isFixed, coded.words, mask);
    drawFormat(grid, mask);
    const penalty = penaltyOf(grid);
    if (best === undefined || penalty < best.penalty) best = { grid, penalty };
  }
  return best?.grid;
}

/** The code as the size and the path of an SVG: squares of one unit, with the four units of quiet around. */
export function drawQrCode(text: string): { readonly size: number; readonly path: string } | undefined {
  const grid = encodeQrCode(text);
  if (grid === undefined) return undefined;
  const runs = grid.flatMap((row, y) => {
    const line = row.map((dark) => (dark ? '1' : '0')).join('');
    return [...line.matchAll(/1+/g)].map(
      ({ 0: { length }, index }) => `M${index + 4} ${y + 4}h${length}v1h-${length}z`,
    );
  });
  return { size: grid.length + 8, path: runs.join('') };
}
