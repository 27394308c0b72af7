const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Whether what is sent there cannot be read on the way: by https, or on this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname))
}

/**
 * Validates the issuer's identifier (RFC 8414 §2).
 *
 * @throws TypeError if it is not an http(s) URL, has credentials, a query or a fragment, or is plain http to a host other
 *   than loopback (unless `allowInsecureHttp`).
 */
export function parseIssuer(issuer: string, allowInsecureHttp: boolean): URL {
  const refuseIf = (isWrong: boolean, why: string) => {
    if (isWrong) throw new TypeError(`issuer ${why}`)
  }
  refuseIf(!URL.canParse(issuer), 'is not a URL')
  const url = new URL(issuer)
  refuseIf(url.username + url.password !== '', 'must not have credentials')
  refuseIf(/[?#]/.test(issuer), 'must have no query and no fragment')
  refuseIf(!/^https?:$/.test(url.protocol), 'must be https: or http:')
  refuseIf(
    !isConfidential(url) && !allowInsecureHttp,
    'is plain http: to another host; use https: or set allowInsecureHttp',
  )
  return url
}

/** The URL of a well-known document: the name comes between the host and the path (RFC 8414 §3.1, RFC 9728 §3.1). */
export function wellKnown(of: URL, name: string): string {
  return `${of.origin}/.well-known/${name}${of.pathname.replace(/\/$/, '')}${of.search}`
}
