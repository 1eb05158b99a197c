// Japanese of the look of a domain.
import type { Catalogue } from '../words.ts';

export const jaLook: Catalogue = {
  'look.title': '外観',
  'look.explained':
    '{domain}の利用者がウェブメールで見る名前、色、ロゴです。このドメインとその下のアドレス（mail.{domain}など）のログインページにも表示されます。',
  'look.name': '名前',
  'look.nameHint': 'ロゴの横とページのタイトルに表示されます。空欄の場合は「{name}」です。',
  'look.accent': 'アクセントカラー',
  'look.accentHint': 'ボタン、リンク、現在の場所に使います（例：#1c6664）。空欄の場合は標準の色です。',
  'look.accentDark': 'ダークテーマのアクセントカラー',
  'look.accentDarkHint': '空欄の場合は、もう一方の色を明るくしたものになります。',
  'look.colour': '色は#と6桁で入力してください（例：#1c6664）。',
  'look.weakLight':
    'この色は明るいページでは読みにくくなります。コントラスト比は{ratio}対1ですが、文字には{least}対1が必要です。条件を満たす最も近い色は{shade}です。',
  'look.weakDark':
    'この色は暗いページでは読みにくくなります。コントラスト比は{ratio}対1ですが、文字には{least}対1が必要です。条件を満たす最も近い色は{shade}です。',
  'look.logo': 'ロゴ',
  'look.logoFile': '画像',
  'look.logoHint': 'PNG、WebP、JPEG。64 KBまで、一辺512ピクセルまで。背景が透明なら両方のテーマに合います。',
  'look.logoPut': 'このロゴを使う',
  'look.logoRemove': 'ロゴを削除',
  'look.notPicture': 'PNG、WebP、JPEGの画像ではありません。別の画像を選んでください。',
  'look.tooLarge': 'この画像は64 KBまたは一辺512ピクセルを超えています。小さい画像を選んでください。',
  'look.usual': '標準の外観に戻す',
  'look.usualHint': '{domain}の名前、色、ロゴを削除します。',
  'look.usualNow': '{domain}は標準の外観に戻りました。',
};
