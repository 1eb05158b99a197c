// Dutch of what is told of the server.
import type { Catalogue } from '../words.ts';

export const nlFacts: Catalogue = {
  'dns.title': 'DNS-records',
  'dns.hint':
    'Wat het domein moet publiceren zodat zijn e-mail aankomt en wordt vertrouwd, en wat de naamservers nu zeggen. Wijzigingen zijn pas zichtbaar als de bewaartijd van de oude records voorbij is.',
  'dns.right': 'Alles wat e-mail nodig heeft, is gepubliceerd.',
  'dns.wrong':
    'Sommige records ontbreken of wijken af: e-mail komt mogelijk niet aan of wordt niet vertrouwd.',
  'dns.noAddresses':
    'Deze machine heeft geen openbaar adres, dus is niet bekend welk adres anderen zien. Schrijf het in control/outgoingip, of vergelijk de adressen hieronder zelf.',
  'dns.busy': 'Anderen bekijken op dit moment DNS-records. Probeer het zo meteen opnieuw.',
  'dns.settings': 'Een bestand van control/ dat hiervoor nodig is, is onjuist; het logboek vermeldt welk.',
  'dns.record': 'Record',
  'dns.verdict': 'Oordeel',
  'dns.wanted': 'Moet zijn',
  'dns.published': 'Is nu',
  'dns.more': { one: 'en nog één', other: 'en nog {n}' },
  'dns.zone': 'Als zonetekst',
  'dns.zoneHint':
    'Kopieer wat ontbreekt naar de zone. Regels met een puntkomma zijn voor wie je het adres heeft gegeven: vraag je provider.',
  'dns.kind.mx': 'Wie de e-mail ontvangt',
  'dns.kind.address': 'Adres van de mailhost',
  'dns.kind.reverse': 'Naam van het adres',
  'dns.kind.spf': 'Wie mag verzenden (SPF)',
  'dns.kind.dmarc': 'Wat met vervalsingen gebeurt (DMARC)',
  'dns.kind.service': 'Waar mailprogramma’s verbinding maken',
  'dns.kind.caa': 'Wie certificaten mag uitgeven',
  'dns.verdict.right': 'juist',
  'dns.verdict.missing': 'ontbreekt',
  'dns.verdict.differs': 'wijkt af',
  'dns.verdict.unknown': 'niet te zeggen',
  'dns.optional': 'niet aanwezig',
  'dns.why.as-wanted': 'Niets te doen.',
  'dns.why.absent': 'Publiceer wat hiernaast staat.',
  'dns.why.other-values': 'Het is nu {value}. Wijzig het, of laat het door je provider wijzigen.',
  'dns.why.no-answer':
    'De naamservers antwoordden niet, of niet op een begrijpelijke manier. Kijk later nog eens.',
  'dns.why.mx-null': 'Het domein zegt geen e-mail te ontvangen. Vervang het record.',
  'dns.why.mx-elsewhere': 'E-mail gaat naar {value}, niet hierheen. Vervang het, of voeg deze host toe.',
  'dns.why.mx-others': 'Deze host ontvangt e-mail, en {value} ook. Juist, als die het aan ons doorgeeft.',
  'dns.why.mx-behind': 'E-mail gaat eerst naar {value}. Juist, als die het aan ons doorgeeft.',
  'dns.why.address-more': 'De naam heeft ook {value}. Juist, als dat ook deze machine is.',
  'dns.why.address-unsure': 'De naam heeft {value}. Juist, als dat deze machine is.',
  'dns.why.address-foreign':
    'De naam heeft {value}, en dat is niet deze machine, voor zover die zichzelf kent.',
  'dns.why.spf-several': 'Er zijn meerdere SPF-records, en dan geldt er geen. Maak er één van.',
  'dns.why.spf-everybody': 'Het record laat iedereen uit jouw naam verzenden. Sluit het af met ~all of -all.',
  'dns.why.spf-not-ours': 'Het record staat deze host niet toe te verzenden. Voeg mx toe, of onze adressen.',
  'dns.why.spf-included':
    'Het record noemt onze adressen niet zelf, maar verwijst naar andere records, die hier niet worden gevolgd.',
  'dns.why.spf-syntax': 'Het record bevat een fout, en dan geldt het niet. Vervang het.',
  'dns.why.dmarc-several': 'Er zijn meerdere DMARC-records, en dan geldt er geen. Houd er één over.',
  'dns.why.dmarc-policy': 'Het record heeft geen beleid: p moet none, quarantine of reject zijn.',
  'dns.why.srv-not-served': 'Het verwijst naar {value}, waar deze host niet luistert. Verwijder het.',
  'dns.why.srv-elsewhere': 'Het verwijst niet naar onze poort: {value}.',
  'dns.why.caa-forbids':
    'Alleen {value} mag certificaten uitgeven; de uitgever van het huidige hoort daar niet bij, en de vernieuwing zal mislukken.',
  'certificate.title': 'Certificaat',
  'certificate.hint':
    'control/servercert.pem: keten en sleutel van de diensten die TLS gebruiken. De webmail zelf gebruikt gewone HTTP achter de proxy, die een eigen certificaat heeft.',
  'certificate.missing':
    'Er is geen control/servercert.pem: geen enkele dienst biedt TLS, en submissions, imaps en pop3s zijn niet beschikbaar. Zet keten en sleutel daar in PEM en start opnieuw.',
  'certificate.unreadable': 'control/{file} kan niet worden gelezen: {why}.',
  'certificate.right': 'Alles is in orde voor {host}.',
  'certificate.own': 'De server',
  'certificate.issuers': 'De uitgever ervan',
  'certificate.selfSigned': 'zelfondertekend',
  'certificate.subject': 'Voor',
  'certificate.names': 'Namen',
  'certificate.moreNames': { one: 'en nog één', other: 'en nog {n}' },
  'certificate.issuer': 'Uitgegeven door',
  'certificate.from': 'Geldig vanaf',
  'certificate.to': 'Geldig tot',
  'certificate.left': { one: 'nog één dag', other: 'nog {n} dagen' },
  'certificate.over': 'verlopen',
  'certificate.key': 'Sleutel',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Domeinen waarvoor het ook past',
  'certificate.problem.no-certificate': 'control/{file} bevat geen certificaat in PEM.',
  'certificate.problem.unreadable-certificate': 'Een certificaat in control/{file} is beschadigd.',
  'certificate.problem.no-key':
    'control/{file} bevat geen sleutel: geen enkele dienst kan TLS gebruiken. Voeg die toe in PEM.',
  'certificate.problem.unreadable-key':
    'De sleutel in control/{file} kan niet worden gelezen: hij is beschadigd of vereist een wachtwoordzin.',
  'certificate.problem.other-key': 'De sleutel in control/{file} hoort bij een ander certificaat.',
  'certificate.problem.expired':
    'Het certificaat is verlopen: mailprogramma’s weigeren het. Vernieuw het nu.',
  'certificate.problem.not-yet': 'Het certificaat is nog niet geldig. Staat de klok goed?',
  'certificate.problem.ends-soon': {
    one: 'Het certificaat verloopt over {n} dag. Vernieuw het nu.',
    other: 'Het certificaat verloopt over {n} dagen. Vernieuw het.',
  },
  'certificate.problem.self-signed':
    'Het certificaat is zelfondertekend: mailprogramma’s waarschuwen ervoor, en andere hosts kunnen er niet zeker van zijn wie antwoordt.',
  'certificate.problem.incomplete':
    'De keten leidt niet naar een uitgever die hier bekend is. Voeg de certificaten van de uitgever toe, tenzij het een eigen uitgever is.',
  'certificate.problem.wrong-order':
    'De keten staat niet in de juiste volgorde: op elk certificaat moet het certificaat volgen dat het heeft ondertekend.',
  'certificate.problem.other-name': 'Het certificaat is niet voor {host}.',
  'certificate.problem.weak-key': 'De RSA-sleutel heeft minder dan 2048 bits: velen weigeren hem.',
  'certificate.problem.open-to-others':
    'Iedereen op deze machine mag control/{file} lezen, en de sleutel erin. Neem anderen hun rechten af: chmod o= control/{file}',
  'guard.title': 'Inlogbeveiliging',
  'guard.link': 'Sessies, app-wachtwoorden, tweede stap',
  'guard.self': 'Dit is je eigen account: hoe daarbij wordt ingelogd, stel je in onder',
  'guard.forbidden': 'Alleen systeembeheerders wijzigen dit account.',
  'guard.recoveryNone': 'Er zijn geen herstelcodes meer over.',
  'guard.recoveryLeft': {
    one: 'Er is nog één herstelcode over.',
    other: 'Er zijn nog {n} herstelcodes over.',
  },
  'guard.resetHint':
    'Voor wie de telefoon en de herstelcodes kwijt is. Daarna is het wachtwoord alleen genoeg om in te loggen.',
  'guard.resetButton': 'De tweede stap uitzetten',
  'guard.offHint': 'De eigenaar kan hem aanzetten onder Instellingen, Beveiliging.',
  'guard.reset': 'De tweede stap is uit.',
  'guard.sessions': 'Waar is ingelogd',
  'guard.noSessions': 'Nergens.',
  'guard.endAll': 'Overal uitloggen',
  'guard.ended': 'De sessie is beëindigd.',
  'guard.endedAll': { one: 'Eén sessie is beëindigd.', other: '{n} sessies zijn beëindigd.' },
};
