-- Asks Countersign whether a request may pass (GET /v1/forward-auth). Sets txn.countersign_status, on which the
-- configuration decides: without it nothing passes. Sets the headers X-Countersign-* of the request.
--
--   http-request lua.countersign URL QUERY HOST

local passed_on = { "authorization", "cookie", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-websocket-key" }
local identity = { "subject", "kind", "username", "role", "scope", "client" }

-- HAProxy counts the values of a header from 0, and its client from 1.
local function values_of(header)
  local values = {}
  for _, value in pairs(header) do
    table.insert(values, value)
  end
  return values
end

core.register_action("countersign", { "http-req" }, function(txn, url, query, host)
  local given = txn.http:req_get_headers()
  local headers = {
    ["host"] = { host },
    ["x-forwarded-method"] = { txn.f:method() },
    ["x-forwarded-for"] = { txn.f:src() },
  }
  for _, name in ipairs(passed_on) do
    if given[name] then
      headers[name] = values_of(given[name])
    end
  end

  local answer = core.httpclient():get({ url = url .. "?" .. query, headers = headers, timeout = 5000 })
  if not answer then
    return
  end
  if answer.status == 204 then
    for _, name in ipairs(identity) do
      local header = "x-countersign-" .. name
      local value = answer.headers[header] and answer.headers[header][0]
      if not value then
        return
      end
      txn.http:req_set_header(header, value)
    end
  end
  local challenge = answer.headers["www-authenticate"]
  txn:set_var("txn.countersign_challenge", challenge and challenge[0] or "Bearer")
  txn:set_var("txn.countersign_status", answer.status)
end, 3)
