import type { ThemeConfig } from 'antd'

const FONTS: Record<string, string> = {
  'zh-CN': "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',system-ui,sans-serif",
  'zh-TW': "'PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',system-ui,sans-serif",
  en: "'Segoe UI',-apple-system,system-ui,'Noto Sans CJK SC',sans-serif",
}

/** The look: tokens only, so that Ant Design's static style sheet serves all of it. */
export const themeOf = (language: string): ThemeConfig => ({
  zeroRuntime: true,
  token: {
    colorPrimary: '#1F5EDB',
    colorLink: '#174AAE',
    colorError: '#C5221F',
    colorTextDescription: '#5A6478',
    colorTextPlaceholder: '#6B7485',
    colorBgLayout: '#F3F5F9',
    colorBorderSecondary: '#E4E8F0',
    motion: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    borderRadius: 6,
    fontSize: 14,
    fontFamily: FONTS[language] ?? FONTS.en!,
  },
  components: {
    Table: { cellPaddingBlockMD: 9, headerBg: '#F7F9FC', headerColor: '#3B4252' },
    Form: { itemMarginBottom: 16, verticalLabelPadding: '0 0 4px' },
  },
})
