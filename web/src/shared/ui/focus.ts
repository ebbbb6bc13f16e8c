/** Give the focus to where one begins to type in a form, unless somebody is in it already: a list that was opened there would close. */
export function beginAt(field: HTMLElement | null | undefined): void {
  if (!field?.closest('form')?.contains(document.activeElement)) field?.focus()
}
