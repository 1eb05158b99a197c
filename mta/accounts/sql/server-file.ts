// etc/vpopmail.mysql and etc/vpopmail.pgsql: where vpopmail's tables are and who may read and change them
// (spec/vpopmail.md 6.1). Pure: text to addresses. The same files as vpopmail's own programs read, so that a site says
// it once. What is wrong is told by file, line and field, never with the line itself: it holds a password.

/** One server as a client needs it. */
export interface ServerAddress {
  /** File and line it was read from, for messages. */
  readonly from: string;
  readonly host: string;
  readonly port: number;
  /** A Unix socket (MySQL) or the directory of one (PostgreSQL): used in place of host and port. */
  readonly socket?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface ServerAddresses {
  readonly read: ServerAddress;
  /** The same as `read` unless the site has a server for updates. */
  readonly update: ServerAddress;
}

/** A file of servers cannot be used. */
export class ServerFileError extends Error {
  override readonly name = 'ServerFileError';
}

const EXPECTED = 'expected host|port|user|password|database';

interface Line {
  readonly from: string;
  readonly fields: readonly string[];
}

function readLines(text: string, path: string): readonly Line[] {
  const lines: Line[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.replace(/\r$/, '');
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fields = line.split('|');
    const from = `${path}:${index + 1}`;
    if (fields.length !== 5) throw new ServerFileError(`${from}: ${fields.length} fields; ${EXPECTED}`);
    lines.push({ from, fields });
  }
  if (lines.length === 0) throw new ServerFileError(`${path}: no server; ${EXPECTED}`);
  return lines;
}

/** 0 and nothing are the server's usual port. */
function readPort(field: string, usual: number, from: string): number {
  const text = field.trim();
  if (!/^[0-9]{0,5}$/.test(text) || Number(text) > 65535)
    throw new ServerFileError(`${from}: ${JSON.stringify(field)} is no port; expected 0 to 65535`);
  return Number(text) || usual;
}

/** vpopmail.mysql: line 1 is read from; line 2, when there is one, takes the updates. Throws ServerFileError. */
export function parseMysqlFile(text: string, path: string): ServerAddresses {
  const lines = readLines(text, path);
  if (lines.length > 2)
    throw new ServerFileError(
      `${lines[2]!.from}: a third server; expected one to read from and one to update`,
    );
  const [read, update] = lines.map(({ from, fields }): ServerAddress => {
    const [host = '', port = '', user = '', password = '', database = ''] = fields;
    if (user === '' || database === '')
      throw new ServerFileError(`${from}: the ${user === '' ? 'user' : 'database'} is missing; ${EXPECTED}`);
    // vpopmail takes a socket in the place of the port; people write it in the place of the host.
    const socket = [host, port].find((field) => field.startsWith('/'));
    const number = socket === undefined ? readPort(port, 0, from) : 0;
    return { from, host: host || 'localhost', port: number, socket, user, password, database };
  });
  return { read: read!, update: update ?? read! };
}

/** vpopmail.pgsql: one line, whose empty fields have vpopmail's defaults. Throws ServerFileError. */
export function parsePgsqlFile(text: string, path: string): ServerAddresses {
  const [line, second] = readLines(text, path);
  if (second !== undefined)
    throw new ServerFileError(`${second.from}: a second server; PostgreSQL's file names one`);
  const { from, fields } = line!;
  const [host = '', port = '', user = '', password = '', database = ''] = fields;
  // libpq: a host that is a path is the directory of the socket; the socket itself is understood too.
  const socket = host.startsWith('/') ? host.replace(/\/\.s\.PGSQL\.[0-9]+$/, '') : undefined;
  const named = /\/\.s\.PGSQL\.([0-9]+)$/.exec(host)?.[1];
  const address: ServerAddress = {
    from,
    host: host || 'localhost',
    port: readPort(port === '' || port === '0' ? (named ?? port) : port, 5432, from),
    socket,
    user: user || 'postgres',
    password,
    database: database || 'vpopmail',
  };
  return { read: address, update: address };
}
