// Dutch of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const nlAcme: Catalogue = {
  'acme.title': 'Certificaten laten ophalen',
  'acme.hint':
    'Deze server vraagt certificaten aan bij een certificaatautoriteit, bewijst haar dat de namen van hem zijn en vernieuwt ze op tijd. Daarvoor moet zij hem van buiten kunnen bereiken op poort 80 of 443.',
  'acme.directory': 'Adres van de directory van de autoriteit',
  'acme.directoryHint': 'Let’s Encrypt is ingevuld. Om te proberen zonder haar limieten: {address}',
  'acme.contact': 'Uw e-mailadres',
  'acme.contactHint': 'Daar schrijft de autoriteit heen als er iets mis is. Meerdere met spaties ertussen.',
  'acme.names': 'Namen',
  'acme.namesHint': 'Eén certificaat per regel, de namen met spaties ertussen. Deze server heet {me}.',
  'acme.pages':
    'Ook voor namen die onze pagina’s nodig hebben en die door het DNS hierheen leiden: mta-sts, autoconfig en autodiscover van de domeinen, en de namen van de webmail',
  'acme.external': 'De autoriteit heeft alleen klanten',
  'acme.externalHint':
    'Ze geeft haar klanten een sleutelkenmerk en een sleutel (External Account Binding). Let’s Encrypt heeft die niet nodig.',
  'acme.keyId': 'Sleutelkenmerk',
  'acme.key': 'Sleutel (HMAC)',
  'acme.keyKept': 'Er is een sleutel bewaard. Laat beide leeg om hem te houden.',
  'acme.terms': 'Gebruiksvoorwaarden',
  'acme.termsHint': 'Lees wat de autoriteit van u vraagt:',
  'acme.agree': 'Ik ga akkoord met deze voorwaarden',
  'acme.agreeFirst': 'Zonder uw akkoord geeft de autoriteit geen certificaten uit.',
  'acme.continue': 'Verder',
  'acme.start': 'Certificaten laten ophalen',
  'acme.stop': 'Niet meer ophalen',
  'acme.stopHint': 'Certificaten die er zijn, blijven tot ze verlopen.',
  'acme.change': 'Wijzigen wat wordt opgehaald',
  'acme.saved': 'Opgeslagen. De certificaten worden opgehaald.',
  'acme.stopped': 'Er worden geen certificaten meer opgehaald.',
  'acme.unanswered': 'De directory van de autoriteit kan niet worden gelezen.',
  'acme.noDirectory': 'Geef het adres van de directory van een autoriteit op.',
  'acme.bothKeys': 'Sleutelkenmerk en sleutel horen bij elkaar: vul beide in.',
  'acme.expected': 'Verwacht: {what}',
  'acme.now': 'Nu',
  'acme.forPage': 'voor een pagina',
  'acme.step.account': 'Aanmelden bij de autoriteit',
  'acme.step.order': 'Certificaat bestellen',
  'acme.step.prove': 'De autoriteit controleert {name}',
  'acme.step.make': 'De autoriteit maakt het certificaat',
  'acme.step.install': 'Het wordt op zijn plaats gezet',
  'acme.step.soon': 'Het wordt zo opgehaald',
  'acme.fault.unauthorized':
    'De autoriteit vond bij deze naam iets anders dan ons bewijs. Leidt de naam naar deze server en staat er niets voor?',
  'acme.fault.connection':
    'De autoriteit bereikt deze server niet. Staan poort 80 en 443 van buiten open, en leiden alle adressen van de naam hierheen?',
  'acme.fault.dns': 'De autoriteit vindt de naam niet in het DNS.',
  'acme.fault.tls': 'De autoriteit kon geen TLS-verbinding met deze server maken.',
  'acme.fault.caa':
    'Een CAA-record van het domein verbiedt deze autoriteit. Voeg haar toe of kies een andere.',
  'acme.fault.rateLimited':
    'Dat was voor de autoriteit voorlopig te veel. Er wordt opnieuw geprobeerd zodra zij het toestaat.',
  'acme.fault.rejectedIdentifier': 'De autoriteit geeft voor deze naam geen certificaten uit.',
  'acme.fault.externalAccountRequired':
    'De autoriteit heeft alleen klanten. Vul het sleutelkenmerk en de sleutel in die zij u gaf.',
  'acme.fault.userActionRequired':
    'De autoriteit wil eerst iets van u, bijvoorbeeld uw akkoord met nieuwe voorwaarden.',
  'acme.fault.invalidContact': 'De autoriteit neemt het e-mailadres niet aan.',
  'acme.fault.unreachable': 'De autoriteit antwoordt niet.',
  'acme.fault.slow': 'De autoriteit heeft niet op tijd beslist. Ze wordt opnieuw gevraagd.',
  'acme.fault.noProof':
    'De autoriteit wil een bewijs dat hier niet kan worden gegeven. Een naam met een ster heeft de instelling acmehook nodig.',
  'acme.fault.hook': 'Het programma in acmehook is mislukt.',
  'acme.fault.garbage': 'Het antwoord van de autoriteit is onzinnig, of ze heeft zelf een storing.',
};
