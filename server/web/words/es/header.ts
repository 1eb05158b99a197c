// Spanish of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const esHeader: Catalogue = {
  'header.sentVia': 'Enviado a través de',
  'header.connection': 'Conexión',
  'header.encrypted': 'Cifrada, desde {host}',
  'header.plain': 'Sin cifrar, desde {host}',
  'header.checked': 'Remitente',
  'header.signed': 'firmado por {domain}',
  'header.comesFrom': 'procede de {domain}',
  'header.unsigned': 'no se ha podido verificar',
  'header.addContact': 'Añadir a los contactos',
  'header.addNamed': 'Añadir {name} a los contactos',
  'header.showContact': 'Mostrar contacto',
  'header.showNamed': 'Mostrar el contacto {name}',
  'warning.dmarc':
    'Este mensaje no supera la verificación del remitente: {domain} indica que no procede de allí. Ten cuidado con los enlaces, los archivos y lo que te pidan.',
  'warning.newReplyElsewhere':
    'Nunca has escrito a {sender}, y las respuestas a este mensaje van a otro dominio: {address}.',
  'warning.ownName': 'Este mensaje lleva tu propio nombre, pero viene de {address}, que no es tuya.',
  'unsubscribe.title': 'Cancelar la suscripción',
  'unsubscribe.link': 'Cancelar suscripción',
  'unsubscribe.left': 'Suscripción cancelada el {date}',
  'unsubscribe.question': '¿Cancelar la suscripción a {name}?',
  'unsubscribe.post': 'Se envía una petición a {target}, que así sabrá que este mensaje te ha llegado.',
  'unsubscribe.letter': 'Se envía un mensaje a {target} desde tu dirección.',
  'unsubscribe.page':
    'Para darte de baja de estos envíos hay una página de {target}, que se abre en una pestaña nueva.',
  'unsubscribe.sender': 'El mensaje dice que es de {sender}. No se ha comprobado.',
  'unsubscribe.signed': 'El mensaje es de {sender}, firmado por {domain}.',
  'unsubscribe.button': 'Cancelar suscripción',
  'unsubscribe.open': 'Abrir la página',
  'unsubscribe.done': 'Suscripción cancelada.',
  'unsubscribe.failed': '{host} no ha aceptado la petición. Inténtalo de nuevo o abre su página.',
  'unsubscribe.notSent': 'No se ha podido enviar el mensaje: {words}',
  'unsubscribe.none': 'Este mensaje ya no está aquí o no indica cómo cancelar la suscripción.',
};
