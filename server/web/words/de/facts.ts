// German of what is told of the server.
import type { Catalogue } from '../words.ts';

export const deFacts: Catalogue = {
  'dns.title': 'DNS-Einträge',
  'dns.hint':
    'Was die Domain veröffentlichen muss, damit ihre E-Mails ankommen und glaubwürdig sind, und was die Nameserver jetzt sagen. Änderungen sind erst zu sehen, wenn die alten Einträge nicht mehr aufbewahrt werden dürfen.',
  'dns.right': 'Alles, was E-Mails brauchen, ist veröffentlicht.',
  'dns.wrong':
    'Einige Einträge fehlen oder weichen ab: E-Mails kommen vielleicht nicht an oder gelten als unglaubwürdig.',
  'dns.noAddresses':
    'Diese Maschine hat keine öffentliche Adresse, deshalb ist nicht bekannt, welche die anderen sehen. Schreiben Sie sie in control/outgoingip, oder vergleichen Sie selbst mit den Adressen unten.',
  'dns.busy': 'Gerade sehen andere die DNS-Einträge an. Versuchen Sie es gleich noch einmal.',
  'dns.settings':
    'Eine Datei in control/, die hierfür nötig ist, ist fehlerhaft; das Protokoll sagt, welche.',
  'dns.record': 'Eintrag',
  'dns.verdict': 'Urteil',
  'dns.wanted': 'Soll',
  'dns.published': 'Ist',
  'dns.more': { one: 'und einer mehr', other: 'und {n} mehr' },
  'dns.zone': 'Als Zonentext',
  'dns.zoneHint':
    'Kopieren Sie in die Zone, was fehlt. Zeilen mit einem Semikolon sind Sache dessen, der Ihnen die Adresse gegeben hat: Fragen Sie Ihren Provider.',
  'dns.kind.mx': 'Wer die E-Mails annimmt',
  'dns.kind.address': 'Adresse des E-Mail-Servers',
  'dns.kind.reverse': 'Name der Adresse',
  'dns.kind.spf': 'Wer senden darf (SPF)',
  'dns.kind.dmarc': 'Was mit Fälschungen geschieht (DMARC)',
  'dns.kind.service': 'Wohin sich E-Mail-Programme verbinden',
  'dns.kind.caa': 'Wer Zertifikate ausstellen darf',
  'dns.verdict.right': 'richtig',
  'dns.verdict.missing': 'fehlt',
  'dns.verdict.differs': 'weicht ab',
  'dns.verdict.unknown': 'unbekannt',
  'dns.optional': 'nicht vorhanden',
  'dns.why.as-wanted': 'Nichts zu tun.',
  'dns.why.absent': 'Veröffentlichen Sie, was daneben steht.',
  'dns.why.other-values':
    'Jetzt ist es {value}. Ändern Sie es, oder lassen Sie es von Ihrem Provider ändern.',
  'dns.why.no-answer':
    'Die Nameserver haben nicht geantwortet oder nichts Verständliches. Sehen Sie später noch einmal nach.',
  'dns.why.mx-null': 'Die Domain sagt, dass sie keine E-Mails annimmt. Ersetzen Sie den Eintrag.',
  'dns.why.mx-elsewhere':
    'E-Mails gehen an {value}, nicht hierher. Ersetzen Sie den Eintrag, oder fügen Sie diesen Server hinzu.',
  'dns.why.mx-others':
    'Dieser Server nimmt E-Mails an, und {value} auch. Das ist richtig, wenn sie von dort an uns weitergegeben werden.',
  'dns.why.mx-behind':
    'E-Mails gehen zuerst an {value}. Das ist richtig, wenn sie von dort an uns weitergegeben werden.',
  'dns.why.address-more': 'Der Name hat auch {value}. Das ist richtig, wenn auch das diese Maschine ist.',
  'dns.why.address-unsure': 'Der Name hat {value}. Das ist richtig, wenn es diese Maschine ist.',
  'dns.why.address-foreign':
    'Der Name hat {value}, und das ist nicht diese Maschine, soweit sie sich selbst kennt.',
  'dns.why.spf-several': 'Es gibt mehrere SPF-Einträge, und dann zählt keiner. Machen Sie einen daraus.',
  'dns.why.spf-everybody':
    'Der Eintrag lässt alle in Ihrem Namen senden. Beenden Sie ihn mit ~all oder -all.',
  'dns.why.spf-not-ours':
    'Der Eintrag lässt diesen Server nicht senden. Fügen Sie mx oder unsere Adressen hinzu.',
  'dns.why.spf-included':
    'Der Eintrag nennt unsere Adressen nicht selbst, sondern führt zu anderen Einträgen, die hier nicht verfolgt werden.',
  'dns.why.spf-syntax': 'Der Eintrag enthält einen Fehler, und dann zählt er nicht. Ersetzen Sie ihn.',
  'dns.why.dmarc-several': 'Es gibt mehrere DMARC-Einträge, und dann zählt keiner. Behalten Sie einen.',
  'dns.why.dmarc-policy': 'Der Eintrag hat keine Richtlinie: p muss none, quarantine oder reject sein.',
  'dns.why.srv-not-served': 'Er führt zu {value}, wo dieser Server nicht lauscht. Entfernen Sie ihn.',
  'dns.why.srv-elsewhere': 'Er führt nicht zu unserem Port: {value}.',
  'dns.why.caa-forbids':
    'Nur {value} darf Zertifikate ausstellen; der Aussteller des jetzigen ist nicht darunter, und die Erneuerung wird scheitern.',
  'certificate.title': 'Zertifikat',
  'certificate.hint':
    'Kette und Schlüssel der Dienste, die TLS sprechen, je in einer Datei: control/servercert.pem für die ganze Site, control/servercerts/NAME/servercert.pem für einen einzelnen Namen. Eine geänderte Datei gilt für neue Verbindungen nach wenigen Sekunden.',
  'certificate.fetched': 'Von diesem Server geholt',
  'certificate.fetchedOff': 'Es wird kein Zertifikat geholt.',
  'certificate.renewAt': 'Wird erneuert am',
  'certificate.nextTry': 'Nächster Versuch',
  'certificate.lastFault': 'Der letzte Versuch ist gescheitert',
  'certificate.renew': 'Jetzt erneuern',
  'certificate.renewing': 'Es wird geholt. Das dauert einige Sekunden.',
  'certificate.notNow':
    'Die Zertifizierungsstelle bittet zu warten. Versuchen Sie es nach der unten genannten Zeit wieder.',
  'guard.sendingHour': '{who} hat die Grenze von {n} Empfängern pro Stunde erreicht.',
  'guard.sendingDay': '{who} hat die Grenze von {n} Empfängern pro Tag erreicht.',
  'certificate.missing':
    'Es gibt kein control/servercert.pem: Kein Dienst bietet TLS an, und submissions, imaps und pop3s gibt es nicht. Legen Sie Kette und Schlüssel als PEM dorthin, und starten Sie neu.',
  'certificate.unreadable': 'control/{file} lässt sich nicht lesen: {why}.',
  'certificate.right': 'Für {host} ist alles in Ordnung.',
  'certificate.own': 'Der Server',
  'certificate.issuers': 'Sein Aussteller',
  'certificate.selfSigned': 'selbstsigniert',
  'certificate.subject': 'Für',
  'certificate.names': 'Namen',
  'certificate.moreNames': { one: 'und einer mehr', other: 'und {n} mehr' },
  'certificate.issuer': 'Ausgestellt von',
  'certificate.from': 'Gültig ab',
  'certificate.to': 'Gültig bis',
  'certificate.left': { one: 'noch ein Tag', other: 'noch {n} Tage' },
  'certificate.over': 'abgelaufen',
  'certificate.key': 'Schlüssel',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Domains, zu denen es auch passt',
  'certificate.problem.no-certificate': 'control/{file} enthält kein Zertifikat als PEM.',
  'certificate.problem.unreadable-certificate': 'Ein Zertifikat in control/{file} ist beschädigt.',
  'certificate.problem.no-key':
    'control/{file} enthält keinen Schlüssel: Kein Dienst kann TLS sprechen. Fügen Sie ihn als PEM hinzu.',
  'certificate.problem.unreadable-key':
    'Der Schlüssel in control/{file} lässt sich nicht lesen: Er ist beschädigt oder braucht eine Passphrase.',
  'certificate.problem.other-key': 'Der Schlüssel in control/{file} gehört zu einem anderen Zertifikat.',
  'certificate.problem.expired':
    'Das Zertifikat ist abgelaufen: E-Mail-Programme lehnen es ab. Erneuern Sie es jetzt.',
  'certificate.problem.not-yet': 'Das Zertifikat gilt noch nicht. Geht die Uhr richtig?',
  'certificate.problem.ends-soon': {
    one: 'Das Zertifikat läuft in {n} Tag ab. Erneuern Sie es jetzt.',
    other: 'Das Zertifikat läuft in {n} Tagen ab. Erneuern Sie es.',
  },
  'certificate.problem.self-signed':
    'Das Zertifikat ist selbstsigniert: E-Mail-Programme warnen davor, und andere Server können nicht sicher sein, wer antwortet.',
  'certificate.problem.incomplete':
    'Die Kette führt zu keinem Aussteller, der hier bekannt ist. Fügen Sie die Zertifikate des Ausstellers hinzu, wenn es kein privater ist.',
  'certificate.problem.wrong-order':
    'Die Kette ist durcheinander: Auf jedes Zertifikat muss das folgen, das es signiert hat.',
  'certificate.problem.other-name': 'Das Zertifikat ist nicht für {host}.',
  'certificate.problem.weak-key': 'Der RSA-Schlüssel hat weniger als 2048 Bit: Viele lehnen ihn ab.',
  'certificate.problem.open-to-others':
    'Alle auf dieser Maschine dürfen control/{file} lesen, und damit den Schlüssel. Nehmen Sie den anderen die Rechte: chmod o= control/{file}',
  'guard.title': 'Sicherheit der Anmeldung',
  'guard.link': 'Sitzungen, App-Passwörter, zweiter Schritt',
  'guard.self': 'Das ist Ihr eigenes Konto: Wie Sie sich anmelden, legen Sie fest unter',
  'guard.forbidden': 'Nur Administratoren des Systems ändern dieses Konto.',
  'guard.recoveryNone': 'Kein Ersatzcode ist übrig.',
  'guard.recoveryLeft': { one: 'Ein Ersatzcode ist übrig.', other: '{n} Ersatzcodes sind übrig.' },
  'guard.resetHint':
    'Für den Fall, dass Telefon und Ersatzcodes verloren sind. Danach genügt das Passwort allein zur Anmeldung.',
  'guard.resetButton': 'Den zweiten Schritt ausschalten',
  'guard.offHint': 'Wem das Konto gehört, kann ihn unter Einstellungen, Sicherheit einschalten.',
  'guard.reset': 'Der zweite Schritt ist aus.',
  'guard.sessions': 'Wo dieses Konto angemeldet ist',
  'guard.noSessions': 'Nirgends.',
  'guard.endAll': 'Überall abmelden',
  'guard.ended': 'Die Sitzung ist beendet.',
  'guard.endedAll': { one: 'Eine Sitzung ist beendet.', other: '{n} Sitzungen sind beendet.' },
};
