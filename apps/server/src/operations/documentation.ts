import { readDocumentationFile } from '../carried-files.ts'

type MediaType = 'text/css' | 'text/javascript' | 'text/html' | 'image/png'

/** A file of the documentation page, in memory. */
export interface Asset {
  readonly contentType: MediaType
  readonly bytes: Buffer
}

// Links are relative, because a proxy may serve this below a path.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Countersign</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<main id="ui"><noscript>This page needs its scripts. The contract itself is at <a href="openapi.json">openapi.json</a>.</noscript></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

// `showExtensions` shows who may call an operation (`x-access`). A token is not stored, and is lost on reload.
const settings = {
  url: 'openapi.json',
  dom_id: '#ui',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  showExtensions: true,
  validatorUrl: null,
}
const start = `window.ui = SwaggerUIBundle(${JSON.stringify(settings)})\n`

/** The files of the page. Other files of the package are not served (N-200). */
const served: Readonly<Record<string, MediaType>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
}

/** The names of its files that are served. */
export const documentationFiles: readonly string[] = Object.keys(served)

/** The documentation page and its files. All are served from here; each is read on first use. */
export class Documentation {
  readonly #assets = new Map<string, Asset>([
    ['start.js', { contentType: 'text/javascript', bytes: Buffer.from(start) }],
  ])

  get page(): string {
    return page
  }

  asset(name: string): Asset | undefined {
    const known = this.#assets.get(name)
    const contentType = served[name]
    if (known || !contentType) return known
    const asset = { contentType, bytes: readDocumentationFile(name) }
    this.#assets.set(name, asset)
    return asset
  }
}
