/**
 * A request whose only credential is what its headers say. A browser adds the cookies of a page's own server, and a session
 * in one of them is a second credential, which is refused. Who asks for `credentials: 'include'` gets them nonetheless.
 */
export function withoutCookies(request: Request): Request {
  // Workers keep no cookies, have no such member, and refuse to be told.
  return request.credentials === 'same-origin' ? new Request(request, { credentials: 'omit' }) : request
}
