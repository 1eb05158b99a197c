// Dutch of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const nlControl: Catalogue = {
  'control.title': 'Instellingen',
  'control.hint':
    'Elke instelling is een bestand in control/. Wat geen bestand heeft, heeft de standaardwaarde. Het draaiende programma neemt een wijziging meteen over, tenzij de pagina ervan iets anders zegt.',
  'control.search': 'Naam of woorden',
  'control.filters': 'Welke instellingen',
  'control.only.all': 'Alle',
  'control.only.set': 'Met bestand',
  'control.only.wrong': 'Onjuist',
  'control.none': 'Geen passende instellingen.',
  'control.wrong': { one: 'Eén bestand is onjuist.', other: '{n} bestanden zijn onjuist.' },
  'control.wrongHint':
    'Een draaiend programma houdt vast aan wat een bestand zei voordat het onjuist werd; een programma dat start, start mogelijk niet.',
  'control.unknown': 'Bestanden die niemand leest',
  'control.unknownHint':
    'Ze staan in control/ en geen deel van het programma kent ze: een verkeerd getypte naam, of het bestand van een ander programma.',
  'control.runScripts': 'Alleen de startscripts van oude servers lezen dit.',
  'control.setting': 'Instelling',
  'control.value': 'Bevat nu',
  'control.default': 'Standaard',
  'control.isDefault': 'Standaard:',
  'control.empty': '(leeg)',
  'control.isWrong': 'onjuist',
  'control.more': { one: 'en nog één regel', other: 'en nog {n} regels' },
  'control.room.names': 'Namen van de host',
  'control.room.doors': 'Diensten en hun limieten',
  'control.room.policy': 'Wie wat mag verzenden',
  'control.room.rules': 'Toegangsregels',
  'control.room.senders': 'Echtheid van afzenders',
  'control.room.junk': 'Spam en virussen',
  'control.room.queue': 'Wachtrij en onbestelbare berichten',
  'control.room.local': 'Bezorging hier',
  'control.room.remote': 'E-mail naar andere hosts',
  'control.room.people': 'Accounts en webmail',
  'control.room.roles': 'Gebruikers van het programma',
  'control.room.history': 'Bezorggeschiedenis',
  'control.kind': 'Vorm',
  'control.kind.line': 'één regel',
  'control.kind.int': 'een getal',
  'control.kind.list': 'één item per regel; regels die met # beginnen, zijn commentaar',
  'control.kind.map': 'sleutel:waarde, één per regel; regels die met # beginnen, zijn commentaar',
  'control.kind.text': 'een tekst',
  'control.kind.cdb': 'een gecompileerde tabel',
  'control.kind.rules': 'toegangsregels, één per regel; regels die met # beginnen, zijn commentaar',
  'control.readers': 'Gelezen door',
  'control.origin': 'Bekend bij qmail',
  'control.yes': 'ja',
  'control.no': 'nee',
  'control.room': 'Hoort bij',
  'control.atStart':
    'Dit bestand wordt gelezen als het programma start. Een wijziging geldt na een herstart.',
  'control.text': 'Tekst van het bestand',
  'control.newText': 'Nieuwe tekst van het bestand',
  'control.noFile':
    'Er is nu geen bestand, dus geldt de standaardwaarde. Een leeg bestand is niet hetzelfde als geen bestand.',
  'control.maskedHint':
    'Wachtwoorden worden niet getoond. Schrijf de hele tekst opnieuw, met alle wachtwoorden; die vervangt de oude.',
  'control.stored': 'Het bestand nu',
  'control.conflict': 'Iemand anders heeft dit bestand intussen gewijzigd.',
  'control.conflictHint':
    'Hierboven staat het bestand zoals het nu is, hieronder wat je hebt getypt. Opslaan vervangt het bestand door wat je hebt getypt.',
  'control.back': 'Alle instellingen',
  'control.toDefault': 'Standaardwaarde herstellen',
  'control.saved': 'Opgeslagen.',
  'control.savedForStart': 'Opgeslagen. Geldt na een herstart.',
  'control.shutsOut':
    'De naam waarlangs je zelf binnenkomt, {host}, staat hier niet bij: na een herstart zou je niet meer terug kunnen. Voeg die toe.',
  'control.lock.domains':
    'De domeinpagina’s beheren dit bestand: voeg daar een domein toe of verwijder het, dan veranderen alle bijbehorende bestanden samen.',
  'control.lock.host':
    'Deze naam staat in andere bestanden, in e-mail die onderweg is en in DNS. Wijzig hem op de machine, met config-fast, en start het programma opnieuw.',
  'control.lock.programs':
    'Wat hier staat, laat het programma andere programma’s uitvoeren. Het wordt alleen op de machine gewijzigd, zodat niemand die een sessie in de webmail heeft bemachtigd, iets kan uitvoeren.',
  'control.lock.users':
    'Dit zijn gebruikers van de machine, voor een programma dat root start. Het wordt alleen op de machine gewijzigd.',
  'control.lock.accounts':
    'Dit geeft aan waar de accounts staan. Een verkeerd woord zou iedereen buitensluiten die het kan herstellen, daarom wordt het alleen op de machine gewijzigd.',
  'control.lock.compiled': 'Deze tabel wordt op de machine gecompileerd; er is geen tekst om te bewerken.',
  'control.lock.odd':
    'Hier staat iets anders dan een gewoon bestand van maximaal 65536 bytes, zoals een koppeling. Het wordt alleen op de machine gewijzigd.',
  'control.lock.bytes':
    'Het bestand bevat bytes die geen UTF-8 zijn en niet ongeschonden door een formulier zouden komen. Het wordt alleen op de machine gewijzigd.',
};
