// A configuration profile for Apple's mail programs (Apple's "Configuration Profile Reference", payload com.apple.mail.managed):
// a property list in XML that holds everything but the password. Its identifiers come from the address, so that one that is
// installed again takes the place of the first. Pure.
import { createHash } from 'node:crypto';
import { escapeXml } from '../../../mta/formats/xml.ts';
import type { ProgramDoor } from './doors.ts';

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

function writeValue(value: Value, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escapeXml(value)}</string>\n`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>\n`;
  if (typeof value === 'boolean') return `${indent}<${value}/>\n`;
  const deeper = `${indent}  `;
  if (Array.isArray(value))
    return `${indent}<array>\n${value.map((each: Value) => writeValue(each, deeper)).join('')}${indent}</array>\n`;
  const pairs = Object.entries(value as Readonly<Record<string, Value>>).map(
    ([key, each]) => `${deeper}<key>${escapeXml(key)}</key>\n${writeValue(each, deeper)}`,
  );
  return `${indent}<dict>\n${pairs.join('')}${indent}</dict>\n`;
}

/** A UUID of a name (RFC 9562 5.8: version 8, of our own making): the same for the same name. */
function uuidOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex').toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export interface ProfileFacts {
  readonly address: string;
  /** The name that letters carry; '' for none. */
  readonly name: string;
  readonly incoming: ProgramDoor;
  readonly outgoing: ProgramDoor;
  /** What the profile says of itself before it is installed. */
  readonly description: string;
}

export function writeAppleProfile({ address, name, incoming, outgoing, description }: ProfileFacts): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const key = createHash('sha256').update(address).digest('hex').slice(0, 16);
  const identifier = `${incoming.host.split('.').toReversed().join('.')}.mail.${key}`;
  const mail: Value = {
    PayloadType: 'com.apple.mail.managed',
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier}.account`,
    PayloadUUID: uuidOf(`account ${identifier}`),
    PayloadDisplayName: address,
    EmailAccountType: incoming.protocol === 'imap' ? 'EmailTypeIMAP' : 'EmailTypePOP',
    EmailAccountDescription: domain,
    ...(name === '' ? {} : { EmailAccountName: name }),
    EmailAddress: address,
    IncomingMailServerHostName: incoming.host,
    IncomingMailServerPortNumber: incoming.port,
    IncomingMailServerUseSSL: true,
    IncomingMailServerUsername: address,
    IncomingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingMailServerHostName: outgoing.host,
    OutgoingMailServerPortNumber: outgoing.port,
    OutgoingMailServerUseSSL: true,
    OutgoingMailServerUsername: address,
    OutgoingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingPasswordSameAsIncomingPassword: true,
  };
  const profile: Value = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf(`profile ${identifier}`),
    PayloadDisplayName: address,
    PayloadDescription: description,
    PayloadOrganization: domain,
    PayloadRemovalDisallowed: false,
    PayloadContent: [mail],
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${writeValue(profile, '')}</plist>
`;
}
