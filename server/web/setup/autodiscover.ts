// Microsoft's Autodiscover, plain old XML ([MS-OXDSCLI]): what Outlook posts, and the answers of its two schemas. Settings for
// IMAP, POP3 and SMTP in the Outlook schema; in the one of mobile sync only that there is no such server, after which
// programs go on to IMAP. Pure: text in, text out.
import { createXmlReader, escapeXml, XmlError } from '../../../mta/formats/xml.ts';
import type { ProgramDoor } from './doors.ts';

export interface AutodiscoverRequest {
  readonly address: string;
  readonly schema: 'outlook' | 'mobilesync' | 'unknown';
}

const outlook = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';
const mobileSync = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006';
const frame = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';

/** Characters of a value, and elements of a request. */
const mostValue = 320;
const mostElements = 50;

/** @throws XmlError for what is no request */
export function readAutodiscover(text: string): AutodiscoverRequest {
  const values = new Map<string, string>();
  const path: string[] = [];
  let elements = 0;
  const reader = createXmlReader({
    open(name) {
      path.push(name);
      elements += 1;
      if (elements > mostElements) throw new XmlError('too many elements');
    },
    text(piece) {
      if (path.length !== 3) return;
      const key = path.join('/');
      const value = (values.get(key) ?? '') + piece;
      if (value.length > mostValue) throw new XmlError('a value that is too long');
      values.set(key, value);
    },
    close: () => void path.pop(),
  });
  reader.write(text);
  reader.end();
  const of = (name: string): string => (values.get(`Autodiscover/Request/${name}`) ?? '').trim();
  const schema = of('AcceptableResponseSchema');
  return {
    address: of('EMailAddress'),
    schema: schema === outlook ? 'outlook' : schema === mobileSync ? 'mobilesync' : 'unknown',
  };
}

function protocolElement(address: string, { protocol, security, host, port }: ProgramDoor): string {
  return `      <Protocol>
        <Type>${protocol.toUpperCase()}</Type>
        <Server>${escapeXml(host)}</Server>
        <Port>${port}</Port>
        <LoginName>${escapeXml(address)}</LoginName>
        <DomainRequired>off</DomainRequired>
        <SPA>off</SPA>
        <SSL>${security === 'tls' ? 'on' : 'off'}</SSL>
        <Encryption>${security === 'tls' ? 'SSL' : 'TLS'}</Encryption>
        <AuthRequired>on</AuthRequired>
${protocol === 'smtp' ? '        <UsePOPAuth>on</UsePOPAuth>\n        <SMTPLast>off</SMTPLast>\n' : ''}      </Protocol>
`;
}

/** The settings of an address whose domain is ours. One door for each protocol: Outlook takes the first it finds. */
export function writeAutodiscover(address: string, doors: readonly ProgramDoor[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="${frame}">
  <Response xmlns="${outlook}">
    <User>
      <DisplayName>${escapeXml(address)}</DisplayName>
    </User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${doors.map((door) => protocolElement(address, door)).join('')}    </Account>
  </Response>
</Autodiscover>
`;
}

/** [MS-OXDSCLI] 2.2.4.1: 500 the address is not known, 600 the request is wrong, 601 its schema is not known. */
export function writeAutodiscoverError(code: 500 | 600 | 601, words: string, time: Date): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="${frame}">
  <Response>
    <Error Time="${time.toISOString().slice(11, 23)}" Id="1">
      <ErrorCode>${code}</ErrorCode>
      <Message>${escapeXml(words)}</Message>
      <DebugData/>
    </Error>
  </Response>
</Autodiscover>
`;
}

/** [MS-ASCMD] 2.2.2.1: status 2, protocol error: this host speaks no ActiveSync. */
export function writeMobileSyncError(words: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="${frame}">
  <Response xmlns="${mobileSync}">
    <Culture>en:us</Culture>
    <Action>
      <Error>
        <Status>2</Status>
        <Message>${escapeXml(words)}</Message>
        <DebugData/>
      </Error>
    </Action>
  </Response>
</Autodiscover>
`;
}
