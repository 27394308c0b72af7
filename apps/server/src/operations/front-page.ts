// The answer of `GET /`: what the server is, with links.
import { metadataPathOf } from '../oauth/metadata.ts'

// Links are relative, because a proxy may serve this below a path.
/** For browsers. @param hasConsole Whether the console is served. */
export const frontPage = (hasConsole: boolean): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Countersign</title>
</head>
<body>
<h1>Countersign</h1>
<p>A token authority for HTTP APIs.</p>
<ul>
${hasConsole ? '<li><a href="console">Console</a> for users and administrators</li>\n' : ''}<li><a href="docs">Documentation</a> of its operations</li>
<li><a href="openapi.json">Contract</a> (OpenAPI 3.1)</li>
<li><a href=".well-known/oauth-authorization-server">Metadata</a> for OAuth clients (RFC 8414)</li>
</ul>
</body>
</html>
`

/** For other clients. The URLs derive from the issuer, never from the request. */
export const serverDescription = (issuer: string, hasConsole: boolean) => ({
  name: 'Countersign' as const,
  description: 'A token authority for HTTP APIs.',
  issuer,
  ...(hasConsole ? { console: `${issuer}/console` } : {}),
  documentation: `${issuer}/docs`,
  contract: `${issuer}/openapi.json`,
  metadata: `${new URL(issuer).origin}${metadataPathOf(issuer)}`,
})
