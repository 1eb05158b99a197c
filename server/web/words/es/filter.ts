// Spanish of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const esFilter: Catalogue = {
  'filter.lead':
    'Tu propio filtro aprende de lo que mueves a Spam y de lo que sacas de allí. El correo nuevo que parece spam va a Spam, nunca a otro sitio.',
  'filter.none': 'Aquí no hay filtros. Tu administrador puede activarlos.',
  'filter.use': 'Usar mi filtro',
  'filter.strictness': 'Nivel de exigencia',
  'filter.careful': 'Prudente: más spam en la bandeja de entrada, casi nunca correo deseado en Spam',
  'filter.normal': 'Normal',
  'filter.keen': 'Estricto: menos spam en la bandeja de entrada, de vez en cuando correo deseado en Spam',
  'filter.learnedJunk': 'Aprendidos como spam',
  'filter.learnedGood': 'Aprendidos como correo deseado',
  'filter.begins': 'Empieza a clasificar cuando conoce {count} mensajes de cada tipo.',
  'filter.fromFolders': 'Aprender de mis carpetas',
  'filter.fromFoldersHint':
    'Lo que hay en Spam se aprende como spam; lo que has leído en las demás carpetas, como correo deseado.',
  'filter.learning': 'Aprendiendo de tus carpetas',
  'filter.learned': {
    one: '{n} mensaje era nuevo para tu filtro.',
    many: '{n} mensajes eran nuevos para tu filtro.',
    other: '{n} mensajes eran nuevos para tu filtro.',
  },
  'filter.forget': 'Olvidar todo',
  'filter.forgetHint': 'Tu filtro olvida lo que ha aprendido y empieza de nuevo. Tu correo queda como está.',
  'filter.forgotten': 'Tu filtro lo ha olvidado todo.',
  'filter.why.words': 'Facteur cree que es spam: palabras como {words}.',
  'filter.why.filter': 'Facteur cree que es spam.',
  'filter.why.sender': 'No se pudo confirmar la dirección del remitente.',
  'filter.why.listed': 'Llegó a través de un servidor que figura en una lista de emisores de spam.',
  'filter.why.scanner': 'Un analizador lo consideró spam.',
  'filter.why.door': 'Parecía sospechoso al llegar.',
};
