// Japanese of help.
import type { Catalogue } from '../words.ts';

export const jaHelp: Catalogue = {
  'offline.title': '接続がありません',
  'offline.hint':
    'メールサーバーに接続できません。未送信の文章は残っています。前のページに戻ると見つかります。',
  'offline.again': '再試行',
};
