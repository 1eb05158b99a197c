// Spanish of the pages of help.
import type { Catalogue } from '../words.ts';

export const esGuide: Catalogue = {
  'guide.title': 'Ayuda',
  'guide.all': 'Todo en una página',
  'guide.more': 'Más ayuda',
  'guide.places': 'Páginas para esto',
  'guide.keys.lead': 'Teclas para lo que haces a menudo',
  'guide.writing': 'Escribir y enviar',
  'guide.writing.lead': 'Borradores, recuperar, enviar más tarde, firmas',
  'guide.writing.begin':
    '«{compose}» empieza un mensaje; «{reply}», «{replyAll}» y «{forward}» están en cada mensaje abierto.',
  'guide.writing.saved':
    'Lo que escribes se guarda mientras tecleas y está en {drafts}, donde también lo encuentran tus otros dispositivos. Sin JavaScript, pulsa «{save}».',
  'guide.writing.undo':
    'Después de «{send}» quedan unos segundos para pensarlo: «{undo}» abre otra vez el mensaje, y nadie lo ha recibido. En {settings}, {composing} se elige cuántos segundos, 30 como máximo.',
  'guide.writing.later':
    '«{later}» hace salir un mensaje a la hora que elijas, dentro de un año, tengas o no la sesión abierta entonces.',
  'guide.writing.outbox':
    'Lo que aún no ha salido está en {outbox}: allí puedes cambiarlo, enviarlo enseguida o recuperarlo.',
  'guide.writing.files':
    '«{attach}» añade archivos; con JavaScript también se pueden arrastrar o pegar en el mensaje. La página dice cuánto cabe.',
  'guide.writing.identities':
    '{settings}, {identities} tiene un nombre y una firma para cada una de tus direcciones; {templates} son textos que usas una y otra vez.',
  'guide.writing.fate':
    'Unas marcas en {sent} dicen qué fue de un mensaje, donde el servidor lo sigue. Lo que no se pudo entregar vuelve con el motivo.',
  'guide.finding': 'Encontrar correo',
  'guide.finding.lead': 'Palabras, operadores, búsqueda avanzada',
  'guide.finding.words':
    'Escribe palabras en el campo de búsqueda y pulsa Intro. Se encuentra lo que las tiene todas: en el asunto, en el texto o en los nombres y direcciones.',
  'guide.finding.operators':
    'Una palabra con dos puntos busca en un solo sitio. Varias juntas encuentran menos.',
  'guide.finding.left': '{trash} y {junk} se dejan fuera, salvo que in: los nombre o diga anywhere.',
  'guide.finding.advanced': '«{advanced}» tiene campos para casi todo esto, sin nada que recordar.',
  'guide.finding.act':
    'Lo encontrado se puede marcar, mover, etiquetar y borrar como en cualquier otra lista.',
  'guide.finding.typed': 'Escribes',
  'guide.finding.finds': 'Encuentra',
  'guide.row.from': 'correo de Bob, por nombre o dirección',
  'guide.row.to': 'correo para Carla, también en copia',
  'guide.row.subject': 'esta palabra en el asunto',
  'guide.row.phrase': 'estas palabras seguidas',
  'guide.row.start': 'palabras que empiezan así',
  'guide.row.not': 'correo sin esta palabra',
  'guide.row.or': 'correo con una de las dos',
  'guide.row.has': 'correo con archivos',
  'guide.row.filename': 'archivos con esto en el nombre',
  'guide.row.is': 'correo sin leer; también is:read e is:starred',
  'guide.row.in': 'correo de una carpeta; in:anywhere: de todas',
  'guide.row.after': 'recibido ese día o después',
  'guide.row.before': 'recibido antes de ese día',
  'guide.row.larger': 'mayor de 5 MB; al revés: smaller:200k',
  'guide.order': 'Mantener el orden',
  'guide.order.lead': 'Carpetas, etiquetas, posponer, deshacer',
  'guide.order.archive':
    '«{archive}» saca un mensaje de {inbox} sin borrarlo. {junk} es para el correo que nunca pediste; «{notJunk}» devuelve un mensaje.',
  'guide.order.folders':
    'Las carpetas se crean, se renombran y se meten unas en otras en la página {folders}. Con JavaScript se pueden arrastrar mensajes a una carpeta; con Ctrl pulsada se copian.',
  'guide.order.labels':
    'Un mensaje está en una carpeta y puede tener varias etiquetas. {settings}, {labels} tiene sus nombres y colores; otros programas de correo también las ven.',
  'guide.order.snooze':
    '«{snooze}» aparta un mensaje hasta la hora que elijas. Entonces vuelve arriba en su lista, sin leer.',
  'guide.order.select':
    'Marca varios mensajes para actuar sobre todos a la vez. Cuando está marcada toda la página, también se puede seleccionar el resto de la carpeta.',
  'guide.order.conversations':
    'Los mensajes que van juntos son una línea. El menú «{sort}» los muestra uno a uno en esta carpeta.',
  'guide.order.undo':
    '«{undo}» deshace lo que hiciste, durante 24 horas; {settings}, {activity} lo enumera. Lo que se borró definitivamente sigue borrado.',
  'guide.order.cleaning':
    'Lo que hay en {trash} y {junk} se elimina definitivamente después de unos días. {settings}, {general} dice cuántos; 0 lo conserva.',
  'guide.safety': 'Seguridad',
  'guide.safety.lead': 'Imágenes, avisos, dos pasos, contraseñas de aplicación',
  'guide.safety.pictures':
    'Las imágenes de otros servidores revelan al remitente que lees, así que solo se cargan si lo permites. «{show}» las carga en un mensaje; pasan por nuestro servidor, y el remitente no ve tu dirección de red.',
  'guide.safety.warnings':
    'Sobre un mensaje hay un aviso cuando su remitente no pasó una comprobación, cuando su nombre finge ser otra dirección o cuando las respuestas irían a otra parte. Ten entonces cuidado con enlaces, archivos y peticiones.',
  'guide.safety.password':
    'Nadie necesita tu contraseña por correo. Abandona una página que la pida tras un clic en un mensaje.',
  'guide.safety.files':
    'Los archivos que pueden hacer daño están señalados, y se te pregunta antes de dártelos.',
  'guide.safety.twoStep':
    '{settings}, {security}, «{twoStep}»: después de la contraseña se pide un código de tu teléfono. Guarda los códigos de recuperación en papel.',
  'guide.safety.passkey':
    'Una llave de acceso inicia sesión con la huella, la cara o el PIN de un dispositivo, en lugar de contraseña y código.',
  'guide.safety.apps':
    'Da a cada programa de correo su propia contraseña de aplicación: no abre el correo web y se puede retirar sin las demás.',
  'guide.safety.sessions':
    'La misma página muestra dónde tienes la sesión abierta y qué pasó en los últimos 90 días. Si algo parece raro, cambia la contraseña y pulsa «{everywhere}».',
  'guide.safety.unsubscribe':
    '«{unsubscribe}» te da de baja de una lista. Para el correo que nunca pediste, mejor {junk}.',
  'guide.programs': 'Teléfono y programas de correo',
  'guide.programs.lead': 'Servidores, puertos, contraseñas de aplicación',
  'guide.programs.where':
    '{settings}, {programs} tiene los servidores, los puertos y el nombre de usuario para programas de correo. El nombre de usuario es tu dirección entera.',
  'guide.programs.alone':
    'Muchos programas los encuentran solos cuando escribes tu dirección; para iPhone, iPad y Mac la página tiene un perfil.',
  'guide.programs.imap':
    'Con IMAP un programa muestra las mismas carpetas y mensajes que el correo web, y lo que lees en uno queda leído en el otro. Con POP3 recibe solo {inbox}.',
  'guide.programs.app':
    'Con la verificación en dos pasos, un programa necesita una contraseña de aplicación en lugar de la tuya.',
  'guide.programs.wrong':
    'Tras varias contraseñas equivocadas el servidor hace esperar al programa. Corrige la contraseña en todos tus programas y vuelve a intentarlo.',
  'guide.moving': 'Traer y llevar correo',
  'guide.moving.lead': 'Importar, exportar, reenviar',
  'guide.moving.in':
    '{settings}, {transfer} recibe correo: archivos mbox, archivos ZIP de mensajes o mensajes sueltos (.eml). Lo que ya está en la carpeta se deja fuera.',
  'guide.moving.out':
    'La misma página da una carpeta como un archivo, o todo, con contactos y configuración, en uno solo.',
  'guide.moving.ticked': 'Los mensajes marcados en una lista se pueden descargar con su menú.',
  'guide.moving.contacts': 'La página {contacts} recibe y da vCard y CSV.',
  'guide.moving.elsewhere':
    'Desde otro proveedor, también un programa de correo traslada los mensajes: configura en él las dos cuentas y copia las carpetas.',
  'guide.moving.jobs':
    'Lo que tarda sigue aunque dejes la página. Una línea dice cuánto lleva, y se puede parar.',
  'guide.moving.forward':
    '{settings}, {delivery} reenvía el correo a otra dirección y lo contesta mientras no estás.',
  'guide.moving.away':
    'La respuesta puede tener un primer y un último día e ir solo a personas de sus contactos. Las listas y las máquinas no la reciben, y nadie la recibe dos veces dentro de los días que usted elija. Una línea en cada página dice que está activada.',
  'guide.offline': 'Correo nuevo y falta de conexión',
  'guide.offline.lead': 'Notificaciones, sin red, instalar',
  'guide.offline.news':
    'El correo nuevo aparece solo mientras haya una página abierta. Sin JavaScript, vuelve a cargar la página o deja que lo hagan las listas: {settings}, {general}.',
  'guide.offline.tab': 'El título de la pestaña dice cuánto hay sin leer en {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} activa las notificaciones de correo nuevo: remitente y asunto, sin sonido, mientras haya abierta una página del correo web. El navegador pregunta una vez si puede.',
  'guide.offline.gone':
    'Sin conexión, una página lo dice. El mensaje que estás escribiendo se queda en la pantalla, y este navegador lo guarda hasta que lo tenga el servidor.',
  'guide.offline.kept': 'El correo que lees no se guarda en el dispositivo.',
  'guide.offline.install':
    'La mayoría de los navegadores ofrecen instalar el correo web: entonces tiene ventana e icono propios.',
};
