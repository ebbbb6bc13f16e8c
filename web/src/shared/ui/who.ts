import type { TFunction } from 'i18next'

/** Who did something: the person, and who acted in their place, where somebody did. */
export const whoOf = (t: TFunction, name: string, impersonatedBy?: string | null): string => (impersonatedBy ? t('acting.for', { name, by: impersonatedBy }) : name)
