// Chinese (simplified) of the look of a domain.
import type { Catalogue } from '../words.ts';

export const zhHansLook: Catalogue = {
  'look.title': '外观',
  'look.explained':
    '{domain} 的用户在网页邮箱中看到的名称、颜色和标志。在该域名及其下级地址（如 mail.{domain}）打开的登录页面也会显示它们。',
  'look.name': '名称',
  'look.nameHint': '显示在标志旁和页面标题中。留空则为“{name}”。',
  'look.accent': '强调色',
  'look.accentHint': '用于按钮、链接和当前位置，例如 #1c6664。留空则使用默认颜色。',
  'look.accentDark': '深色主题的强调色',
  'look.accentDarkHint': '留空则使用另一颜色的较浅色调。',
  'look.colour': '请将颜色写成 # 加六位数字，例如 #1c6664。',
  'look.weakLight':
    '此颜色在浅色页面上不易辨认：对比度为 {ratio} 比 1，文字需要 {least} 比 1。最接近且符合要求的色调是 {shade}。',
  'look.weakDark':
    '此颜色在深色页面上不易辨认：对比度为 {ratio} 比 1，文字需要 {least} 比 1。最接近且符合要求的色调是 {shade}。',
  'look.logo': '标志',
  'look.logoFile': '图片',
  'look.logoHint': 'PNG、WebP 或 JPEG，最大 64 KB，每边最多 512 像素。透明背景适合两种主题。',
  'look.logoPut': '使用此标志',
  'look.logoRemove': '移除标志',
  'look.notPicture': '这不是 PNG、WebP 或 JPEG 图片。请另选一张。',
  'look.tooLarge': '此图片超过 64 KB 或每边超过 512 像素。请选择较小的图片。',
  'look.usual': '恢复默认外观',
  'look.usualHint': '{domain} 的名称、颜色和标志将被移除。',
  'look.usualNow': '{domain} 已恢复默认外观。',
};
