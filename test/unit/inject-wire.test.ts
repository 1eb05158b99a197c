import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PackageDecoder, WireError } from '../../mta/inject/wire.ts';

const net = (bytes: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes)}:`), Buffer.from(bytes), Buffer.from(',')]);

interface Seen {
  origin: string | undefined;
  message: string;
  sender: string;
  recipients: readonly string[];
}

function decode(chunks: readonly Buffer[]): { packages: Seen[]; isIdle: boolean } {
  const packages: Seen[] = [];
  let origin: string | undefined;
  let parts: Buffer[] = [];
  const decoder = new PackageDecoder({
    begin: (named) => {
      origin = named;
      parts = [];
    },
    chunk: (bytes) => parts.push(Buffer.from(bytes)),
    end: (sender, recipients) =>
      packages.push({ origin, message: Buffer.concat(parts).toString(), sender, recipients }),
  });
  for (const chunk of chunks) decoder.push(chunk);
  return { packages, isIdle: decoder.isIdle };
}

const classic = (message: string, sender: string, recipients: readonly string[]): Buffer =>
  net(Buffer.concat([net(message), net(sender), ...recipients.map(net)]));
const streamed = (
  origin: string,
  parts: readonly string[],
  sender: string,
  recipients: readonly string[],
): Buffer =>
  Buffer.concat([
    Buffer.from('S'),
    net(origin),
    ...parts.map(net),
    net(''),
    net(sender),
    ...recipients.map(net),
    net(''),
  ]);

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

test('a QMQP package is read as message, sender and recipients', () => {
  const { packages, isIdle } = decode([classic('Subject: x\n\nhi\n', 's@a.test', ['r@b.test', 'q@b.test'])]);
  assert.deepEqual(packages, [
    {
      origin: undefined,
      message: 'Subject: x\n\nhi\n',
      sender: 's@a.test',
      recipients: ['r@b.test', 'q@b.test'],
    },
  ]);
  assert.equal(isIdle, true);
});

test('an empty message, the null sender and no recipients are legal in both forms', () => {
  assert.deepEqual(decode([classic('', '', [])]).packages[0], {
    origin: undefined,
    message: '',
    sender: '',
    recipients: [],
  });
  assert.deepEqual(decode([streamed('bounce', [], '', [])]).packages[0], {
    origin: 'bounce',
    message: '',
    sender: '',
    recipients: [],
  });
});

test('both forms survive any cutting of the stream, several packages in a row', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 4 }),
      fc.emailAddress(),
      fc.array(fc.emailAddress(), { maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (parts, sender, recipients, places) => {
        const bytes = Buffer.concat([
          streamed('network', parts, sender, recipients),
          classic(parts.join(''), sender, recipients),
        ]);
        const { packages } = decode(cut(bytes, places));
        const same = { message: parts.join(''), sender, recipients };
        assert.deepEqual(packages, [
          { origin: 'network', ...same },
          { origin: undefined, ...same },
        ]);
      },
    ),
  );
});

test('what is no package is refused and nothing is handed on as complete', () => {
  for (const bytes of [
    'hello',
    '12',
    ':',
    '5:abcdeX',
    '20:3:abc,99:x',
    'S7:network;',
    'S99:',
    'S2:ab,200000001:',
    '12345678901:',
    '4:1:a,,',
  ]) {
    const packages: unknown[] = [];
    const decoder = new PackageDecoder({
      begin: () => undefined,
      chunk: () => undefined,
      end: () => packages.push(1),
    });
    const push = (): void => decoder.push(Buffer.from(bytes));
    if (bytes === '12') push();
    else assert.throws(push, WireError, bytes);
    assert.equal(packages.length, 0, bytes);
    if (bytes === '12') assert.equal(decoder.isIdle, false);
  }
});

test('wishes about notifications come behind a NUL in the streamed form, and stay parallel to the recipients', () => {
  const seen: unknown[] = [];
  const decoder = new PackageDecoder({
    begin: () => undefined,
    chunk: () => undefined,
    end: (sender, recipients, dsn) => seen.push([sender, recipients, dsn]),
  });
  const wishes = ['r@b.test', 'q@b.test\0NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o@b.test', 'p@b.test'];
  decoder.push(streamed('network', [], 's@a.test\0RET=HDRS ENVID=e1', wishes));
  decoder.push(streamed('network', [], '\0ENVID=e2', ['r@b.test']));
  decoder.push(streamed('network', [], 's@a.test', ['r@b.test']));
  assert.deepEqual(seen, [
    [
      's@a.test',
      ['r@b.test', 'q@b.test', 'p@b.test'],
      {
        ret: 'HDRS',
        envid: 'e1',
        recipients: [undefined, { notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;o@b.test' }, undefined],
      },
    ],
    ['', ['r@b.test'], { envid: 'e2', recipients: [undefined] }],
    ['s@a.test', ['r@b.test'], undefined],
  ]);
  for (const bad of ['s@a.test\0RET=SOME', 's@a.test\0x', 's@a.test\0ENVID=a\nb', 's@a.test\0ENVID=a\0'])
    assert.throws(() => decode([streamed('network', [], bad, [])]), WireError, JSON.stringify(bad));
  // QMQP has none: a NUL is a part of the address, and the queue refuses it.
  assert.equal(decode([classic('', 's@a.test\0RET=HDRS', [])]).packages[0]?.sender, 's@a.test\0RET=HDRS');
});
