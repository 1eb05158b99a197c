// Chinese (simplified) of the pages of help.
import type { Catalogue } from '../words.ts';

export const zhHansGuide: Catalogue = {
  'guide.title': '帮助',
  'guide.all': '全部内容在一页',
  'guide.more': '更多帮助',
  'guide.places': '相关页面',
  'guide.keys.lead': '常用操作的按键',
  'guide.writing': '写信与发送',
  'guide.writing.lead': '草稿、撤回、定时发送、签名',
  'guide.writing.begin': '“{compose}”新建一封邮件；“{reply}”“{replyAll}”和“{forward}”在每封打开的邮件旁。',
  'guide.writing.saved':
    '输入的内容会边写边保存在“{drafts}”中，你的其他设备也能找到。没有 JavaScript 时，请按“{save}”。',
  'guide.writing.undo':
    '按“{send}”后有几秒钟可以反悔：“{undo}”会重新打开邮件，此时没有人收到它。秒数在“{settings}”的“{composing}”中设定，最多 30 秒。',
  'guide.writing.later': '“{later}”让邮件在你选定的时间发出，一年之内均可，届时无论你是否登录。',
  'guide.writing.outbox': '尚未发出的邮件在“{outbox}”中：可以在那里修改、立即发送或撤回。',
  'guide.writing.files':
    '“{attach}”添加文件；有 JavaScript 时也可以拖放或粘贴到邮件中。页面会显示还能容纳多少。',
  'guide.writing.identities':
    '“{settings}”的“{identities}”为你的每个地址保存名称和签名；“{templates}”是反复使用的文字。',
  'guide.writing.fate': '服务器跟踪投递时，“{sent}”中的标记会说明邮件的结果。无法送达的邮件会连同原因退回。',
  'guide.finding': '查找邮件',
  'guide.finding.lead': '词语、运算符、高级搜索',
  'guide.finding.words': '在搜索框中输入词语并按 Enter。主题、正文或姓名与地址中包含全部词语的邮件会被找到。',
  'guide.finding.operators': '带冒号的词只在一处查找。多个一起使用可缩小范围。',
  'guide.finding.left': '除非 in: 指明或写作 anywhere，否则不包括“{trash}”和“{junk}”。',
  'guide.finding.advanced': '“{advanced}”为其中大部分提供了输入框，无需记忆。',
  'guide.finding.act': '找到的邮件可以像其他列表一样勾选、移动、加标签和删除。',
  'guide.finding.typed': '输入',
  'guide.finding.finds': '找到',
  'guide.row.from': '来自 Bob 的邮件，按姓名或地址',
  'guide.row.to': '发给 Carla 的邮件，包括抄送',
  'guide.row.subject': '主题中有这个词',
  'guide.row.phrase': '这些词紧挨在一起',
  'guide.row.start': '以此开头的词',
  'guide.row.not': '不含这个词的邮件',
  'guide.row.or': '含其中一个词的邮件',
  'guide.row.has': '带文件的邮件',
  'guide.row.filename': '文件名中含有它的文件',
  'guide.row.is': '未读邮件；另有 is:read 和 is:starred',
  'guide.row.in': '一个文件夹的邮件；in:anywhere：所有文件夹',
  'guide.row.after': '在这一天或之后收到',
  'guide.row.before': '在这一天之前收到',
  'guide.row.larger': '大于 5 MB；反之：smaller:200k',
  'guide.order': '保持整齐',
  'guide.order.lead': '文件夹、标签、延后、撤销',
  'guide.order.archive':
    '“{archive}”把邮件移出“{inbox}”而不删除。“{junk}”用于你从未要求的邮件；“{notJunk}”把邮件取回。',
  'guide.order.folders':
    '在“{folders}”页面新建、重命名文件夹，或将其移入另一个文件夹。有 JavaScript 时可以把邮件拖到文件夹上；按住 Ctrl 则为复制。',
  'guide.order.labels':
    '一封邮件位于一个文件夹，可以有多个标签。标签的名称和颜色在“{settings}”的“{labels}”中；其他邮件客户端也能看到。',
  'guide.order.snooze': '“{snooze}”把邮件收起，到你选定的时间再回到列表顶部，并标为未读。',
  'guide.order.select': '勾选多封邮件即可一次处理。勾选整页后，还可以选择文件夹中的其余邮件。',
  'guide.order.conversations': '相关的邮件显示为一行。“{sort}”菜单可让此文件夹逐封显示。',
  'guide.order.undo':
    '“{undo}”可在 24 小时内撤销你的操作；列表在“{settings}”的“{activity}”中。彻底删除的邮件无法恢复。',
  'guide.order.cleaning':
    '“{trash}”和“{junk}”中的邮件会在若干天后彻底删除。天数在“{settings}”的“{general}”中设定；0 表示保留。',
  'guide.safety': '安全',
  'guide.safety.lead': '图片、警告、两步登录、应用专用密码',
  'guide.safety.pictures':
    '其他服务器上的图片会让发件人知道你在阅读，因此只有经你允许才会加载。“{show}”为一封邮件加载图片；图片经由我们的服务器，发件人看不到你的网络地址。',
  'guide.safety.warnings':
    '如果发件人未通过检查、其名称冒充另一个地址，或者回复会发往别处，邮件上方会显示警告。此时请小心链接、文件和请求。',
  'guide.safety.password': '没有人需要你通过邮件提供密码。如果点击邮件后的页面索要密码，请离开。',
  'guide.safety.files': '可能有害的文件会有标记，下载前会先询问你。',
  'guide.safety.twoStep':
    '“{settings}”的“{security}”中的“{twoStep}”：输入密码后还需要手机上的验证码。请把恢复代码写在纸上保存。',
  'guide.safety.passkey': '通行密钥用设备的指纹、面容或 PIN 登录，代替密码和验证码。',
  'guide.safety.apps':
    '请为每个邮件客户端使用单独的应用专用密码：它不能登录网页邮箱，移除它也不影响其他密码。',
  'guide.safety.sessions':
    '同一页面显示你在何处登录，以及最近 90 天发生的事情。如有异常，请更改密码并按“{everywhere}”。',
  'guide.safety.unsubscribe': '“{unsubscribe}”用于退订邮件列表。对从未要求的邮件，用“{junk}”更好。',
  'guide.programs': '手机与邮件客户端',
  'guide.programs.lead': '服务器、端口、应用专用密码',
  'guide.programs.where':
    '“{settings}”的“{programs}”列出邮件客户端所需的服务器、端口和用户名。用户名就是你的完整地址。',
  'guide.programs.alone':
    '许多客户端在输入地址后会自动找到这些设置；该页面为 iPhone、iPad 和 Mac 提供了描述文件。',
  'guide.programs.imap':
    '使用 IMAP 时，客户端显示与网页邮箱相同的文件夹和邮件，一处已读则两处已读。使用 POP3 只能收取“{inbox}”。',
  'guide.programs.app': '启用两步登录后，客户端需要应用专用密码，而不是你的密码。',
  'guide.programs.wrong': '多次输错密码后，服务器会让客户端等待。请在所有客户端中改正密码，然后重试。',
  'guide.moving': '迁入与迁出邮件',
  'guide.moving.lead': '导入、导出、转发',
  'guide.moving.in':
    '“{settings}”的“{transfer}”可导入邮件：mbox 文件、邮件的 ZIP 归档或单封邮件（.eml）。文件夹中已有的会被跳过。',
  'guide.moving.out': '同一页面可把一个文件夹导出为一个文件，或把全部内容连同联系人和设置导出为一个归档。',
  'guide.moving.ticked': '列表中勾选的邮件可以通过其菜单下载。',
  'guide.moving.contacts': '“{contacts}”页面可导入和导出 vCard 与 CSV。',
  'guide.moving.elsewhere': '从其他服务商迁移时，也可使用邮件客户端：在其中设置两个账号，然后复制文件夹。',
  'guide.moving.jobs': '耗时的工作在离开页面后会继续。有一行显示进度，也可以停止。',
  'guide.moving.forward': '“{settings}”的“{delivery}”可把邮件转发到另一个地址，并在你不在时自动回复。',
  'guide.moving.away':
    '自动回复可以有第一天和最后一天，也可以只发给您通讯录中的人。邮件列表和程序不会收到，在您选择的天数内没有人会收到两次。开启时每个页面上都有一行提示。',
  'guide.offline': '新邮件与断网',
  'guide.offline.lead': '通知、无网络、安装',
  'guide.offline.news':
    '页面打开时，新邮件会自动显示。没有 JavaScript 时，请重新加载页面，或让列表自动加载：“{settings}”的“{general}”。',
  'guide.offline.tab': '标签页标题显示“{inbox}”中的未读数。',
  'guide.offline.notify':
    '“{settings}”的“{general}”可开启新邮件通知：显示发件人和主题，没有声音，需有网页邮箱的页面打开。浏览器会询问一次是否允许。',
  'guide.offline.gone': '断网时会有页面说明。正在写的邮件会留在屏幕上，此浏览器会保存它，直到服务器收到。',
  'guide.offline.kept': '你阅读的邮件不会保存在设备上。',
  'guide.offline.install': '多数浏览器可以安装网页邮箱：安装后它有自己的窗口和图标。',
};
