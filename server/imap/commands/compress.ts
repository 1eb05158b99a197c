// COMPRESS (RFC 4978): from its answer on both sides compress.
import { bad, defineCommand, no, ok } from '../command.ts';

const compress = defineCommand({
  name: 'COMPRESS',
  state: 'authenticated',
  telling: 'nothing',
  parse: (cursor) => {
    cursor.space();
    const mechanism = cursor.word('A mechanism');
    cursor.end();
    return mechanism;
  },
  run: (session, mechanism) => {
    if (mechanism !== 'DEFLATE') return bad('There is no such mechanism');
    if (session.port.isCompressed) return no('It is compressed already', 'COMPRESSIONACTIVE');
    session.startsCompression = true;
    return ok('Compression begins');
  },
});

export const compressCommands = [compress];
