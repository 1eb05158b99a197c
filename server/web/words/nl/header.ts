// Dutch of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const nlHeader: Catalogue = {
  'header.sentVia': 'Verzonden via',
  'header.connection': 'Verbinding',
  'header.encrypted': 'Versleuteld, vanaf {host}',
  'header.plain': 'Niet versleuteld, vanaf {host}',
  'header.checked': 'Afzender',
  'header.signed': 'ondertekend door {domain}',
  'header.comesFrom': 'afkomstig van {domain}',
  'header.unsigned': 'kon niet worden geverifieerd',
  'header.addContact': 'Toevoegen aan contacten',
  'header.addNamed': '{name} toevoegen aan contacten',
  'header.showContact': 'Contact tonen',
  'header.showNamed': 'Contact {name} tonen',
  'warning.dmarc':
    'De controle van de afzender is voor dit bericht mislukt: volgens {domain} komt het daar niet vandaan. Wees voorzichtig met links, bestanden en verzoeken.',
  'warning.newReplyElsewhere':
    'Je hebt niet eerder aan {sender} geschreven, en antwoorden op dit bericht gaan naar een ander domein: {address}.',
  'warning.ownName':
    'Dit bericht draagt je eigen naam, maar komt van {address}, en dat adres is niet van jou.',
  'unsubscribe.title': 'Afmelden',
  'unsubscribe.link': 'Afmelden',
  'unsubscribe.left': 'Afgemeld op {date}',
  'unsubscribe.question': 'Afmelden bij {name}?',
  'unsubscribe.post':
    'Er wordt een verzoek gestuurd naar {target}. Daar weet men dan dat dit bericht je heeft bereikt.',
  'unsubscribe.letter': 'Er wordt een bericht naar {target} gestuurd vanaf jouw adres.',
  'unsubscribe.page':
    'Voor deze mailing meld je je af op een pagina van {target}, die in een nieuw tabblad wordt geopend.',
  'unsubscribe.sender': 'Volgens het bericht komt het van {sender}. Dat is niet gecontroleerd.',
  'unsubscribe.signed': 'Het bericht komt van {sender}, ondertekend door {domain}.',
  'unsubscribe.button': 'Afmelden',
  'unsubscribe.open': 'De pagina openen',
  'unsubscribe.done': 'Afgemeld.',
  'unsubscribe.failed': '{host} heeft het verzoek niet aangenomen. Probeer het opnieuw of open de pagina.',
  'unsubscribe.notSent': 'Het bericht kon niet worden verzonden: {words}',
  'unsubscribe.none': 'Dit bericht is hier niet meer, of vermeldt geen manier om je af te melden.',
};
