// Spanish of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const esJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'Lo que los servidores desconocidos y sus mensajes deben superar antes de ser aceptados. Un cambio vale desde el siguiente mensaje.',
  'junk.rules': 'Reglas',
  'junk.junkscore': 'Puntos a partir de los cuales un mensaje es spam',
  'junk.rejectscore': 'Puntos a partir de los cuales se rechaza un mensaje',
  'junk.greylist': 'Lista gris: segundos que espera el primer mensaje de un desconocido',
  'junk.greylistHint':
    'Los servidores de correo lo intentan de nuevo por sí solos; la mayoría de los programas de spam no. Lo habitual es 300; vacío la desactiva.',
  'junk.reputation': 'Dar pocas conexiones a las redes que enviaron sobre todo spam',
  'junk.others': 'Más ajustes:',
  'junk.noState':
    'No se pueden mostrar las listas ni los analizadores: un archivo de control es incorrecto o muchas personas miran esta página ahora.',
  'junk.scanners': 'Analizadores',
  'junk.scanner': 'Analizador',
  'junk.address': 'Dirección',
  'junk.off': 'desactivado',
  'junk.answers': 'responde, {ms} ms',
  'junk.silent': 'no responde: {why}',
  'junk.lists': 'Listas DNS',
  'junk.noLists': 'No se consulta ninguna lista.',
  'junk.list': 'Lista',
  'junk.does': 'Una entrada',
  'junk.does.defer': 'rechaza por ahora',
  'junk.does.reject': 'rechaza',
  'junk.does.allow': 'da la bienvenida',
  'junk.does.note': 'da {points} puntos',
  'junk.list.right': 'en orden',
  'junk.list.everything': 'lo incluye todo: no se consulta',
  'junk.list.nothing': 'falta la entrada de prueba',
  'junk.list.unknown': 'no responde',
  'junk.turned': 'Últimos rechazados o marcados como spam',
  'junk.noTurned': 'Ninguno todavía.',
  'junk.refused': 'rechazado',
  'junk.junked': 'spam',
};
