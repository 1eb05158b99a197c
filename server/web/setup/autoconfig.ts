// The answer to Thunderbird's autoconfiguration (Mozilla's config file format 1.1; draft-ietf-mailmaint-autoconfig): hosts,
// ports and the form of the user name for a domain. The same for every name in it, so it tells nothing of accounts. Pure.
import { escapeXml } from '../../../mta/formats/xml.ts';
import type { ProgramDoor } from './doors.ts';

function serverElement({ protocol, security, host, port }: ProgramDoor): string {
  const element = protocol === 'smtp' ? 'outgoingServer' : 'incomingServer';
  return `    <${element} type="${protocol}">
      <hostname>${escapeXml(host)}</hostname>
      <port>${port}</port>
      <socketType>${security === 'tls' ? 'SSL' : 'STARTTLS'}</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </${element}>
`;
}

export function writeAutoconfig(domain: string, doors: readonly ProgramDoor[]): string {
  const name = escapeXml(domain);
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${name}">
    <domain>${name}</domain>
    <displayName>${name}</displayName>
    <displayShortName>${name}</displayShortName>
${doors.map(serverElement).join('')}  </emailProvider>
</clientConfig>
`;
}
