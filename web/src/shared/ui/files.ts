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

/** Put a table on the clipboard, as text for Excel and as HTML. */
export async function copyTable(rows: string[][]): Promise<void> {
  const escape = (cell: string) => cell.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const html = `<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('')}</table>`
  await copy({ 'text/plain': tsv(rows), 'text/html': html })
}

/** Put a text on the clipboard. */
export const copyText = (text: string): Promise<void> => copy({ 'text/plain': text })

/** Works without the clipboard API, on plain http, too. */
async function copy(kinds: Record<string, string>): Promise<void> {
  if (navigator.clipboard && 'ClipboardItem' in window) {
    const blobs = Object.entries(kinds).map(([type, text]) => [type, new Blob([text], { type })])
    return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))])
  }
  const given = (event: ClipboardEvent) => {
    for (const [type, text] of Object.entries(kinds)) event.clipboardData?.setData(type, text)
    event.preventDefault()
  }
  document.addEventListener('copy', given)
  document.execCommand('copy')
  document.removeEventListener('copy', given)
}

/** Rows as tab-separated text; tabs and line breaks inside a cell become spaces. */
const tsv = (rows: string[][]): string => rows.map((row) => row.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\r\n')
