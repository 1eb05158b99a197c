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
  'programs.nav': 'E-Mail-Programme',
  'programs.title': 'E-Mail-Programm einrichten',
  'programs.hint':
    'Viele Programme finden all das allein anhand Ihrer Adresse. Wenn Ihres fragt, geben Sie an, was hier steht.',
  'programs.none': 'Für E-Mail-Programme ist hier kein Zugang geöffnet.',
  'programs.imap': 'E-Mails abrufen (IMAP)',
  'programs.pop3': 'E-Mails abrufen (POP3)',
  'programs.smtp': 'E-Mails senden (SMTP)',
  'programs.everywhere': 'Für beides',
  'programs.server': 'Server',
  'programs.port': 'Port',
  'programs.security': 'Sicherheit',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Benutzername',
  'programs.password': 'Ihres, oder ein App-Passwort, das bei einem zweiten Schritt der Anmeldung nötig ist:',
  'programs.apple': 'iPhone, iPad und Mac',
  'programs.appleHint':
    'Öffnen Sie diese Seite auf dem Gerät, laden Sie das Profil herunter und installieren Sie es in den Einstellungen. Das Gerät fragt nach dem Passwort; im Profil steht keines.',
  'programs.profile': 'Profil herunterladen',
  'programs.profileSays': 'E-Mails von {address} auf {host}.',
};
