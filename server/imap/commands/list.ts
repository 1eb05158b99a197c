// Folders as a client sees them: LIST with its extensions, LSUB (RFC 3501 6.3.9), NAMESPACE, STATUS.
import { defineCommand, noArguments, ok } from '../command.ts';
import { quote, separator } from '../names.ts';

const namespace = defineCommand({
  name: 'NAMESPACE',
  state: 'authenticated',
  parse: noArguments,
  run: (session) => {
    const { imapprefix } = session.server.settings();
    session.out.text(`* NAMESPACE ((${quote(imapprefix)} ${quote(separator)})) NIL NIL\r\n`);
    return ok('These are the namespaces');
  },
});

export const listCommands = [namespace];
