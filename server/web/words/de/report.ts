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
  'reports.title': 'DMARC-Berichte',
  'reports.hint':
    'Was andere Server über E-Mails im Namen dieser Domain in den letzten 30 Tagen sagen: wer sie gesendet hat und ob sie nachweislich von Ihnen sind.',
  'reports.none':
    'Noch ist kein Bericht gekommen. Server, die E-Mails in Ihrem Namen erhalten, senden einen am Tag, wenn der DMARC-Eintrag darum bittet.',
  'reports.offer':
    'Berichte können an {address} kommen: Der Server liest sie, und alles andere, was dort ankommt, geht an {postmaster}.',
  'reports.receiving':
    'Berichte gehen an {address} und werden vom Server gelesen; alles andere, was dort ankommt, geht an {postmaster}. Der Eintrag dafür steht unter',
  'reports.receive': 'Berichte empfangen',
  'reports.made':
    'Berichte werden ab jetzt gelesen. Veröffentlichen Sie den DMARC-Eintrag unter DNS-Einträge.',
  'reports.chart': 'E-Mails in Ihrem Namen, nach Tag',
  'reports.believed': 'nachgewiesen',
  'reports.unbelieved': 'nicht nachgewiesen',
  'reports.sources': 'Wer sie gesendet hat',
  'reports.letters': 'E-Mails',
  'reports.others': 'Alle anderen',
  'reports.mark.signed': 'signiert',
  'reports.mark.spfOnly': 'nicht signiert',
  'reports.mark.mixed': 'teils nachgewiesen',
  'reports.mark.unproven': 'nicht nachgewiesen',
  'reports.signed': 'Seine E-Mails sind nachweislich von Ihnen, auch wenn sie weitergeleitet werden.',
  'reports.spfOnly':
    'Er darf für Sie senden, aber nicht alle seine E-Mails sind signiert: Weitergeleitet glaubt man ihnen nicht.',
  'reports.mixed':
    'Ein Teil seiner E-Mails ist nachgewiesen, ein Teil nicht: weitergeleitete Post oder ein Dienst, der nur manches signiert.',
  'reports.unproven':
    'Er sendet ohne Nachweis in Ihrem Namen: ein Fälscher, oder ein Dienst von Ihnen, den SPF und DKIM nicht kennen.',
  'reports.reporters': 'Wer berichtet hat',
  'reports.reporter': 'Organisation',
  'reports.last': 'Zuletzt',
};
