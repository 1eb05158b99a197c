// German of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const deAcme: Catalogue = {
  'acme.title': 'Zertifikate holen lassen',
  'acme.hint':
    'Dieser Server bestellt Zertifikate bei einer Zertifizierungsstelle, weist ihr nach, dass die Namen seine sind, und erneuert sie rechtzeitig. Dazu muss sie ihn von außen auf Port 80 oder 443 erreichen.',
  'acme.directory': 'Adresse des Verzeichnisses der Stelle',
  'acme.directoryHint': 'Let’s Encrypt ist eingetragen. Zum Ausprobieren ohne dessen Grenzen: {address}',
  'acme.contact': 'Ihre E-Mail-Adresse',
  'acme.contactHint':
    'Dorthin schreibt die Stelle, wenn etwas nicht stimmt. Mehrere mit Leerzeichen dazwischen.',
  'acme.names': 'Namen',
  'acme.namesHint':
    'Je Zeile ein Zertifikat, seine Namen mit Leerzeichen dazwischen. Dieser Server heißt {me}.',
  'acme.pages':
    'Auch für Namen, die unsere Seiten brauchen und die das DNS hierher führt: mta-sts, autoconfig und autodiscover der Domains und die Namen des Webmails',
  'acme.external': 'Die Stelle hat nur Kunden',
  'acme.externalHint':
    'Sie gibt ihren Kunden eine Schlüsselkennung und einen Schlüssel (External Account Binding). Let’s Encrypt braucht beides nicht.',
  'acme.keyId': 'Schlüsselkennung',
  'acme.key': 'Schlüssel (HMAC)',
  'acme.keyKept': 'Ein Schlüssel ist gespeichert. Lassen Sie beides leer, um ihn zu behalten.',
  'acme.terms': 'Nutzungsbedingungen',
  'acme.termsHint': 'Lesen Sie, was die Stelle von Ihnen verlangt:',
  'acme.agree': 'Ich stimme diesen Bedingungen zu',
  'acme.agreeFirst': 'Ohne Ihre Zustimmung stellt die Stelle keine Zertifikate aus.',
  'acme.continue': 'Weiter',
  'acme.start': 'Zertifikate holen lassen',
  'acme.stop': 'Nicht mehr holen',
  'acme.stopHint': 'Vorhandene Zertifikate bleiben, bis sie ablaufen.',
  'acme.change': 'Ändern, was geholt wird',
  'acme.saved': 'Gespeichert. Die Zertifikate werden geholt.',
  'acme.stopped': 'Es werden keine Zertifikate mehr geholt.',
  'acme.unanswered': 'Das Verzeichnis der Stelle lässt sich nicht lesen.',
  'acme.noDirectory': 'Geben Sie die Adresse des Verzeichnisses einer Stelle an.',
  'acme.bothKeys': 'Schlüsselkennung und Schlüssel gehören zusammen: Geben Sie beides an.',
  'acme.expected': 'Erwartet: {what}',
  'acme.now': 'Jetzt',
  'acme.forPage': 'für eine Seite',
  'acme.step.account': 'Anmeldung bei der Stelle',
  'acme.step.order': 'Das Zertifikat wird bestellt',
  'acme.step.prove': 'Die Stelle prüft {name}',
  'acme.step.make': 'Die Stelle stellt das Zertifikat aus',
  'acme.step.install': 'Es wird eingesetzt',
  'acme.step.soon': 'Es wird gleich geholt',
  'acme.fault.unauthorized':
    'Die Stelle fand unter diesem Namen etwas anderes als unseren Nachweis. Führt der Name zu diesem Server, und steht nichts davor?',
  'acme.fault.connection':
    'Die Stelle erreicht diesen Server nicht. Sind Port 80 und 443 von außen offen, und führen alle Adressen des Namens hierher?',
  'acme.fault.dns': 'Die Stelle findet den Namen nicht im DNS.',
  'acme.fault.tls': 'Die Stelle konnte keine TLS-Verbindung zu diesem Server aufbauen.',
  'acme.fault.caa':
    'Ein CAA-Eintrag der Domain verbietet diese Stelle. Nehmen Sie sie dort auf, oder wählen Sie eine andere.',
  'acme.fault.rateLimited':
    'Das war der Stelle vorerst zu viel. Es wird wieder versucht, sobald sie es erlaubt.',
  'acme.fault.rejectedIdentifier': 'Die Stelle stellt für diesen Namen keine Zertifikate aus.',
  'acme.fault.externalAccountRequired':
    'Die Stelle hat nur Kunden. Geben Sie die Schlüsselkennung und den Schlüssel an, die Sie von ihr haben.',
  'acme.fault.userActionRequired':
    'Die Stelle verlangt erst etwas von Ihnen, etwa die Zustimmung zu neuen Bedingungen.',
  'acme.fault.invalidContact': 'Die Stelle nimmt die E-Mail-Adresse nicht an.',
  'acme.fault.unreachable': 'Die Stelle antwortet nicht.',
  'acme.fault.slow': 'Die Stelle hat nicht rechtzeitig entschieden. Sie wird wieder gefragt.',
  'acme.fault.noProof':
    'Die Stelle verlangt einen Nachweis, der hier nicht möglich ist. Ein Name mit Stern braucht die Einstellung acmehook.',
  'acme.fault.hook': 'Das Programm in acmehook ist gescheitert.',
  'acme.fault.garbage': 'Die Antwort der Stelle ergibt keinen Sinn, oder sie hat selbst einen Fehler.',
};
