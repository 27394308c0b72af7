/**
 * A request whose only credentials are its headers. A browser adds the cookies of the page's own server; a session
 * cookie would be a second credential, which the server refuses. `credentials: 'include'` still sends cookies.
 */
export function withoutCookies(request: Request): Request {
  // Workers have no cookies and no such member, and refuse the option.
  return request.credentials === 'same-origin' ? new Request(request, { credentials: 'omit' }) : request
}
