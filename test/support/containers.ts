// What mails pack into one part, made for tests: a TNEF stream as Outlook sends it, the signed content of S/MIME, a ZIP.
import { createZipWriter } from '../../server/zip/zip-writer.ts';

const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const short = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** One attribute of TNEF with its checksum. */
export function tnefAttribute(level: 1 | 2, id: number, value: Buffer): Buffer {
  const sum = value.reduce((total, byte) => (total + byte) & 0xffff, 0);
  return Buffer.concat([Buffer.from([level]), long(id), long(value.length), value, short(sum)]);
}

/** Properties of MAPI: strings (UTF-16) and binaries by id. */
export function tnefProperties(properties: readonly (readonly [number, string | Buffer])[]): Buffer {
  return Buffer.concat([
    long(properties.length),
    ...properties.map(([id, value]) => {
      const bytes = typeof value === 'string' ? Buffer.from(`${value}\0`, 'utf16le') : value;
      return Buffer.concat([
        short(typeof value === 'string' ? 0x1f : 0x102),
        short(id),
        long(1),
        long(bytes.length),
        padded(bytes),
      ]);
    }),
  ]);
}

/** A winmail.dat with files and a body. */
export function makeTnef(parts: {
  readonly files: readonly { readonly name: string; readonly type?: string; readonly body: Buffer }[];
  readonly text?: string;
  readonly rtf?: string;
}): Buffer {
  const rtf = parts.rtf === undefined ? undefined : Buffer.from(parts.rtf, 'latin1');
  return Buffer.concat([
    long(0x223e9f78),
    short(1),
    tnefAttribute(1, 0x69007, Buffer.concat([long(1252), long(0)])),
    ...(parts.text === undefined
      ? []
      : [tnefAttribute(1, 0x2800c, Buffer.from(`${parts.text}\0`, 'latin1'))]),
    ...(rtf
      ? [
          tnefAttribute(
            1,
            0x69003,
            // Not packed: MELA.
            tnefProperties([
              [
                0x1009,
                Buffer.concat([long(rtf.length + 12), long(rtf.length), long(0x414c454d), long(0), rtf]),
              ],
            ]),
          ),
        ]
      : []),
    ...parts.files.flatMap((file) => [
      tnefAttribute(2, 0x69002, Buffer.alloc(14)),
      tnefAttribute(2, 0x18010, Buffer.from('SHORT~1.TXT\0')),
      tnefAttribute(2, 0x6800f, file.body),
      tnefAttribute(
        2,
        0x69005,
        tnefProperties([[0x3707, file.name], ...(file.type ? ([[0x370e, file.type]] as const) : [])]),
      ),
    ]),
  ]);
}

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : Buffer.from([
          0x84,
          body.length >>> 24,
          (body.length >>> 16) & 255,
          (body.length >>> 8) & 255,
          body.length & 255,
        ]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

/** SignedData around a MIME entity, without a signer. `pieces`: the content in several octet strings, as streams send it. */
export function makeSigned(content: Buffer, pieces = false): Buffer {
  const octets = pieces
    ? Buffer.concat([
        Buffer.from([0x24, 0x80]),
        der(0x04, content.subarray(0, 10)),
        der(0x04, content.subarray(10)),
        Buffer.from([0, 0]),
      ])
    : der(0x04, content);
  const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
  const info = der(0x30, oid('2a864886f70d010701'), der(0xa0, octets));
  const signed = der(0x30, der(0x02, Buffer.from([1])), der(0x31), info, der(0x31));
  return der(0x30, oid('2a864886f70d010702'), der(0xa0, signed));
}

/** A ZIP of files; `encrypted` sets the flag of its entries, nothing more. */
export async function makeZip(
  files: readonly { readonly name: string; readonly body: Buffer | string }[],
  encrypted = false,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const zip = createZipWriter(async (bytes) => void pieces.push(bytes));
  for (const file of files) await zip.add(file.name, Buffer.from(file.body), Date.UTC(2026, 0, 1));
  await zip.finish();
  const whole = Buffer.concat(pieces);
  if (encrypted)
    for (
      let at = whole.indexOf('PK\x01\x02', 0, 'latin1');
      at >= 0;
      at = whole.indexOf('PK\x01\x02', at + 4, 'latin1')
    )
      whole[at + 8]! |= 1;
  return whole;
}
