// Spanish of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const esControl: Catalogue = {
  'control.title': 'Ajustes',
  'control.hint':
    'Cada ajuste es un archivo de control/. Los que no tienen archivo usan su valor predeterminado. El programa en marcha aplica los cambios enseguida, salvo que la página del ajuste diga otra cosa.',
  'control.search': 'Nombre o palabras',
  'control.filters': 'Qué ajustes',
  'control.only.all': 'Todos',
  'control.only.set': 'Con archivo',
  'control.only.wrong': 'Incorrectos',
  'control.none': 'Ningún ajuste coincide.',
  'control.wrong': {
    one: 'Un archivo es incorrecto.',
    many: '{n} archivos son incorrectos.',
    other: '{n} archivos son incorrectos.',
  },
  'control.wrongHint':
    'Un programa en marcha conserva lo que decía el archivo antes de ser incorrecto; uno que se inicia puede no arrancar.',
  'control.unknown': 'Archivos que nadie lee',
  'control.unknownHint':
    'Están en control/ y ninguna parte del programa los conoce: un nombre mal escrito o el archivo de otro programa.',
  'control.runScripts': 'Solo lo leen los scripts run de servidores antiguos.',
  'control.setting': 'Ajuste',
  'control.value': 'Valor actual',
  'control.default': 'Predeterminado',
  'control.isDefault': 'Predeterminado:',
  'control.empty': '(vacío)',
  'control.isWrong': 'incorrecto',
  'control.more': { one: 'y una línea más', many: 'y {n} líneas más', other: 'y {n} líneas más' },
  'control.room.names': 'Los nombres del servidor',
  'control.room.doors': 'Puertos de entrada y sus límites',
  'control.room.policy': 'Quién puede enviar qué',
  'control.room.rules': 'Reglas de acceso',
  'control.room.senders': 'Autenticidad de los remitentes',
  'control.room.junk': 'Spam y virus',
  'control.room.queue': 'Cola y rebotes',
  'control.room.local': 'Entregas locales',
  'control.room.remote': 'Correo a otros servidores',
  'control.room.people': 'Cuentas y webmail',
  'control.room.roles': 'Usuarios del programa',
  'control.room.history': 'Historial de entregas',
  'control.kind': 'Forma',
  'control.kind.line': 'una línea',
  'control.kind.int': 'un número',
  'control.kind.list': 'una entrada por línea; las líneas que empiezan por # son comentarios',
  'control.kind.map': 'clave:valor, uno por línea; las líneas que empiezan por # son comentarios',
  'control.kind.text': 'un texto',
  'control.kind.cdb': 'una tabla compilada',
  'control.kind.rules': 'reglas, una por línea; las líneas que empiezan por # son comentarios',
  'control.readers': 'Lo lee',
  'control.origin': 'Existe en qmail',
  'control.yes': 'sí',
  'control.no': 'no',
  'control.room': 'Pertenece a',
  'control.atStart':
    'Este archivo se lee al iniciar el programa. Los cambios se aplican después de reiniciar.',
  'control.text': 'Texto del archivo',
  'control.newText': 'Texto nuevo del archivo',
  'control.noFile':
    'Ahora no hay archivo, así que se aplica el valor predeterminado. Un archivo vacío no es lo mismo que ninguno.',
  'control.maskedHint':
    'Las contraseñas no se muestran. Escribe de nuevo el texto completo, con todas las contraseñas; sustituye al anterior.',
  'control.stored': 'El archivo ahora',
  'control.conflict': 'Mientras tanto, otra persona ha cambiado este archivo.',
  'control.conflictHint':
    'Arriba está el archivo como es ahora; abajo, lo que has escrito. Al guardar, el archivo se sustituye por lo que has escrito.',
  'control.back': 'Todos los ajustes',
  'control.toDefault': 'Volver al valor predeterminado',
  'control.saved': 'Guardado.',
  'control.savedForStart': 'Guardado. Se aplica después de reiniciar.',
  'control.shutsOut':
    'Tu propia vía de acceso, {host}, no está entre estas: después de reiniciar no podrías volver a entrar. Añádela.',
  'control.lock.domains':
    'Este archivo lo mantienen las páginas de dominios: añade o elimina un dominio allí y cambiarán a la vez todos los archivos relacionados.',
  'control.lock.host':
    'Este nombre está en otros archivos, en el correo que está en camino y en el DNS. Cámbialo en la máquina, con config-fast, y vuelve a iniciar el programa.',
  'control.lock.programs':
    'Lo que figura aquí hace que el programa ejecute otros programas. Solo se cambia en la máquina, para que nadie que se haya apoderado de una sesión del webmail pueda ejecutar nada.',
  'control.lock.users':
    'Son usuarios de la máquina, para un programa que inicia root. Solo se cambian en la máquina.',
  'control.lock.accounts':
    'Indica dónde están las cuentas. Una palabra equivocada dejaría fuera a todos los que podrían corregirla, así que solo se cambia en la máquina.',
  'control.lock.compiled': 'Esta tabla se compila en la máquina; no hay texto que editar.',
  'control.lock.odd':
    'Aquí hay algo que no es un archivo normal de hasta 65536 bytes, por ejemplo un enlace. Solo se cambia en la máquina.',
  'control.lock.bytes':
    'El archivo contiene bytes que no son UTF-8 y que un formulario alteraría. Solo se cambia en la máquina.',
};
