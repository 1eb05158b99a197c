// Simplified Chinese of help.
import type { Catalogue } from '../words.ts';

export const zhHansHelp: Catalogue = {
  'offline.title': '没有网络连接',
  'offline.hint': '无法连接邮件服务器。未发送的文字已保留：返回即可找到。',
  'offline.again': '重试',
};
