import { QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import './styles/index.css'
import { chosenLanguage, loadMessages } from './language/messages.ts'
import { applyTheme, preferences } from './preferences.ts'
import { App } from './shell/app.tsx'
import { queries } from './state/queries.ts'

const { theme, language } = preferences()
applyTheme(theme)
await loadMessages(chosenLanguage(language, navigator.languages))
const element = document.getElementById('root')
if (!element) throw new Error('The page has no place for the console')
createRoot(element).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
)
