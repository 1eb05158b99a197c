// Dutch of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const nlJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'Wat onbekende servers en hun e-mails moeten doorstaan voordat ze worden aangenomen. Een wijziging geldt vanaf de volgende e-mail.',
  'junk.rules': 'Regels',
  'junk.junkscore': 'Punten vanaf welke een e-mail spam is',
  'junk.rejectscore': 'Punten vanaf welke een e-mail wordt geweigerd',
  'junk.greylist': 'Greylisting: seconden die de eerste e-mail van een onbekende wacht',
  'junk.greylistHint':
    'Mailservers proberen het vanzelf opnieuw, de meeste programma’s van spammers niet. Gebruikelijk is 300; leeg is uit.',
  'junk.reputation': 'Netwerken die vooral spam stuurden weinig verbindingen geven',
  'junk.others': 'Meer instellingen:',
  'junk.noState':
    'Lijsten en scanners kunnen niet worden getoond: een controlbestand is onjuist, of velen bekijken nu deze pagina.',
  'junk.scanners': 'Scanners',
  'junk.scanner': 'Scanner',
  'junk.address': 'Adres',
  'junk.off': 'uit',
  'junk.answers': 'antwoordt, {ms} ms',
  'junk.silent': 'antwoordt niet: {why}',
  'junk.lists': 'DNS-lijsten',
  'junk.noLists': 'Er wordt geen lijst bevraagd.',
  'junk.list': 'Lijst',
  'junk.does': 'Een vermelding',
  'junk.does.defer': 'weigert voorlopig',
  'junk.does.reject': 'weigert',
  'junk.does.allow': 'maakt welkom',
  'junk.does.note': 'geeft {points} punten',
  'junk.list.right': 'in orde',
  'junk.list.everything': 'vermeldt alles: niet bevraagd',
  'junk.list.nothing': 'testvermelding ontbreekt',
  'junk.list.unknown': 'antwoordt niet',
  'junk.turned': 'Laatst geweigerd of als spam gemarkeerd',
  'junk.noTurned': 'Nog geen.',
  'junk.refused': 'geweigerd',
  'junk.junked': 'spam',
};
