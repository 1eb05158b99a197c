// Names of attached files as they go out (RFC 2183, RFC 2231; security.md W3): the same cleaning that names of incoming
// files get, and never empty. The name never touches our disk.
import { cleanName } from '../../message/names.ts';

export const cleanFileName = (name: string): string =>
  cleanName(name.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f]/g, '')) || 'file';
