// Spanish of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const esSign: Catalogue = {
  'dns.kind.dkim': 'Firmas de los mensajes (DKIM)',
  'dns.about.dkim': 'Permite a otros comprobar que los mensajes del dominio son realmente suyos.',
  'dns.why.dkim-several': 'Hay varios registros y otros pueden tomar el equivocado. Deje uno solo.',
  'dns.why.dkim-revoked': 'El registro revoca la clave: su p está vacío. Sustituya el registro.',
  'dns.why.dkim-other-key': 'El registro contiene otra clave, o ninguna. Sustitúyalo.',
  'dns.why.dkim-testing': 'El registro dice que solo está haciendo pruebas. Quite t=y.',
  'signing.title': 'Firma (DKIM)',
  'signing.hint':
    'Los mensajes que salen se firman para que otros puedan comprobar que son suyos. Encuentran las claves en el DNS.',
  'signing.none':
    'Los mensajes de este dominio salen sin firma. Muchos servidores los toman por correo no deseado.',
  'signing.right': 'Los mensajes se firman y otros encuentran las claves.',
  'signing.wrong':
    'Los mensajes se firman, pero otros no encuentran las claves como deberían ser. Publique los registros de abajo.',
  'signing.waiting':
    'Hay claves nuevas esperando. Publique sus registros; cuando otros las encuentren, haga que firmen.',
  'signing.state.current': 'firma',
  'signing.state.next': 'espera',
  'signing.state.old': 'en reposo',
  'signing.state.broken': 'dañada',
  'signing.made': 'creada {time}',
  'signing.copy': 'Copiar',
  'signing.copied': 'Copiado',
  'signing.add': 'Crear claves',
  'signing.rotate': 'Crear claves nuevas',
  'signing.rotateHint':
    'Conviene cambiar las claves una vez al año. Las actuales firman hasta que haga firmar a las nuevas.',
  'signing.use': 'Hacer que firmen',
  'signing.useAnyway': 'Hacer que firmen de todos modos',
  'signing.unpublished':
    'Otros aún no encuentran estas claves: {keys}. Los mensajes que firmen contarían como no firmados.',
  'signing.remove': 'Quitar',
  'signing.removeTitle': '¿Quitar la clave {key}?',
  'signing.removeOld':
    'Deje su registro una semana más en el DNS: los mensajes en camino todavía se comprueban con ella.',
  'signing.removeCurrent': 'Ahora firma. Sin ella, los mensajes de este dominio pueden salir sin firma.',
};
