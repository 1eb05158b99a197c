// Spanish of ../en-acme.ts.
import type { Catalogue } from '../words.ts';

export const esAcme: Catalogue = {
  'acme.title': 'Obtener certificados automáticamente',
  'acme.hint':
    'Este servidor pide certificados a una autoridad de certificación, le demuestra que los nombres son suyos y los renueva a tiempo. Para ello la autoridad debe llegar a él desde fuera por el puerto 80 o 443.',
  'acme.directory': 'Dirección del directorio de la autoridad',
  'acme.directoryHint': 'Ya figura la de Let’s Encrypt. Para probar sin sus límites: {address}',
  'acme.contact': 'Su dirección de correo',
  'acme.contactHint':
    'La autoridad puede escribir allí si algo va mal. Si hay varias, separadas por espacios.',
  'acme.names': 'Nombres',
  'acme.namesHint':
    'Un certificado por línea, con sus nombres separados por espacios. Este servidor es {me}.',
  'acme.pages':
    'También para los nombres que necesitan nuestras páginas, si el DNS los trae aquí: mta-sts, autoconfig y autodiscover de los dominios, y los nombres del correo web',
  'acme.external': 'La autoridad solo tiene clientes',
  'acme.externalHint':
    'Da a sus clientes un identificador de clave y una clave (External Account Binding). Let’s Encrypt no los necesita.',
  'acme.keyId': 'Identificador de clave',
  'acme.key': 'Clave (HMAC)',
  'acme.keyKept': 'Hay una clave guardada. Deje ambos campos vacíos para conservarla.',
  'acme.terms': 'Condiciones del servicio',
  'acme.termsHint': 'Lea lo que la autoridad le pide:',
  'acme.agree': 'Acepto estas condiciones',
  'acme.agreeFirst': 'Sin su consentimiento la autoridad no emite certificados.',
  'acme.continue': 'Continuar',
  'acme.start': 'Obtener certificados',
  'acme.stop': 'Dejar de obtenerlos',
  'acme.stopHint': 'Los certificados que ya están siguen hasta que caduquen.',
  'acme.change': 'Cambiar lo que se obtiene',
  'acme.saved': 'Guardado. Se están obteniendo los certificados.',
  'acme.stopped': 'Ya no se obtienen certificados.',
  'acme.unanswered': 'No se puede leer el directorio de la autoridad.',
  'acme.noDirectory': 'Escriba la dirección del directorio de una autoridad.',
  'acme.bothKeys': 'El identificador y la clave van juntos: escriba ambos.',
  'acme.expected': 'Se esperaba: {what}',
  'acme.now': 'Ahora',
  'acme.forPage': 'para una página',
  'acme.step.account': 'Entrando en la autoridad',
  'acme.step.order': 'Pidiendo el certificado',
  'acme.step.prove': 'La autoridad está comprobando {name}',
  'acme.step.make': 'La autoridad está emitiendo el certificado',
  'acme.step.install': 'Poniéndolo en su sitio',
  'acme.step.soon': 'Se obtendrá en un momento',
  'acme.fault.unauthorized':
    'La autoridad encontró en este nombre algo distinto de nuestra prueba. ¿Lleva el nombre a este servidor, sin nada delante?',
  'acme.fault.connection':
    'La autoridad no llega a este servidor. ¿Están abiertos desde fuera los puertos 80 y 443, y llevan aquí todas las direcciones del nombre?',
  'acme.fault.dns': 'La autoridad no encuentra el nombre en el DNS.',
  'acme.fault.tls': 'La autoridad no pudo establecer una conexión TLS con este servidor.',
  'acme.fault.caa': 'Un registro CAA del dominio prohíbe esta autoridad. Añádala allí o elija otra.',
  'acme.fault.rateLimited':
    'Ha sido demasiado para la autoridad por ahora. Se volverá a intentar cuando lo permita.',
  'acme.fault.rejectedIdentifier': 'La autoridad no emite certificados para este nombre.',
  'acme.fault.externalAccountRequired':
    'La autoridad solo tiene clientes. Escriba el identificador de clave y la clave que le dio.',
  'acme.fault.userActionRequired':
    'La autoridad espera antes algo de usted, por ejemplo que acepte nuevas condiciones.',
  'acme.fault.invalidContact': 'La autoridad no acepta la dirección de correo.',
  'acme.fault.unreachable': 'La autoridad no responde.',
  'acme.fault.slow': 'La autoridad no decidió a tiempo. Se le volverá a preguntar.',
  'acme.fault.noProof':
    'La autoridad quiere una prueba que aquí no se puede dar. Un nombre con asterisco necesita el ajuste acmehook.',
  'acme.fault.hook': 'El programa de acmehook ha fallado.',
  'acme.fault.garbage': 'La respuesta de la autoridad no tiene sentido, o tiene un fallo propio.',
};
