import { Alert, Button, Form, Input } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'
import { Problem } from '@/shared/api/problem'
import { logIn, useSession } from '@/shared/api/session'
import { useOnce } from '@/shared/ui/useOnce'
import { LANGUAGES, speak } from './i18n'
import { choose } from './language'

interface Values {
  username: string
  password: string
  otp?: string
}

/** Log in; afterwards back to where one was. */
export function LoginPage() {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const account = useSession((state) => state.account)
  const hasEnded = useSession((state) => state.hasEnded)
  const [busy, once] = useOnce()
  const [failure, setFailure] = useState<string | null>(params.get('error'))
  const [wait, setWait] = useState(0)
  const [needsOtp, setNeedsOtp] = useState(false)
  const [signOn, setSignOn] = useState<string | null>(null)
  const next = ownPage(params.get('next'))

  useEffect(() => {
    void fetch('/api/v1/auth/options').then((answer) => (answer.ok ? answer.json() : null)).then((options) => setSignOn(options?.single_sign_on ?? null), () => undefined)
  }, [])
  useEffect(() => {
    if (account) navigate(next, { replace: true })
  }, [account])
  useEffect(() => {
    if (wait <= 0) return
    const timer = setTimeout(() => setWait(wait - 1), 1000)
    return () => clearTimeout(timer)
  }, [wait])

  const submit = async ({ username, password, otp }: Values) => {
    setFailure(null)
    try {
      await logIn(username.trim(), password, otp?.trim())
      const wanted = useSession.getState().account?.language
      if (wanted && !localStorage.getItem('highseas.language-chosen')) await speak(wanted)
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, 'unreachable', t('error.unreachable'))
      if (problem.code === 'otp_required') setNeedsOtp(true)
      else setFailure(problem.message)
      if (problem.status === 429) setWait(problem.retryAfter)
    }
  }
  const goToProvider = () => {
    localStorage.setItem('highseas.logged-in', '1')
    window.location.assign(`/api/v1/auth/oidc/login?next=${encodeURIComponent(next)}`)
  }
  const alert = wait > 0 ? t('login.locked', { count: wait }) : failure && t(`login.${failure}`, { defaultValue: failure })

  return (
    <div className="login">
      <aside className="login-side" aria-hidden="true">
        <img src="/icon.svg" alt="" width={48} height={48} />
        <p className="login-product">{t('product')}</p>
        <p>{t('login.claim')}</p>
      </aside>
      <main className="login-main">
        <div className="login-language" role="group" aria-label={t('frame.language')}>
          {LANGUAGES.map(({ value, label }) => <button key={value} type="button" className="lnk" lang={value} aria-pressed={value === i18n.language} onClick={() => void choose(value)}>{label}</button>)}
        </div>
        <div className="login-box">
          <p className="login-brand"><img src="/icon.svg" alt="" width={32} height={32} />{t('product')}</p>
          <h1>{t('login.title')}</h1>
          {alert ? <Alert type={wait > 0 ? 'warning' : 'error'} showIcon title={alert} role="alert" /> : null}
          {hasEnded && !alert && !needsOtp ? <Alert type="info" showIcon title={t('login.ended')} role="status" /> : null}
          {needsOtp && !failure ? <Alert type="info" showIcon title={t('login.otp_hint')} /> : null}
          <Form<Values> name="login" layout="vertical" onFinish={(values) => void once(() => submit(values))} requiredMark={false}>
            <Form.Item name="username" label={t('login.username')} rules={[{ required: true, message: t('form.required') }]}>
              <Input autoComplete="username" autoFocus size="large" />
            </Form.Item>
            <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('form.required') }]}>
              <Input.Password autoComplete="current-password" size="large" />
            </Form.Item>
            {needsOtp ? (
              <Form.Item name="otp" label={t('login.otp')} rules={[{ required: true, message: t('form.required') }]}>
                <Input autoComplete="one-time-code" inputMode="numeric" maxLength={20} autoFocus size="large" />
              </Form.Item>
            ) : null}
            <Button type="primary" htmlType="submit" size="large" block loading={busy} disabled={wait > 0}>{t('login.submit')}</Button>
            {signOn ? <Button block size="large" className="sign-on" onClick={goToProvider}>{t('login.sign_on', { name: signOn })}</Button> : null}
          </Form>
        </div>
      </main>
    </div>
  )
}

/** Only a page of ours. */
const ownPage = (wanted: string | null): string => (wanted?.startsWith('/') && !/^\/[/\\]/.test(wanted) && !wanted.startsWith('/login') ? wanted : '/')
