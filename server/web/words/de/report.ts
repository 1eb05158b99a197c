// German of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const deReport: Catalogue = {
  'dns.again': 'Erneut prüfen',
  'dns.kind.setup': 'Einstellungen für E-Mail-Programme',
  'dns.about.mx': 'Sagt anderen Servern, welcher Server die E-Mails der Domain annimmt.',
  'dns.about.address': 'Führt vom Namen des E-Mail-Servers zu dieser Maschine.',
  'dns.about.reverse':
    'Führt von der Adresse zurück zum Namen; ohne ihn lehnen viele Server E-Mails von der Adresse ab.',
  'dns.about.spf': 'Zählt die Server auf, die im Namen der Domain senden dürfen.',
  'dns.about.dmarc':
    'Sagt, was andere mit E-Mails tun sollen, die nur vorgeben, von Ihnen zu sein, und wohin sie das melden.',
  'dns.about.service': 'Lässt E-Mail-Programme Server und Port allein anhand der Adresse finden.',
  'dns.about.setup': 'Lässt Thunderbird und Outlook ihre Einstellungen allein anhand der Adresse holen.',
  'dns.about.caa':
    'Nennt, wer Zertifikate für den E-Mail-Server ausstellen darf; alle anderen müssen ablehnen.',
  'dns.why.alias-elsewhere': 'Es führt zu {value}, nicht zu diesem Server.',
};
