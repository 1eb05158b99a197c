// Simplified Chinese of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const zhHansFilter: Catalogue = {
  'filter.lead':
    '你自己的过滤器会从你移入和移出垃圾邮件文件夹的邮件中学习。看起来像垃圾邮件的新邮件只会进入垃圾邮件文件夹，不会去别处。',
  'filter.none': '此处没有过滤器。管理员可以将其开启。',
  'filter.use': '使用我的过滤器',
  'filter.strictness': '严格程度',
  'filter.careful': '谨慎：收件箱中垃圾邮件较多，正常邮件几乎不会进入垃圾邮件文件夹',
  'filter.normal': '一般',
  'filter.keen': '严格：收件箱中垃圾邮件较少，正常邮件偶尔会进入垃圾邮件文件夹',
  'filter.learnedJunk': '已学习的垃圾邮件',
  'filter.learnedGood': '已学习的正常邮件',
  'filter.begins': '两类邮件各学习 {count} 封后，过滤器开始分类。',
  'filter.fromFolders': '从我的文件夹学习',
  'filter.fromFoldersHint': '垃圾邮件文件夹中的邮件学习为垃圾邮件，其他文件夹中已读的邮件学习为正常邮件。',
  'filter.learning': '正在从你的文件夹学习',
  'filter.learned': { other: '你的过滤器新学习了 {n} 封邮件。' },
  'filter.forget': '全部忘记',
  'filter.forgetHint': '过滤器会忘记学到的一切并重新开始。你的邮件保持不变。',
  'filter.forgotten': '你的过滤器已忘记一切。',
  'filter.why.words': 'Facteur 认为这是垃圾邮件：含有 {words} 等字词。',
  'filter.why.filter': 'Facteur 认为这是垃圾邮件。',
  'filter.why.sender': '无法确认发件人的地址。',
  'filter.why.listed': '它经由一台被列为发送垃圾邮件的服务器到达。',
  'filter.why.scanner': '扫描程序将其判为垃圾邮件。',
  'filter.why.door': '它到达时看起来可疑。',
};
