import { useQueryClient } from '@tanstack/react-query'
import { App, type FormInstance } from 'antd'
import { useTranslation } from 'react-i18next'
import { Problem } from '@/shared/api/problem'
import { messageOf } from '@/shared/ui/states'
import { showErrors } from './FieldsForm'

/**
 * Tells somebody why what they asked for was refused: errors of fields at the fields of `form`, anything else in one line. When the
 * record is another by now than the one they saw, they are shown how it is now, and their dialog is left with `leave`.
 */
export function useRefusal(): (error: unknown, form?: FormInstance, leave?: () => void) => void {
  const { t } = useTranslation()
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  return (error, form, leave) => {
    if (error instanceof Problem && error.code === 'stale_version')
      modal.warning({ title: t('form.conflict'), content: t('action.stale'), okText: t('form.conflict_theirs'), onOk: () => (leave?.(), client.invalidateQueries()) })
    else (form ? showErrors(form, error) : [messageOf(error)]).forEach((text) => message.error(text))
  }
}
