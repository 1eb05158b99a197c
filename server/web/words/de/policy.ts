// German of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const dePolicy: Catalogue = {
  'sts.title': 'Verschlüsselte Zustellung (MTA-STS)',
  'sts.hint':
    'Sagt anderen Servern, dass sie E-Mails für {domain} nur über TLS und nur an einen Server mit gültigem Zertifikat zustellen sollen. Es gilt, sobald die Einträge der DNS-Seite veröffentlicht sind.',
  'sts.mode': 'Richtlinie',
  'sts.off': 'Aus',
  'sts.testing': 'Test: Andere melden, was misslingt, und stellen trotzdem zu',
  'sts.enforce': 'Erzwingen: Andere stellen über geprüftes TLS zu oder gar nicht',
  'sts.none':
    'Zurückgezogen: Andere vergessen die Richtlinie. Lassen Sie es so lange dabei, wie sie sie behalten haben, bevor Sie „Aus“ wählen.',
  'sts.age': 'Andere behalten sie',
  'sts.days': { one: '{n} Tag', other: '{n} Tage' },
  'sts.choose': 'Wählen Sie eine Richtlinie.',
  'sts.saved': 'Die Richtlinie von {domain} ist gespeichert.',
  'sts.wrong':
    'In control/mtasts ist eine Zeile falsch, deshalb wird keine Richtlinie angeboten. Berichtigen Sie sie zuerst.',
  'sts.served': 'Was angeboten wird',
  'dns.kind.mta-sts': 'Verschlüsselte Zustellung (MTA-STS)',
  'dns.about.mta-sts': 'Sagt anderen Servern, dass hier eine Richtlinie zu TLS angeboten wird, und wo.',
  'dns.kind.tlsrpt': 'Berichte über TLS',
  'dns.about.tlsrpt': 'Sagt, wohin andere Server melden, was mit TLS auf dem Weg zur Domain misslang.',
  'dns.kind.tlsa': 'Schlüssel des E-Mail-Servers (DANE)',
  'dns.about.tlsa':
    'Nennt den Schlüssel des E-Mail-Servers für alle, die DNSSEC prüfen; nützt nur in einer signierten Zone. Ändern Sie ihn, bevor der Schlüssel wechselt.',
  'dns.why.sts-id':
    'Die Kennung ist nicht die der hier angebotenen Richtlinie, daher behalten andere die alte.',
  'dns.why.tlsrpt-nowhere': 'Er nennt keine Adresse für Berichte.',
  'dns.why.tlsa-other':
    'Er nennt einen anderen Schlüssel, als der E-Mail-Server hat: Wer das prüft, hält E-Mails zurück.',
  'dns.why.several': 'Es gibt mehrere; dann zählt keiner davon.',
};
