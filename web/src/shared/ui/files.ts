/** Hand a file to the person. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** A size for reading. */
export function showSize(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Put a table on the clipboard, as text for Excel and as HTML; works without the clipboard API on plain http too. */
export async function copyTable(rows: string[][]): Promise<void> {
  const text = tsv(rows)
  const escape = (cell: string) => cell.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const html = `<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('')}</table>`
  if (navigator.clipboard && 'ClipboardItem' in window) {
    const kinds = { 'text/plain': new Blob([text], { type: 'text/plain' }), 'text/html': new Blob([html], { type: 'text/html' }) }
    return navigator.clipboard.write([new ClipboardItem(kinds)])
  }
  const given = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.clipboardData?.setData('text/html', html)
    event.preventDefault()
  }
  document.addEventListener('copy', given)
  document.execCommand('copy')
  document.removeEventListener('copy', given)
}

/** Rows as tab-separated text; tabs and line breaks inside a cell become spaces. */
export const tsv = (rows: string[][]): string => rows.map((row) => row.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\r\n')
