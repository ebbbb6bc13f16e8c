import 'antd/dist/antd.css'
import './styles.css'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App as AntApp, ConfigProvider } from 'antd'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { useTranslation } from 'react-i18next'
import { RouterProvider } from 'react-router'
import { Problem } from '@/shared/api/problem'
import { resume, useSession } from '@/shared/api/session'
import { componentLocale, startI18n } from './i18n'
import { router } from './router'
import { themeOf } from './theme'

const client = new QueryClient({
  queryCache: new QueryCache(),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (times, error) => times < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
    },
  },
})

// What one person read is not for the next one.
useSession.subscribe((now, before) => {
  if (before.account && now.account?.id !== before.account.id) client.clear()
})

function Root() {
  const { i18n } = useTranslation()
  return (
    <ConfigProvider theme={themeOf(i18n.language)} locale={componentLocale(i18n.language)} button={{ autoInsertSpace: false }}>
      <AntApp notification={{ placement: 'bottomRight', maxCount: 3 }} component={false}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  )
}

const away = () => new Promise<void>((done) => useSession.subscribe(({ isAway }) => isAway && done()))

async function start() {
  await startI18n()
  // A page is drawn once it is known who looks at it, or that this cannot be known yet.
  await Promise.race([resume(), away()])
  createRoot(document.getElementById('root')!).render(<StrictMode><Root /></StrictMode>)
}

void start()
