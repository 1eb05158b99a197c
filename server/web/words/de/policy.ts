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
  'tlsrpt.title': 'TLS-Berichte',
  'tlsrpt.hint': 'Was andere Server in den letzten 30 Tagen über TLS auf dem Weg zu dieser Domain sagen.',
  'tlsrpt.noAddress':
    'TLS-Berichte werden dort gelesen, wo es auch die DMARC-Berichte werden. Richten Sie zuerst diese Adresse ein, und veröffentlichen Sie dann den Eintrag der DNS-Seite.',
  'tlsrpt.none':
    'Es ist noch kein Bericht gekommen. Server, die an die Domain senden, berichten einmal am Tag, wenn der Eintrag dafür veröffentlicht ist.',
  'tlsrpt.failures': 'Was misslang',
  'tlsrpt.allGood': 'Nichts misslang.',
  'tlsrpt.what': 'Was',
  'tlsrpt.sessions': 'Sitzungen',
  'tlsrpt.good': 'Gelungen',
  'tlsrpt.failed': 'Misslungen',
  'tlsrpt.others': { one: 'und {n} anderer', other: 'und {n} andere' },
  'tlsrpt.why.starttls-not-supported': 'Der E-Mail-Server bot kein TLS an.',
  'tlsrpt.why.certificate-host-mismatch':
    'Das Zertifikat gilt für einen anderen Namen. Besorgen Sie eines mit dem Namen des E-Mail-Servers.',
  'tlsrpt.why.certificate-expired': 'Das Zertifikat ist abgelaufen. Erneuern Sie es.',
  'tlsrpt.why.certificate-not-trusted':
    'Niemand, dem sie trauen, bürgt für das Zertifikat, oder seine Kette ist unvollständig.',
  'tlsrpt.why.tlsa-invalid': 'Der TLSA-Eintrag ist nicht wohlgeformt.',
  'tlsrpt.why.dnssec-invalid': 'Die DNSSEC-Signaturen der Zone sind falsch oder zu alt.',
  'tlsrpt.why.dane-required': 'DANE wurde verlangt, und es gab keinen TLSA-Eintrag.',
  'tlsrpt.why.sts-policy-fetch-error': 'Die MTA-STS-Richtlinie ließ sich nicht abrufen.',
  'tlsrpt.why.sts-policy-invalid': 'Die MTA-STS-Richtlinie ist nicht wohlgeformt.',
  'tlsrpt.why.sts-webpki-invalid': 'Das Zertifikat des Namens mta-sts taugt nicht.',
  'tlsrpt.why.validation-failure':
    'TLS misslang aus einem anderen Grund: ein TLSA-Eintrag für einen anderen Schlüssel, ein E-Mail-Server, den die Richtlinie nicht nennt, oder ein abgebrochener Aufbau.',
};
